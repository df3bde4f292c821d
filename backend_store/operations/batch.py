"""BatchGetItem and BatchWriteItem: many items of several tables in one request.

A batch of reads is answered from one snapshot, up to 16 MB; the keys past that come back as UnprocessedKeys. A batch
of writes is one job, so it happens whole or not at all, which is more than DynamoDB promises; but what is throttled
comes back unprocessed. Where nothing but throttling happened, that is the answer.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial

import orjson

from backend_store.catalog import Catalog
from backend_store.commit import Committed, RowWrite, commit
from backend_store.images import Image
from backend_store.index_keys import check_index_keys
from backend_store.kv.engine import Reader, Writer
from backend_store.operations.asked import check_key_paths, projection_of, shown
from backend_store.operations.capacity import (
    consumed_by_table,
    index_units_by_table,
    read_units,
    units_by_table,
    write_units,
)
from backend_store.operations.item_collections import collection_metrics_by_table
from backend_store.operations.written import Job, Written
from backend_store.table import Table
from backend_store.table_state import size_of
from backend_store.throttling import THROTTLED
from microdax.expressions.nodes import Projection
from microdax.model import limits
from microdax.model.errors import DynamoDBError, ValidationException
from microdax.model.keys import checked_key
from microdax.model.requests import BatchDelete, BatchGetItem, BatchPut, BatchWriteItem, TableKeys
from microdax.model.values import Key
from microdax.wire.dynamo_json import encode_item


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a BatchGetItem asks of one table: checked keys in the caller's order."""

    table: Table
    asked: TableKeys
    projection: Projection | None
    keys: tuple[Key, ...]


@dataclass(slots=True)
class _Found:
    """What a BatchGetItem has read so far."""

    items: dict[str, list[bytes]] = field(default_factory=dict[str, list[bytes]])
    unprocessed: dict[str, object] = field(default_factory=dict[str, object])
    units: dict[str, float] = field(default_factory=dict[str, float])
    size_bytes: int = 0
    throttled: list[DynamoDBError] = field(default_factory=list[DynamoDBError])


def batch_get_item(request: BatchGetItem, catalog: Catalog) -> Callable[[Reader], bytes]:
    """Check all that can be checked without reading, and return what reads the items."""
    projections = {
        name: projection_of(asked.projection_expression, asked.placeholders, asked.legacy)
        for name, asked in request.tables.items()
    }
    wanted = [_wanted(catalog.table(name), asked, projections[name]) for name, asked in request.tables.items()]
    return partial(_read, wanted=wanted, request=request)


def batch_write_item(request: BatchWriteItem, catalog: Catalog) -> Job:
    tables = {name: catalog.table(name) for name in request.tables}
    writes = [_row_write(tables[name], write) for name, asked in request.tables.items() for write in asked]
    _check_distinct(writes)

    def job(writer: Writer) -> Written:
        done, throttled = _commit_all(writer, writes)
        units = units_by_table((write.table.name, write_units(one.sizes_bytes)) for write, one in done)
        indexes = index_units_by_table((write.table.name, one.index_changes) for write, one in done)
        collections = ((write.table, write.key) for write, _ in done)
        members: dict[str, object] = {
            "UnprocessedItems": _unprocessed(request, writes, throttled),
            **consumed_by_table(units, request.return_consumed_capacity, indexes),
            **collection_metrics_by_table(writer, collections, request.return_item_collection_metrics),
        }
        changes = tuple(change for _, one in done for change in one.changes)
        return Written(orjson.dumps(members), changes)

    return job


def _commit_all(writer: Writer, writes: list[RowWrite]) -> tuple[list[tuple[RowWrite, Committed]], set[int]]:
    """Commit all but those that are throttled, whose positions are returned; raises where all are."""
    done: list[tuple[RowWrite, Committed]] = []
    throttled: set[int] = set()
    for position, write in enumerate(writes):
        try:
            done.append((write, commit(writer, write)))
        except THROTTLED:
            throttled.add(position)
            if len(throttled) == len(writes):
                raise
    return done, throttled


def _unprocessed(request: BatchWriteItem, writes: list[RowWrite], throttled: set[int]) -> dict[str, object]:
    """The entries that ask again for what was throttled; `writes` are in the order of the request."""
    again: dict[str, list[object]] = {}
    asked = [one for of_table in request.tables.values() for one in of_table]
    for position in sorted(throttled):
        again.setdefault(writes[position].table.name, []).append(_write_again(asked[position]))
    return dict(again)


def _write_again(asked: BatchPut | BatchDelete) -> dict[str, object]:
    if isinstance(asked, BatchPut):
        return {"PutRequest": {"Item": orjson.Fragment(encode_item(asked.item))}}
    return {"DeleteRequest": {"Key": orjson.Fragment(encode_item(asked.key))}}


def _wanted(table: Table, asked: TableKeys, projection: Projection | None) -> _Wanted:
    check_key_paths(table, projection)
    keys = tuple(checked_key(table.key_schema, key) for key in asked.keys)
    return _Wanted(table, asked, projection, keys)


def _check_distinct(writes: Iterable[RowWrite]) -> None:
    row_keys = [write.table.row_key(write.key) for write in writes]
    if len(set(row_keys)) < len(row_keys):
        raise ValidationException("Provided list of item keys contains duplicates")


def _read(reader: Reader, wanted: list[_Wanted], request: BatchGetItem) -> bytes:
    found = _Found()
    for one in wanted:
        _read_table(reader, one, found)
    if len(found.throttled) == len(wanted) and not any(found.units.values()):
        raise found.throttled[0]
    responses = {name: orjson.Fragment(b"[" + b",".join(items) + b"]") for name, items in found.items.items()}
    members = {"Responses": responses, "UnprocessedKeys": found.unprocessed}
    return orjson.dumps(members | consumed_by_table(found.units, request.return_consumed_capacity))


def _read_table(reader: Reader, wanted: _Wanted, found: _Found) -> None:
    """Read until 16 MB have been found in all; an item that goes past them is left unprocessed with all after it."""
    # Asked of the snapshot: of a table deleted since the request came, rows may already be gone.
    size_of(reader, wanted.table)
    items = found.items[wanted.table.name] = []
    units = 0.0
    for position, key in enumerate(wanted.keys):
        image = Image.of_row(reader.get(wanted.table.row_key(key)))
        size_bytes = image.size_bytes if image else 0
        if found.size_bytes + size_bytes > limits.BATCH_GET_BYTES_MAX:
            found.unprocessed[wanted.table.name] = _again(wanted.asked, wanted.keys[position:])
            found.size_bytes = limits.BATCH_GET_BYTES_MAX
            break
        refusal = _refusal(wanted, size_bytes)
        if refusal is not None:
            found.unprocessed[wanted.table.name] = _again(wanted.asked, wanted.keys[position:])
            found.throttled.append(refusal)
            break
        found.size_bytes += size_bytes
        units += read_units(size_bytes, wanted.asked.consistent_read)
        if image is not None:
            items.append(shown(image, wanted.projection))
    found.units[wanted.table.name] = units


def _refusal(wanted: _Wanted, size_bytes: int) -> DynamoDBError | None:
    throttle = wanted.table.throttle
    if throttle is not None:
        try:
            throttle.read(wanted.table, read_units(size_bytes, wanted.asked.consistent_read))
        except THROTTLED as error:
            return error
    return None


def _again(asked: TableKeys, keys: Iterable[Key]) -> dict[str, object]:
    """The entry that asks the same of the keys that are left."""
    again: dict[str, object] = {"Keys": [orjson.Fragment(encode_item(key)) for key in keys]}
    if asked.consistent_read:
        again["ConsistentRead"] = True
    if asked.projection_expression is not None:
        again["ProjectionExpression"] = asked.projection_expression
    if asked.legacy.attributes is not None:
        again["AttributesToGet"] = asked.legacy.attributes
    if asked.placeholders.names is not None:
        again["ExpressionAttributeNames"] = dict(asked.placeholders.names)
    return again


def _row_write(table: Table, asked: BatchPut | BatchDelete) -> RowWrite:
    if isinstance(asked, BatchDelete):
        return RowWrite(table, checked_key(table.key_schema, asked.key), change=lambda _: None)
    new = Image.of_put(asked.item)
    check_index_keys(table.description, asked.item)
    # Of an item without its key, a batch says what it says of a wrong key.
    key = {name: asked.item[name] for name in table.key_schema.names if name in asked.item}
    return RowWrite(table, checked_key(table.key_schema, key), change=lambda _: new)
