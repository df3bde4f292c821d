"""DescribeStream, as Amazon does it, and what tables say of their streams."""

from collections.abc import Callable
from datetime import datetime

import pytest

from tests.support.boto import Client, Json, keyed, refused, unique
from tests.support.streamed_tables import StreamedTable

Streamed = Callable[..., StreamedTable]
VIEWS = ("KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES")
LATER_SHARD = "shardId-99999999999999999999-ffffffff"


@pytest.mark.parametrize("view_type", VIEWS)
def test_a_stream_is_described(streamed: Streamed, view_type: str) -> None:
    table = streamed(view_type)
    description = table.described()
    (shard,) = description.pop("Shards")
    assert isinstance(description.pop("CreationRequestDateTime"), datetime)
    assert description == {
        "StreamArn": table.arn,
        "StreamLabel": table.arn.rpartition("/")[2],
        "StreamStatus": "ENABLED",
        "StreamViewType": view_type,
        "TableName": table.name,
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    }
    assert 28 <= len(shard["ShardId"]) <= 65
    start = shard["SequenceNumberRange"]["StartingSequenceNumber"]
    assert start.isdecimal() and 21 <= len(start) <= 40
    assert "EndingSequenceNumber" not in shard["SequenceNumberRange"]
    assert "ParentShardId" not in shard


def test_the_table_tells_its_stream(client: Client, streamed: Streamed) -> None:
    table = streamed("NEW_IMAGE")
    described = client.describe_table(TableName=table.name)["Table"]
    assert described["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    assert described["LatestStreamArn"] == f"{described['TableArn']}/stream/{described['LatestStreamLabel']}"


def test_a_disabled_stream_is_still_described(client: Client, streamed: Streamed) -> None:
    table = streamed()
    arn = table.arn
    table.switch(StreamEnabled=False)
    description = table.described(arn)
    assert description["StreamStatus"] == "DISABLED"
    assert all("EndingSequenceNumber" in shard["SequenceNumberRange"] for shard in description["Shards"])
    described = client.describe_table(TableName=table.name)["Table"]
    assert "StreamSpecification" not in described
    assert described["LatestStreamArn"] == arn


def test_enabling_again_gives_another_label(streamed: Streamed) -> None:
    table = streamed("KEYS_ONLY")
    first = table.arn
    table.switch(StreamEnabled=False)
    updated = table.switch(StreamEnabled=True, StreamViewType="NEW_IMAGE")["TableDescription"]
    assert updated["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    assert table.arn != first
    assert table.described(first)["StreamViewType"] == "KEYS_ONLY"
    assert table.described()["StreamViewType"] == "NEW_IMAGE"


@pytest.mark.parametrize("view_type", ["KEYS_ONLY", "OLD_IMAGE"])
def test_an_enabled_stream_is_not_enabled_again(streamed: Streamed, view_type: str) -> None:
    """Whatever the view: to change it, the stream is disabled first."""
    table = streamed("KEYS_ONLY")
    specification = {"StreamEnabled": True, "StreamViewType": view_type}
    error = refused(table.client.update_table, TableName=table.name, StreamSpecification=specification)
    assert (error.code, error.message) == (
        "ValidationException",
        f"Table already has an enabled stream: TableName: {table.name}",
    )


def test_a_table_without_a_stream_has_none_to_disable(client: Client, table: str) -> None:
    error = refused(client.update_table, TableName=table, StreamSpecification={"StreamEnabled": False})
    assert (error.code, error.message) == (
        "ValidationException",
        f"Table has no stream to disable: TableName: {table}",
    )


@pytest.mark.parametrize(
    "specification",
    [
        {"StreamEnabled": True},
        {"StreamEnabled": False, "StreamViewType": "KEYS_ONLY"},
        {"StreamEnabled": True, "StreamViewType": "EVERYTHING"},
        {"StreamViewType": "KEYS_ONLY"},
    ],
)
def test_what_is_no_specification_is_refused(client: Client, created: list[str], specification: Json) -> None:
    """The messages are not certain."""
    created.append(name := unique("conformance"))
    error = refused(client.create_table, **keyed(name), StreamSpecification=specification)
    assert error.code == "ValidationException"


def test_a_start_behind_all_shards_gives_none(streamed: Streamed) -> None:
    table = streamed("KEYS_ONLY")
    last = table.described()["Shards"][-1]["ShardId"]
    for start in (last, LATER_SHARD):
        description = table.described(ExclusiveStartShardId=start)
        assert description["Shards"] == []
        assert "LastEvaluatedShardId" not in description


def test_an_open_shard_has_no_children(streamed: Streamed) -> None:
    table = streamed("KEYS_ONLY")
    shard = table.described()["Shards"][-1]["ShardId"]
    assert table.described(ShardFilter={"Type": "CHILD_SHARDS", "ShardId": shard})["Shards"] == []


@pytest.mark.parametrize("limit", [0, 101])
def test_a_limit_out_of_range_is_refused(streamed: Streamed, streams: Client, limit: int) -> None:
    error = refused(streams.describe_stream, StreamArn=streamed().arn, Limit=limit)
    assert error.code == "ValidationException"
    assert f"Value '{limit}' at 'limit' failed to satisfy constraint: Member must have value" in error.message


def test_what_is_no_streams_arn_is_refused(streams: Client) -> None:
    """How the message goes on is not certain."""
    error = refused(streams.describe_stream, StreamArn="n" * 40)
    assert error.code == "ValidationException"
    assert error.message.startswith("Invalid StreamArn")


def test_a_stream_that_is_not_there_is_named(streams: Client, streamed: Streamed) -> None:
    table = streamed()
    for missing in (
        table.arn.rpartition("/")[0] + "/2000-01-01T00:00:00.000",
        table.arn.replace(table.name, unique("missing")),
    ):
        error = refused(streams.describe_stream, StreamArn=missing)
        assert (error.code, error.message) == (
            "ResourceNotFoundException",
            f"Requested resource not found: Stream: {missing} not found",
        )


def test_the_arn_is_needed(streams: Client) -> None:
    error = refused(streams.describe_stream)
    assert error.code == "ValidationException"
    assert "at 'streamArn' failed to satisfy constraint: Member must not be null" in error.message
