"""Expiry entries: they say of each item when it expires, whenever the time to live was switched on."""

import asyncio
from decimal import Decimal

import pytest

from backend_store import expiry
from backend_store.catalog import Catalog
from backend_store.expiry import BATCH_ROWS_MAX, TOO_OLD_S, Walk, expires_s, is_expired
from backend_store.images import Image
from backend_store.kv import keyspace
from backend_store.kv.engine import Engine
from microdax.model.values import Value
from tests.support.clock import SteppedClock
from tests.support.logged_tables import LoggedTable, logged_table

NOW_S = 1_700_000_000


@pytest.fixture
async def logged(engine: Engine, clock: SteppedClock) -> LoggedTable:
    return await logged_table(engine, clock, streamed=False)


def entries(logged: LoggedTable) -> list[tuple[int, bytes]]:
    span = keyspace.expiries_range(logged.table.number)
    with logged.engine.snapshot() as reader:
        return [keyspace.expiring_row(logged.table.number, key) for key, _ in reader.scan(span.first, span.end)]


def entry(logged: LoggedTable, key: str, second: int) -> tuple[int, bytes]:
    return second, logged.table.row_key({"id": key})


def walk(logged: LoggedTable) -> Walk | None:
    with logged.engine.snapshot() as reader:
        return expiry.walk_of(reader, logged.table)


async def walked(logged: LoggedTable) -> int:
    """Go on to the end; how many batches that took."""
    batches = 1
    while await logged.engine.write(lambda writer: expiry.go_on(writer, logged.table)):
        batches += 1
    return batches


async def fill(logged: LoggedTable, count: int) -> None:
    await asyncio.gather(*[logged.put(f"key {number:04}", end=Decimal(number)) for number in range(count)])


def image(value: Value) -> Image:
    return Image.of_item({"id": "a", "end": value})


@pytest.mark.parametrize(
    ("value", "second"),
    [
        (Decimal(5), 5),
        (Decimal(0), 0),
        (Decimal("5.9"), 5),
        (Decimal(2**63 - 1), 2**63 - 1),
        (Decimal(2**63), None),
        (Decimal("1E+125"), None),
        (Decimal(-1), None),
        ("5", None),
        (True, None),
        (None, None),
        ([Decimal(5)], None),
        ({"end": Decimal(5)}, None),
    ],
)
def test_only_a_number_of_seconds_is_a_time(value: Value, second: int | None) -> None:
    assert expires_s(image(value), "end") == second


def test_an_item_without_the_attribute_or_no_item_does_not_expire() -> None:
    assert expires_s(image(Decimal(5)), "other") is None
    assert expires_s(None, "end") is None


@pytest.mark.parametrize(
    ("second", "expired"),
    [
        (NOW_S - 1, True),
        (NOW_S, False),
        (NOW_S + 1, False),
        (NOW_S - TOO_OLD_S, True),
        (NOW_S - TOO_OLD_S - 1, False),
        (0, False),
    ],
)
async def test_what_is_past_is_expired_unless_it_is_five_years_past(
    logged: LoggedTable, second: int, expired: bool
) -> None:
    await logged.expire_by("end")
    await logged.put("a", end=Decimal(second))
    assert is_expired(image(Decimal(second)), "end", NOW_S + 0.9) == expired
    span = expiry.expired_range(logged.table, NOW_S + 0.9)
    with logged.engine.snapshot() as reader:
        assert bool(list(reader.scan(span.first, span.end))) == expired


async def test_an_entry_goes_where_its_item_goes(logged: LoggedTable) -> None:
    await logged.expire_by("end")
    await logged.put("a", end=Decimal(10))
    assert entries(logged) == [entry(logged, "a", 10)]
    await logged.put("a", end=Decimal(20))
    assert entries(logged) == [entry(logged, "a", 20)]
    await logged.put("a", end=Decimal(20), other="changed")
    assert entries(logged) == [entry(logged, "a", 20)]
    await logged.put("a")
    assert entries(logged) == []
    await logged.put("a", end=Decimal(30))
    await logged.delete("a")
    assert entries(logged) == []


async def test_without_a_time_to_live_there_are_no_entries(logged: LoggedTable) -> None:
    await logged.put("a", end=Decimal(10))
    assert entries(logged) == []


async def test_entries_are_in_the_order_of_time(logged: LoggedTable) -> None:
    await logged.expire_by("end")
    for key, second in (("a", 300), ("b", 2), ("c", 256)):
        await logged.put(key, end=Decimal(second))
    assert [second for second, _ in entries(logged)] == [2, 256, 300]


async def test_a_small_table_has_its_entries_when_its_time_to_live_is_on(logged: LoggedTable) -> None:
    await fill(logged, 3)
    await logged.put("without")
    await logged.expire_by("end")
    assert len(entries(logged)) == 3
    assert walk(logged) is None


async def test_the_entries_of_a_large_table_are_made_in_bounded_batches(logged: LoggedTable) -> None:
    await fill(logged, 2 * BATCH_ROWS_MAX + 1)
    await logged.expire_by("end")
    assert len(entries(logged)) == BATCH_ROWS_MAX
    assert walk(logged) is not None
    assert await walked(logged) == 2
    assert len(entries(logged)) == 2 * BATCH_ROWS_MAX + 1
    assert walk(logged) is None


async def test_the_walk_goes_on_after_a_restart(logged: LoggedTable, clock: SteppedClock) -> None:
    await fill(logged, BATCH_ROWS_MAX + 1)
    await logged.expire_by("end")
    again = LoggedTable(logged.engine, Catalog(logged.engine, clock), clock)
    await walked(again)
    assert len(entries(again)) == BATCH_ROWS_MAX + 1


async def test_writes_during_the_walk_leave_one_entry_each(logged: LoggedTable) -> None:
    """Some are behind the walk, some before it; a deleted item has none."""
    await fill(logged, 2 * BATCH_ROWS_MAX)
    await logged.expire_by("end")
    for number in (0, 1, BATCH_ROWS_MAX + 20, BATCH_ROWS_MAX + 21):
        await logged.put(f"key {number:04}", end=Decimal(7000 + number))
    for number in (2, BATCH_ROWS_MAX + 22):
        await logged.delete(f"key {number:04}")
    await walked(logged)
    found = entries(logged)
    assert len(found) == len({row for _, row in found}) == 2 * BATCH_ROWS_MAX - 2
    assert sum(second >= 7000 for second, _ in found) == 4


async def test_switching_it_off_clears_the_entries_in_bounded_batches(logged: LoggedTable) -> None:
    await logged.expire_by("end")
    await fill(logged, BATCH_ROWS_MAX + 5)
    await logged.expire_by("end", enabled=False)
    assert len(entries(logged)) == 5
    assert walk(logged) == Walk("clear")
    await logged.put("new", end=Decimal(9))
    await walked(logged)
    assert entries(logged) == []
    assert walk(logged) is None
