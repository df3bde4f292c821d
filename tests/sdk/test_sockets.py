"""Connections, kept and given up, against a peer that says exactly what a test wants."""

import gc
import os
import socket
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

import pytest
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)

from microdax.endpoints import parse_endpoint
from microdax.sockets import Connection, Pool, SocketLimits, TcpConnector
from tests.support.raw_peer import Conversation, answers, raw_peer, reply

REQUEST = b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}"
FOREVER = float("inf")


@contextmanager
def pool_to(url: str, limits: SocketLimits | None = None) -> Generator[Pool, None, None]:
    endpoint = parse_endpoint(url)
    pool = Pool(endpoint, limits or SocketLimits(), TcpConnector(endpoint))
    try:
        yield pool
    finally:
        pool.close()


def closes_after(*replies: bytes) -> Callable[[Conversation], None]:
    def script(conversation: Conversation) -> None:
        for data in replies:
            conversation.request()
            conversation.send(data)

    return script


def hangs_after(data: bytes) -> Callable[[Conversation], None]:
    def script(conversation: Conversation) -> None:
        conversation.request()
        conversation.send(data)
        conversation.wait_until_closed()

    return script


def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def test_one_connection_serves_requests_that_follow_each_other() -> None:
    with raw_peer(answers(reply(b"1"), reply(b"2"), reply(b"3"))) as peer, pool_to(peer.url) as pool:
        assert [pool.exchange(REQUEST, FOREVER).body for _ in range(3)] == [b"1", b"2", b"3"]
        assert peer.connections == 1
        assert peer.requests == [REQUEST] * 3


def test_a_connection_that_the_server_closes_is_not_used_again() -> None:
    with (
        raw_peer(closes_after(reply(b"1", 200, "Connection: close")), answers(reply(b"2"))) as peer,
        pool_to(peer.url) as pool,
    ):
        assert [pool.exchange(REQUEST, FOREVER).body for _ in range(2)] == [b"1", b"2"]


def test_a_stale_connection_is_found_before_anything_is_sent_on_it() -> None:
    """Else a write on it would fail with its outcome unknown."""
    closed = threading.Event()

    def goes_away(conversation: Conversation) -> None:
        conversation.request()
        conversation.send(reply(b"1"))
        conversation.close()
        closed.set()

    with raw_peer(goes_away, answers(reply(b"2"))) as peer, pool_to(peer.url) as pool:
        assert pool.exchange(REQUEST, FOREVER).body == b"1"
        assert closed.wait(30)
        assert pool.exchange(REQUEST, FOREVER).body == b"2"
        assert peer.connections == 2


def test_words_that_nobody_asked_for_are_not_taken_for_the_next_reply() -> None:
    said = threading.Event()

    def says_more(conversation: Conversation) -> None:
        conversation.request()
        conversation.send(reply(b"1"))
        may_go_on.wait(30)
        conversation.send(reply(b"not asked for", 408))
        said.set()
        conversation.wait_until_closed()

    may_go_on = threading.Event()
    with raw_peer(says_more, answers(reply(b"2"))) as peer, pool_to(peer.url) as pool:
        assert pool.exchange(REQUEST, FOREVER).body == b"1"
        may_go_on.set()
        assert said.wait(30)
        assert pool.exchange(REQUEST, FOREVER).body == b"2"


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        reply(b"0123456789")[:-1],
        b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000,
        reply(b"{}") + b"surplus",
        b"HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\n{}",
    ],
)
def test_a_reply_that_is_not_whole_is_an_error_and_that_connection_is_gone(said: bytes) -> None:
    with raw_peer(closes_after(said), answers(reply(b"next"))) as peer, pool_to(peer.url) as pool:
        with pytest.raises(ConnectionClosedError, match=peer.url):
            pool.exchange(REQUEST, FOREVER)
        assert pool.exchange(REQUEST, FOREVER).body == b"next"
        assert peer.connections == 2


@pytest.mark.parametrize("said", [b"", reply(b"0123456789")[:-1], b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{}"])
def test_a_peer_that_hangs_is_given_up_and_that_connection_is_gone(said: bytes) -> None:
    with raw_peer(hangs_after(said)) as peer, pool_to(peer.url, SocketLimits(read_s=0.05)) as pool:
        with pytest.raises(ReadTimeoutError, match=peer.url):
            pool.exchange(REQUEST, FOREVER)
        assert idle_connections(pool) == 0
        # Here the peer's script ends, since it sees the connection closed.


def test_the_deadline_covers_a_reply_that_dribbles_in() -> None:
    """Every piece comes long before a timeout that starts anew with it; together they are too late."""
    now = 0.0
    received: list[float] = []

    class Dribbling:
        def settimeout(self, left_s: float) -> None:
            received.append(left_s)

        def sendall(self, data: bytes) -> None:
            pass

        def recv(self, most: int) -> bytes:
            nonlocal now
            now += 0.9
            return b"H"

        def fileno(self) -> int:
            return 0

    connection = Connection(Dribbling(), lambda: now)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    with pytest.raises(TimeoutError):
        connection.exchange(REQUEST, 2.0)
    assert received == pytest.approx([2.0, 1.1, 0.2])


def test_an_infinite_timeout_is_none_to_the_socket() -> None:
    limits = SocketLimits(connect_s=FOREVER, read_s=FOREVER)
    with raw_peer(answers(reply(b"1"))) as peer, pool_to(peer.url, limits) as pool:
        assert [pool.exchange(REQUEST, FOREVER).body for _ in range(2)] == [b"1", b"1"]


def test_a_refused_connection_says_that_nothing_was_sent() -> None:
    url = f"http://127.0.0.1:{unused_port()}"
    with pool_to(url) as pool, pytest.raises(EndpointConnectionError, match=url):
        pool.exchange(REQUEST, FOREVER)


def test_a_host_without_an_address_says_that_nothing_was_sent() -> None:
    for host in ("no-such-host.invalid", "x" * 70):
        with pool_to(f"http://{host}:1") as pool, pytest.raises(EndpointConnectionError):
            pool.exchange(REQUEST, FOREVER)


def test_a_connect_after_the_deadline_is_a_connect_timeout() -> None:
    with raw_peer(answers(reply())) as peer, pool_to(peer.url) as pool:
        with pytest.raises(ConnectTimeoutError, match=peer.url):
            pool.exchange(REQUEST, time.monotonic() - 1)
        assert peer.connections == 0


def test_an_interrupt_closes_the_connection() -> None:
    """Its reply is still to come, and must not answer the next request."""

    class Interrupted(Exception):
        pass

    class InterruptedConnection:
        closed = False

        def exchange(self, request: bytes, read_by: float) -> None:
            raise Interrupted

        def close(self) -> None:
            self.closed = True

    connection = InterruptedConnection()
    endpoint = parse_endpoint("http://127.0.0.1:1")
    pool = Pool(endpoint, SocketLimits(), lambda _: connection)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    with pytest.raises(Interrupted):
        pool.exchange(REQUEST, FOREVER)
    assert connection.closed


def echo(conversation: Conversation) -> None:
    while True:
        conversation.send(reply(conversation.request().partition(b"\r\n\r\n")[2]))


def test_every_thread_gets_the_answers_to_its_own_questions() -> None:
    wrong: list[tuple[bytes, bytes]] = []

    def ask(name: int) -> None:
        for number in range(200):
            question = b'{"thread":%d,"number":%d}' % (name, number)
            answer = pool.exchange(
                b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n%b" % (len(question), question), FOREVER
            )
            if answer.body != question:
                wrong.append((question, answer.body))

    with raw_peer(echo) as peer, pool_to(peer.url) as pool:
        threads = [threading.Thread(target=ask, args=(name,)) for name in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wrong == []
        assert len(peer.requests) == 1600
        assert peer.connections <= 8


def test_more_callers_than_connections_are_kept_for_all_get_one() -> None:
    """None waits; what is too many is closed afterwards."""
    together = threading.Barrier(4)

    def answers_when_all_have_come(conversation: Conversation) -> None:
        conversation.request()
        together.wait(30)
        conversation.send(reply())
        conversation.wait_until_closed()

    limits = SocketLimits(idle_max=2)
    with raw_peer(*[answers_when_all_have_come] * 4, answers(reply())) as peer, pool_to(peer.url, limits) as pool:
        threads = [threading.Thread(target=pool.exchange, args=(REQUEST, FOREVER)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert peer.connections == 4
        assert idle_connections(pool) == 2


def idle_connections(pool: Pool) -> int:
    return len(pool._idle)  # pyright: ignore[reportPrivateUsage]


def test_a_closed_pool_works_and_keeps_nothing() -> None:
    with raw_peer(answers(reply(b"1"))) as peer, pool_to(peer.url) as pool:
        pool.exchange(REQUEST, FOREVER)
        assert idle_connections(pool) == 1
        pool.close()
        assert idle_connections(pool) == 0
        assert pool.exchange(REQUEST, FOREVER).body == b"1"
        assert idle_connections(pool) == 0
        assert peer.connections == 2


def test_a_forgotten_pool_closes_its_connections() -> None:
    """Or Python would warn of them; here warnings are errors."""
    with raw_peer(answers(reply())) as peer:
        endpoint = parse_endpoint(peer.url)
        pool = Pool(endpoint, SocketLimits(), TcpConnector(endpoint))
        pool.exchange(REQUEST, FOREVER)
        del pool
        gc.collect()


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_child_has_connections_of_its_own() -> None:
    with raw_peer(echo) as peer, pool_to(peer.url) as pool:
        pool.exchange(REQUEST, FOREVER)
        child = os.fork()
        if not child:
            status = 1
            try:
                if idle_connections(pool) == 0 and pool.exchange(REQUEST, FOREVER).body == b"{}":
                    status = 0
            finally:
                os._exit(status)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert pool.exchange(REQUEST, FOREVER).body == b"{}"
        assert peer.connections == 2
