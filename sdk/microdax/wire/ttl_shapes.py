"""The shapes of the requests about a table's time to live."""

from collections.abc import Mapping
from typing import Final

from microdax.model import limits
from microdax.wire.shapes import Boolean, Lengths, Member, Name, String, Structure

_TABLE: Final = Member(Name(arn=True), required=True)
_ATTRIBUTE: Final = String(lengths=Lengths(1, limits.TTL_ATTRIBUTE_CHARS_MAX))
_SPECIFICATION: Final = Structure(
    "TimeToLiveSpecification",
    {"AttributeName": Member(_ATTRIBUTE, required=True), "Enabled": Member(Boolean(), required=True)},
)

SHAPES: Final[Mapping[str, Structure]] = {
    "UpdateTimeToLive": Structure(
        "UpdateTimeToLive", {"TableName": _TABLE, "TimeToLiveSpecification": Member(_SPECIFICATION, required=True)}
    ),
    "DescribeTimeToLive": Structure("DescribeTimeToLive", {"TableName": _TABLE}),
}
