"""BatchGetItem and BatchWriteItem."""

from typing import Any

import pytest

from tests.support.stores import Calls, Refusal


def key(number: int) -> dict[str, Any]:
    return {"id": {"S": f"k{number}"}}


def put(item: dict[str, Any]) -> dict[str, Any]:
    return {"PutRequest": {"Item": item}}


def delete(number: int) -> dict[str, Any]:
    return {"DeleteRequest": {"Key": key(number)}}


@pytest.fixture(autouse=True)
async def tables(call: Calls) -> None:
    for name in ("main", "side"):
        await call.create_table(name)


async def write(call: Calls, tables: dict[str, Any], **more: Any) -> Any:
    return await call("BatchWriteItem", RequestItems=tables, **more)


async def test_writes_of_several_tables_are_done(call: Calls) -> None:
    assert await write(call, {"main": [put(key(1)), put(key(2))], "side": [put(key(3))]}) == {"UnprocessedItems": {}}
    await write(call, {"main": [delete(1), put({**key(4), "n": {"N": "4"}})]})
    assert sorted(item["id"]["S"] for item in await call.items("main")) == ["k2", "k4"]
    assert await call.items("side") == [key(3)]


async def test_all_changes_are_told(call: Calls) -> None:
    await write(call, {"main": [put(key(1)), put(key(2))]})
    reply = await call.reply(
        "BatchWriteItem",
        RequestItems={"main": [delete(1), put(key(2)), put({**key(3)})], "side": [delete(9)]},
    )
    assert reply.changes is not None
    assert [(change.table, change.key, change.old is None, change.new is None) for change in reply.changes] == [
        ("main", {"id": "k1"}, False, True),
        ("main", {"id": "k3"}, True, False),
    ]


@pytest.mark.parametrize("requests", [[put(key(1)), put(key(1))], [put(key(1)), delete(1)], [delete(1), delete(1)]])
async def test_one_key_twice_is_refused_and_nothing_is_written(call: Calls, requests: list[Any]) -> None:
    with pytest.raises(Refusal, match=r"ValidationException: Provided list of item keys contains duplicates$"):
        await write(call, {"main": [put(key(2)), *requests]})
    assert await call.items("main") == []


async def test_one_key_in_two_tables_is_not(call: Calls) -> None:
    await write(call, {"main": [put(key(1))], "side": [put(key(1))]})
    assert await call.items("main") == await call.items("side") == [key(1)]


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"main": [put({"n": {"N": "1"}})]}, "The provided key element does not match the schema"),
        (
            {"main": [{"DeleteRequest": {"Key": {"x": {"S": "1"}}}}]},
            "The provided key element does not match the schema",
        ),
        ({"main": [put({**key(9), "v": {"S": "x" * 410_000}})]}, "Item size has exceeded the maximum allowed size"),
        ({"other": [put(key(1))]}, "Requested resource not found"),
    ],
)
async def test_one_bad_write_refuses_the_whole(call: Calls, bad: dict[str, Any], message: str) -> None:
    with pytest.raises(Refusal, match=message):
        await write(call, {"side": [put(key(1))], **bad})
    assert await call.items("side") == []


async def test_written_capacity_is_told_by_table(call: Calls) -> None:
    requests = {"main": [put({**key(1), "v": {"S": "x" * 2000}}), delete(2)], "side": [put(key(1))]}
    assert await write(call, requests, ReturnConsumedCapacity="TOTAL") == {
        "UnprocessedItems": {},
        "ConsumedCapacity": [
            {"TableName": "main", "CapacityUnits": 3.0},
            {"TableName": "side", "CapacityUnits": 1.0},
        ],
    }


async def test_reads_of_several_tables_are_answered_by_table(call: Calls) -> None:
    await write(call, {"main": [put({**key(1), "n": {"N": "1"}}), put(key(2))], "side": [put(key(1))]})
    reply = await call(
        "BatchGetItem",
        RequestItems={
            "main": {"Keys": [key(2), key(1), key(7)], "ProjectionExpression": "n"},
            "side": {"Keys": [key(1)], "ConsistentRead": True},
        },
        ReturnConsumedCapacity="INDEXES",
    )
    assert reply == {
        "Responses": {"main": [{}, {"n": {"N": "1"}}], "side": [key(1)]},
        "UnprocessedKeys": {},
        "ConsumedCapacity": [
            {"TableName": "main", "CapacityUnits": 1.5, "Table": {"CapacityUnits": 1.5}},
            {"TableName": "side", "CapacityUnits": 1.0, "Table": {"CapacityUnits": 1.0}},
        ],
    }


async def test_one_key_asked_for_twice_is_refused(call: Calls) -> None:
    with pytest.raises(Refusal, match=r"ValidationException: Provided list of item keys contains duplicates$"):
        await call("BatchGetItem", RequestItems={"main": {"Keys": [key(1), key(2), key(1)]}})


async def test_keys_past_16_mb_are_handed_back_as_they_were_asked_for(call: Calls) -> None:
    for number in range(45):
        await call("PutItem", TableName="main", Item={**key(number), "v": {"S": "x" * 390_000}})
    asked: dict[str, Any] = {
        "main": {
            "Keys": [key(number) for number in range(45)],
            "ConsistentRead": True,
            "ProjectionExpression": "#i",
            "ExpressionAttributeNames": {"#i": "id"},
        },
        "side": {"Keys": [key(1)]},
    }
    reply = await call("BatchGetItem", RequestItems=asked)
    assert reply["Responses"] == {"main": [key(number) for number in range(43)], "side": []}
    assert reply["UnprocessedKeys"] == {"main": {**asked["main"], "Keys": [key(43), key(44)]}}
    rest = await call("BatchGetItem", RequestItems=reply["UnprocessedKeys"])
    assert rest == {"Responses": {"main": [key(43), key(44)]}, "UnprocessedKeys": {}}


async def test_what_is_handed_back_keeps_its_attributes_to_get(call: Calls) -> None:
    for number in range(44):
        await call("PutItem", TableName="main", Item={**key(number), "v": {"S": "x" * 390_000}})
    asked = {"Keys": [key(number) for number in range(44)], "AttributesToGet": ["id"]}
    reply = await call("BatchGetItem", RequestItems={"main": asked})
    assert reply["Responses"] == {"main": [key(number) for number in range(43)]}
    assert reply["UnprocessedKeys"] == {"main": {"Keys": [key(43)], "AttributesToGet": ["id"]}}


async def test_a_missing_table_refuses_the_whole_read(call: Calls) -> None:
    with pytest.raises(Refusal, match=r"ResourceNotFoundException: Requested resource not found$"):
        await call("BatchGetItem", RequestItems={"main": {"Keys": [key(1)]}, "other": {"Keys": [key(1)]}})
