"""The rules of the requests of DynamoDB Streams."""

from collections.abc import Callable, Mapping
from typing import Final

from microdax.model import limits
from microdax.model.errors import ValidationException
from microdax.model.stream_requests import DescribeStream, GetRecords, GetShardIterator, ListStreams, StreamRequest
from microdax.wire.shapes import Members, Violations

_INVALID: Final = "One or more parameter values were invalid: "
# What a type of iterator has to be told beside the shard.
_NEEDED: Final[Mapping[str, str]] = {
    "AT_SEQUENCE_NUMBER": "SequenceNumber",
    "AFTER_SEQUENCE_NUMBER": "SequenceNumber",
    "AT_TIMESTAMP": "Timestamp",
}


def _read_list_streams(members: Members) -> ListStreams:
    return ListStreams(
        table=members.get("TableName"),
        limit=_read_limit(members, limits.STREAMS_PAGE_MAX),
        exclusive_start_stream_arn=members.get("ExclusiveStartStreamArn"),
    )


def _read_describe_stream(members: Members) -> DescribeStream:
    return DescribeStream(
        stream_arn=members["StreamArn"],
        limit=_read_limit(members, limits.STREAMS_PAGE_MAX),
        exclusive_start_shard_id=members.get("ExclusiveStartShardId"),
        children_of=_read_filter(members.get("ShardFilter")),
    )


def _read_get_shard_iterator(members: Members) -> GetShardIterator:
    type_, needed = members["ShardIteratorType"], _NEEDED.get(members["ShardIteratorType"])
    if needed is not None and needed not in members:
        raise ValidationException(f"{_INVALID}{needed} is required when ShardIteratorType is {type_}")
    if needed != "SequenceNumber" and "SequenceNumber" in members:
        raise ValidationException(f"{_INVALID}SequenceNumber must not be given when ShardIteratorType is {type_}")
    return GetShardIterator(
        stream_arn=members["StreamArn"],
        shard_id=members["ShardId"],
        type=type_,
        sequence_number=members.get("SequenceNumber"),
        timestamp_s=members.get("Timestamp"),
    )


def _read_get_records(members: Members) -> GetRecords:
    return GetRecords(members["ShardIterator"], _read_limit(members, limits.STREAM_RECORDS_MAX))


def _read_filter(members: Members | None) -> str | None:
    """The shard whose children are asked for."""
    if members is None:
        return None
    if "Type" not in members or "ShardId" not in members:
        raise ValidationException(f"{_INVALID}ShardFilter needs both Type and ShardId")
    shard_id: str = members["ShardId"]
    return shard_id


def _read_limit(members: Members, most: int) -> int | None:
    limit: int | None = members.get("Limit")
    if limit is not None and limit > most:
        violations = Violations()
        violations.add("limit", limit, f"Member must have value less than or equal to {most}")
        violations.report()
    return limit


READERS: Final[Mapping[str, Callable[[Members], StreamRequest]]] = {
    "ListStreams": _read_list_streams,
    "DescribeStream": _read_describe_stream,
    "GetShardIterator": _read_get_shard_iterator,
    "GetRecords": _read_get_records,
}
