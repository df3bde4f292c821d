"""The server's side of DynamoDB JSON 1.0 over HTTP/1.1: one connection, from bytes received to replies in order.

`answer(target, body)` gives a Reply, or an awaitable of one. A Reply is written before `data_received` returns: no
task, no await. An awaitable becomes a task; the replies of requests behind it wait in a queue, since HTTP/1.1
answers in the order of asking. What is no DynamoDB call is answered in words, or handed over with the whole
connection to a neighbour that takes it.

Bounds: at most `replies_max` requests are in the works. Past that, or while the client does not fetch its replies,
nothing more is parsed and the transport stops reading. Time is counted in sweeps, which the server makes at a steady
pace (see `http_server`): a connection that is idle, brings its request too slowly or does not fetch its replies is
closed after so many of them.

A client that goes away loses its reply, not its request: a write runs to its end. A refusal closes the connection,
but only when the client has had time to read it. Closing while bytes lie unread would reset the connection, and the
refusal would be lost on the way.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeAlias, cast

from microdax.model import limits
from microdax.model.errors import InternalServerError, UnknownOperationException
from microdax.model.replies import Reply, refusal
from microdax.serving.http_replies import CLOSES, CONTINUE, STAYS, STAYS_OPEN, encode_plain, encode_reply
from microdax.serving.http_requests import (
    Continue,
    Event,
    HttpRequest,
    Refusal,
    RequestHead,
    RequestLimits,
    RequestReader,
)

Answerer: TypeAlias = Callable[[str, bytes], Reply | Awaitable[Reply]]

_HEALTHY: Final = "healthy: dynamodb (microdax)\n"
_HEALTH_PATHS: Final = frozenset({b"/", b"/health", b"/health/live", b"/health/ready"})
_UNKNOWN: Final = "<UnknownOperationException/>\n"

_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """What one connection may take."""

    request: RequestLimits = field(default_factory=RequestLimits)
    replies_max: int = 32  # requests in the works, or answered and behind one that is
    write_buffer_bytes_max: int = 256 * limits.KIB
    idle_sweeps_max: int = 60
    slow_sweeps_max: int = 12  # to bring a request, or to fetch replies
    linger_sweeps_max: int = 2  # to read a refusal


class Registry(Protocol):
    """Who keeps track of connections and of the tasks of their requests: the server."""

    def opened(self, connection: "HttpConnection") -> None: ...
    def closed(self, connection: "HttpConnection") -> None: ...
    def started(self, task: asyncio.Future[Reply]) -> None: ...


class Neighbour(Protocol):
    """Who serves, on the same port, what is no DynamoDB call."""

    def takes(self, head: RequestHead) -> bool: ...

    def take_over(self, transport: asyncio.Transport, received: bytes) -> None:
        """Become the transport's protocol; `received` begins with the request that `takes` was asked about."""
        ...


@dataclass(slots=True, eq=False)
class _Slot:
    """The place of one reply in the order of replies; None until it is known."""

    reply: bytes | None
    connection_header: bytes = STAYS


class HttpConnection(asyncio.Protocol):
    """One client's connection."""

    def __init__(
        self,
        answer: Answerer,
        registry: Registry,
        connection_limits: ConnectionLimits,
        neighbour: Neighbour | None = None,
    ) -> None:
        self._answer = answer
        self._registry = registry
        self._limits = connection_limits
        self._neighbour = neighbour
        self._reader = RequestReader(connection_limits.request, neighbour.takes if neighbour else None)
        self._transport: asyncio.Transport | None = None  # None before and after the connection
        self._slots: deque[_Slot] = deque()
        self._handover: bytes | None = None  # waits for the replies owed
        self._finishing = False  # takes no more requests; closes when the replies owed are written
        self._lingering = False  # when it closes, waits until the client has closed too
        self._eof = False  # the client sends no more
        self._writable = True
        self._reading = True
        self._sweeps = 0  # in the present state: idle, bringing a request, not fetching replies
        # Nothing half received, nothing owed, nothing in the way: the next bytes begin a request, and what is
        # written next is its reply.
        self._at_rest = False

    # What the event loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # A cast, since uvloop's transports are of no class of asyncio's.
        self._transport = transport = cast(asyncio.Transport, transport)
        transport.set_write_buffer_limits(high=self._limits.write_buffer_bytes_max)
        self._at_rest = True
        self._registry.opened(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._leave()

    def data_received(self, data: bytes) -> None:
        if self._finishing:
            return
        if self._handover is not None:
            self._handover += data
            return
        if not self._reader.begun:
            self._sweeps = 0
        self._reader.feed(data)
        self._advance()

    def eof_received(self) -> bool:
        """The client sends no more, but may still read: keep the connection for the replies owed."""
        self._eof = True
        self._lingering = False
        return bool(self._slots) or self._handover is not None

    def pause_writing(self) -> None:
        self._writable = self._at_rest = False
        self._sweeps = 0
        self._set_reading(False)

    def resume_writing(self) -> None:
        self._writable = True
        self._sweeps = 0
        self._advance()

    # What the server calls

    def sweep(self) -> None:
        """Count the time; close if it is up. While an answer is being worked out, none passes."""
        if self._transport is None or (self._slots and self._writable):
            return
        self._sweeps += 1
        if self._sweeps > self._sweeps_max():
            self._transport.abort()

    def finish(self) -> None:
        """Take no more requests, and close when the replies owed are written."""
        self._finishing = True
        self._lingering = False
        self._settle()

    def abort(self) -> None:
        """Close at once, whatever is owed."""
        if self._transport is not None:
            self._transport.abort()

    def _sweeps_max(self) -> int:
        if self._lingering:
            return self._limits.linger_sweeps_max
        is_slow = self._reader.begun or self._finishing or not self._writable
        return self._limits.slow_sweeps_max if is_slow else self._limits.idle_sweeps_max

    # Requests

    def _advance(self) -> None:
        """Take as many requests as the bounds allow, and write the replies that are due."""
        while self._takes_requests() and (event := self._reader.next_event()) is not None:
            self._sweeps = 0
            self._take(event)
            if len(self._slots) == self._limits.replies_max:
                self._write_due()
        self._write_due()
        self._settle()

    def _takes_requests(self) -> bool:
        return (
            self._writable
            and not self._finishing
            and self._handover is None
            and len(self._slots) < self._limits.replies_max
        )

    def _take(self, event: Event) -> None:
        if isinstance(event, HttpRequest):
            self._take_request(event)
        elif isinstance(event, Continue):
            self._slots.append(_Slot(CONTINUE))
        elif isinstance(event, Refusal):
            self._slots.append(_Slot(encode_plain(event.status, event.reason + "\n", CLOSES)))
            self._finishing = self._lingering = True
        else:
            self._handover = event.received

    def _take_request(self, request: HttpRequest) -> None:
        connection_header = _connection_header(request)
        self._finishing = not request.keep_alive
        if not is_call(request.head):
            self._slots.append(_Slot(_in_words(request.head, connection_header)))
        elif request.head.headers.get(b"content-encoding", b"identity").lower() != b"identity":
            self._slots.append(_Slot(encode_plain(415, "a request may not be compressed\n", connection_header)))
        else:
            self._call(request, connection_header)

    def _call(self, request: HttpRequest, connection_header: bytes) -> None:
        try:
            answered = self._ask(request)
        except Exception:
            answered = _failed(request.head)
        if isinstance(answered, Reply):
            self._slots.append(_Slot(encode_reply(answered, connection_header)))
        else:
            self._start(request.head, asyncio.ensure_future(answered), _Slot(None, connection_header))

    def _ask(self, request: HttpRequest) -> Reply | Awaitable[Reply]:
        target = request.head.target
        return refusal(UnknownOperationException()) if target is None else self._answer(target, request.body)

    def _start(self, head: RequestHead, task: asyncio.Future[Reply], slot: _Slot) -> None:
        self._slots.append(slot)
        self._registry.started(task)
        task.add_done_callback(lambda done: self._land(head, done, slot))

    def _land(self, head: RequestHead, task: asyncio.Future[Reply], slot: _Slot) -> None:
        try:
            reply = task.result()
        except (Exception, asyncio.CancelledError):
            reply = _failed(head)
        if self._transport is not None:
            slot.reply = encode_reply(reply, slot.connection_header)
            self._write_due()  # which makes room for requests that have already come
            self._advance()

    # The transport

    def _write_due(self) -> None:
        due: list[bytes] = []
        while self._slots and (reply := self._slots[0].reply) is not None:
            due.append(reply)
            self._slots.popleft()
        if due and self._transport is not None:
            self._transport.write(b"".join(due))

    def _settle(self) -> None:
        """Close, hand over, read on or stop reading, as the state demands."""
        transport = self._transport
        if transport is None:
            return
        nothing_owed = not self._slots
        if nothing_owed and self._finishing:
            self._close(transport)
        elif nothing_owed and self._handover is not None and self._writable:
            self._hand_over(transport, self._handover)
        elif nothing_owed and self._eof and self._writable:
            self._close(transport)
        else:
            self._set_reading(self._takes_requests() or self._lingering)
        self._at_rest = nothing_owed and self._takes_requests() and not self._reader.begun

    def _close(self, transport: asyncio.Transport) -> None:
        if not self._lingering:
            transport.close()
            return
        transport.write_eof()
        self._set_reading(True)

    def _hand_over(self, transport: asyncio.Transport, received: bytes) -> None:
        assert self._neighbour is not None
        self._set_reading(True)
        self._leave()
        self._neighbour.take_over(transport, received)

    def _leave(self) -> None:
        self._transport = None
        self._at_rest = False
        self._finishing = True
        self._slots.clear()
        self._registry.closed(self)

    def _set_reading(self, reading: bool) -> None:
        if reading == self._reading or self._transport is None or self._transport.is_closing():
            return
        self._reading = reading
        if reading:
            self._transport.resume_reading()
        else:
            self._transport.pause_reading()


def is_call(head: RequestHead) -> bool:
    """Whether this is a DynamoDB call: a POST to /. Which operation, if any, is the answerer's to say."""
    return head.method == b"POST" and head.path == b"/"


def _in_words(head: RequestHead, connection_header: bytes) -> bytes:
    """What DynamoDB answers to a health check, and to anything else that is no call."""
    head_only = head.method == b"HEAD"
    healthy = head.path in _HEALTH_PATHS and (head_only or head.method == b"GET")
    status, text = (200, _HEALTHY) if healthy else (404, _UNKNOWN)
    return encode_plain(status, text, connection_header, head_only=head_only)


def _connection_header(request: HttpRequest) -> bytes:
    if not request.keep_alive:
        return CLOSES
    return STAYS_OPEN if request.head.version == "1.0" else STAYS


def _failed(head: RequestHead) -> Reply:
    """Our own fault, of which the client learns no more than that; call it where the exception is being handled."""
    _log.exception("answering %s failed", head.target)
    return refusal(InternalServerError())
