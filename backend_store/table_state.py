"""What each commit reads of its table first, and mostly changes: a record that exists exactly as long as the table.

Whoever has found a table in the catalog asks for its state in a snapshot or in a job: there is none of a table that
was deleted meanwhile (`state_of`), and one of another version where the table was changed (`current_state`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, TypeVar

import orjson

from backend_store.kv import keyspace
from backend_store.kv.engine import Engine, Reader, Writer
from backend_store.kv.records import read_record, write_record
from backend_store.table import Table, no_such_index
from microdax.model.errors import ResourceNotFoundException, ThrottlingException
from microdax.model.tables import Index, TableSize

T = TypeVar("T")

NO_ITEMS: Final = TableSize()
NOWHERE: Final = b""  # before all rows
_TRIES_MAX: Final = 10


@dataclass(frozen=True, slots=True)
class IndexState:
    """How much an index holds, and how far a backfill has come: up to the row at `reached`; None is all the way."""

    size: TableSize = NO_ITEMS
    reached: bytes | None = None

    def covers(self, row_key: bytes) -> bool:
        """Whether a write of this row has to be followed; otherwise the backfill is still to come to it."""
        return self.reached is None or row_key <= self.reached


class TableChanged(Exception):
    """The table is not as it was when the job was built."""


@dataclass(frozen=True, slots=True)
class TableState:
    """What each commit reads of its table, and what mostly changes with it.

    `version` is the catalog entry's; `indexes` are those that writes have to follow, by their numbers.

    `sequence` is the last number given in the table's change log and `logged_ms` the time of the last change in it;
    since number `log_from` the log has no gaps.
    """

    size: TableSize = NO_ITEMS
    sequence: int = 0
    logged_ms: int = 0
    log_from: int = 1
    version: int = 0
    indexes: Mapping[int, IndexState] = field(default_factory=dict[int, IndexState])

    def of_version(self, table: Table) -> "TableState":
        """The state of a table that has changed: indexes have come and gone, and backfills have ended."""
        indexes = {
            index.number: self._index_state(index) for index in table.description.indexes if index.status != "DELETING"
        }
        return replace(self, version=table.version, indexes=indexes)

    def _index_state(self, index: Index) -> IndexState:
        state = self.indexes.get(index.number, IndexState(reached=NOWHERE))
        return state if index.is_backfilling else replace(state, reached=None)


def size_of(reader: Reader | Engine, table: Table) -> TableSize:
    """What the table holds in this state of the store; raises ResourceNotFoundException where it is deleted."""
    return state_of(reader, table).size


def state_of(reader: Reader | Engine, table: Table) -> TableState:
    """The table's counters in this state of the store; raises ResourceNotFoundException where it is deleted."""
    value = reader.get(_state_key(table.number))
    if value is None:
        raise ResourceNotFoundException()
    *counters, version, indexes = orjson.loads(read_record(value).document)
    items, size_bytes, sequence, logged_ms, log_from = counters
    size = TableSize(items, size_bytes)
    return TableState(size, sequence, logged_ms, log_from, version, dict(map(_read_index_state, indexes)))


def current_state(reader: Reader | Engine, table: Table) -> TableState:
    """The state of a table that must be as it is in the catalog; raises TableChanged where it is not."""
    state = state_of(reader, table)
    if state.version != table.version:
        raise TableChanged
    return state


def check_index_stands(reader: Reader, table: Table, index: Index) -> None:
    """Whoever reads an index's rows asks this of the snapshot first: the index may be half removed."""
    if index.number not in state_of(reader, table).indexes:
        raise no_such_index(index.name)


async def write_current(engine: Engine, build: Callable[[], Callable[[Writer], T]]) -> T:
    """Run the job that `build` makes of the catalog's tables, anew where one of them changed on its way."""
    for _ in range(_TRIES_MAX):
        try:
            return await engine.write(build())
        except TableChanged:
            continue
    raise ThrottlingException("The table is being changed; try again later")


def has_state(reader: Reader, number: int) -> bool:
    return reader.get(_state_key(number)) is not None


def remove_state(writer: Writer, table: Table) -> None:
    """The table is deleted."""
    writer.delete(_state_key(table.number))


def put_state(writer: Writer, table: Table, state: TableState) -> None:
    size = state.size
    counters = (size.items, size.size_bytes, state.sequence, state.logged_ms, state.log_from)
    indexes = [_kept_index_state(number, index) for number, index in state.indexes.items()]
    writer.put(_state_key(table.number), write_record(orjson.dumps((*counters, state.version, indexes))))


def _kept_index_state(number: int, state: IndexState) -> tuple[object, ...]:
    reached = None if state.reached is None else state.reached.hex()
    return number, state.size.items, state.size.size_bytes, reached


def _read_index_state(kept: tuple[int, int, int, str | None]) -> tuple[int, IndexState]:
    number, items, size_bytes, reached = kept
    return number, IndexState(TableSize(items, size_bytes), None if reached is None else bytes.fromhex(reached))


def _state_key(number: int) -> bytes:
    return keyspace.meta_key(f"size of table {number}")
