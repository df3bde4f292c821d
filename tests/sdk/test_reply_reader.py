"""One reply, however it is cut into pieces, and nothing that is not one."""

from collections.abc import Iterator

import pytest

from microdax import reply_reader
from microdax.reply_reader import HttpReply, InvalidReply, read_reply
from tests.support.raw_peer import reply

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def read(*pieces: bytes) -> HttpReply:
    """What is read when these pieces come, and then the connection is closed."""
    coming: Iterator[bytes] = iter(pieces)
    return read_reply(lambda: next(coming, b""))


def one_byte_at_a_time(data: bytes) -> list[bytes]:
    return [data[place : place + 1] for place in range(len(data))]


def test_a_reply_in_one_piece() -> None:
    assert read(reply(b'{"Item":{}}', 400)) == HttpReply(
        status=400,
        headers={
            "content-type": "application/x-amz-json-1.0",
            "content-length": "11",
            "x-amzn-requestid": "REQUEST",
            "x-amz-crc32": "49613676",
        },
        body=b'{"Item":{}}',
        may_keep=True,
    )


@pytest.mark.parametrize(
    "data",
    [
        reply(b"0123456789" * 20),
        reply(b""),
        CHUNKED + b"5\r\nhello\r\nA;name=value\r\n0123456789\r\n0\r\n\r\n",
        CHUNKED + b"1\r\nx\r\n000\r\nTrailer: 1\r\nAnother: 2\r\n\r\n",
        CHUNKED + b"0\r\n\r\n",
    ],
)
def test_pieces_make_no_difference(data: bytes) -> None:
    whole = read(data)
    assert read(*one_byte_at_a_time(data)) == whole
    for place in range(1, len(data)):
        assert read(data[:place], data[place:]) == whole


def test_chunks_are_joined() -> None:
    assert read(CHUNKED + b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n").body == b"hello world"


@pytest.mark.parametrize("data", [reply(b"0123456789"), CHUNKED + b"5\r\nhello\r\n0\r\nTrailer: 1\r\n\r\n"])
def test_a_reply_that_is_cut_off_anywhere_is_refused(data: bytes) -> None:
    for place in range(len(data)):
        with pytest.raises(InvalidReply, match="closed before the reply was complete"):
            read(data[:place])


@pytest.mark.parametrize("data", [reply(b"0123456789"), reply(b""), CHUNKED + b"0\r\n\r\n"])
@pytest.mark.parametrize("surplus", [b"x", reply()])
def test_anything_after_the_end_is_refused(data: bytes, surplus: bytes) -> None:
    for pieces in ([data + surplus], [data[:-1], data[-1:] + surplus]):
        with pytest.raises(InvalidReply, match="after the end"):
            read(*pieces)


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", "not an HTTP reply"),
        (b"HTTP/2 200 OK\r\n\r\n", "not an HTTP reply"),
        (b"HTTP/1.1 abc\r\n\r\n", "not an HTTP reply"),
        (b"HTTP/1.1 \r\n\r\n", "not an HTTP reply"),
        ("HTTP/1.1 ²²²\r\n\r\n".encode("latin-1"), "not an HTTP reply"),
        (b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "without a colon"),
        (b"HTTP/1.1 200 OK\r\n\r\n{}", "does not say where it ends"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", "does not say where it ends"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "not a number"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "not a number"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}", "not a number"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}", "two lengths"),
        (CHUNKED + b"x\r\n", "chunk size"),
        (CHUNKED + b"\r\n", "chunk size"),
        (CHUNKED + b"-1\r\n", "chunk size"),
        (CHUNKED + b"0x5\r\nhello\r\n", "chunk size"),
        (CHUNKED + b"5\r\nhello!!", "longer than it said"),
    ],
)
def test_what_is_no_reply_of_ours_is_refused(data: bytes, fault: str) -> None:
    with pytest.raises(InvalidReply, match=fault):
        read(data)


def endlessly(piece: bytes) -> Iterator[bytes]:
    while True:
        yield piece


@pytest.mark.parametrize(
    ("start", "piece"),
    [
        (b"HTTP/1.1 200 OK\r\nX: ", b"x" * 4096),
        (CHUNKED + b"5;", b"x" * 512),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n", b"x" * 4096),
        (CHUNKED, b"5\r\nhello\r\n"),
    ],
)
def test_nothing_grows_without_a_limit(start: bytes, piece: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reply_reader, "BODY_BYTES_MAX", 100_000)
    coming = endlessly(piece)
    first = [start]
    with pytest.raises(InvalidReply, match="too long"):
        read_reply(lambda: first.pop() if first else next(coming))


def test_a_head_over_the_limit_is_refused_even_when_it_comes_at_once() -> None:
    filler = "x" * reply_reader.HEAD_BYTES_MAX
    with pytest.raises(InvalidReply, match="head of the reply is too long"):
        read(reply(b"{}", 200, f"X: {filler}"))


def test_values_of_a_repeated_header_are_joined() -> None:
    assert read(reply(b"", 200, "X-One: a", "x-one:  b ")).headers["x-one"] == "a, b"


@pytest.mark.parametrize(
    ("data", "may_keep"),
    [
        (reply(), True),
        (reply(b"{}", 200, "Connection: keep-alive"), True),
        (reply(b"{}", 200, "Connection: Close"), False),
        (reply().replace(b"HTTP/1.1", b"HTTP/1.0"), False),
    ],
)
def test_the_connection_is_kept_unless_the_server_will_close_it(data: bytes, may_keep: bool) -> None:
    assert read(data).may_keep is may_keep
