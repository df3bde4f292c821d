"""The rows of deleted tables, taken away in the background.

One task goes through the numbers that the catalog notes as deleted and removes what stands under each, a batch of
rows to a job, so that no other write waits for more than a batch. The note goes when nothing is left; until then a
restart finds it and goes on. Nobody can see the rows meanwhile: no table has their number.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from backend_store.catalog import Catalog
from backend_store.kv import keyspace
from backend_store.kv.engine import Engine, Reader, Writer
from backend_store.kv.keyspace import KeyRange
from microdax.model import limits
from microdax.model.errors import DynamoDBError

BATCH_ROWS_MAX: Final = 100
BATCH_BYTES_MAX: Final = 4 * limits.MIB  # read to learn the rows' keys
RETRY_S: Final = 10.0

_log = logging.getLogger(__name__)


class Removal:
    """Removes what deleted tables have left, as long as there is any."""

    def __init__(
        self, engine: Engine, catalog: Catalog, *, pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._engine = engine
        self._catalog = catalog
        self._pause = pause
        self._task: asyncio.Task[None] | None = None

    def go_on(self) -> None:
        """See to it that what there is to remove is being removed. Needs a running event loop."""
        if self._catalog.removing and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._remove_all())

    async def finished(self) -> None:
        """Wait until nothing is left to remove."""
        if self._task is not None:
            await self._task

    async def stop(self) -> None:
        """Leave the rest to the next start."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _remove_all(self) -> None:
        while self._catalog.removing:
            try:
                await self._remove(min(self._catalog.removing))
            except DynamoDBError as error:
                _log.warning("Rows of deleted tables could not be removed, next try in %g s: %s", RETRY_S, error)
                await self._pause(RETRY_S)

    async def _remove(self, number: int) -> None:
        span = keyspace.table_range(number)
        while await self._engine.write(lambda writer: remove_batch(writer, span)):
            pass
        await self._catalog.forget(number)


def remove_batch(writer: Writer, span: KeyRange) -> bool:
    """Remove some of what stands in a range of keys; false where nothing did."""
    keys = _some_keys(writer, span)
    for key in keys:
        writer.delete(key)
    return bool(keys)


def _some_keys(reader: Reader, span: KeyRange) -> list[bytes]:
    keys: list[bytes] = []
    read_bytes = 0
    for key, value in reader.scan(span.first, span.end):
        keys.append(key)
        read_bytes += len(value)
        if len(keys) == BATCH_ROWS_MAX or read_bytes >= BATCH_BYTES_MAX:
            break
    return keys
