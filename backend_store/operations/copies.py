"""All that makes copies of tables: backups and restores, exports and imports, and what runs beside the requests."""

from collections.abc import Callable, Mapping

from backend_store.backups import Backups
from backend_store.buckets import Buckets
from backend_store.catalog import Catalog
from backend_store.chores import Chores
from backend_store.kv.engine import Engine
from backend_store.loads import Loads
from backend_store.operations.backups import BackupOperations
from backend_store.operations.exports import Exports
from backend_store.operations.imports import Imports
from backend_store.operations.recovery import RecoveryOperations
from backend_store.operations.restores import Restores, backup_loader, past_loader
from backend_store.operations.tables import Tables
from microdax.model.arns import Account
from microdax.model.backup_requests import (
    BackupRequest,
    CreateBackup,
    DeleteBackup,
    DescribeBackup,
    DescribeContinuousBackups,
    ListBackups,
    RestoreTableFromBackup,
    RestoreTableToPointInTime,
    UpdateContinuousBackups,
)
from microdax.model.transfer_requests import (
    DescribeExport,
    DescribeImport,
    ExportTable,
    ImportTable,
    ListExports,
    ListImports,
    TransferRequest,
)


class Copies:
    """The operations on copies of one store's tables, each from its request to the members of its reply."""

    def __init__(
        self,
        engine: Engine,
        catalog: Catalog,
        tables: Tables,
        buckets: Buckets,
        account: Account,
        clock: Callable[[], float],
    ) -> None:
        self._chores = Chores()
        self._backups = Backups(engine, self._chores)
        self._exports = Exports(engine, catalog, self._chores, buckets, clock)
        self._imports = Imports(engine, catalog, self._chores, buckets, tables.described, clock)
        loaders = {
            "import": self._imports.load,
            "backup": backup_loader(engine, self._backups, self._chores),
            "past": past_loader(engine, catalog, self._chores, clock),
        }
        self._loads = Loads(catalog, self._chores, loaders)
        self._backup_operations = BackupOperations(catalog, self._backups, clock)
        self._restores = Restores(engine, catalog, self._backups, self._loads, account, clock)
        self._recovery = RecoveryOperations(catalog, clock)
        self._has_begun = False

    def go_on(self) -> None:
        """Go on with what an earlier start has left, once. Needs a running event loop."""
        if not self._has_begun:
            self._has_begun = True
            self._backups.go_on()
            self._exports.go_on()
            self._imports.go_on()
            self._loads.go_on()

    async def finished(self) -> None:
        """Wait until nothing runs beside the requests."""
        self.go_on()
        await self._chores.finished()

    async def stop(self) -> None:
        """Leave the rest to the next start."""
        await self._chores.stop()
        for records in (self._backups, self._exports, self._imports):
            await records.settle()

    async def answer(self, request: BackupRequest | TransferRequest) -> Mapping[str, object]:
        match request:
            case CreateBackup():
                return await self._backup_operations.create(request)
            case DescribeBackup():
                return self._backup_operations.describe(request)
            case ListBackups():
                return self._backup_operations.list(request)
            case DeleteBackup():
                return await self._backup_operations.delete(request)
            case RestoreTableFromBackup():
                return await self._restores.from_backup(request)
            case RestoreTableToPointInTime():
                return await self._restores.to_point_in_time(request)
            case UpdateContinuousBackups():
                return await self._recovery.update(request)
            case DescribeContinuousBackups():
                return self._recovery.describe(request)
            case ExportTable():
                return await self._exports.begin(request)
            case DescribeExport():
                return self._exports.describe(request)
            case ListExports():
                return self._exports.list(request)
            case ImportTable():
                return await self._imports.begin(request, self._loads)
            case DescribeImport():
                return self._imports.describe(request)
            case ListImports():
                return self._imports.list(request)
