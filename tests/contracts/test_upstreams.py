"""What every upstream keeps, and that a store answers alike in this process and over HTTP."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest

from accelerator.upstream.base import Upstream, outcome_unknown
from accelerator.upstream.embedded import EmbeddedUpstream
from accelerator.upstream.http import Endpoint, HttpUpstream
from accelerator.upstream.signing import PLACEHOLDER, Signer
from backend_store.kv.memory_engine import MemoryEngine
from backend_store.server import serve
from backend_store.store import Store
from microdax.model.errors import DynamoDBError
from microdax.model.replies import Reply, refusal

KINDS = ["embedded", "http"]
NOW = 1_700_000_000.0

CREATE = {
    "TableName": "films",
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}
ALIEN = {"id": {"S": "alien"}, "year": {"N": "1979"}, "title": {"S": "Älien \u2603"}, "raw": {"B": "AAEC"}}
KEY = {"id": {"S": "alien"}}

CALLS: list[tuple[str, Any]] = [
    ("GetItem", {"TableName": "films", "Key": KEY}),  # no such table yet
    ("CreateTable", CREATE),
    ("CreateTable", CREATE),
    ("DescribeTable", {"TableName": "films"}),
    ("ListTables", {}),
    ("GetItem", {"TableName": "films", "Key": KEY}),
    ("PutItem", {"TableName": "films", "Item": ALIEN}),
    ("GetItem", {"TableName": "films", "Key": KEY}),
    ("GetItem", {"TableName": "films", "Key": KEY, "ConsistentRead": True, "ProjectionExpression": "title"}),
    ("PutItem", {"TableName": "films", "Item": ALIEN, "ConditionExpression": "attribute_not_exists(id)"}),
    (
        "UpdateItem",
        {
            "TableName": "films",
            "Key": KEY,
            "UpdateExpression": "SET #y = #y + :one",
            "ExpressionAttributeNames": {"#y": "year"},
            "ExpressionAttributeValues": {":one": {"N": "1"}},
            "ReturnValues": "ALL_NEW",
        },
    ),
    ("BatchWriteItem", {"RequestItems": {"films": [{"PutRequest": {"Item": {"id": {"S": "heat"}}}}]}}),
    ("BatchGetItem", {"RequestItems": {"films": {"Keys": [KEY]}}}),
    (
        "Query",
        {
            "TableName": "films",
            "KeyConditionExpression": "id = :id",
            "ExpressionAttributeValues": {":id": KEY["id"]},
        },
    ),
    ("Scan", {"TableName": "films"}),
    ("DeleteItem", {"TableName": "films", "Key": KEY, "ReturnValues": "ALL_OLD"}),
    ("GetItem", {"TableName": "films", "Key": KEY}),
    ("GetItem", {"TableName": "films", "Key": {"id": {"N": "1"}}}),  # the wrong type of key
    ("GetItem", {"TableName": "films", "Key": {"id": {"S": ""}}}),
    ("PutItem", {"TableName": "films", "Item": {"id": {"S": "x"}, "n": {"N": "one"}}}),
    ("GetItem", []),
    ("Frobnicate", {}),
    ("DeleteTable", {"TableName": "films"}),
]


@asynccontextmanager
async def open_upstream(kind: str) -> AsyncGenerator[Upstream]:
    """An upstream over an empty store."""
    store = Store(MemoryEngine(), clock=lambda: NOW)
    if kind == "embedded":
        embedded = EmbeddedUpstream(store)
        yield embedded
        await embedded.close()
        return
    listener = await serve(store.answer, "127.0.0.1", 0)
    endpoint = Endpoint("127.0.0.1", listener.port, tls=False)
    upstream = HttpUpstream(endpoint, Signer(endpoint.authority, "us-east-1", PLACEHOLDER), settle_s=0)
    yield upstream
    await upstream.close()
    await listener.close(0)
    await store.close()


@pytest.fixture(params=KINDS)
async def upstream(request: pytest.FixtureRequest) -> AsyncGenerator[Upstream]:
    async with open_upstream(request.param) as upstream:
        yield upstream


async def call(upstream: Upstream, operation: str, request: Any) -> Reply:
    return await upstream.call(f"DynamoDB_20120810.{operation}", orjson.dumps(request))


async def put_and_get(upstream: Upstream, number: int) -> bool:
    item = {"id": {"S": str(number)}, "n": {"N": str(number)}}
    await call(upstream, "PutItem", {"TableName": "films", "Item": item})
    reply = await call(upstream, "GetItem", {"TableName": "films", "Key": {"id": {"S": str(number)}}})
    return bool(orjson.loads(reply.body) == {"Item": item})


async def test_an_item_written_is_read(upstream: Upstream) -> None:
    assert (await call(upstream, "CreateTable", CREATE)).ok
    assert (await call(upstream, "PutItem", {"TableName": "films", "Item": ALIEN})).ok
    reply = await call(upstream, "GetItem", {"TableName": "films", "Key": KEY})
    assert (reply.status, orjson.loads(reply.body)) == (200, {"Item": ALIEN})


async def test_a_refusal_is_a_reply_whose_outcome_is_known(upstream: Upstream) -> None:
    reply = await call(upstream, "PutItem", {"TableName": "nowhere", "Item": ALIEN})
    assert reply.status == 400
    assert b"ResourceNotFoundException" in reply.body
    assert not outcome_unknown(reply)


async def test_a_body_that_is_not_json_is_refused(upstream: Upstream) -> None:
    reply = await upstream.call("DynamoDB_20120810.GetItem", b"{")
    assert reply.status == 400
    assert b"SerializationException" in reply.body


async def test_no_two_replies_have_one_request_id(upstream: Upstream) -> None:
    ids = {(await call(upstream, "ListTables", {})).request_id for _ in range(5)}
    assert len(ids) == 5


async def test_many_calls_at_once_get_each_its_own_answer(upstream: Upstream) -> None:
    await call(upstream, "CreateTable", CREATE)
    assert all(await asyncio.gather(*(put_and_get(upstream, number) for number in range(200))))


async def test_the_largest_item_passes(upstream: Upstream) -> None:
    await call(upstream, "CreateTable", CREATE)
    large = {"id": {"S": "large"}, "text": {"S": "x" * (400 * 1024 - 13)}}
    assert (await call(upstream, "PutItem", {"TableName": "films", "Item": large})).ok
    reply = await call(upstream, "GetItem", {"TableName": "films", "Key": {"id": {"S": "large"}}})
    assert orjson.loads(reply.body) == {"Item": large}


async def test_an_open_upstream_is_ready(upstream: Upstream) -> None:
    assert await upstream.ready() is None


@pytest.mark.parametrize("kind", KINDS)
async def test_a_closed_upstream_writes_nothing_and_says_so(kind: str) -> None:
    async with open_upstream(kind) as upstream:
        await call(upstream, "CreateTable", CREATE)
        await upstream.close()
        try:
            reply = await call(upstream, "PutItem", {"TableName": "films", "Item": ALIEN})
        except DynamoDBError as error:
            reply = refusal(error)
        assert reply.status == 503
        assert not outcome_unknown(reply)
        assert await upstream.ready() is not None


async def test_a_store_answers_alike_in_this_process_and_over_http() -> None:
    async with open_upstream("embedded") as embedded, open_upstream("http") as over_http:
        for operation, request in CALLS:
            here, there = [await call(upstream, operation, request) for upstream in (embedded, over_http)]
            assert (there.status, comparable(there.body)) == (here.status, comparable(here.body)), operation


def comparable(body: bytes) -> Any:
    """The document without what is different in each table that is made."""
    document = orjson.loads(body)
    for member in ("Table", "TableDescription"):
        document.get(member, {}).pop("TableId", None)
    return document


@pytest.mark.parametrize("operation", ["PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"])
async def test_only_the_store_in_this_process_knows_what_a_write_changed(operation: str) -> None:
    request = next(request for name, request in CALLS if name == operation)
    async with open_upstream("embedded") as embedded, open_upstream("http") as over_http:
        for upstream in (embedded, over_http):
            await call(upstream, "CreateTable", CREATE)
            await call(upstream, "PutItem", {"TableName": "films", "Item": {**ALIEN, "year": {"N": "1"}}})
        here, there = [await call(upstream, operation, request) for upstream in (embedded, over_http)]
    assert here.ok and there.ok
    assert here.changes is not None and len(here.changes) == 1
    assert there.changes is None
