"""A reply comes back whole or not at all, against a peer that cuts off, lies, babbles and hangs."""

import asyncio
import zlib

import pytest

from accelerator.upstream.http import HttpLimits
from microdax.model.errors import UnknownOutcome
from tests.support.http_upstream import READ, WRITE, answering, never_called, until_connections, upstream_to
from tests.support.scripted_peer import Conversation, http_reply, scripted_peer


async def test_a_reply_comes_back_as_it_is() -> None:
    reply = http_reply(b'{"Item":{}}', x_amzn_RequestId="R1", x_amz_crc32=str(zlib.crc32(b'{"Item":{}}')))
    async with scripted_peer(answering(reply)) as peer, upstream_to(peer) as upstream:
        got = await upstream.call(READ, b"{}")
    assert (got.status, got.body, got.request_id, got.changes) == (200, b'{"Item":{}}', "R1", None)


async def test_a_refusal_comes_back_as_a_reply() -> None:
    document = b'{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException"}'
    async with scripted_peer(answering(http_reply(document, 400))) as peer, upstream_to(peer) as upstream:
        got = await upstream.call(READ, b"{}")
    assert (got.status, got.body) == (400, document)


async def test_a_reply_without_a_request_id_gets_one() -> None:
    async with scripted_peer(answering(http_reply(b"{}"))) as peer, upstream_to(peer) as upstream:
        assert len((await upstream.call(READ, b"{}")).request_id) == 52


async def test_a_chunked_reply_comes_back_whole() -> None:
    reply = b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{"a"\r\n3\r\n:1}\r\n0\r\n\r\n'
    async with scripted_peer(answering(reply, http_reply(b"{}"))) as peer, upstream_to(peer) as upstream:
        assert (await upstream.call(READ, b"{}")).body == b'{"a":1}'
        assert (await upstream.call(READ, b"{}")).body == b"{}"


async def test_a_reply_that_comes_byte_by_byte_comes_back_whole() -> None:
    async def script(conversation: Conversation) -> None:
        await conversation.request()
        for byte in http_reply(b'{"a":1}'):
            await conversation.send(bytes([byte]))
        await conversation.gone()

    async with scripted_peer(script) as peer, upstream_to(peer) as upstream:
        assert (await upstream.call(READ, b"{}")).body == b'{"a":1}'


async def test_an_interim_reply_is_passed_over() -> None:
    reply = b"HTTP/1.1 100 Continue\r\n\r\n" + http_reply(b"{}")
    async with scripted_peer(answering(reply)) as peer, upstream_to(peer) as upstream:
        assert (await upstream.call(READ, b"{}")).status == 200


async def test_a_connection_that_the_peer_wants_closed_is_not_used_again() -> None:
    closing, next_one = answering(http_reply(b"{}", Connection="close")), answering(http_reply(b"{}"))
    async with scripted_peer(closing, next_one) as peer, upstream_to(peer) as upstream:
        await upstream.call(WRITE, b"{}")
        await until_connections(upstream, 0)
        await upstream.call(WRITE, b"{}")


async def test_bytes_on_an_idle_connection_are_not_taken_for_the_next_reply() -> None:
    answered = asyncio.Event()

    async def babbling(conversation: Conversation) -> None:
        await conversation.answer(http_reply(b"{}"))
        await answered.wait()
        await conversation.send(http_reply(b'{"not":"asked for"}'))
        await conversation.gone()

    async with scripted_peer(babbling, answering(http_reply(b"{}"))) as peer, upstream_to(peer) as upstream:
        await upstream.call(WRITE, b"{}")
        answered.set()
        await until_connections(upstream, 0)
        assert (await upstream.call(READ, b"{}")).body == b"{}"


async def test_a_caller_that_gives_up_takes_its_connection_along() -> None:
    asked = asyncio.Event()

    async def slow(conversation: Conversation) -> None:
        await conversation.request()
        asked.set()
        await conversation.gone()

    async with scripted_peer(slow, answering(http_reply(b"{}"))) as peer, upstream_to(peer) as upstream:
        given_up = asyncio.create_task(upstream.call(READ, b"{}"))
        await asked.wait()
        given_up.cancel()
        with pytest.raises(asyncio.CancelledError):
            await given_up
        await until_connections(upstream, 0)
        assert (await upstream.call(READ, b"{}")).body == b"{}"


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(http_reply(b'{"Item":{}}')[:-3], id="cut off in the body"),
        pytest.param(http_reply(b"{}")[:20], id="cut off in the head"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n", id="cut off between chunks"),
        pytest.param(b"HTTP/1.1 200 OK\r\n\r\n{}", id="of no known length"),
        pytest.param(b"HTTP/1.1 100 Continue\r\n\r\n", id="only an interim one"),
    ],
)
async def test_a_reply_that_ends_too_soon_is_an_unknown_outcome(reply: bytes) -> None:
    async def script(conversation: Conversation) -> None:
        await conversation.answer(reply)

    async with scripted_peer(script, never_called) as peer, upstream_to(peer) as upstream:
        with pytest.raises(UnknownOutcome):
            await upstream.call(READ, b"{}")
        assert (peer.connections, upstream.connections) == (1, 0)


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (b"-ERR unknown command\r\n", "not HTTP"),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", "not HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}}", "not HTTP"),
        (http_reply(b"{}") + b"}", "not HTTP"),
        (http_reply(b"{}") + http_reply(b"{}"), "longer than it says"),
        (http_reply(b"{}", x_amz_crc32="1"), "checksum"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000, "too long"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 3_000, "too long"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n" + b"x" * 200_000, "too long"),
    ],
    ids=[
        "text",
        "upgrade",
        "two lengths",
        "surplus",
        "two",
        "checksum",
        "endless head",
        "endless prelude",
        "long body",
    ],
)
async def test_a_reply_that_cannot_be_trusted_is_an_unknown_outcome(reply: bytes, reason: str) -> None:
    """And its connection is gone, though the peer would go on."""
    scripts = answering(reply), answering(http_reply(b"{}"))
    async with scripted_peer(*scripts) as peer, upstream_to(peer, HttpLimits(reply_bytes_max=100_000)) as upstream:
        with pytest.raises(UnknownOutcome, match=reason):
            await upstream.call(READ, b"{}")
        await until_connections(upstream, 0)
        assert (await upstream.call(READ, b"{}")).body == b"{}"


async def test_no_answer_in_time_is_an_unknown_outcome() -> None:
    async with (
        scripted_peer(answering(b""), never_called) as peer,
        upstream_to(peer, HttpLimits(total_s=0.05)) as upstream,
    ):
        with pytest.raises(UnknownOutcome, match="in time"):
            await upstream.call(WRITE, b"{}")
        await until_connections(upstream, 0)


async def test_half_an_answer_in_time_is_an_unknown_outcome() -> None:
    async with (
        scripted_peer(answering(http_reply(b"{}")[:-1])) as peer,
        upstream_to(peer, HttpLimits(total_s=0.05)) as upstream,
    ):
        with pytest.raises(UnknownOutcome, match="in time"):
            await upstream.call(READ, b"{}")


async def test_the_deadline_of_an_answered_call_does_nothing_to_its_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    ahead_s = 0.0
    loop = asyncio.get_running_loop()
    real_time = loop.time
    monkeypatch.setattr(loop, "time", lambda: real_time() + ahead_s)
    async with scripted_peer(answering(http_reply(b"{}"))) as peer, upstream_to(peer) as upstream:
        await upstream.call(READ, b"{}")
        ahead_s = 1_000.0
        for _ in range(5):  # every timer that is due runs, and what it closes is closed
            await asyncio.sleep(0)
        assert upstream.connections == 1


@pytest.mark.parametrize("target", [READ, WRITE])
async def test_a_new_connection_closed_without_an_answer_is_an_unknown_outcome(target: str) -> None:
    """It cannot be stale: the peer took the request and died of it, perhaps."""

    async def script(conversation: Conversation) -> None:
        await conversation.request()

    async with scripted_peer(script, never_called) as peer, upstream_to(peer) as upstream:
        with pytest.raises(UnknownOutcome):
            await upstream.call(target, b"{}")
        assert peer.connections == 1
