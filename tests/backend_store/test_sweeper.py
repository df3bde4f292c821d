"""The sweeper deletes what has expired, asks the row itself again, and tells who listens."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal

import pytest

from backend_store.check import check_engine
from backend_store.kv.engine import Engine, Writer
from backend_store.sweeper import BATCH_ITEMS_MAX, Sweeper, delete_batch
from microdax.model.errors import UnknownOutcome
from microdax.model.replies import Change
from microdax.model.tables import TableDescription
from microdax.model.time_to_live import TimeToLive
from tests.support.clock import SteppedClock
from tests.support.logged_tables import LoggedTable, logged_table
from tests.support.writer_gate import WriterGate

NOW_S = 1_700_000_000
PAST, FUTURE = Decimal(NOW_S - 1), Decimal(NOW_S + 1001)


@pytest.fixture
async def logged(engine: Engine, clock: SteppedClock) -> LoggedTable:
    logged = await logged_table(engine, clock)
    await logged.expire_by("end")
    return logged


@pytest.fixture
def told() -> list[Change]:
    return []


@pytest.fixture
def sweeper(logged: LoggedTable, told: list[Change]) -> Sweeper:
    return Sweeper(logged.engine, logged.catalog, told.extend)


def there(logged: LoggedTable, key: str) -> bool:
    return logged.engine.get(logged.table.row_key({"id": key})) is not None


async def test_expired_items_are_deleted_and_no_others(logged: LoggedTable, sweeper: Sweeper) -> None:
    await logged.put("past", end=PAST)
    await logged.put("future", end=FUTURE)
    await logged.put("text", end=str(NOW_S - 1))
    await logged.put("long past", end=Decimal(5))
    await logged.put("without")
    await sweeper.sweep()
    assert [key for key in ("past", "future", "text", "long past", "without") if there(logged, key)] == [
        "future",
        "text",
        "long past",
        "without",
    ]
    assert list(check_engine(logged.engine)) == []


async def test_an_item_is_there_until_it_is_swept(logged: LoggedTable, sweeper: Sweeper, clock: SteppedClock) -> None:
    await logged.put("a", end=Decimal(NOW_S + 5))
    await sweeper.sweep()
    assert there(logged, "a")
    clock.advance(6)
    assert there(logged, "a")
    await sweeper.sweep()
    assert not there(logged, "a")


async def test_a_deletion_is_recorded_as_the_services(logged: LoggedTable, sweeper: Sweeper) -> None:
    await logged.put("a", end=PAST)
    await sweeper.sweep()
    insertion, removal = logged.records()
    assert (insertion.event, insertion.by_service) == ("INSERT", False)
    assert (removal.event, removal.by_service) == ("REMOVE", True)


async def test_who_listens_is_told_of_each_deletion(logged: LoggedTable, sweeper: Sweeper, told: list[Change]) -> None:
    await logged.put("a", end=PAST)
    await logged.put("b", end=FUTURE)
    await sweeper.sweep()
    assert [(change.table, change.key, change.new) for change in told] == [("main", {"id": "a"}, None)]


async def test_many_items_go_in_bounded_batches(logged: LoggedTable, told: list[Change]) -> None:
    count = 2 * BATCH_ITEMS_MAX + 1
    await asyncio.gather(*[logged.put(f"key {number}", end=PAST) for number in range(count)])
    batches: list[int] = []

    def listen(changes: Sequence[Change]) -> None:
        batches.append(len(changes))

    await Sweeper(logged.engine, logged.catalog, listen).sweep()
    assert batches == [BATCH_ITEMS_MAX, BATCH_ITEMS_MAX, 1]
    assert list(check_engine(logged.engine)) == []


async def test_an_item_that_is_renewed_before_the_job_runs_stays(
    logged: LoggedTable, sweeper: Sweeper, told: list[Change]
) -> None:
    """The sweep has seen it expired; the write that renews it is queued before the deletion."""
    await logged.put("a", end=PAST)
    stop = WriterGate()
    blocker = asyncio.create_task(logged.engine.write(stop.job))
    await stop.reached()
    renewal = asyncio.create_task(logged.put("a", end=FUTURE))
    await asyncio.sleep(0)
    sweep = asyncio.create_task(sweeper.sweep())
    stop.open()
    await asyncio.gather(blocker, renewal, sweep)
    assert there(logged, "a")
    assert told == []


async def test_an_entry_that_lies_deletes_nothing(logged: LoggedTable) -> None:
    """What counts is the row: by another attribute, nothing here has expired."""
    await logged.put("a", end=PAST, other=FUTURE)
    changes: list[Change] = []

    def job(writer: Writer) -> None:
        table = logged.table
        other = replace(table, description=replace(table.description, time_to_live=TimeToLive("other", "other")))
        assert delete_batch(writer, other, b"", changes) is None

    await logged.do(job)
    assert there(logged, "a")
    assert changes == []


async def test_a_table_whose_time_to_live_is_off_is_left_alone(logged: LoggedTable, sweeper: Sweeper) -> None:
    await logged.put("a", end=PAST)
    await logged.expire_by("end", enabled=False)
    await sweeper.sweep()
    assert there(logged, "a")


async def test_a_sweep_with_nothing_to_do_writes_nothing(
    logged: LoggedTable, sweeper: Sweeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    await logged.put("a", end=FUTURE)
    await logged.catalog.create(TableDescription("plain", logged.table.key_schema, "arn", "id", 0.0), tags={})

    async def write(job: object) -> None:
        raise AssertionError("nothing is to be written")

    monkeypatch.setattr(logged.engine, "write", write)
    await sweeper.sweep()


async def test_a_table_that_is_deleted_meanwhile_does_not_end_the_sweep(logged: LoggedTable, sweeper: Sweeper) -> None:
    await logged.put("a", end=PAST)
    stop = WriterGate()
    blocker = asyncio.create_task(logged.engine.write(stop.job))
    await stop.reached()
    deletion = asyncio.create_task(logged.catalog.delete("main", lambda _: None))
    for _ in range(5):
        await asyncio.sleep(0)
    sweep = asyncio.create_task(sweeper.sweep())
    stop.open()
    await asyncio.gather(blocker, deletion, sweep)


async def test_who_listens_is_told_also_where_nobody_knows_whether_it_happened(
    logged: LoggedTable, sweeper: Sweeper, told: list[Change], monkeypatch: pytest.MonkeyPatch
) -> None:
    await logged.put("a", end=PAST)
    write = logged.engine.write

    async def lose_the_answer(job: Callable[[Writer], object]) -> None:
        done = await write(job)
        if told or done is not False:
            raise UnknownOutcome("the disk says nothing")

    monkeypatch.setattr(logged.engine, "write", lose_the_answer)
    with pytest.raises(UnknownOutcome):
        await sweeper.sweep()
    assert [change.key for change in told] == [{"id": "a"}]
