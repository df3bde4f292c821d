"""The writer thread: many jobs, one commit, and only then their answers.

One thread owns the engine's `Journal`. It takes the jobs that wait, runs them in order in one transaction, commits,
and then completes them all. While it commits, the next batch gathers; nobody waits for a batch to fill. At rest a job
is thus committed alone and at once, and under load one fsync carries as many jobs as came in during the last one.

Results go back to an event loop with one `call_soon_threadsafe` for the whole batch. The callers then go on in one
turn of their loop, and what they write next finds itself in one batch again.

What a caller may believe:

- An answer says that the job is durable. Jobs complete in the order of their commit.
- The job's own exception says that it has written nothing; the rest of its batch is not touched.
- StoreUnavailable says that it has written nothing, and so does every job of that batch. ThrottlingException says
  that it was not even queued. UnknownOutcome says that the commit failed in a way that leaves it open.

After a failed commit the thread goes on; the next batch tries again.
"""

import asyncio
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar

from backend_store.kv.engine import StoreUnavailable, Writer
from microdax.model.errors import DynamoDBError, ThrottlingException, UnknownOutcome

T = TypeVar("T")

JOBS_PER_BATCH_MAX: Final = 256
BATCH_BYTES_MAX: Final = 8 << 20  # no further job begins past it, so that a commit's length is bounded
WAITING_JOBS_MAX: Final = 4096


class Journal(Protocol):
    """Where the writer thread writes: one transaction at a time. Used by that thread alone.

    A failure of the medium turns up in one of two places: `fault` is set while jobs run, or `commit` raises.
    """

    @property
    def fault(self) -> DynamoDBError | None:
        """Why this transaction can no longer be committed."""
        ...

    @property
    def written_bytes(self) -> int:
        """About how much this transaction has written."""
        ...

    def begin(self) -> None:
        """Start a transaction. What goes wrong is a `fault`."""
        ...

    def run(self, job: Callable[[Writer], T]) -> T:
        """Run a job; where it raises, take its writes back and let the exception through."""
        ...

    def commit(self) -> None:
        """Make the transaction durable; raises StoreUnavailable or UnknownOutcome."""
        ...

    def rollback(self) -> None:
        """Take everything since `begin` back. Never raises."""
        ...

    def tidy(self) -> None:
        """Between transactions, after the answers have gone out: what is better done then. Never raises."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    """A job and whom to tell; `loop` is None for a blocked thread."""

    job: Callable[[Writer], object]
    future: "asyncio.Future[Any] | Future[Any]"
    loop: asyncio.AbstractEventLoop | None


@dataclass(frozen=True, slots=True)
class _Outcome:
    waiting: _Waiting
    result: object = None
    error: BaseException | None = None

    def tell(self) -> None:
        future = self.waiting.future
        if future.done():  # its caller was cancelled
            return
        if self.error is None:
            future.set_result(self.result)
        else:
            future.set_exception(self.error)


class GroupCommit:
    """Runs jobs on `journal` in a thread of its own until it is closed."""

    def __init__(self, journal: Journal, *, waiting_jobs_max: int = WAITING_JOBS_MAX) -> None:
        self._journal = journal
        self._waiting_jobs_max = waiting_jobs_max
        self._waiting: deque[_Waiting] = deque()
        self._changed = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._serve, name="group-commit", daemon=True)
        self._thread.start()

    async def write(self, job: Callable[[Writer], T]) -> T:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._enqueue(_Waiting(job, future, loop))
        return await future

    def write_now(self, job: Callable[[Writer], T]) -> T:
        assert threading.current_thread() is not self._thread, "a job that waits for a job would wait for ever"
        future: Future[T] = Future()
        self._enqueue(_Waiting(job, future, None))
        return future.result()

    def close(self) -> None:
        """Finish what waits and stop the thread."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()

    def _enqueue(self, waiting: _Waiting) -> None:
        with self._changed:
            if self._closing:
                raise StoreUnavailable("The store is closed")
            if len(self._waiting) >= self._waiting_jobs_max:
                raise ThrottlingException(f"{self._waiting_jobs_max} writes are waiting already; try again later")
            self._waiting.append(waiting)
            self._changed.notify()

    def _serve(self) -> None:
        while self._await_jobs():
            _tell(self._run_batch())
            self._journal.tidy()

    def _await_jobs(self) -> bool:
        """Wait until there is a job; false when closing and all are done."""
        with self._changed:
            while not self._waiting and not self._closing:
                self._changed.wait()
            return bool(self._waiting)

    def _run_batch(self) -> list[_Outcome]:
        self._journal.begin()
        outcomes = [self._run_next()]
        while self._may_run_next(len(outcomes)):
            outcomes.append(self._run_next())
        error = self._commit()
        return outcomes if error is None else [_failed(outcome, error) for outcome in outcomes]

    def _may_run_next(self, jobs: int) -> bool:
        return (
            bool(self._waiting)
            and jobs < JOBS_PER_BATCH_MAX
            and self._journal.written_bytes < BATCH_BYTES_MAX
            and self._journal.fault is None
        )

    def _run_next(self) -> _Outcome:
        waiting = self._waiting.popleft()  # safe without the lock: nobody else takes from the queue
        if self._journal.fault is not None:
            return _Outcome(waiting)
        try:
            return _Outcome(waiting, self._journal.run(waiting.job))
        except StopIteration as error:  # which a future would not take
            return _Outcome(waiting, error=RuntimeError(f"a job raised {error!r}"))
        except BaseException as error:
            return _Outcome(waiting, error=error)

    def _commit(self) -> DynamoDBError | None:
        """Commit, or roll back and say why."""
        error = self._journal.fault
        if error is None:
            try:
                self._journal.commit()
                return None
            except DynamoDBError as failure:
                error = failure
            except Exception as bug:  # the thread has to live on, and nobody knows what the journal has done
                error = UnknownOutcome(f"The commit failed: {bug!r}")
        self._journal.rollback()
        return error


def _failed(outcome: _Outcome, error: DynamoDBError) -> _Outcome:
    # Also for a job that raised: it may have seen what an earlier job of the batch wrote, which is gone now.
    return _Outcome(outcome.waiting, error=type(error)(error.message))


def _tell(outcomes: Iterable[_Outcome]) -> None:
    by_loop: defaultdict[asyncio.AbstractEventLoop, list[_Outcome]] = defaultdict(list)
    for outcome in outcomes:
        if outcome.waiting.loop is None:
            outcome.tell()
        else:
            by_loop[outcome.waiting.loop].append(outcome)
    for loop, told in by_loop.items():
        with suppress(RuntimeError):  # a loop that was closed: nobody waits there any more
            loop.call_soon_threadsafe(_tell_all, told)


def _tell_all(outcomes: Iterable[_Outcome]) -> None:
    for outcome in outcomes:
        outcome.tell()
