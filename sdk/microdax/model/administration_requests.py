"""The requests around tables that are about no item: tags, policies, insights, limits and what has no replicas.

`resource` is a table named by its ARN, as these operations want it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from microdax.model.arns import ResourceArn

InsightsAction = Literal["ENABLE", "DISABLE"]
InsightsMode = Literal["ACCESSED_AND_THROTTLED_KEYS", "THROTTLED_KEYS"]


@dataclass(frozen=True, slots=True)
class TagResource:
    resource: ResourceArn
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class UntagResource:
    resource: ResourceArn
    keys: frozenset[str]


@dataclass(frozen=True, slots=True)
class ListTagsOfResource:
    resource: ResourceArn


@dataclass(frozen=True, slots=True)
class PutResourcePolicy:
    resource: ResourceArn
    policy: str
    expected_revision: str | None = None


@dataclass(frozen=True, slots=True)
class GetResourcePolicy:
    resource: ResourceArn


@dataclass(frozen=True, slots=True)
class DeleteResourcePolicy:
    resource: ResourceArn
    expected_revision: str | None = None


@dataclass(frozen=True, slots=True)
class UpdateContributorInsights:
    table: str
    action: InsightsAction
    index: str | None = None
    mode: InsightsMode | None = None


@dataclass(frozen=True, slots=True)
class DescribeContributorInsights:
    table: str
    index: str | None = None


@dataclass(frozen=True, slots=True)
class ListContributorInsights:
    table: str | None = None
    max_results: int | None = None
    next_token: str | None = None


@dataclass(frozen=True, slots=True)
class DescribeLimits:
    pass


@dataclass(frozen=True, slots=True)
class DescribeEndpoints:
    pass


@dataclass(frozen=True, slots=True)
class ListGlobalTables:
    pass


@dataclass(frozen=True, slots=True)
class DescribeGlobalTable:
    """DescribeGlobalTable, and the operations on a global table's settings, which come to the same answer."""

    name: str
    of_settings: bool = False


@dataclass(frozen=True, slots=True)
class DescribeTableReplicaAutoScaling:
    """DescribeTableReplicaAutoScaling, and UpdateTableReplicaAutoScaling, which finds no more to change."""

    table: str


@dataclass(frozen=True, slots=True)
class DescribeKinesisStreamingDestination:
    table: str


AdministrationRequest: TypeAlias = (
    TagResource
    | UntagResource
    | ListTagsOfResource
    | PutResourcePolicy
    | GetResourcePolicy
    | DeleteResourcePolicy
    | UpdateContributorInsights
    | DescribeContributorInsights
    | ListContributorInsights
    | DescribeLimits
    | DescribeEndpoints
    | ListGlobalTables
    | DescribeGlobalTable
    | DescribeTableReplicaAutoScaling
    | DescribeKinesisStreamingDestination
)
