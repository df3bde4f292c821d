"""The shapes of the requests of DynamoDB Streams."""

from collections.abc import Mapping
from typing import Final

from microdax.wire.shapes import Integer, Lengths, Member, Name, String, Structure, Timestamp

# A stream's ARN that is none is reported in words of its own, not as too short.
_STREAM_ARN: Final = Member(String(lengths=Lengths(0, 1024)), required=True)
_SHARD_ID: Final = String(lengths=Lengths(28, 65))
_LIMIT: Final = Member(Integer(1))

_LIST_STREAMS: Final = Structure(
    "ListStreams",
    {"TableName": Member(Name()), "Limit": _LIMIT, "ExclusiveStartStreamArn": Member(String(lengths=Lengths(0, 1024)))},
)
_DESCRIBE_STREAM: Final = Structure(
    "DescribeStream",
    {
        "StreamArn": _STREAM_ARN,
        "Limit": _LIMIT,
        "ExclusiveStartShardId": Member(_SHARD_ID),
        "ShardFilter": Member(
            Structure("ShardFilter", {"Type": Member(String(("CHILD_SHARDS",))), "ShardId": Member(_SHARD_ID)})
        ),
    },
)
_GET_SHARD_ITERATOR: Final = Structure(
    "GetShardIterator",
    {
        "StreamArn": _STREAM_ARN,
        "ShardId": Member(_SHARD_ID, required=True),
        "ShardIteratorType": Member(
            String(("AFTER_SEQUENCE_NUMBER", "LATEST", "AT_TIMESTAMP", "TRIM_HORIZON", "AT_SEQUENCE_NUMBER")),
            required=True,
        ),
        "SequenceNumber": Member(String(lengths=Lengths(21, 40))),
        "Timestamp": Member(Timestamp()),
    },
)
_GET_RECORDS: Final = Structure(
    "GetRecords",
    {"ShardIterator": Member(String(lengths=Lengths(1, 2048)), required=True), "Limit": _LIMIT},
)

SHAPES: Final[Mapping[str, Structure]] = {
    shape.name: shape for shape in (_LIST_STREAMS, _DESCRIBE_STREAM, _GET_SHARD_ITERATOR, _GET_RECORDS)
}
