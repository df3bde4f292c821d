"""Serving, and the end of it, on real sockets."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncGenerator, Awaitable

import pytest

from microdax.model import limits
from microdax.model.replies import Reply
from microdax.serving.http_connection import Answerer, ConnectionLimits, HttpConnection
from microdax.serving.http_server import CannotListen, HttpServer, Listener, listen
from tests.support.http_client import GET_ITEM, call, chunked_call, connected


def echo(target: str, body: bytes) -> Reply:
    return Reply(200, body, target)


class Gate:
    """Answers once it is open."""

    def __init__(self) -> None:
        self.opened = asyncio.Event()
        self.asked = asyncio.Event()
        self.answered: list[bytes] = []

    async def answer(self, target: str, body: bytes) -> Reply:
        self.asked.set()
        await self.opened.wait()
        self.answered.append(body)
        return echo(target, body)


@contextlib.asynccontextmanager
async def serving(answer: Answerer) -> AsyncGenerator[Listener]:
    listener = await listen(lambda server: HttpConnection(answer, server, ConnectionLimits()), "127.0.0.1", 0)
    try:
        yield listener
    finally:
        await listener.close(0)


class TestServing:
    async def test_pipelined_calls_are_answered_in_order(self) -> None:
        async def later(body: bytes) -> Reply:
            await asyncio.sleep(0)
            return echo(GET_ITEM, body)

        def answer(target: str, body: bytes) -> Reply | Awaitable[Reply]:
            return echo(target, body) if int(body) % 3 else later(body)

        bodies = [b"%d" % number for number in range(500)]
        async with serving(answer) as listener, connected(listener.port) as client:
            client.send(b"".join(map(call, bodies)))
            assert [reply.body for reply in await client.replies(len(bodies))] == bodies

    async def test_a_call_in_single_bytes_gets_the_same_reply(self) -> None:
        data = chunked_call(b"ab\r\n", b"c")
        async with serving(echo) as listener, connected(listener.port) as client:
            whole = await client.ask(data)
            for at in range(len(data)):
                client.send(data[at : at + 1])
                await asyncio.sleep(0)
            assert await client.reply() == whole

    async def test_the_largest_body_is_taken_and_comes_back(self) -> None:
        largest = b"x" * (limits.REQUEST_BYTES_MAX + limits.REQUEST_SLACK_BYTES)
        async with serving(echo) as listener, connected(listener.port) as client:
            assert (await client.ask(call(largest))).body == largest

    async def test_a_client_that_waits_for_leave_gets_it(self) -> None:
        data = call(b"abc", GET_ITEM, "Expect: 100-continue")
        async with serving(echo) as listener, connected(listener.port) as client:
            assert (await client.ask(data[:-3])).status == 100
            assert (await client.ask(data[-3:])).body == b"abc"

    async def test_a_refusal_reaches_a_client_that_is_still_sending(self) -> None:
        body_bytes = 2 * (limits.REQUEST_BYTES_MAX + limits.REQUEST_SLACK_BYTES)
        async with serving(echo) as listener, connected(listener.port) as client:
            client.send(call(b"x" * body_bytes))
            await client.sent()
            refusal = await client.reply()
            assert (refusal.status, refusal.headers["connection"]) == (413, "close")
            assert await client.rest() == b""

    async def test_a_client_that_sends_no_more_gets_its_replies(self) -> None:
        gate = Gate()
        async with serving(gate.answer) as listener, connected(listener.port) as client:
            client.send(call(b"a") + call(b"b"))
            client.end_sending()
            await gate.asked.wait()
            gate.opened.set()
            assert [reply.body for reply in await client.replies(2)] == [b"a", b"b"]
            assert await client.rest() == b""

    async def test_a_request_runs_to_its_end_though_its_client_went_away(self) -> None:
        gate = Gate()
        async with serving(gate.answer) as listener:
            async with connected(listener.port) as client:
                client.send(call(b"a"))
                await gate.asked.wait()
                client.abort()
            closing = asyncio.create_task(listener.close(60))
            await asyncio.sleep(0)
            gate.opened.set()
            await closing
        assert gate.answered == [b"a"]

    async def test_a_client_that_reads_nothing_does_not_fill_the_memory(self) -> None:
        page = b"x" * limits.PAGE_BYTES_MAX
        asked = 0

        def answer(target: str, body: bytes) -> Reply:
            nonlocal asked
            asked += 1
            return Reply(200, page, target)

        async with serving(answer) as listener, connected(listener.port) as client:
            count = 200
            client.send(call() * count)
            first = await client.reply()
            assert len(first.body) == len(page)
            assert asked < count, "the rest waits until there is room"
            await client.replies(count - 1)
            assert asked == count


class TestClosing:
    async def test_what_has_come_in_is_answered_and_nothing_more_is_accepted(self) -> None:
        gate = Gate()
        async with serving(gate.answer) as listener, connected(listener.port) as client:
            client.send(call(b"a"))
            await gate.asked.wait()
            closing = asyncio.create_task(listener.close(60))
            await asyncio.sleep(0)
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection("127.0.0.1", listener.port)
            gate.opened.set()
            assert (await client.reply()).body == b"a"
            assert await client.rest() == b""
            await closing

    async def test_idle_connections_are_closed(self) -> None:
        async with serving(echo) as listener, connected(listener.port) as client:
            await client.ask(call())
            await listener.close(60)
            assert await client.rest() == b""

    async def test_what_takes_too_long_is_cut_off(self, caplog: pytest.LogCaptureFixture) -> None:
        gate = Gate()
        async with serving(gate.answer) as listener, connected(listener.port) as client:
            client.send(call(b"a"))
            await gate.asked.wait()
            await listener.close(0)
            with pytest.raises((asyncio.IncompleteReadError, ConnectionResetError)):
                await client.reply()
        assert gate.answered == []
        assert "cutting off 1 connections and 1 requests" in caplog.text

    async def test_sweeps_come_from_the_listener(self) -> None:
        connection_limits = ConnectionLimits(idle_sweeps_max=0)
        listener = await listen(
            lambda server: HttpConnection(echo, server, connection_limits), "127.0.0.1", 0, sweep_s=0.001
        )
        async with connected(listener.port) as client:
            with contextlib.suppress(ConnectionResetError):
                assert await client.rest() == b""
        await listener.close(60)


class TestConnectionsMax:
    async def test_one_connection_too_many_is_closed(self, caplog: pytest.LogCaptureFixture) -> None:
        server = HttpServer(connections_max=1)
        listening = await asyncio.get_running_loop().create_server(
            lambda: HttpConnection(echo, server, ConnectionLimits()), "127.0.0.1", 0
        )
        port: int = listening.sockets[0].getsockname()[1]
        async with connected(port) as first:
            assert (await first.ask(call(b"a"))).body == b"a"
            async with connected(port) as second:
                with contextlib.suppress(ConnectionResetError):
                    assert await second.rest() == b""
            assert (await first.ask(call(b"b"))).body == b"b"
            listening.close()
            await server.drain(60)
        assert "more than 1 connections" in caplog.text


class TestListening:
    async def test_port_0_is_any_free_one(self) -> None:
        async with serving(echo) as first, serving(echo) as second:
            assert 0 < first.port != second.port > 0

    async def test_a_taken_port_is_named(self) -> None:
        async with serving(echo) as listener:
            with pytest.raises(CannotListen) as caught:
                await listen(
                    lambda server: HttpConnection(echo, server, ConnectionLimits()), "127.0.0.1", listener.port
                )
            assert (caught.value.host, caught.value.port) == ("127.0.0.1", listener.port)
            assert str(caught.value) == f"cannot listen on 127.0.0.1:{listener.port}: the port is taken"

    async def test_a_port_that_is_bound_and_not_yet_listened_on_is_taken(self) -> None:
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            port = other.getsockname()[1]
            with pytest.raises(CannotListen, match="the port is taken"):
                await listen(lambda server: HttpConnection(echo, server, ConnectionLimits()), "127.0.0.1", port)

    @pytest.mark.parametrize(("host", "port"), [("127.0.0.1", 70_000), ("192.0.2.1", 0), ("no such host", 0)])
    async def test_an_address_that_is_none_of_ours_is_named(self, host: str, port: int) -> None:
        with pytest.raises(CannotListen, match=f"^cannot listen on {host}:{port}: .") as caught:
            await listen(lambda server: HttpConnection(echo, server, ConnectionLimits()), host, port)
        assert "None" not in str(caught.value)

    async def test_a_port_can_be_listened_on_again_at_once(self) -> None:
        async with serving(echo) as listener, connected(listener.port) as client:
            assert await client.ask(call(b"a")) is not None
            await listener.close(60)
            again = await listen(
                lambda server: HttpConnection(echo, server, ConnectionLimits()), "127.0.0.1", listener.port
            )
            await again.close(60)
