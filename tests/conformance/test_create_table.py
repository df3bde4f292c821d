"""CreateTable, as Amazon does it."""

from typing import Any

import pytest

from tests.support.boto import Client, Json, keyed, refused, unique


def provisioned(name: str) -> Json:
    members = keyed(name)
    del members["BillingMode"]
    return {**members, "ProvisionedThroughput": {"ReadCapacityUnits": 2, "WriteCapacityUnits": 3}}


def test_the_reply_says_creating_and_describes_the_table(client: Client, created: list[str]) -> None:
    name = unique("conformance")
    created.append(name)
    table = client.create_table(**provisioned(name))["TableDescription"]
    assert table["TableStatus"] == "CREATING"
    assert table["TableName"] == name
    assert table["TableArn"].endswith(f":table/{name}")
    assert len(table["TableId"]) == 36
    assert table["AttributeDefinitions"] == [{"AttributeName": "id", "AttributeType": "S"}]
    assert table["KeySchema"] == [{"AttributeName": "id", "KeyType": "HASH"}]
    assert table["ProvisionedThroughput"] == {
        "NumberOfDecreasesToday": 0,
        "ReadCapacityUnits": 2,
        "WriteCapacityUnits": 3,
    }
    assert (table["ItemCount"], table["TableSizeBytes"]) == (0, 0)
    assert table["CreationDateTime"].year >= 2024
    assert table["DeletionProtectionEnabled"] is False


def test_an_on_demand_table_has_no_units_and_a_billing_summary(client: Client, created: list[str]) -> None:
    name = unique("conformance")
    created.append(name)
    table = client.create_table(**keyed(name, "p:B", "r:N"))["TableDescription"]
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert table["ProvisionedThroughput"]["ReadCapacityUnits"] == 0
    assert [element["KeyType"] for element in table["KeySchema"]] == ["HASH", "RANGE"]


def test_a_name_that_is_taken_is_refused(client: Client, table: str) -> None:
    error = refused(client.create_table, **keyed(table))
    assert (error.code, error.message) == ("ResourceInUseException", f"Table already exists: {table}")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"TableName": "ab"}, "TableName must be at least 3 characters long and at most 255 characters long"),
        ({"TableName": "a" * 256}, "TableName must be at least 3 characters long and at most 255 characters long"),
        (
            {"BillingMode": "PROVISIONED"},
            "One or more parameter values were invalid: "
            "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED",
        ),
        (
            {"ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}},
            "One or more parameter values were invalid: Neither ReadCapacityUnits nor WriteCapacityUnits can be "
            "specified when BillingMode is PAY_PER_REQUEST",
        ),
        (
            {
                "AttributeDefinitions": [
                    {"AttributeName": "id", "AttributeType": "S"},
                    {"AttributeName": "more", "AttributeType": "S"},
                ]
            },
            "One or more parameter values were invalid: Number of attributes in KeySchema does not "
            "exactly match number of attributes defined in AttributeDefinitions",
        ),
    ],
)
def test_a_table_that_cannot_be_is_refused(client: Client, change: dict[str, Any], message: str) -> None:
    error = refused(client.create_table, **{**keyed(unique("conformance")), **change})
    assert (error.code, error.message) == ("ValidationException", message)


@pytest.mark.parametrize(
    "change",
    [
        {"TableName": "no blanks"},
        {"BillingMode": "FREE"},
        {"KeySchema": []},
        {"KeySchema": [{"AttributeName": "id", "KeyType": "RANGE"}]},
        {"AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "BOOL"}]},
        {"AttributeDefinitions": [{"AttributeName": "other", "AttributeType": "S"}]},
    ],
)
def test_a_member_that_is_not_of_its_kind_is_a_validation_error(client: Client, change: dict[str, Any]) -> None:
    error = refused(client.create_table, **{**keyed(unique("conformance")), **change})
    assert error.code == "ValidationException"
