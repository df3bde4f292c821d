"""Writes whose outcome nobody knows (C4): forget the key, and keep nothing for it until the write has settled."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from accelerator.cache.settling import OUTCOME_SETTLES_S
from microdax.model.errors import ServiceUnavailable, UnknownOutcome
from tests.support.assembled import KEY, TABLE, Assembled, Json, Refusal, assembled, put_request


@pytest.fixture
async def app() -> AsyncIterator[Assembled]:
    app = await assembled()
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
    ("BatchWriteItem", {"RequestItems": {TABLE: [{"PutRequest": {"Item": put_request(2)["Item"]}}]}}),
    ("TransactWriteItems", {"TransactItems": [{"Put": put_request(2)}]}),
]
WRITE_IDS = ["put", "update", "batch", "transaction"]


@pytest.mark.parametrize(("operation", "request_"), WRITES, ids=WRITE_IDS)
async def test_a_write_without_an_answer_that_did_happen_leaves_no_old_item(
    app: Assembled, operation: str, request_: Json
) -> None:
    await app.put(1)
    app.upstream.fail(UnknownOutcome(), operation, happens=True)
    with pytest.raises(Refusal) as refusal:
        await app.call(operation, request_)
    assert refusal.value == Refusal(500, "InternalServerError")
    assert await app.get_version() == 2


async def test_a_write_without_an_answer_that_happens_late_is_seen_as_soon_as_it_has(app: Assembled) -> None:
    await app.put(1)
    app.upstream.fail(UnknownOutcome(), "PutItem")
    with pytest.raises(Refusal):
        await app.put(2)
    assert await app.get_version() == 1, "it has not happened yet"
    await app.put_past_us(2)  # now the request that was given up arrives at the upstream
    assert await app.get_version() == 2, "so nothing may have been kept in between"


async def test_what_is_read_once_the_write_must_have_settled_is_kept(app: Assembled) -> None:
    await app.put(1)
    app.upstream.fail(UnknownOutcome(), "PutItem")
    with pytest.raises(Refusal):
        await app.put(2)
    app.clock.advance(OUTCOME_SETTLES_S)
    await app.get_version()
    await app.get_version()
    assert app.upstream.count("GetItem") == 1


async def test_a_later_write_of_the_key_does_not_lift_the_bar(app: Assembled) -> None:
    app.upstream.fail(UnknownOutcome(), "PutItem")
    with pytest.raises(Refusal):
        await app.put(1)
    await app.put(2)
    await app.put_past_us(1)  # the first write happens at last
    assert await app.get_version() == 1


async def test_other_keys_are_cached_as_ever(app: Assembled) -> None:
    await app.put(1, "b")
    app.upstream.fail(UnknownOutcome(), "PutItem")
    with pytest.raises(Refusal):
        await app.put(2, "a")
    assert await app.get_version("b") == 1
    assert app.reads_upstream() == 0


async def test_a_fill_in_the_air_when_the_outcome_became_unknown_is_not_kept(app: Assembled) -> None:
    await app.put_past_us(1)
    gate = app.upstream.hold_after("GetItem")
    early = app.start_get()
    await gate.reached()
    app.upstream.fail(UnknownOutcome(), "PutItem", happens=True)
    with pytest.raises(Refusal):
        await app.put(2)
    gate.open()
    await early
    assert await app.get_version() == 2


async def test_a_write_whose_caller_was_cancelled_counts_as_unknown(app: Assembled) -> None:
    await app.put(1)
    gate = app.upstream.hold_after("PutItem")
    write = app.start_put(2)
    await gate.reached()
    write.cancel()
    with pytest.raises(asyncio.CancelledError):
        await write
    assert await app.get_version() == 2
    assert app.parts.writes.in_air == 0


async def test_a_write_that_certainly_did_not_happen_forgets_nothing(app: Assembled) -> None:
    await app.put(1)
    app.upstream.fail(ServiceUnavailable(), "PutItem")
    with pytest.raises(Refusal):
        await app.put(2)
    assert await app.get_version() == 1
    assert app.reads_upstream() == 0


async def test_a_table_operation_without_an_answer_bars_the_whole_table(app: Assembled) -> None:
    await app.put(1)
    app.upstream.fail(UnknownOutcome(), "DeleteTable")
    with pytest.raises(Refusal):
        await app.call("DeleteTable", {"TableName": TABLE})
    await app.get_version()
    await app.get_version()
    assert app.upstream.count("GetItem") == 2
