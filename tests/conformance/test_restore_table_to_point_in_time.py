"""RestoreTableToPointInTime, as Amazon does it.

At Amazon the latest restorable time lags some minutes behind; here it is now.
"""

from collections.abc import Callable
from datetime import timedelta

from tests.support.backups import active, recoverable
from tests.support.boto import Client, refused, unique


def test_a_table_is_restored_to_the_latest_time(
    client: Client, new_table: Callable[..., str], created: list[str]
) -> None:
    table, copy = new_table(), unique("restored")
    recoverable(client, table)
    client.put_item(TableName=table, Item={"id": {"S": "a"}})
    created.append(copy)
    description = client.restore_table_to_point_in_time(
        SourceTableName=table, TargetTableName=copy, UseLatestRestorableTime=True
    )["TableDescription"]
    assert description["TableStatus"] == "CREATING"
    assert "SourceBackupArn" not in description["RestoreSummary"]
    assert active(client, copy)["RestoreSummary"]["RestoreInProgress"] is False
    assert client.scan(TableName=copy)["Items"] == [{"id": {"S": "a"}}]


def test_a_time_outside_the_window_is_refused(client: Client, new_table: Callable[..., str]) -> None:
    table = new_table()
    recoverable(client, table)
    described = client.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    earliest = described["PointInTimeRecoveryDescription"]["EarliestRestorableDateTime"]
    for time in (earliest - timedelta(minutes=1), earliest + timedelta(days=1)):
        refusal = refused(
            client.restore_table_to_point_in_time,
            SourceTableName=table,
            TargetTableName=unique("restored"),
            RestoreDateTime=time,
        )
        assert refusal.code == "InvalidRestoreTimeException"


def test_a_table_without_recovery_cannot_be_restored(client: Client, new_table: Callable[..., str]) -> None:
    refusal = refused(
        client.restore_table_to_point_in_time,
        SourceTableName=new_table(),
        TargetTableName=unique("restored"),
        UseLatestRestorableTime=True,
    )
    assert refusal.code == "PointInTimeRecoveryUnavailableException"


def test_a_missing_source_is_told(client: Client) -> None:
    refusal = refused(
        client.restore_table_to_point_in_time,
        SourceTableName=unique("missing"),
        TargetTableName=unique("restored"),
        UseLatestRestorableTime=True,
    )
    assert refusal.code == "TableNotFoundException"
