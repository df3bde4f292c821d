from typing import Any

import pytest

from backend_store.kv.engine import Engine
from backend_store.store import Store
from tests.support.clock import SteppedClock
from tests.support.stores import Calls, Refusal

Json = dict[str, Any]

READ_BY_KEY = "Select statements within BatchExecuteStatement must specify the primary key in the where clause."


@pytest.fixture
async def table(call: Calls) -> str:
    await call.create_table("songs", "p:S", "r:N")
    await batch(
        call, "INSERT INTO songs VALUE {'p': 'a', 'r': 1, 'x': 1}", "INSERT INTO songs VALUE {'p': 'a', 'r': 2}"
    )
    return "songs"


async def batch(call: Calls, *statements: str | Json, **members: Any) -> Json:
    asked = [{"Statement": one} if isinstance(one, str) else one for one in statements]
    reply: Json = await call("BatchExecuteStatement", Statements=asked, **members)
    return reply


def failed(code: str, message: str, table: str | None = "songs", **more: Any) -> Json:
    failure: Json = {"Error": {"Code": code, "Message": message, **more}}
    return failure if table is None else {**failure, "TableName": table}


async def test_reads_are_answered_in_their_order_each_on_its_own(call: Calls, table: str) -> None:
    reply = await batch(
        call,
        "SELECT x FROM songs WHERE p = 'a' AND r = 1",
        "SELECT * FROM songs WHERE p = 'a'",
        "SLECT",
        {"Statement": "SELECT * FROM songs WHERE p = ? AND r = ?", "Parameters": [{"S": "a"}]},
        "SELECT * FROM nothing WHERE p = 'a'",
        "SELECT * FROM songs WHERE p = 'a' AND r = 9",
        "SELECT * FROM songs WHERE p = 'a' AND r = 1 AND x = 2",
        "SELECT * FROM songs.i WHERE p = 'a' AND r = 1",
        {"Statement": "SELECT r FROM songs WHERE p = ? AND r = ?", "Parameters": [{"S": "a"}, {"N": "2"}]},
    )
    assert reply["Responses"] == [
        {"TableName": "songs", "Item": {"x": {"N": "1"}}},
        failed("ValidationError", READ_BY_KEY),
        failed("ValidationError", "Statement wasn't well formed, can't be processed: Expected data manipulation", None),
        failed("ValidationError", "Number of parameters in request and statement don't match.", None),
        failed("ResourceNotFound", "Requested resource not found", "nothing"),
        {"TableName": "songs"},
        {"TableName": "songs"},
        failed("ValidationError", "Reads on indices are not supported within batches."),
        {"TableName": "songs", "Item": {"r": {"N": "2"}}},
    ]


async def test_writes_are_done_in_their_order_each_on_its_own(call: Calls, table: str) -> None:
    reply = await batch(
        call,
        "INSERT INTO songs VALUE {'p': 'b', 'r': 1}",
        "INSERT INTO songs VALUE {'p': 'b', 'r': 1, 'x': 2}",
        "UPDATE songs SET x = 5 WHERE p = 'b' AND r = 1 RETURNING ALL NEW *",
        "UPDATE songs SET x = 5 WHERE p = 'b' AND r = 9",
        "UPDATE songs SET x = 5 WHERE p = 'b'",
        "UPDATE songs SET x = p + 1 WHERE p = 'b' AND r = 1",
        "DELETE FROM songs WHERE p = 'a' AND r = 1 RETURNING ALL OLD *",
        "DELETE FROM songs WHERE p = 'a' AND r = 1",
        "EXISTS(SELECT * FROM songs WHERE p = 'b' AND r = 1 AND x = 5)",
    )
    assert reply["Responses"] == [
        {"TableName": "songs"},
        failed("DuplicateItem", "Duplicate primary key exists in table"),
        {"TableName": "songs", "Item": {"p": {"S": "b"}, "r": {"N": "1"}, "x": {"N": "5"}}},
        failed("ConditionalCheckFailed", "The conditional request failed"),
        failed("ValidationError", "Where clause does not contain a mandatory equality on all key attributes"),
        failed("ValidationError", "An operand in the update expression has an incorrect data type"),
        {"TableName": "songs", "Item": {"p": {"S": "a"}, "r": {"N": "1"}, "x": {"N": "1"}}},
        {"TableName": "songs"},
        failed("ValidationError", "Unsupported operation: EXISTS can be used in transactions only"),
    ]
    assert {(item["p"]["S"], item["r"]["N"]) for item in await call.items("songs")} == {("a", "2"), ("b", "1")}


async def test_a_failed_condition_shows_the_item_where_its_statement_asks(call: Calls, table: str) -> None:
    update = "UPDATE songs SET x = 5 WHERE p = 'a' AND r = 1 AND x = 9"
    reply = await batch(call, update, {"Statement": update, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"})
    item = {"p": {"S": "a"}, "r": {"N": "1"}, "x": {"N": "1"}}
    assert reply["Responses"] == [
        failed("ConditionalCheckFailed", "The conditional request failed"),
        failed("ConditionalCheckFailed", "The conditional request failed", Item=item),
    ]


async def test_reads_and_writes_do_not_mix(call: Calls, table: str) -> None:
    with pytest.raises(Refusal) as refusal:
        await batch(call, "SELECT * FROM songs WHERE p = 'a' AND r = 1", "DELETE FROM songs WHERE p = 'a' AND r = 1")
    assert refusal.value.message == (
        "BatchExecuteStatement API does not support both read and write operations in the same request."
    )
    assert len(await call.items("songs")) == 2


async def test_a_batch_in_which_nothing_is_a_statement_is_answered_all_the_same(call: Calls, table: str) -> None:
    reply = await batch(call, "x", "y")
    assert [response["Error"]["Code"] for response in reply["Responses"]] == ["ValidationError"] * 2


async def test_the_changes_of_all_statements_are_told(call: Calls, table: str) -> None:
    statements = ["DELETE FROM songs WHERE p = 'a' AND r = 1", "DELETE FROM songs WHERE p = 'a' AND r = 2", "nonsense"]
    asked = [{"Statement": statement} for statement in statements]
    reply = await call.accepted("BatchExecuteStatement", Statements=asked)
    assert [change.new for change in reply.changes or ()] == [None, None]


async def test_each_statement_that_was_carried_out_is_paid_for(call: Calls, table: str) -> None:
    read = "SELECT * FROM songs WHERE p = 'a' AND r = 1"
    reads = await batch(call, read, {"Statement": read, "ConsistentRead": True}, "x", ReturnConsumedCapacity="TOTAL")
    assert reads["ConsumedCapacity"] == [{"TableName": "songs", "CapacityUnits": 1.5}]
    insert = "INSERT INTO songs VALUE {'p': 'c', 'r': 1}"
    writes = await batch(call, insert, insert, ReturnConsumedCapacity="TOTAL")
    assert writes["ConsumedCapacity"] == [{"TableName": "songs", "CapacityUnits": 1.0}]


async def test_a_batch_has_1_to_25_statements(call: Calls, table: str) -> None:
    for count in (0, 26):
        with pytest.raises(Refusal) as refusal:
            await batch(call, *["SELECT * FROM songs"] * count)
        assert refusal.value.code == "ValidationException"


async def test_what_is_throttled_is_told_in_its_place(engine: Engine, clock: SteppedClock) -> None:
    store = Store(engine, clock=clock, enforce_throughput=True)
    call = Calls(store)
    await call(
        "CreateTable",
        TableName="narrow",
        AttributeDefinitions=[{"AttributeName": "p", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}],
        ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
    )
    insert = {
        "Statement": "INSERT INTO narrow VALUE {'p': ?, 'x': ?}",
        "Parameters": [{"S": "a"}, {"S": "x" * 390_000}],
    }
    select = {"Statement": "SELECT * FROM narrow WHERE p = 'a'", "ConsistentRead": True}
    written = await batch(call, insert, "DELETE FROM narrow WHERE p = 'b'")
    read = [(await batch(call, select))["Responses"][0] for _ in range(2)]
    assert "Error" not in written["Responses"][0]
    assert written["Responses"][1]["Error"]["Code"] == "ProvisionedThroughputExceeded"
    assert ["Error" in response for response in read] == [False, True]
    assert read[-1]["Error"]["Code"] == "ProvisionedThroughputExceeded"
    await store.close()
