"""The pool of connections: what is shared, repeated and turned away, and what certainly did nothing."""

import asyncio
import socket
import ssl
import threading
from pathlib import Path

import pytest

from accelerator.upstream.http import SIGNED_AT_ONCE_BYTES_MAX, Endpoint, HttpLimits, HttpUpstream
from accelerator.upstream.signing import PLACEHOLDER, Signer
from microdax.model.errors import ServiceUnavailable, UnknownOperationException, UnknownOutcome
from tests.support.http_upstream import READ, WRITE, answering, never_called, until_connections, upstream_to
from tests.support.role import Role
from tests.support.scripted_peer import Conversation, ScriptedPeer, http_reply, scripted_peer

PEM = Path(__file__).with_name("localhost.pem")  # a self-signed certificate for localhost and its key


async def test_a_request_says_what_is_called_and_is_signed() -> None:
    async def script(conversation: Conversation) -> None:
        request = await conversation.answer(http_reply(b"{}"))
        assert request.line == "POST / HTTP/1.1"
        assert request.body == b'{"TableName":"t"}'
        assert request.headers["x-amz-target"] == READ
        assert request.headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=microdax/")

    async with scripted_peer(script) as peer, upstream_to(peer) as upstream:
        await upstream.call(READ, b'{"TableName":"t"}')


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


async def test_an_idle_connection_that_the_peer_closed_is_dropped() -> None:
    async def script(conversation: Conversation) -> None:
        await conversation.answer(http_reply(b"{}"))

    async with scripted_peer(script, answering(http_reply(b"{}"))) as peer, upstream_to(peer) as upstream:
        await upstream.call(WRITE, b"{}")
        await until_connections(upstream, 0)
        await upstream.call(WRITE, b"{}")


async def test_an_idle_connection_that_the_peer_closed_takes_no_others_along() -> None:
    proceed = asyncio.Event()

    async def closing(conversation: Conversation) -> None:
        await conversation.request()
        await proceed.wait()
        await conversation.send(http_reply(b"{}"))

    staying = answering(http_reply(b"{}"), http_reply(b"{}"))
    async with scripted_peer(closing, staying) as peer, upstream_to(peer) as upstream:
        last_used = asyncio.create_task(upstream.call(WRITE, b"{}"))
        await until_connections(upstream, 1)
        await upstream.call(WRITE, b"{}")
        proceed.set()
        await last_used
        await until_connections(upstream, 1)
        await upstream.call(WRITE, b"{}")
        assert peer.connections == 2


async def test_a_connection_idle_for_long_is_not_used_again() -> None:
    script = answering(http_reply(b"{}"))
    async with scripted_peer(script, script) as peer, upstream_to(peer, HttpLimits(idle_s=-1)) as upstream:
        await upstream.call(WRITE, b"{}")
        await upstream.call(WRITE, b"{}")
        await until_connections(upstream, 1)


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


async def test_a_caller_that_waited_in_vain_did_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    ahead_s = 1_000.0
    loop = asyncio.get_running_loop()
    real_time = loop.time
    monkeypatch.setattr(loop, "time", lambda: real_time() + ahead_s)
    limits = HttpLimits(connections_max=1, total_s=0.05)
    async with scripted_peer(answering(b"")) as peer, upstream_to(peer, limits) as upstream:
        busy = asyncio.create_task(upstream.call(WRITE, b"{}"))  # its deadline is far off
        await until_connections(upstream, 1)
        ahead_s = 0.0
        with pytest.raises(ServiceUnavailable, match="became free"):
            await upstream.call(WRITE, b"{}")
        await upstream.close()
        with pytest.raises(UnknownOutcome):
            await busy


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


async def test_a_connection_that_is_made_after_closing_is_not_used() -> None:
    async def script(conversation: Conversation) -> None:
        await conversation.gone()

    async with scripted_peer(script) as peer, upstream_to(peer) as upstream:
        call = asyncio.create_task(upstream.call(WRITE, b"{}"))
        await asyncio.sleep(0)  # it is connecting
        await upstream.close()
        with pytest.raises(ServiceUnavailable, match="closed at once"):
            await call


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
