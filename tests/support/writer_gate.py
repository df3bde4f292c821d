"""A job that stops the one writer of an engine, so that a test can say what is queued behind it."""

import asyncio
import threading
from typing import Final

from backend_store.kv.engine import Writer

PATIENCE_S: Final = 10.0  # before a test that never opens its gate fails


class WriterGate:
    """`engine.write(gate.job)` holds the writer from `reached` until `open`."""

    def __init__(self) -> None:
        self._reached = threading.Event()
        self._opened = threading.Event()

    def job(self, writer: Writer) -> None:
        self._reached.set()
        assert self._opened.wait(PATIENCE_S), "the gate was never opened"

    async def reached(self) -> None:
        """Wait until the writer stands at the gate."""
        assert await asyncio.to_thread(self._reached.wait, PATIENCE_S), "the writer never came"

    def open(self) -> None:
        self._opened.set()
