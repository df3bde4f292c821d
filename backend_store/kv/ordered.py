"""Key values as bytes that sort as DynamoDB sorts.

Strings sort by their UTF-8 bytes, binary values as unsigned bytes, numbers by value. No encoding is the beginning
of another one of its type, so encodings can stand one behind the other and the whole sorts by its first part, then
by its second.

==========  =====================================================================================
text        the bytes, each 00 as 00 FF, and 00 01 at the end: what ends sorts before what goes on
number > 0  03, then the exponent + 130, the digits in pairs (00 to 99 as 01 to 9A), 00
number = 0  02
number < 0  01, then the complement of what stands behind the 03 of its absolute value
==========  =====================================================================================

The exponent is that of the first digit, so numbers of one sign sort by it first. The digits have no zeros at the
end, so equal numbers have one encoding.
"""

from decimal import Context, Decimal, Inexact, InvalidOperation, Rounded
from typing import Final

from microdax.model import limits
from microdax.model.values import KeyValue

_TEXT_END: Final = b"\x00\x01"
_ZERO_BYTE: Final = b"\x00"
_ESCAPED_ZERO_BYTE: Final = b"\x00\xff"

_NEGATIVE: Final = b"\x01"
_ZERO: Final = b"\x02"
_POSITIVE: Final = b"\x03"
_NUMBER_END: Final = b"\x00"

# A pair of digits as binary-coded decimal (00 to 99), moved clear of the byte that ends the number.
_UP: Final = bytes((byte + 1) & 0xFF for byte in range(256))
_DOWN: Final = bytes((byte - 1) & 0xFF for byte in range(256))
_COMPLEMENT: Final = bytes(0xFF - byte for byte in range(256))

_EXACT: Final = Context(prec=limits.NUMBER_DIGITS_MAX, traps=[Inexact, InvalidOperation, Rounded])


def order_value(value: KeyValue) -> bytes:
    """Encode the value of a key attribute."""
    if isinstance(value, str):
        return order_string(value)
    if isinstance(value, bytes):
        return order_bytes(value)
    return order_number(value)


def order_string(value: str) -> bytes:
    """Encode so that bytes sort as DynamoDB sorts strings; the inverse is `read_string`."""
    return order_bytes(value.encode())


def order_bytes(value: bytes) -> bytes:
    """Encode so that what is behind does not change the order; the inverse is `read_bytes`."""
    return order_prefix(value) + _TEXT_END


def order_prefix(value: str | bytes) -> bytes:
    """What the encodings of all texts that begin with `value` begin with, and those of no others."""
    text = value.encode() if isinstance(value, str) else value
    return text.replace(_ZERO_BYTE, _ESCAPED_ZERO_BYTE)


def order_number(value: Decimal) -> bytes:
    """Encode so that bytes sort as the numbers do; the inverse is `read_number`."""
    if not value:
        return _ZERO
    if value < 0:
        return _NEGATIVE + _magnitude(value).translate(_COMPLEMENT)
    return _POSITIVE + _magnitude(value)


def read_string(data: bytes, start: int = 0) -> tuple[str, int]:
    """The string encoded at `start`, and where the next part begins."""
    text, end = read_bytes(data, start)
    return text.decode(), end


def read_bytes(data: bytes, start: int = 0) -> tuple[bytes, int]:
    """The binary value encoded at `start`, and where the next part begins."""
    end = data.index(_TEXT_END, start)
    return data[start:end].replace(_ESCAPED_ZERO_BYTE, _ZERO_BYTE), end + len(_TEXT_END)


def read_number(data: bytes, start: int = 0) -> tuple[Decimal, int]:
    """The number encoded at `start`, and where the next part begins."""
    sign, body = data[start : start + 1], start + 1
    if sign == _ZERO:
        return Decimal(0), body
    is_negative = sign == _NEGATIVE
    # The first byte is the exponent, which may look like the end.
    end = data.index(_NUMBER_END.translate(_COMPLEMENT) if is_negative else _NUMBER_END, body + 1)
    magnitude = data[body:end].translate(_COMPLEMENT) if is_negative else data[body:end]
    return _read_magnitude(magnitude, is_negative), end + 1


def _magnitude(value: Decimal) -> bytes:
    _, digits, exponent = value.normalize(_EXACT).as_tuple()
    assert isinstance(exponent, int), "a number of DynamoDB is finite"
    first_exponent = exponent + len(digits) - 1
    pairs = "".join(map(str, digits)) + "0" * (len(digits) % 2)
    return bytes((first_exponent - limits.NUMBER_EXPONENT_MIN,)) + bytes.fromhex(pairs).translate(_UP) + _NUMBER_END


def _read_magnitude(magnitude: bytes, is_negative: bool) -> Decimal:
    digits = magnitude[1:].translate(_DOWN).hex().rstrip("0")
    exponent = magnitude[0] + limits.NUMBER_EXPONENT_MIN - (len(digits) - 1)
    return Decimal((int(is_negative), tuple(map(int, digits)), exponent))
