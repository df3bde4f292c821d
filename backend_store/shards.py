"""The shards of a table's streams: intervals of its change log's numbers.

A stream has one open shard, from when it is enabled until it is disabled; from time to time that shard is closed and
its child opened, so that readers meet the end of a shard as they do at Amazon's. Opening and closing each take a number
of their own from the log's counter: a shard's records have numbers strictly between the two, an empty shard is no
special case, and a position at a shard's first number lies before all of its records.

A closed shard is forgotten when all of its records are older than a stream shows.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Final

import orjson

from backend_store.kv import keyspace
from backend_store.kv.engine import Reader, Writer
from backend_store.kv.records import read_record, write_record
from backend_store.table import Table
from backend_store.table_state import TableState, put_state, state_of
from microdax.model.streams import KEPT_S

FORGOTTEN_MAX: Final = 100  # of one batch


@dataclass(frozen=True, slots=True)
class Shard:
    """A part of the stream with this label, between two numbers of the log; the last one of an open shard is None.

    `parent` is the number with which the shard was opened that this one follows.
    """

    stream: str
    opened: int
    opened_ms: int
    parent: int | None = None
    closed: int | None = None
    closed_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Rollover:
    """When a shard is closed and its child opened: at this age, or after that many numbers."""

    age_s: float = 4 * 3600.0
    numbers: int = 100_000


DEFAULT_ROLLOVER: Final = Rollover()


def shards_of(reader: Reader, table: Table, stream: str) -> list[Shard]:
    """The shards of a stream that are not forgotten, parents before their children."""
    return [shard for shard in _all(reader, table) if shard.stream == stream]


def follow(writer: Writer, before: Table | None, after: Table) -> None:
    """Where a table's stream was switched, close the shard of the one that was enabled, open one for the new one."""
    old, new = None if before is None else before.description.streams.enabled, after.description.streams.enabled
    if old == new:
        return
    state = state_of(writer, after)
    if old is not None:
        state = _close(writer, after, state, old.label)
    if new is not None:
        state = _open(writer, after, state, new.label)
    put_state(writer, after, state)


def is_due(reader: Reader, table: Table, stream: str, rollover: Rollover) -> bool:
    """Whether the open shard of the stream is full or old."""
    shard = _open_shard(reader, table, stream)
    if shard is None:
        return False
    is_old = table.now_ms() - shard.opened_ms >= rollover.age_s * 1000
    return is_old or state_of(reader, table).sequence - shard.opened >= rollover.numbers


def roll_over(writer: Writer, table: Table, stream: str, rollover: Rollover) -> None:
    """Close the open shard of the stream and open its child, if that is due."""
    parent = _open_shard(writer, table, stream)
    if parent is not None and is_due(writer, table, stream, rollover):
        state = _close(writer, table, state_of(writer, table), stream)
        put_state(writer, table, _open(writer, table, state, stream, parent.opened))


def forget_batch(writer: Writer, table: Table) -> bool:
    """Forget some shards of which nothing can be read any more; false where none was left."""
    gone = forgettable(writer, table)[:FORGOTTEN_MAX]
    for shard in gone:
        writer.delete(keyspace.shard_key(table.number, shard.opened))
    return bool(gone)


def forgettable(reader: Reader, table: Table) -> list[Shard]:
    """The shards that were closed so long ago that none of their records is shown."""
    before_ms = table.now_ms() - KEPT_S * 1000
    return [shard for shard in _all(reader, table) if shard.closed_ms is not None and shard.closed_ms <= before_ms]


def _all(reader: Reader, table: Table) -> Iterator[Shard]:
    span = keyspace.shards_range(table.number)
    for _, value in reader.scan(span.first, span.end):
        yield Shard(**orjson.loads(read_record(value).document))


def _open_shard(reader: Reader, table: Table, stream: str) -> Shard | None:
    return next((shard for shard in shards_of(reader, table, stream) if shard.closed is None), None)


def _open(writer: Writer, table: Table, state: TableState, stream: str, parent: int | None = None) -> TableState:
    shard = Shard(stream, state.sequence + 1, table.now_ms(), parent)
    _put(writer, table, shard)
    return replace(state, sequence=shard.opened)


def _close(writer: Writer, table: Table, state: TableState, stream: str) -> TableState:
    shard = _open_shard(writer, table, stream)
    assert shard is not None, "an enabled stream has an open shard"
    _put(writer, table, replace(shard, closed=state.sequence + 1, closed_ms=table.now_ms()))
    return replace(state, sequence=state.sequence + 1)


def _put(writer: Writer, table: Table, shard: Shard) -> None:
    writer.put(keyspace.shard_key(table.number, shard.opened), write_record(orjson.dumps(asdict(shard))))
