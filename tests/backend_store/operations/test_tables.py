"""CreateTable, DescribeTable, ListTables, UpdateTable and DeleteTable."""

import re
from typing import Any

import pytest

from backend_store.kv.engine import Engine
from backend_store.store import Store
from tests.support.clock import SteppedClock
from tests.support.stores import Calls, Refusal

DEFINITION: dict[str, Any] = {
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
}


async def create(call: Calls, name: str = "main", **more: Any) -> Any:
    if "ProvisionedThroughput" not in more:
        more["BillingMode"] = "PAY_PER_REQUEST"
    reply = await call("CreateTable", TableName=name, **DEFINITION, **more)
    return reply["TableDescription"]


def units(read: int, write: int) -> dict[str, int]:
    return {"ReadCapacityUnits": read, "WriteCapacityUnits": write}


async def described(call: Calls, name: str = "main") -> Any:
    return (await call("DescribeTable", TableName=name))["Table"]


async def test_a_created_table_is_creating_in_the_reply_and_active_right_after(call: Calls) -> None:
    created = await create(call, ProvisionedThroughput=units(5, 6))
    assert created["TableStatus"] == "CREATING"
    assert await described(call) == {**created, "TableStatus": "ACTIVE"}


async def test_a_table_is_described_with_amazon_s_members(call: Calls, clock: SteppedClock) -> None:
    await create(call, ProvisionedThroughput=units(5, 6))
    table = await described(call)
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", table.pop("TableId"))
    assert table == {
        **DEFINITION,
        "TableName": "main",
        "TableStatus": "ACTIVE",
        "TableArn": "arn:aws:dynamodb:us-east-1:000000000000:table/main",
        "CreationDateTime": clock(),
        "ProvisionedThroughput": {**units(5, 6), "NumberOfDecreasesToday": 0},
        "ItemCount": 0,
        "TableSizeBytes": 0,
        "DeletionProtectionEnabled": False,
    }


async def test_items_and_bytes_are_counted_with_every_write(call: Calls) -> None:
    await create(call)
    await call("PutItem", TableName="main", Item={"id": {"S": "a"}, "v": {"S": "12345"}})
    await call("PutItem", TableName="main", Item={"id": {"S": "b"}})
    counted = await described(call)
    assert (counted["ItemCount"], counted["TableSizeBytes"]) == (2, 12)
    await call("PutItem", TableName="main", Item={"id": {"S": "a"}})
    await call("DeleteItem", TableName="main", Key={"id": {"S": "b"}})
    counted = await described(call)
    assert (counted["ItemCount"], counted["TableSizeBytes"]) == (1, 3)


async def test_a_table_cannot_be_created_twice(call: Calls) -> None:
    await create(call)
    with pytest.raises(Refusal, match="ResourceInUseException: Table already exists: main"):
        await create(call)


@pytest.mark.parametrize("operation", ["DescribeTable", "DeleteTable"])
async def test_a_missing_table_is_named(call: Calls, operation: str) -> None:
    with pytest.raises(Refusal) as refused:
        await call(operation, TableName="other")
    assert (refused.value.code, refused.value.message) == (
        "ResourceNotFoundException",
        "Requested resource not found: Table: other not found",
    )


async def test_a_missing_table_cannot_be_updated(call: Calls) -> None:
    with pytest.raises(Refusal, match="Requested resource not found: Table: other not found"):
        await call("UpdateTable", TableName="other", DeletionProtectionEnabled=True)


async def test_a_deleted_table_is_deleting_in_the_reply_and_gone_right_after(call: Calls) -> None:
    await create(call)
    await call("PutItem", TableName="main", Item={"id": {"S": "a"}})
    reply = await call("DeleteTable", TableName="main")
    assert reply["TableDescription"]["TableStatus"] == "DELETING"
    assert reply["TableDescription"]["ItemCount"] == 1
    for operation, members in (("DescribeTable", {}), ("Scan", {}), ("GetItem", {"Key": {"id": {"S": "a"}}})):
        with pytest.raises(Refusal, match="ResourceNotFoundException"):
            await call(operation, TableName="main", **members)


async def test_a_table_created_again_has_nothing_of_the_old_one(call: Calls) -> None:
    first = await create(call)
    await call("PutItem", TableName="main", Item={"id": {"S": "a"}})
    await call("DeleteTable", TableName="main")
    second = await create(call)
    assert second["TableId"] != first["TableId"]
    assert await call.items("main") == []
    assert await call("GetItem", TableName="main", Key={"id": {"S": "a"}}) == {}
    assert (await described(call))["ItemCount"] == 0


async def test_a_protected_table_is_not_deleted_until_it_is_not_protected(call: Calls) -> None:
    await create(call, DeletionProtectionEnabled=True)
    with pytest.raises(Refusal) as refused:
        await call("DeleteTable", TableName="main")
    assert (refused.value.code, refused.value.message) == (
        "ValidationException",
        "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.",
    )
    updated = await call("UpdateTable", TableName="main", DeletionProtectionEnabled=False)
    assert updated["TableDescription"]["DeletionProtectionEnabled"] is False
    await call("DeleteTable", TableName="main")


async def test_names_are_listed_in_order_and_by_pages(call: Calls) -> None:
    for name in ("ccc", "aaa", "bbb"):
        await create(call, name)
    assert await call("ListTables") == {"TableNames": ["aaa", "bbb", "ccc"]}
    page = await call("ListTables", Limit=2)
    assert page == {"TableNames": ["aaa", "bbb"], "LastEvaluatedTableName": "bbb"}
    assert await call("ListTables", Limit=2, ExclusiveStartTableName="bbb") == {"TableNames": ["ccc"]}
    assert await call("ListTables", ExclusiveStartTableName="bbbb") == {"TableNames": ["ccc"]}


async def test_an_update_says_updating_and_is_done(call: Calls, clock: SteppedClock) -> None:
    await create(call, ProvisionedThroughput=units(5, 5))
    clock.advance(60)
    reply = await call("UpdateTable", TableName="main", ProvisionedThroughput=units(9, 1))
    assert reply["TableDescription"]["TableStatus"] == "UPDATING"
    table = await described(call)
    assert table["TableStatus"] == "ACTIVE"
    assert table["ProvisionedThroughput"] == {
        **units(9, 1),
        "NumberOfDecreasesToday": 1,
        "LastIncreaseDateTime": clock(),
        "LastDecreaseDateTime": clock(),
    }


async def test_decreases_of_the_day_are_known_after_a_restart(call: Calls, clock: SteppedClock, engine: Engine) -> None:
    await create(call, ProvisionedThroughput=units(9, 9))
    clock.advance(3 * 86_400)
    for read in (8, 7):
        await call("UpdateTable", TableName="main", ProvisionedThroughput=units(read, 9))
    restarted = Calls(Store(engine, clock=clock))
    assert (await described(restarted))["ProvisionedThroughput"]["NumberOfDecreasesToday"] == 2
    clock.advance(86_400)
    assert (await described(restarted))["ProvisionedThroughput"]["NumberOfDecreasesToday"] == 0


async def test_billing_goes_to_on_demand_and_back(call: Calls, clock: SteppedClock) -> None:
    await create(call, ProvisionedThroughput=units(5, 5))
    await call("UpdateTable", TableName="main", BillingMode="PAY_PER_REQUEST")
    table = await described(call)
    assert table["ProvisionedThroughput"]["ReadCapacityUnits"] == 0
    assert table["BillingModeSummary"] == {
        "BillingMode": "PAY_PER_REQUEST",
        "LastUpdateToPayPerRequestDateTime": clock(),
    }
    await call("UpdateTable", TableName="main", BillingMode="PROVISIONED", ProvisionedThroughput=units(2, 3))
    table = await described(call)
    assert table["BillingModeSummary"]["BillingMode"] == "PROVISIONED"
    assert table["ProvisionedThroughput"]["WriteCapacityUnits"] == 3


async def test_units_of_an_on_demand_table_cannot_be_set(call: Calls) -> None:
    await create(call)
    with pytest.raises(Refusal, match="Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when Billing"):
        await call("UpdateTable", TableName="main", ProvisionedThroughput=units(1, 1))


async def test_provisioned_billing_needs_units(call: Calls) -> None:
    await create(call)
    with pytest.raises(Refusal, match=r"WriteCapacityUnits must .*be specified when BillingMode is"):
        await call("UpdateTable", TableName="main", BillingMode="PROVISIONED")


async def test_setting_the_units_that_are_set_is_refused(call: Calls) -> None:
    await create(call, ProvisionedThroughput=units(5, 6))
    with pytest.raises(Refusal) as refused:
        await call("UpdateTable", TableName="main", ProvisionedThroughput=units(5, 6))
    assert refused.value.message == (
        "The provisioned throughput for the table will not change. The requested value equals the current value. "
        "Current ReadCapacityUnits provisioned for the table: 5. Requested ReadCapacityUnits: 5. "
        "Current WriteCapacityUnits provisioned for the table: 6. Requested WriteCapacityUnits: 6. "
        "Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits."
    )


async def test_the_class_of_a_table_can_be_changed(call: Calls, clock: SteppedClock) -> None:
    await create(call)
    await call("UpdateTable", TableName="main", TableClass="STANDARD_INFREQUENT_ACCESS")
    assert (await described(call))["TableClassSummary"] == {
        "TableClass": "STANDARD_INFREQUENT_ACCESS",
        "LastUpdateDateTime": clock(),
    }


async def test_a_table_and_its_indexes_lose_their_bounds_when_they_become_provisioned(call: Calls) -> None:
    bounds, units = {"MaxReadRequestUnits": 5}, {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
    index = {
        "IndexName": "by-id",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
        "OnDemandThroughput": bounds,
    }
    await call(
        "CreateTable",
        TableName="bounded",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        OnDemandThroughput=bounds,
        GlobalSecondaryIndexes=[index],
    )
    update = {"Update": {"IndexName": "by-id", "ProvisionedThroughput": units}}
    provisioned: dict[str, object] = {"BillingMode": "PROVISIONED", "ProvisionedThroughput": units}
    await call("UpdateTable", TableName="bounded", **provisioned, GlobalSecondaryIndexUpdates=[update])
    table = (await call("DescribeTable", TableName="bounded"))["Table"]
    assert "OnDemandThroughput" not in table
    assert "OnDemandThroughput" not in table["GlobalSecondaryIndexes"][0]
    bounded = {"Update": {"IndexName": "by-id", "OnDemandThroughput": bounds}}
    with pytest.raises(Refusal, match="PAY_PER_REQUEST"):
        await call("UpdateTable", TableName="bounded", GlobalSecondaryIndexUpdates=[bounded])
    with pytest.raises(Refusal, match="PAY_PER_REQUEST"):
        await call("UpdateTable", TableName="bounded", OnDemandThroughput=bounds)


async def test_a_table_shows_the_key_that_it_was_given_until_that_is_taken_away(call: Calls) -> None:
    await call.create_table("sealed")
    await call("UpdateTable", TableName="sealed", SSESpecification={"Enabled": True, "KMSMasterKeyId": "alias/mine"})
    shown = (await call("DescribeTable", TableName="sealed"))["Table"]["SSEDescription"]
    assert shown["KMSMasterKeyArn"] == "arn:aws:kms:us-east-1:000000000000:alias/mine"
    await call("UpdateTable", TableName="sealed", SSESpecification={"Enabled": False})
    assert "SSEDescription" not in (await call("DescribeTable", TableName="sealed"))["Table"]
