"""The calendar: it names what has expired, and nothing else."""

import math

from hypothesis import given
from hypothesis import strategies as st

from microdax.caching.expiry import BUCKET_S, Calendar


def drain(calendar: Calendar[str], entered: dict[str, float], now: float) -> set[str]:
    """Strike out all that has expired by `now`."""
    found: set[str] = set()
    while (key := calendar.expired(now)) is not None:
        calendar.strike(key, entered[key])
        found.add(key)
    return found


def test_an_expired_key_is_named_until_it_is_struck_out() -> None:
    calendar: Calendar[str] = Calendar()
    calendar.enter("k", 10.0)
    assert calendar.expired(20.0) == "k"
    assert calendar.expired(20.0) == "k"
    calendar.strike("k", 10.0)
    assert calendar.expired(20.0) is None


def test_what_never_expires_is_never_named() -> None:
    calendar: Calendar[str] = Calendar()
    calendar.enter("k", math.inf)
    assert calendar.expired(1e12) is None
    calendar.strike("k", math.inf)


def test_a_key_can_be_entered_again_in_a_bucket_that_was_emptied() -> None:
    calendar: Calendar[str] = Calendar()
    calendar.enter("k", 10.0)
    calendar.strike("k", 10.0)
    calendar.enter("l", 10.2)
    assert calendar.expired(20.0) == "l"


def test_a_cleared_calendar_names_nothing_and_can_be_used_again() -> None:
    calendar: Calendar[str] = Calendar()
    calendar.enter("k", 10.0)
    calendar.clear()
    assert calendar.expired(20.0) is None
    calendar.enter("k", 10.0)
    assert calendar.expired(20.0) == "k"


@given(
    st.dictionaries(st.text(max_size=3), st.floats(0, 100), max_size=30),
    st.sets(st.text(max_size=3)),
    st.floats(0, 110),
)
def test_all_that_expired_a_bucket_ago_is_named_and_nothing_that_has_not(
    entered: dict[str, float], struck: set[str], now: float
) -> None:
    calendar: Calendar[str] = Calendar()
    for key, expires_at in entered.items():
        calendar.enter(key, expires_at)
    for key in struck & entered.keys():
        calendar.strike(key, entered.pop(key))
    named = drain(calendar, entered, now)
    assert {key for key, at in entered.items() if at <= now - BUCKET_S} <= named
    assert named <= {key for key, at in entered.items() if at <= now}
