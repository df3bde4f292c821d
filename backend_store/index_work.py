"""The background half of UpdateTable: new indexes are filled, deleted ones emptied.

Both go in batches, each a job of the writer, so that no other write waits for more than a batch. What is left to do is
in the engine: an index is CREATING or DELETING in its table's description, and a new one's state says how far the
backfill has come. A restart goes on from there.

A backfill goes through the table's rows in the order of their keys and puts each, as it is now, into the index. The
job that does so moves the place where writes begin to be followed past these rows (`indexes`). The job that finds no
rows left opens the index to all writes; that is the same job, for a row could come in behind it. The table's
description says ACTIVE a moment later.

Who asked for the change waits for the first batch. So an index on a small table is there when UpdateTable has answered.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final

from backend_store.catalog import Catalog
from backend_store.images import Image
from backend_store.indexes import entry_of
from backend_store.kv import keyspace
from backend_store.kv.engine import Engine, Reader, Writer
from backend_store.operations.index_changes import activated, without_index
from backend_store.removal import remove_batch
from backend_store.table import Table
from backend_store.table_state import IndexState, TableState, put_state, state_of
from microdax.model import limits
from microdax.model.errors import DynamoDBError, ResourceNotFoundException
from microdax.model.tables import Index, TableDescription

BATCH_ROWS_MAX: Final = 100
BATCH_BYTES_MAX: Final = 4 * limits.MIB
RETRY_S: Final = 10.0

_log = logging.getLogger(__name__)


class IndexWork:
    """Brings the indexes that are being created or deleted to their ends. Its methods are for the event loop."""

    def __init__(
        self, engine: Engine, catalog: Catalog, *, pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._engine = engine
        self._catalog = catalog
        self._pause = pause
        self._may_have_work = True
        self._task: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Do a batch of all that there is to do, and leave the rest to the background."""
        self._may_have_work = True
        try:
            for table, index in self._catalog.changing_indexes():
                await self._step(table, index)
        except DynamoDBError as error:
            _log.warning("An index could not be changed, which is tried again: %s", error)
        self.go_on()

    def go_on(self) -> None:
        """See to it that what there is to do is being done. Needs a running event loop."""
        if self._may_have_work and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._work())

    async def finished(self) -> None:
        """Wait until all indexes are as they should be."""
        if self._task is not None:
            await self._task

    async def stop(self) -> None:
        """Leave the rest to the next start."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _work(self) -> None:
        while changing := self._catalog.changing_indexes():
            try:
                for table, index in changing:
                    await self._step(table, index)
            except DynamoDBError as error:
                _log.warning("An index could not be changed, next try in %g s: %s", RETRY_S, error)
                await self._pause(RETRY_S)
        self._may_have_work = False

    async def _step(self, table: Table, index: Index) -> None:
        """One batch, and the end where it was the last."""
        is_new = index.status == "CREATING"
        batch = backfill_batch if is_new else removal_batch
        try:
            if not await self._engine.write(lambda writer: batch(writer, table, index)):
                await self._end(table, index, activated if is_new else without_index)
        except ResourceNotFoundException:
            return  # the table is gone, and its indexes with it

    async def _end(
        self, table: Table, index: Index, change: Callable[[TableDescription, int], TableDescription]
    ) -> None:
        def ended(current: Table) -> Table:
            if current.number != table.number:
                raise ResourceNotFoundException
            return replace(current, description=change(current.description, index.number))

        await self._catalog.alter(table.name, ended)


def backfill_batch(writer: Writer, table: Table, index: Index) -> bool:
    """Put some rows into the index; false where all rows are in it, or it is being deleted."""
    state = state_of(writer, table)
    before = state.indexes.get(index.number)
    if before is None or before.reached is None:
        return False
    rows, is_last = _some_rows(writer, table, before.reached)
    size = before.size
    for _, image in rows:
        entry = entry_of(table, index, image)
        if entry is not None:
            writer.put(entry.key, entry.image.row())
            size = size.after(None, entry.image.size_bytes)
    after = IndexState(size, None if is_last else rows[-1][0])
    put_state(writer, table, _with_index_state(state, index, after))
    return not is_last


def removal_batch(writer: Writer, table: Table, index: Index) -> bool:
    """Remove some rows of a deleted index; false where none are left."""
    span = keyspace.index_range(table.number, index.number)
    remove_batch(writer, span)
    return next(writer.scan(span.first, span.end), None) is not None


def _with_index_state(state: TableState, index: Index, after: IndexState) -> TableState:
    return replace(state, indexes={**state.indexes, index.number: after})


def _some_rows(reader: Reader, table: Table, reached: bytes) -> tuple[list[tuple[bytes, Image]], bool]:
    """The rows that follow, and whether they are the last ones."""
    span = keyspace.rows_range(table.number).resumed(reached)
    rows: list[tuple[bytes, Image]] = []
    read_bytes = 0
    for key, value in reader.scan(span.first, span.end):
        if len(rows) == BATCH_ROWS_MAX or read_bytes >= BATCH_BYTES_MAX:
            return rows, False
        image = Image.of_row(value)
        assert image is not None
        rows.append((key, image))
        read_bytes += len(value)
    return rows, True
