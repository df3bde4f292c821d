"""Scan, as Amazon does it."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.boto import Client, Json, refused, unique

IDS = sorted(f"id {number}" for number in range(30))


@pytest.fixture(scope="module")
def filled(client: Client, new_table: Callable[..., str]) -> str:
    """A table with thirty items."""
    name = new_table()
    for number, key in enumerate(IDS):
        client.put_item(TableName=name, Item={"id": {"S": key}, "n": {"N": str(number)}})
    return name


def pages(client: Client, table: str, **more: Any) -> list[Json]:
    """All pages of a Scan."""
    found = [client.scan(TableName=table, ConsistentRead=True, **more)]
    while "LastEvaluatedKey" in found[-1]:
        start = found[-1]["LastEvaluatedKey"]
        found.append(client.scan(TableName=table, ConsistentRead=True, ExclusiveStartKey=start, **more))
    return found


def ids(found: list[Json]) -> list[str]:
    return [item["id"]["S"] for page in found for item in page["Items"]]


def test_every_item_comes_once(client: Client, filled: str) -> None:
    (page,) = pages(client, filled)
    assert sorted(ids([page])) == IDS
    assert (page["Count"], page["ScannedCount"]) == (30, 30)


@pytest.mark.parametrize("limit", [1, 7, 30, 31])
def test_pages_join_to_the_whole(client: Client, filled: str, limit: int) -> None:
    found = pages(client, filled, Limit=limit)
    assert sorted(ids(found)) == IDS
    assert all(page["Count"] <= limit for page in found)
    for page in found[:-1]:
        assert page["LastEvaluatedKey"] == {"id": page["Items"][-1]["id"]}


@pytest.mark.parametrize("total", [1, 2, 5])
def test_segments_share_the_items_among_them(client: Client, filled: str, total: int) -> None:
    segments = [ids(pages(client, filled, Segment=number, TotalSegments=total, Limit=4)) for number in range(total)]
    assert sorted(key for segment in segments for key in segment) == IDS


def test_a_filter_may_name_the_key(client: Client, filled: str) -> None:
    (page,) = pages(client, filled, FilterExpression="id = :id", ExpressionAttributeValues={":id": {"S": IDS[3]}})
    assert (ids([page]), page["Count"], page["ScannedCount"]) == ([IDS[3]], 1, 30)


def test_limit_counts_items_before_the_filter(client: Client, filled: str) -> None:
    found = pages(client, filled, Limit=10, FilterExpression="n < :n", ExpressionAttributeValues={":n": {"N": "3"}})
    assert [page["ScannedCount"] for page in found][:3] == [10, 10, 10]
    assert sorted(ids(found)) == IDS[:3]


def test_a_count_has_no_items(client: Client, filled: str) -> None:
    page = client.scan(TableName=filled, Select="COUNT")
    assert (page["Count"], page["ScannedCount"], "Items" in page) == (30, 30, False)


def test_a_projection_keeps_what_it_names(client: Client, filled: str) -> None:
    page = client.scan(TableName=filled, ProjectionExpression="n", Limit=3)
    assert [list(item) for item in page["Items"]] == [["n"]] * 3
    assert list(page["LastEvaluatedKey"]) == ["id"]


def test_capacity_is_that_of_all_items_together(client: Client, filled: str) -> None:
    page = client.scan(TableName=filled, ConsistentRead=True, ReturnConsumedCapacity="INDEXES")
    assert page["ConsumedCapacity"] == {
        "TableName": filled,
        "CapacityUnits": 1.0,
        "Table": {"CapacityUnits": 1.0},
    }


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"ExclusiveStartKey": {"other": {"S": "a"}}},
            "The provided starting key is invalid: The provided key element does not match the schema",
        ),
        (
            {"ExclusiveStartKey": {"id": {"N": "1"}}},
            "The provided starting key is invalid: The provided key element does not match the schema",
        ),
        (
            {"ExclusiveStartKey": {"id": {"S": "a"}, "n": {"N": "1"}}},
            "The provided starting key is invalid: The provided key element does not match the schema",
        ),
        (
            {"Segment": 0},
            "The TotalSegments parameter is required but was not present in the request when Segment parameter "
            "is present",
        ),
        (
            {"TotalSegments": 2},
            "The Segment parameter is required but was not present in the request when parameter TotalSegments "
            "is present",
        ),
        (
            {"Segment": 2, "TotalSegments": 2},
            "The Segment parameter is zero-based and must be less than parameter TotalSegments: "
            "Segment: 2 is not less than TotalSegments: 2",
        ),
        ({"IndexName": "nothing"}, "The table does not have the specified index: nothing"),
        ({"FilterExpression": ""}, "Invalid FilterExpression: The expression can not be empty;"),
    ],
)
def test_a_scan_that_cannot_be_is_refused(client: Client, filled: str, change: Json, message: str) -> None:
    error = refused(client.scan, TableName=filled, **change)
    assert (error.code, error.message) == ("ValidationException", message)


def test_a_starting_key_of_another_segment_is_refused(client: Client, filled: str) -> None:
    start = client.scan(TableName=filled, Segment=0, TotalSegments=2, Limit=1)["LastEvaluatedKey"]
    error = refused(client.scan, TableName=filled, Segment=1, TotalSegments=2, ExclusiveStartKey=start)
    assert error.message == (
        "The provided starting key is invalid: Invalid ExclusiveStartKey. "
        "Please use ExclusiveStartKey with correct Segment. TotalSegments: 2 Segment: 1"
    )


def test_a_missing_table_is_not_found(client: Client) -> None:
    error = refused(client.scan, TableName=unique("conformance"))
    assert (error.code, error.message) == ("ResourceNotFoundException", "Requested resource not found")
