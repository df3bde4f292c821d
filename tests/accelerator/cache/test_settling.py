import pytest

from accelerator.cache.settling import Doubts, Settling
from tests.support.clock import SteppedClock


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


def doubts(clock: SteppedClock, lasting_s: float = 2.0, most: int = 100) -> Doubts:
    return Doubts(lasting_s, clock, most)


def test_a_doubt_holds_for_its_time_and_not_longer(clock: SteppedClock) -> None:
    recent = doubts(clock)
    recent.enter("a")
    clock.advance(1.9)
    assert recent.holds("a")
    clock.advance(0.1)
    assert not recent.holds("a")


def test_a_doubt_is_about_its_name_only(clock: SteppedClock) -> None:
    recent = doubts(clock)
    recent.enter("a")
    assert not recent.holds("b")


def test_entering_again_begins_the_time_anew(clock: SteppedClock) -> None:
    recent = doubts(clock)
    recent.enter("a")
    recent.enter("b")
    clock.advance(1.5)
    recent.enter("a")
    clock.advance(1.0)
    assert recent.holds("a")
    assert not recent.holds("b")


def test_a_doubt_about_everything_holds_for_names_never_entered(clock: SteppedClock) -> None:
    recent = doubts(clock)
    recent.enter(None)
    assert recent.holds("never entered")
    clock.advance(2.0)
    assert not recent.holds("never entered")


def test_a_later_doubt_about_everything_covers_a_name_whose_own_has_ended(clock: SteppedClock) -> None:
    recent = doubts(clock)
    recent.enter("a")
    clock.advance(1.0)
    recent.enter(None)
    clock.advance(1.5)
    assert recent.holds("a")


def test_doubts_that_last_no_time_are_not_kept(clock: SteppedClock) -> None:
    never = doubts(clock, lasting_s=0.0)
    never.enter("a")
    never.enter(None)
    assert not never.holds("a")
    assert len(never) == 0


def test_ended_doubts_leave_when_others_enter(clock: SteppedClock) -> None:
    recent = doubts(clock)
    for number in range(50):
        recent.enter(str(number))
    clock.advance(2.0)
    recent.enter("a")
    assert len(recent) == 1


def test_past_the_bound_everything_is_doubted_so_that_none_is_forgotten_early(clock: SteppedClock) -> None:
    recent = doubts(clock, most=10)
    for number in range(11):
        recent.enter(str(number))
        clock.advance(0.01)
    assert len(recent) == 10
    assert recent.holds("0"), "made room for, but its time has not ended"
    clock.advance(1.95)
    assert not recent.holds("0")
    assert recent.holds("10")


def settling(clock: SteppedClock) -> Settling:
    return Settling(recent=doubts(clock, 2.0), barred=doubts(clock, 60.0))


def test_an_acknowledged_write_asks_for_strong_reads_and_bars_nothing(clock: SteppedClock) -> None:
    state = settling(clock)
    state.written("key")
    assert state.must_read_strongly("table", "key")
    assert state.may_keep("table", "key")


def test_an_unknown_outcome_bars_the_key_long_after_strong_reads_have_ended(clock: SteppedClock) -> None:
    state = settling(clock)
    state.unknown("key")
    assert state.must_read_strongly("table", "key")
    clock.advance(59.0)
    assert not state.must_read_strongly("table", "key")
    assert not state.may_keep("table", "key")
    clock.advance(1.0)
    assert state.may_keep("table", "key")


def test_a_write_to_a_whole_table_is_about_each_of_its_keys(clock: SteppedClock) -> None:
    state = settling(clock)
    state.unknown("table")
    assert state.must_read_strongly("table", "key")
    assert not state.may_keep("table", "key")
    assert state.may_keep("another table", "another key")
