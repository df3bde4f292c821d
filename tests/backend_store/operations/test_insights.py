from typing import Any

import pytest

from backend_store.catalog import Catalog
from backend_store.kv.engine import Engine
from tests.support.clock import SteppedClock
from tests.support.stores import Calls, Refusal

MODE = "ACCESSED_AND_THROTTLED_KEYS"


@pytest.fixture(autouse=True)
async def films(call: Calls) -> None:
    await call.create_table("films")


async def switch(call: Calls, action: str, table: str = "films", **members: Any) -> Any:
    return await call("UpdateContributorInsights", TableName=table, ContributorInsightsAction=action, **members)


async def test_a_table_begins_without_and_says_so(call: Calls) -> None:
    off = {"TableName": "films", "ContributorInsightsStatus": "DISABLED"}
    assert await call("DescribeContributorInsights", TableName="films") == off
    assert await switch(call, "DISABLE") == off
    assert await call("ListContributorInsights") == {"ContributorInsightsSummaries": []}


async def test_the_switch_is_kept_and_shown(call: Calls, clock: SteppedClock, engine: Engine) -> None:
    assert await switch(call, "ENABLE") == {
        "TableName": "films",
        "ContributorInsightsStatus": "ENABLING",
        "ContributorInsightsMode": MODE,
    }
    shown = await call("DescribeContributorInsights", TableName="films")
    assert (shown["ContributorInsightsStatus"], shown["LastUpdateDateTime"]) == ("ENABLED", clock())
    assert Catalog(engine).table("films").attachments.insights[""].is_enabled
    assert (await switch(call, "DISABLE"))["ContributorInsightsStatus"] == "DISABLING"
    shown = await call("DescribeContributorInsights", TableName="films")
    assert (shown["ContributorInsightsStatus"], shown["ContributorInsightsMode"]) == ("DISABLED", MODE)


async def test_the_mode_stays_until_another_is_named(call: Calls) -> None:
    await switch(call, "ENABLE", ContributorInsightsMode="THROTTLED_KEYS")
    assert (await switch(call, "ENABLE"))["ContributorInsightsMode"] == "THROTTLED_KEYS"
    assert (await switch(call, "ENABLE", ContributorInsightsMode=MODE))["ContributorInsightsMode"] == MODE


async def test_what_is_enabled_is_listed_in_pages(call: Calls) -> None:
    for name in ("books", "songs"):
        await call.create_table(name)
    for name in ("songs", "books", "films"):
        await switch(call, "ENABLE", name)
    await switch(call, "DISABLE", "films")
    page = await call("ListContributorInsights", MaxResults=1)
    assert [summary["TableName"] for summary in page["ContributorInsightsSummaries"]] == ["books"]
    page = await call("ListContributorInsights", MaxResults=1, NextToken=page["NextToken"])
    assert [summary["TableName"] for summary in page["ContributorInsightsSummaries"]] == ["songs"]
    assert "NextToken" not in page
    page = await call("ListContributorInsights", TableName="songs")
    assert page["ContributorInsightsSummaries"] == [
        {"TableName": "songs", "ContributorInsightsStatus": "ENABLED", "ContributorInsightsMode": MODE}
    ]


async def test_an_unknown_table_index_or_token_is_refused(call: Calls) -> None:
    with pytest.raises(Refusal, match="Requested resource not found: Table: missing not found"):
        await switch(call, "ENABLE", "missing")
    with pytest.raises(Refusal, match="Requested resource not found: Index: by-year not found for table: films"):
        await switch(call, "ENABLE", IndexName="by-year")
    with pytest.raises(Refusal, match="Requested resource not found: Index: by-year not found for table: films"):
        await call("DescribeContributorInsights", TableName="films", IndexName="by-year")
    with pytest.raises(Refusal, match="Requested resource not found: Table: missing not found"):
        await call("ListContributorInsights", TableName="missing")
    with pytest.raises(Refusal, match="Invalid NextToken"):
        await call("ListContributorInsights", NextToken="x")
