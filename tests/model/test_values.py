"""Numbers keep what DynamoDB keeps and refuse the rest; sizes are those that the service charges for."""

from decimal import Decimal

import pytest
from hypothesis import given

from microdax.model.errors import ValidationException
from microdax.model.values import (
    BinarySet,
    Item,
    NumberSet,
    StringSet,
    Value,
    add,
    equal,
    item_bytes,
    number_text,
    parse_number,
    stored_number,
    subtract,
    type_name,
    value_bytes,
)
from tests.support.attribute_values import all_numbers, items, values

OVERFLOW = "Number overflow. Attempting to store a number with magnitude larger than supported range"
UNDERFLOW = "Number underflow. Attempting to store a number with magnitude smaller than supported range"
TOO_PRECISE = "Attempting to store more than 38 significant digits in a Number"


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("0", "0"),
        ("-0", "0"),
        ("0.000", "0"),
        ("0e1000", "0"),
        ("1", "1"),
        ("+1", "1"),
        ("1.0", "1"),
        ("10E-1", "1"),
        ("0001.23", "1.23"),
        (".5", "0.5"),
        ("5.", "5"),
        ("-17.4E3", "-17400"),
        ("1e+5", "100000"),
        ("9" * 38, "9" * 38),
        ("1" * 38 + "0" * 87, "1" * 38 + "0" * 87),
        ("1e125", "1" + "0" * 125),
        ("1E-130", "0." + "0" * 129 + "1"),
        ("9." + "9" * 37 + "e125", "9" * 38 + "0" * 88),
        ("-9." + "9" * 37 + "e-130", "-0." + "0" * 129 + "9" * 38),
        ("1" + "0" * 100, "1" + "0" * 100),
    ],
)
def test_spellings_of_a_number_come_out_in_plain_digits(text: str, canonical: str) -> None:
    assert number_text(parse_number(text)) == canonical


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1" * 39, TOO_PRECISE),
        ("-1." + "2" * 38, TOO_PRECISE),
        ("1e126", OVERFLOW),
        ("-1e126", OVERFLOW),
        ("11e125", OVERFLOW),
        ("1" * 200, OVERFLOW),
        ("1e-131", UNDERFLOW),
        ("-0.9e-130", UNDERFLOW),
        ("1e999999999", OVERFLOW),
        ("1e-999999999", UNDERFLOW),
        ("", "The parameter cannot be converted to a numeric value"),
        *(
            (text, f"The parameter cannot be converted to a numeric value: {text}")
            for text in (
                "abc",
                "NaN",
                "sNaN1",
                "Infinity",
                "-Infinity",
                "1_000",
                " 1",
                "1 ",
                "1\n",
                "٣",
                "0x10",
                "1e",
                "--1",
            )
        ),
        ("1e99999999999999999999", "The parameter cannot be converted to a numeric value: 1e99999999999999999999"),
    ],
)
def test_what_is_no_number_of_dynamodb_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValidationException) as refusal:
        parse_number(text)
    assert refusal.value.message == message


@given(all_numbers)
def test_a_number_survives_its_text(number: Decimal) -> None:
    text = number_text(number)
    assert "E" not in text
    assert parse_number(text) == number
    assert stored_number(text).as_tuple() == parse_number(text).as_tuple() == number.as_tuple()


def test_sums_are_exact_to_38_digits() -> None:
    big = parse_number("1e22")
    assert number_text(add(Decimal(1), big)) == "10000000000000000000001"
    assert number_text(subtract(big, Decimal(1))) == "9999999999999999999999"
    assert number_text(add(parse_number("1e37"), Decimal(1))) == "1" + "0" * 36 + "1"


@pytest.mark.parametrize(
    ("left", "right"),
    [("9e125", "9e125"), ("1e50", "1"), ("9" * 38, "0.1"), ("1e125", "1e-130")],
)
def test_a_sum_that_does_not_fit_is_refused_and_not_rounded(left: str, right: str) -> None:
    for operation, second in ((add, right), (subtract, "-" + right)):
        with pytest.raises(ValidationException) as refusal:
            operation(parse_number(left), parse_number(second))
        assert refusal.value.message == OVERFLOW


def test_a_difference_is_normalised() -> None:
    assert subtract(Decimal("1.5"), Decimal("0.5")).as_tuple() == Decimal(1).as_tuple()
    assert number_text(subtract(Decimal(7), Decimal(7))) == "0"


def test_a_sum_below_the_smallest_magnitude_is_an_underflow() -> None:
    smallest = parse_number("1.1e-130")
    with pytest.raises(ValidationException) as refusal:
        subtract(smallest, parse_number("1e-130"))
    assert refusal.value.message == UNDERFLOW


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 1),
        ("1", 2),
        ("-1", 3),
        ("11", 2),
        ("100", 2),
        ("101", 3),
        ("1.1", 3),
        ("0.01", 2),
        ("0.1", 2),
        ("1" + "0" * 125, 2),
        ("11" + "0" * 124, 2),
        ("11111" + "0" * 121, 4),
        ("111111" + "0" * 120, 4),
        ("1111111" + "0" * 119, 5),
        ("1" * 38 + "0" * 88, 20),
        ("9" * 38, 20),
    ],
)
def test_a_number_takes_a_byte_for_each_pair_of_digits_and_one_for_the_exponent(text: str, size: int) -> None:
    assert value_bytes(parse_number(text)) == size


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ("", 0),
        ("abc", 3),
        ("é€😀", 9),
        (b"\x00\xff", 2),
        (True, 1),
        (None, 1),
        ([], 3),
        (["a", None], 3 + 2 + 2),
        ({}, 3),
        ({"ab": "c"}, 3 + 1 + 2 + 1),
        (StringSet(["ab", "c"]), 3),
        (NumberSet([Decimal(1), Decimal(2)]), 4),
        (BinarySet([b"abc"]), 3),
    ],
)
def test_sizes_of_values(value: Value, size: int) -> None:
    assert value_bytes(value) == size


def test_an_item_is_as_large_as_its_names_and_values_in_utf8() -> None:
    assert item_bytes({}) == 0
    assert item_bytes({"id": "abc", "ä": Decimal(1)}) == 2 + 3 + 2 + 2


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("", "S"),
        (Decimal(0), "N"),
        (b"", "B"),
        (False, "BOOL"),
        (None, "NULL"),
        ([], "L"),
        ({}, "M"),
        (StringSet(), "SS"),
        (NumberSet(), "NS"),
        (BinarySet(), "BS"),
    ],
)
def test_each_type_has_its_name(value: Value, name: str) -> None:
    assert type_name(value) == name


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (True, Decimal(1)),
        (False, Decimal(0)),
        ([True], [Decimal(1)]),
        ({"a": {"b": False}}, {"a": {"b": Decimal(0)}}),
        (StringSet(), NumberSet()),
        ("", b""),
        (["a"], ["a", "b"]),
        ({"a": "x"}, {"b": "x"}),
    ],
)
def test_values_of_different_types_are_never_equal(left: Value, right: Value) -> None:
    assert not equal(left, right)
    assert not equal(right, left)


@given(values)
def test_every_value_equals_itself(value: Value) -> None:
    assert equal(value, value)


@given(items)
def test_an_item_is_never_smaller_than_its_parts(item: Item) -> None:
    assert item_bytes(item) == sum(item_bytes({name: value}) for name, value in item.items())
