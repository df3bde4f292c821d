"""ListStreams, as Amazon does it."""

from collections.abc import Callable

import pytest

from tests.support.boto import Client, Json, refused, unique
from tests.support.streamed_tables import StreamedTable

Streamed = Callable[..., StreamedTable]


def every(streams: Client, **members: object) -> list[Json]:
    """The streams of all pages."""
    found: list[Json] = []
    while True:
        page = streams.list_streams(**members)
        found += page["Streams"]
        if "LastEvaluatedStreamArn" not in page:
            return found
        members["ExclusiveStartStreamArn"] = page["LastEvaluatedStreamArn"]


def test_the_stream_of_a_table_is_listed(streams: Client, streamed: Streamed) -> None:
    table = streamed()
    assert streams.list_streams(TableName=table.name)["Streams"] == [
        {"StreamArn": table.arn, "TableName": table.name, "StreamLabel": table.arn.rpartition("/")[2]}
    ]


def test_a_table_without_a_stream_has_none(streams: Client, table: str) -> None:
    assert streams.list_streams(TableName=table)["Streams"] == []


def test_a_table_that_is_not_there_has_none(streams: Client) -> None:
    """Not certain: Amazon may also say that there is no such table."""
    assert streams.list_streams(TableName=unique("missing"))["Streams"] == []


def test_pages_hold_each_stream_once(streams: Client, streamed: Streamed) -> None:
    arns = {streamed("KEYS_ONLY").arn for _ in range(3)}
    first = streams.list_streams(Limit=1)
    assert len(first["Streams"]) == 1
    assert first["LastEvaluatedStreamArn"] == first["Streams"][0]["StreamArn"]
    listed = [stream["StreamArn"] for stream in every(streams, Limit=1)]
    assert arns <= set(listed)
    assert len(set(listed)) == len(listed)


def test_the_last_page_has_no_last_stream(streams: Client, streamed: Streamed) -> None:
    """Not certain: a page that its Limit ends may have one at Amazon, though nothing follows."""
    assert "LastEvaluatedStreamArn" not in streams.list_streams(TableName=streamed().name)


def test_a_disabled_stream_is_listed_beside_its_successor(streams: Client, streamed: Streamed) -> None:
    table = streamed("KEYS_ONLY")
    first = table.arn
    table.switch(StreamEnabled=False)
    assert [stream["StreamArn"] for stream in every(streams, TableName=table.name)] == [first]
    table.switch(StreamEnabled=True, StreamViewType="KEYS_ONLY")
    assert {stream["StreamArn"] for stream in every(streams, TableName=table.name)} == {first, table.arn}


@pytest.mark.parametrize("limit", [0, -1, 101])
def test_a_limit_out_of_range_is_refused(streams: Client, limit: int) -> None:
    error = refused(streams.list_streams, Limit=limit)
    assert error.code == "ValidationException"
    assert f"Value '{limit}' at 'limit' failed to satisfy constraint: Member must have value" in error.message


def test_a_start_that_is_no_streams_arn_is_refused(streams: Client) -> None:
    """Seen of Amazon by Alternator's tests, which do not say the message."""
    error = refused(streams.list_streams, ExclusiveStartStreamArn="n" * 40)
    assert error.code == "ValidationException"


def test_a_name_that_cannot_be_a_tables_is_refused(streams: Client) -> None:
    error = refused(streams.list_streams, TableName="a b")
    assert error.code == "ValidationException"
    assert "at 'tableName' failed to satisfy constraint" in error.message
