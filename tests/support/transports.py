"""A transport without a network, to test protocols step by step."""

import asyncio
from collections.abc import Callable


class FakeTransport(asyncio.Transport):
    """Records what a protocol does to it."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.reading = True
        self.closing = False
        self.aborted = False
        self.eof_written = False
        self.write_buffer_high: int | None = None
        self.on_write: Callable[[], None] = lambda: None
        self.protocol: asyncio.BaseProtocol | None = None

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self.write_buffer_high = high

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written.append(bytes(data))
        self.on_write()

    def pause_reading(self) -> None:
        assert self.reading
        self.reading = False

    def resume_reading(self) -> None:
        assert not self.reading
        self.reading = True

    def is_closing(self) -> bool:
        return self.closing

    def close(self) -> None:
        self.closing = True

    def abort(self) -> None:
        self.closing = self.aborted = True

    def write_eof(self) -> None:
        self.eof_written = True

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self.protocol = protocol

    def taken(self) -> bytes:
        """All that was written since the last time."""
        written = b"".join(self.written)
        self.written.clear()
        return written
