"""Loading: rows put into a table that is being created, from a backup, from its past, or from files.

The table's catalog entry says what it is loaded from, so a restart finds the load and begins it again from the first
row. What an earlier try has written does not matter: a source gives the same rows each time, and a row that is there
already is not written twice. Rows go through `commit`, so whatever follows a write follows these too; nobody sees
them before all are there.

A load that the store's file fails waits and begins again. One whose source is gone cannot: its table is taken away.
"""

import logging
from collections.abc import Callable, Coroutine, Iterable, Mapping
from functools import partial
from typing import TypeAlias

from backend_store.batches import batches
from backend_store.catalog import Catalog
from backend_store.chores import Chore, Chores
from backend_store.commit import RowWrite, commit
from backend_store.images import Image
from backend_store.kv.engine import Engine, StoreUnavailable, Writer
from backend_store.table import Table
from microdax.model.errors import ThrottlingException
from microdax.model.keys import key_of_item
from microdax.model.tables import TableDescription

# What loads a table of one kind of source, wholly; raises SourceGone, or what may be tried again.
Loader: TypeAlias = Callable[[Chore, Table], Coroutine[None, None, None]]

_log = logging.getLogger(__name__)


class SourceGone(Exception):
    """What the table was to be loaded from is not there any more; the message says what."""


class Loads:
    """The loads of one store; `loaders` stand by the kind that a table's `load` names."""

    def __init__(self, catalog: Catalog, chores: Chores, loaders: Mapping[str, Loader]) -> None:
        self._catalog = catalog
        self._chores = chores
        self._loaders = loaders

    async def begin(self, description: TableDescription, load: Mapping[str, object]) -> Table:
        """Create a table and load it; a large one is still being loaded when this returns."""
        self._chores.check_room()
        table = await self._catalog.create(description, {}, load)
        await self._start(table).under_way()
        return table

    def go_on(self) -> None:
        """Begin again what an earlier start has not finished. Needs a running event loop."""
        for table in self._catalog.loading():
            self._start(table)

    def _start(self, table: Table) -> Chore:
        return self._chores.begin(f"The loading of table {table.name}", lambda chore: self._load(chore, table))

    async def _load(self, chore: Chore, table: Table) -> None:
        assert table.load is not None
        loader = self._loaders[str(table.load["kind"])]
        while True:
            try:
                await loader(chore, table)
                return await self._catalog.loaded(table.name)
            except SourceGone as error:
                _log.warning("Table %s cannot be loaded and is given up: %s", table.name, error)
                return await self._catalog.abandon(table.name)
            except (StoreUnavailable, ThrottlingException) as error:
                _log.warning("Table %s could not be loaded, and will be tried again: %s", table.name, error)
                await self._chores.pause()


def put_rows(engine: Engine, table: Table, images: Iterable[Image], chore: Chore) -> None:
    """Write rows into a table that is being loaded, in a worker thread."""
    for batch in batches(images, _image_bytes):
        chore.step()
        engine.write_now(partial(_put_batch, table=table, images=batch))


def _put_batch(writer: Writer, table: Table, images: list[Image]) -> None:
    for image in images:
        commit(writer, RowWrite(table, key_of_item(table.key_schema, image.item), partial(_replace, image)))


def _replace(new: Image, _old: Image | None) -> Image:
    return new


def _image_bytes(image: Image) -> int:
    return len(image.document)
