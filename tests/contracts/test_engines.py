"""What every engine keeps. Each test ends with `verify`, so values are records."""

import asyncio
import itertools
import threading
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing, suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend_store.kv.engine import Engine, Reader, StoreUnavailable, Writer
from backend_store.kv.memory_engine import MemoryEngine
from backend_store.kv.records import write_record
from backend_store.kv.sqlite_engine import SqliteEngine
from microdax.model.errors import ThrottlingException

WAITING_JOBS_MAX = 200
FIRST, END = b"", b"\xff" * 8

A, B, C, D = (write_record(text) for text in (b"a", b"b", b"c", b"d"))

T = TypeVar("T")


@pytest.fixture(params=["memory", "sqlite"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An open engine, sound and closed at the end."""
    with closing(_open(request.param, tmp_path)) as engine:
        yield engine
        assert list(engine.verify()) == []


@pytest.fixture(params=["memory", "sqlite"])
def closable(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An open engine for a test that closes it."""
    with closing(_open(request.param, tmp_path)) as engine:
        yield engine


def _open(name: str, directory: Path) -> Engine:
    if name == "memory":
        return MemoryEngine(waiting_jobs_max=WAITING_JOBS_MAX)
    return SqliteEngine(directory, waiting_jobs_max=WAITING_JOBS_MAX)


def _put(key: bytes, value: bytes) -> Callable[[Writer], None]:
    return lambda writer: writer.put(key, value)


def _put_all(writer: Writer, keys: Iterable[bytes]) -> None:
    for key in keys:
        writer.put(key, A)


def _clear(writer: Writer) -> None:
    for key, _ in writer.scan(FIRST, END):
        writer.delete(key)


def _fill(engine: Engine, *keys: bytes) -> None:
    for key in keys:
        engine.write_now(_put(key, A))


def _keys(pairs: Iterable[tuple[bytes, bytes]]) -> list[bytes]:
    return [key for key, _ in pairs]


def _all_keys(engine: Engine) -> list[bytes]:
    with engine.snapshot() as reader:
        return _keys(reader.scan(FIRST, END))


class Refused(Exception):
    """What a job of these tests raises."""


def _put_then_refuse(key: bytes) -> Callable[[Writer], None]:
    def job(writer: Writer) -> None:
        writer.put(key, B)
        raise Refused

    return job


class Gate:
    """A job that holds the writer thread until it is opened, so that what is written meanwhile is one batch."""

    def __init__(self) -> None:
        self._reached = threading.Event()
        self._opened = threading.Event()

    def job(self, writer: Writer) -> None:
        writer.put(b"gate", A)
        self._reached.set()
        self._opened.wait()

    async def reached(self) -> None:
        await asyncio.to_thread(self._reached.wait)

    def open(self) -> None:
        self._opened.set()


@asynccontextmanager
async def _held(engine: Engine) -> AsyncGenerator[Gate, None]:
    """While this lasts the writer thread is inside a job that has written the key `gate`."""
    gate = Gate()
    task = asyncio.create_task(engine.write(gate.job))
    await gate.reached()
    try:
        yield gate
    finally:
        gate.open()
        await task


async def _begun(engine: Engine, *jobs: Callable[[Writer], T]) -> "list[asyncio.Task[T]]":
    """Tasks of writes that have been queued."""
    tasks = [asyncio.create_task(engine.write(job)) for job in jobs]
    await asyncio.sleep(0)
    return tasks


# Reading and writing


def test_what_is_written_is_read(engine: Engine) -> None:
    assert engine.get(b"k") is None
    engine.write_now(_put(b"k", A))
    assert engine.get(b"k") == A
    engine.write_now(_put(b"k", B))
    assert engine.get(b"k") == B
    engine.write_now(lambda writer: writer.delete(b"k"))
    assert engine.get(b"k") is None


def test_deleting_what_is_not_there_is_no_error(engine: Engine) -> None:
    engine.write_now(lambda writer: writer.delete(b"k"))
    assert engine.get(b"k") is None


@pytest.mark.parametrize("length", [0, 1, 4096, 400 * 1024])
def test_values_of_all_lengths_come_back_whole(engine: Engine, length: int) -> None:
    value = write_record(bytes(range(256)) * (length // 256) + bytes(length % 256))
    engine.write_now(_put(b"k", value))
    assert engine.get(b"k") == value


def test_keys_of_all_lengths_are_kept(engine: Engine) -> None:
    keys = [b"", b"\x00", b"\x00\x00", b"\xff" * 7, b"k" * 3072, b"k" * 6144]
    _fill(engine, *keys)
    assert _all_keys(engine) == sorted(keys)


def test_a_scan_is_in_byte_order_from_first_up_to_before_end(engine: Engine) -> None:
    _fill(engine, b"c", b"a", b"b\xff", b"b", b"b\x00", b"\xff")
    with engine.snapshot() as reader:
        assert _keys(reader.scan(b"a", b"c")) == [b"a", b"b", b"b\x00", b"b\xff"]
        assert _keys(reader.scan(b"a", b"c", reverse=True)) == [b"b\xff", b"b\x00", b"b", b"a"]
        assert _keys(reader.scan(b"aa", b"b")) == []
        assert _keys(reader.scan(b"c", b"a")) == []


def test_a_scan_may_be_left_half_way(engine: Engine) -> None:
    _fill(engine, b"a", b"b", b"c")
    with engine.snapshot() as reader:
        assert next(reader.scan(FIRST, END)) == (b"a", A)
    _fill(engine, b"d")
    assert _all_keys(engine) == [b"a", b"b", b"c", b"d"]


def test_a_scan_that_is_kept_does_not_keep_its_state_for_others(engine: Engine) -> None:
    _fill(engine, b"a", b"b", b"c")
    with engine.snapshot() as reader:
        kept = reader.scan(FIRST, END)
        next(kept)
    _fill(engine, b"d")
    assert engine.get(b"d") == A
    assert _all_keys(engine) == [b"a", b"b", b"c", b"d"]


def test_scans_may_be_under_way_side_by_side(engine: Engine) -> None:
    _fill(engine, b"a", b"b")
    with engine.snapshot() as reader:
        pairs = zip(reader.scan(FIRST, END), reader.scan(FIRST, END, reverse=True), strict=True)
        assert [(up[0], down[0]) for up, down in pairs] == [(b"a", b"b"), (b"b", b"a")]


def test_a_job_sees_its_own_writes(engine: Engine) -> None:
    _fill(engine, b"a", b"b", b"c")

    def job(writer: Writer) -> tuple[bytes | None, bytes | None, list[bytes]]:
        writer.put(b"aa", D)
        writer.delete(b"b")
        return writer.get(b"aa"), writer.get(b"b"), _keys(writer.scan(FIRST, END, reverse=True))

    assert engine.write_now(job) == (D, None, [b"c", b"aa", b"a"])


def test_a_job_may_delete_what_a_scan_has_yielded(engine: Engine) -> None:
    keys = [b"%04d" % number for number in range(1500)]
    engine.write_now(partial(_put_all, keys=keys))

    def job(writer: Writer) -> int:
        deleted = 0
        for key, _ in writer.scan(FIRST, END):
            writer.delete(key)
            deleted += 1
        return deleted

    assert engine.write_now(job) == len(keys)
    assert _all_keys(engine) == []


# Snapshots


def test_a_snapshot_keeps_its_state_while_others_write(engine: Engine) -> None:
    _fill(engine, b"a", b"b")
    with engine.snapshot() as reader:
        engine.write_now(_put(b"a", B))
        engine.write_now(lambda writer: writer.delete(b"b"))
        engine.write_now(_put(b"c", A))
        assert reader.get(b"a") == A
        assert _keys(reader.scan(FIRST, END)) == [b"a", b"b"]
        assert engine.get(b"a") == B
        assert engine.get(b"b") is None
    assert _all_keys(engine) == [b"a", b"c"]


def test_a_snapshot_is_of_the_moment_it_was_taken_not_of_its_first_read(engine: Engine) -> None:
    with engine.snapshot() as reader:
        _fill(engine, b"a")
        assert reader.get(b"a") is None


def test_a_scan_of_a_snapshot_goes_on_unmoved_by_writes(engine: Engine) -> None:
    keys = [b"%04d" % number for number in range(1500)]
    engine.write_now(partial(_put_all, keys=keys))
    with engine.snapshot() as reader:
        pairs = reader.scan(FIRST, END)
        seen = [next(pairs)[0]]
        engine.write_now(_clear)
        seen.extend(_keys(pairs))
    assert seen == keys


def test_snapshots_are_read_in_other_threads(engine: Engine) -> None:
    _fill(engine, b"a", b"b")
    with engine.snapshot() as reader, ThreadPoolExecutor(1) as threads:
        assert threads.submit(_keys, reader.scan(FIRST, END)).result() == [b"a", b"b"]
        assert threads.submit(_all_keys, engine).result() == [b"a", b"b"]


async def test_nothing_is_read_that_is_not_committed(engine: Engine) -> None:
    async with _held(engine):
        assert engine.get(b"gate") is None
        with engine.snapshot() as reader:
            assert reader.get(b"gate") is None
    assert engine.get(b"gate") == A


# Jobs and batches


async def test_a_write_returns_what_its_job_returns(engine: Engine) -> None:
    _fill(engine, b"a")
    assert await engine.write(lambda writer: writer.get(b"a")) == A
    assert engine.write_now(lambda writer: writer.get(b"b")) is None


def test_a_job_that_raises_leaves_nothing_behind(engine: Engine) -> None:
    _fill(engine, b"a")

    def job(writer: Writer) -> None:
        writer.put(b"a", B)
        writer.put(b"b", B)
        writer.delete(b"a")
        raise Refused

    with pytest.raises(Refused):
        engine.write_now(job)
    assert _all_keys(engine) == [b"a"]
    assert engine.get(b"a") == A


def test_a_job_that_raises_in_the_middle_of_a_scan_leaves_nothing_behind(engine: Engine) -> None:
    _fill(engine, b"a", b"b")

    def job(writer: Writer) -> None:
        for key, _ in writer.scan(FIRST, END):
            writer.delete(key)
            raise Refused

    with pytest.raises(Refused):
        engine.write_now(job)
    assert _all_keys(engine) == [b"a", b"b"]


async def test_an_exception_is_its_own_callers_only(engine: Engine) -> None:
    async with _held(engine):
        tasks = await _begun(engine, _put(b"a", A), _put_then_refuse(b"b"), _put(b"c", A), _put_then_refuse(b"a"))
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert list(map(type, results)) == [type(None), Refused, type(None), Refused]
    assert _all_keys(engine) == [b"a", b"c", b"gate"]
    assert engine.get(b"a") == A


async def test_a_job_that_runs_out_of_an_iterator_fails_alone(engine: Engine) -> None:
    """An asyncio future does not take StopIteration."""
    async with _held(engine):
        tasks = await _begun(engine, lambda writer: next(writer.scan(b"x", b"y")), lambda writer: None)
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert list(map(type, results)) == [RuntimeError, type(None)]


async def test_each_job_sees_what_those_before_it_wrote(engine: Engine) -> None:
    def job(writer: Writer) -> int:
        count = len(_keys(writer.scan(b"n", b"o")))
        writer.put(b"n%03d" % count, A)
        return count

    tasks = [asyncio.create_task(engine.write(job)) for _ in range(100)]
    assert sorted(await asyncio.gather(*tasks)) == list(range(100))


async def test_writes_complete_in_the_order_of_their_commit(engine: Engine) -> None:
    commits = itertools.count()
    completed: list[int] = []

    async def write() -> None:
        completed.append(await engine.write(lambda writer: next(commits)))

    await asyncio.gather(*(write() for _ in range(WAITING_JOBS_MAX)))
    assert completed == list(range(WAITING_JOBS_MAX))


async def test_an_answered_write_is_read_at_once(engine: Engine) -> None:
    async def write_and_read(number: int) -> bytes | None:
        key = b"%d" % number
        await engine.write(_put(key, B))
        return engine.get(key)

    assert await asyncio.gather(*map(write_and_read, range(50))) == [B] * 50


def test_several_event_loops_and_threads_write_at_once(engine: Engine) -> None:
    async def write_some(name: int) -> None:
        await asyncio.gather(*(engine.write(_put(b"%d.%d" % (name, number), A)) for number in range(10)))

    def write_one(name: int) -> None:
        engine.write_now(_put(b"%d" % name, A))

    with ThreadPoolExecutor(8) as threads:
        loops = [threads.submit(asyncio.run, write_some(name)) for name in range(4)]
        blocking = [threads.submit(write_one, name) for name in range(4)]
        for future in (*loops, *blocking):
            future.result()
    assert len(_all_keys(engine)) == 44


async def test_a_cancelled_caller_does_not_cancel_its_write(engine: Engine) -> None:
    async with _held(engine):
        cancelled, other = await _begun(engine, _put(b"a", A), _put(b"b", A))
        cancelled.cancel()
        with pytest.raises(asyncio.CancelledError):
            await cancelled
    await other
    assert _all_keys(engine) == [b"a", b"b", b"gate"]


def test_an_event_loop_that_has_ended_does_not_hold_up_the_others(engine: Engine) -> None:
    gate = Gate()

    async def leave() -> None:
        asyncio.create_task(engine.write(gate.job)).cancel()
        await asyncio.sleep(0)
        task = asyncio.create_task(engine.write(gate.job))
        await gate.reached()
        task.cancel()

    asyncio.run(leave())
    gate.open()
    _fill(engine, b"a")
    assert _all_keys(engine) == [b"a", b"gate"]


async def test_a_write_past_the_bound_is_refused_at_once_and_alone(engine: Engine) -> None:
    async with _held(engine):
        tasks = await _begun(engine, *(_put(b"%d" % number, A) for number in range(WAITING_JOBS_MAX)))
        (refused,) = await _begun(engine, _put(b"refused", A))
        assert refused.done()
    with pytest.raises(ThrottlingException, match="200 writes are waiting"):
        await refused
    await asyncio.gather(*tasks)
    await engine.write(_put(b"later", A))
    assert len(_all_keys(engine)) == WAITING_JOBS_MAX + 2
    assert engine.get(b"refused") is None


# Closing


async def test_closing_finishes_what_waits(closable: Engine) -> None:
    async with _held(closable) as gate:
        tasks = await _begun(closable, *(_counted(number) for number in range(20)))
        closing_thread = asyncio.create_task(asyncio.to_thread(closable.close))
        gate.open()
        assert await asyncio.gather(*tasks) == list(range(20))
        await closing_thread


def _counted(number: int) -> Callable[[Writer], int]:
    def job(writer: Writer) -> int:
        writer.put(b"n%d" % number, A)
        return number

    return job


async def test_a_closed_engine_refuses_reads_and_writes(closable: Engine) -> None:
    closable.close()
    with pytest.raises(StoreUnavailable, match="closed"):
        await closable.write(_put(b"a", A))
    with pytest.raises(StoreUnavailable, match="closed"):
        closable.write_now(_put(b"a", A))
    with pytest.raises(StoreUnavailable, match="closed"):
        closable.get(b"a")
    with pytest.raises(StoreUnavailable, match="closed"), closable.snapshot():
        pass


def test_closing_twice_is_harmless(closable: Engine) -> None:
    closable.close()
    closable.close()


def test_verify_names_the_value_that_is_no_record(closable: Engine) -> None:
    closable.write_now(_put(b"good", A))
    closable.write_now(_put(b"bad", A[:-1] + b"?"))
    assert list(closable.verify()) == ["at key 626164: a record does not match its checksum"]


# Against a dict

keys = st.lists(st.sampled_from(b"\x00ab\xff"), max_size=3).map(bytes)
small_values = st.binary(max_size=3).map(write_record)


class Put(NamedTuple):
    key: bytes
    value: bytes


class Delete(NamedTuple):
    key: bytes


class Job(NamedTuple):
    changes: list[Put | Delete]
    is_refused: bool


jobs = st.builds(
    Job, st.lists(st.one_of(st.builds(Put, keys, small_values), st.builds(Delete, keys)), max_size=8), st.booleans()
)


def _apply(writer: Writer, job: Job) -> None:
    for change in job.changes:
        if isinstance(change, Put):
            writer.put(change.key, change.value)
        else:
            writer.delete(change.key)
    if job.is_refused:
        raise Refused


def _apply_to_model(model: dict[bytes, bytes], job: Job) -> dict[bytes, bytes]:
    if job.is_refused:
        return model
    after = dict(model)
    for change in job.changes:
        if isinstance(change, Put):
            after[change.key] = change.value
        else:
            after.pop(change.key, None)
    return after


def _agrees(reader: Reader, model: dict[bytes, bytes], first: bytes, end: bytes) -> None:
    pairs = sorted((key, value) for key, value in model.items() if first <= key < end)
    assert list(reader.scan(first, end)) == pairs
    assert list(reader.scan(first, end, reverse=True)) == pairs[::-1]
    assert all(reader.get(key) == model.get(key) for key in (first, end))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.lists(st.tuples(jobs, keys, keys), max_size=6))
def test_an_engine_holds_what_a_dict_would(engine: Engine, steps: list[tuple[Job, bytes, bytes]]) -> None:
    engine.write_now(_clear)
    model: dict[bytes, bytes] = {}
    for job, first, end in steps:
        with engine.snapshot() as before:
            with suppress(Refused):
                engine.write_now(partial(_apply, job=job))
            _agrees(before, model, first, end)
        model = _apply_to_model(model, job)
        with engine.snapshot() as after:
            _agrees(after, model, first, end)
            assert _keys(after.scan(FIRST, END)) == sorted(model)
