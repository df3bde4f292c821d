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
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias, TypeVar

import orjson

from backend_store.attachments import read_attachments
from backend_store.kv import keyspace
from backend_store.kv.engine import Engine, Reader, Writer
from backend_store.kv.records import read_record, write_record
from backend_store.table import Table
from backend_store.table_state import (
    TableState,
    put_state,
    remove_state,
    size_of,
    state_of,
)
from backend_store.throttling import Throttle
from microdax.model import limits
from microdax.model.errors import (
    LimitExceededException,
    ResourceInUseException,
    ResourceNotFoundException,
    UnknownOutcome,
)
from microdax.model.tables import Index, TableDescription, TableSize, read_description

T = TypeVar("T")

FIRST_NUMBER: Final = 1
_FACT: Final = "tables"


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
    remove_state(writer, table)
