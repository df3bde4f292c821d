"""RestoreTableFromBackup and RestoreTableToPointInTime: what the new table is, and what is refused."""

from typing import Any

import pytest

from backend_store.kv.engine import Engine
from backend_store.store import Store
from tests.support.clock import SteppedClock
from tests.support.copied_tables import Json, backed_up, fill, item, items_of
from tests.support.stores import Calls, Refusal

UNKNOWN = "arn:aws:dynamodb:us-east-1:000000000000:table/main/backup/01700000000000-000000ff"
UNITS = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 6}
START_S = 1_700_000_000


async def recoverable(call: Calls, name: str = "main") -> None:
    await call.create_table(name)
    await call(
        "UpdateContinuousBackups",
        TableName=name,
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
    )


async def restored(call: Calls, **members: Any) -> list[Json]:
    """What a table restored from main holds; it is deleted again."""
    await call("RestoreTableToPointInTime", SourceTableName="main", TargetTableName="copy", **members)
    await call.store.copied()
    items = await items_of(call, "copy")
    await call("DeleteTable", TableName="copy")
    return items


async def refused(call: Calls, operation: str, **members: Any) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        await call(operation, **members)
    return refusal.value


async def described(call: Calls, name: str = "copy") -> Json:
    table: Json = (await call("DescribeTable", TableName=name))["Table"]
    return table


async def test_a_restored_table_says_what_it_was_restored_from(call: Calls, clock: SteppedClock) -> None:
    await call.create_table("main")
    await fill(call, "main", 3)
    arn = await backed_up(call, "main")
    clock.advance(60)
    reply = (await call("RestoreTableFromBackup", BackupArn=arn, TargetTableName="copy"))["TableDescription"]
    summary = {
        "SourceBackupArn": arn,
        "SourceTableArn": (await described(call, "main"))["TableArn"],
        "RestoreDateTime": START_S,
    }
    assert reply["TableStatus"] == "CREATING"
    assert reply["RestoreSummary"] == {**summary, "RestoreInProgress": True}
    table = await described(call)
    assert (table["TableStatus"], table["ItemCount"]) == ("ACTIVE", 3)
    assert table["RestoreSummary"] == {**summary, "RestoreInProgress": False}
    assert table["CreationDateTime"] == START_S + 60
    assert table["TableId"] != (await described(call, "main"))["TableId"]
    assert await items_of(call, "copy") == await items_of(call, "main")


async def test_a_restored_table_is_a_table_of_its_own(call: Calls) -> None:
    await call.create_table("main")
    await fill(call, "main", 3)
    arn = await backed_up(call, "main")
    await call("RestoreTableFromBackup", BackupArn=arn, TargetTableName="copy")
    await call("DeleteItem", TableName="copy", Key={"id": item(0)["id"]})
    assert len(await items_of(call, "main")) == 3
    await call("DeleteTable", TableName="main")
    assert len(await items_of(call, "copy")) == 2
    await call("RestoreTableFromBackup", BackupArn=arn, TargetTableName="main")
    assert len(await items_of(call, "main")) == 3


async def test_tags_protection_and_recovery_are_not_restored(call: Calls) -> None:
    await recoverable(call)
    await call("UpdateTable", TableName="main", DeletionProtectionEnabled=True)
    arn = (await described(call, "main"))["TableArn"]
    await call("TagResource", ResourceArn=arn, Tags=[{"Key": "a", "Value": "b"}])
    await call("RestoreTableFromBackup", BackupArn=await backed_up(call, "main"), TargetTableName="copy")
    table = await described(call)
    assert table["DeletionProtectionEnabled"] is False
    assert (await call("ListTagsOfResource", ResourceArn=table["TableArn"]))["Tags"] == []
    recovery = (await call("DescribeContinuousBackups", TableName="copy"))["ContinuousBackupsDescription"]
    assert recovery["PointInTimeRecoveryDescription"] == {"PointInTimeRecoveryStatus": "DISABLED"}


async def test_indexes_are_rebuilt(call: Calls) -> None:
    await create_indexed(call)
    await fill(call, "main", 30)
    await call("RestoreTableFromBackup", BackupArn=await backed_up(call, "main"), TargetTableName="copy")
    found = await call(
        "Query",
        TableName="copy",
        IndexName="by-text",
        KeyConditionExpression="#t = :t",
        ExpressionAttributeNames={"#t": "text"},
        ExpressionAttributeValues={":t": {"S": "7"}},
    )
    assert found["Items"] == [item(7)]
    (index,) = (await described(call))["GlobalSecondaryIndexes"]
    assert (index["IndexStatus"], index["ItemCount"]) == ("ACTIVE", 30)
    features = (await call("DescribeBackup", BackupArn=(await call("ListBackups"))["BackupSummaries"][0]["BackupArn"]))[
        "BackupDescription"
    ]["SourceTableFeatureDetails"]
    assert features == {
        "GlobalSecondaryIndexes": [
            {
                "IndexName": "by-text",
                "KeySchema": [{"AttributeName": "text", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
                "ProvisionedThroughput": {"ReadCapacityUnits": 0, "WriteCapacityUnits": 0},
            }
        ]
    }


async def create_indexed(call: Calls) -> None:
    await call(
        "CreateTable",
        TableName="main",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("id", "text")],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        GlobalSecondaryIndexes=[INDEX],
        BillingMode="PAY_PER_REQUEST",
    )


INDEX: Json = {
    "IndexName": "by-text",
    "KeySchema": [{"AttributeName": "text", "KeyType": "HASH"}],
    "Projection": {"ProjectionType": "ALL"},
}


async def test_indexes_can_be_left_out_but_not_made_up(call: Calls) -> None:
    await create_indexed(call)
    arn = await backed_up(call, "main")
    for wrong in ({"IndexName": "other"}, {"Projection": {"ProjectionType": "KEYS_ONLY"}}):
        refusal = await refused(
            call,
            "RestoreTableFromBackup",
            BackupArn=arn,
            TargetTableName="copy",
            GlobalSecondaryIndexOverride=[{**INDEX, **wrong}],
        )
        assert refusal.code == "ValidationException"
    await call("RestoreTableFromBackup", BackupArn=arn, TargetTableName="copy", GlobalSecondaryIndexOverride=[])
    assert "GlobalSecondaryIndexes" not in await described(call)
    await call("RestoreTableFromBackup", BackupArn=arn, TargetTableName="same", GlobalSecondaryIndexOverride=[INDEX])
    assert [index["IndexName"] for index in (await described(call, "same"))["GlobalSecondaryIndexes"]] == ["by-text"]


async def test_billing_can_be_overridden(call: Calls) -> None:
    await create_indexed(call)
    arn = await backed_up(call, "main")
    await call(
        "RestoreTableFromBackup",
        BackupArn=arn,
        TargetTableName="copy",
        BillingModeOverride="PROVISIONED",
        ProvisionedThroughputOverride=UNITS,
    )
    table = await described(call)
    assert "BillingModeSummary" not in table
    for provisioned in (table, table["GlobalSecondaryIndexes"][0]):
        assert {name: provisioned["ProvisionedThroughput"][name] for name in UNITS} == UNITS
    arn = await backed_up(call, "copy")
    await call("RestoreTableFromBackup", BackupArn=arn, TargetTableName="again", BillingModeOverride="PAY_PER_REQUEST")
    again = await described(call, "again")
    assert again["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert again["ProvisionedThroughput"]["ReadCapacityUnits"] == 0


@pytest.mark.parametrize(
    "overrides",
    [
        {"BillingModeOverride": "PROVISIONED"},
        {"BillingModeOverride": "PAY_PER_REQUEST", "ProvisionedThroughputOverride": UNITS},
        {"ProvisionedThroughputOverride": UNITS},
    ],
)
async def test_billing_that_contradicts_itself_is_refused(call: Calls, overrides: Json) -> None:
    await call.create_table("main")
    arn = await backed_up(call, "main")
    refusal = await refused(call, "RestoreTableFromBackup", BackupArn=arn, TargetTableName="copy", **overrides)
    assert refusal.code == "ValidationException"


async def test_a_table_that_is_there_is_not_restored_over(call: Calls) -> None:
    await recoverable(call)
    arn = await backed_up(call, "main")
    for operation, members in (
        ("RestoreTableFromBackup", {"BackupArn": arn}),
        ("RestoreTableToPointInTime", {"SourceTableName": "main", "UseLatestRestorableTime": True}),
    ):
        refusal = await refused(call, operation, TargetTableName="main", **members)
        assert (refusal.code, refusal.message) == ("TableAlreadyExistsException", "Table already exists: main")


async def test_a_missing_backup_cannot_be_restored(call: Calls) -> None:
    refusal = await refused(call, "RestoreTableFromBackup", BackupArn=UNKNOWN, TargetTableName="copy")
    assert (refusal.code, refusal.message) == ("BackupNotFoundException", f"Backup not found: {UNKNOWN}")


async def test_a_table_is_restored_to_any_second(call: Calls, clock: SteppedClock) -> None:
    await recoverable(call)
    states: list[list[Json]] = []
    for second in range(4):
        await fill(call, "main", 5 * second, text=f"second {second}")
        await call("DeleteItem", TableName="main", Key={"id": item(second)["id"]})
        states.append(await items_of(call, "main"))
        clock.advance(1)
    for second, state in enumerate(states):
        assert await restored(call, RestoreDateTime=START_S + second) == state
    assert await restored(call, UseLatestRestorableTime=True) == states[-1]


async def test_a_write_within_the_second_is_not_part_of_its_beginning(call: Calls, clock: SteppedClock) -> None:
    await recoverable(call)
    clock.advance(10)
    await call("PutItem", TableName="main", Item=item(1))
    clock.advance(0.001)
    await call("PutItem", TableName="main", Item=item(2))
    assert await restored(call, RestoreDateTime=START_S + 10) == [item(1)]


async def test_of_the_second_in_which_it_was_switched_on_that_moment_is_restored(
    call: Calls, clock: SteppedClock
) -> None:
    await call.create_table("main")
    await call("PutItem", TableName="main", Item=item(1))
    clock.advance(0.5)
    await call("PutItem", TableName="main", Item=item(2))
    specification = {"PointInTimeRecoveryEnabled": True}
    await call("UpdateContinuousBackups", TableName="main", PointInTimeRecoverySpecification=specification)
    clock.advance(0.25)
    await call("PutItem", TableName="main", Item=item(3))
    assert await restored(call, RestoreDateTime=START_S) == [item(1), item(2)]


async def test_what_a_stream_has_logged_before_recovery_was_on_is_not_undone(call: Calls, clock: SteppedClock) -> None:
    await call.create_table("main")
    stream = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    await call("UpdateTable", TableName="main", StreamSpecification=stream)
    clock.advance(0.25)
    await call("PutItem", TableName="main", Item=item(1))
    clock.advance(0.25)
    specification = {"PointInTimeRecoveryEnabled": True}
    await call("UpdateContinuousBackups", TableName="main", PointInTimeRecoverySpecification=specification)
    clock.advance(0.25)
    await call("PutItem", TableName="main", Item=item(2))
    assert await restored(call, RestoreDateTime=START_S) == [item(1)]


async def test_the_latest_time_counts_every_answered_write_though_the_clock_went_back(engine: Engine) -> None:
    now_s = [float(START_S)]
    store = Store(engine, clock=lambda: now_s[0])
    call = Calls(store)
    await recoverable(call)
    now_s[0] += 100
    await call("PutItem", TableName="main", Item=item(1))
    now_s[0] -= 50
    await call("PutItem", TableName="main", Item=item(2))
    assert await restored(call, UseLatestRestorableTime=True) == [item(1), item(2)]
    await store.close()


@pytest.mark.parametrize("time_s", [START_S - 1, START_S + 11])
async def test_a_time_outside_the_window_is_refused(call: Calls, clock: SteppedClock, time_s: int) -> None:
    await recoverable(call)
    clock.advance(10)
    refusal = await refused(
        call, "RestoreTableToPointInTime", SourceTableName="main", TargetTableName="copy", RestoreDateTime=time_s
    )
    assert refusal.code == "InvalidRestoreTimeException"


async def test_a_table_without_recovery_cannot_be_restored(call: Calls) -> None:
    await call.create_table("main")
    refusal = await refused(
        call, "RestoreTableToPointInTime", SourceTableName="main", TargetTableName="copy", UseLatestRestorableTime=True
    )
    assert refusal.code == "PointInTimeRecoveryUnavailableException"


async def test_a_missing_source_is_named(call: Calls) -> None:
    refusal = await refused(
        call, "RestoreTableToPointInTime", SourceTableName="main", TargetTableName="copy", UseLatestRestorableTime=True
    )
    assert (refusal.code, refusal.message) == ("TableNotFoundException", "Table not found: main")


@pytest.mark.parametrize(
    "members",
    [
        {"UseLatestRestorableTime": True},
        {"SourceTableName": "main"},
        {"SourceTableName": "main", "UseLatestRestorableTime": True, "RestoreDateTime": START_S},
    ],
)
async def test_a_restore_says_of_what_and_to_when_and_no_more(call: Calls, members: Json) -> None:
    await recoverable(call)
    refusal = await refused(call, "RestoreTableToPointInTime", TargetTableName="copy", **members)
    assert refusal.code == "ValidationException"


async def test_a_source_is_also_named_by_its_arn(call: Calls) -> None:
    await recoverable(call)
    arn = (await described(call, "main"))["TableArn"]
    await call("RestoreTableToPointInTime", SourceTableArn=arn, TargetTableName="copy", UseLatestRestorableTime=True)
    assert (await described(call))["RestoreSummary"]["SourceTableArn"] == arn


async def test_bounds_are_restored_unless_they_are_overridden(call: Calls) -> None:
    await call.create_table("main")
    await call(
        "UpdateTable", TableName="main", OnDemandThroughput={"MaxReadRequestUnits": 5, "MaxWriteRequestUnits": 6}
    )
    arn = await backed_up(call, "main")
    await call("RestoreTableFromBackup", BackupArn=arn, TargetTableName="copy")
    assert (await described(call))["OnDemandThroughput"] == {"MaxReadRequestUnits": 5, "MaxWriteRequestUnits": 6}
    override = {"OnDemandThroughputOverride": {"MaxReadRequestUnits": 7}}
    await call("RestoreTableFromBackup", BackupArn=arn, TargetTableName="other", **override)
    assert (await described(call, "other"))["OnDemandThroughput"]["MaxReadRequestUnits"] == 7
    provisioned = {"BillingModeOverride": "PROVISIONED", "ProvisionedThroughputOverride": UNITS}
    refusal = await refused(
        call, "RestoreTableFromBackup", BackupArn=arn, TargetTableName="third", **provisioned, **override
    )
    assert refusal.code == "ValidationException"
    await call("RestoreTableFromBackup", BackupArn=arn, TargetTableName="third", **provisioned)
    assert "OnDemandThroughput" not in await described(call, "third")
