"""DescribeBackup, as Amazon does it."""

from collections.abc import Callable

from tests.support.backups import backed_up
from tests.support.boto import Client, refused

UNKNOWN = "arn:aws:dynamodb:us-east-1:000000000000:table/missing/backup/01489173575360-b308cd7d"


def test_a_backup_describes_the_table_as_it_was(client: Client, new_table: Callable[..., str]) -> None:
    table = new_table("p:S", "r:N")
    described = client.describe_table(TableName=table)["Table"]
    arn = backed_up(client, table)
    source = client.describe_backup(BackupArn=arn)["BackupDescription"]["SourceTableDetails"]
    assert source["TableName"] == table
    assert source["TableId"] == described["TableId"]
    assert source["KeySchema"] == described["KeySchema"]
    assert source["BillingMode"] == "PAY_PER_REQUEST"


def test_a_missing_backup_is_named(client: Client) -> None:
    refusal = refused(client.describe_backup, BackupArn=UNKNOWN)
    assert (refusal.code, refusal.message) == ("BackupNotFoundException", f"Backup not found: {UNKNOWN}")


def test_an_arn_has_at_least_37_characters(client: Client) -> None:
    assert refused(client.describe_backup, BackupArn="arn:aws:dynamodb").code == "ValidationException"
