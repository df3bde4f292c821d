"""Which tables there are, and under which number each one's rows stand.

The catalog is kept whole in memory and read there; the engine holds the same, changed first:

=====================  ==========================================================================================
catalog entry          one for each table, by name: number, description as DescribeTable shows it, tags, attachments
fact "tables"          the number that the next table gets, and the numbers of deleted tables that still have rows
fact "size of table N" table N's `TableState`, with how many items it holds; exists exactly as long as the table does
=====================  ==========================================================================================

A number is never given twice, so a table that is created again under its old name sees nothing of what it held.
DeleteTable takes the entry and the size away and notes the number; the rows go afterwards, in batches that hold the
writer for a few milliseconds each, also after a restart (`removal`).

A request finds its table in memory, but the table may be deleted before the request comes to its rows. So whoever
reads rows in a snapshot or writes them in a job asks there for the table's state first (`state_of`), and finds none:
no row is written behind a deletion, and no page is read from a half-removed table.

The table may also be changed meanwhile, as by a new index, which the write has to follow. Each change of the entry is
a new version of the table, which the state tells too. `current_state` raises TableChanged where the two differ, and
`write_current` then builds the job anew with the table as it is.

Tables are changed one at a time, so what is in memory is what the engine holds, and a change decides by it. A
change goes on to its end when its caller is cancelled, for the engine does too.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeAlias, TypeVar

import orjson

from backend_store.attachments import NO_ATTACHMENTS, Attachments, read_attachments
from backend_store.kv import keyspace
from backend_store.kv.engine import Engine, Reader, Writer
from backend_store.kv.records import read_record, write_record
from backend_store.throttling import Throttle
from microdax.model import limits
from microdax.model.errors import (
    LimitExceededException,
    ResourceInUseException,
    ResourceNotFoundException,
    ThrottlingException,
    UnknownOutcome,
    ValidationException,
)
from microdax.model.keys import KeySchema, key_value
from microdax.model.tables import Index, TableDescription, TableSize, TableStatus, read_description
from microdax.model.values import Key, KeyValue, Value

T = TypeVar("T")

FIRST_NUMBER: Final = 1
NO_ITEMS: Final = TableSize()
NOWHERE: Final = b""  # before all rows
_FACT: Final = "tables"
_TRIES_MAX: Final = 10


@dataclass(frozen=True, slots=True)
class Table:
    """A table and the number that its rows stand under; `clock` is what commits to it go by."""

    number: int
    description: TableDescription
    tags: Mapping[str, str]
    attachments: Attachments = NO_ATTACHMENTS
    version: int = 0
    load: Mapping[str, object] | None = None
    clock: Callable[[], float] = field(default=time.time, compare=False, repr=False)
    throttle: Throttle | None = field(default=None, compare=False, repr=False)

    @property
    def name(self) -> str:
        return self.description.name

    @property
    def status(self) -> TableStatus:
        """CREATING as long as the table is being loaded: `load` is then from what, as `loads` reads it."""
        return "ACTIVE" if self.load is None else "CREATING"

    @property
    def key_schema(self) -> KeySchema:
        return self.description.key_schema

    def row_key(self, key: Key) -> bytes:
        """Where the item with this key, checked against the schema, stands in the engine."""
        range_key = self.key_schema.range
        range_value = None if range_key is None else key[range_key.name]
        return keyspace.row_key(self.number, self.hash_value(key), range_value)

    def hash_value(self, key: Key) -> KeyValue:
        return key[self.key_schema.hash.name]

    def now_ms(self) -> int:
        return round(self.clock() * 1000)

    def index(self, name: str) -> Index:
        """The index that a read names."""
        for index in self.description.indexes:
            if index.name == name and index.status != "DELETING":
                if index.is_backfilling:
                    raise ValidationException(f"Cannot read from backfilling global secondary index: {name}")
                return index
        raise no_such_index(name)

    def index_row_key(self, index: Index, item: Mapping[str, Value]) -> bytes:
        """Where an item that has all key attributes stands in an index; also of an ExclusiveStartKey."""
        schema = index.key_schema
        return keyspace.index_row_key(
            self.number,
            index.number,
            key_value(item, schema.hash),
            None if schema.range is None else key_value(item, schema.range),
            keyspace.base_key(*(key_value(item, attribute) for attribute in self.key_schema.attributes)),
        )


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


@dataclass(frozen=True, slots=True)
class Numbers:
    """The fact "tables": the next table's number, and those of deleted tables that still have rows."""

    following: int = FIRST_NUMBER
    removing: frozenset[int] = frozenset()


# What has to become durable together with a change of a table: done in its job, with the table before it (None where
# it is being created) and after it.
Follower: TypeAlias = Callable[[Writer, Table | None, Table], None]


class Catalog:
    """The tables of one store; `followers` follow each change of one. Its methods are for the event loop's thread."""

    def __init__(
        self,
        engine: Engine,
        clock: Callable[[], float] = time.time,
        followers: Sequence[Follower] = (),
        throttle: Throttle | None = None,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._followers = followers
        self._throttle = throttle
        self._turn = asyncio.Lock()
        self._changes: set[asyncio.Task[Any]] = set()
        self._tables: dict[str, Table] = {}
        self._numbers = Numbers()
        self._load()

    def table(self, name: str) -> Table:
        """The table that a data operation names; there is none as long as it is being loaded."""
        table = self._tables.get(name)
        if table is None or table.load is not None:
            raise ResourceNotFoundException()
        return table

    def table_to_manage(self, name: str) -> Table:
        """The table that a table operation names: the same, but DynamoDB tells the name when there is none."""
        table = self._tables.get(name)
        if table is None:
            raise ResourceNotFoundException(f"Requested resource not found: Table: {name} not found")
        return table

    def names(self) -> list[str]:
        return sorted(self._tables)

    def tables(self) -> list[Table]:
        """All tables, in no order."""
        return list(self._tables.values())

    def loading(self) -> list[Table]:
        """The tables that are being loaded."""
        return [table for table in self._tables.values() if table.load is not None]

    def changing_indexes(self) -> list[tuple[Table, Index]]:
        """The indexes that are being created or deleted, with their tables."""
        return [
            (table, index)
            for table in self._tables.values()
            for index in table.description.indexes
            if index.status != "ACTIVE"
        ]

    def size(self, table: Table) -> TableSize:
        """What the table holds now: exact, for each commit counts what it changes."""
        return size_of(self._engine, table)

    def index_sizes(self, table: Table) -> Mapping[int, TableSize]:
        """What each index of the table holds now, by its number."""
        return {number: index.size for number, index in state_of(self._engine, table).indexes.items()}

    @property
    def removing(self) -> frozenset[int]:
        """The numbers of deleted tables that still have rows."""
        return self._numbers.removing

    async def create(
        self, description: TableDescription, tags: Mapping[str, str], load: Mapping[str, object] | None = None
    ) -> Table:
        async def change() -> Table:
            if description.name in self._tables:
                raise ResourceInUseException(f"Table already exists: {description.name}")
            if len(self._tables) >= limits.TABLES_MAX:
                raise LimitExceededException(f"Subscriber limit exceeded: there may be {limits.TABLES_MAX} tables")
            table = Table(
                self._numbers.following, description, tags, load=load, clock=self._clock, throttle=self._throttle
            )
            numbers = replace(self._numbers, following=table.number + 1)
            await self._write(lambda writer: self._put_new(writer, table, numbers))
            self._tables[table.name] = table
            self._numbers = numbers
            return table

        return await self._alone(change)

    async def update(self, name: str, change: Callable[[TableDescription], TableDescription]) -> Table:
        return await self.alter(name, lambda table: replace(table, description=change(table.description)))

    async def alter(self, name: str, change: Callable[[Table], Table]) -> Table:
        async def run() -> Table:
            table = self.table_to_manage(name)
            _check_loaded(table)
            return await self._change(change(table))

        return await self._alone(run)

    async def loaded(self, name: str) -> None:
        """All that the table is loaded from is there."""
        await self._alone(lambda: self._change(replace(self.table_to_manage(name), load=None)))

    async def delete(self, name: str, check: Callable[[Table], None]) -> tuple[Table, TableSize]:
        """Delete the table unless `check` raises; its rows are left to `removal`."""

        def check_all(table: Table) -> None:
            _check_loaded(table)
            check(table)

        return await self._delete(name, check_all)

    async def abandon(self, name: str) -> None:
        """Delete a table that cannot be loaded."""
        await self._delete(name, lambda _: None)

    async def _delete(self, name: str, check: Callable[[Table], None]) -> tuple[Table, TableSize]:
        async def change() -> tuple[Table, TableSize]:
            table = self.table_to_manage(name)
            check(table)
            size = self.size(table)
            numbers = replace(self._numbers, removing=self._numbers.removing | {table.number})
            await self._write(lambda writer: _delete(writer, table, numbers))
            del self._tables[name]
            self._numbers = numbers
            return table, size

        return await self._alone(change)

    async def forget(self, number: int) -> None:
        """A deleted table has no rows any more."""

        async def change() -> None:
            numbers = replace(self._numbers, removing=self._numbers.removing - {number})
            await self._write(lambda writer: _put_numbers(writer, numbers))
            self._numbers = numbers

        await self._alone(change)

    async def settle(self) -> None:
        """Wait until the changes under way have come to their end."""
        await asyncio.gather(*self._changes, return_exceptions=True)

    async def _change(self, changed: Table) -> Table:
        before = self._tables[changed.name]
        after = replace(changed, version=changed.version + 1)
        await self._write(lambda writer: self._put_changed(writer, before, after))
        self._tables[after.name] = after
        return after

    async def _alone(self, change: Callable[[], Coroutine[Any, Any, T]]) -> T:
        if len(self._changes) >= limits.TABLE_CHANGES_MAX:
            raise LimitExceededException(
                f"Subscriber limit exceeded: only {limits.TABLE_CHANGES_MAX} tables can be changed at once"
            )
        task = asyncio.create_task(self._in_turn(change))
        self._changes.add(task)
        task.add_done_callback(self._changes.discard)
        return await asyncio.shield(task)

    async def _in_turn(self, change: Callable[[], Coroutine[Any, Any, T]]) -> T:
        async with self._turn:
            return await change()

    async def _write(self, job: Callable[[Writer], None]) -> None:
        try:
            await self._engine.write(job)
        except UnknownOutcome:
            self._load()
            raise

    def _load(self) -> None:
        with self._engine.snapshot() as reader:
            self._tables = {
                name: replace(table, clock=self._clock, throttle=self._throttle) for name, table in entries_in(reader)
            }
            self._numbers = numbers_in(reader)

    def _put_new(self, writer: Writer, table: Table, numbers: Numbers) -> None:
        _put_numbers(writer, numbers)
        _put_entry(writer, table)
        put_state(writer, table, TableState().of_version(table))
        for follow in self._followers:
            follow(writer, None, table)

    def _put_changed(self, writer: Writer, before: Table, after: Table) -> None:
        _put_entry(writer, after)
        state = state_of(writer, after).of_version(after)
        if after.description.keeps_log and not before.description.keeps_log:
            state = replace(state, log_from=state.sequence + 1)
        put_state(writer, after, state)
        for follow in self._followers:
            follow(writer, before, after)


def _check_loaded(table: Table) -> None:
    if table.load is not None:
        raise ResourceInUseException(
            f"Attempt to change a resource which is still in use: Table is being created: {table.name}"
        )


def entries_in(reader: Reader) -> Iterator[tuple[str, Table]]:
    """The catalog's entries that the engine holds: the name that each stands under, and its table."""
    span = keyspace.catalog_range()
    for key, value in reader.scan(span.first, span.end):
        yield keyspace.catalog_table_name(key), _read_entry(value)


def numbers_in(reader: Reader) -> Numbers:
    value = reader.get(keyspace.meta_key(_FACT))
    if value is None:
        return Numbers()
    document = orjson.loads(read_record(value).document)
    return Numbers(document["following"], frozenset(document["removing"]))


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


def no_such_index(name: str) -> ValidationException:
    return ValidationException(f"The table does not have the specified index: {name}")


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


def _put_entry(writer: Writer, table: Table) -> None:
    entry = {
        "number": table.number,
        "version": table.version,
        "table": table.description.kept(),
        "tags": dict(table.tags),
        "attachments": table.attachments.kept(),
        "load": table.load,
    }
    writer.put(keyspace.catalog_key(table.name), write_record(orjson.dumps(entry)))


def _read_entry(value: bytes) -> Table:
    entry = orjson.loads(read_record(value).document)
    return Table(
        number=entry["number"],
        description=read_description(entry["table"]),
        tags=entry["tags"],
        attachments=read_attachments(entry["attachments"]),
        version=entry["version"],
        load=entry["load"],
    )


def _put_numbers(writer: Writer, numbers: Numbers) -> None:
    fact = {"following": numbers.following, "removing": sorted(numbers.removing)}
    writer.put(keyspace.meta_key(_FACT), write_record(orjson.dumps(fact)))


def _delete(writer: Writer, table: Table, numbers: Numbers) -> None:
    _put_numbers(writer, numbers)
    writer.delete(keyspace.catalog_key(table.name))
    writer.delete(_state_key(table.number))


def _state_key(number: int) -> bytes:
    return keyspace.meta_key(f"size of table {number}")
