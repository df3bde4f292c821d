"""One keep-alive connection to the upstream, one request at a time.

What comes back is a whole reply or none: a reply that was cut off, does not parse, is too long, has the wrong
checksum or is followed by bytes that nobody asked for is not passed on, and the connection is gone. Whether the
request was carried out is then unknown. A connection that ends without a byte of reply to a request that was not its
first was most likely closed by the peer for idleness while the request was on its way: `StaleConnection`, so that a
read can be tried again.
"""

import asyncio
import zlib
from collections.abc import Callable
from typing import Final, cast

import httptools

from microdax.model.errors import UnknownOutcome
from microdax.model.limits import KIB
from microdax.model.replies import Reply, new_request_id

HEAD_BYTES_MAX: Final = 64 * KIB


class StaleConnection(UnknownOutcome):
    """A connection used before was closed before any byte of the reply."""


class Connection(asyncio.Protocol):
    """The client's side of HTTP/1.1. `on_lost` hears of the connection's end, whoever ended it."""

    def __init__(self, reply_bytes_max: int, on_lost: "Callable[[Connection], None]") -> None:
        self._reply_bytes_max = reply_bytes_max
        self._on_lost = on_lost
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[Reply] | None = None
        self._used = False
        self._keep_alive = True
        self._chunks: list[bytes] = []
        self._crc32 = 0
        self._request_id: str | None = None
        self._checksum: bytes | None = None
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._begin()

    @property
    def reusable(self) -> bool:
        """Whether another request can be sent: nothing is in progress and both sides leave the connection open."""
        return (
            self._waiter is None
            and self._keep_alive
            and self._transport is not None
            and not self._transport.is_closing()
        )

    async def exchange(self, request: bytes, deadline: float) -> Reply:
        """Send `request` and return its reply, waiting until the loop's clock says `deadline`.

        Raises UnknownOutcome if there is none, and is then not reusable; so too if the caller is cancelled.
        """
        assert self.reusable, "one request at a time, on an open connection"
        assert self._transport is not None
        self._begin()
        loop = asyncio.get_running_loop()
        self._waiter = loop.create_future()
        late = loop.call_at(deadline, self._fail, UnknownOutcome("The upstream did not answer in time"))
        whole = False
        try:
            self._transport.write(request)
            reply = await self._waiter
            whole = True
            return reply
        finally:
            late.cancel()
            self._waiter = None
            self._used = True
            if not whole or not self._keep_alive:
                self.abort()

    def abort(self) -> None:
        """Close at once, sending nothing more."""
        if self._transport is not None:
            self._transport.abort()

    # What the transport calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if self._waiter is None or self._waiter.done():
            self.abort()  # nobody asked: it would be taken for the reply to the next request
            return
        self._received += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._fail(UnknownOutcome("The upstream's reply is not HTTP"))
            return
        if self._received > (self._reply_bytes_max if self._head_complete else HEAD_BYTES_MAX):
            self._fail(UnknownOutcome("The upstream's reply is too long"))
        elif self._surplus:
            self._fail(UnknownOutcome("The upstream's reply is longer than it says"))
        elif self._complete:
            self._deliver()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._used and not self._received:
            self._fail(StaleConnection("The upstream closed the connection"))
        else:
            self._fail(UnknownOutcome("The upstream closed the connection before it had answered"))
        self._on_lost(self)
        self.lost.set_result(None)

    # What the parser calls

    def on_message_begin(self) -> None:
        self._surplus = self._complete

    def on_header(self, name: bytes, value: bytes) -> None:
        lower = name.lower()
        if lower == b"x-amzn-requestid":
            self._request_id = value.decode("latin-1")
        elif lower == b"x-amz-crc32":
            self._checksum = value

    def on_headers_complete(self) -> None:
        self._head_complete = True
        self._keep_alive = self._parser.should_keep_alive()

    def on_body(self, body: bytes) -> None:
        self._chunks.append(body)
        self._crc32 = zlib.crc32(body, self._crc32)  # as it comes: over megabytes at once it would hold up the loop

    def on_message_complete(self) -> None:
        if self._parser.get_status_code() >= 200:
            self._complete = True
        else:
            self._head_complete = False  # 100 Continue and its like: the reply is still to come

    def _begin(self) -> None:
        self._chunks = []
        self._crc32 = 0
        self._received = 0
        self._head_complete = False
        self._complete = False
        self._surplus = False
        self._request_id = None
        self._checksum = None

    def _deliver(self) -> None:
        body = b"".join(self._chunks)
        self._chunks = []
        if self._checksum is not None and self._checksum != b"%d" % self._crc32:
            self._fail(UnknownOutcome("The upstream's reply does not match its checksum"))
        else:
            assert self._waiter is not None
            status = self._parser.get_status_code()
            self._waiter.set_result(Reply(status, body, self._request_id or new_request_id()))

    def _fail(self, error: UnknownOutcome) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(error)
        self.abort()
