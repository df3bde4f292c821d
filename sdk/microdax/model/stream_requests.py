"""The requests of DynamoDB Streams."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

ShardIteratorType = Literal["TRIM_HORIZON", "LATEST", "AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER", "AT_TIMESTAMP"]


@dataclass(frozen=True, slots=True)
class ListStreams:
    table: str | None = None
    limit: int | None = None
    exclusive_start_stream_arn: str | None = None


@dataclass(frozen=True, slots=True)
class DescribeStream:
    """`children_of` is the shard whose children alone are asked for."""

    stream_arn: str
    limit: int | None = None
    exclusive_start_shard_id: str | None = None
    children_of: str | None = None


@dataclass(frozen=True, slots=True)
class GetShardIterator:
    stream_arn: str
    shard_id: str
    type: ShardIteratorType
    sequence_number: str | None = None
    timestamp_s: float | None = None


@dataclass(frozen=True, slots=True)
class GetRecords:
    shard_iterator: str
    limit: int | None = None


StreamRequest: TypeAlias = ListStreams | DescribeStream | GetShardIterator | GetRecords
