"""UpdateContributorInsights, DescribeContributorInsights and ListContributorInsights.

The switch is kept and shown, as infrastructure tools want to see what they set. Nothing is counted behind it: the
rule list, which would name the CloudWatch rules, is never there.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import islice
from typing import Final

from backend_store.attachments import Insights
from backend_store.catalog import Catalog
from backend_store.table import Table
from microdax.model import limits
from microdax.model.administration_requests import (
    DescribeContributorInsights,
    InsightsMode,
    ListContributorInsights,
    UpdateContributorInsights,
)
from microdax.model.errors import ResourceNotFoundException, ValidationException

_DEFAULT_MODE: Final[InsightsMode] = "ACCESSED_AND_THROTTLED_KEYS"


async def update_contributor_insights(
    request: UpdateContributorInsights, catalog: Catalog, clock: Callable[[], float]
) -> Mapping[str, object]:
    def updated(table: Table) -> Table:
        _check_index(table, request.index)
        before = table.attachments.insights.get(_place(request.index))
        mode = request.mode or (before.mode if before else _DEFAULT_MODE)
        is_enabled = request.action == "ENABLE"
        if before is None and not is_enabled:
            return table
        insights = Insights(is_enabled, mode, round(clock(), 3))
        switched = {**table.attachments.insights, _place(request.index): insights}
        return replace(table, attachments=replace(table.attachments, insights=switched))

    table = await catalog.alter(request.table, updated)
    insights = table.attachments.insights.get(_place(request.index))
    if insights is None:
        return {**_named(table, request.index), "ContributorInsightsStatus": "DISABLED"}
    status = "ENABLING" if insights.is_enabled else "DISABLING"
    return {
        **_named(table, request.index),
        "ContributorInsightsStatus": status,
        "ContributorInsightsMode": insights.mode,
    }


def describe_contributor_insights(request: DescribeContributorInsights, catalog: Catalog) -> Mapping[str, object]:
    table = catalog.table_to_manage(request.table)
    _check_index(table, request.index)
    insights = table.attachments.insights.get(_place(request.index))
    if insights is None:
        return {**_named(table, request.index), "ContributorInsightsStatus": "DISABLED"}
    return {**_shown(table, request.index, insights), "LastUpdateDateTime": insights.changed_s}


def list_contributor_insights(request: ListContributorInsights, catalog: Catalog) -> Mapping[str, object]:
    """What is enabled, each table before its indexes. The token is the place where the page before ended."""
    names = catalog.names() if request.table is None else [catalog.table_to_manage(request.table).name]
    entries = (
        (table, place, insights)
        for table in map(catalog.table_to_manage, names)
        for place, insights in sorted(table.attachments.insights.items())
        if insights.is_enabled
    )
    begin = _begin(request.next_token)
    most = limits.LIST_INSIGHTS_MAX if request.max_results is None else request.max_results
    found = list(islice(entries, begin, begin + most + 1))
    members: dict[str, object] = {
        "ContributorInsightsSummaries": [
            _shown(table, place or None, insights) for table, place, insights in found[:most]
        ]
    }
    return {**members, "NextToken": str(begin + most)} if len(found) > most else members


def _begin(token: str | None) -> int:
    if token is None:
        return 0
    if not token.isdecimal():
        raise ValidationException("Invalid NextToken")
    return int(token)


def _place(index: str | None) -> str:
    """What is switched: an index, or, under no name, the table."""
    return index or ""


def _check_index(table: Table, index: str | None) -> None:
    if index is not None and not any(
        known.name == index and known.kind == "global" for known in table.description.indexes
    ):
        raise ResourceNotFoundException(
            f"Requested resource not found: Index: {index} not found for table: {table.name}"
        )


def _named(table: Table, index: str | None) -> dict[str, object]:
    named: dict[str, object] = {"TableName": table.name}
    return named if index is None else {**named, "IndexName": index}


def _shown(table: Table, index: str | None, insights: Insights) -> dict[str, object]:
    return {
        **_named(table, index),
        "ContributorInsightsStatus": "ENABLED" if insights.is_enabled else "DISABLED",
        "ContributorInsightsMode": insights.mode,
    }
