from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend_store.kv.ordered import (
    order_bytes,
    order_number,
    order_prefix,
    order_string,
    order_value,
    read_bytes,
    read_number,
    read_string,
)
from microdax.model.values import checked_number


def _number(sign: int, digits: int, exponent: int) -> Decimal:
    """A number whose first digit has the given exponent."""
    text = str(digits)
    return Decimal((sign, tuple(map(int, text)), exponent - len(text) + 1))


# Few distinct exponents and digits beside the whole range, so that numbers that differ in one place come up.
numbers = st.one_of(
    st.builds(_number, st.integers(0, 1), st.integers(0, 10**38 - 1), st.integers(-130, 125)),
    st.builds(_number, st.integers(0, 1), st.integers(0, 1200), st.integers(-1, 3)),
)
# Zeros and FF are what the encoding has to take care of.
blobs = st.one_of(st.binary(max_size=20), st.lists(st.sampled_from([0, 1, 2, 0xFE, 0xFF]), max_size=6).map(bytes))
texts = st.one_of(st.text(max_size=20), st.text("\x00\x01ab\u00ff\uffff\U0001f600", max_size=5))


@given(blobs, blobs)
def test_bytes_sort_as_unsigned_bytes(left: bytes, right: bytes) -> None:
    assert (order_bytes(left) < order_bytes(right)) == (left < right)
    assert (order_bytes(left) == order_bytes(right)) == (left == right)


@given(texts, texts)
def test_strings_sort_as_their_utf8_bytes(left: str, right: str) -> None:
    assert (order_string(left) < order_string(right)) == (left.encode() < right.encode())


@given(numbers, numbers)
def test_numbers_sort_by_value(left: Decimal, right: Decimal) -> None:
    assert (order_number(left) < order_number(right)) == (left < right)
    assert (order_number(left) == order_number(right)) == (left == right)


def test_the_ends_of_the_range_of_numbers_sort() -> None:
    digits = "9." + "9" * 37
    ascending = [
        Decimal(text)
        for text in (
            f"-{digits}E+125",
            "-1E+125",
            "-10.1",
            "-10",
            "-9.99",
            "-1",
            f"-{digits}E-130",
            "-1E-130",
            "0",
            "1E-130",
            f"{digits}E-130",
            "1",
            "9.99",
            "10",
            "10.1",
            "1E+125",
            f"{digits}E+125",
        )
    ]
    assert sorted(ascending, key=order_number) == ascending
    assert len(set(map(order_number, ascending))) == len(ascending)


@pytest.mark.parametrize("text", ["0", "-0", "0.00", "0E+10"])
def test_every_zero_is_one_number(text: str) -> None:
    assert order_number(Decimal(text)) == order_number(Decimal(0))


@pytest.mark.parametrize("text", ["100", "1E+2", "100.000", "10E1"])
def test_every_spelling_of_a_number_is_one_number(text: str) -> None:
    assert order_number(Decimal(text)) == order_number(Decimal(100))


@given(numbers)
def test_numbers_read_back_in_the_form_of_the_model(number: Decimal) -> None:
    encoded = order_number(number)
    read, end = read_number(encoded + b"\x00behind")
    assert read.as_tuple() == checked_number(number).as_tuple()
    assert end == len(encoded)


@given(blobs)
def test_bytes_read_back(blob: bytes) -> None:
    encoded = order_bytes(blob)
    assert read_bytes(encoded + b"\x00\x01behind") == (blob, len(encoded))


@given(texts)
def test_strings_read_back(text: str) -> None:
    encoded = order_string(text)
    assert read_string(b"before" + encoded + b"\xff", len(b"before")) == (text, len(b"before") + len(encoded))


@given(texts, numbers, blobs, texts, numbers, blobs)
def test_parts_behind_each_other_sort_by_the_first_that_differs(
    text: str, number: Decimal, blob: bytes, other_text: str, other_number: Decimal, other_blob: bytes
) -> None:
    left = order_value(text) + order_value(number) + order_value(blob)
    right = order_value(other_text) + order_value(other_number) + order_value(other_blob)
    parts, other_parts = (text.encode(), number, blob), (other_text.encode(), other_number, other_blob)
    assert (left < right) == (parts < other_parts)


@given(st.tuples(numbers, numbers), st.tuples(numbers, numbers))
def test_numbers_behind_each_other_sort_by_the_first_that_differs(
    left: tuple[Decimal, Decimal], right: tuple[Decimal, Decimal]
) -> None:
    assert (b"".join(map(order_number, left)) < b"".join(map(order_number, right))) == (left < right)


@given(blobs, blobs)
def test_a_prefix_is_what_the_texts_that_begin_with_it_begin_with(prefix: bytes, blob: bytes) -> None:
    assert order_bytes(blob).startswith(order_prefix(prefix)) == blob.startswith(prefix)
    assert order_bytes(prefix + blob).startswith(order_prefix(prefix))


def test_encodings_keep_their_bytes() -> None:
    """Files are full of them: a change of these bytes is a change of the format."""
    assert order_string("a\x00b") == b"a\x00\xffb\x00\x01"
    assert order_bytes(b"\xff") == b"\xff\x00\x01"
    assert order_number(Decimal(0)) == b"\x02"
    assert order_number(Decimal("123")) == b"\x03" + bytes((132, 0x13, 0x31)) + b"\x00"
    assert order_number(Decimal("-123")) == b"\x01" + bytes((255 - 132, 255 - 0x13, 255 - 0x31)) + b"\xff"
