"""Shards: one open at a time, closed for age, for numbers or with the stream, forgotten when nothing can be read."""

import pytest

from backend_store import shards
from backend_store.kv.engine import Engine
from backend_store.shards import Rollover, Shard
from backend_store.table_state import state_of
from tests.support.clock import SteppedClock
from tests.support.logged_tables import DISABLED, ENABLED, LoggedTable, logged_table

DAY_S = 24 * 3600
HOURLY = Rollover(age_s=3600.0, numbers=1000)


@pytest.fixture
async def logged(engine: Engine, clock: SteppedClock) -> LoggedTable:
    return await logged_table(engine, clock)


def label(logged: LoggedTable) -> str:
    stream = logged.table.description.streams.enabled
    assert stream is not None
    return stream.label


def of(logged: LoggedTable, stream: str) -> list[Shard]:
    with logged.engine.snapshot() as reader:
        return shards.shards_of(reader, logged.table, stream)


async def rolled_over(logged: LoggedTable, rollover: Rollover = HOURLY) -> None:
    await logged.do(lambda writer: shards.roll_over(writer, logged.table, label(logged), rollover))


async def test_a_table_created_with_a_stream_has_an_open_shard(logged: LoggedTable, clock: SteppedClock) -> None:
    (shard,) = of(logged, label(logged))
    assert shard == Shard(label(logged), opened=1, opened_ms=round(clock() * 1000))


async def test_a_table_without_a_stream_has_none(engine: Engine, clock: SteppedClock) -> None:
    logged = await logged_table(engine, clock, streamed=False)
    assert of(logged, "") == []
    assert state_of(engine, logged.table).sequence == 0


async def test_records_lie_strictly_between_the_numbers_of_their_shard(logged: LoggedTable) -> None:
    await logged.put("a")
    stream = label(logged)
    await logged.stream(DISABLED)
    (shard,) = of(logged, stream)
    (record,) = logged.records()
    assert shard.closed is not None
    assert shard.opened < record.sequence < shard.closed


async def test_an_empty_shard_has_two_numbers_too(logged: LoggedTable) -> None:
    stream = label(logged)
    await logged.stream(DISABLED)
    (shard,) = of(logged, stream)
    assert shard.closed is not None and shard.opened < shard.closed


async def test_a_stream_that_is_enabled_again_has_other_shards(logged: LoggedTable) -> None:
    first = label(logged)
    await logged.stream(DISABLED)
    await logged.stream(ENABLED)
    assert label(logged) != first
    (old,), (new,) = of(logged, first), of(logged, label(logged))
    assert old.closed is not None and new.opened > old.closed and new.closed is None


async def test_a_change_of_the_table_that_is_none_of_the_stream_leaves_its_shard_open(logged: LoggedTable) -> None:
    await logged.catalog.update("main", lambda description: description)
    (shard,) = of(logged, label(logged))
    assert shard.closed is None


@pytest.mark.parametrize(("age_s", "count"), [(3599.0, 1), (3600.0, 2)])
async def test_a_shard_is_closed_for_its_age(
    logged: LoggedTable, clock: SteppedClock, age_s: float, count: int
) -> None:
    clock.advance(age_s)
    await rolled_over(logged)
    found = of(logged, label(logged))
    assert len(found) == count
    assert [shard.closed is None for shard in found] == [False] * (count - 1) + [True]


async def test_a_shard_is_closed_for_the_numbers_it_has_taken(logged: LoggedTable) -> None:
    rollover = Rollover(age_s=1e9, numbers=3)
    for key in "ab":
        await logged.put(key)
        await rolled_over(logged, rollover)
    assert len(of(logged, label(logged))) == 1
    await logged.put("c")
    await rolled_over(logged, rollover)
    parent, child = of(logged, label(logged))
    assert parent.closed is not None and child.opened == parent.closed + 1


async def test_a_disabled_stream_does_not_roll_over(logged: LoggedTable, clock: SteppedClock) -> None:
    stream = label(logged)
    await logged.stream(DISABLED)
    clock.advance(7200.0)
    await logged.do(lambda writer: shards.roll_over(writer, logged.table, stream, HOURLY))
    assert len(of(logged, stream)) == 1


async def test_shards_are_forgotten_a_day_after_they_were_closed(logged: LoggedTable, clock: SteppedClock) -> None:
    clock.advance(3600.0)
    await rolled_over(logged)
    clock.advance(DAY_S - 1)
    assert not await logged.engine.write(lambda writer: shards.forget_batch(writer, logged.table))
    assert len(of(logged, label(logged))) == 2
    clock.advance(1)
    assert await logged.engine.write(lambda writer: shards.forget_batch(writer, logged.table))
    (left,) = of(logged, label(logged))
    assert left.closed is None
