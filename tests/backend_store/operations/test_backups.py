"""CreateBackup, DescribeBackup, ListBackups and DeleteBackup: what is asked, answered and refused."""

from typing import Any

import pytest

from tests.support.clock import SteppedClock
from tests.support.copied_tables import backed_up, fill
from tests.support.stores import Calls, Refusal

UNKNOWN = "arn:aws:dynamodb:us-east-1:000000000000:table/main/backup/01700000000000-000000ff"


async def refused(call: Calls, operation: str, **members: Any) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        await call(operation, **members)
    return refusal.value


async def names(call: Calls, **members: Any) -> list[str]:
    return [backup["BackupName"] for backup in (await call("ListBackups", **members))["BackupSummaries"]]


async def test_a_backup_describes_itself_and_its_table(call: Calls) -> None:
    await call.create_table("main")
    await fill(call, "main", 3)
    table = (await call("DescribeTable", TableName="main"))["Table"]
    details = (await call("CreateBackup", TableName="main", BackupName="nightly"))["BackupDetails"]
    assert details == {
        "BackupArn": "arn:aws:dynamodb:us-east-1:000000000000:table/main/backup/01700000000000-00000001",
        "BackupName": "nightly",
        "BackupSizeBytes": 0,
        "BackupStatus": "CREATING",
        "BackupType": "USER",
        "BackupCreationDateTime": 1_700_000_000.0,
    }
    described = (await call("DescribeBackup", BackupArn=details["BackupArn"]))["BackupDescription"]
    assert described["BackupDetails"] == {
        **details,
        "BackupStatus": "AVAILABLE",
        "BackupSizeBytes": table["TableSizeBytes"],
    }
    assert described["SourceTableDetails"] == {
        "TableName": "main",
        "TableId": table["TableId"],
        "TableArn": table["TableArn"],
        "TableSizeBytes": table["TableSizeBytes"],
        "KeySchema": table["KeySchema"],
        "TableCreationDateTime": table["CreationDateTime"],
        "ProvisionedThroughput": {"ReadCapacityUnits": 0, "WriteCapacityUnits": 0},
        "ItemCount": 3,
        "BillingMode": "PAY_PER_REQUEST",
    }
    assert described["SourceTableFeatureDetails"] == {}


async def test_a_backup_of_a_missing_table_is_refused_with_the_name(call: Calls) -> None:
    refusal = await refused(call, "CreateBackup", TableName="main", BackupName="nightly")
    assert (refusal.code, refusal.message) == ("TableNotFoundException", "Table not found: main")


async def test_a_missing_backup_is_named(call: Calls) -> None:
    for operation in ("DescribeBackup", "DeleteBackup"):
        refusal = await refused(call, operation, BackupArn=UNKNOWN)
        assert (refusal.code, refusal.message) == ("BackupNotFoundException", f"Backup not found: {UNKNOWN}")


async def test_a_deleted_backup_is_answered_once_more_and_then_gone(call: Calls) -> None:
    await call.create_table("main")
    arn = await backed_up(call, "main")
    deleted = (await call("DeleteBackup", BackupArn=arn))["BackupDescription"]
    assert deleted["BackupDetails"]["BackupStatus"] == "DELETED"
    assert (await refused(call, "DescribeBackup", BackupArn=arn)).code == "BackupNotFoundException"
    assert await names(call) == []


async def test_a_backup_outlives_its_table(call: Calls) -> None:
    await call.create_table("main")
    arn = await backed_up(call, "main")
    await call("DeleteTable", TableName="main")
    described = (await call("DescribeBackup", BackupArn=arn))["BackupDescription"]
    assert described["SourceTableDetails"]["TableName"] == "main"
    assert await names(call, TableName="main") == ["nightly"]


async def test_backups_are_listed_in_pages_the_oldest_first(call: Calls) -> None:
    await call.create_table("main")
    for name in ("one", "two", "three"):
        await backed_up(call, "main", name)
    page = await call("ListBackups", Limit=2)
    assert [backup["BackupName"] for backup in page["BackupSummaries"]] == ["one", "two"]
    assert page["LastEvaluatedBackupArn"] == page["BackupSummaries"][1]["BackupArn"]
    rest = await call("ListBackups", Limit=2, ExclusiveStartBackupArn=page["LastEvaluatedBackupArn"])
    assert [backup["BackupName"] for backup in rest["BackupSummaries"]] == ["three"]
    assert "LastEvaluatedBackupArn" not in rest


async def test_a_page_goes_on_behind_a_backup_that_was_deleted_meanwhile(call: Calls) -> None:
    await call.create_table("main")
    arns = [await backed_up(call, "main", name) for name in ("one", "two", "three")]
    await call("DeleteBackup", BackupArn=arns[1])
    assert await names(call, ExclusiveStartBackupArn=arns[1]) == ["three"]


async def test_a_page_cannot_begin_behind_what_is_no_backup(call: Calls) -> None:
    refusal = await refused(call, "ListBackups", ExclusiveStartBackupArn=UNKNOWN[:-8] + "no-number")
    assert refusal.code == "ValidationException"


async def test_backups_are_listed_by_table_type_and_time(call: Calls, clock: SteppedClock) -> None:
    for table in ("main", "other"):
        await call.create_table(table)
        await backed_up(call, table, f"of {table}".replace(" ", "-"))
        clock.advance(10)
    assert await names(call) == ["of-main", "of-other"]
    assert await names(call, TableName="other") == ["of-other"]
    assert await names(call, TableName="missing") == []
    assert await names(call, BackupType="ALL") == await names(call, BackupType="USER") == ["of-main", "of-other"]
    assert await names(call, BackupType="SYSTEM") == []
    assert await names(call, TimeRangeLowerBound=1_700_000_010) == ["of-other"]
    assert await names(call, TimeRangeUpperBound=1_700_000_010) == ["of-main"]


async def test_a_summary_says_whose_backup_it_is(call: Calls) -> None:
    await call.create_table("main")
    arn = await backed_up(call, "main")
    table = (await call("DescribeTable", TableName="main"))["Table"]
    (summary,) = (await call("ListBackups"))["BackupSummaries"]
    assert summary["BackupArn"] == arn
    assert {name: summary[name] for name in ("TableName", "TableId", "TableArn")} == {
        name: table[name] for name in ("TableName", "TableId", "TableArn")
    }
