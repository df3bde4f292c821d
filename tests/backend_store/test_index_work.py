"""New indexes are filled and deleted ones emptied in the background, exactly, whatever is written meanwhile."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend_store import index_work, removal
from backend_store.catalog import Catalog
from backend_store.check import check_engine
from backend_store.commit import RowWrite, commit
from backend_store.images import Image
from backend_store.index_work import IndexWork, backfill_batch
from backend_store.kv import keyspace
from backend_store.kv.engine import Engine, StoreUnavailable, Writer
from backend_store.kv.memory_engine import MemoryEngine
from backend_store.operations.index_changes import activated
from backend_store.store import Store
from backend_store.table import Table
from microdax.model.keys import KeyAttribute, KeySchema
from microdax.model.requests import Projection
from microdax.model.tables import Index, TableDescription
from microdax.model.values import Item
from tests.support.indexes import IndexSpec
from tests.support.stores import Calls, Refusal
from tests.support.writer_gate import WriterGate

Json: TypeAlias = dict[str, Any]
T = TypeVar("T")

BY_COLOUR = IndexSpec("global", "by_colour", ("colour:S", "id:S"))


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches of a row, so that a table of a few rows is a large one."""
    monkeypatch.setattr(index_work, "BATCH_ROWS_MAX", 1)
    monkeypatch.setattr(removal, "BATCH_ROWS_MAX", 1)


def item(name: str, colour: str = "red") -> Json:
    return {"id": {"S": name}, "colour": {"S": colour}}


async def put(call: Calls, *items: Json) -> None:
    for one in items:
        await call("PutItem", TableName="main", Item=one)


async def create_index(call: Calls, index: IndexSpec = BY_COLOUR) -> Json:
    """UpdateTable's description of the new index."""
    definitions = [{"AttributeName": key.split(":")[0], "AttributeType": key.split(":")[1]} for key in index.keys]
    reply = await call(
        "UpdateTable",
        TableName="main",
        AttributeDefinitions=definitions,
        GlobalSecondaryIndexUpdates=[{"Create": index.document()}],
    )
    created: Json = reply["TableDescription"]["GlobalSecondaryIndexes"][-1]
    return created


async def delete_index(call: Calls, name: str = "by_colour") -> Json:
    reply = await call("UpdateTable", TableName="main", GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": name}}])
    deleted: Json = reply["TableDescription"]["GlobalSecondaryIndexes"][-1]
    return deleted


async def index_described(call: Calls) -> Json | None:
    table = (await call("DescribeTable", TableName="main"))["Table"]
    return next(iter(table.get("GlobalSecondaryIndexes", [])), None)


async def reds(call: Calls) -> list[str]:
    reply = await call(
        "Query",
        TableName="main",
        IndexName="by_colour",
        KeyConditionExpression="colour = :c",
        ExpressionAttributeValues={":c": {"S": "red"}},
    )
    return [found["id"]["S"] for found in reply["Items"]]


def rows_left(engine: Engine) -> int:
    span = keyspace.indexes_range(1)
    with engine.snapshot() as reader:
        return sum(1 for _ in reader.scan(span.first, span.end))


async def test_an_index_on_a_small_table_is_there_when_update_table_has_answered(call: Calls) -> None:
    await call.create_table("main")
    await put(call, item("a"), item("b"), item("c", "blue"), {"id": {"S": "d"}})
    created = await create_index(call)
    assert (created["IndexStatus"], created["Backfilling"]) == ("CREATING", True)
    described = await index_described(call)
    assert described is not None and "Backfilling" not in described
    assert (described["IndexStatus"], described["ItemCount"], described["IndexSizeBytes"]) == ("ACTIVE", 3, 37)
    assert await reds(call) == ["a", "b"]


@pytest.mark.usefixtures("small_batches")
async def test_an_index_that_is_being_filled_says_so_and_cannot_be_read(
    engine: Engine, store: Store, call: Calls
) -> None:
    await call.create_table("main")
    await put(call, item("a"), item("b"), item("c"))
    gate = WriterGate()
    creation = asyncio.create_task(create_index(call))
    await asyncio.wait([creation])
    blocker = asyncio.create_task(engine.write(gate.job))
    await gate.reached()
    described = await index_described(call)
    assert described is not None
    assert (described["IndexStatus"], described["Backfilling"]) == ("CREATING", True)
    with pytest.raises(Refusal, match="Cannot read from backfilling global secondary index: by_colour"):
        await reds(call)
    gate.open()
    await blocker
    await store.indexed()
    assert await reds(call) == ["a", "b", "c"]


def indexed(table: TableDescription) -> TableDescription:
    """The table when UpdateTable has created the index, and nothing has been filled yet."""
    schema = KeySchema(KeyAttribute("colour", "S"), KeyAttribute("id", "S"))
    index = Index("by_colour", "global", schema, Projection("ALL"), number=1, status="CREATING")
    return replace(table, indexes=(index,), following_index=2)


writes = st.lists(
    st.tuples(st.sampled_from("abcdefghij"), st.sampled_from(("red", "blue", "none", "deleted"))), max_size=3
)


def write(engine: Engine, table: Table, name: str, colour: str) -> None:
    new: Item = {"id": name} if colour == "none" else {"id": name, "colour": colour}
    image = None if colour == "deleted" else Image.of_item(new)
    engine.write_now(lambda writer: commit(writer, RowWrite(table, {"id": name}, lambda _: image)))


@given(before=st.lists(writes, min_size=1, max_size=8), meanwhile=st.lists(writes, max_size=12))
def test_what_is_written_during_a_backfill_is_indexed_once(
    before: list[list[tuple[str, str]]], meanwhile: list[list[tuple[str, str]]]
) -> None:
    """Writes of random rows between the batches, each of a row: before, at and behind the place that is reached."""
    engine = MemoryEngine()
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(index_work, "BATCH_ROWS_MAX", 1)
            asyncio.run(filled_while_writing(engine, before, meanwhile))
    finally:
        engine.close()


async def filled_while_writing(engine: Engine, before: list[list[tuple[str, str]]], meanwhile: list[Any]) -> None:
    catalog = Catalog(engine)
    schema = KeySchema(KeyAttribute("id", "S"))
    table = await catalog.create(TableDescription("main", schema, "arn", "id", created_s=0.0), tags={})
    for name, colour in (one for writes in before for one in writes):
        write(engine, table, name, colour)
    table = await catalog.update("main", indexed)
    (index,) = table.description.indexes
    pending = list(meanwhile)
    while engine.write_now(lambda writer: backfill_batch(writer, table, index)):
        assert list(check_engine(engine)) == []
        for name, colour in pending.pop() if pending else ():
            write(engine, table, name, colour)
    for name, colour in (one for writes in pending for one in writes):
        write(engine, table, name, colour)
    work = IndexWork(engine, catalog)
    await work.begin()
    await work.finished()
    assert catalog.table("main").description.indexes[0].status == "ACTIVE"
    assert list(check_engine(engine)) == []


@pytest.mark.usefixtures("small_batches")
async def test_a_row_that_comes_in_behind_the_last_batch_is_indexed(engine: Engine) -> None:
    """The batch that finds no more rows opens the index to all writes: its ACTIVE comes a job later."""
    catalog = Catalog(engine)
    schema = KeySchema(KeyAttribute("id", "S"))
    await catalog.create(TableDescription("main", schema, "arn", "id", created_s=0.0), tags={})
    table = await catalog.update("main", indexed)
    (index,) = table.description.indexes
    assert not engine.write_now(lambda writer: backfill_batch(writer, table, index))
    write(engine, table, "late", "red")
    await catalog.update("main", lambda description: activated(description, index.number))
    assert rows_left(engine) == 1
    assert list(check_engine(engine)) == []


async def test_rows_whose_attribute_cannot_be_a_key_are_left_out(call: Calls) -> None:
    await call.create_table("main")
    odd: list[Json] = [{"N": "1"}, {"S": ""}, {"S": "x" * 2049}, {"NULL": True}, {"L": [{"S": "red"}]}]
    for number, value in enumerate(odd):
        await put(call, {"id": {"S": str(number)}, "colour": value})
    await put(call, item("a"))
    await create_index(call)
    described = await index_described(call)
    assert described is not None and described["ItemCount"] == 1
    assert await reds(call) == ["a"]
    await call("UpdateItem", TableName="main", Key={"id": {"S": "0"}}, **SET_V)
    await call("UpdateItem", TableName="main", Key={"id": {"S": "0"}}, **SET_RED)
    assert await reds(call) == ["0", "a"]


SET_V: Json = {"UpdateExpression": "SET v = :v", "ExpressionAttributeValues": {":v": {"S": "v"}}}
SET_RED: Json = {"UpdateExpression": "SET colour = :v", "ExpressionAttributeValues": {":v": {"S": "red"}}}


@pytest.mark.usefixtures("small_batches")
async def test_a_backfill_that_was_stopped_goes_on_after_a_restart(engine: Engine) -> None:
    first = Store(engine)
    call = Calls(first)
    await call.create_table("main")
    await put(call, *(item(str(number)) for number in range(5)))
    catalog = Catalog(engine)
    table = await catalog.update("main", indexed)
    for _ in range(2):
        engine.write_now(lambda writer: backfill_batch(writer, table, table.description.indexes[0]))
    assert rows_left(engine) == 2
    second = Store(engine)
    call = Calls(second)
    await call("ListTables")
    await second.indexed()
    assert await reds(call) == ["0", "1", "2", "3", "4"]
    assert list(check_engine(engine)) == []
    await second.close()


@pytest.mark.usefixtures("small_batches")
async def test_an_index_can_be_deleted_while_it_is_filled(engine: Engine, store: Store, call: Calls) -> None:
    await call.create_table("main")
    await put(call, *(item(str(number)) for number in range(5)))
    await create_index(call)
    deleted = await delete_index(call)
    assert deleted["IndexStatus"] == "DELETING"
    with pytest.raises(Refusal, match="does not have the specified index: by_colour"):
        await reds(call)
    await store.indexed()
    assert await index_described(call) is None
    assert rows_left(engine) == 0


async def test_a_deleted_index_is_gone_and_its_name_can_be_used_again(engine: Engine, call: Calls) -> None:
    await call.create_table("main")
    await put(call, item("a"), item("b"))
    await create_index(call)
    await delete_index(call)
    assert await index_described(call) is None
    assert rows_left(engine) == 0
    table = (await call("DescribeTable", TableName="main"))["Table"]
    assert table["AttributeDefinitions"] == [{"AttributeName": "id", "AttributeType": "S"}]
    await create_index(call, IndexSpec("global", "by_colour", ("colour:S",), "KEYS_ONLY"))
    assert Catalog(engine).table("main").description.indexes[0].number == 2
    assert await reds(call) == ["a", "b"]


@pytest.mark.usefixtures("small_batches")
async def test_one_index_is_changed_at_a_time_and_its_table_stays(engine: Engine, store: Store, call: Calls) -> None:
    await call.create_table("main")
    await put(call, *(item(str(number)) for number in range(5)))
    await create_index(call)
    with pytest.raises(Refusal, match=r"LimitExceeded.*Only 1 online index can be created or deleted simultaneously"):
        await create_index(call, IndexSpec("global", "other", ("colour:S",)))
    with pytest.raises(Refusal, match=r"ResourceInUse.*Cannot delete table while indexes are being created"):
        await call("DeleteTable", TableName="main")
    await store.indexed()
    await call("DeleteTable", TableName="main")


@pytest.mark.usefixtures("small_batches")
async def test_a_table_that_goes_during_a_backfill_takes_its_index_with_it(engine: Engine) -> None:
    first = Store(engine)
    await Calls(first).create_table("main")
    await put(Calls(first), *(item(str(number)) for number in range(5)))
    catalog = Catalog(engine)
    table = await catalog.update("main", indexed)
    engine.write_now(lambda writer: backfill_batch(writer, table, table.description.indexes[0]))
    await catalog.delete("main", lambda _: None)
    work = IndexWork(engine, catalog)
    await work.begin()
    await work.finished()
    second = Store(engine)
    await second.removed()
    assert rows_left(engine) == 0
    assert list(check_engine(engine)) == []
    await second.close()


async def test_the_end_of_a_backfill_is_not_that_of_a_new_table_s_index(engine: Engine) -> None:
    """Between the last batch and its end, the table is deleted and created again with an index that is to be filled."""
    catalog = Catalog(engine)
    description = TableDescription("main", KeySchema(KeyAttribute("id", "S")), "arn", "id", created_s=0.0)
    await catalog.create(indexed(description), tags={})
    gate = WriterGate()
    blocker = asyncio.create_task(engine.write(gate.job))
    await gate.reached()
    work = IndexWork(engine, catalog)
    begun = asyncio.create_task(work.begin())
    await asyncio.sleep(0)
    deletion = asyncio.create_task(catalog.delete("main", lambda _: None))
    creation = asyncio.create_task(catalog.create(indexed(description), tags={}))
    for _ in range(10):
        await asyncio.sleep(0)
    gate.open()
    await asyncio.gather(blocker, deletion, creation)
    write(engine, catalog.table("main"), "a", "red")
    await begun
    await work.finished()
    assert list(check_engine(engine)) == []
    assert catalog.table("main").description.indexes[0].status == "ACTIVE"


class FullEngine(MemoryEngine):
    """An engine that cannot write while it is full."""

    is_full = False

    async def write(self, job: Callable[[Writer], T]) -> T:
        if self.is_full:
            raise StoreUnavailable("the disk is full")
        return await super().write(job)


async def test_a_backfill_that_cannot_write_tries_again(caplog: pytest.LogCaptureFixture) -> None:
    engine = FullEngine()
    store = Store(engine)
    await Calls(store).create_table("main")
    await put(Calls(store), item("a"))
    catalog = Catalog(engine)
    await catalog.update("main", indexed)
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        engine.is_full = len(pauses) < 3

    engine.is_full = True
    work = IndexWork(engine, catalog, pause=pause)
    await work.begin()
    await work.finished()
    assert pauses == [index_work.RETRY_S] * 3
    assert catalog.table("main").description.indexes[0].status == "ACTIVE"
    assert "the disk is full" in caplog.text
    await store.close()


async def test_a_write_that_was_queued_before_an_index_was_created_knows_of_it(engine: Engine, store: Store) -> None:
    """The write found the table without the index; when it runs the index is there, and the write is built anew."""
    call = Calls(store)
    await call.create_table("main")
    gate = WriterGate()
    blocker = asyncio.create_task(engine.write(gate.job))
    await gate.reached()
    creation = asyncio.create_task(create_index(call))
    for _ in range(10):
        await asyncio.sleep(0)
    late = [asyncio.create_task(put(call, one)) for one in (item("a"), {"id": {"S": "b"}, "colour": {"N": "1"}})]
    for _ in range(10):
        await asyncio.sleep(0)
    gate.open()
    await asyncio.gather(blocker, creation, late[0])
    with pytest.raises(Refusal, match="Type mismatch for Index Key colour Expected: S Actual: N IndexName: by_colour"):
        await late[1]
    await store.indexed()
    assert await reds(call) == ["a"]
