"""A TCP peer that does exactly what a test writes down, right or wrong.

Each connection is one script, a coroutine that reads requests and sends bytes; the first connection runs the first
script, and so on. A connection more than there are scripts, or a script that fails, fails the test.
"""

import asyncio
import ssl
import struct
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from socket import SO_LINGER, SOL_SOCKET
from typing import Final, TypeAlias

PATIENCE_S: Final = 10.0  # how long a script that does not end is waited for before the test fails


@dataclass(frozen=True, slots=True)
class PeerRequest:
    """A request as it came: names of headers in lower case."""

    line: str
    headers: Mapping[str, str]
    body: bytes


class Conversation:
    """The peer's side of one connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def request(self) -> PeerRequest:
        """Wait for a whole request."""
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        line, *lines = head.split("\r\n")[:-2]
        headers = {name.lower(): value.strip() for name, _, value in (text.partition(":") for text in lines)}
        return PeerRequest(line, headers, await self._reader.readexactly(int(headers["content-length"])))

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def answer(self, data: bytes) -> PeerRequest:
        """Wait for a request and send `data`, whatever it is; return the request."""
        request = await self.request()
        await self.send(data)
        return request

    async def gone(self) -> None:
        """Wait until the other side has closed the connection, or torn it down."""
        try:
            while await self._reader.read(65_536):
                pass
        except ConnectionError:
            pass

    def reset(self) -> None:
        """End the connection with RST, as a crashed host does."""
        self._writer.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()


Script: TypeAlias = Callable[[Conversation], Awaitable[None]]


class ScriptedPeer:
    """Runs the scripts; `connections` is how many have been begun."""

    def __init__(self, scripts: tuple[Script, ...]) -> None:
        self._scripts = scripts
        self._tasks: list[asyncio.Task[None]] = []
        self.connections = 0
        self.port = 0

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._tasks.append(asyncio.create_task(self._run(reader, writer)))

    async def finish(self) -> None:
        """Wait until every script that was begun has ended; raise what went wrong in any."""
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.gather(*self._tasks)

    async def _run(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            assert self.connections <= len(self._scripts), "a connection that no script was written for"
            await self._scripts[self.connections - 1](Conversation(reader, writer))
        finally:
            writer.close()


@asynccontextmanager
async def scripted_peer(*scripts: Script, tls: ssl.SSLContext | None = None) -> AsyncGenerator[ScriptedPeer]:
    """Listen on a free port of the loopback while the block runs; each script that was begun has to end."""
    peer = ScriptedPeer(scripts)
    server = await asyncio.start_server(peer.accept, "127.0.0.1", 0, ssl=tls)
    peer.port = server.sockets[0].getsockname()[1]
    try:
        yield peer
        await peer.finish()
    finally:
        server.close()
        await server.wait_closed()


def http_reply(body: bytes, status: int = 200, **headers: str) -> bytes:
    """A reply with its length; underscores in the names of `headers` are dashes."""
    head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status} Reason\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
