"""GetShardIterator, as Amazon does it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.boto import Client, Json, refused, unique
from tests.support.streamed_tables import StreamedTable

Streamed = Callable[..., StreamedTable]
NO_SHARD = "shardId-00000000000000000009-00000000"


def ids(records: list[Json]) -> list[str]:
    return [record["dynamodb"]["Keys"]["id"]["S"] for record in records]


def read(table: StreamedTable, iterator: str) -> list[str]:
    """The keys of one page."""
    return ids(table.streams.get_records(ShardIterator=iterator)["Records"])


@pytest.fixture
def written(streamed: Streamed) -> StreamedTable:
    """A table whose stream has three records of one item, all of which have arrived."""
    table = streamed()
    for number in range(3):
        table.put("a", n={"N": str(number)})
    table.records(3)
    return table


def test_the_trim_horizon_is_the_oldest_record(written: StreamedTable) -> None:
    assert len(read(written, written.iterator("TRIM_HORIZON"))) == 3


def test_the_latest_is_behind_the_newest_record(written: StreamedTable) -> None:
    """Of what is written right after it, Amazon may show nothing (seen by Alternator's tests), so that is not asked."""
    assert read(written, written.iterator("LATEST")) == []


def test_a_number_is_where_to_begin_or_what_to_begin_behind(written: StreamedTable) -> None:
    numbers = [record["dynamodb"]["SequenceNumber"] for record in written.records(3)]
    for type, expected in (("AT_SEQUENCE_NUMBER", numbers[1:]), ("AFTER_SEQUENCE_NUMBER", numbers[2:])):
        iterator = written.iterator(type, SequenceNumber=numbers[1])
        page = written.streams.get_records(ShardIterator=iterator)["Records"]
        assert [record["dynamodb"]["SequenceNumber"] for record in page] == expected


@pytest.mark.parametrize("type", ["AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"])
def test_the_number_with_which_the_shard_starts_is_before_all_records(written: StreamedTable, type: str) -> None:
    """For AFTER not certain of Amazon, where the first record might have that number."""
    start = written.described()["Shards"][0]["SequenceNumberRange"]["StartingSequenceNumber"]
    assert len(read(written, written.iterator(type, SequenceNumber=start))) == 3


def test_a_time_is_where_to_begin(written: StreamedTable) -> None:
    """AT_TIMESTAMP is new in the API; where a time before the shard or ahead of now leads is not certain."""
    now = datetime.now(UTC)
    assert len(read(written, written.iterator("AT_TIMESTAMP", Timestamp=now - timedelta(hours=1)))) == 3
    assert read(written, written.iterator("AT_TIMESTAMP", Timestamp=now + timedelta(hours=1))) == []


def test_iterators_of_a_disabled_stream_are_given(written: StreamedTable) -> None:
    written.switch(StreamEnabled=False)
    assert len(read(written, written.iterator("TRIM_HORIZON"))) == 3
    reply = written.streams.get_records(ShardIterator=written.iterator("LATEST"))
    assert reply["Records"] == []


@pytest.mark.parametrize("type", ["AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER", "AT_TIMESTAMP"])
def test_a_type_that_needs_more_is_refused_without(streamed: Streamed, type: str) -> None:
    """The message is not certain; for AT_TIMESTAMP, nor is the error."""
    table = streamed("KEYS_ONLY")
    shard = table.described()["Shards"][0]["ShardId"]
    error = refused(table.streams.get_shard_iterator, StreamArn=table.arn, ShardId=shard, ShardIteratorType=type)
    assert error.code == "ValidationException"


@pytest.mark.parametrize("type", ["TRIM_HORIZON", "LATEST"])
def test_a_type_that_needs_no_number_is_refused_with_one(streamed: Streamed, type: str) -> None:
    """Seen of Amazon by Alternator's tests, which do not say the message."""
    table = streamed("KEYS_ONLY")
    shard = table.described()["Shards"][0]
    error = refused(
        table.streams.get_shard_iterator,
        StreamArn=table.arn,
        ShardId=shard["ShardId"],
        ShardIteratorType=type,
        SequenceNumber=shard["SequenceNumberRange"]["StartingSequenceNumber"],
    )
    assert error.code == "ValidationException"


@pytest.mark.parametrize("number", ["1" * 20, "1" * 41, "x" * 30, "0" * 21, "9" * 40])
def test_what_is_no_number_of_the_shard_is_refused(streamed: Streamed, number: str) -> None:
    table = streamed("KEYS_ONLY")
    shard = table.described()["Shards"][0]["ShardId"]
    error = refused(
        table.streams.get_shard_iterator,
        StreamArn=table.arn,
        ShardId=shard,
        ShardIteratorType="AT_SEQUENCE_NUMBER",
        SequenceNumber=number,
    )
    assert error.code == "ValidationException"


def test_a_type_that_there_is_not_is_refused(streamed: Streamed) -> None:
    """Of the message, the order of the types is not certain."""
    table = streamed("KEYS_ONLY")
    shard = table.described()["Shards"][0]["ShardId"]
    error = refused(table.streams.get_shard_iterator, StreamArn=table.arn, ShardId=shard, ShardIteratorType="OLDEST")
    assert error.code == "ValidationException"
    assert (
        "Value 'OLDEST' at 'shardIteratorType' failed to satisfy constraint: Member must satisfy enum value set: ["
        in (error.message)
    )


def test_a_shard_that_is_not_there_is_not_found(streamed: Streamed) -> None:
    """How the message goes is not certain."""
    table = streamed("KEYS_ONLY")
    error = refused(table.streams.get_shard_iterator, StreamArn=table.arn, ShardId=NO_SHARD, ShardIteratorType="LATEST")
    assert error.code == "ResourceNotFoundException"
    assert error.message.startswith("Requested resource not found: ")


@pytest.mark.parametrize("shard_id", ["s" * 27, "s" * 66])
def test_what_cannot_be_a_shards_name_is_refused(streamed: Streamed, shard_id: str) -> None:
    table = streamed("KEYS_ONLY")
    error = refused(table.streams.get_shard_iterator, StreamArn=table.arn, ShardId=shard_id, ShardIteratorType="LATEST")
    assert error.code == "ValidationException"
    assert f"Value '{shard_id}' at 'shardId' failed to satisfy constraint: Member must have length" in error.message


def test_a_stream_that_is_not_there_is_not_found(streamed: Streamed, streams: Client) -> None:
    missing = streamed("KEYS_ONLY").arn.rpartition("/")[0] + "/2000-01-01T00:00:00.000"
    error = refused(streams.get_shard_iterator, StreamArn=missing, ShardId=NO_SHARD, ShardIteratorType="LATEST")
    assert (error.code, error.message) == (
        "ResourceNotFoundException",
        f"Requested resource not found: Stream: {missing} not found",
    )


def test_what_is_no_streams_arn_is_refused(streams: Client) -> None:
    error = refused(
        streams.get_shard_iterator, StreamArn=unique("n" * 40), ShardId=NO_SHARD, ShardIteratorType="LATEST"
    )
    assert error.code == "ValidationException"


def test_what_is_needed_is_told_together(streams: Client) -> None:
    error = refused(streams.get_shard_iterator)
    assert error.code == "ValidationException"
    assert error.message.startswith("3 validation errors detected: ")
    for member in ("streamArn", "shardId", "shardIteratorType"):
        assert f"Value null at '{member}' failed to satisfy constraint: Member must not be null" in error.message
