"""OnDemandThroughput and WarmThroughput in requests: what is read of them and what is refused."""

import pytest

from microdax.model import limits
from microdax.model.errors import ValidationException
from microdax.model.requests import UnitsChange
from microdax.wire.capacity_requests import check_on_demand, read_bounds, read_warm
from microdax.wire.shapes import Members

INVALID = "One or more parameter values were invalid: "


def test_a_member_that_is_absent_is_no_change() -> None:
    assert read_bounds({}) is None
    assert read_warm({}) is None


def test_a_half_that_is_absent_stays_as_it_is() -> None:
    assert read_bounds({"OnDemandThroughput": {"MaxWriteRequestUnits": -1}}) == UnitsChange(None, -1)
    assert read_warm({"WarmThroughput": {"ReadUnitsPerSecond": 1}}) == UnitsChange(1, None)


@pytest.mark.parametrize("value", [0, -2, limits.THROUGHPUT_UNITS_MAX + 1])
def test_bounds_out_of_range_are_refused(value: int) -> None:
    with pytest.raises(ValidationException) as error:
        read_bounds({"OnDemandThroughput": {"MaxWriteRequestUnits": value}})
    message = f"{INVALID}Requested MaxWriteRequestUnits for OnDemandThroughput for table is outside of valid range"
    assert error.value.message == message


@pytest.mark.parametrize("value", [0, -1])
def test_warm_units_out_of_range_are_refused(value: int) -> None:
    with pytest.raises(ValidationException, match="ReadUnitsPerSecond for WarmThroughput for index: i is outside"):
        read_warm({"WarmThroughput": {"ReadUnitsPerSecond": value}}, "index: i")


@pytest.mark.parametrize("members", [{"OnDemandThroughput": {}}, {"WarmThroughput": {}}])
def test_a_structure_that_sets_nothing_is_refused(members: Members) -> None:
    with pytest.raises(ValidationException, match="At least one of"):
        read_bounds(members)
        read_warm(members)


def test_an_override_is_read_by_its_own_name() -> None:
    members = {"OnDemandThroughputOverride": {"MaxReadRequestUnits": 3}}
    assert read_bounds(members, name="OnDemandThroughputOverride") == UnitsChange(3, None)


def test_only_what_is_on_demand_has_bounds() -> None:
    check_on_demand(UnitsChange(1, 1), "PAY_PER_REQUEST")
    check_on_demand(None, "PROVISIONED")
    with pytest.raises(ValidationException, match="index: i can only be specified when BillingMode is PAY_PER_REQUEST"):
        check_on_demand(UnitsChange(1, 1), "PROVISIONED", "index: i")
