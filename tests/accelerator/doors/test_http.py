"""The HTTP door: when the memo answers and learns, and what becomes the admin side's."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable

import boto3
import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from prometheus_client import CollectorRegistry

from accelerator.cache.item_cache import Entry, ItemCache, Lifetimes, entry_bytes
from accelerator.doors.admin import admin_app
from accelerator.doors.http import MEMO_CHUNK_BYTES_MAX, Door, DoorConnection, open_door
from accelerator.reads import Answer
from microdax.caching.admission import policy
from microdax.model.errors import ResourceNotFoundException
from microdax.model.replies import Reply, refusal
from microdax.serving.http_connection import ConnectionLimits, HttpConnection
from microdax.serving.http_replies import encode_reply
from microdax.serving.http_requests import RequestHead
from microdax.serving.http_server import CannotListen
from tests.support.http_client import GET_ITEM, call, connected
from tests.support.transports import FakeTransport

READY = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nready"
HEALTH = b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n"


def an_entry() -> Entry:
    cache = ItemCache(policy("s3fifo", 10_000, entry_bytes), Lifetimes(300.0, {}), lambda: 0.0)
    table = cache.table("films")
    entry = cache.put(table, cache.key(table, {"id": "a"}), b"{}", "request")
    assert entry is not None
    return entry


ENTRY = an_entry()


def cached(target: str, body: bytes) -> Answer:
    return Answer(Reply(200, body, target), ENTRY)


class FakeMemo:
    """Knows what it is told, and writes down what it is asked."""

    def __init__(self) -> None:
        self.known: dict[bytes, bytes] = {}
        self.asked: list[bytes] = []
        self.remembered: list[tuple[bytes, Entry, bytes]] = []

    def get(self, chunk: bytes, /) -> bytes | None:
        self.asked.append(chunk)
        return self.known.get(chunk)

    def remember(self, chunk: bytes, entry: Entry, reply: bytes, /) -> None:
        self.remembered.append((chunk, entry, reply))


class NoAdmin:
    """A neighbour that takes nothing."""

    def takes(self, head: RequestHead) -> bool:
        return False

    def take_over(self, transport: asyncio.Transport, received: bytes) -> None:
        raise AssertionError("nothing was to be handed over")


class Bench:
    """A door's connection on a recording transport."""

    def __init__(self, pipe: Callable[[str, bytes], Answer | Awaitable[Answer]] = cached) -> None:
        self.memo = FakeMemo()
        self.transport = FakeTransport()
        self.tasks: list[asyncio.Future[Reply]] = []
        self.connection = DoorConnection(pipe, self.memo, self, ConnectionLimits(), NoAdmin())
        self.connection.connection_made(self.transport)

    def opened(self, connection: HttpConnection) -> None: ...
    def closed(self, connection: HttpConnection) -> None: ...
    def started(self, task: asyncio.Future[Reply]) -> None:
        self.tasks.append(task)

    def receive(self, *parts: bytes) -> bytes:
        for part in parts:
            self.connection.data_received(part)
        return self.transport.taken()


def reply_to(body: bytes) -> bytes:
    return encode_reply(cached(GET_ITEM, body).reply)


class TestAnsweringFromTheMemo:
    def test_bytes_that_the_memo_knows_are_answered_unparsed(self) -> None:
        bench = Bench()
        bench.memo.known[b"no HTTP at all"] = READY
        assert bench.receive(b"no HTTP at all") == READY
        assert bench.receive(b"no HTTP at all", call(b"b")) == READY + reply_to(b"b")

    def test_other_bytes_are_asked_of_the_pipeline(self) -> None:
        bench = Bench()
        bench.memo.known[call(b"a")] = READY
        assert bench.receive(call(b"b")) == reply_to(b"b")

    def test_half_a_request_bars_the_memo_until_it_is_whole(self) -> None:
        bench = Bench()
        rest = call(b"ab")[-2:]
        bench.memo.known[rest] = READY
        assert bench.receive(call(b"ab")[:-2], rest) == reply_to(b"ab")
        assert rest not in bench.memo.asked
        assert bench.receive(rest) == READY

    async def test_a_reply_owed_bars_the_memo_until_it_is_written(self) -> None:
        answering: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        bench = Bench(lambda target, body: answering if body == b"slow" else cached(target, body))
        known = call(b"known")
        bench.memo.known[known] = READY
        assert bench.receive(call(b"slow"), known) == b""
        answering.set_result(cached(GET_ITEM, b"slow"))
        await asyncio.wait(bench.tasks)
        assert bench.transport.taken() == reply_to(b"slow") + reply_to(b"known")
        assert bench.receive(known) == READY

    def test_a_client_that_does_not_fetch_its_replies_gets_none_from_the_memo(self) -> None:
        bench = Bench()
        known = call(b"known")
        bench.memo.known[known] = READY
        bench.connection.pause_writing()
        assert bench.receive(known) == b""
        bench.connection.resume_writing()
        assert bench.transport.taken() == reply_to(b"known")

    def test_a_connection_that_closes_is_not_answered_from_the_memo(self) -> None:
        bench = Bench()
        bench.memo.known[call()] = READY
        bench.receive(call(b"a", GET_ITEM, "Connection: close"))
        assert bench.receive(call()) == b""

    def test_large_chunks_are_neither_looked_up_nor_remembered(self) -> None:
        bench = Bench()
        head_bytes = len(call(b"x" * 5000)) - 5000
        largest = call(b"x" * (MEMO_CHUNK_BYTES_MAX - head_bytes))
        larger = call(b"x" * (MEMO_CHUNK_BYTES_MAX - head_bytes + 1))
        bench.receive(larger, largest)
        assert bench.memo.asked == [largest]
        assert [chunk for chunk, _, _ in bench.memo.remembered] == [largest]

    def test_a_hit_counts_as_a_sign_of_life(self) -> None:
        bench = Bench()
        bench.memo.known[b"known"] = READY
        for _ in range(3 * ConnectionLimits().idle_sweeps_max):
            bench.receive(b"known")
            bench.connection.sweep()
        assert not bench.transport.aborted


class TestRemembering:
    def test_a_whole_request_answered_from_an_entry_is_remembered_with_the_same_bytes(self) -> None:
        bench = Bench()
        written = bench.receive(call(b"a"))
        assert bench.memo.remembered == [(call(b"a"), ENTRY, written)]

    def test_an_answer_from_no_entry_is_not_remembered(self) -> None:
        bench = Bench(lambda target, body: Answer(Reply(200, body, target)))
        bench.receive(call())
        assert bench.memo.remembered == []

    async def test_an_answer_that_was_awaited_is_not_remembered(self) -> None:
        async def awaited(target: str, body: bytes) -> Answer:
            return cached(target, body)

        bench = Bench(awaited)
        bench.receive(call(b"a"))
        await asyncio.wait(bench.tasks)
        assert bench.transport.taken() == reply_to(b"a")
        assert bench.memo.remembered == []

    def test_requests_that_share_a_chunk_are_not_remembered(self) -> None:
        bench = Bench()
        assert bench.receive(call(b"a") + call(b"b")) == reply_to(b"a") + reply_to(b"b")
        assert bench.memo.remembered == []

    def test_a_request_with_the_beginning_of_another_is_not_remembered(self) -> None:
        bench = Bench()
        bench.receive(call(b"a") + call(b"b")[:-1], call(b"b")[-1:])
        assert bench.memo.remembered == []

    def test_a_request_in_two_chunks_is_not_remembered(self) -> None:
        bench = Bench()
        bench.receive(call(b"ab")[:-1], call(b"ab")[-1:])
        assert bench.memo.remembered == []
        bench.receive(call(b"ab"))
        assert [chunk for chunk, _, _ in bench.memo.remembered] == [call(b"ab")]

    @pytest.mark.parametrize(
        "header",
        [
            "X-Amz-Date: 20240101T000000Z",
            "Date: Mon, 01 Jan 2024 00:00:00 GMT",
            "amz-sdk-invocation-id: 1",
            "X-Amzn-Trace-Id: 1",
            "Connection: close",
            "Connection: keep-alive",
            "Expect: 100-continue",
        ],
    )
    def test_a_request_that_will_not_come_again_is_not_remembered(self, header: str) -> None:
        bench = Bench()
        bench.receive(call(b"a", GET_ITEM, header))
        assert bench.memo.remembered == []

    def test_http_1_0_is_not_remembered(self) -> None:
        bench = Bench()
        bench.receive(call(b"a").replace(b"HTTP/1.1", b"HTTP/1.0"))
        assert bench.memo.remembered == []


@contextlib.asynccontextmanager
async def a_door(
    pipe: Callable[[str, bytes], Answer | Awaitable[Answer]] = cached,
    memo: FakeMemo | None = None,
    app: FastAPI | None = None,
) -> AsyncGenerator[Door, None]:
    async def ready() -> None:
        return None

    admin = app or admin_app(pipe, CollectorRegistry(), ready)
    door = await open_door(pipe, memo or FakeMemo(), admin, "127.0.0.1", 0)
    try:
        yield door
    finally:
        await door.close(0)


class TestAdminSide:
    async def test_it_shares_connections_with_calls(self) -> None:
        async with a_door() as door, connected(door.port) as client:
            assert (await client.ask(call(b"a"))).raw == reply_to(b"a")
            health = await client.ask(HEALTH)
            assert (health.status, health.headers["server"]) == (200, "microdax")
            later = await client.ask(call(b"b"))
            assert (later.status, later.body) == (200, b"b")
            assert (await client.ask(HEALTH)).status == 200

    async def test_what_is_pipelined_behind_a_call_keeps_its_order(self) -> None:
        opened = asyncio.Event()

        async def slow(target: str, body: bytes) -> Answer:
            await opened.wait()
            return cached(target, body)

        async with a_door(slow) as door, connected(door.port) as client:
            client.send(call(b"a") + HEALTH + call(b"b"))
            opened.set()
            first, second, third = await client.replies(3)
            assert (first.body, third.body) == (b"a", b"b")
            assert second.headers["content-type"] == "application/json"

    async def test_a_request_in_single_bytes_is_handed_over_whole(self) -> None:
        async with a_door() as door, connected(door.port) as client:
            for at in range(len(HEALTH)):
                client.send(HEALTH[at : at + 1])
                await asyncio.sleep(0)
            assert (await client.reply()).status == 200

    async def test_dynamodb_s_own_health_check_is_answered_by_the_door(self) -> None:
        async with a_door() as door, connected(door.port) as client:
            assert (await client.ask(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")).body.startswith(b"healthy: dynamodb")

    async def test_httpx_mixes_both_on_one_connection(self) -> None:
        async with a_door() as door:
            base = f"http://127.0.0.1:{door.port}"
            one = httpx.Limits(max_connections=1)
            async with httpx.AsyncClient(base_url=base, limits=one) as client:
                for number in range(3):
                    assert (await client.get("/health/live")).json() == {"live": True}
                    body = b"%d" % number
                    reply = await client.post("/", content=body, headers={"X-Amz-Target": GET_ITEM})
                    assert reply.content == body

    async def test_a_large_reply_of_the_admin_side_arrives_whole(self) -> None:
        app = FastAPI()
        parts = [bytes([65 + number]) * 300_000 for number in range(10)]

        async def large() -> StreamingResponse:
            return StreamingResponse(iter(parts))

        app.get("/large")(large)
        async with a_door(app=app) as door, httpx.AsyncClient() as client:
            reply = await client.get(f"http://127.0.0.1:{door.port}/large")
            assert reply.content == b"".join(parts)

    async def test_a_large_body_to_the_admin_side_arrives_whole(self) -> None:
        body = b"x" * 3_000_000
        async with a_door() as door, connected(door.port) as client:
            await client.ask(HEALTH)
            assert (await client.ask(call(body))).body == body


class TestClosing:
    async def test_it_waits_for_requests_on_both_sides(self) -> None:
        opened, asked = asyncio.Event(), asyncio.Event()
        app = FastAPI()

        async def slow() -> str:
            asked.set()
            await opened.wait()
            return "done"

        app.get("/slow")(slow)
        async with a_door(app=app) as door, connected(door.port) as client, connected(door.port) as idle:
            assert (await idle.ask(b"GET /none HTTP/1.1\r\n\r\n")).status == 404
            client.send(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
            await asked.wait()
            closing = asyncio.create_task(door.close(60))
            assert await idle.rest() == b"", "who waits for nothing is let go"
            assert not closing.done()
            opened.set()
            assert (await client.reply()).body == b'"done"'
            assert await client.rest() == b""
            await closing

    async def test_it_cuts_off_what_takes_longer_than_that(self, caplog: pytest.LogCaptureFixture) -> None:
        asked = asyncio.Event()
        app = FastAPI()

        async def endless() -> None:
            asked.set()
            await asyncio.Event().wait()

        app.get("/endless")(endless)
        async with a_door(app=app) as door, connected(door.port) as client:
            client.send(b"GET /endless HTTP/1.1\r\nHost: a\r\n\r\n")
            await asked.wait()
            await door.close(0)
            with pytest.raises((asyncio.IncompleteReadError, ConnectionResetError)):
                await client.reply()

    async def test_a_taken_port_is_named(self) -> None:
        async with a_door() as door:
            with pytest.raises(CannotListen, match=f"127.0.0.1:{door.port}: the port is taken"):
                await open_door(cached, FakeMemo(), FastAPI(), "127.0.0.1", door.port)


class TestBoto3:
    async def test_it_reads_replies_and_errors(self) -> None:
        def pipe(target: str, body: bytes) -> Answer:
            if b"missing" in body:
                return Answer(refusal(ResourceNotFoundException()))
            return Answer(Reply(200, b'{"Item":{"id":{"S":"a"}}}', "R" * 52), ENTRY)

        async with a_door(pipe) as door:
            item, error = await asyncio.to_thread(_ask_with_boto3, door.port)
        assert item == {"id": {"S": "a"}}
        assert error == "ResourceNotFoundException"


def _ask_with_boto3(port: int) -> tuple[object, str | None]:
    client = boto3.client(  # pyright: ignore[reportUnknownMemberType]
        "dynamodb",
        endpoint_url=f"http://127.0.0.1:{port}",
        region_name="us-east-1",
        aws_access_key_id="a",
        aws_secret_access_key="b",
        config=Config(retries={"total_max_attempts": 1}),
    )
    try:
        item = client.get_item(TableName="films", Key={"id": {"S": "a"}}).get("Item")
        with pytest.raises(ClientError) as caught:
            client.get_item(TableName="missing", Key={"id": {"S": "a"}})
        return item, caught.value.response.get("Error", {}).get("Code")
    finally:
        client.close()
