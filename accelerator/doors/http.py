"""The HTTP door: DynamoDB JSON 1.0, and on the same port the admin side.

A connection goes three ways with what it receives:

1. Bytes that the memo knows are answered with the reply that it has ready, before anything is parsed. Only a
   connection at rest may do so: with nothing half received and no reply owed, the bytes are one whole request and
   the reply's turn has come.
2. A DynamoDB call is parsed and asked of the pipeline. When it came as one chunk of its own, carries nothing that
   differs from call to call, and was answered at once from a cache entry, the memo remembers it. An answer that was
   awaited is not remembered: its entry may have been replaced between the answer and now.
3. Anything else belongs to the admin side. uvicorn's protocol takes over the connection for good, so that streams
   and whatever else ASGI can do work as in any uvicorn server. A DynamoDB call that comes later on such a connection
   is answered by the admin app's route for it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, Protocol, TypeAlias, cast

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from accelerator.cache.item_cache import Entry
from accelerator.reads import Answer
from microdax.model import limits
from microdax.model.replies import Reply
from microdax.serving.http_connection import ConnectionLimits, HttpConnection, Neighbour, Registry, is_call
from microdax.serving.http_replies import encode_reply
from microdax.serving.http_requests import HttpRequest, RequestHead
from microdax.serving.http_server import Listener, listen

Pipe: TypeAlias = Callable[[str, bytes], Answer | Awaitable[Answer]]
AsgiApp: TypeAlias = Callable[..., Awaitable[None]]

MEMO_CHUNK_BYTES_MAX: Final = 8 * limits.KIB

ADMIN_KEEP_ALIVE_S: Final = 75
ADMIN_CONNECTIONS_MAX: Final = 1_000

# Headers that differ from call to call, so that the same bytes never come again; and those that make the reply
# depend on more than the request, or the exchange more than one request and one reply.
_UNREPEATABLE: Final = frozenset(
    {b"x-amz-date", b"date", b"amz-sdk-invocation-id", b"x-amzn-trace-id", b"connection", b"expect"}
)


class ReadyReplies(Protocol):
    """What the door needs of the memo."""

    def get(self, chunk: bytes, /) -> bytes | None: ...
    def remember(self, chunk: bytes, entry: Entry, reply: bytes, /) -> None: ...


class DoorConnection(HttpConnection):
    """A connection whose repeated requests are answered from the memo."""

    def __init__(
        self,
        pipe: Pipe,
        memo: ReadyReplies,
        registry: Registry,
        connection_limits: ConnectionLimits,
        neighbour: Neighbour,
    ) -> None:
        super().__init__(self._from_pipe, registry, connection_limits, neighbour)
        self._pipe = pipe
        self._memo = memo
        self._recall = memo.get
        self._chunk: bytes | None = None  # the chunk being taken, while it may be one request alone

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._write = cast(asyncio.Transport, transport).write

    def data_received(self, data: bytes) -> None:
        if self._at_rest and len(data) <= MEMO_CHUNK_BYTES_MAX:
            ready = self._recall(data)
            if ready is not None:
                self._sweeps = 0
                self._write(ready)
                return
            self._chunk = data
        super().data_received(data)
        self._chunk = None

    def _ask(self, request: HttpRequest) -> Reply | Awaitable[Reply]:
        if self._reader.begun or not _may_come_again(request):
            self._chunk = None
        return super()._ask(request)

    def _from_pipe(self, target: str, body: bytes) -> Reply | Awaitable[Reply]:
        answered = self._pipe(target, body)
        if not isinstance(answered, Answer):
            return _reply_of(answered)
        if self._chunk is not None and answered.entry is not None:
            self._memo.remember(self._chunk, answered.entry, encode_reply(answered.reply))
        return answered.reply


def _may_come_again(request: HttpRequest) -> bool:
    return request.keep_alive and _UNREPEATABLE.isdisjoint(request.head.headers)


async def _reply_of(answering: Awaitable[Answer]) -> Reply:
    return (await answering).reply


class AdminSide:
    """The connections that have become uvicorn's: those of the admin app's users."""

    def __init__(self, app: AsgiApp) -> None:
        self._config = Config(
            app,
            http=HttpToolsProtocol,
            lifespan="off",
            log_config=None,
            access_log=False,
            timeout_keep_alive=ADMIN_KEEP_ALIVE_S,
            limit_concurrency=ADMIN_CONNECTIONS_MAX,
        )
        self._config.load()
        self._state = ServerState()
        self._state.default_headers = [(b"server", b"microdax")]

    def takes(self, head: RequestHead) -> bool:
        """Whether this is for the admin side: neither a call nor what DynamoDB calls a health check, GET /."""
        return not is_call(head) and not (head.method == b"GET" and head.path == b"/")

    def take_over(self, transport: asyncio.Transport, received: bytes) -> None:
        """Make the transport uvicorn's, as if all of `received` had just come in on it."""
        protocol = HttpToolsProtocol(self._config, self._state, {})
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        protocol.data_received(received)

    async def drain(self, grace_s: float) -> None:
        """Let requests end, and close; cut off what takes longer than that."""
        for connection in tuple(self._state.connections):
            connection.shutdown()
        try:
            async with asyncio.timeout(grace_s):
                await self._all_done()
        except TimeoutError:
            self._cut_off()
            await self._all_done()

    async def _all_done(self) -> None:
        while self._state.tasks:
            await asyncio.wait(tuple(self._state.tasks))

    def _cut_off(self) -> None:
        for connection in tuple(self._state.connections):
            connection.transport.abort()
        for task in tuple(self._state.tasks):
            task.cancel()


class Door:
    """An open HTTP door."""

    def __init__(self, listener: Listener, admin_side: AdminSide) -> None:
        self._listener = listener
        self._admin_side = admin_side

    @property
    def port(self) -> int:
        return self._listener.port

    async def close(self, grace_s: float) -> None:
        """Accept nothing more; let requests that have come in end, for `grace_s` at most."""
        self._listener.stop()
        await asyncio.gather(self._listener.close(grace_s), self._admin_side.drain(grace_s))


async def open_door(pipe: Pipe, memo: ReadyReplies, admin: AsgiApp, host: str, port: int) -> Door:
    """Serve the pipeline and the admin app on `host` and `port`, 0 for any free one. Raises CannotListen."""
    admin_side = AdminSide(admin)
    connection_limits = ConnectionLimits()
    listener = await listen(
        lambda server: DoorConnection(pipe, memo, server, connection_limits, admin_side), host, port
    )
    return Door(listener, admin_side)
