import pytest

from accelerator.cache.item_cache import Entry, ItemCache, Lifetimes, entry_bytes
from accelerator.doors import memo as memo_module
from accelerator.doors.memo import Memo
from microdax.caching.admission import policy
from tests.support.clock import SteppedClock

CHUNK = b"POST / HTTP/1.1\r\n\r\n{}"
REPLY = b"HTTP/1.1 200 OK\r\n\r\n{}"


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
def cache(clock: SteppedClock) -> ItemCache:
    return ItemCache(policy("s3fifo", 100_000, entry_bytes), Lifetimes(300.0, {}), clock)


@pytest.fixture
def memo(cache: ItemCache, clock: SteppedClock) -> Memo:
    return joined(Memo(10_000, clock, cache.touch), cache)


def joined(memo: Memo, cache: ItemCache) -> Memo:
    cache.on_remove = memo.forget
    cache.on_drop = memo.clear
    return memo


def kept(cache: ItemCache, id: str = "a") -> Entry:
    table = cache.table("films")
    entry = cache.put(table, cache.key(table, {"id": id}), b"{}", "request")
    assert entry is not None
    return entry


def test_the_same_bytes_get_the_same_reply(memo: Memo, cache: ItemCache) -> None:
    memo.remember(CHUNK, kept(cache), REPLY)
    assert memo.get(CHUNK) == REPLY
    assert memo.hits == 1


def test_other_bytes_get_none(memo: Memo, cache: ItemCache) -> None:
    memo.remember(CHUNK, kept(cache), REPLY)
    assert memo.get(CHUNK + b" ") is None
    assert memo.hits == 0


def test_a_reply_dies_with_the_entry_that_it_was_made_from(memo: Memo, cache: ItemCache) -> None:
    entry = kept(cache)
    memo.remember(CHUNK, entry, REPLY)
    cache.remove(entry.key)
    assert memo.get(CHUNK) is None
    assert (len(memo), memo.bytes_used) == (0, 0)


def test_a_reply_of_an_entry_that_was_replaced_is_gone(memo: Memo, cache: ItemCache) -> None:
    memo.remember(CHUNK, kept(cache), REPLY)
    kept(cache)
    assert memo.get(CHUNK) is None


def test_a_reply_is_not_served_past_the_expiry_of_its_entry(memo: Memo, cache: ItemCache, clock: SteppedClock) -> None:
    memo.remember(CHUNK, kept(cache), REPLY)
    clock.advance(300.0)
    assert memo.get(CHUNK) is None


def test_a_dropped_table_takes_the_ready_replies_with_it(memo: Memo, cache: ItemCache) -> None:
    memo.remember(CHUNK, kept(cache), REPLY)
    cache.drop_table("films")
    assert memo.get(CHUNK) is None


@pytest.mark.parametrize("end", ["removed", "its table dropped"])
def test_a_reply_that_was_made_before_its_entry_died_is_not_remembered(memo: Memo, cache: ItemCache, end: str) -> None:
    entry = kept(cache)
    if end == "removed":
        cache.remove(entry.key)
    else:
        cache.drop_table("films")
    memo.remember(CHUNK, entry, REPLY)
    assert memo.get(CHUNK) is None
    assert len(memo) == 0


def test_a_hit_counts_as_a_visit_to_the_entry(memo: Memo, cache: ItemCache) -> None:
    entry = kept(cache)
    memo.remember(CHUNK, entry, REPLY)
    memo.get(CHUNK)
    assert entry.visits == 1


def test_a_hit_makes_an_lru_cache_keep_the_entry(clock: SteppedClock) -> None:
    cache = ItemCache(policy("lru", 2_000, entry_bytes), Lifetimes(300.0, {}), clock)
    memo = joined(Memo(10_000, clock, cache.touch), cache)
    hot = kept(cache, "hot")
    memo.remember(CHUNK, hot, REPLY)
    for number in range(20):
        memo.get(CHUNK)
        kept(cache, str(number))
    assert cache.evictions > 0
    assert memo.get(CHUNK) == REPLY


def test_past_its_bytes_the_oldest_replies_leave(memo: Memo, cache: ItemCache) -> None:
    entries = [kept(cache, str(number)) for number in range(100)]
    for number, entry in enumerate(entries):
        memo.remember(b"%d" % number, entry, REPLY)
        assert memo.bytes_used <= 10_000
    assert memo.get(b"0") is None
    assert memo.get(b"99") == REPLY
    assert not entries[0].chunks


def test_a_reply_larger_than_the_memo_is_not_remembered(memo: Memo, cache: ItemCache) -> None:
    memo.remember(CHUNK, kept(cache), b"x" * 10_000)
    assert (len(memo), memo.bytes_used) == (0, 0)


def test_one_entry_answers_a_bounded_number_of_spellings(
    memo: Memo, cache: ItemCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memo_module, "CHUNKS_PER_ENTRY_MAX", 3)
    entry = kept(cache)
    for number in range(5):
        memo.remember(b"%d" % number, entry, REPLY)
    assert len(memo) == 3
    cache.remove(entry.key)
    assert (len(memo), memo.bytes_used) == (0, 0)


def test_remembering_twice_changes_nothing(memo: Memo, cache: ItemCache) -> None:
    entry = kept(cache)
    memo.remember(CHUNK, entry, REPLY)
    used = memo.bytes_used
    memo.remember(CHUNK, entry, REPLY)
    assert (len(memo), memo.bytes_used) == (1, used)
