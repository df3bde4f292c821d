"""KeyConditions of Query, as Amazon does it."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.boto import Client, Json, refused, unique

INVALID = "One or more parameter values were invalid: "
NOT_INDEXABLE = "Attempted conditional constraint is not an indexable operation"


@pytest.fixture(scope="module")
def partition(client: Client, ranged: str) -> str:
    """A partition whose range keys are 0 to 5."""
    name = unique("partition")
    for number in range(6):
        client.put_item(TableName=ranged, Item={"p": {"S": name}, "r": {"N": str(number)}, "a": {"N": str(number % 2)}})
    return name


def compared(operator: str, *values: Json) -> Json:
    return {"ComparisonOperator": operator, "AttributeValueList": list(values)}


def number(value: int) -> Json:
    return {"N": str(value)}


def found(client: Client, table: str, partition: str, **more: Any) -> list[int]:
    conditions = {"p": compared("EQ", {"S": partition}), **more.pop("conditions", {})}
    page = client.query(TableName=table, KeyConditions=conditions, ConsistentRead=True, **more)
    return [int(item["r"]["N"]) for item in page["Items"]]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (compared("EQ", number(3)), [3]),
        (compared("LT", number(2)), [0, 1]),
        (compared("LE", number(2)), [0, 1, 2]),
        (compared("GT", number(3)), [4, 5]),
        (compared("GE", number(3)), [3, 4, 5]),
        (compared("BETWEEN", number(1), number(3)), [1, 2, 3]),
    ],
)
def test_the_range_key_is_bounded(
    client: Client, ranged: str, partition: str, condition: Json, expected: list[int]
) -> None:
    assert found(client, ranged, partition, conditions={"r": condition}) == expected
    assert found(client, ranged, partition, conditions={"r": condition}, ScanIndexForward=False) == expected[::-1]


def test_the_hash_key_alone_asks_for_the_partition_page_by_page(client: Client, ranged: str, partition: str) -> None:
    assert found(client, ranged, partition) == [0, 1, 2, 3, 4, 5]
    assert found(client, ranged, partition, Limit=2) == [0, 1]
    start = {"p": {"S": partition}, "r": number(1)}
    assert found(client, ranged, partition, Limit=2, ExclusiveStartKey=start) == [2, 3]


@pytest.mark.parametrize(
    ("kind", "prefix", "within", "beyond"),
    [("S", "ab", ["ab", "abc"], ["aa", "ac"]), ("B", b"\xff", [b"\xff", b"\xff\xff"], [b"\xfe\xff"])],
)
def test_a_range_key_begins_with_a_prefix(
    client: Client, new_table: Callable[..., str], kind: str, prefix: Any, within: list[Any], beyond: list[Any]
) -> None:
    table = new_table("p:S", f"r:{kind}")
    for value in within + beyond:
        client.put_item(TableName=table, Item={"p": {"S": "p"}, "r": {kind: value}})
    conditions = {"p": compared("EQ", {"S": "p"}), "r": compared("BEGINS_WITH", {kind: prefix})}
    items = client.query(TableName=table, KeyConditions=conditions, ConsistentRead=True)["Items"]
    assert [item["r"][kind] for item in items] == within


def test_they_may_stand_beside_a_filter_expression(client: Client, ranged: str, partition: str) -> None:
    """KeyConditions alone of the legacy parameters: seen of the service by ExtendDB's authors."""
    values = {":a": number(1)}
    filtered = {"FilterExpression": "a = :a", "ExpressionAttributeValues": values}
    assert found(client, ranged, partition, **filtered) == [1, 3, 5]


P = compared("EQ", {"S": "a"})


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        ({}, "Conditions can be of length 1 or 2 only"),
        ({"p": P, "r": compared("EQ", number(1)), "a": P}, "Conditions can be of length 1 or 2 only"),
        ({"r": compared("EQ", number(1))}, "Query condition missed key schema element: p"),
        ({"p": P, "a": P}, "Query condition missed key schema element: r"),
        ({"p": compared("GE", {"S": "a"})}, "Query key condition not supported"),
        ({"p": compared("BETWEEN", {"S": "a"}, {"S": "b"})}, "Query key condition not supported"),
        ({"p": compared("NE", {"S": "a"})}, NOT_INDEXABLE),
        ({"p": compared("IN", {"S": "a"})}, NOT_INDEXABLE),
        ({"p": P, "r": compared("NULL")}, NOT_INDEXABLE),
        ({"p": P, "r": compared("NOT_NULL")}, NOT_INDEXABLE),
        ({"p": P, "r": compared("CONTAINS", number(1))}, NOT_INDEXABLE),
        ({"p": P, "r": compared("NOT_CONTAINS", number(1))}, NOT_INDEXABLE),
        (
            {"p": compared("EQ", number(1))},
            INVALID + "Condition parameter type does not match schema type",
        ),
        (
            {"p": P, "r": compared("EQ", {"S": "1"})},
            INVALID + "Condition parameter type does not match schema type",
        ),
        (
            {"p": P, "r": compared("BEGINS_WITH", number(1))},
            INVALID + "ComparisonOperator BEGINS_WITH is not valid for N AttributeValue type",
        ),
        (
            {"p": compared("EQ", {"S": "a"}, {"S": "b"})},
            INVALID + "Invalid number of argument(s) for the EQ ComparisonOperator",
        ),
        (
            {"p": P, "r": compared("BETWEEN", number(2), number(1))},
            "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound",
        ),
    ],
)
def test_conditions_that_ask_no_range_of_keys_are_refused(
    client: Client, ranged: str, conditions: Json, message: str
) -> None:
    error = refused(client.query, TableName=ranged, KeyConditions=conditions)
    assert (error.code, error.message) == ("ValidationException", message)


def test_an_unknown_operator_is_refused(client: Client, ranged: str) -> None:
    error = refused(client.query, TableName=ranged, KeyConditions={"p": compared("eq", {"S": "a"})})
    assert error.code == "ValidationException"
    assert error.message.startswith(
        "1 validation error detected: Value 'eq' at 'keyConditions.p.member.comparisonOperator' failed to satisfy "
        "constraint: Member must satisfy enum value set: ["
    )


def test_a_query_has_key_conditions_of_one_style(client: Client, ranged: str) -> None:
    error = refused(client.query, TableName=ranged)
    assert error.message == (
        "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request."
    )
    error = refused(
        client.query,
        TableName=ranged,
        KeyConditions={"p": P},
        KeyConditionExpression="p = :p",
        ExpressionAttributeValues={":p": {"S": "a"}},
    )
    assert error.message == (
        "Can not use both expression and non-expression parameters in the same request: "
        "Non-expression parameters: {KeyConditions} Expression parameters: {KeyConditionExpression}"
    )
