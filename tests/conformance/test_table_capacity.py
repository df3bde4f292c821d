"""OnDemandThroughput and WarmThroughput of tables and indexes.

What Amazon says of a provisioned table with bounds is not certain, so that only the code is compared.
"""

from typing import Any

import pytest

from tests.support.boto import Client, Json, keyed, refused, unique
from tests.support.indexes import IndexSpec, with_indexes

INVALID = "One or more parameter values were invalid: "
BOUNDS: Json = {"MaxReadRequestUnits": 10, "MaxWriteRequestUnits": 20}
WARM: Json = {"ReadUnitsPerSecond": 12_001, "WriteUnitsPerSecond": 4_001}
GLOBAL = IndexSpec("global", "by-name", ("name:S", "id:S"))


@pytest.fixture
def asked() -> dict[str, Any]:
    return with_indexes(keyed(unique("conformance")), GLOBAL)


def described(client: Client, name: str) -> dict[str, Any]:
    client.get_waiter("table_exists").wait(TableName=name)
    return dict(client.describe_table(TableName=name)["Table"])


def test_a_table_and_its_index_are_created_with_bounds_that_are_changed(
    client: Client, created: list[str], asked: dict[str, Any]
) -> None:
    name = asked["TableName"]
    created.append(name)
    asked["GlobalSecondaryIndexes"][0]["OnDemandThroughput"] = BOUNDS
    client.create_table(**asked, OnDemandThroughput=BOUNDS)
    table = described(client, name)
    assert table["OnDemandThroughput"] == BOUNDS
    assert table["GlobalSecondaryIndexes"][0]["OnDemandThroughput"] == BOUNDS
    update = {"Update": {"IndexName": "by-name", "OnDemandThroughput": {"MaxReadRequestUnits": 11}}}
    reply = client.update_table(TableName=name, GlobalSecondaryIndexUpdates=[update])["TableDescription"]
    assert reply["GlobalSecondaryIndexes"][0]["IndexStatus"] == "UPDATING"
    table = described(client, name)
    assert table["GlobalSecondaryIndexes"][0]["IndexStatus"] == "ACTIVE"
    assert table["GlobalSecondaryIndexes"][0]["OnDemandThroughput"] == {**BOUNDS, "MaxReadRequestUnits": 11}
    client.update_table(TableName=name, OnDemandThroughput={"MaxReadRequestUnits": -1})
    assert described(client, name)["OnDemandThroughput"]["MaxWriteRequestUnits"] == 20


def test_a_table_and_its_index_are_warm(client: Client, created: list[str], asked: dict[str, Any]) -> None:
    name = asked["TableName"]
    created.append(name)
    asked["GlobalSecondaryIndexes"][0]["WarmThroughput"] = WARM
    client.create_table(**asked, WarmThroughput=WARM)
    table = described(client, name)
    assert table["WarmThroughput"] == {**WARM, "Status": "ACTIVE"}
    assert table["GlobalSecondaryIndexes"][0]["WarmThroughput"] == {**WARM, "Status": "ACTIVE"}


def test_bounds_of_nothing_are_refused(client: Client, asked: dict[str, Any]) -> None:
    refusal = refused(client.create_table, **asked, OnDemandThroughput={**BOUNDS, "MaxWriteRequestUnits": 0})
    assert (refusal.code, refusal.message) == (
        "ValidationException",
        f"{INVALID}Requested MaxWriteRequestUnits for OnDemandThroughput for table is outside of valid range",
    )


def test_a_provisioned_table_has_no_bounds(client: Client) -> None:
    units = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
    members = {**keyed(unique("conformance")), "BillingMode": "PROVISIONED", "ProvisionedThroughput": units}
    assert refused(client.create_table, **members, OnDemandThroughput=BOUNDS).code == "ValidationException"
