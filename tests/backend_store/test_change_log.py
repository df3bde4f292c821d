"""The change log: one record for each change, in order, found by number and by time, trimmed from its beginning."""

import asyncio
from collections.abc import Callable
from decimal import Decimal

import pytest

from backend_store import change_log
from backend_store.change_log import TRIM_RECORDS_MAX, ChangeRecord, read_change, sequence_at, trim_batch
from backend_store.commit import RowWrite, carry_out, commit, plan
from backend_store.images import Image, document_of
from backend_store.kv import keyspace
from backend_store.kv.engine import CorruptRecord, Engine, Writer
from backend_store.kv.records import write_record
from backend_store.table_state import state_of
from tests.support.clock import SteppedClock
from tests.support.logged_tables import DISABLED, ENABLED, LoggedTable, logged_table


@pytest.fixture
async def logged(engine: Engine, clock: SteppedClock) -> LoggedTable:
    return await logged_table(engine, clock)


def shown(record: ChangeRecord) -> tuple[str, bytes, bytes | None, bytes | None]:
    return record.event, record.key, document_of(record.old), document_of(record.new)


def first_at(logged: LoggedTable, at_ms: int) -> int:
    with logged.engine.snapshot() as reader:
        return sequence_at(reader, logged.table, state_of(reader, logged.table), at_ms)


async def trimmed(logged: LoggedTable, before_ms: int) -> None:
    while await logged.engine.write(lambda writer: trim_batch(writer, logged.table, before_ms)):
        pass


async def test_each_change_leaves_a_record_with_both_images(logged: LoggedTable) -> None:
    await logged.put("a", n=Decimal(1))
    await logged.put("a", n=Decimal(2))
    await logged.delete("a")
    key, one, two = b'{"id":{"S":"a"}}', b'{"id":{"S":"a"},"n":{"N":"1"}}', b'{"id":{"S":"a"},"n":{"N":"2"}}'
    assert [shown(record) for record in logged.records()] == [
        ("INSERT", key, None, one),
        ("MODIFY", key, one, two),
        ("REMOVE", key, two, None),
    ]


async def test_a_record_says_how_large_its_key_and_its_images_are(logged: LoggedTable) -> None:
    await logged.put("a", n=Decimal(1))
    await logged.put("a", text="0123456789")
    record = logged.records()[1]
    assert record.old is not None and record.new is not None
    assert (record.key_bytes, record.old.size_bytes, record.new.size_bytes) == (3, 6, 17)


async def test_what_changes_nothing_leaves_no_record(logged: LoggedTable) -> None:
    await logged.put("a", n=Decimal(1))
    await logged.put("a", n=Decimal(1))
    await logged.delete("b")
    assert len(logged.records()) == 1


async def test_a_table_without_a_log_leaves_no_records(engine: Engine, clock: SteppedClock) -> None:
    logged = await logged_table(engine, clock, streamed=False)
    await logged.put("a")
    assert logged.records() == []


async def test_a_job_that_raises_leaves_no_record(logged: LoggedTable) -> None:
    def job(writer: Writer) -> None:
        commit(writer, RowWrite(logged.table, {"id": "a"}, _put("a")))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await logged.engine.write(job)
    assert logged.records() == []


async def test_who_did_it_is_recorded(logged: LoggedTable) -> None:
    await logged.put("a")
    await logged.put("b", by_service=True)
    assert [record.by_service for record in logged.records()] == [False, True]


async def test_numbers_grow_and_are_not_given_again_after_the_log_was_trimmed(
    logged: LoggedTable, clock: SteppedClock
) -> None:
    for key in "abc":
        await logged.put(key)
    numbers = [record.sequence for record in logged.records()]
    assert numbers == sorted(set(numbers))
    clock.advance(10)
    await trimmed(logged, logged.table.now_ms())
    await logged.put("d")
    assert logged.records()[-1].sequence > numbers[-1]


async def test_several_writes_of_one_job_have_numbers_of_their_own(logged: LoggedTable) -> None:
    """Planned together, before the first is carried out: as a transaction does."""
    writes = [RowWrite(logged.table, {"id": key}, _put(key)) for key in "abc"]

    def job(writer: Writer) -> None:
        carry_out(writer, [plan(writer, write) for write in writes])

    await logged.engine.write(job)
    assert [record.key for record in logged.records()] == [b'{"id":{"S":"%s"}}' % key for key in (b"a", b"b", b"c")]


async def test_writers_at_once_are_recorded_in_the_order_of_their_commits(logged: LoggedTable) -> None:
    """Each record's old image is the new one of the record before it."""
    await asyncio.gather(*[logged.put("a", n=Decimal(count)) for count in range(30)])
    records = logged.records()
    assert len(records) == 30
    assert [document_of(record.old) for record in records[1:]] == [document_of(record.new) for record in records[:-1]]


async def test_times_do_not_go_back_when_the_clock_does(engine: Engine) -> None:
    times = iter([1000.0, 1000.0, 1000.0, 2000.0, 1500.0, 2500.0])
    last = 2500.0

    def clock() -> float:
        return next(times, last)

    logged = await logged_table(engine, clock)
    for key in "abcdef":
        await logged.put(key)
    at_ms = [record.at_ms for record in logged.records()]
    assert at_ms == sorted(at_ms)


async def test_the_log_is_read_from_a_number_and_backwards(logged: LoggedTable) -> None:
    for key in "abcd":
        await logged.put(key)
    numbers = [record.sequence for record in logged.records()]
    with logged.engine.snapshot() as reader:
        assert [record.sequence for record in change_log.records(reader, logged.table, numbers[2])] == numbers[2:]
        assert [record.sequence for record in change_log.records(reader, logged.table, 0, numbers[2])] == numbers[:2]
        backwards = change_log.records(reader, logged.table, numbers[1], reverse=True)
        assert [record.sequence for record in backwards] == numbers[:0:-1]


@pytest.mark.parametrize("count", [1, 2, 3, 7, 8, 9, 40])
async def test_a_moment_is_found_by_halving(engine: Engine, clock: SteppedClock, count: int) -> None:
    """For every moment: all records from the number on are at it or later, all before it earlier."""
    logged = await logged_table(engine, clock)
    for number in range(count):
        clock.advance(number % 3)
        if number % 4 == 1:  # numbers that are of no record
            await logged.stream(DISABLED)
            await logged.stream(ENABLED)
        await logged.put(f"key {number}")
    for second in range(-2, 2 + count):
        at_ms = 1_700_000_000_000 + 1000 * second
        first = first_at(logged, at_ms)
        assert [record.sequence >= first for record in logged.records()] == [
            record.at_ms >= at_ms for record in logged.records()
        ]


async def test_of_an_empty_log_everything_is_recent(logged: LoggedTable) -> None:
    assert first_at(logged, 1_900_000_000_000) == 0


async def test_trimming_leaves_what_is_recent_and_the_newest_of_the_old(
    logged: LoggedTable, clock: SteppedClock
) -> None:
    for key in "abc":
        await logged.put(key)
    clock.advance(10)
    before_ms = logged.table.now_ms()
    for key in "de":
        await logged.put(key)
    numbers = [record.sequence for record in logged.records()]
    horizon = first_at(logged, before_ms)
    await trimmed(logged, before_ms)
    assert [record.sequence for record in logged.records()] == numbers[2:]
    assert first_at(logged, before_ms) == horizon


async def test_a_batch_of_trimming_is_bounded(logged: LoggedTable, clock: SteppedClock) -> None:
    count = TRIM_RECORDS_MAX + 20
    await asyncio.gather(*[logged.put(f"key {number}") for number in range(count)])
    clock.advance(10)
    before_ms = logged.table.now_ms()
    left: list[int] = []
    while await logged.engine.write(lambda writer: trim_batch(writer, logged.table, before_ms)):
        left.append(len(logged.records()))
    assert left == [count - TRIM_RECORDS_MAX, 1]


@pytest.mark.parametrize("document", [b"", b"\x00" * 20, b"\x00" * 40])
def test_what_is_no_change_is_not_read(document: bytes) -> None:
    with pytest.raises(CorruptRecord):
        read_change(keyspace.change_key(1, 1), write_record(document))


def _put(key: str) -> Callable[[Image | None], Image | None]:
    new = Image.of_item({"id": key})
    return lambda _: new
