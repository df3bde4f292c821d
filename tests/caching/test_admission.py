"""S3-FIFO against a slow model of the paper's pseudo-code, and what is expected of every policy."""

import random
from collections.abc import Iterator
from itertools import accumulate, count

import pytest
from cachetools import Cache, LRUCache
from hypothesis import given
from hypothesis import strategies as st

from microdax.caching.admission import POLICY_NAMES, S3FIFO, STEPS_MAX, VISITS_MAX, peek, policy, toucher
from tests.support.kept_value import KeptValue, size_of


class SlowS3FIFO:
    """Algorithm 1 of the paper with plain lists: the newest entry first, sizes and visits beside them."""

    def __init__(self, bytes_max: int) -> None:
        self.bytes_max = bytes_max
        self.small: list[int] = []
        self.main: list[int] = []
        self.ghost: list[int] = []
        self.sizes: dict[int, int] = {}
        self.visits: dict[int, int] = {}

    def read(self, key: int) -> bool:
        if key not in self.sizes:
            return False
        self.visits[key] = min(self.visits[key] + 1, 3)
        return True

    def put(self, key: int, size: int) -> None:
        while self.bytes_of([*self.small, *self.main]) - self.sizes.get(key, 0) + size > self.bytes_max:
            self.evict()
        if key not in self.sizes:
            self.insert(key)
        self.sizes[key] = size

    def insert(self, key: int) -> None:
        if key in self.ghost:
            self.ghost.remove(key)
            self.main.insert(0, key)
        else:
            self.small.insert(0, key)
        self.visits[key] = 0

    def remove(self, key: int) -> None:
        (self.small if key in self.small else self.main).remove(key)
        del self.sizes[key], self.visits[key]

    def evict(self) -> None:
        before = len(self.sizes)
        while len(self.sizes) == before:
            if (self.small and self.bytes_of(self.small) >= self.bytes_max / 10) or not self.main:
                self.step_small(self.small[-1])
            else:
                self.step_main(self.main[-1])

    def step_small(self, key: int) -> None:
        if self.visits[key] > 1:
            self.small.remove(key)
            self.main.insert(0, key)
            self.visits[key] = 0
        else:
            self.ghost = [key, *(other for other in self.ghost if other != key)][: len(self.sizes) * 9 // 10]
            self.remove(key)

    def step_main(self, key: int) -> None:
        if self.visits[key] > 0:
            self.main.remove(key)
            self.main.insert(0, key)
            self.visits[key] -= 1
        else:
            self.remove(key)

    def bytes_of(self, keys: list[int]) -> int:
        return sum(self.sizes[key] for key in keys)


@pytest.fixture(params=POLICY_NAMES)
def cache(request: pytest.FixtureRequest) -> Cache[int, KeptValue]:
    """An empty cache of 100 bytes, by each policy."""
    return policy(request.param, 100, size_of)


def ask(cache: Cache[int, KeptValue], keys: Iterator[int]) -> int:
    """Look each key up and put in what was missing; return how many hits there were."""
    hits = 0
    for key in keys:
        if key in cache:
            assert cache[key]
            hits += 1
        else:
            cache[key] = KeptValue()
    return hits


def zipf(keys: int, samples: int, seed: int, exponent: float = 0.9) -> list[int]:
    """Keys asked for as popular things are, the first the most popular."""
    weights = list(accumulate((rank + 1) ** -exponent for rank in range(keys)))
    return random.Random(seed).choices(range(keys), cum_weights=weights, k=samples)


def zipf_with_scans(seed: int) -> Iterator[int]:
    """Popular keys, interrupted every 5,000 requests by 1,000 keys that are asked for once and never again."""
    once = count(1_000_000)
    for number, key in enumerate(zipf(keys=10_000, samples=60_000, seed=seed)):
        if number % 5_000 == 4_999:
            yield from (next(once) for _ in range(1_000))
        yield key


STEPS = st.lists(
    st.tuples(st.sampled_from(["read", "read", "put", "put", "remove"]), st.integers(0, 24), st.integers(1, 6)),
    min_size=100,  # a cache has to be full before it does anything remarkable
    max_size=200,
)


@given(STEPS)
def test_s3fifo_keeps_what_the_paper_keeps(steps: list[tuple[str, int, int]]) -> None:
    cache: S3FIFO[int, KeptValue] = S3FIFO(40, size_of)
    model = SlowS3FIFO(40)
    for action, key, size in steps:
        match action:
            case "read":
                assert model.read(key) == (cache.get(key) is not None)
            case "put":
                model.put(key, size)
                cache[key] = KeptValue(size)
            case _:
                if cache.pop(key, None) is not None:
                    model.remove(key)
        assert {key: size_of(value) for key in cache if (value := peek(cache, key))} == model.sizes
        assert cache.currsize == sum(model.sizes.values()) <= cache.maxsize


def test_a_scan_of_one_hit_wonders_does_not_flush_the_hot_set() -> None:
    cache: S3FIFO[int, KeptValue] = S3FIFO(100, size_of)
    hot = range(50)
    for _ in range(3):
        ask(cache, iter(hot))
    assert ask(cache, iter(range(1_000, 11_000))) == 0
    assert ask(cache, iter(hot)) == len(hot)


def test_the_same_scan_flushes_lru() -> None:
    cache: LRUCache[int, KeptValue] = LRUCache(100, size_of)
    hot = range(50)
    for _ in range(3):
        ask(cache, iter(hot))
    ask(cache, iter(range(1_000, 11_000)))
    assert ask(cache, iter(hot)) == 0


@pytest.mark.parametrize("share", [0.02, 0.1])
def test_more_hits_than_lru_on_popular_keys_with_scans(share: float) -> None:
    room = int(10_000 * share)
    ours = ask(S3FIFO(room, size_of), zipf_with_scans(seed=1))
    lru = ask(LRUCache(room, size_of), zipf_with_scans(seed=1))
    assert ours > lru * 1.05


def test_a_key_that_comes_back_soon_after_it_left_enters_main() -> None:
    cache: S3FIFO[int, KeptValue] = S3FIFO(100, size_of)
    ask(cache, iter(range(101)))
    assert 0 not in cache
    ask(cache, iter([0]))
    ask(cache, iter(range(1_000, 1_200)))
    assert 0 in cache  # as a newcomer it would have left small by now


def test_a_removed_key_that_comes_back_is_a_newcomer() -> None:
    cache: S3FIFO[int, KeptValue] = S3FIFO(100, size_of)
    ask(cache, iter(range(101)))
    ask(cache, iter([0]))
    del cache[0]
    ask(cache, iter([0]))
    ask(cache, iter(range(1_000, 1_200)))
    assert 0 not in cache


def test_a_rewritten_value_keeps_the_visits_of_the_one_before() -> None:
    cache: S3FIFO[int, KeptValue] = S3FIFO(100, size_of)
    ask(cache, iter([0, 0, 0]))
    cache[0] = KeptValue()
    ask(cache, iter(range(1_000, 1_200)))
    assert 0 in cache


def test_more_visits_than_the_cap_count_as_the_cap() -> None:
    cache: S3FIFO[int, KeptValue] = S3FIFO(1, size_of)
    value = KeptValue()
    cache[0] = value
    value.visits = 1_000_000
    assert cache.popitem() == (0, value)  # to main, and around it until no visit is left
    assert value.visits == 0
    assert VISITS_MAX == 3


def test_eviction_looks_at_a_bounded_number_of_entries_however_hot_they_are() -> None:
    cache: S3FIFO[int, KeptValue] = S3FIFO(10 * STEPS_MAX, size_of)
    values = [KeptValue() for _ in range(10 * STEPS_MAX)]
    for key, value in enumerate(values):
        cache[key] = value
        value.visits = VISITS_MAX
    cache.popitem()
    assert sum(value.visits != VISITS_MAX for value in values) == STEPS_MAX


def test_ghosts_are_no_more_than_the_entries_of_main() -> None:
    """Of 1,000 keys that passed, only those that left last are remembered."""
    cache: S3FIFO[int, KeptValue] = S3FIFO(100, size_of)
    ask(cache, iter(range(1_000)))
    ask(cache, iter(range(700)))  # forgotten long ago: newcomers, which drive each other out
    assert not any(key in cache for key in range(600))
    ask(cache, iter(range(1_000, 1_200)))
    assert not any(key in cache for key in range(700))


def test_a_cleared_cache_remembers_nothing() -> None:
    cache: S3FIFO[int, KeptValue] = S3FIFO(100, size_of)
    ask(cache, iter(range(101)))
    cache.clear()
    assert len(cache) == cache.currsize == 0
    ask(cache, iter([0]))
    ask(cache, iter(range(1_000, 1_200)))
    assert 0 not in cache  # it was no ghost any more


def test_nothing_can_be_evicted_from_an_empty_cache(cache: Cache[int, KeptValue]) -> None:
    with pytest.raises(KeyError):
        cache.popitem()


def test_a_key_that_is_not_there_cannot_be_deleted(cache: Cache[int, KeptValue]) -> None:
    with pytest.raises(KeyError):
        del cache[1]


def test_a_value_larger_than_the_cache_is_refused(cache: Cache[int, KeptValue]) -> None:
    with pytest.raises(ValueError, match="too large"):
        cache[1] = KeptValue(101)
    assert 1 not in cache


@given(name=st.sampled_from(POLICY_NAMES), steps=STEPS)
def test_no_policy_exceeds_its_bytes(name: str, steps: list[tuple[str, int, int]]) -> None:
    cache: Cache[int, KeptValue] = policy(name, 40, size_of)
    for action, key, size in steps:
        match action:
            case "read":
                cache.get(key)
            case "put":
                cache[key] = KeptValue(size)
            case _:
                cache.pop(key, None)
        assert cache.currsize == sum(size_of(value) for value in cache.values()) <= cache.maxsize


def test_an_unknown_policy_is_refused_with_the_names_of_those_there_are() -> None:
    with pytest.raises(ValueError, match="no eviction policy 'clock': choose one of s3fifo, lru, lfu, fifo"):
        policy("clock", 100, size_of)


@pytest.mark.parametrize("name", ["s3fifo", "lru", "lfu"])
def test_touching_a_value_saves_it_as_reading_it_would(name: str) -> None:
    cache: Cache[int, KeptValue] = policy(name, 100, size_of)
    touch = toucher(cache)
    for key in range(100):
        cache[key] = KeptValue()
    for _ in range(2):
        touch(0, _present(peek(cache, 0)))
    for key in range(1_000, 1_050):
        cache[key] = KeptValue()
    assert 0 in cache
    assert 1 not in cache


def test_touching_what_has_left_is_harmless(cache: Cache[int, KeptValue]) -> None:
    toucher(cache)(1, KeptValue())
    assert len(cache) == 0


def test_peeking_is_no_hit(cache: Cache[int, KeptValue]) -> None:
    for key in range(100):
        cache[key] = KeptValue()
    for _ in range(5):
        assert peek(cache, 0) is not None
    cache[100] = KeptValue()
    assert 0 not in cache


def test_peeking_at_what_is_not_there_finds_nothing(cache: Cache[int, KeptValue]) -> None:
    assert peek(cache, 1) is None


def _present(value: KeptValue | None) -> KeptValue:
    assert value is not None
    return value
