"""The shapes of the requests around tables: tags, policies, insights, limits, and what other regions would be for."""

from collections.abc import Mapping
from typing import Final

from microdax.model import limits
from microdax.wire.shapes import Boolean, Integer, Lengths, ListOf, Member, Name, String, Structure

_TEXT: Final = String()
_TABLE: Final = Member(Name(arn=True), required=True)
_GLOBAL_TABLE: Final = Member(Name(), required=True)
_RESOURCE: Final = Member(String(lengths=Lengths(1, limits.ARN_CHARS_MAX)), required=True)
_REVISION: Final = Member(String(lengths=Lengths(1, limits.POLICY_REVISION_CHARS_MAX)))

# No lengths: what is wrong with a tag is said by `wire.tags`, in messages of its own.
TAGS: Final = ListOf(Structure("Tag", {"Key": Member(_TEXT, required=True), "Value": Member(_TEXT, required=True)}))

SHAPES: Final[Mapping[str, Structure]] = {
    shape.name: shape
    for shape in (
        Structure("TagResource", {"ResourceArn": _RESOURCE, "Tags": Member(TAGS, required=True)}),
        Structure("UntagResource", {"ResourceArn": _RESOURCE, "TagKeys": Member(ListOf(_TEXT), required=True)}),
        Structure("ListTagsOfResource", {"ResourceArn": _RESOURCE, "NextToken": Member(_TEXT)}),
        Structure(
            "PutResourcePolicy",
            {
                "ResourceArn": _RESOURCE,
                "Policy": Member(_TEXT, required=True),
                "ExpectedRevisionId": _REVISION,
                "ConfirmRemoveSelfResourceAccess": Member(Boolean()),
            },
        ),
        Structure("GetResourcePolicy", {"ResourceArn": _RESOURCE}),
        Structure("DeleteResourcePolicy", {"ResourceArn": _RESOURCE, "ExpectedRevisionId": _REVISION}),
        Structure("DescribeContributorInsights", {"TableName": _TABLE, "IndexName": Member(Name())}),
        Structure(
            "UpdateContributorInsights",
            {
                "TableName": _TABLE,
                "IndexName": Member(Name()),
                "ContributorInsightsAction": Member(String(("ENABLE", "DISABLE")), required=True),
                "ContributorInsightsMode": Member(String(("ACCESSED_AND_THROTTLED_KEYS", "THROTTLED_KEYS"))),
            },
        ),
        Structure(
            "ListContributorInsights",
            {
                "TableName": Member(Name(arn=True)),
                "NextToken": Member(_TEXT),
                "MaxResults": Member(Integer(most=limits.LIST_INSIGHTS_MAX)),
            },
        ),
        Structure("DescribeLimits", {}),
        Structure("DescribeEndpoints", {}),
        Structure(
            "ListGlobalTables",
            {
                "ExclusiveStartGlobalTableName": Member(Name()),
                "Limit": Member(Integer(1)),
                "RegionName": Member(_TEXT),
            },
        ),
        Structure("DescribeGlobalTable", {"GlobalTableName": _GLOBAL_TABLE}),
        Structure("DescribeGlobalTableSettings", {"GlobalTableName": _GLOBAL_TABLE}),
        Structure("DescribeTableReplicaAutoScaling", {"TableName": _TABLE}),
        Structure("DescribeKinesisStreamingDestination", {"TableName": _TABLE}),
    )
}
