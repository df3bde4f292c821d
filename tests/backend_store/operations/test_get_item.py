"""GetItem."""

import pytest

from tests.support.stores import Calls, Refusal

KEY = {"id": {"S": "a"}}
ITEM = {"id": {"S": "a"}, "n": {"N": "1"}, "m": {"M": {"x": {"L": [{"S": "p"}, {"S": "q"}]}}}}


@pytest.fixture(autouse=True)
async def table(call: Calls) -> None:
    await call.create_table("main")
    await call("PutItem", TableName="main", Item=ITEM)


async def test_the_item_is_returned_whole(call: Calls) -> None:
    assert await call("GetItem", TableName="main", Key=KEY) == {"Item": ITEM}


async def test_no_item_is_a_reply_without_one(call: Calls) -> None:
    assert await call("GetItem", TableName="main", Key={"id": {"S": "b"}}) == {}


async def test_a_projection_keeps_what_it_names_in_its_place(call: Calls) -> None:
    reply = await call(
        "GetItem",
        TableName="main",
        Key=KEY,
        ProjectionExpression="#n, m.x[1], nothing",
        ExpressionAttributeNames={"#n": "n"},
    )
    assert reply == {"Item": {"n": {"N": "1"}, "m": {"M": {"x": {"L": [{"S": "q"}]}}}}}


async def test_a_projection_of_nothing_that_is_there_is_an_empty_item(call: Calls) -> None:
    assert await call("GetItem", TableName="main", Key=KEY, ProjectionExpression="nothing") == {"Item": {}}


@pytest.mark.parametrize(("consistent", "units"), [(False, 0.5), (True, 1.0)])
async def test_capacity_is_that_of_the_whole_item(call: Calls, consistent: bool, units: float) -> None:
    reply = await call(
        "GetItem",
        TableName="main",
        Key=KEY,
        ProjectionExpression="id",
        ConsistentRead=consistent,
        ReturnConsumedCapacity="TOTAL",
    )
    assert reply == {"Item": KEY, "ConsumedCapacity": {"TableName": "main", "CapacityUnits": units}}


async def test_a_large_item_costs_by_4_kb(call: Calls) -> None:
    await call("PutItem", TableName="main", Item={"id": {"S": "big"}, "v": {"S": "x" * 9000}})
    reply = await call("GetItem", TableName="main", Key={"id": {"S": "big"}}, ReturnConsumedCapacity="INDEXES")
    assert reply["ConsumedCapacity"] == {"TableName": "main", "CapacityUnits": 1.5, "Table": {"CapacityUnits": 1.5}}


async def test_no_item_costs_as_much_as_the_smallest(call: Calls) -> None:
    reply = await call("GetItem", TableName="main", Key={"id": {"S": "b"}}, ReturnConsumedCapacity="TOTAL")
    assert reply == {"ConsumedCapacity": {"TableName": "main", "CapacityUnits": 0.5}}


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ({"id": {"N": "1"}}, "The provided key element does not match the schema"),
        ({"other": {"S": "a"}}, "The provided key element does not match the schema"),
        ({"id": {"S": "a"}, "x": {"S": "a"}}, "The provided key element does not match the schema"),
    ],
)
async def test_a_key_of_another_schema_is_refused(call: Calls, key: object, message: str) -> None:
    with pytest.raises(Refusal) as refused:
        await call("GetItem", TableName="main", Key=key)
    assert (refused.value.code, refused.value.message) == ("ValidationException", message)


async def test_a_missing_table_is_not_found(call: Calls) -> None:
    with pytest.raises(Refusal) as refused:
        await call("GetItem", TableName="other", Key=KEY)
    assert (refused.value.code, refused.value.message) == (
        "ResourceNotFoundException",
        "Requested resource not found",
    )


async def test_an_expression_that_cannot_be_read_is_refused_before_the_table_is_missed(call: Calls) -> None:
    with pytest.raises(Refusal, match="ValidationException: Invalid ProjectionExpression"):
        await call("GetItem", TableName="other", Key=KEY, ProjectionExpression="a..b")
