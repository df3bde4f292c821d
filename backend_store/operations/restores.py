"""RestoreTableFromBackup and RestoreTableToPointInTime: a new table with the rows that another one had.

A small table is restored when the reply is sent, though it says CREATING, as Amazon's does.
"""

import uuid
from collections.abc import Callable, Mapping
from contextlib import closing
from functools import partial

from backend_store.backups import Backup, Backups, rows_of
from backend_store.catalog import Catalog
from backend_store.chores import Chore, Chores
from backend_store.images import Image
from backend_store.kv.engine import Engine
from backend_store.loads import Loader, Loads, SourceGone, put_rows
from backend_store.operations.backups import table_to_back_up
from backend_store.operations.recovery import moment_ms, recovery_of
from backend_store.operations.restored import Identity, restored
from backend_store.past import rows_at
from backend_store.table import Table
from microdax.model.arns import Account
from microdax.model.backup_requests import RestoreTableFromBackup, RestoreTableToPointInTime
from microdax.model.errors import (
    BackupInUseException,
    InvalidRestoreTimeException,
    ResourceInUseException,
    ResourceNotFoundException,
    TableAlreadyExistsException,
)
from microdax.model.tables import Restore, TableDescription, TableSize


class Restores:
    """The restores of one store, each from its request to the members of its reply."""

    def __init__(
        self,
        engine: Engine,
        catalog: Catalog,
        backups: Backups,
        loads: Loads,
        account: Account,
        clock: Callable[[], float],
    ) -> None:
        self._engine = engine
        self._catalog = catalog
        self._backups = backups
        self._loads = loads
        self._account = account
        self._clock = clock

    async def from_backup(self, request: RestoreTableFromBackup) -> Mapping[str, object]:
        backup = self._backups.find(request.backup_arn)
        if backup.status != "AVAILABLE":
            raise BackupInUseException(f"Backup is being created: {backup.arn}")
        restore = Restore(backup.table.arn, backup.created_s, backup.arn)
        description = restored(self._identity(request.table), backup.table, restore, request.overrides)
        return await self._begin(description, {"kind": "backup", "backup": backup.number})

    async def to_point_in_time(self, request: RestoreTableToPointInTime) -> Mapping[str, object]:
        source = table_to_back_up(self._catalog, request.source)
        recovery, now_s = recovery_of(source), self._clock()
        time_s = now_s if request.time_s is None else request.time_s
        if not recovery.earliest_s(now_s) <= time_s <= now_s:
            raise InvalidRestoreTimeException(
                "An invalid restore time was specified. "
                "RestoreDateTime must be between EarliestRestorableDateTime and LatestRestorableDateTime."
            )
        restore = Restore(source.description.arn, round(time_s, 3))
        description = restored(self._identity(request.table), source.description, restore, request.overrides)
        load = {
            "kind": "past",
            "table": source.name,
            "number": source.number,
            "moment_ms": moment_ms(self._engine, source, request.time_s, now_s),
        }
        return await self._begin(description, load)

    async def _begin(self, description: TableDescription, load: Mapping[str, object]) -> Mapping[str, object]:
        try:
            await self._loads.begin(description, load)
        except ResourceInUseException as error:
            raise TableAlreadyExistsException(error.message) from None
        return {"TableDescription": description.document("CREATING", TableSize(), description.created_s)}

    def _identity(self, name: str) -> Identity:
        return Identity(name, self._account.table_arn(name), str(uuid.uuid4()), round(self._clock(), 3))


def backup_loader(engine: Engine, backups: Backups, chores: Chores) -> Loader:
    """Loads tables from backups."""

    async def load(chore: Chore, table: Table) -> None:
        assert table.load is not None
        backup = next((backup for backup in backups if backup.number == table.load["backup"]), None)
        if backup is None:
            raise SourceGone("the backup is not there")
        await chores.in_thread(partial(_load_backup, engine, backup, table, chore))

    return load


def past_loader(engine: Engine, catalog: Catalog, chores: Chores, clock: Callable[[], float]) -> Loader:
    """Loads tables from what other tables held once."""

    async def load(chore: Chore, table: Table) -> None:
        assert table.load is not None
        source, moment_ms = _source(catalog, table.load), int(str(table.load["moment_ms"]))
        recovery = source.description.recovery
        if recovery is None or not recovery.reaches(moment_ms, clock()):
            raise SourceGone("what its source held then is not known any more")
        await chores.in_thread(partial(_load_past, engine, source, moment_ms, table, chore))

    return load


def _source(catalog: Catalog, load: Mapping[str, object]) -> Table:
    try:
        source = catalog.table_to_manage(str(load["table"]))
    except ResourceNotFoundException:
        raise SourceGone("its source was deleted") from None
    if source.number != load["number"]:
        raise SourceGone("its source was deleted and created anew")
    return source


def _load_past(engine: Engine, source: Table, moment_ms: int, table: Table, chore: Chore) -> None:
    with engine.snapshot() as reader, closing(rows_at(reader, source, moment_ms)) as rows:
        try:
            put_rows(engine, table, map(Image.of_value, rows), chore)
        except ResourceNotFoundException:
            raise SourceGone("its source was deleted") from None


def _load_backup(engine: Engine, backup: Backup, table: Table, chore: Chore) -> None:
    with engine.snapshot() as reader:
        put_rows(engine, table, map(Image.of_value, rows_of(reader, backup)), chore)
