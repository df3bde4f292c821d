"""An engine whose reader or writer stops at a certain key, so that a test can say what happens between two of them.

gate = engine.hold_before_reading(row_key)      # of the next snapshot that comes to it
read = asyncio.create_task(call("TransactGetItems", ...))
await gate.reached()
...                                             # overtakes it
gate.open()
"""

import asyncio
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Final, TypeVar

from backend_store.kv.engine import Engine, Reader, Writer

T = TypeVar("T")

PATIENCE_S: Final = 10.0  # before a test that never opens its gate fails


class KeyGate:
    """Stops the thread that comes to `key`, once."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._reached = threading.Event()
        self._opened = threading.Event()

    def pass_through(self, key: bytes) -> None:
        if key == self._key:
            self._reached.set()
            assert self._opened.wait(PATIENCE_S), "the gate was never opened"

    async def reached(self) -> None:
        """Wait until somebody stands at the gate."""
        assert await asyncio.to_thread(self._reached.wait, PATIENCE_S), "nobody came"

    def open(self) -> None:
        self._opened.set()


class GatedEngine:
    """An engine in front of `inner`."""

    def __init__(self, inner: Engine) -> None:
        self._inner = inner
        self._reading: KeyGate | None = None
        self._writing: KeyGate | None = None

    def hold_before_reading(self, key: bytes) -> KeyGate:
        """Stop snapshots that are opened from now on before they read the key."""
        self._reading = KeyGate(key)
        return self._reading

    def hold_before_writing(self, key: bytes) -> KeyGate:
        """Stop jobs that are queued from now on before they put the key."""
        self._writing = KeyGate(key)
        return self._writing

    def get(self, key: bytes) -> bytes | None:
        return self._inner.get(key)

    @contextmanager
    def snapshot(self) -> Generator[Reader, None, None]:
        gate = self._reading
        with self._inner.snapshot() as reader:
            yield reader if gate is None else _GatedReader(reader, gate)

    async def write(self, job: Callable[[Writer], T]) -> T:
        return await self._inner.write(self._gated(job))

    def write_now(self, job: Callable[[Writer], T]) -> T:
        return self._inner.write_now(self._gated(job))

    def verify(self) -> Iterator[str]:
        return self._inner.verify()

    def close(self) -> None:
        self._inner.close()

    def _gated(self, job: Callable[[Writer], T]) -> Callable[[Writer], T]:
        gate = self._writing
        return job if gate is None else lambda writer: job(_GatedWriter(writer, gate))


class _GatedReader:
    def __init__(self, inner: Reader, gate: KeyGate) -> None:
        self._inner = inner
        self._gate = gate

    def get(self, key: bytes) -> bytes | None:
        self._gate.pass_through(key)
        return self._inner.get(key)

    def scan(self, first: bytes, end: bytes, *, reverse: bool = False) -> Iterator[tuple[bytes, bytes]]:
        return self._inner.scan(first, end, reverse=reverse)


class _GatedWriter:
    def __init__(self, inner: Writer, gate: KeyGate) -> None:
        self._inner = inner
        self._gate = gate

    def get(self, key: bytes) -> bytes | None:
        return self._inner.get(key)

    def scan(self, first: bytes, end: bytes, *, reverse: bool = False) -> Iterator[tuple[bytes, bytes]]:
        return self._inner.scan(first, end, reverse=reverse)

    def put(self, key: bytes, value: bytes) -> None:
        self._gate.pass_through(key)
        self._inner.put(key, value)

    def delete(self, key: bytes) -> None:
        self._inner.delete(key)
