"""Deletes items that have expired, and brings on the walks that make and clear expiry entries.

A sweep looks, on a snapshot, which tables have anything to do, and does it in batches that are jobs of the writer. A
batch goes by the entries but believes the items: whether each has expired by the attribute that the table has now is
asked again inside the job, of the row that it deletes. Until then an expired item is read like any other, as at
Amazon's.

Nobody asked for these deletions, so a listener is told of them: a cache in the same process has to forget the items.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from backend_store import expiry
from backend_store.catalog import Catalog
from backend_store.commit import RowWrite, commit
from backend_store.images import Image
from backend_store.kv import keyspace
from backend_store.kv.engine import Engine, Reader, Writer
from backend_store.table import Table
from backend_store.table_state import write_current
from microdax.model import limits
from microdax.model.errors import ResourceNotFoundException
from microdax.model.keys import key_of_item
from microdax.model.replies import Change

BATCH_ITEMS_MAX: Final = 100
BATCH_BYTES_MAX: Final = 4 * limits.MIB


class Sweeper:
    """The sweeps of one store. `on_change` is called on the event loop, before anything else happens there."""

    def __init__(self, engine: Engine, catalog: Catalog, on_change: Callable[[Sequence[Change]], None]) -> None:
        self._engine = engine
        self._catalog = catalog
        self._on_change = on_change

    async def sweep(self) -> None:
        """Do all that there is to do now."""
        for name in await asyncio.to_thread(self._due, self._catalog.tables()):
            try:
                await self._walk(name)
                await self._delete(name)
            except ResourceNotFoundException:
                continue  # deleted meanwhile

    def _due(self, tables: Sequence[Table]) -> list[str]:
        tables = [table for table in tables if table.description.time_to_live.latest is not None]
        if not tables:
            return []
        with self._engine.snapshot() as reader:
            return [table.name for table in tables if _is_due(reader, table)]

    async def _walk(self, name: str) -> None:
        while await self._engine.write(lambda writer: expiry.go_on(writer, self._catalog.table(name))):
            pass

    async def _delete(self, name: str) -> None:
        after: bytes | None = b""
        while after is not None:
            after = await self._delete_batch(name, after)

    async def _delete_batch(self, name: str, after: bytes) -> bytes | None:
        """Delete expired items whose entries stand behind `after`; up to where, or None where that was all."""
        changes: list[Change] = []

        def build() -> Callable[[Writer], bytes | None]:
            table = self._catalog.table(name)
            return lambda writer: delete_batch(writer, table, after, changes)

        try:
            return await write_current(self._engine, build)
        finally:
            # Also where it failed, for nobody may know then whether it happened; who listens only forgets.
            if changes:
                self._on_change(changes)


def delete_batch(writer: Writer, table: Table, after: bytes, changes: list[Change]) -> bytes | None:
    """Delete some expired items, adding to `changes`; the last entry looked at, or None where there are no more."""
    attribute = table.description.time_to_live.enabled
    if attribute is None:
        return None
    now_s = table.clock()
    entries, is_last = _some_entries(writer, table, after, now_s)
    for entry in entries:
        image = Image.of_row(writer.get(keyspace.expiring_row(table.number, entry)[1]))
        if expiry.is_expired(image, attribute, now_s):
            assert image is not None, "what is expired is there"
            key = key_of_item(table.key_schema, image.item)
            changes.extend(commit(writer, RowWrite(table, key, lambda _: None, by_service=True)).changes)
    return None if is_last else entries[-1]


def _is_due(reader: Reader, table: Table) -> bool:
    if expiry.walk_of(reader, table) is not None:
        return True
    span = expiry.expired_range(table, table.clock())
    return table.description.time_to_live.enabled is not None and any(reader.scan(span.first, span.end))


def _some_entries(reader: Reader, table: Table, after: bytes, now_s: float) -> tuple[list[bytes], bool]:
    """The next expired entries, whose rows are not too many or too large for a batch, and whether they are all."""
    span = expiry.expired_range(table, now_s)
    entries: list[bytes] = []
    rows_bytes = 0
    left = span.resumed(after) if after else span
    for entry, _ in reader.scan(left.first, left.end):
        if len(entries) == BATCH_ITEMS_MAX or rows_bytes >= BATCH_BYTES_MAX:
            return entries, False
        entries.append(entry)
        rows_bytes += len(reader.get(keyspace.expiring_row(table.number, entry)[1]) or b"")
    return entries, True
