"""DescribeContinuousBackups, as Amazon does it."""

from collections.abc import Callable

from tests.support.backups import recoverable
from tests.support.boto import Client, refused, unique


def test_a_new_table_cannot_be_recovered(client: Client, new_table: Callable[..., str]) -> None:
    described = client.describe_continuous_backups(TableName=new_table())["ContinuousBackupsDescription"]
    assert described["ContinuousBackupsStatus"] == "ENABLED"
    assert described["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "DISABLED"


def test_a_table_with_recovery_tells_its_window(client: Client, new_table: Callable[..., str]) -> None:
    table = new_table()
    recoverable(client, table)
    described = client.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    recovery = described["PointInTimeRecoveryDescription"]
    assert recovery["PointInTimeRecoveryStatus"] == "ENABLED"
    assert recovery["EarliestRestorableDateTime"] <= recovery["LatestRestorableDateTime"]


def test_a_missing_table_is_named(client: Client) -> None:
    table = unique("missing")
    refusal = refused(client.describe_continuous_backups, TableName=table)
    assert (refusal.code, refusal.message) == ("TableNotFoundException", f"Table not found: {table}")
