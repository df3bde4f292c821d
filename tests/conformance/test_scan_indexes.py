"""Scan of secondary indexes, and in parallel, as Amazon does it."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.boto import Client, Json, keyed, refused, unique
from tests.support.indexes import IndexSpec, with_indexes

LOCAL = IndexSpec("local", "local", ("p:S", "n:N"), "KEYS_ONLY")
GLOBAL = IndexSpec("global", "global", ("g:S", "n:N"), ("kept",))
HASHES = IndexSpec("global", "hashes", ("n:N",))

RS = sorted(f"r{number}" for number in range(24))
_WAIT_S = 30.0


@pytest.fixture(scope="module")
def indexed(client: Client) -> Iterator[str]:
    """24 items in 8 partitions and 5 of the global index, with a number for a third key; and one that has no more."""
    name = unique("conformance")
    client.create_table(**with_indexes(keyed(name, "p:S", "r:S"), LOCAL, GLOBAL, HASHES))
    client.get_waiter("table_exists").wait(TableName=name)
    for number, r in enumerate(RS):
        client.put_item(TableName=name, Item=item(number, r))
    client.put_item(TableName=name, Item={"p": {"S": "p0"}, "r": {"S": "sparse"}})
    deadline = time.monotonic() + _WAIT_S
    for index in (GLOBAL, HASHES):
        while client.scan(TableName=name, IndexName=index.name, Select="COUNT")["Count"] < len(RS):
            assert time.monotonic() < deadline, "the index does not follow its table"
    yield name
    client.delete_table(TableName=name)


def item(number: int, r: str) -> Json:
    return {
        "p": {"S": f"p{number % 8}"},
        "r": {"S": r},
        "g": {"S": f"g{number % 5}"},
        "n": {"N": str(number % 3)},
        "kept": {"S": "kept"},
        "lost": {"S": "lost"},
    }


def pages(client: Client, table: str, index: IndexSpec | None, **more: Any) -> list[Json]:
    """All pages of a Scan."""
    members = {"TableName": table, **more} if index is None else {"TableName": table, "IndexName": index.name, **more}
    found = [client.scan(**members)]
    while "LastEvaluatedKey" in found[-1]:
        found.append(client.scan(**members, ExclusiveStartKey=found[-1]["LastEvaluatedKey"]))
    return found


def rs(found: list[Json]) -> list[str]:
    return [one["r"]["S"] for page in found for one in page["Items"]]


@pytest.mark.parametrize("index", [LOCAL, GLOBAL, HASHES])
def test_every_item_of_the_index_comes_once(client: Client, indexed: str, index: IndexSpec) -> None:
    (page,) = pages(client, indexed, index)
    assert sorted(rs([page])) == RS
    assert (page["Count"], page["ScannedCount"]) == (24, 24)


@pytest.mark.parametrize(
    ("index", "names"),
    [(LOCAL, {"p", "r", "n"}), (GLOBAL, {"p", "r", "g", "n", "kept"}), (HASHES, {"p", "r", "g", "n", "kept", "lost"})],
)
def test_an_index_shows_what_it_projects(client: Client, indexed: str, index: IndexSpec, names: set[str]) -> None:
    (page,) = pages(client, indexed, index)
    assert all(set(one) == names for one in page["Items"])


@pytest.mark.parametrize("index", [LOCAL, GLOBAL, HASHES])
@pytest.mark.parametrize("limit", [1, 7, 24])
def test_pages_join_to_the_whole(client: Client, indexed: str, index: IndexSpec, limit: int) -> None:
    found = pages(client, indexed, index, Limit=limit)
    assert sorted(rs(found)) == RS
    for page in found[:-1]:
        assert set(page["LastEvaluatedKey"]) == {"p", "r", *index.key_names}


@pytest.mark.parametrize("index", [None, LOCAL, GLOBAL, HASHES])
@pytest.mark.parametrize("total", [1, 2, 5])
def test_segments_share_the_items_among_them(client: Client, indexed: str, index: IndexSpec | None, total: int) -> None:
    segments = [rs(pages(client, indexed, index, Segment=at, TotalSegments=total, Limit=3)) for at in range(total)]
    expected = RS if index is not None else sorted([*RS, "sparse"])
    assert sorted(r for segment in segments for r in segment) == expected


def test_a_million_segments_are_allowed_and_most_are_empty(client: Client, indexed: str) -> None:
    page = client.scan(TableName=indexed, IndexName=LOCAL.name, Segment=999_999, TotalSegments=1_000_000)
    assert page["Count"] <= 24


def test_a_filter_may_name_any_key(client: Client, indexed: str) -> None:
    values = {":n": {"N": "1"}, ":p": {"S": "p1"}}
    asked: Json = {"FilterExpression": "n = :n AND p = :p", "ExpressionAttributeValues": values}
    (page,) = pages(client, indexed, GLOBAL, **asked)
    assert sorted(rs([page])) == sorted(r for at, r in enumerate(RS) if at % 3 == 1 and at % 8 == 1)
    assert page["ScannedCount"] == 24


@pytest.mark.parametrize("index", [LOCAL, GLOBAL])
def test_a_filter_by_what_the_index_lacks_finds_nothing(client: Client, indexed: str, index: IndexSpec) -> None:
    """A Query is refused for it. That a Scan is not, and sees the index's items, is what PartiQL's reads show."""
    values = {":x": {"S": "lost"}}
    (page,) = pages(client, indexed, index, FilterExpression="lost = :x", ExpressionAttributeValues=values)
    assert (page["Count"], page["ScannedCount"]) == (0, 24)


def test_a_local_index_fetches_what_it_lacks(client: Client, indexed: str) -> None:
    (page,) = pages(client, indexed, LOCAL, Select="ALL_ATTRIBUTES")
    assert sorted(page["Items"], key=lambda one: one["r"]["S"]) == [item(at, r) for at, r in enumerate(RS)]
    (page,) = pages(client, indexed, LOCAL, ProjectionExpression="lost")
    assert page["Items"] == [{"lost": {"S": "lost"}}] * 24


@pytest.mark.parametrize(
    ("index", "more", "table", "member", "units"),
    [
        (GLOBAL, {}, 0.0, "GlobalSecondaryIndexes", 0.5),
        (LOCAL, {"ConsistentRead": True}, 0.0, "LocalSecondaryIndexes", 1.0),
        (LOCAL, {"Select": "ALL_ATTRIBUTES"}, 12.0, "LocalSecondaryIndexes", 0.5),
        (LOCAL, {"Select": "COUNT"}, 0.0, "LocalSecondaryIndexes", 0.5),
    ],
)
def test_capacity_is_told_by_table_and_index(
    client: Client, indexed: str, index: IndexSpec, more: Json, table: float, member: str, units: float
) -> None:
    (page,) = pages(client, indexed, index, ReturnConsumedCapacity="INDEXES", **more)
    assert page["ConsumedCapacity"] == {
        "TableName": indexed,
        "CapacityUnits": table + units,
        "Table": {"CapacityUnits": table},
        member: {index.name: {"CapacityUnits": units}},
    }


INVALID = "The provided starting key is invalid"
NOT_THE_KEY = "The provided key element does not match the schema"
KEY = {"p": {"S": "p"}, "r": {"S": "r"}}


@pytest.mark.parametrize(
    ("index", "change", "message"),
    [
        (GLOBAL, {"ConsistentRead": True}, "Consistent reads are not supported on global secondary indexes"),
        (
            GLOBAL,
            {"Select": "ALL_ATTRIBUTES"},
            "One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global "
            "secondary index global because its projection type is not ALL",
        ),
        (
            GLOBAL,
            {"ProjectionExpression": "lost"},
            "One or more parameter values were invalid: Global secondary index global does not project [lost]",
        ),
        (GLOBAL, {"ExclusiveStartKey": {}}, INVALID),
        (GLOBAL, {"ExclusiveStartKey": KEY}, INVALID),
        (LOCAL, {"ExclusiveStartKey": {**KEY, "x": {"N": "1"}}}, INVALID),
        (GLOBAL, {"ExclusiveStartKey": {**KEY, "g": {"S": "g"}, "n": {"S": "1"}}}, NOT_THE_KEY),
        (
            GLOBAL,
            {"ExclusiveStartKey": {"p": {"S": "p"}, "x": {"S": "r"}, "g": {"S": "g"}, "n": {"N": "1"}}},
            f"{INVALID}: {NOT_THE_KEY}",
        ),
        (
            LOCAL,
            {"ExclusiveStartKey": {"p": {"S": "p"}, "r": {"N": "1"}, "n": {"N": "1"}}},
            f"{INVALID}: {NOT_THE_KEY}",
        ),
    ],
)
def test_a_scan_that_cannot_be_is_refused(
    client: Client, indexed: str, index: IndexSpec, change: Json, message: str
) -> None:
    error = refused(client.scan, TableName=indexed, IndexName=index.name, **change)
    assert (error.code, error.message) == ("ValidationException", message)


@pytest.mark.parametrize("index", [LOCAL, GLOBAL])
def test_a_starting_key_of_another_segment_is_refused(client: Client, indexed: str, index: IndexSpec) -> None:
    asked: Json = {"TableName": indexed, "IndexName": index.name, "TotalSegments": 2}
    start = client.scan(**asked, Segment=0, Limit=1)["LastEvaluatedKey"]
    assert refused(client.scan, **asked, Segment=1, ExclusiveStartKey=start).message == (
        f"{INVALID}: Invalid ExclusiveStartKey. "
        "Please use ExclusiveStartKey with correct Segment. TotalSegments: 2 Segment: 1"
    )
