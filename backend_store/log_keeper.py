"""Keeps change logs and shards in bounds: rolls shards over, forgets old ones, trims records that nobody may read.

A round looks on a snapshot at all tables and has jobs only for those where something is due; records go in batches.
"""

import asyncio
from collections.abc import Sequence

from backend_store import change_log, shards
from backend_store.catalog import Catalog
from backend_store.kv.engine import Engine, Reader, Writer
from backend_store.shards import Rollover
from backend_store.table import Table
from microdax.model.errors import ResourceNotFoundException


class LogKeeper:
    """The rounds over the change logs of one store."""

    def __init__(self, engine: Engine, catalog: Catalog, rollover: Rollover) -> None:
        self._engine = engine
        self._catalog = catalog
        self._rollover = rollover

    async def tidy(self) -> None:
        """Do all that there is to do now."""
        for table in await asyncio.to_thread(self._due, self._catalog.tables()):
            try:
                await self._tidy(table)
            except ResourceNotFoundException:
                continue  # deleted meanwhile

    def _due(self, tables: Sequence[Table]) -> list[Table]:
        with self._engine.snapshot() as reader:
            return [table for table in tables if self._is_due(reader, table)]

    def _is_due(self, reader: Reader, table: Table) -> bool:
        try:
            stream = table.description.streams.enabled
            return (
                (stream is not None and shards.is_due(reader, table, stream.label, self._rollover))
                or bool(shards.forgettable(reader, table))
                or change_log.is_trimmable(reader, table, trimmed_before_ms(table))
            )
        except ResourceNotFoundException:
            return False

    async def _tidy(self, table: Table) -> None:
        stream = table.description.streams.enabled
        if stream is not None:
            await self._engine.write(lambda writer: shards.roll_over(writer, table, stream.label, self._rollover))
        while await self._engine.write(lambda writer: self._batch(writer, table)):
            pass

    def _batch(self, writer: Writer, table: Table) -> bool:
        forgot = shards.forget_batch(writer, table)
        return change_log.trim_batch(writer, table, trimmed_before_ms(table)) or forgot


def trimmed_before_ms(table: Table) -> int:
    """The moment before which changes are no longer kept."""
    return table.now_ms() - table.description.log_kept_s * 1000
