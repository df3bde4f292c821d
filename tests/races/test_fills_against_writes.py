"""Fills against writes, stepped through by gates: what may be kept when they overlap (C1, C3).

Each test holds one side at the upstream while the other overtakes it, and then asks what later readers see.
"""

import asyncio
from collections.abc import AsyncIterator

import pytest

from microdax.model.errors import ServiceUnavailable
from tests.support.assembled import (
    KEY,
    TABLE,
    Assembled,
    Json,
    Refusal,
    assembled,
    create_table_request,
    put_request,
    version_in,
)


@pytest.fixture(params=[True, False], ids=["told of changes", "told of none"])
async def app(request: pytest.FixtureRequest) -> AsyncIterator[Assembled]:
    app = await assembled(hears_changes=request.param)
    yield app
    await app.upstream.close()


WRITES: list[tuple[str, Json]] = [
    ("PutItem", put_request(2)),
    (
        "UpdateItem",
        {
            "TableName": TABLE,
            "Key": KEY,
            "UpdateExpression": "SET v = :v",
            "ExpressionAttributeValues": {":v": {"N": "2"}},
        },
    ),
    ("DeleteItem", {"TableName": TABLE, "Key": KEY}),
    ("BatchWriteItem", {"RequestItems": {TABLE: [{"PutRequest": {"Item": put_request(2)["Item"]}}]}}),
    ("BatchWriteItem", {"RequestItems": {TABLE: [{"DeleteRequest": {"Key": KEY}}]}}),
    ("TransactWriteItems", {"TransactItems": [{"Put": put_request(2)}, {"Put": put_request(1, "b")}]}),
    (
        "TransactWriteItems",
        {
            "TransactItems": [
                {"Put": put_request(1, "b")},
                {
                    "Update": {
                        "TableName": TABLE,
                        "Key": KEY,
                        "UpdateExpression": "SET v = :v",
                        "ExpressionAttributeValues": {":v": {"N": "2"}},
                    }
                },
            ]
        },
    ),
    ("TransactWriteItems", {"TransactItems": [{"Delete": {"TableName": TABLE, "Key": KEY}}]}),
]
WRITE_IDS = [
    "put",
    "update",
    "delete",
    "batch put",
    "batch delete",
    "transaction's put",
    "transaction's update",
    "transaction's delete",
]


def is_new(operation: str, request: Json, version: int | None) -> bool:
    deletes = operation == "DeleteItem" or "Delete" in str(request)
    return version == (None if deletes else 2)


@pytest.mark.parametrize(("operation", "request_"), WRITES, ids=WRITE_IDS)
async def test_a_fill_begun_before_a_write_is_not_kept(app: Assembled, operation: str, request_: Json) -> None:
    await app.put_past_us(1)
    gate = app.upstream.hold_after("GetItem")
    early = app.start_get()
    await gate.reached()  # it has read version 1
    await app.call(operation, request_)
    # From here on nobody may be served version 1, though the old fill lands after the write was acknowledged. The
    # write itself may have filled the cache, so that is put out of the way: only the fill could bring the item back.
    app.parts.cache.remove(app.parts.cache.key(app.parts.cache.table(TABLE), {"id": "a"}))
    gate.open()
    assert version_in(await early) == 1, "it began before the write, so it may be answered so"
    assert is_new(operation, request_, await app.get_version())


@pytest.mark.parametrize(("operation", "request_"), WRITES, ids=WRITE_IDS)
async def test_a_batch_fill_begun_before_a_write_is_not_kept(app: Assembled, operation: str, request_: Json) -> None:
    await app.put_past_us(1)
    gate = app.upstream.hold_after("BatchGetItem")
    batch = app.start("BatchGetItem", {"RequestItems": {TABLE: {"Keys": [KEY, {"id": {"S": "b"}}]}}})
    await gate.reached()
    await app.call(operation, request_)
    app.parts.cache.remove(app.parts.cache.key(app.parts.cache.table(TABLE), {"id": "a"}))
    gate.open()
    await batch
    assert is_new(operation, request_, await app.get_version())


@pytest.mark.parametrize(("operation", "request_"), WRITES, ids=WRITE_IDS)
async def test_a_cached_item_is_not_served_after_a_write_is_acknowledged(
    app: Assembled, operation: str, request_: Json
) -> None:
    await app.put_past_us(1)
    assert await app.get_version() == 1
    await app.call(operation, request_)
    assert is_new(operation, request_, await app.get_version())


async def test_a_reader_that_comes_after_the_acknowledgement_does_not_board_the_old_fill(app: Assembled) -> None:
    await app.put_past_us(1)
    gate = app.upstream.hold_after("GetItem")
    early = app.start_get()
    await gate.reached()
    await app.put(2)
    app.parts.cache.remove(app.parts.cache.key(app.parts.cache.table(TABLE), {"id": "a"}))
    assert await app.get_version() == 2, "while the old fill is still in the air"
    gate.open()
    assert version_in(await early) == 1
    assert await app.get_version() == 2


async def test_a_fill_begun_while_a_write_is_in_the_air_is_not_kept_past_its_acknowledgement(
    app: Assembled,
) -> None:
    await app.put(1)
    app.parts.cache.drop_all()
    writing = app.upstream.hold_before("PutItem")
    write = app.start_put(2)
    await writing.reached()
    assert await app.get_version() == 1, "the write has not happened yet, and its caller knows of nothing"
    writing.open()
    await write
    assert await app.get_version() == 2


async def test_an_absent_item_that_was_looked_for_before_it_was_put_is_not_kept_absent(app: Assembled) -> None:
    gate = app.upstream.hold_after("GetItem")
    early = app.start_get()
    await gate.reached()
    await app.put(1)
    app.parts.cache.remove(app.parts.cache.key(app.parts.cache.table(TABLE), {"id": "a"}))
    gate.open()
    assert version_in(await early) is None
    assert await app.get_version() == 1


async def test_two_writes_answered_in_the_other_order_leave_no_old_item_behind(app: Assembled) -> None:
    first_answer = app.upstream.hold_after("PutItem")
    first = app.start_put(1)
    await first_answer.reached()  # the upstream has done it, its answer is on the way
    await app.put(2)
    first_answer.open()
    await first  # answered last, but done first
    assert await app.get_version() == 2


async def test_three_overlapping_writes_are_contested_to_the_last(app: Assembled) -> None:
    held = [app.upstream.hold_after("PutItem") for _ in range(2)]
    writes = [app.start_put(version) for version in (1, 2)]
    for gate in held:
        await gate.reached()
    await app.put(3)
    for gate, write in zip(held, writes, strict=True):
        gate.open()
        await write
        assert await app.get_version() == 3


async def test_an_uncontested_write_after_contested_ones_is_cached_again() -> None:
    app = await assembled()
    gate = app.upstream.hold_after("PutItem")
    first = app.start_put(1)
    await gate.reached()
    await app.put(2)
    gate.open()
    await first
    await app.put(3)
    assert await app.get_version() == 3
    assert app.reads_upstream() == 0, "the last write brought the item"


async def test_an_item_put_while_its_table_is_deleted_and_created_anew_is_not_kept_for_the_new_one(
    app: Assembled,
) -> None:
    await app.put(1)
    gate = app.upstream.hold_after("PutItem")
    write = app.start_put(2)
    await gate.reached()  # done in the old table
    await app.call("DeleteTable", {"TableName": TABLE})
    await app.call("CreateTable", create_table_request())
    gate.open()
    await write
    assert await app.get_version() is None


async def test_a_fill_of_a_deleted_table_is_not_kept_for_its_successor(app: Assembled) -> None:
    await app.put_past_us(1)
    gate = app.upstream.hold_after("GetItem")
    early = app.start_get()
    await gate.reached()
    await app.call("DeleteTable", {"TableName": TABLE})
    await app.call("CreateTable", create_table_request())
    gate.open()
    await early
    assert await app.get_version() is None


async def test_what_absence_was_cached_for_the_new_table_goes_with_a_write_begun_in_the_old_ones_time(
    app: Assembled,
) -> None:
    gate = app.upstream.hold_before("PutItem")
    write = app.start_put(1)
    await gate.reached()
    await app.call("DeleteTable", {"TableName": TABLE})
    await app.call("CreateTable", create_table_request())
    assert await app.get_version() is None
    gate.open()
    await write
    assert await app.get_version() == 1


async def test_many_simultaneous_misses_make_one_upstream_read(app: Assembled) -> None:
    await app.put_past_us(1)
    gate = app.upstream.hold_before("GetItem")
    readers = [app.start_get() for _ in range(200)]
    await gate.reached()
    gate.open()
    assert {version_in(reply) for reply in await asyncio.gather(*readers)} == {1}
    assert app.reads_upstream() == 1


async def test_a_batch_joins_the_flights_in_the_air_and_fetches_the_rest_in_one_call(app: Assembled) -> None:
    for id in "abc":
        await app.put_past_us(1, id)
    gate = app.upstream.hold_before("GetItem")
    single = app.start_get("a")
    await gate.reached()
    keys = [{"id": {"S": id}} for id in "abc"]
    batch = app.start("BatchGetItem", {"RequestItems": {TABLE: {"Keys": keys}}})
    await asyncio.sleep(0)
    gate.open()
    reply = await batch
    await single
    assert sorted(item["id"]["S"] for item in reply["Responses"][TABLE]) == ["a", "b", "c"]
    assert app.upstream.count("GetItem") == 1
    assert app.upstream.count("BatchGetItem") == 1
    assert b'"a"' not in app.upstream.calls[-1].body


async def test_a_reader_who_leaves_does_not_take_the_fetch_from_the_others(app: Assembled) -> None:
    await app.put_past_us(1)
    gate = app.upstream.hold_before("GetItem")
    leaves, stays = app.start_get(), app.start_get()
    await gate.reached()
    leaves.cancel()
    gate.open()
    assert version_in(await stays) == 1
    assert app.reads_upstream() == 1


async def test_a_failed_fill_is_told_to_all_who_boarded_it_and_to_nobody_later(app: Assembled) -> None:
    await app.put_past_us(1)
    app.upstream.fail(ServiceUnavailable(), "GetItem")
    readers = [app.start_get() for _ in range(3)]
    outcomes = await asyncio.gather(*readers, return_exceptions=True)
    assert outcomes == [Refusal(503, "ServiceUnavailable")] * 3
    assert app.reads_upstream() == 1
    assert await app.get_version() == 1


async def test_a_reader_that_boarded_a_batch_which_failed_asks_for_itself(app: Assembled) -> None:
    await app.put_past_us(1)
    app.upstream.fail(ServiceUnavailable(), "BatchGetItem")
    batch = app.start("BatchGetItem", {"RequestItems": {TABLE: {"Keys": [KEY]}}})
    await asyncio.sleep(0)
    single = app.start_get()
    assert version_in(await single) == 1
    with pytest.raises(Refusal):
        await batch
