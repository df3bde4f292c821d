"""The sorted map under its engine; the engine itself is in contracts/test_engines."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from backend_store.kv.memory_engine import CHUNK_PAIRS_MAX, SortedMap

EMPTY = SortedMap([b""], [[]])
FIRST, END = b"", b"\xff"


def _filled(keys: list[int]) -> SortedMap:
    state = EMPTY
    for key in keys:
        state = state.with_pair(b"%06d" % key, b"%d" % key)
    return state


def _keys(state: SortedMap) -> list[int]:
    return [int(value) for _, value in state.scan(FIRST, END)]


def test_a_map_of_many_chunks_is_in_order_whatever_the_order_of_its_making() -> None:
    keys = list(range(5 * CHUNK_PAIRS_MAX))
    for order in (keys, keys[::-1], random.Random(1).sample(keys, len(keys))):
        state = _filled(order)
        assert _keys(state) == keys
        assert list(state.pairs()) == list(state.scan(FIRST, END))
        assert all(state.get(b"%06d" % key) == b"%d" % key for key in keys)


def test_scans_cross_chunks_in_both_directions() -> None:
    state = _filled(list(range(3 * CHUNK_PAIRS_MAX)))
    span = range(CHUNK_PAIRS_MAX // 2, 2 * CHUNK_PAIRS_MAX)
    first, end = b"%06d" % span.start, b"%06d" % span.stop
    assert [int(value) for _, value in state.scan(first, end)] == list(span)
    assert [int(value) for _, value in state.scan(first, end, reverse=True)] == list(reversed(span))


def test_an_emptied_map_can_be_filled_again() -> None:
    keys = list(range(2 * CHUNK_PAIRS_MAX))
    state = _filled(keys)
    for key in keys:
        state = state.without(b"%06d" % key)
    assert _keys(state) == []
    assert _keys(state.with_pair(b"000001", b"1")) == [1]


def test_a_map_never_changes() -> None:
    before = _filled([1, 2, 3])
    before.with_pair(b"000002", b"20")
    before.with_pair(b"000004", b"4")
    before.without(b"000001")
    assert _keys(before) == [1, 2, 3]


def test_taking_out_what_is_not_there_is_the_same_map() -> None:
    state = _filled([1])
    assert state.without(b"000002") is state


@settings(max_examples=30)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 700)), max_size=700), st.integers(0, 1000))
def test_a_map_holds_what_a_dict_would(changes: list[tuple[bool, int]], filled: int) -> None:
    state, model = _filled(list(range(filled))), {key: key for key in range(filled)}
    for is_put, key in changes:
        if is_put:
            state, model = state.with_pair(b"%06d" % key, b"%d" % key), {**model, key: key}
        else:
            state = state.without(b"%06d" % key)
            model.pop(key, None)
    assert _keys(state) == sorted(model)
