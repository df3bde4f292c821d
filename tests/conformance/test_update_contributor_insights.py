"""UpdateContributorInsights, DescribeContributorInsights and ListContributorInsights, as Amazon does them."""

from collections.abc import Callable

from tests.support.boto import Client, refused, unique


def test_a_table_begins_without(client: Client, new_table: Callable[..., str]) -> None:
    name = new_table()
    shown = client.describe_contributor_insights(TableName=name)
    del shown["ResponseMetadata"]
    assert shown == {"TableName": name, "ContributorInsightsStatus": "DISABLED"}
    assert client.list_contributor_insights(TableName=name)["ContributorInsightsSummaries"] == []


def test_they_are_switched_on(client: Client, new_table: Callable[..., str]) -> None:
    """Amazon's table is ENABLING for a while."""
    name = new_table()
    switched = client.update_contributor_insights(TableName=name, ContributorInsightsAction="ENABLE")
    assert switched["ContributorInsightsStatus"] == "ENABLING"
    shown = client.describe_contributor_insights(TableName=name)
    assert shown["ContributorInsightsStatus"] in ("ENABLING", "ENABLED")
    assert shown["ContributorInsightsMode"] == "ACCESSED_AND_THROTTLED_KEYS"
    (summary,) = client.list_contributor_insights(TableName=name)["ContributorInsightsSummaries"]
    assert summary["TableName"] == name


def test_a_missing_table_and_index_are_named(client: Client, table: str) -> None:
    missing = unique("missing")
    error = refused(client.describe_contributor_insights, TableName=missing)
    assert (error.code, error.message) == (
        "ResourceNotFoundException",
        f"Requested resource not found: Table: {missing} not found",
    )
    error = refused(
        client.update_contributor_insights, TableName=table, IndexName="absent", ContributorInsightsAction="ENABLE"
    )
    assert (error.code, error.message) == (
        "ResourceNotFoundException",
        f"Requested resource not found: Index: absent not found for table: {table}",
    )
