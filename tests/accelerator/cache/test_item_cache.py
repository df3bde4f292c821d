import pytest

from accelerator.cache import item_cache
from accelerator.cache.item_cache import Entry, ItemCache, Lifetimes, entry_bytes
from microdax.caching.admission import policy
from microdax.model.keys import ItemKey
from tests.support.clock import SteppedClock

ITEM = b'{"id":{"S":"a"}}'


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
def cache(clock: SteppedClock) -> ItemCache:
    return new_cache(clock)


def new_cache(clock: SteppedClock, bytes_max: int = 100_000) -> ItemCache:
    lifetimes = Lifetimes(300.0, {"brief": 10.0, "never": 0.0})
    return ItemCache(policy("s3fifo", bytes_max, entry_bytes), lifetimes, clock)


def keep(cache: ItemCache, table_name: str, id: str, item: bytes | None = ITEM) -> tuple[ItemKey, Entry | None]:
    table = cache.table(table_name)
    key = cache.key(table, {"id": id})
    return key, cache.put(table, key, item, "request")


def key_now(cache: ItemCache, table_name: str, id: str) -> ItemKey:
    return cache.key(cache.table(table_name), {"id": id})


def test_what_was_put_is_found_under_its_key(cache: ItemCache) -> None:
    keep(cache, "films", "a")
    entry = cache.get(key_now(cache, "films", "a"))
    assert entry is not None
    assert (entry.item, entry.request_id) == (ITEM, "request")


def test_an_absent_item_is_kept_like_any_other(cache: ItemCache) -> None:
    key, _ = keep(cache, "films", "a", None)
    entry = cache.get(key)
    assert entry is not None
    assert entry.item is None


def test_equal_keys_of_two_tables_are_two_items(cache: ItemCache) -> None:
    keep(cache, "films", "a")
    assert cache.get(key_now(cache, "books", "a")) is None


def test_an_entry_expires_after_the_default_time(cache: ItemCache, clock: SteppedClock) -> None:
    key, _ = keep(cache, "films", "a")
    clock.advance(299.9)
    assert cache.get(key) is not None
    clock.advance(0.1)
    assert cache.get(key) is None


def test_a_table_may_have_a_time_of_its_own(cache: ItemCache, clock: SteppedClock) -> None:
    key, _ = keep(cache, "brief", "a")
    clock.advance(10.0)
    assert cache.get(key) is None


def test_a_table_with_no_time_at_all_is_not_cached(cache: ItemCache) -> None:
    key, entry = keep(cache, "never", "a")
    assert entry is None
    assert cache.get(key) is None


def test_hits_and_misses_are_counted(cache: ItemCache) -> None:
    key, _ = keep(cache, "films", "a")
    cache.get(key)
    cache.get(key_now(cache, "films", "b"))
    assert (cache.hits, cache.misses) == (1, 1)


@pytest.mark.parametrize("leave", ["remove", "replace", "expire", "drop all"])
def test_an_entry_that_leaves_is_dead_and_announced(cache: ItemCache, clock: SteppedClock, leave: str) -> None:
    left: list[Entry] = []
    cache.on_remove = left.append
    key, entry = keep(cache, "films", "a")
    assert entry is not None
    match leave:
        case "remove":
            cache.remove(key)
        case "replace":
            keep(cache, "films", "a", b'{"id":{"S":"a"},"new":{"BOOL":true}}')
        case "expire":
            clock.advance(300.0)
            cache.get(key)
        case _:
            cache.drop_all()
    assert left == [entry]
    assert not entry.alive(clock())


def test_an_evicted_entry_is_dead_and_announced(clock: SteppedClock) -> None:
    cache = new_cache(clock, bytes_max=5_000)
    left: list[Entry] = []
    cache.on_remove = left.append
    for number in range(100):
        keep(cache, "films", str(number))
    assert cache.evictions == len(left) == 100 - len(cache)
    assert cache.bytes_used <= 5_000
    assert not any(entry.alive(clock()) for entry in left)


def test_an_item_larger_than_the_cache_is_not_kept(clock: SteppedClock) -> None:
    cache = new_cache(clock, bytes_max=5_000)
    key, entry = keep(cache, "films", "a", b"x" * 5_000)
    assert entry is None
    assert cache.get(key) is None


def test_a_larger_successor_that_is_not_kept_takes_its_predecessor_with_it(clock: SteppedClock) -> None:
    cache = new_cache(clock, bytes_max=5_000)
    key, _ = keep(cache, "films", "a")
    keep(cache, "films", "a", b"x" * 5_000)
    assert cache.get(key) is None


def test_a_dropped_table_takes_its_entries_with_it_and_no_others(cache: ItemCache, clock: SteppedClock) -> None:
    _, gone = keep(cache, "films", "a")
    keep(cache, "books", "a")
    cache.drop_table("films")
    assert gone is not None
    assert not gone.alive(clock())
    assert cache.get(key_now(cache, "films", "a")) is None
    assert cache.get(key_now(cache, "books", "a")) is not None


def test_dropping_a_table_is_announced_so_that_ready_replies_go(cache: ItemCache) -> None:
    announced: list[None] = []
    cache.on_drop = lambda: announced.append(None)
    keep(cache, "films", "a")
    cache.drop_table("films")
    assert len(announced) == 1


def test_what_was_read_from_a_dropped_table_is_not_kept_for_its_successor(cache: ItemCache) -> None:
    before = cache.table("films")
    key = cache.key(before, {"id": "a"})
    cache.drop_table("films")
    assert cache.put(before, key, ITEM, "request") is None
    assert cache.get(key_now(cache, "films", "a")) is None


def test_tables_past_the_bound_cost_what_was_cached_and_no_memory(
    cache: ItemCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(item_cache, "TABLES_MAX", 10)
    first = cache.table("t0")
    for number in range(1, 11):
        cache.table(f"t{number}")
    assert first.dropped
    assert cache.table("t10") is cache.table("t10")


def test_reaping_forgets_expired_entries_that_nobody_asks_for(cache: ItemCache, clock: SteppedClock) -> None:
    for number in range(10):
        keep(cache, "brief", str(number))
    keep(cache, "films", "a")
    clock.advance(11.0)
    assert cache.reap(most=4) == 4
    assert cache.reap(most=100) == 6
    assert len(cache) == 1


def test_an_entry_weighs_its_key_its_item_and_the_objects_around_them(cache: ItemCache) -> None:
    key, entry = keep(cache, "films", "a")
    assert entry is not None
    assert entry_bytes(entry) == item_cache.ENTRY_OVERHEAD_BYTES + len(key) + len(ITEM)
    assert cache.bytes_used == entry_bytes(entry)
