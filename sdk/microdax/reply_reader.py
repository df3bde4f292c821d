"""Read one HTTP/1.1 reply out of chunks of bytes. Pure: the bytes come from a function that the caller passes in.

Nearly every reply is one chunk: its head is found by one search, its body is what follows. The rest of this module
is for the others: a head or body in several pieces, and bodies in HTTP's chunked coding.

A reply must say where it ends. One that ends where the connection does cannot be told from one that was cut off, so
it is refused, as is anything after the end: no request is ever sent ahead, so nothing may be there.
"""

from collections.abc import Callable
from typing import NamedTuple

from microdax.model.limits import KIB, MIB

HEAD_BYTES_MAX = 64 * KIB
# A BatchGetItem brings up to 16 MB of items; small attributes and base64 take a multiple of that as JSON.
BODY_BYTES_MAX = 128 * MIB
CHUNK_LINE_BYTES_MAX = 1 * KIB

Receive = Callable[[], bytes]  # the next bytes; b"" when the peer has closed


class InvalidReply(Exception):
    """What came is not a whole HTTP/1.1 reply: cut off, over a limit, or something else altogether."""


class HttpReply(NamedTuple):
    """Header names are in lower case; a header sent twice has both values, joined by a comma."""

    status: int
    headers: dict[str, str]
    body: bytes
    may_keep: bool  # whether the connection may carry another request


def read_reply(receive: Receive) -> HttpReply:
    """Read one whole reply; raises InvalidReply."""
    buffer = receive()
    while (head_end := buffer.find(b"\r\n\r\n")) < 0:
        _check(len(buffer) <= HEAD_BYTES_MAX, "the head of the reply is too long")
        buffer += _some(receive)
    _check(head_end <= HEAD_BYTES_MAX, "the head of the reply is too long")
    version, status, headers = _read_head(buffer[:head_end])
    body = _read_body(headers, buffer[head_end + 4 :], receive)
    may_keep = version == "HTTP/1.1" and headers.get("connection", "").lower() != "close"
    return HttpReply(status, headers, body, may_keep)


def _read_head(head: bytes) -> tuple[str, int, dict[str, str]]:
    status_line, *lines = head.decode("latin-1").split("\r\n")
    version, _, rest = status_line.partition(" ")
    code = rest[:3]
    _check(version in ("HTTP/1.1", "HTTP/1.0") and code.isascii() and code.isdigit(), "not an HTTP reply")
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            raise InvalidReply("a header line without a colon")
        name = name.lower()
        headers[name] = f"{headers[name]}, {value.strip()}" if name in headers else value.strip()
    return version, int(code), headers


def _read_body(headers: dict[str, str], start: bytes, receive: Receive) -> bytes:
    length = headers.get("content-length")
    if length is None:
        _check(headers.get("transfer-encoding", "").lower() == "chunked", "a reply that does not say where it ends")
        return _read_chunks(bytearray(start), receive)
    _check("transfer-encoding" not in headers, "a reply with two lengths")
    _check(length.isascii() and length.isdigit(), "a Content-Length that is not a number")
    missing = int(length) - len(start)
    return start if not missing else _read_rest(start, missing, receive)


def _read_rest(start: bytes, missing: int, receive: Receive) -> bytes:
    _check(len(start) + missing <= BODY_BYTES_MAX, "the body of the reply is too long")
    pieces = [start]
    while missing > 0:
        pieces.append(_some(receive))
        missing -= len(pieces[-1])
    _check(missing == 0, "bytes after the end of the reply")
    return b"".join(pieces)


def _read_chunks(buffer: bytearray, receive: Receive) -> bytes:
    body = bytearray()
    while size := _chunk_size(_take_line(buffer, receive)):
        _check(len(body) + size <= BODY_BYTES_MAX, "the body of the reply is too long")
        while len(buffer) < size + 2:
            buffer += _some(receive)
        _check(buffer.startswith(b"\r\n", size), "a chunk that is longer than it said")
        body += buffer[:size]
        del buffer[: size + 2]
    while _take_line(buffer, receive):  # trailers say nothing that we need
        pass
    _check(not buffer, "bytes after the end of the reply")
    return bytes(body)


def _chunk_size(line: bytes) -> int:
    digits = line.partition(b";")[0].strip()
    # int() would also take a sign, underscores and 0x
    _check(0 < len(digits) <= 16 and not digits.strip(b"0123456789abcdefABCDEF"), "a chunk size that is not a number")
    return int(digits, 16)


def _take_line(buffer: bytearray, receive: Receive) -> bytes:
    while (end := buffer.find(b"\r\n")) < 0:
        _check(len(buffer) <= CHUNK_LINE_BYTES_MAX, "a line of the chunked coding is too long")
        buffer += _some(receive)
    line = bytes(buffer[:end])
    del buffer[: end + 2]
    return line


def _some(receive: Receive) -> bytes:
    piece = receive()
    _check(piece != b"", "the connection was closed before the reply was complete")
    return piece


def _check(holds: bool, fault: str) -> None:
    if not holds:
        raise InvalidReply(fault)
