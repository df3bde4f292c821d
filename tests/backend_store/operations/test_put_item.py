"""PutItem."""

from typing import Any

import pytest

from tests.support.stores import Calls, Refusal

OLD: dict[str, Any] = {"id": {"S": "a"}, "n": {"N": "1"}}
NEW: dict[str, Any] = {"id": {"S": "a"}, "s": {"S": "x"}}


@pytest.fixture(autouse=True)
async def table(call: Calls) -> None:
    await call.create_table("main")


async def test_an_item_replaces_the_one_before_it_whole(call: Calls) -> None:
    assert await call("PutItem", TableName="main", Item=OLD) == {}
    assert await call("PutItem", TableName="main", Item=NEW) == {}
    assert await call.items("main") == [NEW]


async def test_all_old_returns_what_was_replaced(call: Calls) -> None:
    assert await call("PutItem", TableName="main", Item=OLD, ReturnValues="ALL_OLD") == {}
    assert await call("PutItem", TableName="main", Item=NEW, ReturnValues="ALL_OLD") == {"Attributes": OLD}


async def test_the_change_has_both_images(call: Calls) -> None:
    first = await call.reply("PutItem", TableName="main", Item=OLD)
    second = await call.reply("PutItem", TableName="main", Item=NEW)
    assert first.changes is not None and second.changes is not None
    (created,), (replaced,) = first.changes, second.changes
    assert (created.table, created.key, created.old) == ("main", {"id": "a"}, None)
    assert created.new == replaced.old == b'{"id":{"S":"a"},"n":{"N":"1"}}'
    assert replaced.new == b'{"id":{"S":"a"},"s":{"S":"x"}}'


async def test_putting_the_same_item_again_changes_nothing(call: Calls) -> None:
    await call("PutItem", TableName="main", Item=OLD)
    reply = await call.reply("PutItem", TableName="main", Item={"n": {"N": "1.0"}, "id": {"S": "a"}})
    assert (reply.ok, reply.changes) == (True, ())


async def test_a_condition_that_holds_lets_the_item_in(call: Calls) -> None:
    await call("PutItem", TableName="main", Item=OLD, ConditionExpression="attribute_not_exists(id)")
    values = {":n": {"N": "1"}}
    await call("PutItem", TableName="main", Item=NEW, ConditionExpression="n = :n", ExpressionAttributeValues=values)
    assert await call.items("main") == [NEW]


async def test_a_condition_that_fails_changes_nothing(call: Calls) -> None:
    await call("PutItem", TableName="main", Item=OLD)
    with pytest.raises(Refusal) as refused:
        await call("PutItem", TableName="main", Item=NEW, ConditionExpression="attribute_not_exists(id)")
    assert refused.value.document == {
        "__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",
        "message": "The conditional request failed",
    }
    assert await call.items("main") == [OLD]


async def test_the_failure_shows_the_item_where_that_is_asked_for(call: Calls) -> None:
    await call("PutItem", TableName="main", Item=OLD)
    with pytest.raises(Refusal) as refused:
        await call(
            "PutItem",
            TableName="main",
            Item=NEW,
            ConditionExpression="attribute_not_exists(id)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    assert refused.value.document["Item"] == OLD


async def test_the_failure_shows_no_item_where_there_is_none(call: Calls) -> None:
    with pytest.raises(Refusal) as refused:
        await call(
            "PutItem",
            TableName="main",
            Item=NEW,
            ConditionExpression="attribute_exists(id)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    assert "Item" not in refused.value.document


@pytest.mark.parametrize(("first_chars", "second_chars", "units"), [(10, 3000, 3.0), (3000, 10, 3.0), (10, 10, 1.0)])
async def test_capacity_is_that_of_the_larger_image(
    call: Calls, first_chars: int, second_chars: int, units: float
) -> None:
    await call("PutItem", TableName="main", Item={"id": {"S": "a"}, "v": {"S": "x" * first_chars}})
    reply = await call(
        "PutItem",
        TableName="main",
        Item={"id": {"S": "a"}, "v": {"S": "y" * second_chars}},
        ReturnConsumedCapacity="TOTAL",
    )
    assert reply == {"ConsumedCapacity": {"TableName": "main", "CapacityUnits": units}}


async def test_an_item_of_400_kb_fits_and_one_byte_more_does_not(call: Calls) -> None:
    fitting = 400 * 1024 - len("id") - len("a") - len("v")
    await call("PutItem", TableName="main", Item={"id": {"S": "a"}, "v": {"S": "x" * fitting}})
    with pytest.raises(Refusal, match="Item size has exceeded the maximum allowed size"):
        await call("PutItem", TableName="main", Item={"id": {"S": "a"}, "v": {"S": "x" * (fitting + 1)}})


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ({"n": {"N": "1"}}, "One or more parameter values were invalid: Missing the key id in the item"),
        (
            {"id": {"N": "1"}},
            "One or more parameter values were invalid: Type mismatch for key id expected: S actual: N",
        ),
    ],
)
async def test_an_item_without_its_key_is_refused(call: Calls, item: object, message: str) -> None:
    with pytest.raises(Refusal) as refused:
        await call("PutItem", TableName="main", Item=item)
    assert refused.value.message == message


async def test_a_missing_table_is_not_found(call: Calls) -> None:
    with pytest.raises(Refusal, match=r"ResourceNotFoundException: Requested resource not found$"):
        await call("PutItem", TableName="other", Item=OLD)


async def test_a_condition_that_cannot_be_read_is_refused_before_the_table_is_missed(call: Calls) -> None:
    with pytest.raises(Refusal, match="ValidationException: Invalid ConditionExpression"):
        await call("PutItem", TableName="other", Item=OLD, ConditionExpression="(((")


async def test_a_condition_that_looks_into_a_key_is_refused(call: Calls) -> None:
    with pytest.raises(Refusal, match="Key attributes must be scalars"):
        await call("PutItem", TableName="main", Item=OLD, ConditionExpression="attribute_exists(id.x)")
