"""Bounds and warm throughput as requests change them and documents show them."""

import pytest

from microdax.model.provisioning import NO_CAPACITY, UNBOUNDED, Capacity, read_capacity
from microdax.model.requests import Throughput, UnitsChange

BOUNDED = Capacity(read_units_max=5, write_units_max=6)


@pytest.mark.parametrize(
    ("change", "after"),
    [
        (UnitsChange(7, None), Capacity(7, 6)),
        (UnitsChange(UNBOUNDED, 8), Capacity(None, 8)),
        (UnitsChange(UNBOUNDED, UNBOUNDED), NO_CAPACITY),
        (None, BOUNDED),
    ],
)
def test_each_bound_is_set_removed_or_left(change: UnitsChange | None, after: Capacity) -> None:
    assert BOUNDED.changed(change, None) == after


def test_of_warm_units_the_one_that_is_not_set_stays_or_is_a_new_table_s() -> None:
    warm = NO_CAPACITY.changed(None, UnitsChange(read_units=20_000))
    assert warm.warm == Throughput(20_000, 4_000)
    assert warm.changed(None, UnitsChange(write_units=9_000)).warm == Throughput(20_000, 9_000)


def test_what_becomes_provisioned_loses_its_bounds_and_stays_warm() -> None:
    warm = Throughput(1, 2)
    assert Capacity(3, 4, warm).unbounded() == Capacity(warm=warm)


def test_nothing_set_shows_nothing() -> None:
    assert NO_CAPACITY.document() == {}


def test_a_document_shows_a_bound_that_is_not_set_as_minus_one() -> None:
    capacity = Capacity(None, 6, Throughput(1, 2))
    assert capacity.document() == {
        "OnDemandThroughput": {"MaxReadRequestUnits": -1, "MaxWriteRequestUnits": 6},
        "WarmThroughput": {"ReadUnitsPerSecond": 1, "WriteUnitsPerSecond": 2, "Status": "ACTIVE"},
    }
    assert read_capacity(capacity.document()) == capacity
