"""Items keep their values through JSON, have one form on disk, and what is no item is refused as the service does."""

import random
from decimal import Decimal
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from microdax.model.errors import DynamoDBError, SerializationException, ValidationException
from microdax.model.values import BinarySet, Item, NumberSet, StringSet, Value, equal, item_bytes
from microdax.wire.item_json import (
    check_item_types,
    check_value_types,
    decode_item,
    encode_item,
    item_from_json,
    item_to_json,
    value_from_json,
    value_to_json,
)
from tests.support.attribute_values import items, nested, values

INVALID = "One or more parameter values were invalid: "
EMPTY = "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
TWO = "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes"
TOO_DEEP = (
    "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit"
)


def shuffled(value: Value, seed: int) -> Value:
    """The same value with its maps in another order."""
    if isinstance(value, list):
        return [shuffled(element, seed) for element in value]
    if isinstance(value, dict):
        members = list(value.items())
        random.Random(seed).shuffle(members)
        return {name: shuffled(member, seed) for name, member in members}
    return value


@given(items)
def test_an_item_survives_its_bytes_trusted_or_not(item: Item) -> None:
    body = encode_item(item)
    assert equal(decode_item(body), item)
    assert equal(item_from_json(orjson.loads(body)), item)


@given(values)
def test_a_value_survives_its_json(value: Value) -> None:
    assert equal(value_from_json(value_to_json(value)), value)


@given(items, st.integers())
def test_equal_items_have_equal_bytes(item: Item, seed: int) -> None:
    other = shuffled(item, seed)
    assert isinstance(other, dict)
    assert encode_item(other) == encode_item(item)


@given(items)
def test_encoding_what_was_decoded_changes_nothing(item: Item) -> None:
    body = encode_item(item)
    assert encode_item(decode_item(body)) == body


@given(items)
def test_a_trusted_item_has_the_size_it_had_when_it_came(item: Item) -> None:
    assert item_bytes(decode_item(encode_item(item))) == item_bytes(item)


@given(items)
def test_json_is_never_shorter_than_the_size_that_counts(item: Item) -> None:
    """The decoder of requests relies on it: it measures no item of a body below the limit."""
    assert len(encode_item(item)) >= item_bytes(item)


@pytest.mark.parametrize(
    ("value", "json"),
    [
        ("a", {"S": "a"}),
        ("", {"S": ""}),
        ("a\0b", {"S": "a\0b"}),
        (Decimal("1E+3"), {"N": "1000"}),
        (Decimal("1.50").normalize(), {"N": "1.5"}),
        (b"", {"B": ""}),
        (b"\xfb\xff\xbf", {"B": "+/+/"}),
        (True, {"BOOL": True}),
        (False, {"BOOL": False}),
        (None, {"NULL": True}),
        ([], {"L": []}),
        ([None, ["a"]], {"L": [{"NULL": True}, {"L": [{"S": "a"}]}]}),
        ({}, {"M": {}}),
        ({"": "empty inner names are not checked here"}, {"M": {"": {"S": "empty inner names are not checked here"}}}),
        (StringSet(["b", "", "a"]), {"SS": ["", "a", "b"]}),
        (NumberSet([Decimal(10), Decimal(9), Decimal(-1)]), {"NS": ["-1", "9", "10"]}),
        (BinarySet([b"b", b"a"]), {"BS": ["YQ==", "Yg=="]}),
    ],
)
def test_the_json_of_each_type(value: Value, json: object) -> None:
    assert value_to_json(value) == json


def test_bytes_are_compact_and_sorted() -> None:
    assert encode_item({"b": "é", "a": Decimal(1)}) == '{"a":{"N":"1"},"b":{"S":"é"}}'.encode()
    assert item_to_json({"b": "c"}) == {"b": {"S": "c"}}


def test_spellings_of_a_number_are_stored_as_one() -> None:
    bodies = {encode_item(item_from_json({"a": {"N": text}})) for text in ("100", "1e2", "100.00", "+0100")}
    assert bodies == {b'{"a":{"N":"100"}}'}


@pytest.mark.parametrize(
    ("json", "message"),
    [
        ({}, EMPTY),
        (None, EMPTY),
        ({"a": ""}, EMPTY),
        ({"S": None}, EMPTY),
        ({"S": None, "N": None}, EMPTY),
        ({"S": "a", "N": "1"}, TWO),
        ({"S": "a", "N": ""}, "The parameter cannot be converted to a numeric value"),
        ({"N": ""}, "The parameter cannot be converted to a numeric value"),
        ({"N": "b"}, "The parameter cannot be converted to a numeric value: b"),
        ({"N": "1" * 39}, "Attempting to store more than 38 significant digits in a Number"),
        ({"NULL": False}, INVALID + "Null attribute value types must have the value of true"),
        ({"NULL": "no"}, INVALID + "Null attribute value types must have the value of true"),
        ({"SS": []}, INVALID + "An string set  may not be empty"),
        ({"NS": []}, INVALID + "An number set  may not be empty"),
        ({"BS": []}, INVALID + "Binary sets should not be empty"),
        ({"SS": ["a", None]}, INVALID + "An string set may not have a null string as a member"),
        ({"BS": ["YQ==", None]}, INVALID + "Binary sets may not contain null or empty values"),
        ({"NS": ["1", None]}, "The parameter cannot be converted to a numeric value"),
        ({"NS": ["1", "b", "a"]}, "The parameter cannot be converted to a numeric value: b"),
        ({"SS": ["a", "a"]}, INVALID + "Input collection [a, a] contains duplicates."),
        ({"NS": ["1", "1.0"]}, "Input collection contains duplicates"),
        ({"BS": ["Yg==", "Yg=="]}, INVALID + "Input collection [Yg==, Yg==]of type BS contains duplicates."),
        ({"L": [{"S": "a"}, {}]}, EMPTY),
        ({"L": [None]}, EMPTY),
        ({"M": {"a": {"SS": []}}}, INVALID + "An string set  may not be empty"),
        ({"M": {"": {"S": "a"}}}, INVALID + "An attribute name may not be empty"),
    ],
)
def test_a_wrong_value_is_refused(json: object, message: str) -> None:
    with pytest.raises(ValidationException) as refusal:
        value_from_json(json)
    assert refusal.value.message == message


@pytest.mark.parametrize(
    ("json", "message"),
    [
        ("a", "Unexpected value type in payload"),
        ([], "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.AttributeValue"),
        ({"S": 1}, "NUMBER_VALUE cannot be converted to String"),
        ({"N": 1}, "NUMBER_VALUE cannot be converted to String"),
        ({"N": 1.5}, "DECIMAL_VALUE cannot be converted to String"),
        ({"B": 1}, "only base-64-encoded strings are convertible to bytes"),
        ({"BOOL": 1}, "NUMBER_VALUE cannot be converted to Boolean"),
        ({"NULL": {}}, "Start of structure or map found where not expected"),
        ({"SS": "a"}, "Unexpected field type"),
        ({"SS": [1]}, "NUMBER_VALUE cannot be converted to String"),
        ({"NS": [1]}, "NUMBER_VALUE cannot be converted to String"),
        ({"BS": ["a"]}, "Base64 encoded length is expected a multiple of 4 bytes but found: 1"),
        ({"L": {}}, "Start of structure or map found where not expected"),
        ({"L": ["a"]}, "Unexpected value type in payload"),
        ({"M": "a"}, "Unexpected field type"),
        ({"M": {"a": {"L": [{"S": True}]}}}, "TRUE_VALUE cannot be converted to String"),
    ],
)
def test_a_wrong_json_type_in_a_value_is_found_by_both_looks(json: object, message: str) -> None:
    for look in (value_from_json, check_value_types):
        with pytest.raises(SerializationException) as refusal:
            look(json)
        assert refusal.value.message == message


def test_words_that_stand_for_booleans_are_booleans() -> None:
    assert value_from_json({"BOOL": "yes"}) is True
    assert value_from_json({"NULL": "true"}) is None


def test_unknown_members_of_a_value_do_not_count() -> None:
    assert value_from_json({"S": "a", "x": 1}) == "a"
    assert value_from_json({"S": "a", "N": None}) == "a"


@given(values)
def test_the_look_for_types_passes_all_values(value: Value) -> None:
    check_value_types(value_to_json(value))


@pytest.mark.parametrize("json", [{"N": "abc"}, {"SS": []}, {}, {"S": "a", "N": "b"}, {"L": [None]}, {"SS": [None]}])
def test_the_look_for_types_does_not_judge_values(json: object) -> None:
    check_item_types({"a": json})


@pytest.mark.parametrize("json", ["a", [], [{}]])
def test_an_item_is_a_map(json: object) -> None:
    for look in (item_from_json, check_item_types):
        with pytest.raises(SerializationException):
            look(json)


def test_32_levels_are_allowed_and_the_33rd_is_refused() -> None:
    """The item is a level, and so is each list or map in it; what is in the last of them is on the 32nd."""
    assert value_from_json(nested(31, {"S": "a"}))
    assert value_from_json(nested(31, {"M": {}}))
    for too_deep in (nested(32, {"S": "a"}), nested(33, {"S": "a"}), nested(32, {"L": []})):
        with pytest.raises(ValidationException) as refusal:
            value_from_json(too_deep)
        assert refusal.value.message == TOO_DEEP


def test_hostile_depth_ends_at_the_limit_and_not_in_the_stack() -> None:
    deep = nested(100_000, {"S": 1})
    with pytest.raises(ValidationException) as refusal:
        value_from_json(deep)
    assert refusal.value.message == TOO_DEEP
    check_value_types(deep)
    del deep  # in one piece: the interpreter frees nested containers without recursion


@pytest.mark.parametrize("name", ["a" * 65_535, "é" * 32_767, "€" * 21_845])
def test_attribute_names_of_64_kib_less_one_byte_are_allowed(name: str) -> None:
    assert item_from_json({name: {"S": "a"}}) == {name: "a"}


@pytest.mark.parametrize("name", ["a" * 65_536, "é" * 32_768, "€" * 21_846])
def test_longer_attribute_names_are_refused(name: str) -> None:
    with pytest.raises(ValidationException) as refusal:
        item_from_json({name: {"S": "a"}})
    assert refusal.value.message == INVALID + "Attribute name is too large, must be less than 65536 bytes"


json_documents: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-10, 10), st.floats(allow_nan=False), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["S", "N", "B", "BOOL", "NULL", "L", "M", "SS", "NS", "BS", "x"]), inner, max_size=3
        ),
    ),
    max_leaves=10,
)


@given(json_documents)
def test_any_json_is_either_a_value_or_refused(json: object) -> None:
    try:
        value = value_from_json(json)
    except DynamoDBError as refusal:
        assert refusal.http_status == 400
    else:
        assert equal(value_from_json(value_to_json(value)), value)
