"""Replies as bytes of HTTP/1.1, with the headers that DynamoDB sends.

There is no Date header: the same reply has the same bytes at any time, so that a reply kept as bytes is equal to
one encoded anew. RFC 9110 asks only servers with a clock for it, and no SDK reads it from a success.
"""

from http import HTTPStatus
from typing import Final
from zlib import crc32

from microdax.model.replies import Reply, new_request_id

CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"

# What is added to the headers where the connection's fate is not the one that the client's version implies.
STAYS: Final = b""
CLOSES: Final = b"Connection: close\r\n"
STAYS_OPEN: Final = b"Connection: keep-alive\r\n"  # for HTTP/1.0, which closes unless told

_STATUS_LINES: Final = {status.value: f"HTTP/1.1 {status.value} {status.phrase}".encode() for status in HTTPStatus}

_REPLY: Final = (
    b"%b\r\nServer: microdax\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: %d\r\n"
    b"x-amzn-RequestId: %b\r\nx-amz-crc32: %d\r\n%b\r\n%b"
)
_PLAIN: Final = (
    b"%b\r\nServer: microdax\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\n"
    b"x-amzn-RequestId: %b\r\nx-amz-crc32: %d\r\n%b\r\n"
)


def encode_reply(reply: Reply, connection: bytes = STAYS) -> bytes:
    """The reply to a DynamoDB call; a function of its arguments alone."""
    body = reply.body
    return _REPLY % (
        _status_line(reply.status),
        len(body),
        reply.request_id.encode(),
        crc32(body),
        connection,
        body,
    )


def encode_plain(status: int, text: str, connection: bytes = STAYS, *, head_only: bool = False) -> bytes:
    """A reply in words, to what was no DynamoDB call; `head_only` for HEAD, which gets the headers alone."""
    body = text.encode()
    head = _PLAIN % (_status_line(status), len(body), new_request_id().encode(), crc32(body), connection)
    return head if head_only else head + body


def _status_line(status: int) -> bytes:
    return _STATUS_LINES.get(status) or b"HTTP/1.1 %d Unknown" % status
