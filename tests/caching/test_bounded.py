"""A bounded map, by every policy: what it holds, what it gives back, and that it tells of all that leaves."""

import math
from collections import Counter

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from microdax.caching.admission import POLICY_NAMES, policy
from microdax.caching.bounded import Bounded
from tests.support.kept_value import KeptValue, size_of

ROOM = 100


class Recorded:
    """A map of 100 bytes and what has left it."""

    def __init__(self, name: str) -> None:
        self.left: list[KeptValue] = []
        self.map: Bounded[str, KeptValue] = Bounded(policy(name, ROOM, size_of), self.left.append)


@pytest.fixture(params=POLICY_NAMES)
def recorded(request: pytest.FixtureRequest) -> Recorded:
    return Recorded(request.param)


def test_what_was_put_is_got_back(recorded: Recorded) -> None:
    value = KeptValue()
    recorded.map.put("k", value)
    assert recorded.map.get("k", 0.0) is value
    assert (len(recorded.map), recorded.map.bytes_used, recorded.left) == (1, 1, [])


def test_a_key_that_was_never_put_is_not_there(recorded: Recorded) -> None:
    assert recorded.map.get("k", 0.0) is None


def test_a_value_is_served_until_it_expires_and_not_from_then_on(recorded: Recorded) -> None:
    value = KeptValue(expires_at=10.0)
    recorded.map.put("k", value)
    assert recorded.map.get("k", 9.999) is value
    assert recorded.map.get("k", 10.0) is None
    assert (len(recorded.map), recorded.left) == (0, [value])


def test_a_replaced_value_leaves(recorded: Recorded) -> None:
    old, new = KeptValue(30), KeptValue(50)
    recorded.map.put("k", old)
    recorded.map.put("k", new)
    assert recorded.map.get("k", 0.0) is new
    assert (recorded.left, recorded.map.bytes_used, recorded.map.evictions) == ([old], 50, 0)


def test_a_replaced_value_has_left_before_its_listener_hears_of_it(recorded: Recorded) -> None:
    seen: list[KeptValue | None] = []
    new = KeptValue()

    def look(left: KeptValue) -> None:
        seen.append(recorded.map.get("k", 0.0))

    recorded.map.on_remove = look
    recorded.map.put("k", KeptValue())
    recorded.map.put("k", new)
    assert seen == [new]


def test_a_removed_value_is_returned_and_leaves(recorded: Recorded) -> None:
    value = KeptValue(expires_at=10.0)
    recorded.map.put("k", value)
    assert recorded.map.remove("k") is value
    assert recorded.map.remove("k") is None
    assert (recorded.left, len(recorded.map), recorded.map.bytes_used) == ([value], 0, 0)


def test_evicted_values_leave_and_are_counted(recorded: Recorded) -> None:
    values = [KeptValue(10) for _ in range(15)]
    for number, value in enumerate(values):
        recorded.map.put(str(number), value)
    assert recorded.map.evictions == len(recorded.left) == 5
    assert recorded.map.bytes_used == ROOM
    kept = {number for number in range(15) if recorded.map.get(str(number), 0.0) is values[number]}
    assert len(kept) == 10


def test_one_large_value_takes_the_room_of_many(recorded: Recorded) -> None:
    for number in range(10):
        recorded.map.put(str(number), KeptValue(10))
    recorded.map.put("large", KeptValue(95))
    assert recorded.map.get("large", 0.0) is not None
    assert (len(recorded.map), recorded.map.evictions) == (1, 10)


def test_a_value_that_grows_in_place_drives_others_out_and_leaves_once(recorded: Recorded) -> None:
    old = KeptValue(10)
    recorded.map.put("k", old)
    for number in range(9):
        recorded.map.put(str(number), KeptValue(10))
    recorded.map.put("k", KeptValue(60))
    assert recorded.map.bytes_used <= ROOM
    assert recorded.left.count(old) == 1


def test_a_value_larger_than_the_cache_is_not_kept_nor_what_it_replaces(recorded: Recorded) -> None:
    old = KeptValue(10)
    recorded.map.put("k", old)
    recorded.map.put("k", KeptValue(ROOM + 1))
    assert recorded.map.get("k", 0.0) is None
    assert recorded.left == [old]


def test_clearing_makes_every_value_leave(recorded: Recorded) -> None:
    values = [KeptValue(expires_at=5.0) for _ in range(3)]
    for number, value in enumerate(values):
        recorded.map.put(str(number), value)
    recorded.map.clear()
    assert recorded.left == values
    assert (len(recorded.map), recorded.map.bytes_used, recorded.map.reap(100.0, 10)) == (0, 0, 0)


def test_reaping_takes_the_expired_a_few_at_a_time_and_nothing_else(recorded: Recorded) -> None:
    for number in range(5):
        recorded.map.put(f"old {number}", KeptValue(expires_at=10.0 + number))
    recorded.map.put("young", KeptValue(expires_at=1_000.0))
    recorded.map.put("eternal", KeptValue(expires_at=math.inf))
    assert [recorded.map.reap(100.0, most=2) for _ in range(4)] == [2, 2, 1, 0]
    assert len(recorded.left) == 5
    assert len(recorded.map) == 2


def test_a_value_put_again_expires_by_its_new_time(recorded: Recorded) -> None:
    recorded.map.put("k", KeptValue(expires_at=10.0))
    recorded.map.put("k", KeptValue(expires_at=50.0))
    assert recorded.map.reap(20.0, most=5) == 0
    assert recorded.map.get("k", 20.0) is not None
    assert recorded.map.reap(60.0, most=5) == 1


def test_a_listener_may_mark_what_has_left_as_expired(recorded: Recorded) -> None:
    def mark(value: KeptValue) -> None:
        value.expires_at = -math.inf

    recorded.map.on_remove = mark
    for number in range(30):
        recorded.map.put(str(number % 20), KeptValue(10, expires_at=float(number)))
    recorded.map.reap(100.0, most=100)
    assert len(recorded.map) == 0


def test_hits_save_a_value_from_eviction_whether_got_here_or_found_elsewhere() -> None:
    recorded = Recorded("s3fifo")
    value = KeptValue()
    recorded.map.put("got", KeptValue())
    recorded.map.put("found", value)
    recorded.map.put("neither", KeptValue())
    for _ in range(2):
        recorded.map.get("got", 0.0)
        recorded.map.touch("found", value)
    for number in range(300):
        recorded.map.put(str(number), KeptValue())
    assert [recorded.map.get(key, 0.0) is not None for key in ("got", "found", "neither")] == [True, True, False]


def test_an_expired_read_is_no_hit(recorded: Recorded) -> None:
    value = KeptValue(expires_at=10.0)
    recorded.map.put("k", value)
    recorded.map.get("k", 10.0)
    assert value.visits == 0


def test_a_value_whose_size_changes_while_it_is_kept_is_our_own_bug() -> None:
    recorded = Recorded("lru")
    for number in range(10):
        recorded.map.put(str(number), KeptValue(10))
    value = KeptValue(10)
    recorded.map.put("k", value)
    value.size = 30
    with pytest.raises(AssertionError, match="size changed"):
        recorded.map.put("k", value)


class AnyPolicy(RuleBasedStateMachine):
    """Any sequence of operations: what is found was put last and has not expired, and every value leaves once."""

    @initialize(name=st.sampled_from(POLICY_NAMES))
    def make(self, name: str) -> None:
        self.recorded = Recorded(name)
        self.now = 0.0
        self.last: dict[str, KeptValue] = {}
        self.all_put: list[KeptValue] = []

    @rule(key=st.sampled_from("abcdefgh"), size=st.integers(1, 110), ttl_s=st.sampled_from([0.5, 3.0, 50.0, math.inf]))
    def put(self, key: str, size: int, ttl_s: float) -> None:
        value = KeptValue(size, self.now + ttl_s)
        self.recorded.map.put(key, value)
        self.last[key] = value
        if size <= ROOM:
            self.all_put.append(value)
            assert self.recorded.map.get(key, self.now) is value

    @rule(key=st.sampled_from("abcdefgh"))
    def get(self, key: str) -> None:
        value = self.recorded.map.get(key, self.now)
        if value is not None:
            assert value is self.last[key]
            assert value.expires_at > self.now

    @rule(key=st.sampled_from("abcdefgh"))
    def remove(self, key: str) -> None:
        self.recorded.map.remove(key)
        assert self.recorded.map.get(key, self.now) is None

    @rule(seconds=st.sampled_from([0.3, 2.0, 20.0]))
    def pass_time(self, seconds: float) -> None:
        self.now += seconds

    @rule(most=st.integers(0, 3))
    def reap(self, most: int) -> None:
        before = len(self.recorded.map)
        reaped = self.recorded.map.reap(self.now, most)
        assert before - len(self.recorded.map) == reaped <= most

    @rule()
    def clear(self) -> None:
        self.recorded.map.clear()
        assert len(self.recorded.map) == 0

    @invariant()
    def every_value_is_kept_or_has_left_once(self) -> None:
        left = Counter(map(id, self.recorded.left))
        assert all(times == 1 for times in left.values())
        kept = [value for value in self.all_put if id(value) not in left]
        assert len(kept) == len(self.recorded.map)
        assert sum(map(size_of, kept)) == self.recorded.map.bytes_used <= ROOM


TestAnyPolicy = AnyPolicy.TestCase
