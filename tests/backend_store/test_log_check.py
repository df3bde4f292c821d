"""The check finds what is wrong with change logs, shards and expiry entries, and nothing where nothing is."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from backend_store.check import check_engine
from backend_store.images import Image
from backend_store.kv import keyspace
from backend_store.kv.engine import Engine, Writer
from backend_store.kv.records import write_record
from backend_store.table_state import put_state, state_of
from tests.support.clock import SteppedClock
from tests.support.logged_tables import DISABLED, ENABLED, LoggedTable, logged_table


@pytest.fixture
async def logged(engine: Engine, clock: SteppedClock) -> LoggedTable:
    """A table with a stream, a time to live and two changes of one item."""
    logged = await logged_table(engine, clock)
    await logged.expire_by("end")
    await logged.put("a", end=Decimal(1))
    await logged.put("a", end=Decimal(2))
    return logged


async def finding(logged: LoggedTable, job: Callable[[Writer], None]) -> str:
    """The one finding after this job."""
    await logged.do(job)
    (found,) = check_engine(logged.engine)
    return found


def change_key(logged: LoggedTable, at: int) -> bytes:
    return keyspace.change_key(logged.table.number, logged.records()[at].sequence)


async def test_nothing_is_wrong_with_what_commit_has_written(logged: LoggedTable) -> None:
    assert list(check_engine(logged.engine)) == []


async def test_a_log_that_was_off_for_a_while_is_no_fault(logged: LoggedTable) -> None:
    await logged.stream(DISABLED)
    await logged.put("a", end=Decimal(3))
    assert list(check_engine(logged.engine)) == []
    await logged.stream(ENABLED)
    await logged.put("a", end=Decimal(4))
    assert list(check_engine(logged.engine)) == []


async def test_a_missing_last_change_is_found(logged: LoggedTable) -> None:
    key = change_key(logged, 1)
    assert "is not what the last change in the log has left" in await finding(logged, lambda writer: writer.delete(key))


async def test_a_missing_change_in_between_is_found(logged: LoggedTable) -> None:
    await logged.put("a", end=Decimal(3))
    key = change_key(logged, 1)
    found = await finding(logged, lambda writer: writer.delete(key))
    assert "does not begin with the item that the one before it has left" in found


async def test_a_row_that_changed_past_the_log_is_found(logged: LoggedTable) -> None:
    row = Image.of_item({"id": "a", "end": Decimal(2), "x": "y"})
    key = logged.table.row_key({"id": "a"})

    def change(writer: Writer) -> None:
        writer.put(key, row.row())
        state = state_of(writer, logged.table)
        put_state(writer, logged.table, replace(state, size=replace(state.size, size_bytes=row.size_bytes)))

    assert "is not what the last change in the log has left" in await finding(logged, change)


async def test_a_counter_behind_the_log_is_found(logged: LoggedTable) -> None:
    last = logged.records()[-1].sequence

    def set_back(writer: Writer) -> None:
        put_state(writer, logged.table, replace(state_of(writer, logged.table), sequence=last - 1))

    assert f"change {last} has a number that is still to be given" in await finding(logged, set_back)


async def test_a_time_before_the_logs_last_one_is_found(logged: LoggedTable) -> None:
    def set_back(writer: Writer) -> None:
        put_state(writer, logged.table, replace(state_of(writer, logged.table), logged_ms=1))

    assert "its last change was at" in await finding(logged, set_back)


async def test_a_change_that_cannot_be_read_is_found(logged: LoggedTable) -> None:
    key = change_key(logged, 0)
    found = await finding(logged, lambda writer: writer.put(key, write_record(b"no change")))
    assert "cannot be read" in found


async def test_a_missing_shard_is_found(logged: LoggedTable) -> None:
    key = keyspace.shard_key(logged.table.number, 1)
    assert "should have 1 open shard" in await finding(logged, lambda writer: writer.delete(key))


async def test_a_missing_entry_is_found(logged: LoggedTable) -> None:
    row_key = logged.table.row_key({"id": "a"})
    key = keyspace.expiry_key(logged.table.number, 2, row_key)
    found = await finding(logged, lambda writer: writer.delete(key))
    assert "expires at 2, but has no entry" in found


@pytest.mark.parametrize(("second", "id"), [(7, "a"), (2, "gone")])
async def test_an_entry_of_no_item_is_found(logged: LoggedTable, second: int, id: str) -> None:
    key = keyspace.expiry_key(logged.table.number, second, logged.table.row_key({"id": id}))
    found = await finding(logged, lambda writer: writer.put(key, write_record(b"")))
    assert f"expires at {second}; it does not" in found


async def test_entries_without_a_time_to_live_are_found(logged: LoggedTable) -> None:
    await logged.expire_by("end", enabled=False)
    assert list(check_engine(logged.engine)) == []
    key = keyspace.expiry_key(logged.table.number, 2, logged.table.row_key({"id": "a"}))
    assert "no time to live, but expiry entries" in await finding(
        logged, lambda writer: writer.put(key, write_record(b""))
    )
