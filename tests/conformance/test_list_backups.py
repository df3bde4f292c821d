"""ListBackups, as Amazon does it."""

from collections.abc import Callable
from datetime import timedelta

from tests.support.backups import backed_up
from tests.support.boto import Client, refused, unique


def test_backups_of_a_table_are_listed_in_pages(client: Client, new_table: Callable[..., str]) -> None:
    table = new_table()
    arns = {backed_up(client, table) for _ in range(3)}
    page = client.list_backups(TableName=table, Limit=2)
    assert len(page["BackupSummaries"]) == 2
    assert page["LastEvaluatedBackupArn"] == page["BackupSummaries"][1]["BackupArn"]
    rest = client.list_backups(TableName=table, ExclusiveStartBackupArn=page["LastEvaluatedBackupArn"])
    found = [backup["BackupArn"] for backup in page["BackupSummaries"] + rest["BackupSummaries"]]
    assert len(found) == 3
    assert set(found) == arns


def test_a_summary_says_whose_backup_it_is(client: Client, new_table: Callable[..., str]) -> None:
    table = new_table()
    arn = backed_up(client, table)
    (summary,) = client.list_backups(TableName=table)["BackupSummaries"]
    assert (summary["TableName"], summary["BackupArn"]) == (table, arn)
    assert (summary["BackupStatus"], summary["BackupType"]) == ("AVAILABLE", "USER")


def test_backups_are_listed_by_type(client: Client, new_table: Callable[..., str]) -> None:
    table = new_table()
    backed_up(client, table)
    assert len(client.list_backups(TableName=table, BackupType="ALL")["BackupSummaries"]) == 1
    assert len(client.list_backups(TableName=table, BackupType="USER")["BackupSummaries"]) == 1
    assert client.list_backups(TableName=table, BackupType="SYSTEM")["BackupSummaries"] == []


def test_backups_are_listed_by_time(client: Client, new_table: Callable[..., str]) -> None:
    table = new_table()
    arn = backed_up(client, table)
    at = client.describe_backup(BackupArn=arn)["BackupDescription"]["BackupDetails"]["BackupCreationDateTime"]
    later, earlier = at + timedelta(minutes=1), at - timedelta(minutes=1)
    assert client.list_backups(TableName=table, TimeRangeLowerBound=later)["BackupSummaries"] == []
    assert client.list_backups(TableName=table, TimeRangeUpperBound=earlier)["BackupSummaries"] == []
    assert len(client.list_backups(TableName=table, TimeRangeLowerBound=earlier)["BackupSummaries"]) == 1


def test_a_missing_table_has_no_backups(client: Client) -> None:
    assert client.list_backups(TableName=unique("missing"))["BackupSummaries"] == []


def test_a_limit_is_between_1_and_100(client: Client) -> None:
    for limit in (0, 101):
        assert refused(client.list_backups, Limit=limit).code == "ValidationException"
