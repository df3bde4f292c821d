"""An engine in memory that outlives its store, and that stops chores at a batch: only they use `write_now`."""

import asyncio
import threading
from collections.abc import Callable
from typing import Final, TypeVar

from backend_store.kv.engine import StoreUnavailable, Writer
from backend_store.kv.memory_engine import MemoryEngine

T = TypeVar("T")

PATIENCE_S: Final = 10.0  # before a test that never lets go fails


class HeldEngine(MemoryEngine):
    """`hold(2)` lets two batches pass; the one behind them waits until `let_go`."""

    def __init__(self) -> None:
        super().__init__()
        self.is_full = False
        self.refused = threading.Event()  # a batch, for want of room
        self._passing: int | None = None
        self._reached = threading.Event()
        self._let_go = threading.Event()

    def hold(self, batches: int) -> None:
        self._passing = batches

    async def reached(self) -> None:
        """Wait until a batch waits."""
        assert await asyncio.to_thread(self._reached.wait, PATIENCE_S), "no batch came"

    def let_go(self) -> None:
        self._passing = None
        self._let_go.set()

    def write_now(self, job: Callable[[Writer], T]) -> T:
        if self._passing == 0:
            self._reached.set()
            assert self._let_go.wait(PATIENCE_S), "the batch was never let go"
        elif self._passing is not None:
            self._passing -= 1
        if self.is_full:
            self.refused.set()
            raise StoreUnavailable("the disk is full")
        return super().write_now(job)

    def close(self) -> None:
        """Stay open: the process does not end."""

    def end(self) -> None:
        super().close()
