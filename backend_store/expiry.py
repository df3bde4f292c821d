"""When items expire: an entry for each item of a table whose time to live says so, in the order of time.

An entry is a key without content. While a table has a time to live, commit moves the entry in the transaction that
changes the item; for items that were there before, a walk through the rows makes them, a batch to a job, and a walk
through the entries clears them away when the time to live is switched off. How far a walk has come is a record of its
own, gone when the walk is done: a restart goes on with it, and a small table's is done in the job that begins it.

An item expires at the second that the table's attribute says, if that is a number. What is older than five years is
taken for a mistake, as by DynamoDB, and never expires.
"""

from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Final, Literal

import orjson

from backend_store.images import Image
from backend_store.kv import keyspace
from backend_store.kv.engine import Engine, Reader, Writer
from backend_store.kv.keyspace import KeyRange
from backend_store.kv.records import read_record, write_record
from backend_store.table import Table
from microdax.model import limits

BATCH_ROWS_MAX: Final = 100
BATCH_BYTES_MAX: Final = 4 * limits.MIB
TOO_OLD_S: Final = 5 * 365 * 24 * 3600  # five years, in which DynamoDB does not say how many leap days it counts

_SECOND_MAX: Final = 2**63 - 1
_ENTRY: Final = write_record(b"")


@dataclass(frozen=True, slots=True)
class Walk:
    """A walk under way, and the last key that it has done, in hexadecimal digits."""

    does: Literal["fill", "clear"]
    done: str = ""


def expires_s(image: Image | None, attribute: str) -> int | None:
    """The second at which the item expires, if it does; also one that is too long ago."""
    value = None if image is None else image.item.get(attribute)
    if not isinstance(value, Decimal) or not 0 <= value <= _SECOND_MAX:
        return None
    return int(value)


def follow(writer: Writer, table: Table, row_key: bytes, old: Image | None, new: Image | None) -> None:
    """Move the item's entry to where the new image says."""
    attribute = table.description.time_to_live.enabled
    if attribute is None:
        return
    before, after = expires_s(old, attribute), expires_s(new, attribute)
    if before == after:
        return
    if before is not None:
        writer.delete(keyspace.expiry_key(table.number, before, row_key))
    if after is not None:
        writer.put(keyspace.expiry_key(table.number, after, row_key), _ENTRY)


def expired_range(table: Table, now_s: float) -> KeyRange:
    """The entries of the items that are to be deleted now."""
    first = max(0, int(now_s) - TOO_OLD_S)
    return keyspace.expiries_range(table.number, first, max(first, int(now_s)))


def is_expired(image: Image | None, attribute: str, now_s: float) -> bool:
    """Whether the item is to be deleted now: `expired_range` holds the entry of just such."""
    second = expires_s(image, attribute)
    return second is not None and int(now_s) - TOO_OLD_S <= second < int(now_s)


def follow_table(writer: Writer, before: Table | None, after: Table) -> None:
    """Where a table's time to live was switched, begin to make its entries or to clear them away."""
    old, new = (
        None if before is None else before.description.time_to_live.enabled,
        after.description.time_to_live.enabled,
    )
    if old != new:
        _put_walk(writer, after, Walk("clear" if new is None else "fill"))
        go_on(writer, after)


def walk_of(reader: Reader | Engine, table: Table) -> Walk | None:
    """The walk that is under way."""
    value = reader.get(keyspace.expiry_walk_key(table.number))
    return None if value is None else Walk(**orjson.loads(read_record(value).document))


def go_on(writer: Writer, table: Table) -> bool:
    """Do a batch of the walk that is under way; false when nothing is left of it."""
    walk = walk_of(writer, table)
    if walk is None:
        return False
    done = _fill_batch(writer, table, walk) if walk.does == "fill" else _clear_batch(writer, table)
    if done is None:
        writer.delete(keyspace.expiry_walk_key(table.number))
    else:
        _put_walk(writer, table, Walk(walk.does, done.hex()))
    return done is not None


def _fill_batch(writer: Writer, table: Table, walk: Walk) -> bytes | None:
    """Make the entries of some rows; the last of them, or None where there are no more rows."""
    rows = keyspace.rows_range(table.number)
    batch, is_last = _batch(writer, rows.resumed(bytes.fromhex(walk.done)) if walk.done else rows)
    for row_key, value in batch:
        follow(writer, table, row_key, None, Image.of_row(value))
    return None if is_last else batch[-1][0]


def _clear_batch(writer: Writer, table: Table) -> bytes | None:
    batch, is_last = _batch(writer, keyspace.expiries_range(table.number))
    for key, _ in batch:
        writer.delete(key)
    return None if is_last else b""


def _batch(reader: Reader, span: KeyRange) -> tuple[list[tuple[bytes, bytes]], bool]:
    """The first pairs of a range, and whether they are all."""
    batch: list[tuple[bytes, bytes]] = []
    read_bytes = 0
    for pair in reader.scan(span.first, span.end):
        if len(batch) == BATCH_ROWS_MAX or read_bytes >= BATCH_BYTES_MAX:
            return batch, False
        batch.append(pair)
        read_bytes += len(pair[1])
    return batch, True


def _put_walk(writer: Writer, table: Table, walk: Walk) -> None:
    writer.put(keyspace.expiry_walk_key(table.number), write_record(orjson.dumps(asdict(walk))))
