"""Replies as DynamoDB sends them."""

import zlib

from hypothesis import given
from hypothesis import strategies as st

from microdax.model.errors import InternalServerError
from microdax.model.replies import Reply, refusal
from microdax.serving.http_replies import CLOSES, STAYS_OPEN, encode_plain, encode_reply


def test_a_reply_has_exactly_these_bytes() -> None:
    reply = Reply(200, b'{"Item":{}}', "REQUEST1")
    assert encode_reply(reply) == (
        b"HTTP/1.1 200 OK\r\n"
        b"Server: microdax\r\n"
        b"Content-Type: application/x-amz-json-1.0\r\n"
        b"Content-Length: 11\r\n"
        b"x-amzn-RequestId: REQUEST1\r\n"
        b"x-amz-crc32: %d\r\n"
        b"\r\n"
        b'{"Item":{}}' % zlib.crc32(reply.body)
    )


def test_an_error_has_its_status_and_document() -> None:
    raw = encode_reply(refusal(InternalServerError("it broke")))
    assert raw.startswith(b"HTTP/1.1 500 Internal Server Error\r\n")
    assert raw.endswith(b'{"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError","message":"it broke"}')


def test_a_status_that_nobody_has_named_is_sent_all_the_same() -> None:
    assert encode_reply(Reply(599, b"", "R")).startswith(b"HTTP/1.1 599 ")


def test_the_fate_of_the_connection_is_said_only_where_asked_for() -> None:
    reply = Reply(200, b"", "R")
    assert b"Connection" not in encode_reply(reply)
    assert b"\r\nConnection: close\r\n" in encode_reply(reply, CLOSES)
    assert b"\r\nConnection: keep-alive\r\n" in encode_reply(reply, STAYS_OPEN)


@given(st.binary(), st.sampled_from([200, 400, 500, 503]))
def test_the_same_reply_has_the_same_bytes(body: bytes, status: int) -> None:
    first = encode_reply(Reply(status, body, "R"))
    assert first == encode_reply(Reply(status, bytes(bytearray(body)), "R"))
    assert first.endswith(b"\r\n\r\n" + body)


def test_words_are_plain_text_and_only_head_goes_without_them() -> None:
    raw = encode_plain(404, "no\n")
    assert raw.startswith(b"HTTP/1.1 404 Not Found\r\n")
    assert b"\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 3\r\n" in raw
    assert raw.endswith(b"\r\n\r\nno\n")
    assert encode_plain(404, "no\n", head_only=True).endswith(b"\r\n\r\n")
    assert b"Content-Length: 3\r\n" in encode_plain(404, "no\n", head_only=True)
