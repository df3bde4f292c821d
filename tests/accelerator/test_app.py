"""The parts joined: through the door, the caches and the store, and what goes on beside them."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings

from accelerator import app as app_module
from accelerator.app import Ready, run
from accelerator.doors.http import Door, open_door
from accelerator.settings import ServeSettings
from backend_store.kv.engine import DataDirectoryError
from backend_store.kv.memory_engine import MemoryEngine
from backend_store.server import serve
from backend_store.store import Store
from microdax.model.values import Item
from microdax.serving.http_server import CannotListen
from microdax.wire.dynamo_json import item_to_json
from tests.support.assembled import KEY, TABLE, Assembled, Json, assembled, create_table_request, get_request
from tests.support.attribute_values import items


@asynccontextmanager
async def opened(app: Assembled) -> AsyncGenerator[Door]:
    async def no_admin(scope: object, receive: object, send: object) -> None:
        raise AssertionError("nothing here is for the admin side")

    door = await open_door(app.parts.pipeline.answer, app.parts.memo, no_admin, "127.0.0.1", 0)
    yield door
    await door.close(5.0)


def raw_request(operation: str, request: Json) -> bytes:
    body = orjson.dumps(request)
    head = (
        f"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.0\r\n"
        f"X-Amz-Target: DynamoDB_20120810.{operation}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> bytes:
    """The raw reply to a raw request."""
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    return head + await reader.readexactly(length)


@hypothesis_settings(max_examples=25)
@given(item=items)
def test_a_memoised_reply_is_byte_equal_to_the_miss_and_to_the_unmemoised_hit(item: Item) -> None:
    async def compare() -> None:
        app = await assembled()
        put = {"TableName": TABLE, "Item": {**item_to_json(item), **KEY}}
        await app.upstream.inner.call("DynamoDB_20120810.PutItem", orjson.dumps(put))
        async with opened(app) as door:
            reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
            request = raw_request("GetItem", get_request())
            miss, hit, memoised = [await exchange(reader, writer, request) for _ in range(3)]
            writer.close()
            await writer.wait_closed()
        assert (app.reads_upstream(), app.parts.cache.hits, app.parts.memo.hits) == (1, 1, 1)
        assert miss == hit == memoised
        await app.upstream.close()

    asyncio.run(compare())


async def test_a_write_is_seen_at_once_by_a_reader_whose_replies_are_memoised() -> None:
    app = await assembled()
    async with opened(app) as door:
        reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
        request = raw_request("GetItem", get_request())
        for version in range(5):
            await app.put(version)
            for _ in range(3):
                reply = await exchange(reader, writer, request)
                assert reply.endswith(b'"v":{"N":"%d"}}}' % version)
        writer.close()
        await writer.wait_closed()
    assert app.parts.memo.hits > 0
    await app.upstream.close()


async def test_a_deleted_tables_memoised_replies_are_not_served_for_its_successor() -> None:
    app = await assembled()
    async with opened(app) as door:
        reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
        request = raw_request("GetItem", get_request())
        await app.put(1)
        for _ in range(2):
            assert b'"Item"' in await exchange(reader, writer, request)
        await app.call("DeleteTable", {"TableName": TABLE})
        assert (await exchange(reader, writer, request)).startswith(b"HTTP/1.1 400 ")
        await app.call("CreateTable", create_table_request())
        assert (await exchange(reader, writer, request)).endswith(b"\r\n\r\n{}")
        writer.close()
        await writer.wait_closed()
    await app.upstream.close()


async def test_an_entry_that_leaves_the_cache_frees_the_replies_made_from_it() -> None:
    app = await assembled()
    async with opened(app) as door:
        reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
        await app.put(1)
        await exchange(reader, writer, raw_request("GetItem", get_request()))
        assert len(app.parts.memo) == 1
        await app.put(2)
        assert (len(app.parts.memo), app.parts.memo.bytes_used) == (0, 0)
        writer.close()
        await writer.wait_closed()
    await app.upstream.close()


class Running:
    """`run` in this event loop, from its announcement until it is stopped."""

    def __init__(self, settings: ServeSettings) -> None:
        self._stop = asyncio.Event()
        self._announced: asyncio.Future[Ready] = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(run(settings, self._announced.set_result, self._stop))

    async def ready(self) -> Ready:
        await asyncio.wait((self._announced, self._task), return_when=asyncio.FIRST_COMPLETED)
        if self._task.done():
            self._task.result()
        return self._announced.result()

    async def stop(self) -> None:
        self._stop.set()
        await self._task


@asynccontextmanager
async def running(**options: Any) -> AsyncGenerator[Ready]:
    server = Running(ServeSettings(http_port=0, **options))
    yield await server.ready()
    await server.stop()


async def call(ready: Ready, operation: str, request: Json) -> httpx.Response:
    async with httpx.AsyncClient() as client:
        return await client.post(
            f"http://{ready.host}:{ready.http_port}/",
            content=orjson.dumps(request),
            headers={"X-Amz-Target": f"DynamoDB_20120810.{operation}"},
        )


async def test_it_announces_where_it_listens_and_where_the_data_lies(tmp_path: Path) -> None:
    async with running(data=tmp_path) as ready:
        assert (ready.host, ready.data, ready.upstream) == ("127.0.0.1", tmp_path, None)
        assert (await call(ready, "ListTables", {})).json() == {"TableNames": []}


async def test_what_was_written_is_there_after_a_restart(tmp_path: Path) -> None:
    async with running(data=tmp_path) as ready:
        await call(ready, "CreateTable", create_table_request())
        await call(ready, "PutItem", {"TableName": TABLE, "Item": KEY})
    async with running(data=tmp_path) as ready:
        assert (await call(ready, "GetItem", get_request())).json() == {"Item": KEY}


async def test_with_an_upstream_it_fronts_that_and_touches_no_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    store = Store(MemoryEngine())
    listener = await serve(store.answer, "127.0.0.1", 0)
    async with running(upstream=f"http://127.0.0.1:{listener.port}") as ready:
        assert ready.data is None
        await call(ready, "CreateTable", create_table_request())
        await call(ready, "PutItem", {"TableName": TABLE, "Item": KEY})
        for _ in range(2):
            assert (await call(ready, "GetItem", get_request())).json() == {"Item": KEY}
    await listener.close(5.0)
    await store.close()
    assert not (tmp_path / "data").exists()


async def test_a_data_directory_in_use_is_refused_and_nothing_is_left_open(tmp_path: Path) -> None:
    async with running(data=tmp_path):
        with pytest.raises(DataDirectoryError):
            await Running(ServeSettings(http_port=0, data=tmp_path)).ready()


async def test_a_taken_port_leaves_the_data_directory_free(tmp_path: Path) -> None:
    async with running(data=tmp_path / "first") as ready:
        with pytest.raises(CannotListen):
            await Running(ServeSettings(http_port=ready.http_port, data=tmp_path / "second")).ready()
        async with running(data=tmp_path / "second"):
            pass


async def test_expired_items_are_forgotten_though_nobody_asks_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app_module, "REAP_EVERY_S", 0.0)
    app = await assembled(item_ttl_s=10.0)
    for number in range(20):
        await app.put(1, str(number))
    app.clock.advance(20.0)
    all_gone = asyncio.Event()
    app.parts.cache.on_remove = lambda entry: None if len(app.parts.cache) else all_gone.set()
    reaping = asyncio.create_task(app_module._reap(app.parts.cache))  # pyright: ignore[reportPrivateUsage]
    async with asyncio.timeout(10.0):
        await all_gone.wait()
    reaping.cancel()
    await app.upstream.close()
