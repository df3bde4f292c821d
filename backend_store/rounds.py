"""Work that is done again and again beside the requests, as long as the store is open."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from microdax.model.errors import DynamoDBError

_log = logging.getLogger(__name__)


class Rounds:
    """Does `work`, pauses, does it again; what goes wrong is logged, and tried again in the next round."""

    def __init__(
        self,
        what: str,
        work: Callable[[], Awaitable[None]],
        every_s: float,
        *,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._what = what
        self._work = work
        self._every_s = every_s
        self._pause = pause
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, unless it has begun. Needs a running event loop."""
        if self._task is None:
            self._task = asyncio.create_task(self._go_round())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _go_round(self) -> None:
        while True:
            try:
                await self._work()
            except DynamoDBError as error:
                _log.warning("%s failed, next try in %g s: %s", self._what, self._every_s, error)
            except Exception:
                _log.exception("%s failed because of a fault of ours", self._what)
            await self._pause(self._every_s)
