"""Item collections: what a table with local indexes holds, itself and in them, under one hash value.

Their sizes are not counted. The estimate is the range that is certain: from nothing to all that the table and its local
indexes hold.
"""

from collections.abc import Iterable
from math import ceil
from typing import Final

import orjson

from backend_store.kv.engine import Reader
from backend_store.table import Table
from backend_store.table_state import state_of
from microdax.model import limits
from microdax.model.requests import ReturnItemCollectionMetrics
from microdax.model.values import Key
from microdax.wire.dynamo_json import encode_item

_GIB: Final = 1024 * limits.MIB


def collection_metrics(
    reader: Reader, table: Table, key: Key, wanted: ReturnItemCollectionMetrics
) -> dict[str, object]:
    """The member ItemCollectionMetrics, or nothing where it was not asked for or the table has no local indexes."""
    if wanted == "NONE" or not _local_indexes(table):
        return {}
    return {"ItemCollectionMetrics": _metrics(reader, table, key)}


def collection_metrics_by_table(
    reader: Reader, written: Iterable[tuple[Table, Key]], wanted: ReturnItemCollectionMetrics
) -> dict[str, object]:
    """The same of a batch: each collection that it has written to, once, by table."""
    collections: dict[str, dict[bytes, object]] = {}
    for table, key in written:
        if wanted == "SIZE" and _local_indexes(table):
            place = encode_item(_collection_key(table, key))
            collections.setdefault(table.name, {})[place] = _metrics(reader, table, key)
    if not collections:
        return {}
    return {"ItemCollectionMetrics": {table: list(metrics.values()) for table, metrics in collections.items()}}


def _metrics(reader: Reader, table: Table, key: Key) -> dict[str, object]:
    state = state_of(reader, table)
    size_bytes = state.size.size_bytes + sum(state.indexes[number].size.size_bytes for number in _local_indexes(table))
    return {
        "ItemCollectionKey": orjson.Fragment(encode_item(_collection_key(table, key))),
        "SizeEstimateRangeGB": [0.0, float(max(1, ceil(size_bytes / _GIB)))],
    }


def _collection_key(table: Table, key: Key) -> Key:
    return {table.key_schema.hash.name: table.hash_value(key)}


def _local_indexes(table: Table) -> list[int]:
    return [index.number for index in table.description.indexes if index.kind == "local"]
