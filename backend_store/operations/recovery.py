"""UpdateContinuousBackups and DescribeContinuousBackups: from when on a table can be recovered.

Point-in-time recovery is a mark in the table's description: as long as it is there, the change log is kept for its
period. The latest restorable time is now, where Amazon's is minutes ago.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace

from backend_store.catalog import Catalog
from backend_store.kv.engine import Engine
from backend_store.operations.backups import table_to_back_up
from backend_store.table import Table
from backend_store.table_state import state_of
from microdax.model.backup_requests import DescribeContinuousBackups, UpdateContinuousBackups
from microdax.model.errors import PointInTimeRecoveryUnavailableException
from microdax.model.tables import Document, Recovery, TableDescription


class RecoveryOperations:
    """The operations on point-in-time recovery, each from its request to the members of its reply."""

    def __init__(self, catalog: Catalog, clock: Callable[[], float]) -> None:
        self._catalog = catalog
        self._clock = clock

    def describe(self, request: DescribeContinuousBackups) -> Mapping[str, object]:
        return self._document(table_to_back_up(self._catalog, request.table).description.recovery)

    async def update(self, request: UpdateContinuousBackups) -> Mapping[str, object]:
        table_to_back_up(self._catalog, request.table)
        now_s = self._clock()
        table = await self._catalog.update(request.table, lambda table: _updated(table, request, now_s))
        return self._document(table.description.recovery)

    def _document(self, recovery: Recovery | None) -> Mapping[str, object]:
        point_in_time: Document = {"PointInTimeRecoveryStatus": "DISABLED"}
        if recovery is not None:
            now_s = self._clock()
            point_in_time = {
                "PointInTimeRecoveryStatus": "ENABLED",
                "RecoveryPeriodInDays": recovery.period_days,
                "EarliestRestorableDateTime": recovery.earliest_s(now_s),
                "LatestRestorableDateTime": float(math.floor(now_s)),
            }
        return {
            "ContinuousBackupsDescription": {
                "ContinuousBackupsStatus": "ENABLED",
                "PointInTimeRecoveryDescription": point_in_time,
            }
        }


def recovery_of(table: Table) -> Recovery:
    """The recovery that is on; raises PointInTimeRecoveryUnavailableException where it is not."""
    recovery = table.description.recovery
    if recovery is None:
        raise PointInTimeRecoveryUnavailableException(f"Point in time recovery is not enabled for table '{table.name}'")
    return recovery


def moment_ms(engine: Engine, table: Table, time_s: float | None, now_s: float) -> int:
    """The millisecond up to which changes count; the latest is that of the last change, whatever the clock says."""
    recovery = recovery_of(table)
    if time_s is not None:
        return recovery.moment_ms(time_s)
    return max(recovery.moment_ms(now_s), state_of(engine, table).logged_ms)


def _updated(table: TableDescription, request: UpdateContinuousBackups, now_s: float) -> TableDescription:
    """The table with recovery as it is wanted: what is on already keeps its beginning."""
    if not request.is_enabled:
        return replace(table, recovery=None)
    recovery = table.recovery or Recovery(now_s)
    return replace(table, recovery=replace(recovery, period_days=request.period_days or recovery.period_days))
