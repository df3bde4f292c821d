"""A client that sends exact bytes and tells replies apart, to test servers with what no HTTP library would send."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass

GET_ITEM = "DynamoDB_20120810.GetItem"


@dataclass(frozen=True, slots=True)
class RawReply:
    """A reply; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    raw: bytes


def call(body: bytes = b"{}", target: str | None = GET_ITEM, *headers: str, path: str = "/") -> bytes:
    """The bytes of a DynamoDB call with these further header lines."""
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", "Content-Type: application/x-amz-json-1.0", *headers]
    if target is not None:
        lines.append(f"X-Amz-Target: {target}")
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


def chunked_call(*chunks: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    """The bytes of a DynamoDB call whose body comes in chunks."""
    head = f"POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: {GET_ITEM}\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head.encode() + b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + end


class RawClient:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def send(self, data: bytes) -> None:
        self._writer.write(data)

    async def sent(self) -> None:
        """Wait until the kernel has taken most of what was sent."""
        await self._writer.drain()

    def end_sending(self) -> None:
        self._writer.write_eof()

    async def reply(self) -> RawReply:
        head = await self._reader.readuntil(b"\r\n\r\n")
        status_line, *lines = head.decode("latin-1").split("\r\n")
        fields = dict(line.split(": ", 1) for line in lines if line)
        headers = {name.lower(): value for name, value in fields.items()}
        body = await self._reader.readexactly(int(headers.get("content-length", "0")))
        return RawReply(int(status_line.split(" ")[1]), headers, body, head + body)

    async def replies(self, count: int) -> list[RawReply]:
        return [await self.reply() for _ in range(count)]

    async def rest(self) -> bytes:
        """All that comes until the server closes."""
        return await self._reader.read()

    async def ask(self, data: bytes) -> RawReply:
        self.send(data)
        return await self.reply()

    def abort(self) -> None:
        """Break the connection off: the server sees a reset."""
        self._writer.transport.abort()

    async def close(self) -> None:
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()


@contextlib.asynccontextmanager
async def connected(port: int) -> AsyncGenerator[RawClient]:
    """A connection to this port of the loopback."""
    client = RawClient(*await asyncio.open_connection("127.0.0.1", port, limit=64 * 1024 * 1024))
    try:
        yield client
    finally:
        await client.close()
