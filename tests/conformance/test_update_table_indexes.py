"""UpdateTable's index updates, as Amazon does them.

There an index takes minutes to come and seconds to go, here no time on small tables: the tests wait for both.
"""

import time
from collections.abc import Callable

import pytest

from tests.support.boto import Client, Json, refused
from tests.support.indexes import IndexSpec

BY_NAME = IndexSpec("global", "by-name", ("name:S",))
DEFINITIONS: list[Json] = [{"AttributeName": "name", "AttributeType": "S"}]
PATIENCE_S = 1800.0
INVALID = "One or more parameter values were invalid: "


@pytest.fixture
def table(new_table: Callable[..., str]) -> str:
    return new_table()


def create(client: Client, table: str, index: IndexSpec = BY_NAME) -> Json:
    asked = [{"Create": index.document()}]
    reply = client.update_table(TableName=table, AttributeDefinitions=DEFINITIONS, GlobalSecondaryIndexUpdates=asked)
    description: Json = reply["TableDescription"]
    return description


def delete(client: Client, table: str) -> Json:
    asked = [{"Delete": {"IndexName": "by-name"}}]
    description: Json = client.update_table(TableName=table, GlobalSecondaryIndexUpdates=asked)["TableDescription"]
    return description


def at_rest(client: Client, table: str) -> Json:
    """The table's description when no index is being created or deleted."""
    for _ in range(int(PATIENCE_S)):
        described: Json = client.describe_table(TableName=table)["Table"]
        statuses = {index["IndexStatus"] for index in described.get("GlobalSecondaryIndexes", [])}
        if statuses <= {"ACTIVE"} and described["TableStatus"] == "ACTIVE":
            return described
        time.sleep(1)
    raise AssertionError("the table's indexes never came to rest")


def names(client: Client, table: str) -> list[str]:
    reply = client.query(
        TableName=table,
        IndexName="by-name",
        KeyConditionExpression="#n = :n",
        ExpressionAttributeNames={"#n": "name"},
        ExpressionAttributeValues={":n": {"S": "Ada"}},
    )
    return sorted(item["id"]["S"] for item in reply["Items"])


def test_a_new_index_holds_what_was_there_and_what_comes(client: Client, table: str) -> None:
    client.put_item(TableName=table, Item={"id": {"S": "1"}, "name": {"S": "Ada"}})
    client.put_item(TableName=table, Item={"id": {"S": "2"}})
    client.put_item(TableName=table, Item={"id": {"S": "3"}, "name": {"N": "3"}})  # left out: of another type
    created = create(client, table)
    assert created["TableStatus"] == "UPDATING"
    assert created["GlobalSecondaryIndexes"][0]["IndexStatus"] == "CREATING"
    described = at_rest(client, table)
    assert [entry["AttributeName"] for entry in described["AttributeDefinitions"]] == ["id", "name"]
    assert "Backfilling" not in described["GlobalSecondaryIndexes"][0]
    client.put_item(TableName=table, Item={"id": {"S": "2"}, "name": {"S": "Ada"}})
    assert names(client, table) == ["1", "2"]


def test_a_deleted_index_is_gone_with_its_definitions_and_its_name_is_free(client: Client, table: str) -> None:
    create(client, table)
    at_rest(client, table)
    assert delete(client, table)["GlobalSecondaryIndexes"][0]["IndexStatus"] == "DELETING"
    described = at_rest(client, table)
    assert "GlobalSecondaryIndexes" not in described
    assert [entry["AttributeName"] for entry in described["AttributeDefinitions"]] == ["id"]
    error = refused(
        client.query,
        TableName=table,
        IndexName="by-name",
        KeyConditionExpression="id = :i",
        ExpressionAttributeValues={":i": {"S": "1"}},
    )
    assert (error.code, error.message) == (
        "ValidationException",
        "The table does not have the specified index: by-name",
    )
    create(client, table)
    at_rest(client, table)


def test_an_index_is_created_once(client: Client, table: str) -> None:
    create(client, table)
    at_rest(client, table)
    error = refused(create, client=client, table=table)
    assert (error.code, error.message) == (
        "ValidationException",
        "Attempting to create an index which already exists",
    )


def test_two_indexes_are_not_created_at_once(client: Client, table: str) -> None:
    twins = [{"Create": IndexSpec("global", name, ("name:S",)).document()} for name in ("one", "two")]
    error = refused(
        client.update_table, TableName=table, AttributeDefinitions=DEFINITIONS, GlobalSecondaryIndexUpdates=twins
    )
    assert (error.code, error.message) == (
        "LimitExceededException",
        "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table",
    )


def test_a_missing_index_is_named(client: Client, table: str) -> None:
    error = refused(delete, client=client, table=table)
    assert (error.code, error.message) == (
        "ResourceNotFoundException",
        f"Requested resource not found: Index by-name for table {table}",
    )


def test_an_on_demand_table_s_indexes_have_no_units(client: Client, table: str) -> None:
    units = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
    asked = [{"Create": {**BY_NAME.document(), "ProvisionedThroughput": units}}]
    error = refused(
        client.update_table, TableName=table, AttributeDefinitions=DEFINITIONS, GlobalSecondaryIndexUpdates=asked
    )
    assert (error.code, error.message) == (
        "ValidationException",
        f"{INVALID}Neither ReadCapacityUnits nor WriteCapacityUnits can be specified for index: by-name "
        "when BillingMode is PAY_PER_REQUEST",
    )


def test_units_of_an_index_are_changed_and_follow_the_table_s_billing(client: Client, table: str) -> None:
    units = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
    create(client, table)
    at_rest(client, table)
    error = refused(client.update_table, TableName=table, BillingMode="PROVISIONED", ProvisionedThroughput=units)
    assert (error.code, error.message) == (
        "ValidationException",
        f"{INVALID}ProvisionedThroughput must be specified for index: by-name",
    )
    update = [{"Update": {"IndexName": "by-name", "ProvisionedThroughput": units}}]
    client.update_table(
        TableName=table, BillingMode="PROVISIONED", ProvisionedThroughput=units, GlobalSecondaryIndexUpdates=update
    )
    (index,) = at_rest(client, table)["GlobalSecondaryIndexes"]
    assert index["ProvisionedThroughput"]["ReadCapacityUnits"] == 1
    error = refused(client.update_table, TableName=table, GlobalSecondaryIndexUpdates=update)
    assert error.code == "ValidationException"
    assert error.message.startswith("The provisioned throughput for the index by-name will not change.")
    client.update_table(TableName=table, BillingMode="PAY_PER_REQUEST")
    (index,) = at_rest(client, table)["GlobalSecondaryIndexes"]
    assert index["ProvisionedThroughput"]["ReadCapacityUnits"] == 0
