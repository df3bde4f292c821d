"""RestoreTableFromBackup, as Amazon does it."""

from collections.abc import Callable

from tests.support.backups import active, backed_up
from tests.support.boto import Client, refused, unique

UNKNOWN = "arn:aws:dynamodb:us-east-1:000000000000:table/missing/backup/01489173575360-b308cd7d"


def test_a_table_has_the_rows_of_its_backup(client: Client, new_table: Callable[..., str], created: list[str]) -> None:
    table, copy = new_table(), unique("restored")
    for number in range(30):
        client.put_item(TableName=table, Item={"id": {"S": str(number)}})
    arn = backed_up(client, table)
    client.put_item(TableName=table, Item={"id": {"S": "later"}})
    created.append(copy)
    description = client.restore_table_from_backup(TargetTableName=copy, BackupArn=arn)["TableDescription"]
    assert description["TableStatus"] == "CREATING"
    assert description["RestoreSummary"]["RestoreInProgress"] is True
    assert description["RestoreSummary"]["SourceBackupArn"] == arn
    restored = active(client, copy)
    assert restored["RestoreSummary"]["RestoreInProgress"] is False
    items = client.scan(TableName=copy)["Items"]
    assert {item["id"]["S"] for item in items} == set(map(str, range(30)))


def test_billing_can_be_overridden(client: Client, new_table: Callable[..., str], created: list[str]) -> None:
    arn, copy = backed_up(client, new_table()), unique("restored")
    created.append(copy)
    client.restore_table_from_backup(
        TargetTableName=copy,
        BackupArn=arn,
        BillingModeOverride="PROVISIONED",
        ProvisionedThroughputOverride={"ReadCapacityUnits": 2, "WriteCapacityUnits": 3},
    )
    units = active(client, copy)["ProvisionedThroughput"]
    assert (units["ReadCapacityUnits"], units["WriteCapacityUnits"]) == (2, 3)


def test_a_missing_backup_is_named(client: Client) -> None:
    refusal = refused(client.restore_table_from_backup, TargetTableName=unique("restored"), BackupArn=UNKNOWN)
    assert (refusal.code, refusal.message) == ("BackupNotFoundException", f"Backup not found: {UNKNOWN}")


def test_a_table_that_is_there_is_not_restored_over(client: Client, new_table: Callable[..., str]) -> None:
    table = new_table()
    refusal = refused(client.restore_table_from_backup, TargetTableName=table, BackupArn=backed_up(client, table))
    assert (refusal.code, refusal.message) == ("TableAlreadyExistsException", f"Table already exists: {table}")
