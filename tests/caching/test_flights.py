"""The board of flights: shared while in the air, and nothing kept that was asked for before an invalidation."""

from dataclasses import dataclass

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from microdax.caching.flights import Flights


class Flight:
    """Equal only to itself, as tasks and futures are."""


@pytest.fixture
def flights() -> Flights[str, Flight]:
    return Flights()


def test_all_who_want_one_key_share_the_first_flight(flights: Flights[str, Flight]) -> None:
    first = flights.board("k", Flight)
    assert flights.board("k", Flight) is first
    assert len(flights) == 1


def test_keys_fly_apart(flights: Flights[str, Flight]) -> None:
    assert flights.board("k", Flight) is not flights.board("l", Flight)
    assert len(flights) == 2


def test_only_the_first_takes_off(flights: Flights[str, Flight]) -> None:
    flights.board("k", Flight)

    def take_off() -> Flight:
        raise AssertionError("a second fetch of the same key")

    flights.board("k", take_off)


def test_a_flight_that_was_not_grounded_may_be_kept(flights: Flights[str, Flight]) -> None:
    flight = flights.board("k", Flight)
    assert flights.land("k", flight)
    assert len(flights) == 0


def test_a_flight_lands_once(flights: Flights[str, Flight]) -> None:
    flight = flights.board("k", Flight)
    flights.land("k", flight)
    assert not flights.land("k", flight)


def test_after_a_landing_the_next_flight_is_a_new_one(flights: Flights[str, Flight]) -> None:
    flight = flights.board("k", Flight)
    flights.land("k", flight)
    assert flights.board("k", Flight) is not flight


def test_a_flight_begun_before_an_invalidation_is_not_kept(flights: Flights[str, Flight]) -> None:
    flight = flights.board("k", Flight)
    flights.ground("k")
    assert not flights.land("k", flight)


def test_who_comes_after_an_invalidation_does_not_board_the_old_flight(flights: Flights[str, Flight]) -> None:
    old = flights.board("k", Flight)
    flights.ground("k")
    assert flights.board("k", Flight) is not old


def test_a_grounded_flight_does_not_take_its_successor_off_the_board(flights: Flights[str, Flight]) -> None:
    old = flights.board("k", Flight)
    flights.ground("k")
    new = flights.board("k", Flight)
    assert not flights.land("k", old)
    assert flights.land("k", new)


def test_grounding_one_key_leaves_the_others_in_the_air(flights: Flights[str, Flight]) -> None:
    flight = flights.board("k", Flight)
    flights.board("l", Flight)
    flights.ground("l")
    assert flights.land("k", flight)


def test_a_key_with_nothing_in_the_air_can_be_grounded(flights: Flights[str, Flight]) -> None:
    flights.ground("k")
    assert len(flights) == 0


def test_a_dropped_table_grounds_its_keys_and_no_others(flights: Flights[str, Flight]) -> None:
    films = [flights.board(f"films/{number}", Flight) for number in range(3)]
    actor = flights.board("actors/0", Flight)
    flights.ground_where(lambda key: key.startswith("films/"))
    assert not any(flights.land(f"films/{number}", flight) for number, flight in enumerate(films))
    assert flights.land("actors/0", actor)


def test_grounding_all_leaves_nothing_that_may_be_kept(flights: Flights[str, Flight]) -> None:
    in_air = {key: flights.board(key, Flight) for key in "abc"}
    flights.ground_all()
    assert len(flights) == 0
    assert not any(flights.land(key, flight) for key, flight in in_air.items())


def test_a_take_off_that_fails_leaves_the_board_as_it_was(flights: Flights[str, Flight]) -> None:
    def take_off() -> Flight:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        flights.board("k", take_off)
    assert len(flights) == 0


@dataclass(eq=False)
class Fetch:
    """A flight of the model: what it read, once it has."""

    key: int
    took_off_at: int
    version: int | None = None


KEYS = st.integers(0, 2)


class FillsAndWrites(RuleBasedStateMachine):
    """Readers and writers of a few keys in any interleaving, against an upstream that counts versions.

    A write changes the upstream, and is acknowledged when it has grounded the key. The order of all steps is the
    state machine's; a read happens at any moment between take-off and landing.
    """

    def __init__(self) -> None:
        super().__init__()
        self.flights: Flights[int, Fetch] = Flights()
        self.flying: list[Fetch] = []
        self.step = 0
        self.upstream = dict.fromkeys(range(3), 0)
        self.acknowledged = dict.fromkeys(range(3), 0)  # the version at the last grounding of the key
        self.grounded_at = dict.fromkeys(range(3), 0)

    @rule(key=KEYS)
    def board(self, key: int) -> None:
        self.step += 1
        fetch = self.flights.board(key, lambda: Fetch(key, self.step))
        assert fetch.took_off_at > self.grounded_at[key]
        if fetch not in self.flying:
            self.flying.append(fetch)

    @rule(chosen=st.integers(0, 9))
    def read(self, chosen: int) -> None:
        if self.flying:
            fetch = self.flying[chosen % len(self.flying)]
            if fetch.version is None:
                fetch.version = self.upstream[fetch.key]

    @rule(chosen=st.integers(0, 9))
    def land(self, chosen: int) -> None:
        landing = [fetch for fetch in self.flying if fetch.version is not None]
        if landing:
            fetch = landing[chosen % len(landing)]
            self.flying.remove(fetch)
            if self.flights.land(fetch.key, fetch):
                assert fetch.version is not None
                assert fetch.version >= self.acknowledged[fetch.key], "kept what an acknowledged write replaced"

    @rule(key=KEYS)
    def write(self, key: int) -> None:
        self.upstream[key] += 1

    @rule(key=KEYS)
    def acknowledge(self, key: int) -> None:
        self.flights.ground(key)
        self._note_grounding(key)

    @rule(most=KEYS)
    def acknowledge_several(self, most: int) -> None:
        self.flights.ground_where(lambda key: key <= most)
        for key in range(most + 1):
            self._note_grounding(key)

    @rule()
    def acknowledge_all(self) -> None:
        self.flights.ground_all()
        for key in self.upstream:
            self._note_grounding(key)

    def _note_grounding(self, key: int) -> None:
        self.step += 1
        self.acknowledged[key] = self.upstream[key]
        self.grounded_at[key] = self.step


TestFillsAndWrites = FillsAndWrites.TestCase
