"""BatchWriteItem, as Amazon does it."""

from typing import Any

import pytest

from tests.support.boto import Client, Json, refused, unique


def put(**item: Any) -> Json:
    return {"PutRequest": {"Item": item}}


def delete(**key: Any) -> Json:
    return {"DeleteRequest": {"Key": key}}


def found(client: Client, table: str, **key: Any) -> Any:
    return client.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")


def test_puts_and_deletes_of_several_tables_are_done(client: Client, table: str, ranged: str) -> None:
    gone, kept, other = ({"S": unique()} for _ in range(3))
    client.put_item(TableName=table, Item={"id": gone})
    reply = client.batch_write_item(
        RequestItems={
            table: [delete(id=gone), put(id=kept, n={"N": "1"}), delete(id={"S": unique()})],
            ranged: [put(p=other, r={"N": "1"})],
        }
    )
    assert reply["UnprocessedItems"] == {}
    assert found(client, table, id=gone) is None
    assert found(client, table, id=kept) == {"id": kept, "n": {"N": "1"}}
    assert found(client, ranged, p=other, r={"N": "1"}) == {"p": other, "r": {"N": "1"}}


def test_capacity_is_counted_by_table(client: Client, table: str, ranged: str) -> None:
    reply = client.batch_write_item(
        RequestItems={
            table: [put(id={"S": unique()}, v={"S": "x" * 1500}), put(id={"S": unique()})],
            ranged: [put(p={"S": unique()}, r={"N": "1"})],
        },
        ReturnConsumedCapacity="TOTAL",
    )
    assert {entry["TableName"]: entry["CapacityUnits"] for entry in reply["ConsumedCapacity"]} == {
        table: 3.0,
        ranged: 1.0,
    }


def test_capacity_is_that_of_what_was_replaced_or_deleted_where_that_is_larger(client: Client, table: str) -> None:
    replaced, gone = {"S": unique()}, {"S": unique()}
    for key in (replaced, gone):
        client.put_item(TableName=table, Item={"id": key, "v": {"S": "x" * 2500}})
    reply = client.batch_write_item(
        RequestItems={table: [put(id=replaced), delete(id=gone), delete(id={"S": unique()})]},
        ReturnConsumedCapacity="INDEXES",
        ReturnItemCollectionMetrics="SIZE",
    )
    assert reply["ConsumedCapacity"] == [
        {"TableName": table, "CapacityUnits": 7.0, "Table": {"CapacityUnits": 7.0}},
    ]
    assert not reply.get("ItemCollectionMetrics"), "which only tables with local indexes have"


@pytest.mark.parametrize("kinds", [(put, put), (put, delete), (delete, delete)])
def test_one_key_twice_is_refused_and_nothing_is_written(client: Client, table: str, kinds: Any) -> None:
    key = {"S": unique()}
    error = refused(client.batch_write_item, RequestItems={table: [kind(id=key) for kind in kinds]})
    assert (error.code, error.message) == (
        "ValidationException",
        "Provided list of item keys contains duplicates",
    )
    assert found(client, table, id=key) is None


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (put(n={"N": "1"}), "The provided key element does not match the schema"),
        (put(id={"N": "1"}), "The provided key element does not match the schema"),
        (delete(other={"S": "a"}), "The provided key element does not match the schema"),
        (put(id={"S": "a"}, v={"S": "x" * 410_000}), "Item size has exceeded the maximum allowed size"),
        (
            {**put(id={"S": "a"}), **delete(id={"S": "b"})},
            "Supplied AttributeValue has more than one datatypes set, "
            "must contain exactly one of the supported datatypes",
        ),
    ],
)
def test_one_bad_write_refuses_the_whole(client: Client, table: str, bad: Json, message: str) -> None:
    """An item without its key is refused as a key would be: seen of the service by dynalite's authors."""
    key = {"S": unique()}
    error = refused(client.batch_write_item, RequestItems={table: [put(id=key), bad]})
    assert error.code == "ValidationException"
    assert error.message in (message, "The provided key element does not match the schema")
    assert found(client, table, id=key) is None


def test_a_missing_table_refuses_the_whole(client: Client, table: str) -> None:
    key = {"S": unique()}
    error = refused(client.batch_write_item, RequestItems={table: [put(id=key)], unique("conformance"): [put(id=key)]})
    assert (error.code, error.message) == ("ResourceNotFoundException", "Requested resource not found")
    assert found(client, table, id=key) is None


def test_of_an_item_that_is_too_large_the_missing_table_is_told_first(client: Client) -> None:
    """Captured from the service by ExtendDB's authors."""
    requests = {unique("conformance"): [put(id={"S": "a"}, v={"S": "x" * 410_000})]}
    error = refused(client.batch_write_item, RequestItems=requests)
    assert error.code == "ResourceNotFoundException"


def test_a_batch_has_at_most_25_writes(client: Client, table: str) -> None:
    writes = [put(id={"S": unique()}) for _ in range(26)]
    assert refused(client.batch_write_item, RequestItems={table: writes}).code == "ValidationException"
    assert client.batch_write_item(RequestItems={table: writes[:25]})["UnprocessedItems"] == {}


@pytest.mark.parametrize("tables", [{}, {"some-table": []}])
def test_a_batch_of_nothing_is_refused(client: Client, tables: Any) -> None:
    assert refused(client.batch_write_item, RequestItems=tables).code == "ValidationException"
