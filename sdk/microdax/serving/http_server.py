"""A listening socket, the connections that it accepted, and the tasks of their requests, until all are gone.

The server makes its connections count the time: every `sweep_s` it sweeps over all of them. So a timeout costs a
connection nothing while requests come in, and tests make sweeps instead of waiting.
"""

import asyncio
import errno
import logging
import socket
from collections.abc import Callable
from typing import Final, TypeAlias

from microdax.model.replies import Reply
from microdax.serving.http_connection import HttpConnection, Registry

SWEEP_S: Final = 5.0
BACKLOG: Final = 1024  # connections that the kernel keeps until they are accepted
CONNECTIONS_MAX: Final = 10_000
PORT_MAX: Final = 65_535
_CANCEL_S: Final = 1.0  # for cancelled tasks to end

MakeConnection: TypeAlias = Callable[[Registry], HttpConnection]

_log: Final = logging.getLogger(__name__)


class CannotListen(OSError):
    """The address cannot be listened on, most often since the port is taken."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        self.host = host
        self.port = port
        self.reason = reason
        super().__init__(f"cannot listen on {host}:{port}: {reason}")


class HttpServer:
    """Serves one address; `listen` makes one."""

    def __init__(self, connections_max: int = CONNECTIONS_MAX) -> None:
        self._connections: set[HttpConnection] = set()
        self._tasks: set[asyncio.Future[Reply]] = set()
        self._connections_max = connections_max
        self._all_gone = asyncio.Event()
        self._all_gone.set()

    # What connections call

    def opened(self, connection: HttpConnection) -> None:
        """Keep track of a connection; close it if there are too many."""
        self._connections.add(connection)
        self._all_gone.clear()
        if len(self._connections) > self._connections_max:
            _log.warning("more than %d connections: one is closed", self._connections_max)
            connection.abort()

    def closed(self, connection: HttpConnection) -> None:
        """Forget a connection that is lost or handed over."""
        self._connections.discard(connection)
        self._note_all_gone()

    def started(self, task: asyncio.Future[Reply]) -> None:
        """Keep a request's task until it is done, whether or not its client waits."""
        self._tasks.add(task)
        self._all_gone.clear()
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Future[Reply]) -> None:
        self._tasks.discard(task)
        self._note_all_gone()

    def _note_all_gone(self) -> None:
        if not self._connections and not self._tasks:
            self._all_gone.set()

    # What the owner calls

    def sweep(self) -> None:
        """Let a unit of time pass for every connection."""
        for connection in tuple(self._connections):
            connection.sweep()

    async def drain(self, grace_s: float) -> None:
        """Let the requests that have come in end and their replies go out; cut off what takes longer than that."""
        for connection in tuple(self._connections):
            connection.finish()
        try:
            async with asyncio.timeout(grace_s):
                await self._all_gone.wait()
        except TimeoutError:
            await self._cut_off()

    async def _cut_off(self) -> None:
        _log.warning("cutting off %d connections and %d requests", len(self._connections), len(self._tasks))
        for connection in tuple(self._connections):
            connection.abort()
        for task in tuple(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(tuple(self._tasks), timeout=_CANCEL_S)


class Listener:
    """A server that listens. `close` ends it."""

    def __init__(self, server: HttpServer, listening: asyncio.Server, port: int, sweep_s: float) -> None:
        self.server = server
        self.port = port
        self._listening = listening
        self._sweep_s = sweep_s
        self._next_sweep = asyncio.get_running_loop().call_later(sweep_s, self._sweep)

    def _sweep(self) -> None:
        self.server.sweep()
        self._next_sweep = asyncio.get_running_loop().call_later(self._sweep_s, self._sweep)

    def stop(self) -> None:
        """Accept no more connections."""
        self._next_sweep.cancel()
        self._listening.close()

    async def close(self, grace_s: float) -> None:
        """Stop, and let what has come in end, for `grace_s` at most."""
        self.stop()
        await self.server.drain(grace_s)


async def listen(make_connection: MakeConnection, host: str, port: int, sweep_s: float = SWEEP_S) -> Listener:
    """Serve `host` and `port`, 0 for any free one. Raises CannotListen."""
    server = HttpServer()
    listening_socket = _open_socket(host, port)
    listening = await asyncio.get_running_loop().create_server(
        lambda: make_connection(server), sock=listening_socket, backlog=BACKLOG
    )
    return Listener(server, listening, listening_socket.getsockname()[1], sweep_s)


def _open_socket(host: str, port: int) -> socket.socket:
    if not 0 <= port <= PORT_MAX:  # getaddrinfo would take the remainder
        raise CannotListen(host, port, "no such port")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        return _bound(socket.socket(family, kind, protocol), address)
    except OSError as error:
        raise CannotListen(host, port, _reason(error)) from None


def _bound(unbound: socket.socket, address: tuple[object, ...]) -> socket.socket:
    try:
        # A port that was in use a moment ago may have connections of the last run waiting to time out.
        unbound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        unbound.setblocking(False)
        unbound.bind(address)
    except OSError:
        unbound.close()
        raise
    return unbound


def _reason(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "the port is taken"
    return error.strerror or str(error)
