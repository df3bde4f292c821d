"""Any DynamoDB endpoint as the upstream, over a bounded pool of keep-alive connections.

A call waits for a slot, takes the connection used last (the others age and are let go) or opens one, and holds it
alone until its reply is whole. One deadline covers all of it. What fails before a byte of the request was written
did nothing, ServiceUnavailable; what fails later may have happened, UnknownOutcome. A read whose connection turns out
to be stale is sent once more, on a new one; a write never is, for the first may have arrived.

Status codes are not judged here: the pipeline passes them on, and writes ask `base.outcome_unknown`.
"""

import asyncio
import re
import ssl
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import orjson

from accelerator.upstream.base import PROBE, is_read
from accelerator.upstream.connection import Connection, StaleConnection
from accelerator.upstream.signing import Signer
from microdax.model import limits
from microdax.model.errors import DynamoDBError, ServiceUnavailable, UnknownOperationException
from microdax.model.replies import Reply

# 16 MB of items as JSON: binary values grow by a third, control characters sixfold.
REPLY_BYTES_MAX: Final = 4 * limits.BATCH_GET_BYTES_MAX
# Larger bodies are hashed in a thread: a megabyte takes a millisecond or more, in which no hit would be answered.
SIGNED_AT_ONCE_BYTES_MAX: Final = 256 * limits.KIB

_TARGET: Final = re.compile(r"[!-~]{1,256}")
_CREDENTIALS_REFUSED: Final = (
    "ExpiredTokenException",
    "IncompleteSignatureException",
    "InvalidSignatureException",
    "MissingAuthenticationTokenException",
    "UnrecognizedClientException",
)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where an upstream listens."""

    host: str
    port: int
    tls: bool

    @classmethod
    def parse(cls, url: str) -> "Endpoint":
        """Read `http://host:port` or `https://host`. Raises ValueError, saying what is wrong, for anything else."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{url!r} is not the URL of an endpoint, like http://127.0.0.1:8000")
        if parts.path not in ("", "/") or parts.query or parts.fragment or parts.username is not None:
            raise ValueError(f"{url!r} names more than a scheme, a host and a port")
        tls = parts.scheme == "https"
        return cls(parts.hostname, (443 if tls else 80) if parts.port is None else parts.port, tls)

    @property
    def authority(self) -> str:
        """What stands in the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.tls else 80) else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """How many, how long, how much."""

    connections_max: int = 64
    waiting_max: int = 4096
    connect_s: float = 3.0
    total_s: float = 30.0
    idle_s: float = 15.0  # shorter than peers commonly wait before they close, so that few requests meet a stale one
    reply_bytes_max: int = REPLY_BYTES_MAX


class HttpUpstream:
    """An upstream at `endpoint`. `tls` is for certificates of one's own; the system's are the default."""

    def __init__(
        self,
        endpoint: Endpoint,
        signer: Signer,
        settle_s: float,
        limits: HttpLimits = HttpLimits(),
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.settle_s = settle_s
        self._endpoint = endpoint
        self._signer = signer
        self._limits = limits
        self._tls = (tls or ssl.create_default_context()) if endpoint.tls else None
        self._slots = asyncio.Semaphore(limits.connections_max)
        self._waiting = 0
        self._open: set[Connection] = set()
        self._idle: dict[Connection, float] = {}  # since when; the last is the one used last
        self._closed = False

    async def call(self, target: str, body: bytes) -> Reply:
        """Send one request; see `base.Upstream`."""
        if not _TARGET.fullmatch(target):
            raise UnknownOperationException
        deadline = asyncio.get_running_loop().time() + self._limits.total_s
        await self._take_slot(deadline)
        try:
            request = await self._signed(target, body, deadline)
            try:
                return await self._exchange(self._take_idle() or await self._connect(deadline), request, deadline)
            except StaleConnection:
                if not is_read(target):
                    raise
                return await self._exchange(await self._connect(deadline), request, deadline)
        finally:
            self._slots.release()

    @property
    def connections(self) -> int:
        """How many are open, busy or idle."""
        return len(self._open)

    async def ready(self) -> str | None:
        """Whether it answers at all and takes our credentials; a refusal of the request itself will do."""
        try:
            reply = await self.call(*PROBE)
        except DynamoDBError as error:
            return error.message
        if reply.status >= 500:
            return f"The upstream answers with status {reply.status}"
        code = _error_code(reply)
        return f"The upstream refuses our credentials: {code}" if code in _CREDENTIALS_REFUSED else None

    async def close(self) -> None:
        """Close every connection. What was in progress has an unknown outcome."""
        self._closed = True
        closing = [connection.lost for connection in self._open]
        for connection in self._open:
            connection.abort()
        await asyncio.gather(*closing)

    async def _take_slot(self, deadline: float) -> None:
        if not self._slots.locked():
            await self._slots.acquire()
            return
        if self._waiting >= self._limits.waiting_max:
            raise ServiceUnavailable("Too many requests are waiting for the upstream")
        self._waiting += 1
        try:
            async with asyncio.timeout_at(deadline):
                await self._slots.acquire()
        except TimeoutError:
            raise ServiceUnavailable("No connection to the upstream became free in time") from None
        finally:
            self._waiting -= 1

    async def _signed(self, target: str, body: bytes, deadline: float) -> bytes:
        if self._signer.renewal_due:
            await self._freshen(deadline)
        if len(body) <= SIGNED_AT_ONCE_BYTES_MAX:
            return self._signer.head(target, body) + body
        return await asyncio.to_thread(self._signer.head, target, body) + body

    async def _freshen(self, deadline: float) -> None:
        try:
            async with asyncio.timeout_at(deadline):
                await self._signer.freshen()
        except TimeoutError:
            raise ServiceUnavailable("The upstream's credentials were not renewed in time") from None

    async def _exchange(self, connection: Connection, request: bytes, deadline: float) -> Reply:
        reply = await connection.exchange(request, deadline)
        if connection.reusable:
            self._idle[connection] = asyncio.get_running_loop().time()
        return reply

    def _take_idle(self) -> Connection | None:
        """The connection used last, unless even that has been idle for too long: then none is any good."""
        if not self._idle:
            return None
        connection, since = self._idle.popitem()
        if asyncio.get_running_loop().time() - since <= self._limits.idle_s and connection.reusable:
            return connection
        for old in (connection, *self._idle):
            old.abort()
        self._idle.clear()
        return None

    async def _connect(self, deadline: float) -> Connection:
        if self._closed:
            raise ServiceUnavailable("The accelerator is shutting down")
        where = self._endpoint.authority
        try:
            connection = await self._open_connection(deadline)
        except TimeoutError:
            raise ServiceUnavailable(f"The upstream {where} did not accept a connection in time") from None
        except (OSError, UnicodeError) as error:  # UnicodeError: a host name that is none
            raise ServiceUnavailable(f"The upstream {where} cannot be reached: {error}") from error
        if self._closed or not connection.reusable:
            connection.abort()
            raise ServiceUnavailable(f"The connection to the upstream {where} was closed at once")
        self._open.add(connection)
        return connection

    async def _open_connection(self, deadline: float) -> Connection:
        loop = asyncio.get_running_loop()
        host, port = self._endpoint.host, self._endpoint.port
        async with asyncio.timeout_at(min(deadline, loop.time() + self._limits.connect_s)):
            _, connection = await loop.create_connection(self._new_connection, host, port, ssl=self._tls)
        return connection

    def _new_connection(self) -> Connection:
        return Connection(self._limits.reply_bytes_max, self._forget)

    def _forget(self, connection: Connection) -> None:
        self._open.discard(connection)
        self._idle.pop(connection, None)


def _error_code(reply: Reply) -> str:
    """The code in an error document; empty for a success, or for what is not such a document."""
    try:
        kind = orjson.loads(reply.body).get("__type", "")
    except (orjson.JSONDecodeError, AttributeError):
        return ""
    return str(kind).rpartition("#")[2]
