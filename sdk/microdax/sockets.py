"""Connections to one server, kept for the next request, and the deadline over what is done on them.

**Pool.** The connection that was used last is taken first, so a pool that once grew shrinks to what is needed: the
rest go stale and are closed when found so. At most `idle_max` connections are kept; a caller who finds none opens one
of its own, never waits, and closes it afterwards when enough are kept already (urllib3 does the same under boto3).
There is no lock: a list's `append` and `pop` are atomic, and a connection belongs to whoever popped it.

**Stale connections.** An idle connection has nothing to say. One that is readable has been closed by the server, or
holds bytes that no request asked for (a proxy's "408 Request Timeout"); it is closed unused. The check is one `poll`,
1 us. The server may still close between the check and the sending: then the request fails, and `retries` decides.

**Deadline.** `give_up_at` bounds the call; within it a connection must stand after `connect_s`, and the reply be
complete `read_s` after the request began to be sent, however it dribbles in. A timeout that is already set on the
socket is set anew only when it is off by more than 10 ms, which spares the usual call two system calls.

**Errors** are botocore's, and say what may have happened: EndpointConnectionError, ConnectTimeoutError and SSLError
mean that nothing was sent; ConnectionClosedError and ReadTimeoutError that the request may have been carried out. A
connection that failed in any way, or whose reply was cut off, is closed.

**Fork.** A child process must not write into its parent's connections: it starts with an empty pool.
"""

import math
import os
import select
import socket
import ssl
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
    SSLError,
)

from microdax.endpoints import Endpoint
from microdax.model.limits import KIB
from microdax.reply_reader import HttpReply, InvalidReply, read_reply

RECEIVE_BYTES = 64 * KIB
TIMEOUT_TOLERANCE_S = 0.010

Clock: TypeAlias = Callable[[], float]
Address: TypeAlias = tuple[Any, ...]  # as getaddrinfo writes it; its shape depends on the family


@dataclass(frozen=True, slots=True)
class SocketLimits:
    """Seconds may be infinite."""

    connect_s: float = 60.0
    read_s: float = 60.0
    idle_max: int = 10

    @property
    def call_s(self) -> float:
        """What one call may take, all its attempts and the pauses between them."""
        return self.connect_s + self.read_s


class Connection:
    """One connection, for one request at a time."""

    __slots__ = ("_clock", "_poll", "_read_by", "_socket", "_timeout_s")

    def __init__(self, connected: socket.socket, clock: Clock = time.monotonic) -> None:
        self._socket = connected
        self._clock = clock
        self._read_by = math.inf
        self._timeout_s = -1.0  # unlike any timeout: the first use sets it
        self._poll = select.poll()
        self._poll.register(connected, select.POLLIN)

    def exchange(self, request: bytes, read_by: float) -> HttpReply:
        """Send one request in one call and read its reply; raises OSError or InvalidReply."""
        self._read_by = read_by
        self._limit_next_call()
        self._socket.sendall(request)
        return read_reply(self._receive)

    def is_stale(self) -> bool:
        return bool(self._poll.poll(0))

    def close(self) -> None:
        self._socket.close()

    def _receive(self) -> bytes:
        self._limit_next_call()
        return self._socket.recv(RECEIVE_BYTES)

    def _limit_next_call(self) -> None:
        left_s = self._read_by - self._clock()
        if left_s <= 0:
            raise TimeoutError("timed out")
        if not abs(left_s - self._timeout_s) <= TIMEOUT_TOLERANCE_S:
            self._socket.settimeout(None if left_s == math.inf else left_s)
            self._timeout_s = left_s


class Connector(Protocol):
    """Opens a connection before `connect_by`; raises botocore's connection errors."""

    def __call__(self, connect_by: float) -> Connection: ...


class TcpConnector:
    """Opens TCP connections to the endpoint, with TLS where its URL says https."""

    def __init__(
        self,
        endpoint: Endpoint,
        tls: ssl.SSLContext | None = None,
        *,
        keepalive: bool = False,
        clock: Clock = time.monotonic,
    ) -> None:
        self._endpoint = endpoint
        self._tls = tls
        self._keepalive = keepalive
        self._clock = clock

    def __call__(self, connect_by: float) -> Connection:
        problem: Exception = OSError("the host name has no address")
        for family, address in self._addresses():
            try:
                return Connection(self._open(family, address, connect_by), self._clock)
            except TimeoutError as error:
                raise ConnectTimeoutError(endpoint_url=self._endpoint.url, error=error) from error
            except ssl.SSLError as error:
                raise SSLError(endpoint_url=self._endpoint.url, error=error) from error
            except OSError as error:
                problem = error
        raise EndpointConnectionError(endpoint_url=self._endpoint.url, error=problem) from problem

    def _addresses(self) -> list[tuple[int, Address]]:
        try:
            found = socket.getaddrinfo(self._endpoint.host, self._endpoint.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise EndpointConnectionError(endpoint_url=self._endpoint.url, error=error) from error
        return [(family, address) for family, _, _, _, address in found]

    def _open(self, family: int, address: Address, connect_by: float) -> socket.socket:
        opened = socket.socket(family, socket.SOCK_STREAM)
        try:
            opened.settimeout(self._left(connect_by))
            opened.connect(address)
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._keepalive:
                opened.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            if self._tls is None:
                return opened
            opened.settimeout(self._left(connect_by))
            return self._tls.wrap_socket(opened, server_hostname=self._endpoint.host)
        except BaseException:
            opened.close()
            raise

    def _left(self, connect_by: float) -> float | None:
        left_s = connect_by - self._clock()
        if left_s <= 0:
            raise TimeoutError("timed out")
        return None if left_s == math.inf else left_s


class Pool:
    """Sends requests over kept connections."""

    def __init__(
        self, endpoint: Endpoint, limits: SocketLimits, connect: Connector, clock: Clock = time.monotonic
    ) -> None:
        self.url = endpoint.url
        self._limits = limits
        self._connect = connect
        self._clock = clock
        self._idle: list[Connection] = []
        self._is_closed = False
        weakref.finalize(self, _close_all, self._idle)
        _pools.add(self)

    def exchange(self, request: bytes, give_up_at: float) -> HttpReply:
        """Send the request and return its reply, whatever its status."""
        connection = self._take() or self._connect(min(give_up_at, self._clock() + self._limits.connect_s))
        try:
            reply = connection.exchange(request, min(give_up_at, self._clock() + self._limits.read_s))
        except TimeoutError as error:
            connection.close()
            raise ReadTimeoutError(endpoint_url=self.url, error=error) from error
        except (OSError, InvalidReply) as error:
            connection.close()
            raise ConnectionClosedError(endpoint_url=self.url, error=error) from error
        except BaseException:
            # An interrupt half way leaves a reply to come, which must never answer the next request.
            connection.close()
            raise
        self._give_back(connection, reply.may_keep)
        return reply

    def close(self) -> None:
        """Close the kept connections, and keep none from now on; requests still work."""
        self._is_closed = True
        _close_all(self._idle)

    def abandon(self) -> None:
        """Forget the kept connections in a forked child; their other ends stay with the parent."""
        _close_all(self._idle)

    def _take(self) -> Connection | None:
        while True:
            try:
                connection = self._idle.pop()
            except IndexError:
                return None
            if not connection.is_stale():
                return connection
            connection.close()

    def _give_back(self, connection: Connection, may_keep: bool) -> None:
        if may_keep and len(self._idle) < self._limits.idle_max:
            self._idle.append(connection)
            if self._is_closed:  # looked at after the append: close() may have run in between
                _close_all(self._idle)
        else:
            connection.close()


def _close_all(connections: list[Connection]) -> None:
    while True:
        try:
            connections.pop().close()
        except IndexError:
            return


_pools: weakref.WeakSet[Pool] = weakref.WeakSet()


def _abandon_pools() -> None:
    for pool in _pools:
        pool.abandon()


os.register_at_fork(after_in_child=_abandon_pools)
