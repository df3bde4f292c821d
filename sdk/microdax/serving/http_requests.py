"""Bytes of HTTP/1.1 into requests, without any I/O.

`RequestReader.feed` takes bytes as they come, `next_event` hands out what they amount to, until it returns None:
more bytes are needed. httptools (llhttp) does the parsing, but says nothing about where in the bytes a request
ended. Whoever hands a connection over in the middle, or stops taking requests because too many are in the works,
has to know. So the reader never feeds it bytes of two requests at once, by cutting where a part can end:

- a head that lies complete in the buffer, after its empty line; any other part of a head, after each line feed;
- a body of known length, after that length;
- a chunked body, after each line feed, for its last line ends with one.

After a Refusal, a Handover or a request that closes the connection, no event follows.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

import httptools

from microdax.model import limits

_HEAD_END: Final = b"\r\n\r\n"
_UPGRADE_NAME: Final = re.compile(rb"(?i)\r\nupgrade[ \t]*:")

_FRAMED_BYTES_PER_BODY_BYTE: Final = 6  # a chunk of one byte takes six


@dataclass(frozen=True, slots=True)
class RequestLimits:
    """What one request may take. Signed requests of the SDKs have heads of 1 to 4 KB."""

    head_bytes_max: int = 32 * limits.KIB
    headers_max: int = 100
    body_bytes_max: int = limits.REQUEST_BYTES_MAX + limits.REQUEST_SLACK_BYTES


@dataclass(frozen=True, slots=True)
class RequestHead:
    """The request line and the headers: names in lower case, repeated ones joined by a comma."""

    method: bytes
    path: bytes
    headers: Mapping[bytes, bytes]
    version: str

    @property
    def target(self) -> str | None:
        """The X-Amz-Target header, which names the operation."""
        target = self.headers.get(b"x-amz-target")
        return None if target is None else target.decode("latin-1")


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A whole request. Signature checks find authorization, x-amz-date and host among the head's headers."""

    head: RequestHead
    body: bytes
    keep_alive: bool


@dataclass(frozen=True, slots=True)
class Continue:
    """The client waits for leave to send its body (Expect: 100-continue), and nothing speaks against it."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What came cannot be taken as a request; where the next one would begin is not known."""

    status: int
    reason: str


@dataclass(frozen=True, slots=True)
class Handover:
    """A request that is somebody else's: its first byte and all that has been received since."""

    received: bytes


Event: TypeAlias = HttpRequest | Continue | Refusal | Handover


class _Draft:
    """The request being received, as the parser reports it.

    Nothing is decided in what the parser calls: an exception from there would look like a fault of the client.
    """

    __slots__ = (
        "begun",
        "body",
        "body_bytes_left",
        "complete",
        "framed_bytes",
        "head",
        "head_complete",
        "header_count",
        "headers",
        "keep_alive",
        "parser",
        "raw_head",
        "url",
    )

    def __init__(self) -> None:
        self.parser = httptools.HttpRequestParser(self)
        self.clear()

    def clear(self) -> None:
        """Wait for the next request."""
        self.begun = False
        self.url = b""
        self.headers: dict[bytes, bytes] = {}
        self.header_count = 0
        self.head_complete = False
        self.body = bytearray()
        self.keep_alive = False
        self.complete = False
        # What the reader knows beside that.
        self.raw_head = b""
        self.head: RequestHead | None = None
        self.body_bytes_left: int | None = None  # None: chunked
        self.framed_bytes = 0  # of a chunked body as sent, with its framing

    def on_message_begin(self) -> None:
        self.begun = True

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.head_complete:  # a trailer, of no use to us
            return
        name = name.lower()
        headers = self.headers
        headers[name] = headers[name] + b"," + value if name in headers else value
        self.header_count += 1

    def on_headers_complete(self) -> None:
        self.head_complete = True

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.keep_alive = self.parser.should_keep_alive()  # llhttp forgets it after this
        self.complete = True


class RequestReader:
    """Reads the requests of one connection; `is_foreign` says of a complete head whether to hand over."""

    def __init__(self, request_limits: RequestLimits, is_foreign: Callable[[RequestHead], bool] | None = None) -> None:
        self._limits = request_limits
        self._is_foreign = is_foreign
        self._data = b""
        self._at = 0
        self._draft = _Draft()
        self._ended = False

    @property
    def begun(self) -> bool:
        """Whether more has been received than the events handed out so far amount to."""
        return self._draft.begun or self._at < len(self._data)

    @property
    def ended(self) -> bool:
        """Whether no event can follow."""
        return self._ended

    def feed(self, data: bytes) -> None:
        """Take what was received."""
        self._data = self._data[self._at :] + data if self._at < len(self._data) else data
        self._at = 0

    def next_event(self) -> Event | None:
        """The next thing that the bytes so far amount to; None when they are used up."""
        while self._at < len(self._data) and not self._ended:
            event = self._read_head() if self._draft.head is None else self._read_body()
            if event is not None:
                self._ended = _is_last(event)
                return event
        return None

    # Heads

    def _read_head(self) -> Event | None:
        part = self._data[self._at : self._head_part_end()]
        raw_head = self._draft.raw_head + part
        if len(raw_head) > self._limits.head_bytes_max:
            return Refusal(431, f"the head of a request may have {self._limits.head_bytes_max} bytes")
        self._at += len(part)
        refusal = self._parse(part, raw_head)
        if refusal is not None:
            return refusal
        if not self._draft.begun:  # empty lines before the request
            return None
        self._draft.raw_head = raw_head
        if self._draft.header_count > self._limits.headers_max:
            return Refusal(431, f"a request may have {self._limits.headers_max} headers")
        return self._finish_head() if self._draft.head_complete else None

    def _head_part_end(self) -> int:
        if not self._draft.begun:
            end = self._data.find(_HEAD_END, self._at)
            if end >= 0:
                return end + len(_HEAD_END)
        return self._line_end()

    def _finish_head(self) -> Event | None:
        draft = self._draft
        try:
            path = b"/" if draft.url == b"/" else httptools.parse_url(draft.url).path or b"/"
        except httptools.HttpParserInvalidURLError as error:
            return _malformed(error)
        head = RequestHead(draft.parser.get_method(), path, draft.headers, draft.parser.get_http_version())
        if self._is_foreign is not None and self._is_foreign(head):
            return Handover(draft.raw_head + self._data[self._at :])
        draft.head = head
        return self._check_head(draft, head) or self._take()

    def _check_head(self, draft: _Draft, head: RequestHead) -> Refusal | Continue | None:
        if head.version not in ("1.1", "1.0"):
            return Refusal(505, "the protocol here is HTTP/1.1")
        coding = head.headers.get(b"transfer-encoding")
        if coding is None:
            draft.body_bytes_left = int(head.headers.get(b"content-length", b"0"))
        elif coding.lower() != b"chunked":
            return Refusal(501, "the only transfer coding understood in a request is chunked")
        if (draft.body_bytes_left or 0) > self._limits.body_bytes_max:
            return self._too_large()
        if head.headers.get(b"expect", b"").lower() == b"100-continue" and not draft.complete:
            return Continue()
        return None

    # Bodies

    def _read_body(self) -> Event | None:
        draft = self._draft
        part = self._data[self._at : self._body_part_end(draft)]
        self._at += len(part)
        if draft.body_bytes_left is None:
            draft.framed_bytes += len(part)
        else:
            draft.body_bytes_left -= len(part)
        return self._parse(part, b"") or self._check_body(draft) or self._take()

    def _body_part_end(self, draft: _Draft) -> int:
        if draft.body_bytes_left is None:
            return self._line_end()
        return min(self._at + draft.body_bytes_left, len(self._data))

    def _check_body(self, draft: _Draft) -> Refusal | None:
        if len(draft.body) > self._limits.body_bytes_max:
            return self._too_large()
        if draft.framed_bytes > self._limits.head_bytes_max + _FRAMED_BYTES_PER_BODY_BYTE * len(draft.body):
            return Refusal(400, "the framing of the chunks is larger than what they carry")
        return None

    def _too_large(self) -> Refusal:
        return Refusal(413, f"the body of a request may have {self._limits.body_bytes_max} bytes")

    def _line_end(self) -> int:
        return self._data.find(b"\n", self._at) + 1 or len(self._data)

    def _take(self) -> HttpRequest | None:
        """The request, if it is complete."""
        draft = self._draft
        if not draft.complete:
            return None
        assert draft.head is not None
        request = HttpRequest(draft.head, bytes(draft.body), draft.keep_alive)
        draft.clear()
        return request

    def _parse(self, part: bytes, raw_head: bytes) -> Refusal | None:
        try:
            self._draft.parser.feed_data(part)
        except httptools.HttpParserUpgrade:
            return self._parse_without_upgrade(raw_head)
        except httptools.HttpParserError as error:
            return _malformed(error)
        return None

    def _parse_without_upgrade(self, raw_head: bytes) -> Refusal | None:
        """Parse the head again, in words that llhttp does not take for the end of HTTP on this connection."""
        self._draft = _Draft()
        try:
            self._draft.parser.feed_data(_UPGRADE_NAME.sub(b"\r\nx-not-upgraded:", raw_head))
        except httptools.HttpParserUpgrade:  # CONNECT
            return Refusal(501, "this is not a proxy")
        return None


def _is_last(event: Event) -> bool:
    return not event.keep_alive if isinstance(event, HttpRequest) else not isinstance(event, Continue)


def _malformed(error: httptools.HttpParserError) -> Refusal:
    return Refusal(400, f"not well-formed HTTP: {error}")
