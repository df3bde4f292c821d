"""The rows of deleted tables go in the background, in bounded batches, also after a restart."""

from collections.abc import Callable
from typing import Any, TypeVar

import pytest

from backend_store import removal
from backend_store.catalog import Catalog
from backend_store.check import check_engine
from backend_store.kv import keyspace
from backend_store.kv.engine import Engine, StoreUnavailable, Writer
from backend_store.kv.memory_engine import MemoryEngine
from backend_store.kv.records import write_record
from backend_store.removal import Removal, remove_batch
from backend_store.store import Store
from tests.support.stores import Calls

T = TypeVar("T")


def rows_left(engine: Engine, number: int) -> int:
    span = keyspace.table_range(number)
    with engine.snapshot() as reader:
        return sum(1 for _ in reader.scan(span.first, span.end))


def put_rows(engine: Engine, number: int, count: int, value_bytes: int = 10) -> None:
    def job(writer: Writer) -> None:
        for row in range(count):
            writer.put(keyspace.row_key(number, f"row {row}"), write_record(b"x" * value_bytes))

    engine.write_now(job)


async def fill(call: Calls, name: str, count: int) -> None:
    await call.create_table(name)
    for first in range(0, count, 25):
        puts: list[Any] = [{"PutRequest": {"Item": {"id": {"S": str(first + row)}}}} for row in range(25)]
        await call("BatchWriteItem", RequestItems={name: puts})


def test_a_batch_is_bounded_in_rows(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(removal, "BATCH_ROWS_MAX", 4)
    put_rows(engine, 1, 10)
    left: list[int] = []
    while engine.write_now(lambda writer: remove_batch(writer, keyspace.table_range(1))):
        left.append(rows_left(engine, 1))
    assert left == [6, 2, 0]


def test_a_batch_is_bounded_in_bytes(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(removal, "BATCH_BYTES_MAX", 250)
    put_rows(engine, 1, 4, value_bytes=100)
    assert engine.write_now(lambda writer: remove_batch(writer, keyspace.table_range(1)))
    assert rows_left(engine, 1) == 1


def test_a_batch_leaves_other_tables_alone(engine: Engine) -> None:
    for number in (1, 2, 3):
        put_rows(engine, number, 5)
    assert engine.write_now(lambda writer: remove_batch(writer, keyspace.table_range(2)))
    assert [rows_left(engine, number) for number in (1, 2, 3)] == [5, 0, 5]


async def test_the_rows_of_a_deleted_table_are_removed(engine: Engine) -> None:
    store = Store(engine)
    call = Calls(store)
    await fill(call, "main", 50)
    await call("DeleteTable", TableName="main")
    await store.removed()
    assert rows_left(engine, 1) == 0
    assert Catalog(engine).removing == frozenset()
    assert list(check_engine(engine)) == []
    await store.close()


async def test_tables_deleted_one_after_another_are_all_removed(engine: Engine) -> None:
    store = Store(engine)
    call = Calls(store)
    for number in (1, 2):
        await fill(call, "main", 25)
        await call("DeleteTable", TableName="main")
        await store.removed()
        assert rows_left(engine, number) == 0
    await store.close()


async def test_other_writes_come_in_between_the_batches(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(removal, "BATCH_ROWS_MAX", 1)
    store = Store(engine)
    call = Calls(store)
    await fill(call, "main", 50)
    await call.create_table("other")
    await call("DeleteTable", TableName="main")
    await call("PutItem", TableName="other", Item={"id": {"S": "a"}})
    assert rows_left(engine, 1) > 0
    await store.removed()
    assert rows_left(engine, 1) == 0
    await store.close()


async def test_a_removal_that_was_stopped_goes_on_after_a_restart(engine: Engine) -> None:
    await fill(Calls(Store(engine)), "main", 50)
    await Catalog(engine).delete("main", lambda _: None)
    assert rows_left(engine, 1) == 50
    again = Store(engine)
    await Calls(again)("ListTables")
    await again.removed()
    assert rows_left(engine, 1) == 0
    await again.close()


class FullEngine(MemoryEngine):
    """An engine that cannot write while it is full."""

    is_full = False

    async def write(self, job: Callable[[Writer], T]) -> T:
        if self.is_full:
            raise StoreUnavailable("the disk is full")
        return await super().write(job)


async def test_a_removal_that_cannot_write_tries_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    engine = FullEngine()
    store = Store(engine)
    await fill(Calls(store), "main", 25)
    catalog = Catalog(engine)
    await catalog.delete("main", lambda _: None)
    engine.is_full = True
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        engine.is_full = len(pauses) < 3

    removing = Removal(engine, catalog, pause=pause)
    removing.go_on()
    await removing.finished()
    assert pauses == [removal.RETRY_S] * 3
    assert rows_left(engine, 1) == 0
    assert "the disk is full" in caplog.text
    await store.close()


async def test_stopping_leaves_the_rest_to_the_next_start(engine: Engine) -> None:
    store = Store(engine)
    await fill(Calls(store), "main", 25)
    catalog = Catalog(engine)
    await catalog.delete("main", lambda _: None)
    removing = Removal(engine, catalog)
    removing.go_on()
    await removing.stop()
    assert Catalog(engine).removing == {1}
    assert list(check_engine(engine)) == []
    await store.close()
