"""DeleteBackup, as Amazon does it."""

from collections.abc import Callable

from tests.support.backups import backed_up
from tests.support.boto import Client, refused


def test_a_deleted_backup_is_described_once_more(client: Client, new_table: Callable[..., str]) -> None:
    arn = backed_up(client, new_table())
    details = client.delete_backup(BackupArn=arn)["BackupDescription"]["BackupDetails"]
    assert (details["BackupArn"], details["BackupStatus"]) == (arn, "DELETED")


def test_a_deleted_backup_is_gone(client: Client, new_table: Callable[..., str]) -> None:
    arn = backed_up(client, new_table())
    client.delete_backup(BackupArn=arn)
    for call in (client.describe_backup, client.delete_backup):
        assert refused(call, BackupArn=arn).code == "BackupNotFoundException"
