"""Query on secondary indexes, as Amazon does it.

Global indexes follow their table after a moment at Amazon's, so what is asked of them waits until all items are there.
"""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support.boto import Client, Json, keyed, refused, unique
from tests.support.indexes import IndexSpec, with_indexes

LOCAL_KEYS = IndexSpec("local", "local-keys", ("p:S", "n:N"), "KEYS_ONLY")
LOCAL_SOME = IndexSpec("local", "local-some", ("p:S", "b:B"), ("kept",))
LOCAL_ALL = IndexSpec("local", "local-all", ("p:S", "s:S"))
GLOBAL_KEYS = IndexSpec("global", "global-keys", ("g:S",), "KEYS_ONLY")
GLOBAL_SOME = IndexSpec("global", "global-some", ("g:S", "n:N"), ("kept",))
GLOBAL_ALL = IndexSpec("global", "global-all", ("g:S", "s:S"))
GLOBAL_NUMBER = IndexSpec("global", "global-number", ("n:N", "b:B"))

NUMBERS = ["-10", "-2", "0", "0.5", "3", "20"]
_WAIT_S = 30.0


@pytest.fixture(scope="module")
def indexed(client: Client) -> Iterator[str]:
    """A table with local and global indexes, keyed p (S) and r (S)."""
    name = unique("conformance")
    specs = (LOCAL_KEYS, LOCAL_SOME, LOCAL_ALL, GLOBAL_KEYS, GLOBAL_SOME, GLOBAL_ALL, GLOBAL_NUMBER)
    client.create_table(**with_indexes(keyed(name, "p:S", "r:S"), *specs))
    client.get_waiter("table_exists").wait(TableName=name)
    yield name
    client.delete_table(TableName=name)


@pytest.fixture(scope="module")
def family(client: Client, indexed: str) -> str:
    """One partition, and one of the global indexes: items r0 to r5 with all attributes, one with none but its key."""
    name = unique("family")
    for number, n in enumerate(NUMBERS):
        client.put_item(TableName=indexed, Item=item(name, number, n))
    client.put_item(TableName=indexed, Item={"p": {"S": name}, "r": {"S": "sparse"}, "kept": {"S": "x"}})
    settle(client, indexed, name, len(NUMBERS))
    return name


@pytest.fixture(scope="module")
def twins(client: Client, indexed: str) -> str:
    """Seven items of seven partitions that have the same keys in every global index."""
    name = unique("twins")
    for number in range(7):
        client.put_item(
            TableName=indexed,
            Item={"p": {"S": f"{name}-{number}"}, "r": {"S": "r"}, "g": {"S": name}, "n": {"N": "1"}, "s": {"S": "s"}},
        )
    settle(client, indexed, name, 7)
    return name


def item(family: str, number: int, n: str) -> Json:
    return {
        "p": {"S": family},
        "r": {"S": f"r{number}"},
        "g": {"S": family},
        "n": {"N": n},
        "s": {"S": "abc"[number % 3] * (number + 1)},
        "b": {"B": bytes((255 - number,))},
        "kept": {"S": f"kept {number}"},
        "lost": {"S": f"lost {number}"},
    }


def settle(client: Client, table: str, g: str, count: int) -> None:
    """Wait until the global indexes have all of it."""
    deadline = time.monotonic() + _WAIT_S
    for index in (GLOBAL_KEYS, GLOBAL_SOME, GLOBAL_ALL):
        while client.query(**on(table, index, g))["Count"] < count:
            assert time.monotonic() < deadline, "the index does not follow its table"


def on(table: str, index: IndexSpec, value: str, condition: str = "#h = :h", **more: Any) -> Json:
    """The members of a Query on an index."""
    return {
        "TableName": table,
        "IndexName": index.name,
        "KeyConditionExpression": condition,
        "ExpressionAttributeNames": {"#h": index.key_names[0], **more.pop("names", {})},
        "ExpressionAttributeValues": {":h": {"S": value}, **more.pop("values", {})},
        **more,
    }


def rs(page: Json) -> list[str]:
    return [found["r"]["S"] for found in page["Items"]]


def pages(query: Callable[..., Json], **members: Any) -> list[Json]:
    found = [query(**members)]
    while "LastEvaluatedKey" in found[-1]:
        found.append(query(**members, ExclusiveStartKey=found[-1]["LastEvaluatedKey"]))
    return found


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        (LOCAL_KEYS, ["r0", "r1", "r2", "r3", "r4", "r5"]),
        (LOCAL_SOME, ["r5", "r4", "r3", "r2", "r1", "r0"]),
        (LOCAL_ALL, ["r0", "r3", "r1", "r4", "r2", "r5"]),
        (GLOBAL_SOME, ["r0", "r1", "r2", "r3", "r4", "r5"]),
        (GLOBAL_ALL, ["r0", "r3", "r1", "r4", "r2", "r5"]),
    ],
)
@pytest.mark.parametrize("forward", [True, False])
def test_items_come_in_the_order_of_the_indexs_range_key(
    client: Client, indexed: str, family: str, index: IndexSpec, expected: list[str], forward: bool
) -> None:
    page = client.query(**on(indexed, index, family, ScanIndexForward=forward))
    assert rs(page) == (expected if forward else expected[::-1])
    assert (page["Count"], page["ScannedCount"], "LastEvaluatedKey" in page) == (6, 6, False)


@pytest.mark.parametrize(
    ("index", "names"),
    [
        (LOCAL_KEYS, {"p", "r", "n"}),
        (LOCAL_SOME, {"p", "r", "b", "kept"}),
        (LOCAL_ALL, {"p", "r", "g", "n", "s", "b", "kept", "lost"}),
        (GLOBAL_KEYS, {"p", "r", "g"}),
        (GLOBAL_SOME, {"p", "r", "g", "n", "kept"}),
        (GLOBAL_ALL, {"p", "r", "g", "n", "s", "b", "kept", "lost"}),
    ],
)
@pytest.mark.parametrize("select", [None, "ALL_PROJECTED_ATTRIBUTES"])
def test_an_index_shows_what_it_projects(
    client: Client, indexed: str, family: str, index: IndexSpec, names: set[str], select: str | None
) -> None:
    page = client.query(**on(indexed, index, family, **({} if select is None else {"Select": select})))
    assert [set(found) for found in page["Items"]] == [names] * 6


@pytest.mark.parametrize(
    ("index", "condition", "values", "expected"),
    [
        (LOCAL_KEYS, "n > :x", {":x": {"N": "0"}}, ["r3", "r4", "r5"]),
        (GLOBAL_SOME, "n BETWEEN :x AND :y", {":x": {"N": "-2"}, ":y": {"N": "3"}}, ["r1", "r2", "r3", "r4"]),
        (GLOBAL_SOME, "n = :x", {":x": {"N": "0.50"}}, ["r3"]),
        (GLOBAL_ALL, "begins_with(s, :x)", {":x": {"S": "bb"}}, ["r1", "r4"]),
        (LOCAL_ALL, "s <= :x", {":x": {"S": "aaaa"}}, ["r0", "r3"]),
        (LOCAL_SOME, "b < :x", {":x": {"B": b"\xfc"}}, ["r5", "r4"]),
    ],
)
def test_a_range_condition_is_about_the_indexs_range_key(
    client: Client, indexed: str, family: str, index: IndexSpec, condition: str, values: Json, expected: list[str]
) -> None:
    asked = on(indexed, index, family, f"#h = :h AND {condition}", values=values)
    assert rs(client.query(**asked)) == expected
    assert rs(client.query(**asked, ScanIndexForward=False)) == expected[::-1]


def test_a_numbers_spelling_does_not_matter_to_an_index(client: Client, indexed: str, family: str) -> None:
    asked = on(indexed, GLOBAL_NUMBER, "", "#h = :n AND b = :b", values={":n": {"N": "-2.0"}, ":b": {"B": b"\xfe"}})
    del asked["ExpressionAttributeValues"][":h"]
    found = client.query(**asked)["Items"]
    assert {"S": family} in [one["p"] for one in found]


@pytest.mark.parametrize("index", [LOCAL_KEYS, LOCAL_SOME, LOCAL_ALL, GLOBAL_SOME, GLOBAL_ALL])
@pytest.mark.parametrize("forward", [True, False])
@pytest.mark.parametrize("limit", [1, 2, 4, 6])
def test_pages_join_to_the_whole(
    client: Client, indexed: str, family: str, index: IndexSpec, forward: bool, limit: int
) -> None:
    asked = on(indexed, index, family, ScanIndexForward=forward)
    found = pages(client.query, **asked, Limit=limit)
    assert [one for page in found for one in page["Items"]] == client.query(**asked)["Items"]
    for page in found[:-1]:
        assert set(page["LastEvaluatedKey"]) == {"p", "r", *index.key_names}
        last = page["Items"][-1]
        assert page["LastEvaluatedKey"] == {name: last[name] for name in page["LastEvaluatedKey"]}


@pytest.mark.parametrize("index", [GLOBAL_KEYS, GLOBAL_SOME, GLOBAL_ALL])
@pytest.mark.parametrize("forward", [True, False])
@pytest.mark.parametrize("limit", [1, 3, 7])
def test_items_of_one_index_key_are_paged_through_one_by_one(
    client: Client, indexed: str, twins: str, index: IndexSpec, forward: bool, limit: int
) -> None:
    """In which order they come is not promised; that they come once is, and that their order is the same in pages."""
    asked = on(indexed, index, twins, ScanIndexForward=forward)
    whole = [one["p"]["S"] for one in client.query(**asked)["Items"]]
    found = pages(client.query, **asked, Limit=limit)
    assert [one["p"]["S"] for page in found for one in page["Items"]] == whole
    assert sorted(whole) == [f"{twins}-{number}" for number in range(7)]


def test_an_item_without_the_indexs_key_is_not_in_it(client: Client, indexed: str, family: str) -> None:
    for index in (LOCAL_KEYS, LOCAL_SOME, LOCAL_ALL, GLOBAL_KEYS, GLOBAL_SOME, GLOBAL_ALL):
        assert "sparse" not in rs(client.query(**on(indexed, index, family)))


def test_an_index_follows_puts_updates_and_deletes(client: Client, indexed: str) -> None:
    """Asked of a local index, whose consistent reads see the write before."""
    name = unique("family")
    key = {"p": {"S": name}, "r": {"S": "r"}}

    def found() -> list[Json]:
        return [one["n"] for one in client.query(**on(indexed, LOCAL_KEYS, name, ConsistentRead=True))["Items"]]

    client.put_item(TableName=indexed, Item={**key, "n": {"N": "1"}})
    assert found() == [{"N": "1"}]
    values = {":n": {"N": "2"}}
    client.update_item(TableName=indexed, Key=key, UpdateExpression="SET n = :n", ExpressionAttributeValues=values)
    assert found() == [{"N": "2"}]
    client.update_item(TableName=indexed, Key=key, UpdateExpression="REMOVE n")
    assert found() == []
    client.put_item(TableName=indexed, Item={**key, "n": {"N": "3"}})
    client.delete_item(TableName=indexed, Key=key)
    assert found() == []


def test_a_filter_may_name_the_tables_keys(client: Client, indexed: str, family: str) -> None:
    asked = on(indexed, GLOBAL_SOME, family, FilterExpression="r > :r", values={":r": {"S": "r3"}})
    page = client.query(**asked, Limit=5)
    assert (rs(page), page["Count"], page["ScannedCount"]) == (["r4"], 1, 5)
    assert rs(client.query(**asked)) == ["r4", "r5"]


def test_a_count_counts_the_indexs_items(client: Client, indexed: str, family: str) -> None:
    page = client.query(**on(indexed, GLOBAL_KEYS, family, Select="COUNT"))
    assert (page["Count"], page["ScannedCount"], "Items" in page) == (6, 6, False)


@pytest.mark.parametrize("index", [LOCAL_KEYS, LOCAL_SOME, LOCAL_ALL, GLOBAL_ALL])
def test_all_attributes_come_of_a_local_index_and_of_a_global_one_that_has_them(
    client: Client, indexed: str, family: str, index: IndexSpec
) -> None:
    page = client.query(**on(indexed, index, family, Select="ALL_ATTRIBUTES"))
    assert sorted(page["Items"], key=lambda one: one["r"]["S"]) == [
        item(family, number, n) for number, n in enumerate(NUMBERS)
    ]


@pytest.mark.parametrize("select", [None, "SPECIFIC_ATTRIBUTES"])
def test_a_local_index_fetches_the_attributes_that_are_asked_for(
    client: Client, indexed: str, family: str, select: str | None
) -> None:
    more = {} if select is None else {"Select": select}
    page = client.query(**on(indexed, LOCAL_KEYS, family, ProjectionExpression="n, lost", Limit=2, **more))
    assert page["Items"] == [{"n": {"N": NUMBERS[at]}, "lost": {"S": f"lost {at}"}} for at in range(2)]
    assert set(page["LastEvaluatedKey"]) == {"p", "r", "n"}


def test_a_global_index_projects_what_it_holds(client: Client, indexed: str, family: str) -> None:
    page = client.query(**on(indexed, GLOBAL_SOME, family, ProjectionExpression="kept, r", Limit=1))
    assert page["Items"] == [{"kept": {"S": "kept 0"}, "r": {"S": "r0"}}]


@pytest.mark.parametrize(
    ("index", "more", "expected"),
    [
        (GLOBAL_SOME, {}, {"Table": 0.0, "GlobalSecondaryIndexes": 0.5}),
        (LOCAL_KEYS, {}, {"Table": 0.0, "LocalSecondaryIndexes": 0.5}),
        (LOCAL_KEYS, {"ConsistentRead": True}, {"Table": 0.0, "LocalSecondaryIndexes": 1.0}),
        (LOCAL_KEYS, {"Select": "ALL_ATTRIBUTES"}, {"Table": 3.0, "LocalSecondaryIndexes": 0.5}),
        (
            LOCAL_KEYS,
            {"ProjectionExpression": "lost", "ConsistentRead": True},
            {"Table": 6.0, "LocalSecondaryIndexes": 1.0},
        ),
        (LOCAL_ALL, {"Select": "ALL_ATTRIBUTES"}, {"Table": 0.0, "LocalSecondaryIndexes": 0.5}),
    ],
)
def test_capacity_is_told_by_table_and_index_and_what_is_fetched_is_paid_by_the_item(
    client: Client, indexed: str, family: str, index: IndexSpec, more: Json, expected: dict[str, float]
) -> None:
    asked = on(indexed, index, family, **more)
    consumed = client.query(**asked, ReturnConsumedCapacity="INDEXES")["ConsumedCapacity"]
    total = sum(expected.values())
    assert consumed == {
        "TableName": indexed,
        "CapacityUnits": total,
        "Table": {"CapacityUnits": expected["Table"]},
        **{member: {index.name: {"CapacityUnits": units}} for member, units in expected.items() if member != "Table"},
    }
    totals = client.query(**asked, ReturnConsumedCapacity="TOTAL")["ConsumedCapacity"]
    assert totals == {"TableName": indexed, "CapacityUnits": total}
    assert "ConsumedCapacity" not in client.query(**asked, ReturnConsumedCapacity="NONE")


INVALID = "The provided starting key is invalid"
NOT_THE_KEY = "The provided key element does not match the schema"
KEY = {"p": {"S": "P"}, "r": {"S": "r"}}


@pytest.mark.parametrize(
    ("index", "change", "message"),
    [
        (
            GLOBAL_ALL,
            {"ConsistentRead": True},
            "Consistent reads are not supported on global secondary indexes",
        ),
        (
            GLOBAL_SOME,
            {"Select": "ALL_ATTRIBUTES"},
            "One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global "
            "secondary index global-some because its projection type is not ALL",
        ),
        (
            GLOBAL_SOME,
            {"ProjectionExpression": "kept, lost, missed.x"},
            "One or more parameter values were invalid: Global secondary index global-some does not project "
            "[lost, missed]",
        ),
        (
            GLOBAL_SOME,
            {"FilterExpression": "lost = :h"},
            "One or more parameter values were invalid: Secondary index global-some does not project one or more "
            "filter attributes: [lost]",
        ),
        (
            LOCAL_KEYS,
            {"FilterExpression": "lost = :h", "Select": "ALL_ATTRIBUTES"},
            "One or more parameter values were invalid: Secondary index local-keys does not project one or more "
            "filter attributes: [lost]",
        ),
        (
            GLOBAL_SOME,
            {"FilterExpression": "n = :h"},
            "Filter Expression can only contain non-primary key attributes: Primary key attribute: n",
        ),
        (GLOBAL_SOME, {"KeyConditionExpression": "#h = :h AND s = :h"}, "Query condition missed key schema element: n"),
        (GLOBAL_KEYS, {"KeyConditionExpression": "#h = :h AND s = :h"}, "Query key condition not supported"),
        (
            LOCAL_KEYS,
            {"KeyConditionExpression": "#h = :h AND r = :h"},
            "Query condition missed key schema element: n",
        ),
        (GLOBAL_SOME, {"ExclusiveStartKey": {}}, INVALID),
        (GLOBAL_SOME, {"ExclusiveStartKey": KEY}, INVALID),
        (GLOBAL_SOME, {"ExclusiveStartKey": {**KEY, "g": {"S": "P"}, "x": {"N": "1"}}}, INVALID),
        (GLOBAL_SOME, {"ExclusiveStartKey": {**KEY, "g": {"N": "1"}, "n": {"N": "1"}}}, NOT_THE_KEY),
        (GLOBAL_SOME, {"ExclusiveStartKey": {**KEY, "g": {"S": "P"}, "n": {"S": "1"}}}, NOT_THE_KEY),
        (
            GLOBAL_SOME,
            {"ExclusiveStartKey": {**KEY, "r": {"N": "1"}, "g": {"S": "P"}, "n": {"N": "1"}}},
            f"{INVALID}: {NOT_THE_KEY}",
        ),
        (
            GLOBAL_SOME,
            {"ExclusiveStartKey": {**KEY, "g": {"S": "other"}, "n": {"N": "1"}}},
            "The provided starting key is outside query boundaries based on provided conditions",
        ),
        (
            LOCAL_KEYS,
            {
                "KeyConditionExpression": "#h = :h AND n > :n",
                "ExpressionAttributeValues": {":h": {"S": "P"}, ":n": {"N": "5"}},
                "ExclusiveStartKey": {**KEY, "n": {"N": "5"}},
            },
            "The provided starting key does not match the range key predicate",
        ),
        (
            GLOBAL_SOME,
            {
                "KeyConditionExpression": "#h = :h AND n > :n",
                "ExpressionAttributeValues": {":h": {"S": "P"}, ":n": {"N": "5"}},
                "ExclusiveStartKey": {**KEY, "g": {"S": "other"}, "n": {"N": "6"}},
            },
            "The query can return at most one row and cannot be restarted",
        ),
    ],
)
def test_a_query_that_cannot_be_is_refused(
    client: Client, indexed: str, index: IndexSpec, change: Json, message: str
) -> None:
    error = refused(client.query, **{**on(indexed, index, "P"), **change})
    assert (error.code, error.message) == ("ValidationException", message)


def test_all_projected_attributes_need_an_index(client: Client, indexed: str) -> None:
    asked = on(indexed, LOCAL_ALL, "P", Select="ALL_PROJECTED_ATTRIBUTES")
    del asked["IndexName"]
    assert refused(client.query, **asked).message == (
        "1 validation error detected: ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName"
    )
