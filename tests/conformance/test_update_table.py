"""UpdateTable, as Amazon does it."""

from collections.abc import Callable

import pytest

from tests.support.boto import Client, Json, refused, unique


def units(read: int, write: int) -> Json:
    return {"ReadCapacityUnits": read, "WriteCapacityUnits": write}


@pytest.fixture(scope="module")
def own_table(client: Client, new_table: Callable[..., str]) -> str:
    """A table whose billing these tests change: provisioned with 5 and 5 units when each begins."""
    return new_table()


@pytest.fixture(autouse=True)
def five_units(client: Client, own_table: str) -> None:
    table = client.describe_table(TableName=own_table)["Table"]
    if table["ProvisionedThroughput"]["ReadCapacityUnits"] != 5:
        client.update_table(TableName=own_table, BillingMode="PROVISIONED", ProvisionedThroughput=units(5, 5))
        wait(client, own_table)


def wait(client: Client, name: str) -> None:
    client.get_waiter("table_exists").wait(TableName=name)


def test_units_are_changed(client: Client, own_table: str) -> None:
    updated = client.update_table(TableName=own_table, ProvisionedThroughput=units(6, 5))["TableDescription"]
    assert updated["TableStatus"] == "UPDATING"
    wait(client, own_table)
    table = client.describe_table(TableName=own_table)["Table"]
    assert table["TableStatus"] == "ACTIVE"
    assert table["ProvisionedThroughput"]["ReadCapacityUnits"] == 6
    assert "LastIncreaseDateTime" in table["ProvisionedThroughput"]


def test_the_units_that_are_set_are_no_change(client: Client, own_table: str) -> None:
    error = refused(client.update_table, TableName=own_table, ProvisionedThroughput=units(5, 5))
    assert error.code == "ValidationException"
    assert error.message.startswith(
        "The provisioned throughput for the table will not change. The requested value equals the current value. "
        "Current ReadCapacityUnits provisioned for the table: 5. Requested ReadCapacityUnits: 5. "
    )


def test_deletion_protection_is_switched(client: Client, own_table: str) -> None:
    for switched in (True, False):
        client.update_table(TableName=own_table, DeletionProtectionEnabled=switched)
        wait(client, own_table)
        assert client.describe_table(TableName=own_table)["Table"]["DeletionProtectionEnabled"] is switched


def test_something_must_be_asked_for(client: Client, own_table: str) -> None:
    error = refused(client.update_table, TableName=own_table)
    assert error.code == "ValidationException"
    assert error.message.startswith("At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, ")


def test_a_missing_table_is_named(client: Client) -> None:
    name = unique("conformance")
    error = refused(client.update_table, TableName=name, BillingMode="PAY_PER_REQUEST")
    assert (error.code, error.message) == (
        "ResourceNotFoundException",
        f"Requested resource not found: Table: {name} not found",
    )


def test_an_on_demand_table_has_no_units_to_set(client: Client, own_table: str) -> None:
    """Amazon allows only a few changes of the billing mode a day, so this is one test of several things."""
    client.update_table(TableName=own_table, BillingMode="PAY_PER_REQUEST")
    wait(client, own_table)
    table = client.describe_table(TableName=own_table)["Table"]
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert table["ProvisionedThroughput"]["ReadCapacityUnits"] == 0
    error = refused(client.update_table, TableName=own_table, ProvisionedThroughput=units(1, 1))
    assert (error.code, error.message) == (
        "ValidationException",
        "One or more parameter values were invalid: Neither ReadCapacityUnits nor WriteCapacityUnits can be "
        "specified when BillingMode is PAY_PER_REQUEST",
    )
    # That both units are asked for is certain; the word "both" in Amazon's message is not.
    error = refused(client.update_table, TableName=own_table, BillingMode="PROVISIONED")
    assert error.code == "ValidationException"
    assert "when BillingMode is PROVISIONED" in error.message
