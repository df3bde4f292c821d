"""UpdateItem."""

from typing import Any

import pytest

from tests.support.stores import Calls, Refusal

KEY = {"id": {"S": "a"}}
ITEM: dict[str, Any] = {
    "id": {"S": "a"},
    "n": {"N": "1"},
    "m": {"M": {"x": {"N": "1"}, "y": {"N": "2"}}},
    "l": {"L": [{"S": "p"}, {"S": "q"}]},
    "ss": {"SS": ["a", "b"]},
}


@pytest.fixture(autouse=True)
async def table(call: Calls) -> None:
    await call.create_table("main")


@pytest.fixture
async def stored(call: Calls) -> None:
    await call("PutItem", TableName="main", Item=ITEM)


async def update(call: Calls, expression: str, returns: str = "NONE", **more: Any) -> Any:
    return await call(
        "UpdateItem", TableName="main", Key=KEY, UpdateExpression=expression, ReturnValues=returns, **more
    )


async def test_an_update_of_no_item_creates_it_with_its_key(call: Calls) -> None:
    await update(call, "SET s = :s", ExpressionAttributeValues={":s": {"S": "x"}})
    assert await call.items("main") == [{"id": {"S": "a"}, "s": {"S": "x"}}]


async def test_an_update_without_expression_creates_the_bare_item(call: Calls) -> None:
    await call("UpdateItem", TableName="main", Key=KEY)
    assert await call.items("main") == [KEY]


@pytest.mark.usefixtures("stored")
async def test_an_update_without_expression_leaves_an_item_as_it_is(call: Calls) -> None:
    reply = await call.reply("UpdateItem", TableName="main", Key=KEY)
    assert (reply.ok, reply.changes) == (True, ())
    assert await call.items("main") == [ITEM]


@pytest.mark.parametrize("expression", ["REMOVE n", "DELETE ss :s"])
async def test_an_update_that_only_takes_away_creates_no_item(call: Calls, expression: str) -> None:
    values: dict[str, Any] = {"ExpressionAttributeValues": {":s": {"SS": ["a"]}}} if ":s" in expression else {}
    assert await update(call, expression, "ALL_NEW", **values) == {}
    assert await call.items("main") == []


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize(
    ("returns", "expected"),
    [
        ("NONE", None),
        ("ALL_OLD", ITEM),
        ("ALL_NEW", {**ITEM, "n": {"N": "5"}, "s": {"S": "x"}}),
        ("UPDATED_OLD", {"n": {"N": "1"}}),
        ("UPDATED_NEW", {"n": {"N": "5"}, "s": {"S": "x"}}),
    ],
)
async def test_return_values_show_the_item_before_or_after(call: Calls, returns: str, expected: object) -> None:
    values = {":n": {"N": "4"}, ":s": {"S": "x"}}
    reply = await update(call, "ADD n :n SET s = :s", returns, ExpressionAttributeValues=values)
    assert reply.get("Attributes") == expected


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize(
    ("returns", "expected"),
    [
        ("UPDATED_OLD", {"m": {"M": {"x": {"N": "1"}}}, "l": {"L": [{"S": "q"}]}}),
        ("UPDATED_NEW", {"m": {"M": {"x": {"N": "7"}, "z": {"N": "7"}}}, "l": {"L": [{"N": "7"}]}}),
    ],
)
async def test_updated_values_are_only_the_parts_that_the_paths_name(
    call: Calls, returns: str, expected: object
) -> None:
    values = {":v": {"N": "7"}}
    reply = await update(call, "SET m.x = :v, m.z = :v, l[1] = :v", returns, ExpressionAttributeValues=values)
    assert reply == {"Attributes": expected}


@pytest.mark.usefixtures("stored")
async def test_removed_attributes_are_old_values_and_no_new_ones(call: Calls) -> None:
    assert await update(call, "REMOVE n", "UPDATED_OLD") == {"Attributes": {"n": {"N": "1"}}}
    assert await update(call, "REMOVE ss", "UPDATED_NEW") == {}


@pytest.mark.parametrize("returns", ["ALL_OLD", "UPDATED_OLD"])
async def test_a_created_item_has_no_old_values(call: Calls, returns: str) -> None:
    assert await update(call, "SET s = :s", returns, ExpressionAttributeValues={":s": {"S": "x"}}) == {}


async def test_a_created_item_is_returned_with_its_key(call: Calls) -> None:
    reply = await update(call, "SET s = :s", "ALL_NEW", ExpressionAttributeValues={":s": {"S": "x"}})
    assert reply == {"Attributes": {"id": {"S": "a"}, "s": {"S": "x"}}}


@pytest.mark.usefixtures("stored")
async def test_a_condition_sees_the_item_before_the_update(call: Calls) -> None:
    values = {":one": {"N": "1"}, ":two": {"N": "2"}}
    await update(call, "SET n = :two", ConditionExpression="n = :one", ExpressionAttributeValues=values)
    with pytest.raises(Refusal, match="ConditionalCheckFailedException: The conditional request failed"):
        await update(call, "SET n = :two", ConditionExpression="n = :one", ExpressionAttributeValues=values)
    assert await call.items("main") == [{**ITEM, "n": {"N": "2"}}]


async def test_a_condition_on_no_item_does_not_see_the_key(call: Calls) -> None:
    with pytest.raises(Refusal, match="ConditionalCheckFailedException"):
        await update(
            call,
            "SET s = :s",
            ConditionExpression="attribute_exists(id)",
            ExpressionAttributeValues={":s": {"S": "x"}},
        )
    assert await call.items("main") == []


@pytest.mark.usefixtures("stored")
async def test_the_failure_shows_the_item_where_that_is_asked_for(call: Calls) -> None:
    with pytest.raises(Refusal) as refused:
        await update(
            call,
            "REMOVE n",
            ConditionExpression="attribute_not_exists(n)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    assert refused.value.document["Item"] == ITEM


@pytest.mark.parametrize("expression", ["SET id = :v", "REMOVE id", "ADD id :v"])
async def test_the_key_cannot_be_updated(call: Calls, expression: str) -> None:
    values: dict[str, Any] = {"ExpressionAttributeValues": {":v": {"N": "1"}}} if ":v" in expression else {}
    with pytest.raises(Refusal, match=r"Cannot update attribute id\. This attribute is part of the key$"):
        await update(call, expression, **values)


async def test_an_item_may_not_grow_past_400_kb(call: Calls) -> None:
    half = {":v": {"S": "x" * 250_000}}
    await update(call, "SET v1 = :v", ExpressionAttributeValues=half)
    with pytest.raises(Refusal, match=r"Item size to update has exceeded the maximum allowed size$"):
        await update(call, "SET v2 = :v", ExpressionAttributeValues=half)
    assert len((await call.items("main"))[0]) == 2


@pytest.mark.usefixtures("stored")
async def test_a_path_that_leads_nowhere_is_refused_and_changes_nothing(call: Calls) -> None:
    with pytest.raises(Refusal, match="document path provided in the update expression is invalid for update"):
        await update(call, "SET n = :v, nowhere.x = :v", ExpressionAttributeValues={":v": {"N": "1"}})
    assert await call.items("main") == [ITEM]


@pytest.mark.parametrize(("expression", "units"), [("SET v = :v", 3.0), ("REMOVE v", 3.0)])
async def test_capacity_is_that_of_the_larger_image(call: Calls, expression: str, units: float) -> None:
    values = {":v": {"S": "x" * 3000}}
    if expression.startswith("REMOVE"):
        await update(call, "SET v = :v", ExpressionAttributeValues=values)
    more: dict[str, Any] = {"ExpressionAttributeValues": values} if ":v" in expression else {}
    reply = await update(call, expression, ReturnConsumedCapacity="TOTAL", **more)
    assert reply == {"ConsumedCapacity": {"TableName": "main", "CapacityUnits": units}}


async def test_the_change_has_both_images(call: Calls) -> None:
    values = {":one": {"N": "1"}}
    for old, new in ((None, b'{"id":{"S":"a"},"n":{"N":"1"}}'), (b'{"id":{"S":"a"},"n":{"N":"1"}}', None)):
        reply = await call.reply(
            "UpdateItem", TableName="main", Key=KEY, UpdateExpression="ADD n :one", ExpressionAttributeValues=values
        )
        assert reply.changes is not None
        (change,) = reply.changes
        assert change.old == old
        assert change.new == (new or b'{"id":{"S":"a"},"n":{"N":"2"}}')


async def test_an_expression_that_cannot_be_read_is_refused_before_the_table_is_missed(call: Calls) -> None:
    with pytest.raises(Refusal, match="ValidationException: Invalid UpdateExpression"):
        await call("UpdateItem", TableName="other", Key=KEY, UpdateExpression="SET SET")
    with pytest.raises(Refusal, match=r"ResourceNotFoundException: Requested resource not found$"):
        await call("UpdateItem", TableName="other", Key=KEY, UpdateExpression="REMOVE a")
