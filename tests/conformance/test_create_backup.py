"""CreateBackup, as Amazon does it."""

from collections.abc import Callable

from tests.support.backups import backed_up
from tests.support.boto import Client, refused, unique


def test_a_backup_is_created_and_becomes_available(client: Client, new_table: Callable[..., str]) -> None:
    table, name = new_table(), unique("backup")
    details = client.create_backup(TableName=table, BackupName=name)["BackupDetails"]
    assert details["BackupName"] == name
    assert details["BackupStatus"] in ("CREATING", "AVAILABLE")
    assert details["BackupType"] == "USER"
    assert f"table/{table}/backup/" in details["BackupArn"]


def test_two_backups_may_have_one_name(client: Client, new_table: Callable[..., str]) -> None:
    table, name = new_table(), unique("backup")
    assert backed_up(client, table, name) != backed_up(client, table, name)


def test_a_missing_table_is_named(client: Client) -> None:
    table = unique("missing")
    refusal = refused(client.create_backup, TableName=table, BackupName="nightly")
    assert (refusal.code, refusal.message) == ("TableNotFoundException", f"Table not found: {table}")


def test_a_name_has_at_least_3_characters(client: Client, table: str) -> None:
    refusal = refused(client.create_backup, TableName=table, BackupName="ab")
    assert refusal.code == "ValidationException"
    assert "Member must have length greater than or equal to 3" in refusal.message


def test_a_name_is_required(client: Client, table: str) -> None:
    assert refused(client.create_backup, TableName=table).code == "ValidationException"
