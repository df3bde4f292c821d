"""The requests of DynamoDB Streams: what they are decoded to, and what is refused in them."""

from typing import Any

import orjson
import pytest

from microdax.model.any_request import AnyRequest
from microdax.model.errors import SerializationException, ValidationException
from microdax.model.stream_requests import DescribeStream, GetRecords, GetShardIterator, ListStreams
from microdax.wire.requests import decode_request

Json = dict[str, Any]
ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/films/stream/2023-11-14T22:13:20.123"
SHARD = "shardId-00000000000000000001-0badcafe"
NUMBER = "1" * 21
INVALID = "One or more parameter values were invalid: "


def refusal_of(operation: str, json: Json) -> str:
    with pytest.raises(ValidationException) as refusal:
        decode_request(operation, orjson.dumps(json))
    return refusal.value.message


@pytest.mark.parametrize(
    ("operation", "json", "expected"),
    [
        ("ListStreams", {}, ListStreams()),
        (
            "ListStreams",
            {"TableName": "films", "Limit": 100, "ExclusiveStartStreamArn": ARN},
            ListStreams("films", 100, ARN),
        ),
        ("DescribeStream", {"StreamArn": ARN}, DescribeStream(ARN)),
        (
            "DescribeStream",
            {"StreamArn": ARN, "Limit": 1, "ExclusiveStartShardId": SHARD},
            DescribeStream(ARN, 1, SHARD),
        ),
        (
            "DescribeStream",
            {"StreamArn": ARN, "ShardFilter": {"Type": "CHILD_SHARDS", "ShardId": SHARD}},
            DescribeStream(ARN, children_of=SHARD),
        ),
        (
            "GetShardIterator",
            {"StreamArn": ARN, "ShardId": SHARD, "ShardIteratorType": "LATEST"},
            GetShardIterator(ARN, SHARD, "LATEST"),
        ),
        (
            "GetShardIterator",
            {"StreamArn": ARN, "ShardId": SHARD, "ShardIteratorType": "AT_SEQUENCE_NUMBER", "SequenceNumber": NUMBER},
            GetShardIterator(ARN, SHARD, "AT_SEQUENCE_NUMBER", NUMBER),
        ),
        (
            "GetShardIterator",
            {"StreamArn": ARN, "ShardId": SHARD, "ShardIteratorType": "AT_TIMESTAMP", "Timestamp": 1.5},
            GetShardIterator(ARN, SHARD, "AT_TIMESTAMP", timestamp_s=1.5),
        ),
        ("GetRecords", {"ShardIterator": "i"}, GetRecords("i")),
        ("GetRecords", {"ShardIterator": "i", "Limit": 1000}, GetRecords("i", 1000)),
    ],
)
def test_a_right_request_is_decoded(operation: str, json: Json, expected: AnyRequest) -> None:
    assert decode_request(operation, orjson.dumps(json)) == expected


@pytest.mark.parametrize(
    ("operation", "json", "most"),
    [
        ("ListStreams", {}, 100),
        ("DescribeStream", {"StreamArn": ARN}, 100),
        ("GetRecords", {"ShardIterator": "i"}, 1000),
    ],
)
def test_a_limit_has_its_bounds(operation: str, json: Json, most: int) -> None:
    failed = "at 'limit' failed to satisfy constraint: Member must have value"
    assert refusal_of(operation, {**json, "Limit": most + 1}) == (
        f"1 validation error detected: Value '{most + 1}' {failed} less than or equal to {most}"
    )
    assert refusal_of(operation, {**json, "Limit": 0}) == (
        f"1 validation error detected: Value '0' {failed} greater than or equal to 1"
    )


@pytest.mark.parametrize(
    ("type", "needed"),
    [
        ("AT_SEQUENCE_NUMBER", "SequenceNumber"),
        ("AFTER_SEQUENCE_NUMBER", "SequenceNumber"),
        ("AT_TIMESTAMP", "Timestamp"),
    ],
)
def test_a_type_says_what_it_needs(type: str, needed: str) -> None:
    message = refusal_of("GetShardIterator", {"StreamArn": ARN, "ShardId": SHARD, "ShardIteratorType": type})
    assert message == f"{INVALID}{needed} is required when ShardIteratorType is {type}"


@pytest.mark.parametrize("type", ["TRIM_HORIZON", "LATEST", "AT_TIMESTAMP"])
def test_a_type_of_no_number_takes_none(type: str) -> None:
    json = {"StreamArn": ARN, "ShardId": SHARD, "ShardIteratorType": type, "SequenceNumber": NUMBER, "Timestamp": 1}
    assert refusal_of("GetShardIterator", json) == (
        f"{INVALID}SequenceNumber must not be given when ShardIteratorType is {type}"
    )


@pytest.mark.parametrize("shard_filter", [{}, {"Type": "CHILD_SHARDS"}, {"ShardId": SHARD}])
def test_half_a_filter_is_refused(shard_filter: Json) -> None:
    message = refusal_of("DescribeStream", {"StreamArn": ARN, "ShardFilter": shard_filter})
    assert message == f"{INVALID}ShardFilter needs both Type and ShardId"


@pytest.mark.parametrize(
    ("operation", "json", "path"),
    [
        ("DescribeStream", {}, "streamArn"),
        ("DescribeStream", {"StreamArn": ARN, "ExclusiveStartShardId": "short"}, "exclusiveStartShardId"),
        ("DescribeStream", {"StreamArn": ARN, "ShardFilter": {"Type": "ALL", "ShardId": SHARD}}, "shardFilter.type"),
        ("GetShardIterator", {"StreamArn": ARN, "ShardId": SHARD}, "shardIteratorType"),
        ("GetShardIterator", {"StreamArn": ARN, "ShardId": "s" * 66, "ShardIteratorType": "LATEST"}, "shardId"),
        (
            "GetShardIterator",
            {"StreamArn": ARN, "ShardId": SHARD, "ShardIteratorType": "LATEST", "SequenceNumber": "1"},
            "sequenceNumber",
        ),
        ("GetRecords", {"ShardIterator": ""}, "shardIterator"),
        ("GetRecords", {"ShardIterator": "i" * 2049}, "shardIterator"),
        ("ListStreams", {"TableName": "a b"}, "tableName"),
    ],
)
def test_a_violated_constraint_names_its_member(operation: str, json: Json, path: str) -> None:
    message = refusal_of(operation, json)
    assert message.startswith("1 validation error detected: Value ")
    assert f" at '{path}' failed to satisfy constraint: Member must " in message


@pytest.mark.parametrize("timestamp", ["2023-11-14", True, {}, []])
def test_a_time_is_a_number(timestamp: object) -> None:
    json = {"StreamArn": ARN, "ShardId": SHARD, "ShardIteratorType": "AT_TIMESTAMP", "Timestamp": timestamp}
    with pytest.raises(SerializationException):
        decode_request("GetShardIterator", orjson.dumps(json))
