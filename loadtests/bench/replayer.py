"""Sends prepared requests over many connections and counts the replies, HTTP and RESP alike.

A request and the length of its reply are learnt once, by asking; after that replies are counted by their bytes, not
parsed, so that one Python process keeps a server of any kind busy. Each connection has one request in the air.
"""

import re
import select
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Final

RECEIVE_BYTES: Final = 65536
SILENCE_S: Final = 10.0  # a server that says nothing for so long is broken

ReplyLength = Callable[[bytes], int | None]


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request, and how long the reply to it is."""

    request: bytes
    reply_bytes: int


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many requests were answered, and how long that took."""

    requests: int
    seconds: float


def http_reply_length(received: bytes) -> int | None:
    """The length of the HTTP reply at the start of these bytes; None while its head is not complete."""
    head_end = received.find(b"\r\n\r\n")
    if head_end < 0:
        return None
    length = re.search(rb"(?i)\r\ncontent-length: (\d+)\r\n", received[: head_end + 2])
    return head_end + 4 + (int(length[1]) if length else 0)


def resp_reply_length(received: bytes) -> int | None:
    """The length of the RESP simple or bulk string at the start of these bytes; None while that cannot be told."""
    line_end = received.find(b"\r\n")
    if line_end < 0:
        return None
    is_bulk = received.startswith(b"$") and not received.startswith(b"$-")
    return line_end + 2 + (int(received[1:line_end]) + 2 if is_bulk else 0)


def ask(port: int, request: bytes, reply_length: ReplyLength) -> bytes:
    """The whole reply to one request, on a connection of its own."""
    with socket.create_connection(("127.0.0.1", port), SILENCE_S) as connection:
        connection.sendall(request)
        received = b""
        while (length := reply_length(received)) is None or len(received) < length:
            part = connection.recv(RECEIVE_BYTES)
            if not part:
                raise ConnectionError(f"the server closed after {received!r}")
            received += part
        return received


def learn(port: int, request: bytes, reply_length: ReplyLength) -> Exchange:
    """Ask until a request has had time to become one that is known; its reply's length is that of the last reply."""
    replies = [ask(port, request, reply_length) for _ in range(3)]
    return Exchange(request, len(replies[-1]))


def replay(port: int, exchanges: Sequence[Exchange], connections: int, requests: int) -> Replayed:
    """Send this many requests, taking the exchanges in turn, with one in the air on each connection."""
    sockets = [socket.create_connection(("127.0.0.1", port)) for _ in range(connections)]
    try:
        for connection in sockets:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        begun = time.perf_counter()
        _replay(sockets, islice(cycle(exchanges), requests), requests)
        return Replayed(requests, time.perf_counter() - begun)
    finally:
        for connection in sockets:
            connection.close()


def _replay(sockets: Sequence[socket.socket], exchanges: Iterator[Exchange], requests: int) -> None:
    with select.epoll() as epoll:
        by_number = {connection.fileno(): connection for connection in sockets}
        owed: dict[int, int] = {}
        for number, connection in by_number.items():
            epoll.register(number, select.EPOLLIN)
            exchange = next(exchanges, None)
            if exchange is not None:
                owed[number] = exchange.reply_bytes
                connection.send(exchange.request)
        answered = 0
        while answered < requests:
            ready = epoll.poll(SILENCE_S)
            if not ready:
                raise TimeoutError(f"no reply for {SILENCE_S} s after {answered} of {requests}")
            for number, _ in ready:
                connection = by_number[number]
                owed[number] -= len(connection.recv(RECEIVE_BYTES)) or _closed()
                if owed[number] == 0:
                    answered += 1
                    exchange = next(exchanges, None)
                    if exchange is not None:
                        owed[number] = exchange.reply_bytes
                        connection.send(exchange.request)
                elif owed[number] < 0:
                    raise ValueError("a reply is longer than it was when it was learnt")


def _closed() -> int:
    raise ConnectionError("the server closed a connection")
