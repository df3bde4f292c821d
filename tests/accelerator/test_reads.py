import asyncio
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from accelerator.reads import Answer
from microdax.model import limits
from tests.support.assembled import KEY, TABLE, Assembled, Json, assembled, get_request


@pytest.fixture
async def app() -> AsyncIterator[Assembled]:
    app = await assembled()
    yield app
    await app.upstream.close()


def batch_request(*ids: str, **more: Any) -> Json:
    return {"RequestItems": {TABLE: {"Keys": [{"id": {"S": id}} for id in ids], **more}}}


def ids_in(reply: Json) -> list[str]:
    return sorted(item["id"]["S"] for item in reply["Responses"][TABLE])


async def test_the_second_read_of_an_item_is_a_hit(app: Assembled) -> None:
    await app.put_past_us(1)
    assert await app.get_version() == await app.get_version() == 1
    assert app.reads_upstream() == 1


async def test_a_hit_is_answered_at_once_and_tells_its_entry(app: Assembled) -> None:
    await app.put(1)
    answer = app.parts.pipeline.answer("DynamoDB_20120810.GetItem", orjson.dumps(get_request()))
    assert isinstance(answer, Answer)
    assert answer.entry is not None


async def test_the_absence_of_an_item_is_cached_too(app: Assembled) -> None:
    assert await app.get() is None
    assert await app.get() is None
    assert app.reads_upstream() == 1


async def test_hit_and_miss_have_the_same_bytes_and_request_id(app: Assembled) -> None:
    await app.put_past_us(1)
    miss = (await app.answer("GetItem", get_request())).reply
    hit = (await app.answer("GetItem", get_request())).reply
    assert (hit.body, hit.request_id) == (miss.body, miss.request_id)


async def test_another_spelling_of_a_number_in_a_key_is_the_same_item(app: Assembled) -> None:
    table = {
        "TableName": "numbers",
        "AttributeDefinitions": [{"AttributeName": "n", "AttributeType": "N"}],
        "KeySchema": [{"AttributeName": "n", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
    }
    await app.call("CreateTable", table)
    await app.call("GetItem", {"TableName": "numbers", "Key": {"n": {"N": "10"}}})
    await app.call("PutItem", {"TableName": "numbers", "Item": {"n": {"N": "1e1"}, "v": {"S": "new"}}})
    reply = await app.call("GetItem", {"TableName": "numbers", "Key": {"n": {"N": "10.0"}}})
    assert reply["Item"] == {"n": {"N": "10"}, "v": {"S": "new"}}


@pytest.mark.parametrize(
    "more", [{"ConsistentRead": True}, {"ReturnConsumedCapacity": "TOTAL"}], ids=["strong", "capacity"]
)
async def test_reads_that_a_cache_cannot_answer_go_upstream_every_time(app: Assembled, more: Json) -> None:
    await app.put(1)
    for _ in range(2):
        await app.call("GetItem", get_request(**more))
    assert app.reads_upstream() == 2


async def test_a_strong_read_sees_what_another_writer_has_written(app: Assembled) -> None:
    await app.put(1)
    await app.put_past_us(2)
    strong = await app.get(ConsistentRead=True)
    assert strong is not None
    assert strong["v"] == {"N": "2"}


async def test_transactional_reads_are_never_answered_from_the_cache(app: Assembled) -> None:
    await app.put(1)
    await app.answer("TransactGetItems", {"TransactItems": [{"Get": get_request()}]})
    assert app.upstream.count("TransactGetItems") == 1


async def test_a_projection_is_served_from_the_whole_cached_item(app: Assembled) -> None:
    item = {"id": {"S": "a"}, "m": {"M": {"x": {"N": "1"}, "y": {"L": [{"S": "p"}, {"S": "q"}]}}}}
    await app.call("PutItem", {"TableName": TABLE, "Item": item})
    projected = await app.get(ProjectionExpression="#m.y[1], nothing", ExpressionAttributeNames={"#m": "m"})
    assert projected == {"m": {"M": {"y": {"L": [{"S": "q"}]}}}}
    assert app.reads_upstream() == 0


async def test_a_projected_miss_fills_the_whole_item(app: Assembled) -> None:
    await app.put_past_us(1)
    assert await app.get(ProjectionExpression="v") == {"v": {"N": "1"}}
    assert await app.get() == {"id": {"S": "a"}, "v": {"N": "1"}}
    assert app.reads_upstream() == 1


async def test_a_projection_gives_what_the_upstream_gives(app: Assembled) -> None:
    item = {"id": {"S": "a"}, "l": {"L": [{"N": "1"}, {"M": {"b": {"B": "AA=="}}}]}, "s": {"SS": ["x", "y"]}}
    await app.call("PutItem", {"TableName": TABLE, "Item": item})
    for expression in ("id", "l[0]", "l[1].b, s", "l[9]", "nowhere", "id, l"):
        cached = await app.call("GetItem", get_request(ProjectionExpression=expression))
        direct = await app.call("GetItem", get_request(ProjectionExpression=expression, ConsistentRead=True))
        assert cached == direct, expression


async def test_attributes_to_get_are_served_from_the_whole_cached_item(app: Assembled) -> None:
    await app.put(1)
    assert await app.get(AttributesToGet=["v", "nothing"]) == {"v": {"N": "1"}}
    assert app.reads_upstream() == 0


async def test_attributes_to_get_that_are_refused_are_refused_on_a_hit_as_on_a_miss(app: Assembled) -> None:
    request = get_request(AttributesToGet=["v", "v"])
    miss = (await app.answer("GetItem", request)).reply
    await app.put(1)
    hit = (await app.answer("GetItem", request)).reply
    assert (hit.status, hit.body) == (miss.status, miss.body)
    assert b"Duplicate value in attribute name: v" in hit.body


async def test_a_refused_projection_is_refused_on_a_hit_as_on_a_miss(app: Assembled) -> None:
    request = get_request(ProjectionExpression="a..b")
    miss = (await app.answer("GetItem", request)).reply
    await app.put(1)
    hit = (await app.answer("GetItem", request)).reply
    assert miss.status == hit.status == 400
    assert miss.body == hit.body


async def test_a_batch_is_answered_at_once_when_all_of_it_is_cached(app: Assembled) -> None:
    await app.put(1, "a")
    await app.put(1, "b")
    await app.get("missing")
    before = app.reads_upstream()
    answer = app.parts.pipeline.answer(
        "DynamoDB_20120810.BatchGetItem", orjson.dumps(batch_request("a", "b", "missing"))
    )
    assert isinstance(answer, Answer)
    assert ids_in(orjson.loads(answer.reply.body)) == ["a", "b"]
    assert app.reads_upstream() == before


async def test_a_batch_asks_the_upstream_only_for_what_is_missing(app: Assembled) -> None:
    await app.put(1, "a")
    await app.put_past_us(1, "b")
    reply = await app.call("BatchGetItem", batch_request("a", "b"))
    assert ids_in(reply) == ["a", "b"]
    (call,) = [call for call in app.upstream.calls if call.operation == "BatchGetItem"]
    assert orjson.loads(call.body) == batch_request("b")


async def test_what_a_batch_brought_is_a_hit_for_a_single_read_and_back(app: Assembled) -> None:
    await app.put_past_us(1, "a")
    await app.call("BatchGetItem", batch_request("a", "b"))
    assert await app.get_version("a") == 1
    assert await app.get("b") is None
    assert app.reads_upstream() == 1


async def test_a_batch_projects_each_item(app: Assembled) -> None:
    await app.put(7, "a")
    reply = await app.call("BatchGetItem", batch_request("a", ProjectionExpression="v"))
    assert reply == {"Responses": {TABLE: [{"v": {"N": "7"}}]}, "UnprocessedKeys": {}}


async def test_a_batch_past_16_mb_leaves_keys_unprocessed_as_the_caller_wrote_them(app: Assembled) -> None:
    ids = [str(number) for number in range(50)]
    for id in ids:
        item = {"id": {"S": id}, "v": {"S": "x" * 380_000}}
        await app.call("PutItem", {"TableName": TABLE, "Item": item})
    before = app.reads_upstream()
    reply = await app.call("BatchGetItem", batch_request(*ids, ProjectionExpression="id"))
    left = reply["UnprocessedKeys"][TABLE]
    assert app.reads_upstream() == before
    assert 0 < len(left["Keys"]) < 50
    assert left["ProjectionExpression"] == "id"
    assert len(ids_in(reply)) <= 1 + limits.BATCH_GET_BYTES_MAX // 380_000
    again = await app.call("BatchGetItem", {"RequestItems": reply["UnprocessedKeys"]})
    assert sorted(ids_in(reply) + ids_in(again)) == sorted(ids)


async def test_what_an_upstream_leaves_unprocessed_is_left_so_and_not_taken_for_absent(app: Assembled) -> None:
    ids = [str(number) for number in range(60)]
    for id in ids:
        item = {"id": {"S": id}, "v": {"S": "x" * 380_000}}
        await app.upstream.inner.call("DynamoDB_20120810.PutItem", orjson.dumps({"TableName": TABLE, "Item": item}))
    reply = await app.call("BatchGetItem", batch_request(*ids))
    left = [key["id"]["S"] for key in reply["UnprocessedKeys"][TABLE]["Keys"]]
    assert left
    assert sorted(ids_in(reply) + left) == sorted(ids)
    assert await app.get(left[0]) is not None


async def test_a_refused_batch_is_refused_as_the_upstream_refuses_it(app: Assembled) -> None:
    request = {"RequestItems": {"no-such-table": {"Keys": [KEY]}}}
    direct = await app.upstream.inner.call("DynamoDB_20120810.BatchGetItem", orjson.dumps(request))
    through = (await app.answer("BatchGetItem", request)).reply
    assert (through.status, through.body) == (direct.status, direct.body)


plain_values = st.recursive(
    st.text(max_size=5).map(lambda text: {"S": text})
    | st.integers(-(10**20), 10**20).map(lambda number: {"N": str(number)})
    | st.booleans().map(lambda truth: {"BOOL": truth})
    | st.just({"NULL": True}),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda values: {"L": values})
        | st.dictionaries(st.text(min_size=1, max_size=5), inner, max_size=3).map(lambda values: {"M": values})
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.text(min_size=1, max_size=8), plain_values, max_size=6))
def test_any_item_comes_back_from_the_cache_as_from_the_upstream(attributes: Json) -> None:
    async def compare() -> None:
        app = await assembled()
        await app.call("PutItem", {"TableName": TABLE, "Item": {**attributes, **KEY}})
        cached = (await app.answer("GetItem", get_request())).reply
        direct = (await app.answer("GetItem", get_request(ConsistentRead=True))).reply
        assert cached.body == direct.body
        await app.upstream.close()

    asyncio.run(compare())
