"""The store as a service: any object that answers, behind the shared HTTP connection."""

import pytest

from backend_store.server import serve
from microdax.model.replies import Reply
from microdax.serving.http_server import CannotListen
from tests.support.http_client import GET_ITEM, call, connected


async def echo(target: str, body: bytes) -> Reply:
    return Reply(200, body, target)


async def test_calls_are_answered_until_it_is_closed() -> None:
    listener = await serve(echo, "127.0.0.1", 0)
    async with connected(listener.port) as client:
        reply = await client.ask(call(b"{}"))
        assert (reply.status, reply.body, reply.headers["x-amzn-requestid"]) == (200, b"{}", GET_ITEM)
        await listener.close(60)
        assert await client.rest() == b""


async def test_health_is_answered_in_words() -> None:
    listener = await serve(echo, "127.0.0.1", 0)
    async with connected(listener.port) as client:
        for path in ("/", "/health"):
            reply = await client.ask(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
            assert (reply.status, reply.headers["content-type"]) == (200, "text/plain; charset=utf-8")
        assert (await client.ask(b"GET /docs HTTP/1.1\r\nHost: a\r\n\r\n")).status == 404
        assert (await client.ask(call(b"{}"))).status == 200
    await listener.close(60)


async def test_a_taken_port_is_an_error_that_names_it() -> None:
    listener = await serve(echo, "127.0.0.1", 0)
    with pytest.raises(CannotListen, match=f"^cannot listen on 127.0.0.1:{listener.port}: the port is taken$"):
        await serve(echo, "127.0.0.1", listener.port)
    await listener.close(60)
