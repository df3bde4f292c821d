"""Numbered records of one kind, such as the backups of a store: kept whole in memory, the engine changed first.

=======================  ====================================================
fact "KIND NUMBER"       one record
fact "KIND numbers"      the number that the next record gets; none comes twice
=======================  ====================================================

Records are changed one at a time, and a change goes on to its end when its caller is cancelled, for the engine does
too. There are as many as their owner lets there be.
"""

import asyncio
from collections.abc import Callable, Collection, Coroutine, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import orjson

from backend_store.kv import keyspace
from backend_store.kv.engine import Engine, Reader, Writer
from backend_store.kv.records import read_record, write_record
from microdax.model.errors import UnknownOutcome


class Numbered(Protocol):
    @property
    def number(self) -> int: ...


R = TypeVar("R", bound=Numbered)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Kind(Generic[R]):
    """What records are called in the engine, and how they are written and read."""

    name: str
    kept: Callable[[R], Mapping[str, object]]
    read: Callable[[Mapping[str, Any]], R]


class Ledger(Generic[R]):
    """The records of one kind. Its methods are for the event loop's thread."""

    def __init__(self, engine: Engine, kind: Kind[R]) -> None:
        self._engine = engine
        self._kind = kind
        self._turn = asyncio.Lock()
        self._changes: set[asyncio.Task[Any]] = set()
        self._records: dict[int, R] = {}
        self._following = 1
        self._load()

    def __iter__(self) -> Iterator[R]:
        """All records, in the order of their numbers."""
        return iter(sorted(self._records.values(), key=lambda record: record.number))

    def __len__(self) -> int:
        return len(self._records)

    def get(self, number: int) -> R | None:
        return self._records.get(number)

    async def add(self, make: Callable[[int], R], *, instead_of: Collection[int] = ()) -> R:
        """Keep a new record, which `make` makes from its number, and forget others in the same breath."""

        async def change() -> R:
            record = make(self._following)
            following = self._following + 1
            await self._write(lambda writer: self._put_new(writer, record, following, instead_of))
            self._records[record.number] = record
            self._following = following
            for number in instead_of:
                self._records.pop(number, None)
            return record

        return await self._alone(change)

    async def put(self, record: R) -> None:
        """Keep this record in place of the one with its number."""

        async def change() -> None:
            await self._write(lambda writer: _put(writer, self._kind, record))
            self._records[record.number] = record

        await self._alone(change)

    async def remove(self, number: int) -> None:
        async def change() -> None:
            await self._write(lambda writer: writer.delete(_key(self._kind.name, number)))
            self._records.pop(number, None)

        await self._alone(change)

    async def settle(self) -> None:
        """Wait until the changes under way have come to their end."""
        await asyncio.gather(*self._changes, return_exceptions=True)

    def _put_new(self, writer: Writer, record: R, following: int, forgotten: Collection[int]) -> None:
        writer.put(_following_key(self._kind.name), write_record(orjson.dumps(following)))
        _put(writer, self._kind, record)
        for number in forgotten:
            writer.delete(_key(self._kind.name, number))

    async def _alone(self, change: Callable[[], Coroutine[Any, Any, T]]) -> T:
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
            self._records = {record.number: record for record in records_in(reader, self._kind)}
            self._following = following_in(reader, self._kind.name)


def records_in(reader: Reader, kind: Kind[R]) -> Iterator[R]:
    """The records that the engine holds."""
    span = keyspace.meta_range(f"{kind.name} ")
    following = _following_key(kind.name)
    for key, value in reader.scan(span.first, span.end):
        if key != following:
            yield kind.read(orjson.loads(read_record(value).document))


def following_in(reader: Reader, kind: str) -> int:
    value = reader.get(_following_key(kind))
    return 1 if value is None else int(orjson.loads(read_record(value).document))


def _put(writer: Writer, kind: Kind[R], record: R) -> None:
    writer.put(_key(kind.name, record.number), write_record(orjson.dumps(kind.kept(record))))


def _key(kind: str, number: int) -> bytes:
    return keyspace.meta_key(f"{kind} {number}")


def _following_key(kind: str) -> bytes:
    return keyspace.meta_key(f"{kind} numbers")
