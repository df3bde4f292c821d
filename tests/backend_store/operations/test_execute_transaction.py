from typing import Any

import pytest

from tests.support.clock import SteppedClock
from tests.support.stores import Calls, Refusal

Json = dict[str, Any]

ITEM_1: Json = {"p": {"S": "a"}, "r": {"N": "1"}, "x": {"N": "1"}}
INCREMENT = "UPDATE songs SET x = x + 1 WHERE p = 'a' AND r = 1"
HOLDS = "EXISTS(SELECT * FROM songs WHERE p = 'a' AND r = 2 AND x IS MISSING)"


@pytest.fixture
async def table(call: Calls) -> str:
    await call.create_table("songs", "p:S", "r:N")
    await transact(
        call, "INSERT INTO songs VALUE {'p': 'a', 'r': 1, 'x': 1}", "INSERT INTO songs VALUE {'p': 'a', 'r': 2}"
    )
    return "songs"


async def transact(call: Calls, *statements: str | Json, **members: Any) -> Json:
    asked = [{"Statement": one} if isinstance(one, str) else one for one in statements]
    reply: Json = await call("ExecuteTransaction", TransactStatements=asked, **members)
    return reply


async def refused(call: Calls, *statements: str | Json, **members: Any) -> Refusal:
    with pytest.raises(Refusal) as error:
        await transact(call, *statements, **members)
    return error.value


async def x_of_1(call: Calls) -> str:
    (response,) = (await transact(call, "SELECT x FROM songs WHERE p = 'a' AND r = 1"))["Responses"]
    text: str = response["Item"]["x"]["N"]
    return text


async def test_writes_happen_together(call: Calls, table: str) -> None:
    reply = await transact(
        call, INCREMENT, "DELETE FROM songs WHERE p = 'a' AND r = 2", "INSERT INTO songs VALUE {'p': 'b', 'r': 0}"
    )
    assert reply == {"Responses": [{}, {}, {}]}
    assert {(item["p"]["S"], item["r"]["N"]) for item in await call.items("songs")} == {("a", "1"), ("b", "0")}
    assert await x_of_1(call) == "2"


async def test_or_not_at_all_and_each_statement_has_its_reason(call: Calls, table: str) -> None:
    refusal = await refused(
        call,
        "INSERT INTO songs VALUE {'p': 'b', 'r': 0}",
        "INSERT INTO songs VALUE {'p': 'a', 'r': 2}",
        "UPDATE songs SET x = 1 WHERE p = 'z' AND r = 0",
        {
            "Statement": "UPDATE songs SET x = 5 WHERE p = 'a' AND r = 1 AND x = 9",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        },
        "UPDATE songs SET x = p + 1 WHERE p = 'z' AND r = 1",
    )
    assert refusal.code == "TransactionCanceledException"
    assert refusal.document["CancellationReasons"] == [
        {"Code": "None"},
        {"Code": "DuplicateItem", "Message": "Duplicate primary key exists in table"},
        {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"},
        {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed", "Item": ITEM_1},
        {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"},
    ]
    assert len(await call.items("songs")) == 2


async def test_what_must_exist_is_a_condition_of_the_writes(call: Calls, table: str) -> None:
    await transact(call, INCREMENT, HOLDS)
    assert await x_of_1(call) == "2"
    for absent in ("r = 2 AND x = 1", "r = 9 AND x IS MISSING"):
        refusal = await refused(call, INCREMENT, f"EXISTS(SELECT * FROM songs WHERE p = 'a' AND {absent})")
        assert [reason["Code"] for reason in refusal.document["CancellationReasons"]] == [
            "None",
            "ConditionalCheckFailed",
        ]
    assert await x_of_1(call) == "2"


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("songs WHERE p = 'a' AND r = 1", "EXISTS() must contain a single item read with additional condition"),
        ("songs WHERE p = 'a' AND x = 1", "EXISTS() must contain a single item read with additional condition"),
        ("songs.i WHERE p = 'a' AND x = 1", "Operations on indices are not supported in transactions"),
    ],
)
async def test_exists_is_about_one_item_and_a_condition(call: Calls, table: str, where: str, message: str) -> None:
    assert (await refused(call, f"EXISTS(SELECT * FROM {where})")).message == message


async def test_reads_are_answered_in_their_order(call: Calls, table: str) -> None:
    reply = await transact(
        call,
        "SELECT * FROM songs WHERE p = 'a' AND r = 1",
        "SELECT * FROM songs WHERE p = 'a' AND r = 9",
        "SELECT r FROM songs WHERE p = 'a' AND r = 2 AND x IS MISSING",
    )
    assert reply["Responses"] == [{"Item": ITEM_1}, {}, {"Item": {"r": {"N": "2"}}}]


@pytest.mark.parametrize(
    ("statements", "message"),
    [
        (
            ["SELECT * FROM songs WHERE p = 'a' AND r = 1", INCREMENT],
            "ExecuteTransaction API does not support both read and write operations in the same request.",
        ),
        (
            ["SELECT * FROM songs WHERE p = 'a'"],
            "Select statements within ExecuteTransaction must specify the primary key in the where clause.",
        ),
        (["SELECT * FROM songs.i WHERE p = 'a'"], "Reads on indices are not supported within transactions."),
        ([INCREMENT, INCREMENT], "Transaction request cannot include multiple operations on one item"),
        ([f"{INCREMENT} RETURNING ALL OLD *"], "Unsupported operation: RETURNING in a transaction"),
        (["SLECT"], "Statement wasn't well formed, can't be processed: Expected data manipulation"),
    ],
)
async def test_transactions_that_are_refused_whole(
    call: Calls, table: str, statements: list[str], message: str
) -> None:
    refusal = await refused(call, *statements)
    assert (refusal.code, refusal.message) == ("ValidationException", message)
    assert await x_of_1(call) == "1"


async def test_a_token_makes_a_transaction_happen_once(call: Calls, table: str, clock: SteppedClock) -> None:
    for _ in range(2):
        await transact(call, INCREMENT, ClientRequestToken="once")
    assert await x_of_1(call) == "2"
    other = await refused(call, INCREMENT, HOLDS, ClientRequestToken="once")
    assert other.code == "IdempotentParameterMismatchException"
    clock.advance(601)
    await transact(call, INCREMENT, ClientRequestToken="once")
    assert await x_of_1(call) == "3"


async def test_a_repetition_does_not_say_what_was_changed(call: Calls, table: str) -> None:
    members: Json = {"TransactStatements": [{"Statement": INCREMENT}], "ClientRequestToken": "once"}
    first = await call.accepted("ExecuteTransaction", **members)
    assert [change.key for change in first.changes or ()] == [{"p": "a", "r": 1}]
    assert (await call.accepted("ExecuteTransaction", **members)).changes is None


async def test_a_transaction_brings_at_most_4_mb(call: Calls, table: str) -> None:
    insert = "INSERT INTO songs VALUE {'p': 'big', 'r': ?, 'x': ?}"
    parts = [{"Statement": insert, "Parameters": [{"N": str(r)}, {"S": "x" * 390_000}]} for r in range(11)]
    assert (await refused(call, *parts)).message == "Transaction payload size cannot exceed 4 MB"


async def test_units_are_doubled(call: Calls, table: str) -> None:
    written = await transact(call, INCREMENT, ReturnConsumedCapacity="TOTAL")
    assert written["ConsumedCapacity"] == [{"TableName": "songs", "CapacityUnits": 2.0, "WriteCapacityUnits": 2.0}]
    read = await transact(call, "SELECT * FROM songs WHERE p = 'a' AND r = 1", ReturnConsumedCapacity="TOTAL")
    assert read["ConsumedCapacity"] == [{"TableName": "songs", "CapacityUnits": 2.0, "ReadCapacityUnits": 2.0}]
