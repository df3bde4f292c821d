"""Items that the store deletes because they have expired leave the cache too, whatever is in the air for them."""

from collections.abc import Sequence

import pytest

from accelerator.upstream.embedded import EmbeddedUpstream
from backend_store.kv.memory_engine import MemoryEngine
from backend_store.store import Store
from microdax.model.replies import Change
from tests.support.assembled import Assembled, assembled

EXPIRED: Sequence[Change] = (Change("films", {"id": "a"}, b'{"id":{"S":"a"}}', None),)


@pytest.fixture
async def app() -> Assembled:
    return await assembled()


async def expire(app: Assembled) -> None:
    """The store deletes the item by itself, and tells."""
    await app.upstream.inner.call("DynamoDB_20120810.DeleteItem", b'{"TableName":"films","Key":{"id":{"S":"a"}}}')
    app.parts.writes.changed_past_us(EXPIRED)


async def test_a_cached_item_is_forgotten(app: Assembled) -> None:
    await app.put(1)
    assert await app.get_version() == 1
    await expire(app)
    assert await app.get_version() is None


async def test_a_fill_that_has_read_the_item_is_not_kept(app: Assembled) -> None:
    await app.put_past_us(1)
    gate = app.upstream.hold_after("GetItem")
    fill = app.start_get()
    await gate.reached()
    await expire(app)
    gate.open()
    await fill
    assert await app.get_version() is None


async def test_a_write_that_came_before_the_deletion_is_not_kept(app: Assembled) -> None:
    """It was done first and is answered last: what it left is not what stands there now."""
    gate = app.upstream.hold_after("PutItem")
    put = app.start_put(1)
    await gate.reached()
    await expire(app)
    gate.open()
    await put
    assert await app.get_version() is None


async def test_a_write_that_came_after_the_deletion_is_read(app: Assembled) -> None:
    gate = app.upstream.hold_before("PutItem")
    put = app.start_put(2)
    await gate.reached()
    await expire(app)
    gate.open()
    await put
    assert await app.get_version() == 2


async def test_other_items_stay_cached(app: Assembled) -> None:
    await app.put(1, "b")
    await app.get_version("b")
    reads = app.reads_upstream()
    await expire(app)
    assert await app.get_version("b") == 1
    assert app.reads_upstream() == reads


async def test_the_embedded_store_tells_of_what_it_deletes() -> None:
    """From the sweep to who listens, through the upstream that holds the store."""
    store = Store(MemoryEngine(), ttl_sweep_s=3600.0)
    upstream = EmbeddedUpstream(store)
    told: list[Change] = []
    upstream.start(told.extend)
    for operation, body in (
        (
            "CreateTable",
            b'{"TableName":"films","BillingMode":"PAY_PER_REQUEST","KeySchema":[{"AttributeName":"id",'
            b'"KeyType":"HASH"}],"AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}]}',
        ),
        (
            "UpdateTimeToLive",
            b'{"TableName":"films","TimeToLiveSpecification":{"AttributeName":"end","Enabled":true}}',
        ),
        ("PutItem", b'{"TableName":"films","Item":{"id":{"S":"a"},"end":{"N":"1750000000"}}}'),
    ):
        assert (await upstream.call(f"DynamoDB_20120810.{operation}", body)).ok
    await store.swept()
    assert [(change.key, change.new) for change in told] == [({"id": "a"}, None)]
    await upstream.close()
