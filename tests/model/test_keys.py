"""A key is checked against its table's schema, and names one item whatever its spelling."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microdax.model.errors import ValidationException
from microdax.model.keys import (
    KeyAttribute,
    KeySchema,
    checked_key,
    item_key,
    key_of_item,
)
from microdax.model.values import Item, KeyValue, StringSet
from tests.support.attribute_values import all_numbers, binaries, names, strings

HASH = KeySchema(KeyAttribute("id", "S"))
BOTH = KeySchema(KeyAttribute("id", "S"), KeyAttribute("at", "N"))
BINARY = KeySchema(KeyAttribute("id", "B"), KeyAttribute("at", "B"))

INVALID = "One or more parameter values were invalid: "
MISMATCH = "The provided key element does not match the schema"
EMPTY = (
    "One or more parameter values are not valid. "
    "The AttributeValue for a key attribute cannot contain an empty {} value. Key: {}"
)
HASH_TOO_LONG = INVALID + "Size of hashkey has exceeded the maximum size limit of2048 bytes"
RANGE_TOO_LONG = INVALID + "Aggregated size of all range keys has exceeded the size limit of 1024 bytes"


def test_a_schema_lists_its_attributes_hash_first() -> None:
    assert BOTH.names == ("id", "at")
    assert HASH.names == ("id",)


def test_the_key_of_an_item_is_its_key_attributes_in_the_schemas_order() -> None:
    key = key_of_item(BOTH, {"x": None, "at": Decimal(1), "id": "a"})
    assert list(key.items()) == [("id", "a"), ("at", Decimal(1))]


@pytest.mark.parametrize(
    ("schema", "item", "message"),
    [
        (HASH, {}, INVALID + "Missing the key id in the item"),
        (BOTH, {"id": "a"}, INVALID + "Missing the key at in the item"),
        (BOTH, {"at": Decimal(1)}, INVALID + "Missing the key id in the item"),
        (HASH, {"id": Decimal(1)}, INVALID + "Type mismatch for key id expected: S actual: N"),
        (HASH, {"id": None}, INVALID + "Type mismatch for key id expected: S actual: NULL"),
        (HASH, {"id": StringSet(["a"])}, INVALID + "Type mismatch for key id expected: S actual: SS"),
        (BOTH, {"id": "a", "at": "1"}, INVALID + "Type mismatch for key at expected: N actual: S"),
        (HASH, {"id": ""}, EMPTY.format("string", "id")),
        (BINARY, {"id": b"a", "at": b""}, EMPTY.format("binary", "at")),
        (HASH, {"id": "a" * 2049}, HASH_TOO_LONG),
        (HASH, {"id": "é" * 1025}, HASH_TOO_LONG),
        (BINARY, {"id": b"a", "at": b"a" * 1025}, RANGE_TOO_LONG),
    ],
)
def test_an_item_without_a_proper_key_is_refused(schema: KeySchema, item: Item, message: str) -> None:
    with pytest.raises(ValidationException) as refusal:
        key_of_item(schema, item)
    assert refusal.value.message == message


@pytest.mark.parametrize(
    ("schema", "key", "message"),
    [
        (HASH, {}, MISMATCH),
        (HASH, {"id": "a", "x": "b"}, MISMATCH),
        (BOTH, {"id": "a"}, MISMATCH),
        (HASH, {"x": "a"}, MISMATCH),
        (BOTH, {"id": "a", "x": Decimal(1)}, MISMATCH),
        (HASH, {"id": Decimal(1)}, MISMATCH),
        (BOTH, {"id": "a", "at": "1"}, MISMATCH),
        (HASH, {"id": None}, MISMATCH),
        (HASH, {"id": True}, MISMATCH),
        (HASH, {"id": ""}, EMPTY.format("string", "id")),
        (BINARY, {"id": b"", "at": b"a"}, EMPTY.format("binary", "id")),
        (HASH, {"id": "a" * 2049}, HASH_TOO_LONG),
        (BINARY, {"id": b"a" * 2049, "at": b"a" * 1025}, HASH_TOO_LONG),
        (BINARY, {"id": b"a", "at": b"a" * 1025}, RANGE_TOO_LONG),
    ],
)
def test_a_key_that_is_not_of_the_schema_is_refused(schema: KeySchema, key: Item, message: str) -> None:
    with pytest.raises(ValidationException) as refusal:
        checked_key(schema, key)
    assert refusal.value.message == message


def test_keys_of_the_largest_sizes_pass() -> None:
    key: Item = {"id": b"a" * 2048, "at": b"a" * 1024}
    assert checked_key(BINARY, key) == key == key_of_item(BINARY, key)


def test_zero_is_no_empty_key() -> None:
    schema = KeySchema(KeyAttribute("id", "N"))
    assert checked_key(schema, {"id": Decimal(0)}) == {"id": Decimal(0)}


key_values = st.one_of(strings, all_numbers, binaries)
keys: st.SearchStrategy[dict[str, KeyValue]] = st.dictionaries(names, key_values, min_size=1, max_size=2)


@given(keys)
def test_an_item_key_does_not_depend_on_the_order_of_attributes(key: dict[str, KeyValue]) -> None:
    assert item_key("films", key) == item_key("films", dict(reversed(key.items())))


def test_an_item_key_does_not_depend_on_the_spelling_of_a_number() -> None:
    assert item_key("films", {"id": Decimal("1.0")}) == item_key("films", {"id": Decimal("10E-1")})


@given(keys, keys)
def test_two_items_never_share_an_item_key(left: dict[str, KeyValue], right: dict[str, KeyValue]) -> None:
    assert (item_key("films", left) == item_key("films", right)) == (left == right)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ({"a": "b1:cS1:d"}, {"a": "b", "c": "d"}),
        ({"a": "1"}, {"a": Decimal(1)}),
        ({"a": "MQ=="}, {"a": b"1"}),
        ({"a": ""}, {"a": b""}),
    ],
)
def test_values_that_look_like_separators_or_other_types_do_not_collide(
    left: dict[str, KeyValue], right: dict[str, KeyValue]
) -> None:
    assert item_key("films", left) != item_key("films", right)
