"""The HTTP upstream against a scripted peer: what comes back, what is unknown, what certainly did nothing."""

import asyncio
import socket
import ssl
import threading
import zlib
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from accelerator.upstream.http import SIGNED_AT_ONCE_BYTES_MAX, Endpoint, HttpLimits, HttpUpstream
from accelerator.upstream.signing import PLACEHOLDER, Signer
from microdax.model.errors import ServiceUnavailable, UnknownOperationException, UnknownOutcome
from tests.support.role import Role
from tests.support.scripted_peer import Conversation, ScriptedPeer, http_reply, scripted_peer

READ = "DynamoDB_20120810.GetItem"
WRITE = "DynamoDB_20120810.PutItem"
PEM = Path(__file__).with_name("localhost.pem")  # a self-signed certificate for localhost and its key


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> Generator[None]:
    """What a peer does may end a call, but is no fault of ours that the event loop would have to report."""
    yield
    assert [record.message for record in caplog.get_records("call") if record.name == "asyncio"] == []


@asynccontextmanager
async def upstream_to(
    peer: ScriptedPeer, limits: HttpLimits | None = None, *, tls: ssl.SSLContext | None = None, https: bool = False
) -> AsyncGenerator[HttpUpstream]:
    endpoint = Endpoint("127.0.0.1", peer.port, tls=https)
    signer = Signer(endpoint.authority, "us-east-1", PLACEHOLDER)
    upstream = HttpUpstream(endpoint, signer, settle_s=2.0, limits=limits or HttpLimits(), tls=tls)
    try:
        yield upstream
    finally:
        await upstream.close()


async def never_called(conversation: Conversation) -> None:
    raise AssertionError("a connection that should not have been opened")


class answering:  # noqa: N801  (reads as the script that it is)
    """A script that sends these replies, one for each request, and keeps the requests' bodies."""

    def __init__(self, *replies: bytes) -> None:
        self._replies = replies
        self.bodies: list[bytes] = []

    async def __call__(self, conversation: Conversation) -> None:
        for reply in self._replies:
            self.bodies.append((await conversation.answer(reply)).body)
        await conversation.gone()


async def until_connections(upstream: HttpUpstream, number: int) -> None:
    """Let the event loop run until the upstream has noticed."""
    async with asyncio.timeout(10):
        while upstream.connections != number:  # noqa: ASYNC110  (what is waited for is the upstream's own event)
            await asyncio.sleep(0)


# What comes back


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


async def test_a_request_says_what_is_called_and_is_signed() -> None:
    async def script(conversation: Conversation) -> None:
        request = await conversation.answer(http_reply(b"{}"))
        assert request.line == "POST / HTTP/1.1"
        assert request.body == b'{"TableName":"t"}'
        assert request.headers["x-amz-target"] == READ
        assert request.headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=microdax/")

    async with scripted_peer(script) as peer, upstream_to(peer) as upstream:
        await upstream.call(READ, b'{"TableName":"t"}')


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


async def test_a_large_request_and_reply_pass() -> None:
    large = b'"' + b"x" * 5_000_000 + b'"'
    script = answering(http_reply(large))
    async with scripted_peer(script) as peer, upstream_to(peer) as upstream:
        assert (await upstream.call(WRITE, large)).body == large
    assert script.bodies == [large]


@pytest.mark.parametrize(("surplus_bytes", "at_once"), [(0, True), (1, False)])
async def test_a_large_request_is_not_signed_on_the_event_loop(surplus_bytes: int, at_once: bool) -> None:
    signed_in: list[threading.Thread] = []

    def wall_clock() -> float:
        signed_in.append(threading.current_thread())
        return 0.0

    async with scripted_peer(answering(http_reply(b"{}"))) as peer:
        endpoint = Endpoint("127.0.0.1", peer.port, tls=False)
        upstream = HttpUpstream(endpoint, Signer("db", "us-east-1", PLACEHOLDER, wall_clock), settle_s=0)
        await upstream.call(WRITE, b"x" * (SIGNED_AT_ONCE_BYTES_MAX + surplus_bytes))
        await upstream.close()
    assert [thread is threading.current_thread() for thread in signed_in] == [at_once]


# Connections


async def test_calls_one_after_another_share_a_connection() -> None:
    async with scripted_peer(answering(*[http_reply(b"{}")] * 3)) as peer, upstream_to(peer) as upstream:
        for _ in range(3):
            await upstream.call(WRITE, b"{}")
        assert peer.connections == 1


async def test_calls_at_once_have_a_connection_each() -> None:
    script = answering(http_reply(b"{}"))
    async with scripted_peer(script, script, script) as peer, upstream_to(peer) as upstream:
        await asyncio.gather(*(upstream.call(READ, b"{}") for _ in range(3)))
        assert peer.connections == 3


async def test_a_connection_that_the_peer_wants_closed_is_not_used_again() -> None:
    closing, next_one = answering(http_reply(b"{}", Connection="close")), answering(http_reply(b"{}"))
    async with scripted_peer(closing, next_one) as peer, upstream_to(peer) as upstream:
        await upstream.call(WRITE, b"{}")
        await until_connections(upstream, 0)
        await upstream.call(WRITE, b"{}")


async def test_an_idle_connection_that_the_peer_closed_is_dropped() -> None:
    async def script(conversation: Conversation) -> None:
        await conversation.answer(http_reply(b"{}"))

    async with scripted_peer(script, answering(http_reply(b"{}"))) as peer, upstream_to(peer) as upstream:
        await upstream.call(WRITE, b"{}")
        await until_connections(upstream, 0)
        await upstream.call(WRITE, b"{}")


async def test_a_connection_idle_for_long_is_not_used_again() -> None:
    script = answering(http_reply(b"{}"))
    async with scripted_peer(script, script) as peer, upstream_to(peer, HttpLimits(idle_s=-1)) as upstream:
        await upstream.call(WRITE, b"{}")
        await upstream.call(WRITE, b"{}")
        await until_connections(upstream, 1)


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


# What is unknown


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


@pytest.mark.parametrize("target", [READ, WRITE])
async def test_a_new_connection_closed_without_an_answer_is_an_unknown_outcome(target: str) -> None:
    """It cannot be stale: the peer took the request and died of it, perhaps."""

    async def script(conversation: Conversation) -> None:
        await conversation.request()

    async with scripted_peer(script, never_called) as peer, upstream_to(peer) as upstream:
        with pytest.raises(UnknownOutcome):
            await upstream.call(target, b"{}")
        assert peer.connections == 1


async def test_a_write_on_a_stale_connection_is_an_unknown_outcome_and_not_repeated() -> None:
    async def stale(conversation: Conversation) -> None:
        await conversation.answer(http_reply(b"{}"))
        await conversation.request()
        conversation.reset()

    async with scripted_peer(stale, never_called) as peer, upstream_to(peer) as upstream:
        await upstream.call(WRITE, b"{}")
        with pytest.raises(UnknownOutcome):
            await upstream.call(WRITE, b"{}")
        assert peer.connections == 1


# A read is repeated once, where its connection was stale


async def stale(conversation: Conversation) -> None:
    """Answers one request, and closes when the second comes."""
    await conversation.answer(http_reply(b"{}"))
    await conversation.request()


async def test_a_read_on_a_stale_connection_is_repeated_on_a_new_one() -> None:
    async with scripted_peer(stale, answering(http_reply(b'{"again":1}'))) as peer, upstream_to(peer) as upstream:
        await upstream.call(READ, b"{}")
        assert (await upstream.call(READ, b"{}")).body == b'{"again":1}'


async def test_a_read_is_repeated_only_once() -> None:
    async def closing(conversation: Conversation) -> None:
        await conversation.request()

    async with scripted_peer(stale, closing, never_called) as peer, upstream_to(peer) as upstream:
        await upstream.call(READ, b"{}")
        with pytest.raises(UnknownOutcome):
            await upstream.call(READ, b"{}")
        assert peer.connections == 2


async def test_a_read_that_was_answered_in_part_is_not_repeated() -> None:
    async def cut_off(conversation: Conversation) -> None:
        await conversation.answer(http_reply(b"{}"))
        await conversation.answer(b"HTTP")

    async with scripted_peer(cut_off, never_called) as peer, upstream_to(peer) as upstream:
        await upstream.call(READ, b"{}")
        with pytest.raises(UnknownOutcome):
            await upstream.call(READ, b"{}")
        assert peer.connections == 1


# What certainly did nothing


async def test_a_refused_connection_did_nothing() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, so that nobody else gets the port, and not listened on
        peer = ScriptedPeer(())
        peer.port = taken.getsockname()[1]
        async with upstream_to(peer) as upstream:
            with pytest.raises(ServiceUnavailable, match=f"127.0.0.1:{peer.port} cannot be reached"):
                await upstream.call(WRITE, b"{}")


async def test_a_connection_that_is_not_made_in_time_did_nothing() -> None:
    """A peer that accepts and says nothing holds up the TLS handshake."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        peer = ScriptedPeer(())
        peer.port = silent.getsockname()[1]
        async with upstream_to(peer, HttpLimits(connect_s=0.05), https=True) as upstream:
            with pytest.raises(ServiceUnavailable, match="did not accept a connection in time"):
                await upstream.call(WRITE, b"{}")


async def test_a_host_whose_name_is_none_did_nothing() -> None:
    upstream = HttpUpstream(Endpoint("a..b", 80, tls=False), Signer("a..b", "us-east-1", PLACEHOLDER), settle_s=0)
    with pytest.raises(ServiceUnavailable, match=r"a\.\.b cannot be reached"):
        await upstream.call(WRITE, b"{}")


async def test_a_caller_waits_for_a_connection_where_all_are_busy() -> None:
    async with (
        scripted_peer(answering(*[http_reply(b"{}")] * 5)) as peer,
        upstream_to(peer, HttpLimits(connections_max=1)) as upstream,
    ):
        await asyncio.gather(*(upstream.call(WRITE, b"{}") for _ in range(5)))
        assert peer.connections == 1


async def test_one_caller_too_many_is_turned_away_at_once() -> None:
    asked, proceed = asyncio.Event(), asyncio.Event()

    async def script(conversation: Conversation) -> None:
        await conversation.request()
        asked.set()
        await proceed.wait()
        await conversation.send(http_reply(b"{}"))
        await conversation.answer(http_reply(b"{}"))
        await conversation.gone()

    async with (
        scripted_peer(script) as peer,
        upstream_to(peer, HttpLimits(connections_max=1, waiting_max=1)) as upstream,
    ):
        first = asyncio.create_task(upstream.call(WRITE, b"{}"))
        await asked.wait()
        second = asyncio.create_task(upstream.call(WRITE, b"{}"))
        await asyncio.sleep(0)
        with pytest.raises(ServiceUnavailable, match="Too many"):
            await upstream.call(WRITE, b"{}")
        proceed.set()
        assert [(await task).status for task in (first, second)] == [200, 200]


async def test_a_caller_that_waited_in_vain_did_nothing() -> None:
    async with (
        scripted_peer(answering(b"")) as peer,
        upstream_to(peer, HttpLimits(connections_max=1, total_s=0.05)) as upstream,
    ):
        busy = asyncio.create_task(upstream.call(WRITE, b"{}"))
        await asyncio.sleep(0)
        waiting = asyncio.create_task(upstream.call(WRITE, b"{}"))
        results = await asyncio.gather(busy, waiting, return_exceptions=True)
    assert list(map(type, results)) == [UnknownOutcome, ServiceUnavailable]


async def test_a_call_whose_credentials_are_not_renewed_in_time_did_nothing() -> None:
    role = Role()
    role.now = Role.RUNS_OUT
    async with scripted_peer(never_called) as peer:
        limits = HttpLimits(total_s=0.05)
        upstream = HttpUpstream(Endpoint("127.0.0.1", peer.port, tls=False), role.signer, settle_s=0, limits=limits)
        with pytest.raises(ServiceUnavailable, match="renewed in time"):
            await upstream.call(WRITE, b"{}")
        role.proceed.set()
        await role.signer.freshen()
        assert (peer.connections, role.renewals) == (0, 1)


@pytest.mark.parametrize("target", ["", "Get\r\nEvil: 1", "Gét", "Get Item", "x" * 300])
async def test_a_target_that_is_no_header_is_not_sent(target: str) -> None:
    async with scripted_peer(never_called) as peer, upstream_to(peer) as upstream:
        with pytest.raises(UnknownOperationException):
            await upstream.call(target, b"{}")
        assert peer.connections == 0


# TLS


def server_tls() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(PEM)
    return context


async def test_a_trusted_certificate_is_accepted() -> None:
    trusting = ssl.create_default_context(cafile=str(PEM))
    async with (
        scripted_peer(answering(http_reply(b"{}")), tls=server_tls()) as peer,
        upstream_to(peer, https=True, tls=trusting) as upstream,
    ):
        assert (await upstream.call(READ, b"{}")).status == 200


async def test_a_certificate_that_nobody_vouches_for_is_not() -> None:
    async with scripted_peer(tls=server_tls()) as peer, upstream_to(peer, https=True) as upstream:
        with pytest.raises(ServiceUnavailable, match="certificate"):
            await upstream.call(READ, b"{}")


# The end, and the state of health


async def test_closing_ends_what_is_in_progress_with_an_unknown_outcome() -> None:
    asked = asyncio.Event()

    async def script(conversation: Conversation) -> None:
        await conversation.request()
        asked.set()
        await conversation.gone()

    async with scripted_peer(script) as peer, upstream_to(peer) as upstream:
        call = asyncio.create_task(upstream.call(WRITE, b"{}"))
        await asked.wait()
        await upstream.close()
        with pytest.raises(UnknownOutcome):
            await call
        assert upstream.connections == 0


async def test_a_closed_upstream_does_nothing_more() -> None:
    async with scripted_peer(answering(http_reply(b"{}"))) as peer, upstream_to(peer) as upstream:
        await upstream.call(READ, b"{}")
        await upstream.close()
        with pytest.raises(ServiceUnavailable):
            await upstream.call(READ, b"{}")


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (http_reply(b'{"TableNames":[]}'), None),
        (http_reply(b'{"__type":"com.amazon.coral.service#AccessDeniedException"}', 400), None),
        (http_reply(b"not found", 404), None),
        (http_reply(b"[]", 400), None),
        (http_reply(b"", 500), "The upstream answers with status 500"),
        (
            http_reply(b'{"__type":"com.amazon.coral.service#UnrecognizedClientException"}', 400),
            "The upstream refuses our credentials: UnrecognizedClientException",
        ),
    ],
)
async def test_an_upstream_is_ready_when_it_answers_and_takes_our_credentials(reply: bytes, reason: str | None) -> None:
    async with scripted_peer(answering(reply)) as peer, upstream_to(peer) as upstream:
        assert await upstream.ready() == reason


async def test_an_upstream_that_cannot_be_reached_is_not_ready() -> None:
    upstream = HttpUpstream(Endpoint("a..b", 80, tls=False), Signer("a..b", "us-east-1", PLACEHOLDER), settle_s=0)
    assert "cannot be reached" in (await upstream.ready() or "")


# Endpoints


@pytest.mark.parametrize(
    ("url", "endpoint", "authority"),
    [
        ("http://127.0.0.1:8000", Endpoint("127.0.0.1", 8000, tls=False), "127.0.0.1:8000"),
        ("http://db/", Endpoint("db", 80, tls=False), "db"),
        ("https://db", Endpoint("db", 443, tls=True), "db"),
        ("https://db:80", Endpoint("db", 80, tls=True), "db:80"),
        ("http://[::1]:8000", Endpoint("::1", 8000, tls=False), "[::1]:8000"),
        ("https://dynamodb.eu-west-1.amazonaws.com", Endpoint("dynamodb.eu-west-1.amazonaws.com", 443, tls=True), None),
    ],
)
def test_an_endpoint_is_read_from_its_url(url: str, endpoint: Endpoint, authority: str | None) -> None:
    assert Endpoint.parse(url) == endpoint
    assert endpoint.authority == (authority or endpoint.host)


@pytest.mark.parametrize(
    "url",
    ["", "db:8000", "ftp://db", "http://", "http://db/path", "http://db?q=1", "http://u:p@db", "http://db:port"],
)
def test_what_is_not_the_url_of_an_endpoint_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"db|endpoint|ort"):
        Endpoint.parse(url)
