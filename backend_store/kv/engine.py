"""What the store asks of an ordered key-value engine, and what an engine raises.

Keys and values are bytes; keys are ordered as bytes are. Any number of threads reads committed data while one
thread writes: a write is a job, a function that is given a `Writer`. Jobs run one after another, each sees what
those before it wrote, and each is atomic. `write` returns when its job is durable, so that what has been answered
can never be lost; nothing that is not yet durable is ever read.

Two engines keep this contract, `SqliteEngine` and `MemoryEngine`; one suite of tests runs over both.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

from microdax.model.errors import InternalServerError, ServiceUnavailable

T = TypeVar("T")


class Reader(Protocol):
    """One consistent state of the store."""

    def get(self, key: bytes) -> bytes | None: ...

    def scan(self, first: bytes, end: bytes, *, reverse: bool = False) -> Iterator[tuple[bytes, bytes]]:
        """The pairs with first <= key < end in the order of their keys, or against it."""
        ...


class Writer(Reader, Protocol):
    """What a job is given: it reads the newest state, its own writes included, and writes.

    A scan that is under way may be kept while keys that it has yielded are deleted; what it yields after other
    writes to its range is undefined. A writer may not be used after its job has returned.
    """

    def put(self, key: bytes, value: bytes) -> None: ...

    def delete(self, key: bytes) -> None:
        """Remove the key if it is there."""
        ...


class Engine(Protocol):
    """An open store. All methods may be called from any thread, `write` from any event loop."""

    def get(self, key: bytes) -> bytes | None:
        """Read one key of the committed state: microseconds, fit for an event loop's thread."""
        ...

    def snapshot(self) -> AbstractContextManager[Reader]:
        """The committed state at this moment, for many reads while writes go on; for worker threads.

        Only so many are open at once (it waits for its turn, then raises ThrottlingException). Meant for the reads
        of one request: what was overwritten since takes up disk until the oldest snapshot ends.
        """
        ...

    async def write(self, job: Callable[[Writer], T]) -> T:
        """Run `job` and return what it returns once its writes are durable.

        A job that raises has written nothing, and its exception is raised here. Raises ThrottlingException where
        too many jobs wait, StoreUnavailable where nothing was written, UnknownOutcome where nobody can know.
        Cancelling the caller does not cancel the job.
        """
        ...

    def write_now(self, job: Callable[[Writer], T]) -> T:
        """`write` for callers without an event loop: blocks."""
        ...

    def verify(self) -> Iterator[str]:
        """Read everything and describe each fault found, in a sentence; every value must be a record."""
        ...

    def close(self) -> None:
        """Finish the jobs that wait, refuse new ones, let go of the files. Closing twice is harmless."""
        ...


class DataDirectoryError(Exception):
    """The data directory cannot be used: in use, not writable, not ours, too new. The message is for the user."""


class StoreUnavailable(ServiceUnavailable):
    """The engine could not write (a full disk, an I/O error) or is closed; nothing of the write has happened."""


class CorruptRecord(InternalServerError):
    """A value's checksum or framing does not match: the file was damaged."""
