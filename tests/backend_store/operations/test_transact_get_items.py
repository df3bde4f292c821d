"""TransactGetItems: many items as they were at one moment."""

from typing import Any

import pytest

from tests.support.stores import Calls, Refusal


def key(number: int) -> dict[str, Any]:
    return {"id": {"S": f"k{number}"}}


def get(number: int, table: str = "main", **more: Any) -> dict[str, Any]:
    return {"Get": {"TableName": table, "Key": key(number), **more}}


@pytest.fixture(autouse=True)
async def tables(call: Calls) -> None:
    for name in ("main", "side"):
        await call.create_table(name)


async def read(call: Calls, *gets: dict[str, Any], **more: Any) -> Any:
    return await call("TransactGetItems", TransactItems=gets, **more)


async def refusal(call: Calls, *gets: dict[str, Any]) -> Refusal:
    with pytest.raises(Refusal) as refused:
        await read(call, *gets)
    return refused.value


async def test_items_come_in_the_order_of_the_reads_and_nothing_for_one_that_is_not_there(call: Calls) -> None:
    for number in (1, 2):
        await call("PutItem", TableName="main", Item={**key(number), "n": {"N": str(number)}})
    await call("PutItem", TableName="side", Item=key(1))
    assert await read(call, get(2), get(7), get(1, "side"), get(1)) == {
        "Responses": [
            {"Item": {**key(2), "n": {"N": "2"}}},
            {},
            {"Item": key(1)},
            {"Item": {**key(1), "n": {"N": "1"}}},
        ]
    }


async def test_each_read_has_a_projection_of_its_own(call: Calls) -> None:
    item = {**key(1), "a": {"N": "1"}, "b": {"M": {"c": {"N": "2"}, "d": {"N": "3"}}}}
    await call("PutItem", TableName="main", Item=item)
    await call("PutItem", TableName="main", Item={**item, **key(2)})
    reply = await read(
        call,
        get(1, ProjectionExpression="#b.c", ExpressionAttributeNames={"#b": "b"}),
        get(2, ProjectionExpression="id, #b", ExpressionAttributeNames={"#b": "a"}),
    )
    assert reply["Responses"] == [
        {"Item": {"b": {"M": {"c": {"N": "2"}}}}},
        {"Item": {**key(2), "a": {"N": "1"}}},
    ]


async def test_a_projection_that_keeps_nothing_shows_no_item(call: Calls) -> None:
    await call("PutItem", TableName="main", Item=key(1))
    assert await read(call, get(1, ProjectionExpression="elsewhere")) == {"Responses": [{}]}


async def test_a_read_costs_twice_what_a_consistent_one_does(call: Calls) -> None:
    await call("PutItem", TableName="main", Item={**key(1), "v": {"S": "x" * 5000}})
    await call("PutItem", TableName="side", Item=key(1))
    gets = (get(1), get(7), get(1, "side"))
    reply = await read(call, *gets, ReturnConsumedCapacity="TOTAL")
    assert reply["ConsumedCapacity"] == [
        {"TableName": "main", "CapacityUnits": 6.0, "ReadCapacityUnits": 6.0},
        {"TableName": "side", "CapacityUnits": 2.0, "ReadCapacityUnits": 2.0},
    ]
    reply = await read(call, *gets, ReturnConsumedCapacity="INDEXES")
    assert reply["ConsumedCapacity"][1]["Table"] == {"CapacityUnits": 2.0, "ReadCapacityUnits": 2.0}
    assert "ConsumedCapacity" not in await read(call, *gets, ReturnConsumedCapacity="NONE")


async def test_an_item_is_named_once(call: Calls) -> None:
    refused = await refusal(call, get(1), get(2), get(1))
    assert str(refused) == ("ValidationException: Transaction request cannot include multiple operations on one item")
    await read(call, get(1), get(1, "side"))


async def test_a_key_that_is_none_of_the_table_cancels_with_a_reason_at_its_place(call: Calls) -> None:
    wrong = {"Get": {"TableName": "main", "Key": {"id": {"N": "1"}}}}
    refused = await refusal(call, get(1), wrong, wrong)
    assert refused.code == "TransactionCanceledException"
    assert refused.document["CancellationReasons"] == [
        {"Code": "None"},
        {"Code": "ValidationError", "Message": "The provided key element does not match the schema"},
        {"Code": "None"},
    ]


async def test_an_empty_key_refuses_the_request(call: Calls) -> None:
    refused = await refusal(call, get(1), {"Get": {"TableName": "main", "Key": {"id": {"S": ""}}}})
    assert (refused.code, refused.message) == (
        "ValidationException",
        "One or more parameter values are not valid. "
        "The AttributeValue for a key attribute cannot contain an empty string value. Key: id",
    )


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"ProjectionExpression": "a,"}, 'Invalid ProjectionExpression: Syntax error; token: "<EOF>", near: ","'),
        (
            {"ProjectionExpression": "#a"},
            "Invalid ProjectionExpression: An expression attribute name used in the document path is not defined; "
            "attribute name: #a",
        ),
        (
            {"ProjectionExpression": "a", "ExpressionAttributeNames": {"#b": "b"}},
            "Value provided in ExpressionAttributeNames unused in expressions: keys: {#b}",
        ),
        (
            {"ProjectionExpression": "id.x"},
            "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: id",
        ),
    ],
)
async def test_what_is_wrong_with_a_projection_refuses_the_request(
    call: Calls, more: dict[str, Any], message: str
) -> None:
    refused = await refusal(call, get(1), get(2, **more))
    assert (refused.code, refused.message) == ("ValidationException", message)


async def test_names_without_a_projection_are_let_pass(call: Calls) -> None:
    assert await read(call, get(1, ExpressionAttributeNames={"#a": "a"})) == {"Responses": [{}]}


async def test_a_missing_table_refuses_the_request_before_anything_is_said_of_keys(call: Calls) -> None:
    refused = await refusal(call, get(1), get(1), get(1, "other"))
    assert (refused.code, refused.message) == ("ResourceNotFoundException", "Requested resource not found")


async def test_at_most_4_mb_are_read(call: Calls) -> None:
    for number in range(11):
        await call("PutItem", TableName="main", Item={**key(number), "v": {"S": "x" * 400_000}})
    assert len((await read(call, *map(get, range(10))))["Responses"]) == 10
    refused = await refusal(call, *map(get, range(11)))
    assert (refused.code, refused.message) == ("ValidationException", "Transaction payload size cannot exceed 4 MB")
