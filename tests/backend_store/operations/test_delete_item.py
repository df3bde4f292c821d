"""DeleteItem."""

from typing import Any

import pytest

from tests.support.stores import Calls, Refusal

KEY = {"id": {"S": "a"}}
ITEM: dict[str, Any] = {"id": {"S": "a"}, "n": {"N": "1"}}


@pytest.fixture(autouse=True)
async def table(call: Calls) -> None:
    await call.create_table("main")
    await call("PutItem", TableName="main", Item=ITEM)


async def test_the_item_is_gone(call: Calls) -> None:
    assert await call("DeleteItem", TableName="main", Key=KEY) == {}
    assert await call.items("main") == []


async def test_deleting_what_is_not_there_succeeds_and_changes_nothing(call: Calls) -> None:
    reply = await call.reply("DeleteItem", TableName="main", Key={"id": {"S": "b"}})
    assert (reply.status, reply.body, reply.changes) == (200, b"{}", ())


async def test_all_old_returns_what_was_deleted(call: Calls) -> None:
    assert await call("DeleteItem", TableName="main", Key=KEY, ReturnValues="ALL_OLD") == {"Attributes": ITEM}
    assert await call("DeleteItem", TableName="main", Key=KEY, ReturnValues="ALL_OLD") == {}


async def test_the_change_has_the_old_image_and_no_new_one(call: Calls) -> None:
    reply = await call.reply("DeleteItem", TableName="main", Key=KEY)
    assert reply.changes is not None
    (change,) = reply.changes
    assert (change.table, change.key, change.new) == ("main", {"id": "a"}, None)
    assert change.old == b'{"id":{"S":"a"},"n":{"N":"1"}}'


async def test_a_condition_that_fails_deletes_nothing(call: Calls) -> None:
    with pytest.raises(Refusal) as refused:
        await call(
            "DeleteItem",
            TableName="main",
            Key=KEY,
            ConditionExpression="attribute_not_exists(n)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    assert refused.value.code == "ConditionalCheckFailedException"
    assert refused.value.document["Item"] == ITEM
    assert await call.items("main") == [ITEM]


async def test_a_condition_on_what_is_not_there_fails(call: Calls) -> None:
    with pytest.raises(Refusal, match="ConditionalCheckFailedException"):
        await call("DeleteItem", TableName="main", Key={"id": {"S": "b"}}, ConditionExpression="attribute_exists(id)")


async def test_capacity_is_that_of_what_was_deleted(call: Calls) -> None:
    await call("PutItem", TableName="main", Item={"id": {"S": "a"}, "v": {"S": "x" * 2000}})
    for units in (2.0, 1.0):
        reply = await call("DeleteItem", TableName="main", Key=KEY, ReturnConsumedCapacity="TOTAL")
        assert reply == {"ConsumedCapacity": {"TableName": "main", "CapacityUnits": units}}


async def test_a_key_of_another_schema_is_refused(call: Calls) -> None:
    with pytest.raises(Refusal, match="ValidationException: The provided key element does not match the schema"):
        await call("DeleteItem", TableName="main", Key={"id": {"N": "1"}})


async def test_a_missing_table_is_not_found(call: Calls) -> None:
    with pytest.raises(Refusal, match=r"ResourceNotFoundException: Requested resource not found$"):
        await call("DeleteItem", TableName="other", Key=KEY)
