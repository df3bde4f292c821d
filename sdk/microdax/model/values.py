"""Attribute values as Python values, one Python type for each DynamoDB type.

=====  ==============  =====  ==============  =====  ============
S      str             BOOL   bool            SS     StringSet
N      Decimal         NULL   None            NS     NumberSet
B      bytes           L      list            BS     BinarySet
..     ..              M      dict            ..     ..
=====  ==============  =====  ==============  =====  ============

Values are treated as immutable: whoever changes a document copies the way down to the change.
"""

from collections.abc import Callable, Mapping
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow
from typing import Final, TypeAlias

from microdax.model import limits
from microdax.model.errors import ValidationException


class StringSet(frozenset[str]):
    """SS: never empty on the wire."""


class NumberSet(frozenset[Decimal]):
    """NS: never empty on the wire; equal numbers in other spellings are one element."""


class BinarySet(frozenset[bytes]):
    """BS: never empty on the wire."""


SetValue: TypeAlias = StringSet | NumberSet | BinarySet
Value: TypeAlias = "str | Decimal | bytes | bool | list[Value] | dict[str, Value] | SetValue | None"
Item: TypeAlias = dict[str, Value]
KeyValue: TypeAlias = str | Decimal | bytes
Key: TypeAlias = dict[str, KeyValue]

_TYPE_NAMES: Final[Mapping[type, str]] = {
    str: "S",
    Decimal: "N",
    bytes: "B",
    bool: "BOOL",
    type(None): "NULL",
    list: "L",
    dict: "M",
    StringSet: "SS",
    NumberSet: "NS",
    BinarySet: "BS",
}

# Arithmetic in the 38 digits that DynamoDB keeps; the traps tell a result that does not fit from one that does.
# Rounded is not among them: it is signalled too where nothing but zeros is dropped, as from 1 with 125 zeros.
_EXACT: Final = Context(prec=limits.NUMBER_DIGITS_MAX, traps=[InvalidOperation, Overflow, Inexact])
_OVERFLOW: Final = "Number overflow. Attempting to store a number with magnitude larger than supported range"
_UNDERFLOW: Final = "Number underflow. Attempting to store a number with magnitude smaller than supported range"


def type_name(value: Value) -> str:
    """DynamoDB's name of the value's type: S, N, B, BOOL, NULL, L, M, SS, NS or BS."""
    return _TYPE_NAMES[type(value)]


def equal(left: Value, right: Value) -> bool:
    """Whether two values are of one type and the same; deep, since Python holds True equal to Decimal(1)."""
    if type(left) is not type(right):
        return False
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(equal, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(equal(left[name], right[name]) for name in left)
    return left == right


def parse_number(text: str) -> Decimal:
    """Read an N as DynamoDB does: normalised, so that 1.0, 1 and 10E-1 are one number.

    Raises ValidationException for what is not a number, has more than 38 significant digits, or lies outside
    1E-130 to 9.99...E+125.
    """
    # Decimal takes underscores, blanks and other scripts' digits, and the words NaN and Infinity; DynamoDB does not.
    if not text.isascii() or text.strip() != text or "_" in text:
        raise _not_numeric(text)
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise _not_numeric(text) from None
    if not number.is_finite():
        raise _not_numeric(text)
    return checked_number(number)


def checked_number(number: Decimal) -> Decimal:
    """Normalise `number`, or raise ValidationException where it needs more than DynamoDB keeps."""
    if not number:
        return Decimal(0)
    # Before anything is computed: exponents of a hundred million are cheap to send.
    magnitude = number.adjusted()
    if magnitude > limits.NUMBER_EXPONENT_MAX:
        raise ValidationException(_OVERFLOW)
    if magnitude < limits.NUMBER_EXPONENT_MIN:
        raise ValidationException(_UNDERFLOW)
    try:
        return number.normalize(_EXACT)
    except Inexact:
        raise ValidationException("Attempting to store more than 38 significant digits in a Number") from None


def add(left: Decimal, right: Decimal) -> Decimal:
    """The exact sum; raises ValidationException where it is out of range or needs more than 38 digits."""
    return _result(_EXACT.add, left, right)


def subtract(left: Decimal, right: Decimal) -> Decimal:
    """The exact difference; raises ValidationException where it is out of range or needs more than 38 digits."""
    return _result(_EXACT.subtract, left, right)


def stored_number(text: str) -> Decimal:
    """The inverse of `number_text`, normalised like all numbers; what `number_text` did not write is not checked."""
    number = Decimal(text)
    return number.normalize(_EXACT) if text[-1] == "0" else number


def number_text(number: Decimal) -> str:
    """The number in plain digits, never with an exponent, as DynamoDB returns it."""
    return format(number, "f")


def item_bytes(item: Mapping[str, Value]) -> int:
    """The size that counts against 400 KB, 1 MB pages and capacity units ("DynamoDB item sizes and formats")."""
    return sum(len(name.encode()) + value_bytes(value) for name, value in item.items())


def value_bytes(value: Value) -> int:
    """The size of one value, without its attribute name."""
    if isinstance(value, str):
        return len(value) if value.isascii() else len(value.encode())
    if isinstance(value, Decimal):
        return _number_bytes(value)
    if isinstance(value, bytes):
        return len(value)
    if isinstance(value, bool) or value is None:
        return 1
    if isinstance(value, list):
        return 3 + sum(1 + value_bytes(element) for element in value)
    if isinstance(value, dict):
        return 3 + len(value) + item_bytes(value)
    return sum(map(value_bytes, value))


def _result(operation: Callable[[Decimal, Decimal], Decimal], left: Decimal, right: Decimal) -> Decimal:
    try:
        return checked_number(operation(left, right))
    except Inexact:
        # 1E50 + 1 is not rounded but refused, and the service calls it an overflow.
        raise ValidationException(_OVERFLOW) from None


def _number_bytes(number: Decimal) -> int:
    """A byte for the exponent, one for each pair of digits, and one for a minus sign; zero takes one byte.

    Pairs are those of a number written to the base 100, so that 11 is one pair and 1.1 is two.
    """
    if not number:
        return 1
    sign, _, exponent = number.as_tuple()
    assert isinstance(exponent, int)
    pairs = number.adjusted() // 2 - exponent // 2 + 1
    return pairs + 1 + sign


def _not_numeric(text: str) -> ValidationException:
    return ValidationException("The parameter cannot be converted to a numeric value" + (f": {text}" if text else ""))
