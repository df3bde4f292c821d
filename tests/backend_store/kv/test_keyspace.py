from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend_store.kv import keyspace
from backend_store.kv.keyspace import Bound, KeyRange, index_space, rows_space
from microdax.model.values import KeyValue

values: st.SearchStrategy[KeyValue] = st.one_of(
    st.text(max_size=4), st.binary(max_size=4), st.integers(-1000, 1000).map(Decimal)
)
text_values = st.text("\x00ab\u00ff", max_size=4)
byte_values = st.lists(st.sampled_from([0, 1, 0x61, 0xFE, 0xFF]), max_size=4).map(bytes)
number_values = st.integers(-20, 20).map(Decimal)
table_numbers = st.sampled_from([1, 2, 255, 256, 2**32 - 1])


@given(table_numbers, table_numbers, values, values)
def test_a_row_is_in_its_own_tables_ranges_and_in_no_others(
    table: int, other: int, hash_value: KeyValue, range_value: KeyValue
) -> None:
    key = keyspace.row_key(table, hash_value, range_value)
    assert keyspace.table_range(other).holds(key) == (table == other)
    assert keyspace.rows_range(other).holds(key) == (table == other)
    assert not keyspace.catalog_range().holds(key)


@given(st.one_of(st.tuples(text_values, text_values), st.tuples(number_values, number_values)), values)
def test_a_row_is_in_its_own_partition_and_in_no_other(pair: tuple[KeyValue, KeyValue], range_value: KeyValue) -> None:
    mine, other = pair
    key = keyspace.row_key(7, mine, range_value)
    assert keyspace.partition_range(rows_space(7), other).holds(key) == (mine == other)


def test_a_row_without_range_value_is_in_its_partition() -> None:
    assert keyspace.partition_range(rows_space(7), "a").holds(keyspace.row_key(7, "a"))


@given(byte_values, byte_values)
def test_rows_of_a_partition_sort_by_their_range_values(left: bytes, right: bytes) -> None:
    assert (keyspace.row_key(1, "p", left) < keyspace.row_key(1, "p", right)) == (left < right)


def _lies_between(low: Bound, value: KeyValue, high: Bound) -> bool:
    def comes_before(left: KeyValue, right: KeyValue, or_is_equal: bool) -> bool:
        return (or_is_equal and left == right) or left < right  # type: ignore[operator]

    return comes_before(low.value, value, low.is_inclusive) and comes_before(value, high.value, high.is_inclusive)


def _three_of(one_type: st.SearchStrategy[KeyValue]) -> st.SearchStrategy[tuple[KeyValue, KeyValue, KeyValue]]:
    return st.tuples(one_type, one_type, one_type)


@given(st.one_of(_three_of(byte_values), _three_of(number_values)), st.booleans(), st.booleans())
def test_an_interval_holds_what_lies_between_its_bounds(
    values_of_one_type: tuple[KeyValue, KeyValue, KeyValue], low_is_inclusive: bool, high_is_inclusive: bool
) -> None:
    low_value, value, high_value = values_of_one_type
    low, high = Bound(low_value, low_is_inclusive), Bound(high_value, high_is_inclusive)
    key = keyspace.row_key(1, "p", value)
    assert keyspace.interval_range(rows_space(1), "p", low, high).holds(key) == _lies_between(low, value, high)
    assert keyspace.interval_range(rows_space(1), "p", lower=low).holds(key) == _lies_between(
        low, value, Bound(value, True)
    )
    assert keyspace.interval_range(rows_space(1), "p", upper=high).holds(key) == _lies_between(
        Bound(value, True), value, high
    )


def test_an_interval_without_bounds_is_the_partition() -> None:
    assert keyspace.interval_range(rows_space(1), "p") == keyspace.partition_range(rows_space(1), "p")


def test_an_interval_whose_bounds_are_crossed_is_empty() -> None:
    crossed = keyspace.interval_range(rows_space(1), "p", Bound("z", True), Bound("a", True))
    assert crossed.first == crossed.end


@given(byte_values, byte_values)
def test_begins_with_holds_the_values_that_begin_so(prefix: bytes, value: bytes) -> None:
    span = keyspace.begins_with_range(rows_space(1), "p", prefix)
    assert span.holds(keyspace.row_key(1, "p", value)) == value.startswith(prefix)
    assert span.holds(keyspace.row_key(1, "p", prefix + value))
    assert not span.holds(keyspace.row_key(1, "q", prefix))


def test_begins_with_takes_strings() -> None:
    span = keyspace.begins_with_range(rows_space(1), "p", "a\u00ff")
    assert span.holds(keyspace.row_key(1, "p", "a\u00ffb"))
    assert not span.holds(keyspace.row_key(1, "p", "a\u00fe"))


@given(values, st.integers(1, 20), table_numbers)
def test_every_row_is_in_exactly_one_segment(hash_value: KeyValue, total: int, table: int) -> None:
    key = keyspace.row_key(table, hash_value)
    holding = [n for n in range(total) if keyspace.segment_range(rows_space(table), n, total).holds(key)]
    assert len(holding) == 1


@pytest.mark.parametrize("total", [1, 3, 65536, 100_003, 1_000_000])
def test_segments_follow_each_other_and_cover_the_rows(total: int) -> None:
    rows = keyspace.rows_range(9)
    assert keyspace.segment_range(rows_space(9), 0, total).first <= rows.first + b"\x00\x00"
    assert keyspace.segment_range(rows_space(9), total - 1, total).end == rows.end
    for segment in (0, total // 2, total - 2):
        if 0 <= segment < total - 1:
            here, there = (keyspace.segment_range(rows_space(9), number, total) for number in (segment, segment + 1))
            assert here.first <= here.end == there.first


def test_segments_are_of_about_the_same_size() -> None:
    keys = [keyspace.row_key(1, f"user{number}") for number in range(8000)]
    for segment in range(4):
        span = keyspace.segment_range(rows_space(1), segment, 4)
        assert 1800 < sum(map(span.holds, keys)) < 2200


def test_a_scan_does_not_go_through_partitions_in_the_order_of_their_values() -> None:
    keys = [keyspace.row_key(1, f"user{number:03}") for number in range(100)]
    assert sorted(keys) != keys


index_keys = st.tuples(table_numbers, st.sampled_from([1, 2, 2**16 - 1]))


@given(index_keys, index_keys, values, values, values)
def test_an_index_row_is_in_its_own_indexs_range_and_in_no_others(
    mine: tuple[int, int], other: tuple[int, int], hash_value: KeyValue, range_value: KeyValue, base: KeyValue
) -> None:
    key = keyspace.index_row_key(*mine, hash_value, range_value, keyspace.base_key(base))
    assert keyspace.index_range(*other).holds(key) == (mine == other)
    assert keyspace.indexes_range(other[0]).holds(key) == (mine[0] == other[0])
    assert keyspace.table_range(other[0]).holds(key) == (mine[0] == other[0])
    assert not keyspace.rows_range(mine[0]).holds(key)


@given(byte_values, byte_values, byte_values, byte_values)
def test_index_rows_sort_by_range_value_and_then_by_base_key(
    left: bytes, left_base: bytes, right: bytes, right_base: bytes
) -> None:
    def key(range_value: bytes, base: bytes) -> bytes:
        return keyspace.index_row_key(1, 1, "p", range_value, keyspace.base_key(base))

    assert (key(left, left_base) < key(right, right_base)) == ((left, left_base) < (right, right_base))


@given(byte_values, byte_values, byte_values, st.booleans())
def test_intervals_of_an_index_hold_the_items_of_a_bounds_own_value_or_not(
    bound: bytes, value: bytes, base: bytes, is_inclusive: bool
) -> None:
    key = keyspace.index_row_key(1, 1, "p", value, keyspace.base_key(base, "r"))
    upper = keyspace.interval_range(index_space(1, 1), "p", upper=Bound(bound, is_inclusive))
    lower = keyspace.interval_range(index_space(1, 1), "p", lower=Bound(bound, is_inclusive))
    assert upper.holds(key) == (value < bound or (is_inclusive and value == bound))
    assert lower.holds(key) == (value > bound or (is_inclusive and value == bound))
    assert keyspace.begins_with_range(index_space(1, 1), "p", bound).holds(key) == value.startswith(bound)


@given(values, values, st.integers(1, 20))
def test_every_index_row_is_in_exactly_one_segment(hash_value: KeyValue, base: KeyValue, total: int) -> None:
    key = keyspace.index_row_key(1, 7, hash_value, None, keyspace.base_key(base))
    assert sum(keyspace.segment_range(index_space(1, 7), n, total).holds(key) for n in range(total)) == 1
    assert keyspace.partition_range(index_space(1, 7), hash_value).holds(key)


small_keys = st.lists(st.sampled_from([0, 1, 5, 0xFF]), max_size=3).map(bytes)


@given(small_keys, small_keys, small_keys, small_keys, st.booleans())
def test_a_resumed_range_holds_what_is_still_to_come(
    one: bytes, other: bytes, start: bytes, key: bytes, reverse: bool
) -> None:
    span = KeyRange(min(one, other), max(one, other))
    resumed = span.resumed(start, reverse=reverse)
    is_to_come = key < start if reverse else key > start
    assert resumed.holds(key) == (span.holds(key) and is_to_come)
    assert resumed.first <= resumed.end


@given(small_keys.filter(lambda key: key.strip(b"\xff") != b""), small_keys, small_keys)
def test_after_prefix_is_behind_all_that_begin_with_it(prefix: bytes, rest: bytes, other: bytes) -> None:
    edge = keyspace.after_prefix(prefix)
    assert prefix + rest < edge
    assert (prefix <= other < edge) == other.startswith(prefix)


def test_catalog_entries_are_in_the_order_of_their_tables_names() -> None:
    names = ["Alpha", "Alphabet", "beta", "beta.1", "beta_1"]
    keys = list(map(keyspace.catalog_key, names))
    assert sorted(keys) == keys
    assert all(map(keyspace.catalog_range().holds, keys))
    assert list(map(keyspace.catalog_table_name, keys)) == names


def test_facts_about_the_store_are_in_no_range_of_tables() -> None:
    key = keyspace.meta_key("next table")
    assert key != keyspace.meta_key("next")
    assert not keyspace.catalog_range().holds(key)
    assert not keyspace.table_range(1).holds(key)


def test_keys_keep_their_bytes() -> None:
    """Files are full of them: a change of these bytes is a change of the format."""
    assert keyspace.meta_key("a") == b"\x01a\x00\x01"
    assert keyspace.catalog_key("a") == b"\x02a\x00\x01"
    key = keyspace.row_key(258, "h", Decimal(0))
    assert key == b"\x03\x00\x00\x01\x02\x10" + b"\x93\x90" + b"h\x00\x01" + b"\x02"
    index_key = keyspace.index_row_key(258, 3, "h", None, keyspace.base_key("b", Decimal(0)))
    assert index_key == b"\x03\x00\x00\x01\x02\x20" + b"\x00\x03" + b"\x93\x90" + b"h\x00\x01" + b"b\x00\x01" + b"\x02"


def test_a_backup_keeps_rows_in_the_order_of_its_table_s() -> None:
    keys = sorted(keyspace.row_key(7, hash_value) for hash_value in ("a", "b", "c", "d"))
    kept = [keyspace.backup_key(2, key) for key in keys]
    assert kept == sorted(kept)
    assert all(keyspace.backup_range(2).holds(key) for key in kept)
    assert {keyspace.backup_number(key) for key in kept} == {2}


def test_backups_and_tables_of_one_number_share_no_keys() -> None:
    row_key = keyspace.row_key(1, "a")
    kept = keyspace.backup_key(1, row_key)
    assert not keyspace.table_range(1).holds(kept)
    assert not keyspace.backup_range(2).holds(kept)
    assert keyspace.backups_range().holds(kept)
    assert not keyspace.backups_range().holds(row_key)


def test_facts_are_found_by_how_their_names_begin() -> None:
    span = keyspace.meta_range("backup ")
    assert span.holds(keyspace.meta_key("backup 1"))
    assert not span.holds(keyspace.meta_key("backups"))
    assert not span.holds(keyspace.meta_key("size of table 1"))


@given(st.text(max_size=5), st.integers(0, 2**40))
def test_tokens_and_their_expiries_are_read_back_and_keep_apart(token: str, expiry_s: int) -> None:
    key, expiry_key = keyspace.token_key(token), keyspace.token_expiry_key(expiry_s, token)
    assert keyspace.token_of(key) == token
    assert keyspace.token_expiry_of(expiry_key) == (expiry_s, token)
    assert keyspace.tokens_range().holds(key) and not keyspace.tokens_range().holds(expiry_key)
    assert keyspace.token_expiries_range().holds(expiry_key) and not keyspace.token_expiries_range().holds(key)
    assert not any(span.holds(key) for span in (keyspace.catalog_range(), keyspace.table_range(1)))


@given(st.integers(0, 2**40), st.integers(0, 2**40))
def test_expiries_up_to_a_second_are_those_of_that_second_and_earlier_ones(expiry_s: int, until_s: int) -> None:
    span = keyspace.token_expiries_range(until_s)
    assert span.holds(keyspace.token_expiry_key(expiry_s, "token")) == (expiry_s <= until_s)


@given(table_numbers, table_numbers, st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))
def test_changes_and_shards_sort_by_their_numbers_in_ranges_of_their_own(
    table: int, other: int, number: int, first: int
) -> None:
    change, shard = keyspace.change_key(table, number), keyspace.shard_key(table, number)
    assert keyspace.sequence_in(change) == keyspace.sequence_in(shard) == number
    assert keyspace.changes_range(other, first).holds(change) == (table == other and number >= first)
    assert keyspace.changes_range(other, 0, first).holds(change) == (table == other and number < first)
    assert keyspace.shards_range(other).holds(shard) == (table == other)
    assert not keyspace.shards_range(other).holds(change) and not keyspace.changes_range(other).holds(shard)
    assert keyspace.table_range(other).holds(change) == keyspace.table_range(other).holds(shard) == (table == other)


@given(table_numbers, st.integers(0, 2**63 - 1), st.integers(0, 2**63 - 1), values, values)
def test_expiries_sort_by_their_seconds_and_tell_their_rows(
    table: int, second: int, end: int, hash_value: KeyValue, range_value: KeyValue
) -> None:
    row = keyspace.row_key(table, hash_value, range_value)
    key = keyspace.expiry_key(table, second, row)
    assert keyspace.expiring_row(table, key) == (second, row)
    assert keyspace.expiries_range(table).holds(key)
    assert keyspace.expiries_range(table, 0, end).holds(key) == (second < end)
    assert keyspace.expiries_range(table, end).holds(key) == (second >= end)
    assert keyspace.table_range(table).holds(key) and not keyspace.rows_range(table).holds(key)
    assert not keyspace.expiries_range(table).holds(keyspace.expiry_walk_key(table))
    assert keyspace.table_range(table).holds(keyspace.expiry_walk_key(table))
