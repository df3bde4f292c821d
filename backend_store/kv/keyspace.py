"""How the store lays out its keys in the engine's one ordered space.

Nothing else in the store puts keys together. The first byte says which realm a key is in:

=====================================================================  ==========================================
01 name                                                                one fact about the store: `meta_key`
02 table name                                                          the catalog's entry of a table
03 table number (4) . space (1) . bucket (2) . hash value . range value  what belongs to a table
=====================================================================  ==========================================

A table goes by a number that is never used again, so that what a deleted table has left can never show up in a new
one of its name. Within a table the space byte tells rows (10) from what else may come to belong to it; those get
bytes of their own, and `table_range` covers them all. Names and values are encoded by `ordered`.

The bucket is a hash of the hash value. It makes a Scan go through the partitions in an order of its own, as
DynamoDB's does, and makes the segments of a parallel Scan ranges of buckets of about the same size.
"""

from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from backend_store.kv.ordered import order_prefix, order_string, order_value, read_string
from microdax.model.values import KeyValue

_META: Final = b"\x01"
_CATALOG: Final = b"\x02"
_TABLES: Final = b"\x03"

_ROWS: Final = b"\x10"

_TABLE_NUMBER_BYTES: Final = 4
_BUCKET_BYTES: Final = 2
_BUCKETS: Final = 1 << (8 * _BUCKET_BYTES)


@dataclass(frozen=True, slots=True)
class KeyRange:
    """The keys first <= key < end, as `scan` takes them."""

    first: bytes
    end: bytes

    def holds(self, key: bytes) -> bool:
        return self.first <= key < self.end

    def resumed(self, exclusive_start_key: bytes, *, reverse: bool = False) -> "KeyRange":
        """What a scan that has come to `exclusive_start_key`, a key inside or outside, has still before it."""
        if reverse:
            return KeyRange(self.first, max(self.first, min(self.end, exclusive_start_key)))
        return KeyRange(min(self.end, max(self.first, exclusive_start_key + b"\x00")), self.end)


@dataclass(frozen=True, slots=True)
class Bound:
    """An end of an interval of range values."""

    value: KeyValue
    is_inclusive: bool


def meta_key(name: str) -> bytes:
    """The key of a fact about the store as a whole, such as the next table's number."""
    return _META + order_string(name)


def catalog_key(table_name: str) -> bytes:
    return _CATALOG + order_string(table_name)


def catalog_table_name(key: bytes) -> str:
    """The inverse of `catalog_key`."""
    return read_string(key, len(_CATALOG))[0]


def catalog_range() -> KeyRange:
    """All catalog entries, in the order of the tables' names."""
    return _prefix_range(_CATALOG)


def row_key(table_number: int, hash_value: KeyValue, range_value: KeyValue | None = None) -> bytes:
    """The key of one item; `range_value` is None in tables without range keys."""
    partition = _partition(table_number, hash_value)
    return partition if range_value is None else partition + order_value(range_value)


def table_range(table_number: int) -> KeyRange:
    """All that belongs to the table: what is deleted with it."""
    return _prefix_range(_table(table_number))


def rows_range(table_number: int) -> KeyRange:
    """All items of the table."""
    return _prefix_range(_rows(table_number))


def segment_range(table_number: int, segment: int, total_segments: int) -> KeyRange:
    """The items of one segment of a parallel Scan; empty for some where there are more segments than buckets."""
    assert 0 <= segment < total_segments
    first, end = (_BUCKETS * number // total_segments for number in (segment, segment + 1))
    return KeyRange(_bucket_edge(table_number, first), _bucket_edge(table_number, end))


def partition_range(table_number: int, hash_value: KeyValue) -> KeyRange:
    """All items with one hash value, in the order of their range values."""
    return _prefix_range(_partition(table_number, hash_value))


def interval_range(
    table_number: int, hash_value: KeyValue, lower: Bound | None = None, upper: Bound | None = None
) -> KeyRange:
    """The items of a partition whose range value lies between two bounds; None is no bound."""
    partition = _partition(table_number, hash_value)
    first = partition if lower is None else _edge(partition, lower.value, is_after=not lower.is_inclusive)
    end = after_prefix(partition) if upper is None else _edge(partition, upper.value, is_after=upper.is_inclusive)
    return KeyRange(first, max(first, end))


def begins_with_range(table_number: int, hash_value: KeyValue, prefix: str | bytes) -> KeyRange:
    """The items of a partition whose range value, a string or binary, begins with `prefix`."""
    return _prefix_range(_partition(table_number, hash_value) + order_prefix(prefix))


def after_prefix(prefix: bytes) -> bytes:
    """The first key behind all that begin with `prefix`."""
    kept = prefix.rstrip(b"\xff")
    assert kept, "no key is behind all that begin with FF"
    return kept[:-1] + bytes((kept[-1] + 1,))


def _prefix_range(prefix: bytes) -> KeyRange:
    return KeyRange(prefix, after_prefix(prefix))


def _table(table_number: int) -> bytes:
    return _TABLES + table_number.to_bytes(_TABLE_NUMBER_BYTES)


def _rows(table_number: int) -> bytes:
    return _table(table_number) + _ROWS


def _partition(table_number: int, hash_value: KeyValue) -> bytes:
    encoded = order_value(hash_value)
    return _rows(table_number) + blake2b(encoded, digest_size=_BUCKET_BYTES).digest() + encoded


def _edge(partition: bytes, value: KeyValue, *, is_after: bool) -> bytes:
    key = partition + order_value(value)
    return after_prefix(key) if is_after else key


def _bucket_edge(table_number: int, bucket: int) -> bytes:
    """The first key of a bucket; past the last one, the end of the rows."""
    rows = _rows(table_number)
    return after_prefix(rows) if bucket == _BUCKETS else rows + bucket.to_bytes(_BUCKET_BYTES)
