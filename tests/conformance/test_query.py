"""Query, as Amazon does it."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.boto import Client, Json, refused, unique

NUMBERS = ["-100", "-20", "-3", "-0.5", "0", "0.25", "1", "9", "10", "200"]


@pytest.fixture(scope="module")
def partition(client: Client, ranged: str) -> str:
    """A partition with ten items, put in another order than that of their numbers."""
    name = unique("partition")
    for number in sorted(NUMBERS):
        client.put_item(TableName=ranged, Item=row(name, number, even={"BOOL": NUMBERS.index(number) % 2 == 0}))
    client.put_item(TableName=ranged, Item=row(unique("partition"), "5"))
    return name


def row(partition: str, number: str, **attributes: Any) -> Json:
    return {"p": {"S": partition}, "r": {"N": number}, **attributes}


def members(table: str, partition: str, condition: str = "p = :p", **more: Any) -> Json:
    values = {":p": {"S": partition}, **more.pop("values", {})}
    return {
        "TableName": table,
        "KeyConditionExpression": condition,
        "ExpressionAttributeValues": values,
        "ConsistentRead": True,
        **more,
    }


def numbers(page: Json) -> list[str]:
    return [item["r"]["N"] for item in page["Items"]]


def test_items_come_in_the_order_of_their_numbers(client: Client, ranged: str, partition: str) -> None:
    page = client.query(**members(ranged, partition))
    assert numbers(page) == NUMBERS
    assert (page["Count"], page["ScannedCount"]) == (10, 10)
    assert "LastEvaluatedKey" not in page
    assert numbers(client.query(**members(ranged, partition, ScanIndexForward=False))) == NUMBERS[::-1]


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("S", ["A", "B", "Z", "a", "aa", "b", "\u00e9", "\u20ac", "\U0001f600"]),
        ("B", [b"\x00", b"\x00\x00", b"\x01", b"\x7f", b"\x80", b"\xff", b"\xff\x00"]),
    ],
)
def test_strings_come_in_the_order_of_their_bytes_and_so_do_binaries(
    client: Client, new_table: Callable[..., str], kind: str, values: list[Any]
) -> None:
    table = new_table("p:S", f"r:{kind}")
    for value in reversed(values):
        client.put_item(TableName=table, Item={"p": {"S": "a"}, "r": {kind: value}})
    page = client.query(**members(table, "a"))
    assert [item["r"][kind] for item in page["Items"]] == values


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("r = :x", ["0"]),
        ("r < :x", ["-100", "-20", "-3", "-0.5"]),
        ("r <= :x", ["-100", "-20", "-3", "-0.5", "0"]),
        ("r > :x", ["0.25", "1", "9", "10", "200"]),
        ("r >= :x", ["0", "0.25", "1", "9", "10", "200"]),
        ("r BETWEEN :x AND :y", ["0", "0.25", "1", "9"]),
        (":x < r", ["0.25", "1", "9", "10", "200"]),
        ("r = :none", []),
    ],
)
@pytest.mark.parametrize("forward", [True, False])
def test_a_range_condition_bounds_the_items(
    client: Client, ranged: str, partition: str, condition: str, expected: list[str], forward: bool
) -> None:
    known = {":x": {"N": "0"}, ":y": {"N": "9.5"}, ":none": {"N": "0.1"}}
    values = {name: value for name, value in known.items() if name in condition}
    asked = members(ranged, partition, f"p = :p AND {condition}", values=values, ScanIndexForward=forward)
    assert numbers(client.query(**asked)) == (expected if forward else expected[::-1])


def test_begins_with_takes_what_begins_so(client: Client, new_table: Callable[..., str]) -> None:
    table = new_table("p:S", "r:S")
    for text in ("a", "ab", "abc", "ac", "b"):
        client.put_item(TableName=table, Item={"p": {"S": "x"}, "r": {"S": text}})
    page = client.query(**members(table, "x", "p = :p AND begins_with(r, :r)", values={":r": {"S": "ab"}}))
    assert [item["r"]["S"] for item in page["Items"]] == ["ab", "abc"]


@pytest.mark.parametrize("forward", [True, False])
@pytest.mark.parametrize("limit", [1, 3, 10])
def test_pages_join_to_the_whole(client: Client, ranged: str, partition: str, forward: bool, limit: int) -> None:
    found: list[str] = []
    more: Json = {}
    while True:
        page = client.query(**members(ranged, partition, Limit=limit, ScanIndexForward=forward, **more))
        assert page["Count"] <= limit
        found += numbers(page)
        if "LastEvaluatedKey" not in page:
            break
        assert page["LastEvaluatedKey"] == row(partition, found[-1])
        more = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
    assert found == (NUMBERS if forward else NUMBERS[::-1])


def test_a_page_that_limit_ends_has_a_last_key_even_at_the_end(client: Client, ranged: str, partition: str) -> None:
    assert client.query(**members(ranged, partition, Limit=10))["LastEvaluatedKey"] == row(partition, "200")
    assert "LastEvaluatedKey" not in client.query(**members(ranged, partition, Limit=11))


def test_limit_counts_items_before_the_filter(client: Client, ranged: str, partition: str) -> None:
    filtered: Json = {"FilterExpression": "even = :even", "values": {":even": {"BOOL": False}}}
    page = client.query(**members(ranged, partition, Limit=3, **filtered))
    assert (numbers(page), page["Count"], page["ScannedCount"]) == (["-20"], 1, 3)
    assert page["LastEvaluatedKey"] == row(partition, "-3")


def test_a_count_has_no_items(client: Client, ranged: str, partition: str) -> None:
    page = client.query(**members(ranged, partition, Select="COUNT"))
    assert (page["Count"], page["ScannedCount"], "Items" in page) == (10, 10, False)


def test_a_projection_keeps_what_it_names(client: Client, ranged: str, partition: str) -> None:
    page = client.query(**members(ranged, partition, Limit=2, ProjectionExpression="even"))
    assert page["Items"] == [{"even": {"BOOL": True}}, {"even": {"BOOL": False}}]
    assert page["LastEvaluatedKey"] == row(partition, "-20")


def test_a_page_has_about_1_mb(client: Client, ranged: str) -> None:
    """Amazon stops at 1 MB; whether the item that goes past it is in the page is not certain."""
    name = unique("partition")
    for number in range(5):
        client.put_item(TableName=ranged, Item=row(name, str(number), v={"S": "x" * 300_000}))
    page = client.query(**members(ranged, name))
    assert page["Count"] in (3, 4)
    assert page["LastEvaluatedKey"] == row(name, str(page["Count"] - 1))
    rest = client.query(**members(ranged, name, ExclusiveStartKey=page["LastEvaluatedKey"]))
    assert page["Count"] + rest["Count"] == 5


@pytest.mark.parametrize(("consistent", "units"), [(True, 3.0), (False, 1.5)])
def test_capacity_is_that_of_all_items_together(client: Client, ranged: str, consistent: bool, units: float) -> None:
    """Nine items of 1,000 bytes and a few are three times 4 KB, though each by itself would be one."""
    name = unique("partition")
    for number in range(9):
        client.put_item(TableName=ranged, Item=row(name, str(number), v={"S": "x" * 1000}))
    asked = members(ranged, name, ConsistentRead=consistent, ReturnConsumedCapacity="TOTAL")
    assert client.query(**asked)["ConsumedCapacity"] == {"TableName": ranged, "CapacityUnits": units}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"ExclusiveStartKey": {"p": {"S": "P"}}}, "The provided starting key is invalid"),
        (
            {"ExclusiveStartKey": {"p": {"S": "P"}, "r": {"S": "1"}}},
            "The provided key element does not match the schema",
        ),
        (
            {"ExclusiveStartKey": {"p": {"S": "other"}, "r": {"N": "1"}}},
            "The provided starting key is outside query boundaries based on provided conditions",
        ),
        (
            {
                "KeyConditionExpression": "p = :p AND r > :r",
                "ExclusiveStartKey": {"p": {"S": "P"}, "r": {"N": "1"}},
                "ExpressionAttributeValues": {":p": {"S": "P"}, ":r": {"N": "5"}},
            },
            "The provided starting key does not match the range key predicate",
        ),
        (
            {"FilterExpression": "r = :p"},
            "Filter Expression can only contain non-primary key attributes: Primary key attribute: r",
        ),
        ({"IndexName": "nothing"}, "The table does not have the specified index: nothing"),
        ({"KeyConditionExpression": "x = :p"}, "Query condition missed key schema element: p"),
        ({"KeyConditionExpression": "p > :p"}, "Query key condition not supported"),
        (
            {"KeyConditionExpression": "p = :p AND r <> :p"},
            "Invalid operator used in KeyConditionExpression: <>",
        ),
        (
            {"ExpressionAttributeValues": {":p": {"N": "1"}}},
            "One or more parameter values were invalid: Condition parameter type does not match schema type",
        ),
        (
            {"Select": "SPECIFIC_ATTRIBUTES"},
            "1 validation error detected: "
            "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES",
        ),
        (
            {"Select": "COUNT", "ProjectionExpression": "x"},
            "1 validation error detected: Cannot specify the ProjectionExpression when choosing to get only the Count",
        ),
    ],
)
def test_a_query_that_cannot_be_is_refused(client: Client, ranged: str, change: Json, message: str) -> None:
    error = refused(client.query, **{**members(ranged, "P"), **change})
    assert (error.code, error.message) == ("ValidationException", message)


def test_a_limit_is_at_least_1(client: Client, ranged: str) -> None:
    error = refused(client.query, **members(ranged, "a", Limit=0))
    assert (error.code, error.message) == (
        "ValidationException",
        "1 validation error detected: Value at 'Limit' failed to satisfy constraint: "
        "Member must have value greater than or equal to 1",
    )


def test_a_condition_must_be_given(client: Client, ranged: str) -> None:
    error = refused(client.query, TableName=ranged)
    assert error.message == (
        "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request."
    )


def test_a_missing_table_is_not_found(client: Client) -> None:
    error = refused(client.query, **members(unique("conformance"), "a"))
    assert (error.code, error.message) == ("ResourceNotFoundException", "Requested resource not found")


@pytest.mark.parametrize(
    ("expressions", "parameter"),
    [
        (("", "", ""), "KeyConditionExpression"),
        (("p = :p", "", ""), "FilterExpression"),
        (("p = :p", "a = :p", ""), "ProjectionExpression"),
    ],
)
def test_of_several_wrong_expressions_the_key_condition_is_told_first(
    client: Client, ranged: str, expressions: tuple[str, str, str], parameter: str
) -> None:
    """That it comes first was seen of the service by dynalite's authors; that the filter comes next is likely."""
    key, filter_, projection = expressions
    members_ = members(ranged, "a", key, FilterExpression=filter_, ProjectionExpression=projection)
    error = refused(client.query, **members_)
    assert (error.code, error.message) == (
        "ValidationException",
        f"Invalid {parameter}: The expression can not be empty;",
    )
