from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest

from accelerator.writes import WritesInAir
from microdax.model.errors import ServiceUnavailable
from microdax.model.keys import ItemKey
from tests.support.assembled import KEY, TABLE, Assembled, Json, Refusal, assembled, put_request

A, B = ItemKey("a"), ItemKey("b")


def test_a_write_that_was_alone_is_told_so() -> None:
    in_air = WritesInAir()
    in_air.take_off(A)
    in_air.take_off(B)
    assert in_air.land(A)
    assert in_air.land(B)


def test_all_writes_that_overlapped_are_told_so_whatever_their_order() -> None:
    in_air = WritesInAir()
    in_air.take_off(A)
    in_air.take_off(A)
    assert not in_air.land(A)
    assert not in_air.land(A)


def test_a_chain_of_overlaps_is_contested_to_its_end() -> None:
    in_air = WritesInAir()
    in_air.take_off(A)
    in_air.take_off(A)
    in_air.land(A)
    in_air.take_off(A)
    assert not in_air.land(A)
    assert not in_air.land(A)


def test_when_all_have_landed_the_next_write_is_alone_again() -> None:
    in_air = WritesInAir()
    for _ in range(2):
        in_air.take_off(A)
    for _ in range(2):
        in_air.land(A)
    assert len(in_air) == 0
    in_air.take_off(A)
    assert in_air.land(A)


@pytest.fixture
async def app() -> AsyncIterator[Assembled]:
    app = await assembled()
    yield app
    await app.upstream.close()


def update(expression: str = "SET v = :v", value: str = "9", **more: Any) -> Json:
    values = {":v": {"N": value}}
    return {
        "TableName": TABLE,
        "Key": KEY,
        "UpdateExpression": expression,
        "ExpressionAttributeValues": values,
        **more,
    }


async def test_what_was_written_is_read_without_asking_the_upstream(app: Assembled) -> None:
    await app.put(1)
    assert await app.get_version() == 1
    await app.call("UpdateItem", update())
    assert await app.get_version() == 9
    await app.call("DeleteItem", {"TableName": TABLE, "Key": KEY})
    assert await app.get() is None
    assert app.reads_upstream() == 0


async def test_what_a_batch_wrote_is_read_without_asking_the_upstream(app: Assembled) -> None:
    await app.put(1, "b")
    puts = [{"PutRequest": {"Item": put_request(2)["Item"]}}, {"DeleteRequest": {"Key": {"id": {"S": "b"}}}}]
    await app.call("BatchWriteItem", {"RequestItems": {TABLE: puts}})
    assert await app.get_version("a") == 2
    assert await app.get("b") is None
    assert app.reads_upstream() == 0


async def test_an_upstream_that_tells_no_images_makes_a_write_forget() -> None:
    app = await assembled(hears_changes=False)
    await app.put(1)
    assert await app.get_version() == 1
    assert app.reads_upstream() == 1
    await app.put(2)
    assert await app.get_version() == 2
    assert app.reads_upstream() == 2


async def test_a_failed_condition_changes_nothing_and_forgets_nothing(app: Assembled) -> None:
    await app.put(1)
    with pytest.raises(Refusal) as refusal:
        await app.call("UpdateItem", update(ConditionExpression="attribute_not_exists(id)"))
    assert refusal.value.code == "ConditionalCheckFailedException"
    assert await app.get_version() == 1
    assert app.reads_upstream() == 0


@pytest.mark.parametrize("hears_changes", [True, False])
async def test_a_refused_write_forgets_nothing(hears_changes: bool) -> None:
    app = await assembled(hears_changes=hears_changes)
    await app.put(1)
    await app.get()
    reads = app.reads_upstream()
    for request in (update("SET"), update(value="not a number"), {"TableName": TABLE}):
        with pytest.raises(Refusal):
            await app.call("UpdateItem", request)
    assert await app.get_version() == 1
    assert app.reads_upstream() == reads
    await app.upstream.close()


async def test_the_caller_gets_the_upstreams_answer(app: Assembled) -> None:
    await app.put(1)
    reply = await app.call("UpdateItem", update(ReturnValues="ALL_OLD"))
    assert reply == {"Attributes": {"id": {"S": "a"}, "v": {"N": "1"}}}


async def test_a_write_is_never_answered_before_the_upstream(app: Assembled) -> None:
    gate = app.upstream.hold_before("PutItem")
    write = app.start_put(1)
    await gate.reached()
    assert not write.done()
    gate.open()
    await write


async def test_the_schema_of_a_table_is_asked_for_once(app: Assembled) -> None:
    for version in range(5):
        await app.put(version)
    assert app.upstream.count("DescribeTable") == 1


async def test_a_put_into_a_table_whose_schema_the_upstream_will_not_tell_forgets_the_table(app: Assembled) -> None:
    await app.put_past_us(1)
    assert await app.get_version() == 1
    app.upstream.fail(ServiceUnavailable(), "DescribeTable")
    await app.put(2)
    assert await app.get_version() == 2


async def test_a_table_created_anew_with_another_key_is_written_by_its_new_schema(app: Assembled) -> None:
    await app.put(1)
    await app.call("DeleteTable", {"TableName": TABLE})
    await app.call(
        "CreateTable",
        {
            "TableName": TABLE,
            "AttributeDefinitions": [{"AttributeName": "v", "AttributeType": "N"}],
            "KeySchema": [{"AttributeName": "v", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
        },
    )
    request = {"TableName": TABLE, "Key": {"v": {"N": "1"}}}
    assert await app.call("GetItem", request) == {}
    await app.put(1, "b")
    assert (await app.call("GetItem", request))["Item"]["id"] == {"S": "b"}


def transfer(source: str = "a", target: str = "b", **more: Any) -> Json:
    """A transaction that moves one from an item's number to another's."""
    actions = [
        {
            "Update": {
                "TableName": TABLE,
                "Key": {"id": {"S": id}},
                "UpdateExpression": "ADD v :n",
                "ExpressionAttributeValues": {":n": {"N": number}},
            }
        }
        for id, number in ((source, "-1"), (target, "1"))
    ]
    return {"TransactItems": actions, **more}


async def test_what_a_transaction_wrote_is_read_without_asking_the_upstream(app: Assembled) -> None:
    await app.put(5)
    await app.call("TransactWriteItems", transfer())
    assert (await app.get_version("a"), await app.get_version("b")) == (4, 1)
    delete = {"Delete": {"TableName": TABLE, "Key": KEY}}
    await app.call("TransactWriteItems", {"TransactItems": [delete, {"Put": put_request(7, "b")}]})
    assert (await app.get_version("a"), await app.get_version("b")) == (None, 7)
    assert app.reads_upstream() == 0


async def test_a_transaction_forgets_what_it_wrote_at_an_upstream_that_tells_no_images() -> None:
    app = await assembled(hears_changes=False)
    for id in "ab":
        await app.put(5, id)
        assert await app.get_version(id) == 5
    await app.call("TransactWriteItems", transfer())
    assert (await app.get_version("a"), await app.get_version("b")) == (4, 6)


async def test_a_cancelled_transaction_changes_nothing_and_forgets_nothing(app: Assembled) -> None:
    await app.put(5)
    guarded = {"Put": {**put_request(6), "ConditionExpression": "attribute_not_exists(id)"}}
    with pytest.raises(Refusal) as refusal:
        await app.call("TransactWriteItems", {"TransactItems": [guarded, {"Put": put_request(1, "b")}]})
    assert refusal.value.code == "TransactionCanceledException"
    assert await app.get_version() == 5
    assert app.reads_upstream() == 0


async def test_what_a_transaction_checks_stays_cached(app: Assembled) -> None:
    await app.put(5)
    check = {"ConditionCheck": {"TableName": TABLE, "Key": KEY, "ConditionExpression": "attribute_exists(id)"}}
    await app.call("TransactWriteItems", {"TransactItems": [check, {"Put": put_request(1, "b")}]})
    assert (await app.get_version("a"), await app.get_version("b")) == (5, 1)
    assert app.reads_upstream() == 0


async def test_a_repeated_transaction_forgets_what_it_may_have_changed(app: Assembled) -> None:
    """The first request was made past this node, which has cached what was there before it."""
    await app.put(5)
    body = orjson.dumps(transfer(ClientRequestToken="once"))
    await app.upstream.inner.call("DynamoDB_20120810.TransactWriteItems", body)
    assert await app.get_version() == 5
    await app.call("TransactWriteItems", transfer(ClientRequestToken="once"))
    assert (await app.get_version("a"), await app.get_version("b")) == (4, 1)


async def test_a_transactions_reads_are_never_answered_from_the_cache(app: Assembled) -> None:
    await app.put(5)
    assert await app.get_version() == 5
    await app.put_past_us(6)
    reply = await app.call("TransactGetItems", {"TransactItems": [{"Get": {"TableName": TABLE, "Key": KEY}}]})
    assert reply["Responses"][0]["Item"]["v"] == {"N": "6"}
