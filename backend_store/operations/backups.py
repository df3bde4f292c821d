"""CreateBackup, DescribeBackup, ListBackups and DeleteBackup.

A small table is backed up when the reply is sent, though it says CREATING, as Amazon's does.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Final, cast

from backend_store.backups import Backup, Backups, Status
from backend_store.catalog import Catalog
from backend_store.table import Table
from microdax.model import limits
from microdax.model.backup_requests import CreateBackup, DeleteBackup, DescribeBackup, ListBackups
from microdax.model.errors import (
    BackupInUseException,
    ResourceNotFoundException,
    TableInUseException,
    TableNotFoundException,
    ValidationException,
)
from microdax.model.tables import Document, TableDescription, TableSize

_INDEX_LISTS: Final = ("LocalSecondaryIndexes", "GlobalSecondaryIndexes")


def table_to_back_up(catalog: Catalog, name: str) -> Table:
    """The table that an operation on backups names."""
    try:
        table = catalog.table_to_manage(name)
    except ResourceNotFoundException:
        raise TableNotFoundException(f"Table not found: {name}") from None
    if table.load is not None:
        raise TableInUseException(f"Table is being created: {name}")
    return table


class BackupOperations:
    """The operations on backups, each from its request to the members of its reply."""

    def __init__(self, catalog: Catalog, backups: Backups, clock: Callable[[], float]) -> None:
        self._catalog = catalog
        self._backups = backups
        self._clock = clock

    async def create(self, request: CreateBackup) -> Mapping[str, object]:
        table = table_to_back_up(self._catalog, request.table)
        try:
            backup = await self._backups.create(table, request.name, round(self._clock(), 3))
        except ResourceNotFoundException:  # deleted before the snapshot was taken
            raise TableNotFoundException(f"Table not found: {request.table}") from None
        return {"BackupDetails": _details(backup)}

    def describe(self, request: DescribeBackup) -> Mapping[str, object]:
        return {"BackupDescription": _description(self._backups.find(request.arn))}

    def list(self, request: ListBackups) -> Mapping[str, object]:
        asked = [backup for backup in self._backups if _is_asked(backup, request)]
        start = request.exclusive_start_arn
        if start is not None:
            asked = _behind(asked, start)
        limit = request.limit or limits.LIST_BACKUPS_MAX
        members: dict[str, object] = {"BackupSummaries": [_summary(backup) for backup in asked[:limit]]}
        return members if len(asked) <= limit else {**members, "LastEvaluatedBackupArn": asked[limit - 1].arn}

    async def delete(self, request: DeleteBackup) -> Mapping[str, object]:
        backup = self._backups.find(request.arn)
        for table in self._catalog.loading():
            if table.load is not None and table.load.get("backup") == backup.number:
                raise BackupInUseException(f"Table {table.name} is being restored from the backup: {backup.arn}")
        deleted = await self._backups.delete(request.arn)
        return {"BackupDescription": _description(deleted, "DELETED")}


def _is_asked(backup: Backup, request: ListBackups) -> bool:
    return (
        request.type in ("USER", "ALL")
        and request.table in (None, backup.table.name)
        and (request.from_s is None or backup.created_s >= request.from_s)
        and (request.until_s is None or backup.created_s < request.until_s)
    )


def _behind(backups: Iterable[Backup], arn: str) -> list[Backup]:
    """The backups after the one with this ARN, which may have been deleted meanwhile: its end is its number."""
    try:
        number = int(arn.rpartition("-")[2], 16)
    except ValueError:
        raise ValidationException(f"Invalid ExclusiveStartBackupArn: {arn}") from None
    return [backup for backup in backups if backup.number > number]


def _details(backup: Backup, status: Status | None = None) -> Document:
    return {
        "BackupArn": backup.arn,
        "BackupName": backup.name,
        "BackupSizeBytes": backup.size.size_bytes,
        "BackupStatus": status or backup.status,
        "BackupType": "USER",
        "BackupCreationDateTime": backup.created_s,
    }


def _summary(backup: Backup) -> Document:
    table: Document = {"TableName": backup.table.name, "TableId": backup.table.id, "TableArn": backup.table.arn}
    return {**table, **_details(backup)}


def _description(backup: Backup, status: Status | None = None) -> Document:
    return {
        "BackupDetails": _details(backup, status),
        "SourceTableDetails": _source(backup),
        "SourceTableFeatureDetails": _features(backup.table),
    }


def _source(backup: Backup) -> Document:
    table = backup.table
    shown = table.document("ACTIVE", backup.size, backup.created_s)
    units = table.provisioning.units
    return {
        **{name: shown[name] for name in ("TableName", "TableId", "TableArn", "TableSizeBytes", "KeySchema")},
        "TableCreationDateTime": table.created_s,
        "ProvisionedThroughput": {"ReadCapacityUnits": units.read_units, "WriteCapacityUnits": units.write_units},
        "ItemCount": backup.size.items,
        "BillingMode": table.billing_mode,
    }


def _features(table: TableDescription) -> Document:
    """The indexes, with the members that a description of a backup has of them."""
    shown = table.document("ACTIVE", TableSize(), table.created_s)
    return {member: [_index(index) for index in _listed(shown[member])] for member in _INDEX_LISTS if member in shown}


def _index(shown: Document) -> Document:
    index = {name: shown[name] for name in ("IndexName", "KeySchema", "Projection")}
    if "ProvisionedThroughput" in shown:
        units = cast(Document, shown["ProvisionedThroughput"])
        index["ProvisionedThroughput"] = {name: units[name] for name in ("ReadCapacityUnits", "WriteCapacityUnits")}
    return index


def _listed(indexes: object) -> list[Document]:
    return cast(list[Document], indexes)
