"""Long work beside the requests: backups, restores, exports and imports.

A chore is a coroutine that does its work in a worker thread: reading a snapshot, writing one bounded job after the
other with `write_now`, so that a request waits for no more than a batch. Before each batch the work calls
`Chore.step`, which ends it when the store closes. What it leaves then is in the engine, and the next start goes on
with it or clears it away: what a chore is about says how.

Who starts a chore may wait until it is under way: until its second batch begins, or it has ended. What fits in one
batch is thus done when its request is answered, and the answer to a large one does not wait for all of it.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeAlias, TypeVar

from backend_store.kv.engine import StoreUnavailable
from microdax.model.errors import DynamoDBError, InternalServerError, LimitExceededException

T = TypeVar("T")

CHORES_MAX: Final = 16  # under way at once
RETRY_S: Final = 10.0

_log = logging.getLogger(__name__)


class Stopped(BaseException):
    """The store is being closed: leave the rest to the next start. No failure, so nothing that handles one takes it."""


class Chore:
    """One piece of work: what its thread and whoever has started it know of each other."""

    def __init__(self, loop: asyncio.AbstractEventLoop, stopping: threading.Event) -> None:
        self._loop = loop
        self._stopping = stopping
        self._steps = 0
        self._under_way = asyncio.Event()
        self._error: DynamoDBError | None = None

    def step(self) -> None:
        """To be called by the work before each batch; raises Stopped."""
        if self._stopping.is_set():
            raise Stopped
        self._steps += 1
        if self._steps == 2:
            self._loop.call_soon_threadsafe(self._under_way.set)

    async def under_way(self) -> None:
        """Wait until the first batch is done: all, if that was all. Raises what has ended the chore before that."""
        await self._under_way.wait()
        if self._error is not None:
            raise self._error

    def end(self, error: DynamoDBError | None = None) -> None:
        self._error = error
        self._under_way.set()


Work: TypeAlias = Callable[[Chore], Coroutine[None, None, None]]


class Chores:
    """The chores of one store. Its methods are for the event loop's thread."""

    def __init__(self, retry_s: float | None = None) -> None:
        self._retry_s = RETRY_S if retry_s is None else retry_s
        self._threads = ThreadPoolExecutor(CHORES_MAX, thread_name_prefix="store-chore")
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = threading.Event()
        self._stop = asyncio.Event()

    def check_room(self) -> None:
        """Raise LimitExceededException where another chore would be too many, StoreUnavailable at the end."""
        if self._stopping.is_set():
            raise StoreUnavailable("The store is closed")
        if len(self._tasks) >= CHORES_MAX:
            raise LimitExceededException(
                f"Subscriber limit exceeded: only {CHORES_MAX} backups, restores, exports and imports can run at once"
            )

    def begin(self, what: str, work: Work) -> Chore:
        """Start a chore; `what` it is stands in the log if it fails."""
        chore = Chore(asyncio.get_running_loop(), self._stopping)
        task = asyncio.create_task(_run(what, chore, work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return chore

    async def in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    async def pause(self) -> None:
        """Wait before the next try; raises Stopped."""
        try:
            await asyncio.wait_for(self._stop.wait(), self._retry_s)
        except TimeoutError:
            return
        raise Stopped

    async def finished(self) -> None:
        """Wait until no chore is left."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def stop(self) -> None:
        """End all chores where they are."""
        self._stopping.set()
        self._stop.set()
        await self.finished()
        self._threads.shutdown(wait=False)  # idle


async def _run(what: str, chore: Chore, work: Work) -> None:
    try:
        await work(chore)
        chore.end()
    except Stopped:
        chore.end(StoreUnavailable("The store is closed"))
    except DynamoDBError as error:
        _log.warning("%s failed: %s", what, error)
        chore.end(error)
    except Exception:
        _log.exception("%s failed because of a fault of ours", what)
        chore.end(InternalServerError())
