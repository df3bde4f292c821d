"""How the store lays out its keys in the engine's one ordered space.

Nothing else in the store puts keys together. The first byte says which realm a key is in:

=====================================================================  ==========================================
01 name                                                                one fact about the store: `meta_key`
02 table name                                                          the catalog's entry of a table
03 table number (4) . space (1) . bucket (2) . hash value . range value  what belongs to a table
04 backup number (4) . what is behind a row's table number               a row as it was: `backup_key`
05 01 token                                                            a transaction that has been done: `token_key`
05 02 expiry second (8) . token                                        when its token expires: `token_expiry_key`
=====================================================================  ==========================================

A table goes by a number that is never used again, so that what a deleted table has left can never show up in a new
one of its name. Within a table the space byte says what a key is of, and `table_range` covers them all:

========================================================================================  ======================
10 bucket (2) . hash value [. range value]                                                a row: `row_key`
20 index number (2) . bucket (2) . hash value [. range value] . base key                  `index_row_key`
30 sequence number (8)                                                                    a change: `change_key`
31 sequence number (8)                                                                    a shard: `shard_key`
40 expiry second (8) . the row's key behind its space byte                                `expiry_key`
41                                                                                        `expiry_walk_key`
========================================================================================  ======================

The values of an index row's key are those of the index's key attributes; the base key, the values of the table's own,
tells items of one index key apart. Rows and the rows of each index are thus laid out alike: a `Space` is either, and
the ranges of partitions, intervals and segments are the same functions for both. Names and values are encoded by
`ordered`.

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
_BACKUPS: Final = b"\x04"
_TOKENS: Final = b"\x05\x01"
_TOKEN_EXPIRIES: Final = b"\x05\x02"

_ROWS: Final = b"\x10"
_INDEX_ROWS: Final = b"\x20"
_CHANGES: Final = b"\x30"
_SHARDS: Final = b"\x31"
_EXPIRIES: Final = b"\x40"
_EXPIRY_WALK: Final = b"\x41"

_TABLE_NUMBER_BYTES: Final = 4
_INDEX_NUMBER_BYTES: Final = 2
_BUCKET_BYTES: Final = 2
_SEQUENCE_BYTES: Final = 8
_SECOND_BYTES: Final = 8
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
class Space:
    """The rows of a table or of an index: keys that begin with `prefix` and go on by bucket, hash and range value."""

    prefix: bytes


@dataclass(frozen=True, slots=True)
class Bound:
    """An end of an interval of range values."""

    value: KeyValue
    is_inclusive: bool


def meta_key(name: str) -> bytes:
    """The key of a fact about the store as a whole, such as the next table's number."""
    return _META + order_string(name)


def meta_range(prefix: str) -> KeyRange:
    """All facts whose names begin so, in the order of their names."""
    return _prefix_range(_META + order_prefix(prefix))


def backup_key(backup_number: int, row_key: bytes) -> bytes:
    """Where a backup keeps the row with this key."""
    return _backup(backup_number) + row_key[len(_TABLES) + _TABLE_NUMBER_BYTES :]


def backup_range(backup_number: int) -> KeyRange:
    """All rows of a backup, in the order of the table's."""
    return _prefix_range(_backup(backup_number))


def backup_number(key: bytes) -> int:
    """The number of the backup that a key is of."""
    return int.from_bytes(key[len(_BACKUPS) : len(_BACKUPS) + _TABLE_NUMBER_BYTES])


def backups_range() -> KeyRange:
    """The rows of all backups."""
    return _prefix_range(_BACKUPS)


def catalog_key(table_name: str) -> bytes:
    return _CATALOG + order_string(table_name)


def catalog_table_name(key: bytes) -> str:
    """The inverse of `catalog_key`."""
    return read_string(key, len(_CATALOG))[0]


def catalog_range() -> KeyRange:
    """All catalog entries, in the order of the tables' names."""
    return _prefix_range(_CATALOG)


def rows_space(table_number: int) -> Space:
    return Space(_rows(table_number))


def index_space(table_number: int, index_number: int) -> Space:
    return Space(_table(table_number) + _INDEX_ROWS + index_number.to_bytes(_INDEX_NUMBER_BYTES))


def row_key(table_number: int, hash_value: KeyValue, range_value: KeyValue | None = None) -> bytes:
    """The key of one item; `range_value` is None in tables without range keys."""
    return _entry(rows_space(table_number), hash_value, range_value)


def base_key(hash_value: KeyValue, range_value: KeyValue | None = None) -> bytes:
    """What an index row's key ends with: the values of the table's own key attributes."""
    encoded = order_value(hash_value)
    return encoded if range_value is None else encoded + order_value(range_value)


def index_row_key(
    table_number: int, index_number: int, hash_value: KeyValue, range_value: KeyValue | None, base_key_bytes: bytes
) -> bytes:
    """The key of one item in an index: its values there, and its base key; `range_value` is None without range key."""
    return _entry(index_space(table_number, index_number), hash_value, range_value) + base_key_bytes


def table_range(table_number: int) -> KeyRange:
    """All that belongs to the table: what is deleted with it."""
    return _prefix_range(_table(table_number))


def rows_range(table_number: int) -> KeyRange:
    """All items of the table."""
    return space_range(rows_space(table_number))


def index_range(table_number: int, index_number: int) -> KeyRange:
    """All rows of the index."""
    return space_range(index_space(table_number, index_number))


def indexes_range(table_number: int) -> KeyRange:
    """The rows of all indexes of the table."""
    return _prefix_range(_table(table_number) + _INDEX_ROWS)


def space_range(space: Space) -> KeyRange:
    return _prefix_range(space.prefix)


def change_key(table_number: int, sequence: int) -> bytes:
    """The key of one change in the table's log."""
    return _changes(table_number) + sequence.to_bytes(_SEQUENCE_BYTES)


def changes_range(table_number: int, first: int = 0, end: int | None = None) -> KeyRange:
    """The changes from `first` to before `end`, or to the last one."""
    last = after_prefix(_changes(table_number))
    return KeyRange(change_key(table_number, first), last if end is None else change_key(table_number, end))


def shard_key(table_number: int, sequence: int) -> bytes:
    """The key of the stream's shard that opens with this number."""
    return _table(table_number) + _SHARDS + sequence.to_bytes(_SEQUENCE_BYTES)


def shards_range(table_number: int) -> KeyRange:
    """All shards of the table's streams, in the order in which they were opened."""
    return _prefix_range(_table(table_number) + _SHARDS)


def sequence_in(key: bytes) -> int:
    """The number that a change's or a shard's key ends with."""
    return int.from_bytes(key[-_SEQUENCE_BYTES:])


def expiry_key(table_number: int, second: int, row_key: bytes) -> bytes:
    """The key that says when the item of `row_key` expires."""
    return _expiries(table_number) + second.to_bytes(_SECOND_BYTES) + row_key[len(_rows(table_number)) :]


def expiries_range(table_number: int, first_second: int = 0, end_second: int | None = None) -> KeyRange:
    """The expiries from `first_second` to before `end_second`, or to the last one."""
    expiries = _expiries(table_number)
    end = after_prefix(expiries) if end_second is None else expiries + end_second.to_bytes(_SECOND_BYTES)
    return KeyRange(expiries + first_second.to_bytes(_SECOND_BYTES), end)


def expiring_row(table_number: int, key: bytes) -> tuple[int, bytes]:
    """The inverse of `expiry_key`: when an item expires, and its row's key."""
    start = len(_expiries(table_number))
    second = int.from_bytes(key[start : start + _SECOND_BYTES])
    return second, _rows(table_number) + key[start + _SECOND_BYTES :]


def expiry_walk_key(table_number: int) -> bytes:
    """The key of how far the making, or the clearing, of the table's expiry entries has come."""
    return _table(table_number) + _EXPIRY_WALK


def segment_range(space: Space, segment: int, total_segments: int) -> KeyRange:
    """The items of one segment of a parallel Scan; empty for some where there are more segments than buckets."""
    assert 0 <= segment < total_segments
    first, end = (_BUCKETS * number // total_segments for number in (segment, segment + 1))
    return KeyRange(_bucket_edge(space, first), _bucket_edge(space, end))


def partition_range(space: Space, hash_value: KeyValue) -> KeyRange:
    """All items with one hash value, in the order of their range values."""
    return _prefix_range(_partition(space, hash_value))


def interval_range(
    space: Space, hash_value: KeyValue, lower: Bound | None = None, upper: Bound | None = None
) -> KeyRange:
    """The items of a partition whose range value lies between two bounds; None is no bound."""
    partition = _partition(space, hash_value)
    first = partition if lower is None else _edge(partition, lower.value, is_after=not lower.is_inclusive)
    end = after_prefix(partition) if upper is None else _edge(partition, upper.value, is_after=upper.is_inclusive)
    return KeyRange(first, max(first, end))


def begins_with_range(space: Space, hash_value: KeyValue, prefix: str | bytes) -> KeyRange:
    """The items of a partition whose range value, a string or binary, begins with `prefix`."""
    return _prefix_range(_partition(space, hash_value) + order_prefix(prefix))


def token_key(token: str) -> bytes:
    """The key of what is known of a transaction's ClientRequestToken."""
    return _TOKENS + order_string(token)


def token_of(key: bytes) -> str:
    """The inverse of `token_key`."""
    return read_string(key, len(_TOKENS))[0]


def tokens_range() -> KeyRange:
    return _prefix_range(_TOKENS)


def token_expiry_key(expiry_s: int, token: str) -> bytes:
    """The key that says when a token expires, in the order of time."""
    return _TOKEN_EXPIRIES + expiry_s.to_bytes(_SECOND_BYTES) + order_string(token)


def token_expiry_of(key: bytes) -> tuple[int, str]:
    """The inverse of `token_expiry_key`."""
    start = len(_TOKEN_EXPIRIES)
    end = start + _SECOND_BYTES
    return int.from_bytes(key[start:end]), read_string(key, end)[0]


def token_expiries_range(until_s: int | None = None) -> KeyRange:
    """All expiries, or those up to the end of a second."""
    everything = _prefix_range(_TOKEN_EXPIRIES)
    if until_s is None:
        return everything
    return KeyRange(everything.first, _TOKEN_EXPIRIES + (until_s + 1).to_bytes(_SECOND_BYTES))


def after_prefix(prefix: bytes) -> bytes:
    """The first key behind all that begin with `prefix`."""
    kept = prefix.rstrip(b"\xff")
    assert kept, "no key is behind all that begin with FF"
    return kept[:-1] + bytes((kept[-1] + 1,))


def _prefix_range(prefix: bytes) -> KeyRange:
    return KeyRange(prefix, after_prefix(prefix))


def _backup(backup_number: int) -> bytes:
    return _BACKUPS + backup_number.to_bytes(_TABLE_NUMBER_BYTES)


def _table(table_number: int) -> bytes:
    return _TABLES + table_number.to_bytes(_TABLE_NUMBER_BYTES)


def _rows(table_number: int) -> bytes:
    return _table(table_number) + _ROWS


def _changes(table_number: int) -> bytes:
    return _table(table_number) + _CHANGES


def _expiries(table_number: int) -> bytes:
    return _table(table_number) + _EXPIRIES


def _entry(space: Space, hash_value: KeyValue, range_value: KeyValue | None) -> bytes:
    partition = _partition(space, hash_value)
    return partition if range_value is None else partition + order_value(range_value)


def _partition(space: Space, hash_value: KeyValue) -> bytes:
    encoded = order_value(hash_value)
    return space.prefix + blake2b(encoded, digest_size=_BUCKET_BYTES).digest() + encoded


def _edge(partition: bytes, value: KeyValue, *, is_after: bool) -> bytes:
    key = partition + order_value(value)
    return after_prefix(key) if is_after else key


def _bucket_edge(space: Space, bucket: int) -> bytes:
    """The first key of a bucket; past the last one, the end of the space."""
    return after_prefix(space.prefix) if bucket == _BUCKETS else space.prefix + bucket.to_bytes(_BUCKET_BYTES)
