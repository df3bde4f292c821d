"""The log keeper rolls shards over, forgets old ones and trims the log, and has no jobs where nothing is due."""

import asyncio
from dataclasses import replace

import pytest

from backend_store import shards
from backend_store.change_log import TRIM_RECORDS_MAX
from backend_store.check import check_engine
from backend_store.kv.engine import Engine
from backend_store.log_keeper import LogKeeper
from backend_store.shards import Rollover
from microdax.model.tables import Recovery
from tests.support.clock import SteppedClock
from tests.support.logged_tables import DISABLED, LoggedTable, logged_table

DAY_S = 24 * 3600
ROLLOVER = Rollover(age_s=3600.0, numbers=50)


@pytest.fixture
async def logged(engine: Engine, clock: SteppedClock) -> LoggedTable:
    return await logged_table(engine, clock)


@pytest.fixture
def keeper(logged: LoggedTable) -> LogKeeper:
    return LogKeeper(logged.engine, logged.catalog, ROLLOVER)


def count(logged: LoggedTable) -> int:
    label = logged.table.description.streams.all[-1].label
    with logged.engine.snapshot() as reader:
        return len(shards.shards_of(reader, logged.table, label))


async def test_shards_roll_over(logged: LoggedTable, keeper: LogKeeper, clock: SteppedClock) -> None:
    await keeper.tidy()
    assert count(logged) == 1
    clock.advance(3600)
    await keeper.tidy()
    assert count(logged) == 2
    assert list(check_engine(logged.engine)) == []


async def test_records_older_than_a_day_are_trimmed(
    logged: LoggedTable, keeper: LogKeeper, clock: SteppedClock
) -> None:
    await asyncio.gather(*[logged.put(f"key {number}") for number in range(2 * TRIM_RECORDS_MAX + 5)])
    clock.advance(DAY_S)
    await logged.put("new")
    await keeper.tidy()
    assert len(logged.records()) == 2 * TRIM_RECORDS_MAX + 6
    clock.advance(1)
    await keeper.tidy()
    assert len(logged.records()) == 2
    assert list(check_engine(logged.engine)) == []


async def test_recovery_keeps_records_for_its_days(logged: LoggedTable, keeper: LogKeeper, clock: SteppedClock) -> None:
    recovery = Recovery(since_s=clock(), period_days=2)
    await logged.catalog.update("main", lambda description: replace(description, recovery=recovery))
    for key in "ab":
        await logged.put(key)
    clock.advance(2 * DAY_S)
    await keeper.tidy()
    assert len(logged.records()) == 2
    clock.advance(1)
    await keeper.tidy()
    assert len(logged.records()) == 1


async def test_the_log_of_a_disabled_stream_is_trimmed_and_its_shards_are_forgotten(
    logged: LoggedTable, keeper: LogKeeper, clock: SteppedClock
) -> None:
    for key in "ab":
        await logged.put(key)
    await logged.stream(DISABLED)
    clock.advance(DAY_S + 1)
    await keeper.tidy()
    assert count(logged) == 0
    assert len(logged.records()) == 1


async def test_where_nothing_is_due_nothing_is_written(
    logged: LoggedTable, keeper: LogKeeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    await logged.put("a")

    async def write(job: object) -> None:
        raise AssertionError("nothing is to be written")

    monkeypatch.setattr(logged.engine, "write", write)
    await keeper.tidy()


async def test_a_table_that_is_deleted_meanwhile_does_not_end_the_round(
    logged: LoggedTable, keeper: LogKeeper, clock: SteppedClock
) -> None:
    tables = logged.catalog.tables()
    clock.advance(3600)
    await logged.catalog.delete("main", lambda _: None)
    logged.catalog.tables = lambda: tables  # type: ignore[method-assign]
    await keeper.tidy()
