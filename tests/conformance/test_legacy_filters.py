"""QueryFilter of Query and ScanFilter of Scan, as Amazon does it."""

from typing import Any

import pytest

from tests.support.boto import Client, Json, refused, unique


@pytest.fixture(scope="module")
def partition(client: Client, ranged: str) -> str:
    """A partition whose range keys are 0 to 5; every other item has an attribute odd, each third one b."""
    name = unique("partition")
    for number in range(6):
        item: Json = {"p": {"S": name}, "r": {"N": str(number)}, "n": {"N": str(number)}}
        if number % 2:
            item["odd"] = {"SS": ["yes"]}
        if number % 3 == 0:
            item["b"] = {"NULL": True}
        client.put_item(TableName=ranged, Item=item)
    return name


def compared(operator: str, *values: Json) -> Json:
    return {"ComparisonOperator": operator, "AttributeValueList": list(values)}


def members(table: str, partition: str, **more: Any) -> Json:
    """The members of a Query of the partition."""
    conditions = {"p": compared("EQ", {"S": partition})}
    return {"TableName": table, "KeyConditions": conditions, "ConsistentRead": True, **more}


def numbers(page: Json) -> list[int]:
    return sorted(int(item["r"]["N"]) for item in page["Items"])


ONE: Json = {"N": "1"}
FOUR: Json = {"N": "4"}


@pytest.mark.parametrize(
    ("conditions", "more", "expected"),
    [
        ({}, {}, [0, 1, 2, 3, 4, 5]),
        ({"n": compared("EQ", ONE)}, {}, [1]),
        ({"odd": compared("NOT_NULL")}, {}, [1, 3, 5]),
        ({"odd": compared("NULL")}, {}, [0, 2, 4]),
        ({"odd": compared("CONTAINS", {"S": "yes"})}, {}, [1, 3, 5]),
        ({"odd": compared("NE", {"SS": ["yes"]})}, {}, [0, 2, 4]),
        ({"n": compared("IN", ONE, FOUR)}, {}, [1, 4]),
        ({"b": compared("EQ", {"NULL": True}), "odd": compared("NOT_NULL")}, {}, [3]),
        (
            {"b": compared("EQ", {"NULL": True}), "odd": compared("NOT_NULL")},
            {"ConditionalOperator": "OR"},
            [0, 1, 3, 5],
        ),
    ],
)
def test_a_filter_keeps_what_its_conditions_hold_for(
    client: Client, ranged: str, partition: str, conditions: Json, more: Json, expected: list[int]
) -> None:
    page = client.query(**members(ranged, partition, QueryFilter=conditions, **more))
    assert numbers(page) == expected
    assert (page["Count"], page["ScannedCount"]) == (len(expected), 6)

    if more.get("ConditionalOperator") != "OR" and conditions:
        own = {**conditions, "p": compared("EQ", {"S": partition})}
        scanned = client.scan(TableName=ranged, ScanFilter=own, ConsistentRead=True, **more)
        assert numbers(scanned) == expected


def test_a_page_is_limited_before_its_filter(client: Client, ranged: str, partition: str) -> None:
    page = client.query(**members(ranged, partition, QueryFilter={"n": compared("EQ", FOUR)}, Limit=2))
    assert (page["Items"], page["ScannedCount"]) == ([], 2)
    assert page["LastEvaluatedKey"] == {"p": {"S": partition}, "r": {"N": "1"}}


def test_a_scans_filter_may_name_the_key(client: Client, ranged: str, partition: str) -> None:
    conditions = {"p": compared("EQ", {"S": partition}), "r": compared("GT", FOUR)}
    page = client.scan(TableName=ranged, ScanFilter=conditions, ConsistentRead=True)
    assert numbers(page) == [5]


@pytest.mark.parametrize("name", ["p", "r"])
def test_a_querys_filter_may_not(client: Client, ranged: str, partition: str, name: str) -> None:
    value = {"S": partition} if name == "p" else ONE
    error = refused(client.query, **members(ranged, partition, QueryFilter={name: compared("EQ", value)}))
    assert (error.code, error.message) == (
        "ValidationException",
        f"QueryFilter can only contain non-primary key attributes: Primary key attribute: {name}",
    )


@pytest.mark.parametrize(
    ("conditions", "more", "message"),
    [
        (
            {"n": compared("LE", {"SS": ["a"]})},
            {},
            "One or more parameter values were invalid: ComparisonOperator LE is not valid for SS AttributeValue type",
        ),
        (
            {"n": compared("BETWEEN", ONE)},
            {},
            "One or more parameter values were invalid: "
            "Invalid number of argument(s) for the BETWEEN ComparisonOperator",
        ),
        (
            {"n": compared("EQ", ONE)},
            {"ConditionalOperator": "AND"},
            "ConditionalOperator can only be used when Filter or Expected has two or more elements",
        ),
        ({}, {"ConditionalOperator": "OR"}, "ConditionalOperator cannot be used without Filter or Expected"),
    ],
)
def test_a_filter_that_makes_no_sense_is_refused(
    client: Client, ranged: str, partition: str, conditions: Json, more: Json, message: str
) -> None:
    error = refused(client.query, **members(ranged, partition, QueryFilter=conditions, **more))
    assert (error.code, error.message) == ("ValidationException", message)
    error = refused(client.scan, TableName=ranged, ScanFilter=conditions, **more)
    assert (error.code, error.message) == ("ValidationException", message)


def test_the_two_styles_do_not_mix(client: Client, ranged: str, partition: str) -> None:
    error = refused(
        client.scan,
        TableName=ranged,
        ScanFilter={"n": compared("EQ", ONE)},
        ConditionalOperator="OR",
        ProjectionExpression="n",
    )
    assert (error.code, error.message) == (
        "ValidationException",
        "Can not use both expression and non-expression parameters in the same request: "
        "Non-expression parameters: {ScanFilter, ConditionalOperator} "
        "Expression parameters: {ProjectionExpression}",
    )
