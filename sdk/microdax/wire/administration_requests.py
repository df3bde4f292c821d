"""The requests around tables from their JSON, and which operations there is nothing behind.

The operations on tags and policies say what is wrong with their ARN and with tags before, and instead of, what the
common constraints would say: `FIRST_CHECKS`.
"""

from collections.abc import Callable, Mapping
from typing import Final

from microdax.model.administration_requests import (
    AdministrationRequest,
    DeleteResourcePolicy,
    DescribeContributorInsights,
    DescribeEndpoints,
    DescribeGlobalTable,
    DescribeKinesisStreamingDestination,
    DescribeLimits,
    DescribeTableReplicaAutoScaling,
    GetResourcePolicy,
    ListContributorInsights,
    ListGlobalTables,
    ListTagsOfResource,
    PutResourcePolicy,
    TagResource,
    UntagResource,
    UpdateContributorInsights,
)
from microdax.model.arns import read_resource_arn
from microdax.model.errors import ValidationException
from microdax.wire.shapes import Members
from microdax.wire.tags import read_tag_keys, read_tags

# ---- tags


def _check_tags_given(members: Members) -> None:
    _check_resource(members, required="Tags")
    if not members["Tags"]:
        raise ValidationException("Atleast one Tag needs to be provided as Input.")
    read_tags(members["Tags"])


def _check_tag_keys_given(members: Members) -> None:
    _check_resource(members, required="TagKeys")
    if not members["TagKeys"]:
        raise ValidationException("Atleast one Tag Key needs to be provided as Input.")
    read_tag_keys(members["TagKeys"])


def _check_resource(members: Members, required: str | None = None) -> None:
    if "ResourceArn" not in members:
        raise ValidationException("Invalid TableArn")
    read_resource_arn(members["ResourceArn"])
    if required is not None and required not in members:
        raise ValidationException(
            f"1 validation error detected: Value null at '{required[0].lower() + required[1:]}' "
            "failed to satisfy constraint: Member must not be null"
        )


def _read_tag_resource(members: Members) -> TagResource:
    return TagResource(read_resource_arn(members["ResourceArn"]), read_tags(members["Tags"]))


def _read_untag_resource(members: Members) -> UntagResource:
    return UntagResource(read_resource_arn(members["ResourceArn"]), read_tag_keys(members["TagKeys"]))


def _read_list_tags(members: Members) -> ListTagsOfResource:
    if "NextToken" in members:
        # All tags of a table are one page, so that no token has ever been given out.
        raise ValidationException("Invalid NextToken")
    return ListTagsOfResource(read_resource_arn(members["ResourceArn"]))


# ---- policies


def _read_put_policy(members: Members) -> PutResourcePolicy:
    return PutResourcePolicy(
        read_resource_arn(members["ResourceArn"]), members["Policy"], members.get("ExpectedRevisionId")
    )


def _read_get_policy(members: Members) -> GetResourcePolicy:
    return GetResourcePolicy(read_resource_arn(members["ResourceArn"]))


def _read_delete_policy(members: Members) -> DeleteResourcePolicy:
    return DeleteResourcePolicy(read_resource_arn(members["ResourceArn"]), members.get("ExpectedRevisionId"))


# ---- the rest


def _read_update_insights(members: Members) -> UpdateContributorInsights:
    return UpdateContributorInsights(
        table=members["TableName"],
        action=members["ContributorInsightsAction"],
        index=members.get("IndexName"),
        mode=members.get("ContributorInsightsMode"),
    )


def _read_describe_insights(members: Members) -> DescribeContributorInsights:
    return DescribeContributorInsights(members["TableName"], members.get("IndexName"))


def _read_list_insights(members: Members) -> ListContributorInsights:
    return ListContributorInsights(members.get("TableName"), members.get("MaxResults"), members.get("NextToken"))


FIRST_CHECKS: Final[Mapping[str, Callable[[Members], None]]] = {
    "TagResource": _check_tags_given,
    "UntagResource": _check_tag_keys_given,
    "ListTagsOfResource": _check_resource,
}

READERS: Final[Mapping[str, Callable[[Members], AdministrationRequest]]] = {
    "TagResource": _read_tag_resource,
    "UntagResource": _read_untag_resource,
    "ListTagsOfResource": _read_list_tags,
    "PutResourcePolicy": _read_put_policy,
    "GetResourcePolicy": _read_get_policy,
    "DeleteResourcePolicy": _read_delete_policy,
    "UpdateContributorInsights": _read_update_insights,
    "DescribeContributorInsights": _read_describe_insights,
    "ListContributorInsights": _read_list_insights,
    "DescribeLimits": lambda _: DescribeLimits(),
    "DescribeEndpoints": lambda _: DescribeEndpoints(),
    "ListGlobalTables": lambda _: ListGlobalTables(),
    "DescribeGlobalTable": lambda members: DescribeGlobalTable(members["GlobalTableName"]),
    "DescribeGlobalTableSettings": lambda members: DescribeGlobalTable(members["GlobalTableName"], of_settings=True),
    "DescribeTableReplicaAutoScaling": lambda members: DescribeTableReplicaAutoScaling(members["TableName"]),
    "DescribeKinesisStreamingDestination": lambda members: DescribeKinesisStreamingDestination(members["TableName"]),
}

_NO_REPLICAS: Final = (
    "The bundled store of microdax has one region and no replicas. For tables in several regions run the accelerator "
    "(microdax serve --upstream) in front of Amazon DynamoDB's global tables or of another store that replicates"
)
_NO_KINESIS: Final = (
    "The bundled store of microdax streams to no Kinesis data stream. Read the table's changes with DynamoDB Streams: "
    "enable StreamSpecification and call GetRecords"
)

# What is refused as a whole, whatever its members say, and why. docs/differences.md lists the same.
REFUSED: Final[Mapping[str, str]] = {
    "CreateGlobalTable": _NO_REPLICAS,
    "UpdateGlobalTable": _NO_REPLICAS,
    "UpdateGlobalTableSettings": _NO_REPLICAS,
    "UpdateTableReplicaAutoScaling": _NO_REPLICAS,
    "EnableKinesisStreamingDestination": _NO_KINESIS,
    "DisableKinesisStreamingDestination": _NO_KINESIS,
    "UpdateKinesisStreamingDestination": _NO_KINESIS,
    "SearchVectors": (
        "The bundled store of microdax has no vector indexes. Run the accelerator (microdax serve --upstream) in front "
        "of Amazon DynamoDB, to which SearchVectors is passed on"
    ),
}
