"""Backups, exports and imports through boto3: begun, and waited for."""

import time
from collections.abc import Callable
from typing import Final

from tests.support.boto import Client, Json, unique

PATIENCE_S: Final = 600.0  # Amazon takes its time over these
_LOOK_S: Final = 0.02
_LOOK_LESS_S: Final = 5.0


def waited(look: Callable[[], Json], is_done: Callable[[Json], bool]) -> Json:
    """Look until what is seen is done, more seldom as time goes by."""
    began_s = time.monotonic()
    while not is_done(seen := look()):
        spent_s = time.monotonic() - began_s
        assert spent_s < PATIENCE_S, f"it still is {seen}"
        time.sleep(min(_LOOK_LESS_S, max(_LOOK_S, spent_s / 10)))
    return seen


def backed_up(client: Client, table: str, name: str | None = None) -> str:
    """Make a backup and return its ARN when it is available."""

    def look() -> Json:
        return dict(client.describe_backup(BackupArn=arn)["BackupDescription"]["BackupDetails"])

    arn: str = client.create_backup(TableName=table, BackupName=name or unique("backup"))["BackupDetails"]["BackupArn"]
    waited(look, lambda details: details["BackupStatus"] == "AVAILABLE")
    return arn


def active(client: Client, table: str) -> Json:
    """The table, when it has been restored or imported."""
    return waited(
        lambda: dict(client.describe_table(TableName=table)["Table"]), lambda found: found["TableStatus"] == "ACTIVE"
    )


def recoverable(client: Client, table: str) -> None:
    """Switch point-in-time recovery on."""
    client.update_continuous_backups(
        TableName=table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )


def exported(client: Client, arn: str) -> Json:
    return waited(
        lambda: dict(client.describe_export(ExportArn=arn)["ExportDescription"]),
        lambda found: found["ExportStatus"] != "IN_PROGRESS",
    )


def imported(client: Client, arn: str) -> Json:
    return waited(
        lambda: dict(client.describe_import(ImportArn=arn)["ImportTableDescription"]),
        lambda found: found["ImportStatus"] != "IN_PROGRESS",
    )
