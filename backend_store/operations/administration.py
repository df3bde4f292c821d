"""The operations around tables that are about no item, each from its request to the members of its reply.

What only other regions would give has an answer that says so: no global tables are listed, none is found, and no
Kinesis stream is fed.
"""

from collections.abc import Callable, Mapping

from backend_store.catalog import Catalog
from backend_store.operations.insights import (
    describe_contributor_insights,
    list_contributor_insights,
    update_contributor_insights,
)
from backend_store.operations.policies import delete_resource_policy, get_resource_policy, put_resource_policy
from backend_store.operations.tags import list_tags_of_resource, tag_resource, untag_resource
from microdax.model import limits
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
from microdax.model.arns import Account
from microdax.model.errors import GlobalTableNotFoundException, ResourceNotFoundException

ENDPOINT_CACHE_MINUTES = 1440

Members = Mapping[str, object]


class Administration:
    """These operations on one store."""

    def __init__(self, catalog: Catalog, account: Account, clock: Callable[[], float]) -> None:
        self._catalog = catalog
        self._account = account
        self._clock = clock

    async def answer(self, request: AdministrationRequest) -> Members:
        match request:
            case TagResource():
                return await tag_resource(request, self._catalog, self._account)
            case UntagResource():
                return await untag_resource(request, self._catalog, self._account)
            case PutResourcePolicy():
                return await put_resource_policy(request, self._catalog, self._account, self._clock)
            case DeleteResourcePolicy():
                return await delete_resource_policy(request, self._catalog, self._account)
            case UpdateContributorInsights():
                return await update_contributor_insights(request, self._catalog, self._clock)
            case _:
                return self._show(request)

    def _show(
        self,
        request: ListTagsOfResource
        | GetResourcePolicy
        | DescribeContributorInsights
        | ListContributorInsights
        | DescribeLimits
        | DescribeEndpoints
        | ListGlobalTables
        | DescribeGlobalTable
        | DescribeTableReplicaAutoScaling
        | DescribeKinesisStreamingDestination,
    ) -> Members:
        match request:
            case ListTagsOfResource():
                return list_tags_of_resource(request, self._catalog, self._account)
            case GetResourcePolicy():
                return get_resource_policy(request, self._catalog, self._account)
            case DescribeContributorInsights():
                return describe_contributor_insights(request, self._catalog)
            case ListContributorInsights():
                return list_contributor_insights(request, self._catalog)
            case DescribeLimits():
                return _limits()
            case DescribeEndpoints():
                return self._endpoints()
            case ListGlobalTables():
                return {"GlobalTables": []}
            case DescribeGlobalTable():
                raise _no_global_table(request)
            case DescribeTableReplicaAutoScaling():
                raise ResourceNotFoundException(f"Global table with name: '{request.table}' does not exist.")
            case DescribeKinesisStreamingDestination():
                table = self._catalog.table_to_manage(request.table)
                return {"TableName": table.name, "KinesisDataStreamDestinations": []}

    def _endpoints(self) -> Members:
        """The service's own name: a client that goes by it would leave, and none that was given an endpoint does."""
        address = f"dynamodb.{self._account.region}.amazonaws.com"
        return {"Endpoints": [{"Address": address, "CachePeriodInMinutes": ENDPOINT_CACHE_MINUTES}]}


def _limits() -> Members:
    return {
        "AccountMaxReadCapacityUnits": limits.ACCOUNT_UNITS_MAX,
        "AccountMaxWriteCapacityUnits": limits.ACCOUNT_UNITS_MAX,
        "TableMaxReadCapacityUnits": limits.TABLE_UNITS_MAX,
        "TableMaxWriteCapacityUnits": limits.TABLE_UNITS_MAX,
    }


def _no_global_table(request: DescribeGlobalTable) -> GlobalTableNotFoundException:
    message = f"Global table with name: '{request.name}' does not exist."
    return GlobalTableNotFoundException(message if request.of_settings else f"Global table not found: {message}")
