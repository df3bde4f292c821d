"""BatchGetItem, as Amazon does it."""

from typing import Any

import pytest

from tests.support.boto import Client, Json, refused, unique


def key_of(item: Json) -> Json:
    return {"id": item["id"]}


@pytest.fixture
def items(client: Client, table: str) -> list[Json]:
    """Three items of a test's own."""
    items: list[Json] = [{"id": {"S": unique()}, "n": {"N": str(number)}} for number in range(3)]
    for item in items:
        client.put_item(TableName=table, Item=item)
    return items


def by_id(items: list[Json]) -> list[Json]:
    return sorted(items, key=lambda item: str(item["id"]))


def test_items_of_several_tables_come_by_table(client: Client, table: str, ranged: str, items: list[Json]) -> None:
    """In which order is not said."""
    other = {"p": {"S": unique()}, "r": {"N": "1"}}
    client.put_item(TableName=ranged, Item=other)
    missing = {"id": {"S": unique()}}
    reply = client.batch_get_item(
        RequestItems={
            table: {"Keys": [*map(key_of, items), missing], "ConsistentRead": True},
            ranged: {"Keys": [other], "ConsistentRead": True},
        }
    )
    assert by_id(reply["Responses"][table]) == by_id(items)
    assert reply["Responses"][ranged] == [other]
    assert reply["UnprocessedKeys"] == {}


def test_a_projection_keeps_what_it_names(client: Client, table: str, items: list[Json]) -> None:
    asked = {
        "Keys": [key_of(items[2])],
        "ProjectionExpression": "#n",
        "ExpressionAttributeNames": {"#n": "n"},
        "ConsistentRead": True,
    }
    assert client.batch_get_item(RequestItems={table: asked})["Responses"] == {table: [{"n": {"N": "2"}}]}


def test_capacity_is_counted_item_by_item(client: Client, table: str, items: list[Json]) -> None:
    reply = client.batch_get_item(RequestItems={table: {"Keys": [*map(key_of, items)]}}, ReturnConsumedCapacity="TOTAL")
    assert reply["ConsumedCapacity"] == [{"TableName": table, "CapacityUnits": 1.5}]


def test_keys_past_16_mb_come_back(client: Client, table: str) -> None:
    keys = [{"id": {"S": unique()}} for _ in range(44)]
    for key in keys:
        client.put_item(TableName=table, Item={**key, "v": {"S": "x" * 400_000}})
    reply = client.batch_get_item(RequestItems={table: {"Keys": keys, "ProjectionExpression": "id"}})
    left = reply["UnprocessedKeys"][table]
    assert left["ProjectionExpression"] == "id"
    rest = client.batch_get_item(RequestItems=reply["UnprocessedKeys"])
    assert by_id(reply["Responses"][table] + rest["Responses"][table]) == by_id(keys)


def request(table: str, *keys: Json) -> Json:
    return {"RequestItems": {table: {"Keys": list(keys)}}}


def test_one_key_asked_for_twice_is_refused(client: Client, table: str) -> None:
    error = refused(client.batch_get_item, **request(table, {"id": {"S": "a"}}, {"id": {"S": "a"}}))
    assert (error.code, error.message) == (
        "ValidationException",
        "Provided list of item keys contains duplicates",
    )


def test_a_key_that_is_none_of_the_table_refuses_the_whole(client: Client, table: str) -> None:
    error = refused(client.batch_get_item, **request(table, {"id": {"S": "a"}}, {"id": {"N": "1"}}))
    assert (error.code, error.message) == (
        "ValidationException",
        "The provided key element does not match the schema",
    )


def test_a_missing_table_refuses_the_whole(client: Client, table: str) -> None:
    tables: Json = {name: {"Keys": [{"id": {"S": "a"}}]} for name in (table, unique("conformance"))}
    error = refused(client.batch_get_item, RequestItems=tables)
    assert (error.code, error.message) == ("ResourceNotFoundException", "Requested resource not found")


@pytest.mark.parametrize("tables", [{}, {"some-table": {"Keys": []}}, {"some-table": {}}])
def test_a_batch_of_nothing_is_refused(client: Client, tables: Any) -> None:
    assert refused(client.batch_get_item, RequestItems=tables).code == "ValidationException"


def test_a_batch_has_at_most_100_keys(client: Client, table: str) -> None:
    """Of one table the limit is a constraint of the member, over several a sentence of its own."""
    keys = [{"id": {"S": str(number)}} for number in range(101)]
    assert refused(client.batch_get_item, **request(table, *keys)).code == "ValidationException"
    assert len(client.batch_get_item(**request(table, *keys[:100]))["Responses"][table]) == 0
