"""Whether a table's change log, its shards and its expiry entries agree with its rows: a part of the store's check.

The images of a log chain: of each key, a record's old image is the new one of the record before it, and the last new
one is what stands in the row, since the log has had no gaps. Of images only digests are kept while they are compared.
"""

from collections.abc import Iterator
from hashlib import blake2b

from backend_store import change_log, expiry, shards
from backend_store.change_log import ChangeRecord
from backend_store.images import Image
from backend_store.kv import keyspace
from backend_store.kv.engine import CorruptRecord, Reader
from backend_store.kv.keyspace import KeyRange
from backend_store.table import Table
from backend_store.table_state import TableState, state_of
from microdax.model.errors import ResourceNotFoundException
from microdax.model.keys import key_of_item
from microdax.wire.dynamo_json import decode_item

_NO_ITEM = b""


def spaces(table: Table) -> tuple[KeyRange, ...]:
    """The keys of the table that are checked here."""
    number = table.number
    walk = keyspace.expiry_walk_key(number)
    return (
        keyspace.changes_range(number),
        keyspace.shards_range(number),
        keyspace.expiries_range(number),
        KeyRange(walk, walk + b"\x00"),
    )


def log_faults(reader: Reader, table: Table) -> Iterator[str]:
    """Describe each fault, in a sentence."""
    try:
        state = state_of(reader, table)
    except (ResourceNotFoundException, CorruptRecord, ValueError):
        return  # which is a fault of its own
    try:
        for fault in (*_change_faults(reader, table, state), *_shard_faults(reader, table, state)):
            yield f"table {table.name}: {fault}"
        for fault in _expiry_faults(reader, table):
            yield f"table {table.name}: {fault}"
    except (CorruptRecord, TypeError, ValueError, KeyError) as error:
        yield f"table {table.name}: its change log, shards or expiry entries cannot be read: {error!r}"


def _change_faults(reader: Reader, table: Table, state: TableState) -> Iterator[str]:
    newest: dict[bytes, bytes] = {}  # by row keys, since the log has no gaps
    at_ms = 0
    for record in change_log.records(reader, table):
        name = f"change {record.sequence}"
        if record.sequence > state.sequence:
            yield f"{name} has a number that is still to be given"
        if record.at_ms < at_ms:
            yield f"{name} is older than the one before it"
        at_ms = record.at_ms
        if _digest(record.old) == _digest(record.new):
            yield f"{name} changes nothing"
        if record.sequence >= state.log_from:
            row_key = _row_key(table, record)
            if newest.get(row_key, _digest(record.old)) != _digest(record.old):
                yield f"{name} does not begin with the item that the one before it has left"
            newest[row_key] = _digest(record.new)
    if at_ms > state.logged_ms:
        yield f"its last change was at {at_ms} ms, not at {state.logged_ms}"
    if table.description.keeps_log:
        for row_key, digest in newest.items():
            if _digest(Image.of_row(reader.get(row_key))) != digest:
                yield f"the row at {row_key.hex()} is not what the last change in the log has left"


def _shard_faults(reader: Reader, table: Table, state: TableState) -> Iterator[str]:
    enabled = table.description.streams.enabled
    for stream in table.description.streams.all:
        found = shards.shards_of(reader, table, stream.label)
        if sum(shard.closed is None for shard in found) != (stream == enabled):
            yield f"the stream {stream.label} should have {int(stream == enabled)} open shard"
        for shard in found:
            if shard.closed is not None and not shard.opened < shard.closed <= state.sequence:
                yield f"the shard that was opened with number {shard.opened} was closed with {shard.closed}"
            if shard.opened > state.sequence:
                yield f"a shard was opened with number {shard.opened}, which is still to be given"


def _expiry_faults(reader: Reader, table: Table) -> Iterator[str]:
    attribute = table.description.time_to_live.enabled
    walk = expiry.walk_of(reader, table)
    if attribute is None:
        span = keyspace.expiries_range(table.number)
        if walk is None and any(reader.scan(span.first, span.end)):
            yield "it has no time to live, but expiry entries"
        return
    yield from _entry_faults(reader, table, attribute)
    done = None if walk is None else bytes.fromhex(walk.done)
    rows = keyspace.rows_range(table.number)
    for row_key, value in reader.scan(rows.first, rows.end):
        if done is not None and row_key > done:
            return
        second = expiry.expires_s(Image.of_row(value), attribute)
        if second is not None and reader.get(keyspace.expiry_key(table.number, second, row_key)) is None:
            yield f"the item at {row_key.hex()} expires at {second}, but has no entry that says so"


def _entry_faults(reader: Reader, table: Table, attribute: str) -> Iterator[str]:
    span = keyspace.expiries_range(table.number)
    for key, _ in reader.scan(span.first, span.end):
        second, row_key = keyspace.expiring_row(table.number, key)
        if expiry.expires_s(Image.of_row(reader.get(row_key)), attribute) != second:
            yield f"an entry says that the item at {row_key.hex()} expires at {second}; it does not"


def _row_key(table: Table, record: ChangeRecord) -> bytes:
    return table.row_key(key_of_item(table.key_schema, decode_item(record.key)))


def _digest(image: Image | None) -> bytes:
    return _NO_ITEM if image is None else blake2b(image.document, digest_size=16).digest()
