"""The connection, step by step, on a transport that records what is done to it."""

import asyncio
import itertools
import logging
import sys
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microdax.model.replies import Reply
from microdax.serving.http_connection import ConnectionLimits, HttpConnection
from microdax.serving.http_replies import encode_reply
from microdax.serving.http_requests import RequestHead, RequestLimits
from tests.support.http_client import GET_ITEM, call, chunked_call
from tests.support.transports import FakeTransport

LIMITS = ConnectionLimits(
    RequestLimits(body_bytes_max=1000),
    replies_max=4,
    write_buffer_bytes_max=5000,
    idle_sweeps_max=5,
    slow_sweeps_max=3,
    linger_sweeps_max=1,
)


def echo(target: str, body: bytes) -> Reply:
    return Reply(200, body, target)


def echoed(*bodies: bytes) -> bytes:
    return b"".join(encode_reply(echo(GET_ITEM, body)) for body in bodies)


class Gated:
    """Answers when told to, in any order."""

    def __init__(self) -> None:
        self.waiting: dict[bytes, asyncio.Future[Reply]] = {}

    def __call__(self, target: str, body: bytes) -> asyncio.Future[Reply]:
        self.waiting[body] = asyncio.get_running_loop().create_future()
        return self.waiting[body]

    async def open(self, body: bytes) -> None:
        self.waiting[body].set_result(echo(GET_ITEM, body))
        await asyncio.sleep(0)


class Bench:
    """A connection on a bench, and the registry that it reports to."""

    def __init__(
        self,
        answer: Callable[[str, bytes], Reply | Awaitable[Reply]] = echo,
        limits: ConnectionLimits = LIMITS,
        neighbour: "Admin | None" = None,
    ) -> None:
        self.present: set[HttpConnection] = set()
        self.tasks: list[asyncio.Future[Reply]] = []
        self.transport = FakeTransport()
        self.connection = HttpConnection(answer, self, limits, neighbour)
        self.connection.connection_made(self.transport)

    def opened(self, connection: HttpConnection) -> None:
        self.present.add(connection)

    def closed(self, connection: HttpConnection) -> None:
        self.present.discard(connection)

    def started(self, task: asyncio.Future[Reply]) -> None:
        self.tasks.append(task)

    def receive(self, *parts: bytes) -> bytes:
        """Let these parts come in; return what is written at once."""
        for part in parts:
            self.connection.data_received(part)
        return self.transport.taken()

    def sweeps_until_closed(self) -> int:
        for count in range(1, 100):
            self.connection.sweep()
            if self.transport.aborted:
                return count
        raise AssertionError("the connection is never closed")


class Admin:
    """A neighbour that takes every GET."""

    def __init__(self) -> None:
        self.received: bytes | None = None

    def takes(self, head: RequestHead) -> bool:
        return head.method == b"GET"

    def take_over(self, transport: asyncio.Transport, received: bytes) -> None:
        self.received = received


class TestAnsweringAtOnce:
    def test_a_reply_is_written_before_data_received_returns(self) -> None:
        bench = Bench()
        assert bench.receive(call(b"a")) == echoed(b"a")
        assert bench.tasks == []

    def test_pipelined_replies_leave_in_one_write(self) -> None:
        bench = Bench()
        bench.connection.data_received(call(b"a") + call(b"b"))
        assert bench.transport.written == [echoed(b"a", b"b")]

    def test_more_are_answered_than_may_be_in_the_works(self) -> None:
        bodies = [b"%d" % number for number in range(3 * LIMITS.replies_max)]
        assert Bench().receive(b"".join(map(call, bodies))) == echoed(*bodies)

    def test_a_call_without_a_target_names_an_unknown_operation(self) -> None:
        reply = Bench().receive(call(target=None))
        assert reply.startswith(b"HTTP/1.1 400 ")
        assert b"com.amazon.coral.service#UnknownOperationException" in reply

    def test_an_answerer_that_breaks_is_an_internal_error_and_no_more_is_said(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        def broken(target: str, body: bytes) -> Reply:
            raise RuntimeError("a secret")

        bench = Bench(broken)
        reply = bench.receive(call(b"a"))
        assert reply.startswith(b"HTTP/1.1 500 ")
        assert b"InternalServerError" in reply
        assert b"secret" not in reply
        assert "a secret" in caplog.text
        assert bench.receive(call(b"b")).startswith(b"HTTP/1.1 500 "), "the connection stays usable"

    def test_a_compressed_body_is_refused_and_the_connection_stays_usable(self) -> None:
        reply = Bench().receive(call(b"\x1f\x8b", GET_ITEM, "Content-Encoding: gzip") + call(b"b"))
        assert reply.startswith(b"HTTP/1.1 415 Unsupported Media Type\r\n")
        assert reply.endswith(echoed(b"b"))

    def test_a_body_that_says_it_is_not_compressed_is_taken(self) -> None:
        assert Bench().receive(call(b"b", GET_ITEM, "Content-Encoding: identity")) == echoed(b"b")


class TestOrder:
    async def test_replies_leave_in_the_order_of_the_requests(self) -> None:
        gated = Gated()
        bench = Bench(gated)
        bench.receive(call(b"a") + call(b"b") + call(b"c"))
        await gated.open(b"c")
        await gated.open(b"b")
        assert bench.transport.taken() == b""
        await gated.open(b"a")
        assert bench.transport.taken() == echoed(b"a", b"b", b"c")

    async def test_a_reply_that_is_ready_waits_for_those_before_it(self) -> None:
        gated = Gated()

        def answer(target: str, body: bytes) -> Reply | Awaitable[Reply]:
            return echo(target, body) if body == b"quick" else gated(target, body)

        bench = Bench(answer)
        assert bench.receive(call(b"slow") + call(b"quick")) == b""
        await gated.open(b"slow")
        assert bench.transport.taken() == echoed(b"slow", b"quick")

    async def test_leave_to_send_a_body_waits_for_the_replies_before_it(self) -> None:
        gated = Gated()
        bench = Bench(gated)
        expecting = call(b"b", GET_ITEM, "Expect: 100-continue")
        assert bench.receive(call(b"a") + expecting[:-1]) == b""
        await gated.open(b"a")
        assert bench.transport.taken() == echoed(b"a") + b"HTTP/1.1 100 Continue\r\n\r\n"
        bench.receive(expecting[-1:])
        await gated.open(b"b")
        assert bench.transport.taken() == echoed(b"b")

    async def test_a_task_that_fails_has_its_place_in_the_order(self, caplog: pytest.LogCaptureFixture) -> None:
        gated = Gated()
        bench = Bench(gated)
        bench.receive(call(b"a") + call(b"b"))
        gated.waiting[b"a"].set_exception(RuntimeError("a secret"))
        await gated.open(b"b")
        first, second = bench.transport.taken().split(b"HTTP/1.1 200 OK")
        assert first.startswith(b"HTTP/1.1 500 ")
        assert b"secret" not in first
        assert second
        assert "a secret" in caplog.text

    async def test_a_task_that_is_cancelled_is_an_internal_error(self, caplog: pytest.LogCaptureFixture) -> None:
        gated = Gated()
        bench = Bench(gated)
        bench.receive(call(b"a"))
        gated.waiting[b"a"].cancel()
        await asyncio.sleep(0)
        assert bench.transport.taken().startswith(b"HTTP/1.1 500 ")
        assert len(caplog.records) == 1


class TestBackPressure:
    async def test_no_more_requests_are_taken_than_may_be_in_the_works(self) -> None:
        gated = Gated()
        bench = Bench(gated)
        bodies = [b"%d" % number for number in range(LIMITS.replies_max + 2)]
        bench.receive(b"".join(map(call, bodies)))
        assert len(gated.waiting) == LIMITS.replies_max
        assert not bench.transport.reading
        await gated.open(b"0")
        assert len(gated.waiting) == LIMITS.replies_max + 1, "a reply makes room for one request"
        assert not bench.transport.reading
        for body in bodies[1:]:
            await gated.open(body)
        assert bench.transport.reading
        assert bench.transport.taken() == echoed(*bodies)

    def test_while_the_client_does_not_fetch_replies_none_are_made(self) -> None:
        bench = Bench()
        assert bench.transport.write_buffer_high == LIMITS.write_buffer_bytes_max
        bench.connection.pause_writing()
        assert not bench.transport.reading
        assert bench.receive(call(b"a")) == b"", "what was already on its way is kept"
        bench.connection.resume_writing()
        assert bench.transport.reading
        assert bench.transport.taken() == echoed(b"a")

    def test_an_answer_that_fills_the_buffer_stops_the_next(self) -> None:
        bench = Bench(limits=ConnectionLimits(replies_max=1))
        bench.transport.on_write = bench.connection.pause_writing
        assert bench.receive(call(b"a") + call(b"b")) == echoed(b"a")
        bench.connection.resume_writing()
        assert bench.transport.taken() == echoed(b"b")


class TestClosing:
    def test_a_client_that_asks_for_it_is_told_and_the_connection_closed(self) -> None:
        bench = Bench()
        assert b"\r\nConnection: close\r\n" in bench.receive(call(b"a", GET_ITEM, "Connection: close") + call(b"b"))
        assert bench.transport.closing
        assert bench.receive(call(b"c")) == b""

    async def test_it_closes_only_when_the_reply_is_written(self) -> None:
        gated = Gated()
        bench = Bench(gated)
        bench.receive(call(b"a", GET_ITEM, "Connection: close"))
        assert not bench.transport.closing
        await gated.open(b"a")
        assert bench.transport.taken()
        assert bench.transport.closing

    def test_http_1_0_closes_unless_asked_to_stay(self) -> None:
        bench = Bench()
        staying = call(b"a", GET_ITEM, "Connection: keep-alive").replace(b"HTTP/1.1", b"HTTP/1.0")
        assert b"\r\nConnection: keep-alive\r\n" in bench.receive(staying)
        assert not bench.transport.closing
        assert b"\r\nConnection: close\r\n" in bench.receive(call(b"b").replace(b"HTTP/1.1", b"HTTP/1.0"))
        assert bench.transport.closing

    def test_a_refusal_is_written_and_then_waits_for_the_client_to_close(self) -> None:
        bench = Bench()
        reply = bench.receive(b"nonsense\r\n\r\n")
        assert reply.startswith(b"HTTP/1.1 400 Bad Request\r\n")
        assert b"\r\nConnection: close\r\n" in reply
        assert (bench.transport.eof_written, bench.transport.closing) == (True, False)
        late = call(b"a")
        references = sys.getrefcount(late)
        assert bench.receive(late) == b"", "what comes after it is dropped"
        assert sys.getrefcount(late) == references, "and not kept"
        assert bench.connection.eof_received() is False

    def test_a_body_that_is_announced_too_large_is_refused_unread(self) -> None:
        bench = Bench()
        head = call(b"x" * 1001, GET_ITEM, "Expect: 100-continue")[:-1001]
        assert bench.receive(head).startswith(b"HTTP/1.1 413 ")

    async def test_a_refusal_waits_for_the_replies_before_it(self) -> None:
        gated = Gated()
        bench = Bench(gated)
        assert bench.receive(call(b"a") + b"nonsense\r\n\r\n") == b""
        await gated.open(b"a")
        written = bench.transport.taken()
        assert written.startswith(echoed(b"a"))
        assert b"HTTP/1.1 400 " in written

    async def test_a_client_that_sends_no_more_still_gets_the_replies_owed(self) -> None:
        gated = Gated()
        bench = Bench(gated)
        bodies = [b"%d" % number for number in range(LIMITS.replies_max + 1)]
        bench.receive(b"".join(map(call, bodies)))
        assert bench.connection.eof_received() is True
        for body in bodies:
            assert not bench.transport.closing
            await gated.open(body)
        assert bench.transport.taken() == echoed(*bodies)
        assert bench.transport.closing

    def test_a_client_that_sends_no_more_and_is_owed_nothing_is_let_go(self) -> None:
        assert Bench().connection.eof_received() is False

    async def test_a_client_that_went_away_loses_its_reply_and_not_its_request(self) -> None:
        gated = Gated()
        bench = Bench(gated)
        bench.receive(call(b"a"))
        bench.connection.connection_lost(None)
        assert bench.present == set()
        await gated.open(b"a")
        assert bench.tasks[0].done()
        assert not bench.tasks[0].cancelled()
        assert bench.transport.taken() == b""

    async def test_finishing_takes_no_more_requests_and_writes_what_is_owed(self) -> None:
        gated = Gated()
        bench = Bench(gated)
        bench.receive(call(b"a"))
        bench.connection.finish()
        assert not bench.transport.closing
        bench.receive(call(b"b"))
        assert set(gated.waiting) == {b"a"}
        await gated.open(b"a")
        assert bench.transport.taken() == echoed(b"a")
        assert bench.transport.closing

    def test_finishing_closes_an_idle_connection_at_once(self) -> None:
        bench = Bench()
        bench.connection.finish()
        assert bench.transport.closing


class TestTime:
    def test_an_idle_connection_is_closed_in_the_end(self) -> None:
        bench = Bench()
        bench.receive(call())
        assert bench.sweeps_until_closed() == LIMITS.idle_sweeps_max + 1

    def test_each_request_starts_the_time_anew(self) -> None:
        bench = Bench()
        for _ in range(3 * LIMITS.idle_sweeps_max):
            bench.connection.sweep()
            bench.receive(call())
        assert not bench.transport.closing

    def test_drops_of_a_request_do_not_buy_time(self) -> None:
        bench = Bench()
        bench.receive(call())
        for count, drop in enumerate(call(b"")):
            bench.receive(bytes([drop]))
            bench.connection.sweep()
            if bench.transport.aborted:
                assert count == LIMITS.slow_sweeps_max
                return
        raise AssertionError("a slow request is never given up")

    async def test_while_an_answer_is_worked_out_no_time_passes(self) -> None:
        bench = Bench(Gated())
        bench.receive(call())
        for _ in range(100):
            bench.connection.sweep()
        assert not bench.transport.closing

    def test_a_client_that_does_not_fetch_its_replies_is_cut_off(self) -> None:
        bench = Bench()
        bench.receive(call())
        bench.connection.pause_writing()
        assert bench.sweeps_until_closed() == LIMITS.slow_sweeps_max + 1

    async def test_so_is_one_that_has_more_coming(self) -> None:
        bench = Bench(Gated())
        bench.receive(call(b"a"))
        bench.connection.pause_writing()
        assert bench.sweeps_until_closed() == LIMITS.slow_sweeps_max + 1

    def test_a_client_that_does_not_close_after_a_refusal_is_cut_off(self) -> None:
        bench = Bench()
        bench.receive(b"nonsense\r\n\r\n")
        assert bench.sweeps_until_closed() == LIMITS.linger_sweeps_max + 1

    def test_nothing_is_swept_before_and_after_the_connection(self) -> None:
        bench = Bench()
        bench.connection.connection_lost(None)
        for _ in range(100):
            bench.connection.sweep()
        assert not bench.transport.aborted


class TestWords:
    @pytest.mark.parametrize("path", ["/", "/health", "/health/live", "/health/ready"])
    def test_health_checks_are_answered(self, path: str) -> None:
        reply = Bench().receive(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        assert reply.startswith(b"HTTP/1.1 200 OK\r\n")
        assert reply.endswith(b"\r\n\r\nhealthy: dynamodb (microdax)\n")

    @pytest.mark.parametrize("line", ["GET /other", "PUT /", "DELETE /health", "OPTIONS *", "POST /other"])
    def test_what_is_no_call_is_an_unknown_operation(self, line: str) -> None:
        reply = Bench().receive(f"{line} HTTP/1.1\r\nHost: a\r\nX-Amz-Target: {GET_ITEM}\r\n\r\n".encode())
        assert reply.startswith(b"HTTP/1.1 404 Not Found\r\n")
        assert reply.endswith(b"<UnknownOperationException/>\n")

    def test_head_is_answered_without_a_body(self) -> None:
        reply = Bench().receive(b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n" + call(b"a"))
        head, _, rest = reply.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 OK\r\n")
        assert rest == echoed(b"a")


class TestHandover:
    FOREIGN = b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n"

    def test_the_neighbour_gets_the_connection_and_what_has_come(self) -> None:
        admin = Admin()
        bench = Bench(neighbour=admin)
        assert bench.receive(call(b"a") + self.FOREIGN + b"more") == echoed(b"a")
        assert admin.received == self.FOREIGN + b"more"
        assert bench.present == set()
        assert not bench.transport.closing

    async def test_it_waits_for_the_replies_owed_and_keeps_what_comes_meanwhile(self) -> None:
        gated, admin = Gated(), Admin()
        bench = Bench(gated, neighbour=admin)
        bench.receive(call(b"a") + self.FOREIGN)
        assert not bench.transport.reading
        bench.receive(b"more")
        assert admin.received is None
        assert bench.connection.eof_received() is True
        await gated.open(b"a")
        assert bench.transport.taken() == echoed(b"a")
        assert admin.received == self.FOREIGN + b"more"
        assert bench.transport.reading, "the neighbour expects a transport that reads"

    def test_it_waits_until_the_client_has_fetched_its_replies(self) -> None:
        admin = Admin()
        bench = Bench(neighbour=admin)
        bench.transport.on_write = bench.connection.pause_writing
        bench.receive(call(b"a") + self.FOREIGN)
        assert admin.received is None
        bench.connection.resume_writing()
        assert admin.received == self.FOREIGN

    async def test_a_server_that_finishes_hands_nothing_over(self) -> None:
        gated, admin = Gated(), Admin()
        bench = Bench(gated, neighbour=admin)
        bench.receive(call(b"a") + self.FOREIGN)
        bench.connection.finish()
        await gated.open(b"a")
        assert admin.received is None
        assert bench.transport.closing


STREAM = (
    call(b'{"a":1}')
    + chunked_call(b"ab\r\n", b"c")
    + call(b"", GET_ITEM, "Expect: 100-continue")
    + b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
    + call(b"not JSON", GET_ITEM, "Content-Encoding: gzip")
    + call(b"last", GET_ITEM, "Connection: close")
    + call(b"never read")
)


def without_ids(raw: bytes) -> list[bytes]:
    return [line for line in raw.split(b"\r\n") if not line.startswith(b"x-amzn-RequestId")]


@given(st.lists(st.integers(0, len(STREAM)), max_size=20))
def test_however_a_stream_is_cut_the_replies_are_the_same(cuts: list[int]) -> None:
    ends = [0, *sorted(cuts), len(STREAM)]
    parts = [STREAM[start:end] for start, end in itertools.pairwise(ends)]
    assert without_ids(Bench().receive(*parts)) == without_ids(Bench().receive(STREAM))


def test_byte_by_byte_the_replies_are_the_same() -> None:
    drops = (STREAM[at : at + 1] for at in range(len(STREAM)))
    assert without_ids(Bench().receive(*drops)) == without_ids(Bench().receive(STREAM))


@given(st.lists(st.binary(max_size=40), max_size=8))
def test_garbage_gets_a_refusal_or_the_slow_requests_end(parts: list[bytes]) -> None:
    bench = Bench()
    written = bench.receive(*parts)
    assert b"Traceback" not in written
    assert written == b"" or written.startswith((b"HTTP/1.1 4", b"HTTP/1.1 5"))
    assert bench.sweeps_until_closed() <= LIMITS.idle_sweeps_max + 1


@given(st.integers(0, len(STREAM) - 1), st.binary(max_size=3))
def test_damage_never_reaches_the_answerer_as_a_crash(at: int, damage: bytes) -> None:
    bench = Bench()
    logging.disable(logging.CRITICAL)
    try:
        bench.receive(STREAM[:at] + damage + STREAM[at + 1 :])
    finally:
        logging.disable(logging.NOTSET)
    assert bench.transport.closing or bench.transport.eof_written or bench.sweeps_until_closed()
