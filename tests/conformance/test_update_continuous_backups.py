"""UpdateContinuousBackups, as Amazon does it.

Amazon refuses it for some seconds after a table was created (ContinuousBackupsUnavailableException); here it works at
once.
"""

from collections.abc import Callable

from tests.support.boto import Client, refused, unique


def test_recovery_is_switched_on_with_a_period(client: Client, new_table: Callable[..., str]) -> None:
    specification = {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 7}
    reply = client.update_continuous_backups(TableName=new_table(), PointInTimeRecoverySpecification=specification)
    described = reply["ContinuousBackupsDescription"]
    assert described["ContinuousBackupsStatus"] == "ENABLED"
    recovery = described["PointInTimeRecoveryDescription"]
    assert (recovery["PointInTimeRecoveryStatus"], recovery["RecoveryPeriodInDays"]) == ("ENABLED", 7)


def test_recovery_is_switched_off(client: Client, new_table: Callable[..., str]) -> None:
    table = new_table()
    for is_enabled in (True, False):
        reply = client.update_continuous_backups(
            TableName=table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": is_enabled}
        )
    recovery = reply["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    assert recovery == {"PointInTimeRecoveryStatus": "DISABLED"}


def test_a_missing_table_is_named(client: Client) -> None:
    table = unique("missing")
    specification = {"PointInTimeRecoveryEnabled": True}
    refusal = refused(client.update_continuous_backups, TableName=table, PointInTimeRecoverySpecification=specification)
    assert (refusal.code, refusal.message) == ("TableNotFoundException", f"Table not found: {table}")


def test_a_period_is_between_1_and_35_days(client: Client, table: str) -> None:
    for days in (0, 36):
        specification = {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": days}
        refusal = refused(
            client.update_continuous_backups, TableName=table, PointInTimeRecoverySpecification=specification
        )
        assert refusal.code == "ValidationException"
