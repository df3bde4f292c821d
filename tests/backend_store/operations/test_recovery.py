"""UpdateContinuousBackups and DescribeContinuousBackups: from when on a table can be recovered."""

from typing import Any

import pytest

from tests.support.clock import SteppedClock
from tests.support.stores import Calls, Refusal

DAY_S = 86_400


async def switch(call: Calls, is_enabled: bool, **specification: Any) -> Any:
    reply = await call(
        "UpdateContinuousBackups",
        TableName="main",
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": is_enabled, **specification},
    )
    return reply["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]


async def described(call: Calls) -> Any:
    reply = await call("DescribeContinuousBackups", TableName="main")
    assert reply["ContinuousBackupsDescription"]["ContinuousBackupsStatus"] == "ENABLED"
    return reply["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]


async def test_a_new_table_has_no_point_in_time_recovery(call: Calls) -> None:
    await call.create_table("main")
    assert await described(call) == {"PointInTimeRecoveryStatus": "DISABLED"}


async def test_recovery_reaches_from_when_it_was_switched_on_to_now(call: Calls, clock: SteppedClock) -> None:
    await call.create_table("main")
    clock.advance(0.75)
    expected = {
        "PointInTimeRecoveryStatus": "ENABLED",
        "RecoveryPeriodInDays": 35,
        "EarliestRestorableDateTime": 1_700_000_000.0,
        "LatestRestorableDateTime": 1_700_000_000.0,
    }
    assert await switch(call, True) == expected
    clock.advance(60)
    assert await described(call) == {**expected, "LatestRestorableDateTime": 1_700_000_060.0}


async def test_recovery_reaches_back_its_period_at_most(call: Calls, clock: SteppedClock) -> None:
    await call.create_table("main")
    await switch(call, True, RecoveryPeriodInDays=2)
    clock.advance(5 * DAY_S)
    assert (await described(call))["EarliestRestorableDateTime"] == 1_700_000_000.0 + 3 * DAY_S


async def test_switching_on_what_is_on_keeps_the_beginning_and_the_period(call: Calls, clock: SteppedClock) -> None:
    await call.create_table("main")
    await switch(call, True, RecoveryPeriodInDays=7)
    clock.advance(60)
    again = await switch(call, True)
    assert (again["EarliestRestorableDateTime"], again["RecoveryPeriodInDays"]) == (1_700_000_000.0, 7)
    assert (await switch(call, True, RecoveryPeriodInDays=8))["RecoveryPeriodInDays"] == 8


async def test_switching_off_and_on_begins_anew(call: Calls, clock: SteppedClock) -> None:
    await call.create_table("main")
    await switch(call, True, RecoveryPeriodInDays=7)
    assert await switch(call, False) == {"PointInTimeRecoveryStatus": "DISABLED"}
    clock.advance(60)
    again = await switch(call, True)
    assert (again["EarliestRestorableDateTime"], again["RecoveryPeriodInDays"]) == (1_700_000_060.0, 35)


async def test_a_missing_table_is_named(call: Calls) -> None:
    for operation, members in (
        ("DescribeContinuousBackups", {}),
        ("UpdateContinuousBackups", {"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True}}),
    ):
        with pytest.raises(Refusal) as refusal:
            await call(operation, TableName="main", **members)
        assert (refusal.value.code, refusal.value.message) == ("TableNotFoundException", "Table not found: main")


@pytest.mark.parametrize("days", [0, 36])
async def test_a_period_is_between_1_and_35_days(call: Calls, days: int) -> None:
    await call.create_table("main")
    with pytest.raises(Refusal, match="recoveryPeriodInDays"):
        await switch(call, True, RecoveryPeriodInDays=days)
