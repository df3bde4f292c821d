"""The store as a whole: one request in, one reply out, whatever happens in between."""

import asyncio
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import orjson
import pytest

from backend_store import store as store_module
from backend_store.check import check
from backend_store.kv.engine import Engine, Reader, StoreUnavailable, Writer
from backend_store.kv.memory_engine import MemoryEngine
from backend_store.kv.sqlite_engine import SqliteEngine
from backend_store.store import Store
from microdax.model.errors import UnknownOutcome
from tests.support.stores import Calls, Refusal
from tests.support.writer_gate import WriterGate

T = TypeVar("T")


async def test_replies_have_ids_of_their_own(call: Calls) -> None:
    replies = [await call.reply("ListTables") for _ in range(3)]
    assert len({reply.request_id for reply in replies}) == 3


@pytest.mark.parametrize(
    "target", ["", "DynamoDB_20120810.Nothing", "DynamoDB_20111205.GetItem", "GetItem", "DynamoDB_20120810"]
)
async def test_an_unknown_target_is_an_unknown_operation(store: Store, target: str) -> None:
    reply = await store.answer(target, b"{}")
    assert reply.status == 400
    assert orjson.loads(reply.body)["__type"] == "com.amazon.coral.service#UnknownOperationException"


async def test_a_body_that_is_no_json_is_a_serialization_error(store: Store) -> None:
    reply = await store.answer("DynamoDB_20120810.GetItem", b"{nonsense")
    assert (reply.status, reply.changes) == (400, ())
    assert orjson.loads(reply.body)["__type"] == "com.amazon.coral.service#SerializationException"


async def test_an_item_goes_in_and_comes_out_of_a_durable_store(tmp_path: Path) -> None:
    first = Store(SqliteEngine(tmp_path))
    await Calls(first).create_table("main")
    await Calls(first)("PutItem", TableName="main", Item={"id": {"S": "a"}, "n": {"N": "1.50"}})
    await first.close()
    second = Store(SqliteEngine(tmp_path))
    reply = await Calls(second).reply("GetItem", TableName="main", Key={"id": {"S": "a"}})
    assert reply.body == b'{"Item":{"id":{"S":"a"},"n":{"N":"1.5"}}}'
    await second.close()
    assert list(check(tmp_path)) == []


async def test_a_region_and_an_account_are_in_the_arns(engine: Engine) -> None:
    store = Store(engine, region="eu-central-1", account="123456789012")
    await Calls(store).create_table("main")
    table = (await Calls(store)("DescribeTable", TableName="main"))["Table"]
    assert table["TableArn"] == "arn:aws:dynamodb:eu-central-1:123456789012:table/main"
    await store.close()


class FailingEngine(MemoryEngine):
    """An engine that raises what a test wants from its next writes and reads."""

    error: Exception | None = None

    async def write(self, job: Callable[[Writer], T]) -> T:
        if self.error is not None:
            raise self.error
        return await super().write(job)

    def get(self, key: bytes) -> bytes | None:
        if self.error is not None:
            raise self.error
        return super().get(key)


@pytest.fixture
async def failing() -> FailingEngine:
    return FailingEngine()


ONLY_NEW: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(id)"}
PUT: dict[str, Any] = {"TableName": "main", "Item": {"id": {"S": "a"}}}


async def test_a_bug_under_a_read_is_an_internal_error_and_is_logged(
    failing: FailingEngine, caplog: pytest.LogCaptureFixture
) -> None:
    store = Store(failing)
    call = Calls(store)
    await call.create_table("main")
    failing.error = ZeroDivisionError("a bug")
    reply = await call.reply("GetItem", TableName="main", Key={"id": {"S": "a"}})
    assert (reply.status, reply.changes) == (500, ())
    assert orjson.loads(reply.body)["__type"].endswith("#InternalServerError")
    assert b"a bug" not in reply.body
    assert "ZeroDivisionError: a bug" in caplog.text
    await store.close()


async def test_a_bug_under_a_write_leaves_its_outcome_unknown_and_says_so(failing: FailingEngine) -> None:
    store = Store(failing)
    call = Calls(store)
    await call.create_table("main")
    failing.error = ZeroDivisionError("a bug")
    reply = await call.reply("PutItem", **PUT)
    assert (reply.status, reply.changes) == (500, None)
    assert "unknown" in orjson.loads(reply.body)["message"]
    await store.close()


@pytest.mark.parametrize(
    ("error", "status", "changes"),
    [(UnknownOutcome("nobody can know"), 500, None), (StoreUnavailable("the disk is full"), 503, ())],
)
async def test_what_the_engine_says_of_a_write_is_said_to_the_caller(
    failing: FailingEngine, error: Exception, status: int, changes: object
) -> None:
    store = Store(failing)
    call = Calls(store)
    await call.create_table("main")
    failing.error = error
    reply = await call.reply("PutItem", **PUT)
    assert (reply.status, reply.changes) == (status, changes)
    assert orjson.loads(reply.body)["message"] in str(error)
    await store.close()


class GatedSnapshots(MemoryEngine):
    """An engine whose snapshots begin when a test lets them."""

    def __init__(self) -> None:
        super().__init__()
        self.wanted = threading.Semaphore(0)
        self.allowed = threading.Event()
        self.is_gated = False

    @contextmanager
    def snapshot(self) -> Generator[Reader, None, None]:
        if self.is_gated:
            self.wanted.release()
            assert self.allowed.wait(10)
        with super().snapshot() as reader:
            yield reader


async def test_page_reads_that_wait_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "READS_MAX", 2)
    engine = GatedSnapshots()
    store = Store(engine)
    call = Calls(store)
    await call.create_table("main")
    engine.is_gated = True
    scans = [asyncio.create_task(call("Scan", TableName="main")) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(Refusal, match="ThrottlingException"):
        await call("Scan", TableName="main")
    engine.allowed.set()
    assert [page["Count"] for page in await asyncio.gather(*scans)] == [0, 0]
    assert (await call("Scan", TableName="main"))["Count"] == 0
    await store.close()


@pytest.mark.parametrize("operation", ["Scan", "BatchGetItem"])
async def test_a_read_that_a_deletion_overtakes_finds_no_table(operation: str) -> None:
    """Of a deleted table rows may be gone already, so a page of what is left would be of no state that ever was."""
    engine = GatedSnapshots()
    store = Store(engine)
    call = Calls(store)
    await call.create_table("main")
    await call("PutItem", **PUT)
    engine.is_gated = True
    members: dict[str, Any] = {"TableName": "main"}
    if operation == "BatchGetItem":
        members = {"RequestItems": {"main": {"Keys": [{"id": {"S": "a"}}]}}}
    read = asyncio.create_task(call(operation, **members))
    await asyncio.to_thread(engine.wanted.acquire)
    await call("DeleteTable", TableName="main")
    engine.allowed.set()
    with pytest.raises(Refusal, match="ResourceNotFoundException"):
        await read
    await store.close()


async def test_a_page_is_of_one_state_of_the_store(engine: Engine, call: Calls) -> None:
    """A batch of writes is seen by a page whole or not at all."""
    await call.create_table("main")
    puts = [{"PutRequest": {"Item": {"id": {"S": str(number)}}}} for number in range(25)]
    gate = WriterGate()
    blocker = asyncio.create_task(engine.write(gate.job))
    await gate.reached()
    batch = asyncio.create_task(call("BatchWriteItem", RequestItems={"main": puts}))
    assert await call.items("main") == []
    gate.open()
    await asyncio.gather(blocker, batch)
    assert len(await call.items("main")) == 25


async def test_of_two_writers_that_both_found_nothing_one_creates_the_item(engine: Engine, call: Calls) -> None:
    """Both requests are answered by jobs behind a stopped writer: a condition looked at before would hold for both."""
    await call.create_table("main")
    gate = WriterGate()
    blocker = asyncio.create_task(engine.write(gate.job))
    await gate.reached()
    puts = [
        asyncio.create_task(
            call("PutItem", TableName="main", Item={"id": {"S": "a"}, "by": {"N": str(number)}}, **ONLY_NEW)
        )
        for number in (1, 2)
    ]
    await asyncio.sleep(0)
    gate.open()
    await blocker
    first, second = await asyncio.gather(*puts, return_exceptions=True)
    assert first == {}
    assert isinstance(second, Refusal) and second.code == "ConditionalCheckFailedException"
    assert await call.items("main") == [{"id": {"S": "a"}, "by": {"N": "1"}}]


async def test_a_closed_store_refuses_and_may_be_closed_again() -> None:
    store = Store(MemoryEngine())
    call = Calls(store)
    await call.create_table("main")
    await store.close()
    await store.close()
    for operation, members in (("Scan", {"TableName": "main"}), ("PutItem", PUT)):
        reply = await call.reply(operation, **members)
        assert reply.status == 503, operation
