"""The writer thread over a journal that can be made to fail; what engines do with it is in contracts/test_engines."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import TypeVar

import pytest

from backend_store.kv.engine import StoreUnavailable, Writer
from backend_store.kv.group_commit import BATCH_BYTES_MAX, JOBS_PER_BATCH_MAX, GroupCommit
from backend_store.kv.memory_engine import MemoryJournal
from microdax.model.errors import DynamoDBError, UnknownOutcome

T = TypeVar("T")


class ScriptedJournal:
    """A memory journal that notes what is asked of it, in `calls`, and fails when told."""

    def __init__(self) -> None:
        self.memory = MemoryJournal()
        self.calls: list[str] = []
        self.fault: DynamoDBError | None = None
        self.begin_fault: DynamoDBError | None = None
        self.commit_errors: list[Exception | None] = []  # of the next commits, in their order
        self.at_commit = threading.Event()
        self.commit_gate = threading.Event()
        self.commit_gate.set()

    @property
    def written_bytes(self) -> int:
        return self.memory.written_bytes

    def begin(self) -> None:
        self.calls.append("begin")
        self.fault = self.begin_fault
        self.memory.begin()

    def run(self, job: Callable[[Writer], T]) -> T:
        self.calls.append("run")
        return self.memory.run(job)

    def commit(self) -> None:
        self.calls.append("commit")
        self.at_commit.set()
        self.commit_gate.wait()
        if self.commit_errors and (error := self.commit_errors.pop(0)) is not None:
            raise error
        self.memory.commit()

    def rollback(self) -> None:
        self.calls.append("rollback")
        self.memory.rollback()

    def tidy(self) -> None:
        self.calls.append("tidy")

    def batches(self) -> list[int]:
        """How many jobs each transaction ran."""
        return [part.count("run") for part in " ".join(self.calls).split("begin")[1:]]


@pytest.fixture
def journal() -> ScriptedJournal:
    return ScriptedJournal()


@pytest.fixture
def commits(journal: ScriptedJournal) -> Iterator[GroupCommit]:
    commits = GroupCommit(journal)
    yield commits
    commits.close()


@asynccontextmanager
async def _committing(journal: ScriptedJournal, commits: GroupCommit) -> AsyncGenerator[None, None]:
    """While this lasts the thread is inside the commit of a batch of one."""
    journal.commit_gate.clear()
    first = asyncio.create_task(commits.write(_put(b"first")))
    await asyncio.to_thread(journal.at_commit.wait)
    try:
        yield
    finally:
        journal.commit_gate.set()
        await first


def _put(key: bytes) -> Callable[[Writer], None]:
    return lambda writer: writer.put(key, b"value")


class Refused(Exception):
    """What a job of these tests raises."""


def _refuse(writer: Writer) -> None:
    raise Refused


async def _outcomes(journal: ScriptedJournal, commits: GroupCommit, *jobs: Callable[[Writer], object]) -> list[object]:
    """What comes of jobs that gather while an earlier batch is being committed."""
    async with _committing(journal, commits):
        tasks = [asyncio.create_task(commits.write(job)) for job in jobs]
        await asyncio.sleep(0)
    return await asyncio.gather(*tasks, return_exceptions=True)


async def test_what_gathers_during_a_commit_is_one_batch(journal: ScriptedJournal, commits: GroupCommit) -> None:
    async with _committing(journal, commits):
        tasks: list[asyncio.Task[None]] = []
        for number in range(64):
            tasks.append(asyncio.create_task(commits.write(_put(b"%d" % number))))
            await asyncio.sleep(0)  # each in a turn of its own
    await asyncio.gather(*tasks)
    assert journal.batches() == [1, 64]


async def test_nobody_is_told_before_the_commit(journal: ScriptedJournal, commits: GroupCommit) -> None:
    journal.commit_gate.clear()
    tasks = [asyncio.create_task(commits.write(job)) for job in (_put(b"a"), _refuse)]
    await asyncio.to_thread(journal.at_commit.wait)
    for _ in range(5):  # turns enough for an answer to arrive, if one were on its way
        await asyncio.sleep(0)
    assert not any(task.done() for task in tasks)
    journal.commit_gate.set()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert list(map(type, outcomes)) == [type(None), Refused]


async def test_a_batch_has_a_bounded_number_of_jobs(journal: ScriptedJournal, commits: GroupCommit) -> None:
    await _outcomes(journal, commits, *[_put(b"k")] * (2 * JOBS_PER_BATCH_MAX + 1))
    assert journal.batches() == [1, JOBS_PER_BATCH_MAX, JOBS_PER_BATCH_MAX, 1]


async def test_no_job_begins_in_a_batch_that_has_written_enough(journal: ScriptedJournal, commits: GroupCommit) -> None:
    def put_half(writer: Writer) -> None:
        writer.put(b"", bytes(BATCH_BYTES_MAX // 2))

    await _outcomes(journal, commits, *[put_half] * 5)
    assert journal.batches() == [1, 2, 2, 1]


async def test_a_batch_crosses_to_its_loop_once(journal: ScriptedJournal, commits: GroupCommit) -> None:
    async with _committing(journal, commits):
        tasks = [asyncio.create_task(commits.write(_put(b"k"))) for _ in range(64)]
        await asyncio.sleep(0)
        crossings = _count_crossings(asyncio.get_running_loop())
    await asyncio.gather(*tasks)
    assert journal.batches() == [1, 64]
    assert len(crossings) == 2


def _count_crossings(loop: asyncio.AbstractEventLoop) -> list[object]:
    """Grows by one with each call from another thread."""
    crossings: list[object] = []
    call_soon_threadsafe = loop.call_soon_threadsafe

    def counted(callback: Callable[..., object], *args: object) -> asyncio.Handle:
        crossings.append(callback)
        return call_soon_threadsafe(callback, *args)

    loop.call_soon_threadsafe = counted  # type: ignore[method-assign, assignment]
    return crossings


async def test_answers_go_out_before_the_journal_tidies(journal: ScriptedJournal, commits: GroupCommit) -> None:
    await commits.write(_put(b"a"))
    commits.close()
    assert journal.calls == ["begin", "run", "commit", "tidy"]


@pytest.mark.parametrize("error", [StoreUnavailable("the disk is full"), UnknownOutcome("fsync failed")])
async def test_a_failed_commit_is_told_to_every_job_of_its_batch(
    journal: ScriptedJournal, commits: GroupCommit, error: DynamoDBError
) -> None:
    journal.commit_errors = [None, error]
    outcomes = await _outcomes(journal, commits, _put(b"a"), _refuse, _put(b"b"))
    assert [(type(outcome), str(outcome)) for outcome in outcomes] == [(type(error), str(error))] * 3
    assert len(set(map(id, outcomes))) == 3, "each its own, with its own traceback"
    assert journal.memory.committed.get(b"a") is None
    assert "rollback" in journal.calls


async def test_after_a_failed_commit_the_next_write_tries_again(journal: ScriptedJournal, commits: GroupCommit) -> None:
    journal.commit_errors = [StoreUnavailable("the disk is full")]
    with pytest.raises(StoreUnavailable):
        await commits.write(_put(b"a"))
    await commits.write(_put(b"b"))
    assert [journal.memory.committed.get(key) for key in (b"a", b"b")] == [None, b"value"]


async def test_what_no_journal_should_raise_leaves_the_outcome_unknown_and_the_thread_alive(
    journal: ScriptedJournal, commits: GroupCommit
) -> None:
    journal.commit_errors = [ZeroDivisionError()]
    with pytest.raises(UnknownOutcome, match="ZeroDivisionError"):
        await commits.write(_put(b"a"))
    await commits.write(_put(b"b"))


async def test_a_transaction_that_cannot_begin_runs_no_job(journal: ScriptedJournal, commits: GroupCommit) -> None:
    journal.begin_fault = StoreUnavailable("locked")
    with pytest.raises(StoreUnavailable, match="locked"):
        await commits.write(_put(b"a"))
    assert "run" not in journal.calls
    assert "commit" not in journal.calls


async def test_a_fault_while_jobs_run_fails_the_batch_so_far_and_no_later_one(
    journal: ScriptedJournal, commits: GroupCommit
) -> None:
    def break_it(writer: Writer) -> None:
        journal.fault = StoreUnavailable("I/O error")

    outcomes = await _outcomes(journal, commits, _put(b"a"), break_it, _put(b"b"))
    assert list(map(type, outcomes)) == [StoreUnavailable, StoreUnavailable, type(None)]
    assert [journal.memory.committed.get(key) for key in (b"a", b"b")] == [None, b"value"]


def test_a_blocked_thread_gets_its_result_and_its_exception(commits: GroupCommit) -> None:
    assert commits.write_now(lambda writer: 5) == 5
    with pytest.raises(Refused):
        commits.write_now(_refuse)


def test_a_job_cannot_wait_for_another_job(commits: GroupCommit) -> None:
    with pytest.raises(AssertionError, match="for ever"):
        commits.write_now(lambda writer: commits.write_now(_refuse))
