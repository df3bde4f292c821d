"""The engine that keeps nothing: for tests, and for stores that may vanish with their process.

The state is an immutable `SortedMap`. A write makes a new map that shares almost everything with the old one, so a
snapshot is a reference, taking back a job or a batch is going back to an older map, and no reader needs a lock.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from operator import itemgetter
from typing import Final, TypeAlias, TypeVar

from backend_store.kv.engine import Reader, StoreUnavailable, Writer
from backend_store.kv.group_commit import WAITING_JOBS_MAX, GroupCommit
from backend_store.kv.records import record_faults

T = TypeVar("T")
Pair: TypeAlias = tuple[bytes, bytes]

CHUNK_PAIRS_MAX: Final = 512

_key_of = itemgetter(0)


class SortedMap:
    """An immutable ordered map: a list of chunks, each a short sorted list of pairs.

    All keys of a chunk are at or behind its floor, and before the next one's; the first floor is the empty key.
    """

    __slots__ = ("_chunks", "_floors")

    def __init__(self, floors: list[bytes], chunks: list[list[Pair]]) -> None:
        self._floors = floors
        self._chunks = chunks

    def get(self, key: bytes) -> bytes | None:
        chunk = self._chunks[self._number(key)]
        at = _position(chunk, key)
        return chunk[at][1] if _holds(chunk, at, key) else None

    def scan(self, first: bytes, end: bytes, *, reverse: bool = False) -> Iterator[Pair]:
        chunks = self._chunks[self._number(first) : self._number(end) + 1]
        for chunk in reversed(chunks) if reverse else chunks:
            pairs = chunk[_position(chunk, first) : _position(chunk, end)]
            yield from reversed(pairs) if reverse else pairs

    def pairs(self) -> Iterator[Pair]:
        for chunk in self._chunks:
            yield from chunk

    def with_pair(self, key: bytes, value: bytes) -> "SortedMap":
        number = self._number(key)
        chunk = self._chunks[number]
        at = _position(chunk, key)
        behind = at + _holds(chunk, at, key)
        return self._with_chunk(number, [*chunk[:at], (key, value), *chunk[behind:]])

    def without(self, key: bytes) -> "SortedMap":
        number = self._number(key)
        chunk = self._chunks[number]
        at = _position(chunk, key)
        return self._with_chunk(number, [*chunk[:at], *chunk[at + 1 :]]) if _holds(chunk, at, key) else self

    def _number(self, key: bytes) -> int:
        """Of the chunk in which the key is, if anywhere."""
        return bisect_right(self._floors, key) - 1

    def _with_chunk(self, number: int, chunk: list[Pair]) -> "SortedMap":
        """This map with another chunk in that place: halved if it is too long, left out if it is empty."""
        chunks = [chunk]
        floors = [self._floors[number]]
        if len(chunk) > CHUNK_PAIRS_MAX:
            half = len(chunk) // 2
            chunks = [chunk[:half], chunk[half:]]
            floors.append(chunk[half][0])
        elif not chunk and number > 0:
            chunks, floors = [], []
        return SortedMap(
            [*self._floors[:number], *floors, *self._floors[number + 1 :]],
            [*self._chunks[:number], *chunks, *self._chunks[number + 1 :]],
        )


def _position(chunk: list[Pair], key: bytes) -> int:
    return bisect_left(chunk, key, key=_key_of)


def _holds(chunk: list[Pair], at: int, key: bytes) -> bool:
    return at < len(chunk) and chunk[at][0] == key


class MemoryJournal:
    """The writer's side: a map that becomes the committed one with `commit`."""

    fault: None = None  # memory does not fail half way

    def __init__(self) -> None:
        self.committed = SortedMap([b""], [[]])
        self.written_bytes = 0
        self._newest = self.committed

    def begin(self) -> None:
        self.written_bytes = 0
        self._newest = self.committed

    def run(self, job: Callable[[Writer], T]) -> T:
        before = self._newest
        try:
            return job(self)
        except BaseException:
            self._newest = before
            raise

    def commit(self) -> None:
        self.committed = self._newest

    def rollback(self) -> None:
        self._newest = self.committed

    def tidy(self) -> None:
        """Nothing gathers here."""

    def get(self, key: bytes) -> bytes | None:
        return self._newest.get(key)

    def scan(self, first: bytes, end: bytes, *, reverse: bool = False) -> Iterator[Pair]:
        return self._newest.scan(first, end, reverse=reverse)

    def put(self, key: bytes, value: bytes) -> None:
        self.written_bytes += len(key) + len(value)
        self._newest = self._newest.with_pair(key, value)

    def delete(self, key: bytes) -> None:
        self._newest = self._newest.without(key)


class MemoryEngine:
    """An `Engine` over a sorted map."""

    def __init__(self, *, waiting_jobs_max: int = WAITING_JOBS_MAX) -> None:
        self._journal = MemoryJournal()
        self._commits = GroupCommit(self._journal, waiting_jobs_max=waiting_jobs_max)
        self._closed = False

    def get(self, key: bytes) -> bytes | None:
        return self._state().get(key)

    @contextmanager
    def snapshot(self) -> Generator[Reader, None, None]:
        yield self._state()

    async def write(self, job: Callable[[Writer], T]) -> T:
        return await self._commits.write(job)

    def write_now(self, job: Callable[[Writer], T]) -> T:
        return self._commits.write_now(job)

    def verify(self) -> Iterator[str]:
        return record_faults(self._state().pairs())

    def close(self) -> None:
        self._commits.close()
        self._closed = True

    def _state(self) -> SortedMap:
        if self._closed:
            raise StoreUnavailable("The store is closed")
        return self._journal.committed
