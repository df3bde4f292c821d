"""DynamoDB Streams: what they list and describe, where iterators begin, and what records say."""

from typing import Any

import pytest

from backend_store.kv.engine import Engine
from backend_store.store import Store
from tests.support.clock import SteppedClock
from tests.support.stores import Calls, Refusal
from tests.support.streams import StreamCalls, sequence_of

DAY_S = 24 * 3600.0
SHARD_S = 4 * 3600.0
ONE, TWO = {"N": "1"}, {"N": "2"}


@pytest.fixture
async def stream(call: Calls) -> StreamCalls:
    await call.create_table("main")
    stream = StreamCalls(call)
    await stream.enable()
    return stream


async def test_a_record_says_all_that_amazons_does(stream: StreamCalls, clock: SteppedClock) -> None:
    await stream.put(n=ONE)
    (record,) = await stream.records()
    assert len(record.pop("eventID")) == 32
    change = record.pop("dynamodb")
    number = change.pop("SequenceNumber")
    assert number.isdigit() and 21 <= len(number) <= 40
    assert record == {
        "eventName": "INSERT",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
    }
    assert change == {
        "ApproximateCreationDateTime": int(clock()),
        "Keys": {"id": {"S": "a"}},
        "NewImage": {"id": {"S": "a"}, "n": ONE},
        "SizeBytes": 9,
        "StreamViewType": "NEW_AND_OLD_IMAGES",
    }


@pytest.mark.parametrize(
    ("view_type", "images"),
    [
        ("KEYS_ONLY", set[str]()),
        ("NEW_IMAGE", {"NewImage"}),
        ("OLD_IMAGE", {"OldImage"}),
        ("NEW_AND_OLD_IMAGES", {"NewImage", "OldImage"}),
    ],
)
async def test_the_view_says_which_images_are_shown(stream: StreamCalls, view_type: str, images: set[str]) -> None:
    await stream.put(n=ONE)
    await stream.disable()
    await stream.enable(view_type)
    await stream.put(n=TWO)
    (record,) = await stream.records()
    change = record["dynamodb"]
    assert {"NewImage", "OldImage"} & change.keys() == images
    assert change["StreamViewType"] == view_type
    assert change["SizeBytes"] == 3 + 6 * len(images)


async def test_inserts_changes_and_removals_come_in_order(stream: StreamCalls) -> None:
    await stream.put(n=ONE)
    await stream.put(n=TWO)
    await stream.put(n=TWO)
    await stream.delete()
    await stream.delete()
    records = await stream.records()
    assert [record["eventName"] for record in records] == ["INSERT", "MODIFY", "REMOVE"]
    numbers = [sequence_of(record) for record in records]
    assert numbers == sorted(set(numbers))
    assert len({record["eventID"] for record in records}) == 3


async def test_a_page_is_continued_by_its_iterator(stream: StreamCalls) -> None:
    for number in range(5):
        await stream.put(f"key {number}")
    iterator, sizes = await stream.iterator(), list[int]()
    for _ in range(4):
        page = await stream.page(iterator, Limit=2)
        sizes.append(len(page["Records"]))
        iterator = page["NextShardIterator"]
    assert sizes == [2, 2, 1, 0]
    await stream.put("new")
    assert len((await stream.page(iterator))["Records"]) == 1


async def test_a_page_holds_a_megabyte_and_at_least_one_record(stream: StreamCalls) -> None:
    for number in range(3):
        await stream.put(f"key {number}", text={"S": "x" * 390_000})
    await stream.put("key 0", text={"S": "y" * 390_000})
    sizes: list[int] = []
    iterator = await stream.iterator()
    for _ in range(3):
        page = await stream.page(iterator)
        sizes.append(len(page["Records"]))
        iterator = page["NextShardIterator"]
    assert sizes == [2, 1, 1]


async def test_a_page_of_keys_reads_no_more_than_some_megabytes(stream: StreamCalls) -> None:
    """The log holds whole images, whatever is shown of them."""
    await stream.disable()
    await stream.enable("KEYS_ONLY")
    for number in range(11):
        await stream.put(f"key {number:02}", text={"S": "x" * 400_000})
    first = await stream.page(await stream.iterator())
    second = await stream.page(first["NextShardIterator"])
    assert [len(page["Records"]) for page in (first, second)] == [10, 1]


async def test_iterators_begin_where_their_type_says(stream: StreamCalls, clock: SteppedClock) -> None:
    for key in "ab":
        await stream.put(key)
    clock.advance(10)
    between = clock()
    await stream.put("c")
    second = sequence_of((await stream.records())[1])

    async def keys(type: str, **more: Any) -> list[str]:
        page = await stream.page(await stream.iterator(type, **more))
        return [record["dynamodb"]["Keys"]["id"]["S"] for record in page["Records"]]

    assert await keys("TRIM_HORIZON") == ["a", "b", "c"]
    assert await keys("LATEST") == []
    assert await keys("AT_SEQUENCE_NUMBER", SequenceNumber=second) == ["b", "c"]
    assert await keys("AFTER_SEQUENCE_NUMBER", SequenceNumber=second) == ["c"]
    assert await keys("AT_TIMESTAMP", Timestamp=between) == ["c"]
    assert await keys("AT_TIMESTAMP", Timestamp=between - 3600) == ["a", "b", "c"]


@pytest.mark.parametrize(("timestamp", "count"), [(1e308, 0), (-1e308, 1), (-1, 1)])
async def test_any_time_can_be_asked_for(stream: StreamCalls, timestamp: float, count: int) -> None:
    await stream.put()
    page = await stream.page(await stream.iterator("AT_TIMESTAMP", Timestamp=timestamp))
    assert len(page["Records"]) == count


async def test_a_time_after_a_closed_shard_leads_to_its_end(stream: StreamCalls, clock: SteppedClock) -> None:
    await stream.put("a")
    arn = await stream.arn()
    await stream.disable()
    clock.advance(10)
    await stream.enable()
    await stream.put("b")
    clock.advance(10)
    iterator = await stream.iterator("AT_TIMESTAMP", arn=arn, Timestamp=clock())
    assert await stream.page(iterator) == {"Records": []}


@pytest.mark.parametrize("type", ["TRIM_HORIZON", "LATEST", "AT_TIMESTAMP"])
async def test_a_number_is_refused_where_it_means_nothing(stream: StreamCalls, type: str) -> None:
    with pytest.raises(Refusal) as refused:
        await stream.iterator(type, SequenceNumber="1" * 21, Timestamp=0)
    assert refused.value.message.endswith(f"SequenceNumber must not be given when ShardIteratorType is {type}")


async def test_a_start_that_is_no_streams_arn_is_refused(stream: StreamCalls) -> None:
    with pytest.raises(Refusal) as refused:
        await stream.call("ListStreams", ExclusiveStartStreamArn="fake-stream")
    assert (refused.value.code, refused.value.message) == ("ValidationException", "Invalid StreamArn: fake-stream")


async def test_a_start_whose_table_is_gone_is_still_a_place_in_the_list(call: Calls, stream: StreamCalls) -> None:
    """A table was deleted between two pages."""
    arn = await stream.arn()
    await call("DeleteTable", TableName="main")
    await call.create_table("other")
    await StreamCalls(call, "other").enable()
    listed = (await call("ListStreams", ExclusiveStartStreamArn=arn))["Streams"]
    assert [one["TableName"] for one in listed] == ["other"]


async def test_a_shard_can_be_read_from_its_starting_number(stream: StreamCalls) -> None:
    await stream.put()
    (shard,) = await stream.shards()
    first = shard["SequenceNumberRange"]["StartingSequenceNumber"]
    page = await stream.page(await stream.iterator("AT_SEQUENCE_NUMBER", SequenceNumber=first))
    assert len(page["Records"]) == 1


@pytest.mark.parametrize("number", ["9" * 21, "1" * 21, "1" + "0" * 20, "0" * 21, "x" * 21])
async def test_a_number_outside_its_shard_is_refused(stream: StreamCalls, number: str) -> None:
    with pytest.raises(Refusal) as refused:
        await stream.iterator("AT_SEQUENCE_NUMBER", SequenceNumber=number)
    assert refused.value.code == "ValidationException"


async def test_an_iterator_expires(stream: StreamCalls, clock: SteppedClock) -> None:
    iterator = await stream.iterator()
    clock.advance(15 * 60)
    await stream.page(iterator)
    clock.advance(1)
    with pytest.raises(Refusal) as refused:
        await stream.page(iterator)
    assert refused.value.code == "ExpiredIteratorException"


async def test_what_is_older_than_a_day_is_trimmed_for_readers(stream: StreamCalls, clock: SteppedClock) -> None:
    await stream.put("old")
    number = sequence_of((await stream.records())[0])
    clock.advance(DAY_S - 10)
    iterator = await stream.iterator("AT_SEQUENCE_NUMBER", SequenceNumber=number)
    clock.advance(11)
    await stream.put("new")
    assert [record["dynamodb"]["Keys"]["id"]["S"] for record in await stream.records()] == ["new"]
    for refusing in (stream.page(iterator), stream.iterator("AT_SEQUENCE_NUMBER", SequenceNumber=number)):
        with pytest.raises(Refusal) as refused:
            await refusing
        assert refused.value.code == "TrimmedDataAccessException"
    after = await stream.page(await stream.iterator("AFTER_SEQUENCE_NUMBER", SequenceNumber=number))
    assert len(after["Records"]) == 1


async def test_shards_roll_over_and_a_reader_follows_them(
    store: Store, stream: StreamCalls, clock: SteppedClock
) -> None:
    await stream.put("a")
    iterator = await stream.iterator()
    clock.advance(SHARD_S)
    await store.swept()
    await stream.put("b")
    parent, child = await stream.shards()
    assert "ParentShardId" not in parent and child["ParentShardId"] == parent["ShardId"]
    assert "EndingSequenceNumber" in parent["SequenceNumberRange"]
    assert "EndingSequenceNumber" not in child["SequenceNumberRange"]
    iterator = await stream.iterator(shard=0)
    page = await stream.page(iterator)
    assert len(page["Records"]) == 1 and "NextShardIterator" not in page
    assert len((await stream.page(await stream.iterator(shard=1)))["Records"]) == 1
    assert [record["dynamodb"]["Keys"]["id"]["S"] for record in await stream.records()] == ["a", "b"]


async def test_the_latest_of_a_closed_shard_is_its_end(store: Store, stream: StreamCalls, clock: SteppedClock) -> None:
    await stream.put("a")
    clock.advance(SHARD_S)
    await store.swept()
    page = await stream.page(await stream.iterator("LATEST", shard=0))
    assert page == {"Records": []}


async def test_a_full_page_at_the_end_of_a_closed_shard_is_the_last_one(
    store: Store, stream: StreamCalls, clock: SteppedClock
) -> None:
    await stream.put("a")
    clock.advance(SHARD_S)
    await store.swept()
    page = await stream.page(await stream.iterator(shard=0), Limit=1)
    assert len(page["Records"]) == 1 and "NextShardIterator" not in page


async def test_a_disabled_stream_can_be_read_for_a_day(stream: StreamCalls, clock: SteppedClock) -> None:
    await stream.put("a")
    arn = await stream.arn()
    await stream.disable()
    await stream.put("b")
    assert (await stream.described(arn))["StreamStatus"] == "DISABLED"
    assert len(await stream.records(arn)) == 1
    clock.advance(DAY_S)
    with pytest.raises(Refusal) as refused:
        await stream.described(arn)
    assert refused.value.code == "ResourceNotFoundException"
    assert refused.value.message == f"Requested resource not found: Stream: {arn} not found"
    assert (await stream.call("ListStreams"))["Streams"] == []


async def test_enabling_again_makes_another_stream(stream: StreamCalls) -> None:
    await stream.put("a")
    first = await stream.arn()
    await stream.disable()
    await stream.enable()
    await stream.put("b")
    assert await stream.arn() != first
    for arn, key in ((first, "a"), (await stream.arn(), "b")):
        (record,) = await stream.records(arn)
        assert record["dynamodb"]["Keys"] == {"id": {"S": key}}


async def test_a_stream_is_described(stream: StreamCalls, clock: SteppedClock) -> None:
    description = await stream.described()
    (shard,) = description.pop("Shards")
    assert 28 <= len(shard["ShardId"]) <= 65
    arn = await stream.arn()
    assert description == {
        "StreamArn": arn,
        "StreamLabel": arn.rpartition("/")[2],
        "StreamStatus": "ENABLED",
        "StreamViewType": "NEW_AND_OLD_IMAGES",
        "CreationRequestDateTime": clock(),
        "TableName": "main",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    }


async def test_shards_are_described_in_pages_and_by_their_parent(
    store: Store, stream: StreamCalls, clock: SteppedClock
) -> None:
    for _ in range(2):
        clock.advance(SHARD_S)
        await store.swept()
    ids = [shard["ShardId"] for shard in await stream.shards()]
    first = await stream.described(Limit=2)
    assert [shard["ShardId"] for shard in first["Shards"]] == ids[:2]
    assert first["LastEvaluatedShardId"] == ids[1]
    rest = await stream.described(Limit=2, ExclusiveStartShardId=ids[1])
    assert [shard["ShardId"] for shard in rest["Shards"]] == ids[2:]
    assert "LastEvaluatedShardId" not in rest
    children = await stream.described(ShardFilter={"Type": "CHILD_SHARDS", "ShardId": ids[0]})
    assert [shard["ShardId"] for shard in children["Shards"]] == ids[1:2]


async def test_streams_are_listed_in_pages_of_all_tables_or_of_one(call: Calls, stream: StreamCalls) -> None:
    await call.create_table("other")
    await StreamCalls(call, "other").enable()
    await call.create_table("without")
    every = (await call("ListStreams"))["Streams"]
    assert [one["TableName"] for one in every] == ["main", "other"]
    assert every[0] == {
        "StreamArn": await stream.arn(),
        "StreamLabel": (await stream.arn()).rpartition("/")[2],
        "TableName": "main",
    }
    page = await call("ListStreams", Limit=1)
    assert page == {"Streams": every[:1], "LastEvaluatedStreamArn": every[0]["StreamArn"]}
    rest = await call("ListStreams", Limit=1, ExclusiveStartStreamArn=every[0]["StreamArn"])
    assert rest == {"Streams": every[1:]}
    assert (await call("ListStreams", TableName="other"))["Streams"] == every[1:]
    assert (await call("ListStreams", TableName="nowhere"))["Streams"] == []


async def test_a_stream_created_with_its_table_has_every_write(call: Calls) -> None:
    await call(
        "CreateTable",
        TableName="streamed",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
    )
    stream = StreamCalls(call, "streamed")
    await stream.put()
    assert len(await stream.records()) == 1


@pytest.mark.parametrize(
    ("specification", "message"),
    [
        (
            {"StreamEnabled": True},
            "One or more parameter values were invalid: If stream is being enabled then UpdateViewType is required",
        ),
        (
            {"StreamEnabled": False, "StreamViewType": "KEYS_ONLY"},
            "One or more parameter values were invalid: "
            "If stream is being disabled, then UpdateViewType must not be specified",
        ),
        (
            {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
            "Table already has an enabled stream: TableName: main",
        ),
    ],
)
async def test_what_cannot_be_specified_is_refused(
    stream: StreamCalls, specification: dict[str, object], message: str
) -> None:
    with pytest.raises(Refusal) as refused:
        await stream.call("UpdateTable", TableName="main", StreamSpecification=specification)
    assert (refused.value.code, refused.value.message) == ("ValidationException", message)


async def test_a_stream_that_is_not_there_cannot_be_disabled(call: Calls) -> None:
    await call.create_table("main")
    with pytest.raises(Refusal) as refused:
        await StreamCalls(call).disable()
    assert refused.value.message == "Table has no stream to disable: TableName: main"


@pytest.mark.parametrize("arn", ["fake-stream", "arn:aws:dynamodb:us-east-1:000000000000:table/main"])
async def test_what_is_no_streams_arn_is_refused(stream: StreamCalls, arn: str) -> None:
    with pytest.raises(Refusal) as refused:
        await stream.described(arn)
    assert refused.value.code == "ValidationException"
    assert refused.value.message.startswith("Invalid StreamArn")


async def test_a_shard_that_is_not_there_is_named(stream: StreamCalls) -> None:
    shard_id = "shardId-00000000000000000009-00000000"
    with pytest.raises(Refusal) as refused:
        await stream.call(
            "GetShardIterator", StreamArn=await stream.arn(), ShardId=shard_id, ShardIteratorType="LATEST"
        )
    assert refused.value.code == "ResourceNotFoundException"
    assert shard_id in refused.value.message


async def test_an_iterator_of_a_forgotten_shard_finds_nothing(
    store: Store, stream: StreamCalls, clock: SteppedClock
) -> None:
    clock.advance(SHARD_S)
    await store.swept()
    clock.advance(DAY_S - 1)
    iterator = await stream.iterator(shard=0)
    clock.advance(1)
    await store.swept()
    with pytest.raises(Refusal) as refused:
        await stream.page(iterator)
    assert refused.value.code == "ResourceNotFoundException"


async def test_a_deleted_tables_stream_goes_with_it(stream: StreamCalls) -> None:
    arn = await stream.arn()
    await stream.call("DeleteTable", TableName="main")
    with pytest.raises(Refusal) as refused:
        await stream.described(arn)
    assert refused.value.code == "ResourceNotFoundException"


async def test_operations_of_streams_have_a_target_of_their_own(store: Store) -> None:
    for target in ("DynamoDB_20120810.ListStreams", "DynamoDBStreams_20120810.ListTables", "Other.ListStreams"):
        reply = await store.answer(target, b"{}")
        assert reply.status == 400 and b"UnknownOperationException" in reply.body
    assert (await store.answer("DynamoDBStreams_20120810.ListStreams", b"{}")).ok


async def test_a_stream_goes_on_after_a_restart(engine: Engine, stream: StreamCalls, clock: SteppedClock) -> None:
    await stream.put("a")
    again = StreamCalls(Calls(Store(engine, clock=clock)))
    await again.put("b")
    assert [record["dynamodb"]["Keys"]["id"]["S"] for record in await again.records()] == ["a", "b"]
