"""DeleteItem, as Amazon does it."""

from typing import Any

import pytest

from tests.support.boto import Client, Json, refused, unique


@pytest.fixture
def item(client: Client, table: str) -> Json:
    item: Json = {"id": {"S": unique()}, "a": {"N": "1"}}
    client.put_item(TableName=table, Item=item)
    return item


def found(client: Client, table: str, item: Json) -> Any:
    return client.get_item(TableName=table, Key={"id": item["id"]}, ConsistentRead=True).get("Item")


def test_the_item_is_gone_and_deleting_again_succeeds(client: Client, table: str, item: Json) -> None:
    for _ in range(2):
        client.delete_item(TableName=table, Key={"id": item["id"]})
        assert found(client, table, item) is None


def test_all_old_is_what_was_deleted(client: Client, table: str, item: Json) -> None:
    members = {"TableName": table, "Key": {"id": item["id"]}, "ReturnValues": "ALL_OLD"}
    assert client.delete_item(**members)["Attributes"] == item
    assert "Attributes" not in client.delete_item(**members)


def test_no_other_values_are_returned_by_a_delete(client: Client, table: str, item: Json) -> None:
    error = refused(client.delete_item, TableName=table, Key={"id": item["id"]}, ReturnValues="ALL_NEW")
    assert (error.code, error.message) == ("ValidationException", "ReturnValues can only be ALL_OLD or NONE")
    assert found(client, table, item) == item


def test_a_condition_that_fails_leaves_the_item(client: Client, table: str, item: Json) -> None:
    error = refused(
        client.delete_item,
        TableName=table,
        Key={"id": item["id"]},
        ConditionExpression="a > :a",
        ExpressionAttributeValues={":a": {"N": "1"}},
        ReturnValuesOnConditionCheckFailure="ALL_OLD",
    )
    assert error.code == "ConditionalCheckFailedException"
    assert error.response["Item"] == item
    assert found(client, table, item) == item


def test_a_condition_on_what_is_not_there_fails_without_an_item(client: Client, table: str) -> None:
    error = refused(
        client.delete_item,
        TableName=table,
        Key={"id": {"S": unique()}},
        ConditionExpression="attribute_exists(id)",
        ReturnValuesOnConditionCheckFailure="ALL_OLD",
    )
    assert error.code == "ConditionalCheckFailedException"
    assert "Item" not in error.response


def test_capacity_is_that_of_what_was_deleted(client: Client, table: str) -> None:
    key = {"id": {"S": unique()}}
    client.put_item(TableName=table, Item={**key, "v": {"S": "x" * 1500}})
    for units in (2.0, 1.0):
        reply = client.delete_item(TableName=table, Key=key, ReturnConsumedCapacity="TOTAL")
        assert reply["ConsumedCapacity"] == {"TableName": table, "CapacityUnits": units}


@pytest.mark.parametrize("key", [{"id": {"N": "1"}}, {"other": {"S": "a"}}])
def test_a_key_that_is_none_of_the_table_is_refused(client: Client, table: str, key: Json) -> None:
    error = refused(client.delete_item, TableName=table, Key=key)
    assert (error.code, error.message) == (
        "ValidationException",
        "The provided key element does not match the schema",
    )


def test_a_missing_table_is_not_found(client: Client) -> None:
    error = refused(client.delete_item, TableName=unique("conformance"), Key={"id": {"S": "a"}})
    assert (error.code, error.message) == ("ResourceNotFoundException", "Requested resource not found")


@pytest.mark.parametrize("returns", ["none", "ALL", ""])
def test_values_that_no_operation_returns_are_refused(client: Client, table: str, returns: str) -> None:
    error = refused(client.delete_item, TableName=table, Key={"id": {"S": unique()}}, ReturnValues=returns)
    assert (error.code, error.message) == (
        "ValidationException",
        f"1 validation error detected: Value '{returns}' at 'returnValues' failed to satisfy constraint: "
        "Member must satisfy enum value set: [ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]",
    )
