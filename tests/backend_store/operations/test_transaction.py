"""A transaction: all or nothing, its reasons, its price, and once for each token."""

import asyncio
from pathlib import Path
from typing import Any

import orjson
import pytest

from backend_store.kv.engine import Engine
from backend_store.kv.sqlite_engine import SqliteEngine
from backend_store.store import Store
from tests.support.clock import SteppedClock
from tests.support.stores import Calls, Refusal
from tests.support.writer_gate import WriterGate


def key(id: str) -> dict[str, Any]:
    return {"id": {"S": id}}


def put(id: str, text: str = "", table: str = "main", **more: Any) -> dict[str, Any]:
    return {"Put": {"TableName": table, "Item": {**key(id), "v": {"S": text}}, **more}}


def count(id: str, by: int = 1) -> dict[str, Any]:
    values = {":n": {"N": str(by)}}
    expression = {"UpdateExpression": "ADD n :n", "ExpressionAttributeValues": values}
    return {"Update": {"TableName": "main", "Key": key(id), **expression}}


def check(id: str, condition: str = "attribute_exists(id)") -> dict[str, Any]:
    return {"ConditionCheck": {"TableName": "main", "Key": key(id), "ConditionExpression": condition}}


async def counted(call: Calls, id: str) -> int:
    item = (await call("GetItem", TableName="main", Key=key(id))).get("Item")
    return int(item["n"]["N"]) if item else 0


@pytest.fixture(autouse=True)
async def tables(call: Calls) -> None:
    for name in ("main", "side"):
        await call.create_table(name)


async def write(call: Calls, *actions: dict[str, Any], **more: Any) -> Any:
    return await call("TransactWriteItems", TransactItems=actions, **more)


async def test_all_reasons_are_told_and_nothing_is_done(call: Calls) -> None:
    await write(call, put("a"))
    refers = {"TableName": "main", "Key": key("c"), "UpdateExpression": "SET x = y"}
    reply = await call.reply(
        "TransactWriteItems",
        TransactItems=[
            put("b"),
            put("a", ConditionExpression="attribute_not_exists(id)"),
            {"Update": refers},
            check("d"),
        ],
    )
    assert (reply.status, reply.changes) == (400, ())
    reasons = orjson.loads(reply.body)["CancellationReasons"]
    assert [reason["Code"] for reason in reasons] == [
        "None",
        "ConditionalCheckFailed",
        "ValidationError",
        "ConditionalCheckFailed",
    ]
    assert [item["id"]["S"] for item in await call.items("main")] == ["a"]


async def test_the_changes_of_all_items_are_told(call: Calls) -> None:
    await write(call, put("a"), put("b"))
    reply = await call.reply(
        "TransactWriteItems",
        TransactItems=[
            count("a"),
            {"Delete": {"TableName": "main", "Key": key("b")}},
            put("c", table="side"),
            check("d", "attribute_not_exists(id)"),
        ],
    )
    assert reply.changes is not None
    told = [(change.table, change.key, change.old is None, change.new is None) for change in reply.changes]
    assert told == [
        ("main", {"id": "a"}, False, False),
        ("main", {"id": "b"}, False, True),
        ("side", {"id": "c"}, True, False),
    ]


async def test_a_write_costs_twice_what_it_does_alone(call: Calls) -> None:
    """The larger image of each item counts, and a check as a write of the item that it looks at."""
    await write(call, put("a", "x" * 3000), put("b", "x" * 2000))
    actions = (put("a"), check("b"), put("c", table="side"))
    reply = await write(call, *actions, ReturnConsumedCapacity="INDEXES")
    assert reply["ConsumedCapacity"] == [
        {
            "TableName": "main",
            "CapacityUnits": 10.0,
            "WriteCapacityUnits": 10.0,
            "Table": {"CapacityUnits": 10.0, "WriteCapacityUnits": 10.0},
        },
        {
            "TableName": "side",
            "CapacityUnits": 2.0,
            "WriteCapacityUnits": 2.0,
            "Table": {"CapacityUnits": 2.0, "WriteCapacityUnits": 2.0},
        },
    ]
    reply = await write(call, put("a"), ReturnConsumedCapacity="TOTAL")
    assert reply == {"ConsumedCapacity": [{"TableName": "main", "CapacityUnits": 2.0, "WriteCapacityUnits": 2.0}]}


async def test_a_table_deleted_meanwhile_refuses_the_whole(call: Calls, engine: Engine) -> None:
    gate = WriterGate()
    blocker = asyncio.create_task(engine.write(gate.job))
    await gate.reached()
    deletion = asyncio.create_task(call("DeleteTable", TableName="side"))
    for _ in range(5):  # a change of the catalog takes a task and a lock before its job is queued
        await asyncio.sleep(0)
    transaction = asyncio.create_task(write(call, put("a"), put("b", table="side")))
    await asyncio.sleep(0)
    gate.open()
    await asyncio.gather(blocker, deletion)
    with pytest.raises(Refusal, match="ResourceNotFoundException"):
        await transaction
    assert await call.items("main") == []


# ---- tokens


async def test_a_transaction_with_a_token_is_done_once(call: Calls) -> None:
    for _ in range(3):
        assert await write(call, count("a"), count("b"), ClientRequestToken="once") == {}
    assert await counted(call, "a") == await counted(call, "b") == 1


async def test_without_a_token_it_is_done_each_time(call: Calls) -> None:
    for _ in range(3):
        await write(call, count("a"))
    assert await counted(call, "a") == 3


async def test_a_repeated_request_succeeds_though_its_condition_does_not_hold_any_more(call: Calls) -> None:
    creation = put("a", ConditionExpression="attribute_not_exists(id)")
    for _ in range(2):
        assert await write(call, creation, ClientRequestToken="once") == {}


async def test_a_repeated_request_costs_reads_and_does_not_know_what_it_changed(call: Calls) -> None:
    actions = (put("a", "x" * 5000), put("b", table="side"))
    await write(call, *actions, ClientRequestToken="once")
    reply = await call.reply(
        "TransactWriteItems", TransactItems=actions, ClientRequestToken="once", ReturnConsumedCapacity="TOTAL"
    )
    assert orjson.loads(reply.body)["ConsumedCapacity"] == [
        {"TableName": "main", "CapacityUnits": 4.0, "ReadCapacityUnits": 4.0},
        {"TableName": "side", "CapacityUnits": 2.0, "ReadCapacityUnits": 2.0},
    ]
    assert reply.changes is None


async def test_the_token_of_another_request_is_refused_and_nothing_is_done(call: Calls) -> None:
    await write(call, count("a"), ClientRequestToken="once")
    with pytest.raises(Refusal) as refused:
        await write(call, count("b"), ClientRequestToken="once")
    assert refused.value.code == "IdempotentParameterMismatchException"
    assert refused.value.document["Message"]
    assert await counted(call, "b") == 0


async def test_a_cancelled_transaction_leaves_its_token_free(call: Calls) -> None:
    guarded = (count("a"), check("b"))
    with pytest.raises(Refusal, match="TransactionCanceledException"):
        await write(call, *guarded, ClientRequestToken="once")
    await write(call, put("b"))
    await write(call, *guarded, ClientRequestToken="once")
    assert await counted(call, "a") == 1


async def test_after_ten_minutes_the_token_is_a_new_one(call: Calls, clock: SteppedClock) -> None:
    await write(call, count("a"), ClientRequestToken="once")
    clock.advance(599)
    await write(call, count("a"), ClientRequestToken="once")
    assert await counted(call, "a") == 1
    clock.advance(2)
    await write(call, count("a"), ClientRequestToken="once")
    assert await counted(call, "a") == 2


async def test_of_many_requests_with_one_token_at_once_one_writes(call: Calls, engine: Engine) -> None:
    """All are queued behind a stopped writer: asked before they were queued, each would find its token new."""
    gate = WriterGate()
    blocker = asyncio.create_task(engine.write(gate.job))
    await gate.reached()
    requests = [asyncio.create_task(write(call, count("a"), ClientRequestToken="once")) for _ in range(5)]
    await asyncio.sleep(0)
    gate.open()
    await blocker
    assert await asyncio.gather(*requests) == [{}] * 5
    assert await counted(call, "a") == 1


async def test_a_token_survives_a_restart(tmp_path: Path) -> None:
    for _ in range(2):
        store = Store(SqliteEngine(tmp_path))
        call = Calls(store)
        if not (await call("ListTables"))["TableNames"]:
            await call.create_table("main")
        await write(call, count("a"), ClientRequestToken="once")
        assert await counted(call, "a") == 1
        await store.close()
