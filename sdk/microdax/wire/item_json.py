"""Attribute values and items <-> DynamoDB JSON (`{"S": "a"}`, `{"id": {"S": "a"}}`).

Two ways in. `value_from_json` and `item_from_json` take what a caller sent and refuse what DynamoDB refuses.
`decode_item` takes bytes that `encode_item` wrote, so it checks nothing: it runs for every item that a filter looks at.

One way out. `encode_item` is canonical: equal items have equal bytes, whatever the order of their attributes, the
spelling of their numbers and the order of their sets was.

Errors come in the service's order. A wrong JSON type anywhere in a value outranks a wrong value; to find it costs a
second look at the whole, so `check_value_types` takes that look only when a value has been refused already.
"""

import base64
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final, cast

import orjson

from microdax.model import limits
from microdax.model.errors import ValidationException
from microdax.model.values import (
    BinarySet,
    Item,
    NumberSet,
    StringSet,
    Value,
    number_text,
    parse_number,
    stored_number,
)
from microdax.wire.json_types import (
    read_boolean,
    read_bytes,
    read_list,
    read_map,
    read_string,
    read_structure,
)

_INVALID: Final = "One or more parameter values were invalid: "
_EMPTY_VALUE: Final = "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
_TWO_VALUES: Final = (
    "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes"
)
_TOO_DEEP: Final = (
    "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit"
)
_UTF8_BYTES_MAX: Final = 4  # of one character


# ---- out


def encode_item(item: Mapping[str, Value]) -> bytes:
    """The canonical bytes of the item."""
    return orjson.dumps(item_to_json(item), option=orjson.OPT_SORT_KEYS)


def item_to_json(item: Mapping[str, Value]) -> dict[str, object]:
    return {name: _WRITERS[type(value)](value) for name, value in item.items()}


def value_to_json(value: Value) -> dict[str, object]:
    return _WRITERS[type(value)](value)


def _binary_text(data: bytes) -> str:
    return base64.b64encode(data).decode()


_WRITERS: Final[Mapping[type, Callable[[Any], dict[str, object]]]] = {
    str: lambda value: {"S": value},
    Decimal: lambda value: {"N": number_text(value)},
    bytes: lambda value: {"B": _binary_text(value)},
    bool: lambda value: {"BOOL": value},
    type(None): lambda _: {"NULL": True},
    list: lambda value: {"L": [value_to_json(element) for element in value]},
    dict: lambda value: {"M": item_to_json(value)},
    StringSet: lambda value: {"SS": sorted(value)},
    NumberSet: lambda value: {"NS": [number_text(number) for number in sorted(value)]},
    BinarySet: lambda value: {"BS": [_binary_text(data) for data in sorted(value)]},
}


# ---- in, trusted


def decode_item(body: bytes) -> Item:
    """The item of bytes that `encode_item` made; anything else may come out as anything, or as any error."""
    return _trusted_item(orjson.loads(body))


def _trusted_item(json: Mapping[str, Any]) -> Item:
    return {name: _trusted_value(value) for name, value in json.items()}


def _trusted_value(json: Mapping[str, Any]) -> Value:
    ((tag, content),) = json.items()
    return content if tag == "S" else _TRUSTED[tag](content)


_TRUSTED: Final[Mapping[str, Callable[[Any], Value]]] = {
    "N": stored_number,
    "B": base64.b64decode,
    "BOOL": lambda content: cast(bool, content),
    "NULL": lambda _: None,
    "L": lambda content: [_trusted_value(element) for element in content],
    "M": _trusted_item,
    "SS": StringSet,
    "NS": lambda content: NumberSet(map(stored_number, content)),
    "BS": lambda content: BinarySet(map(base64.b64decode, content)),
}


# ---- in, from a caller


def item_from_json(json: object) -> Item:
    """Read a map of attributes; raises SerializationException or ValidationException."""
    return _read_attributes(read_map(json, "AttributeValue"), level=1)


def value_from_json(json: object) -> Value:
    """Read one attribute value; raises SerializationException or ValidationException."""
    return _read_value(json, level=1)


def _read_attributes(attributes: Mapping[str, object], level: int) -> Item:
    return {checked_name(name): _read_value(value, level) for name, value in attributes.items()}


def _read_value(json: object, level: int) -> Value:
    """Read a value; `level` is how many maps and lists it is in, the item itself included."""
    if json is None:
        raise ValidationException(_EMPTY_VALUE)
    members = read_structure(json, "AttributeValue", element=True)
    if len(members) == 1:
        ((tag, content),) = members.items()
        if content is not None and tag in _READERS:
            return _READERS[tag](content, level)
    return _read_odd_value(members, level)


def _read_odd_value(members: Mapping[str, object], level: int) -> Value:
    """Read a value that has not exactly one member: unknown ones do not count, nor do those that are null."""
    known = {tag: content for tag, content in members.items() if content is not None and tag in _READERS}
    if not known:
        raise ValidationException(_EMPTY_VALUE)
    values = [_READERS[tag](content, level) for tag, content in known.items()]
    if len(values) > 1:
        raise ValidationException(_TWO_VALUES)
    return values[0]


def _read_null(json: object, _level: int) -> Value:
    if not read_boolean(json):
        raise ValidationException(_INVALID + "Null attribute value types must have the value of true")
    return None


def _read_elements(json: object, level: int) -> Value:
    elements = read_list(json)
    _check_level(level, elements)
    return [_read_value(element, level + 1) for element in elements]


def _read_members(json: object, level: int) -> Value:
    members = read_map(json, "AttributeValue")
    _check_level(level, members)
    return _read_attributes(members, level + 1)


def _read_string_set(json: object, _level: int) -> Value:
    elements = read_list(json)
    if not elements:
        raise ValidationException(_INVALID + "An string set  may not be empty")
    if None in elements:
        raise ValidationException(_INVALID + "An string set may not have a null string as a member")
    strings = StringSet(map(read_string, elements))
    if len(strings) != len(elements):
        raise ValidationException(f"{_INVALID}Input collection {_listed(elements)} contains duplicates.")
    return strings


def _read_number_set(json: object, _level: int) -> Value:
    elements = read_list(json)
    if not elements:
        raise ValidationException(_INVALID + "An number set  may not be empty")
    numbers = NumberSet(parse_number("" if element is None else read_string(element)) for element in elements)
    if len(numbers) != len(elements):
        raise ValidationException("Input collection contains duplicates")
    return numbers


def _read_binary_set(json: object, _level: int) -> Value:
    elements = read_list(json)
    if not elements:
        raise ValidationException(_INVALID + "Binary sets should not be empty")
    if None in elements:
        raise ValidationException(_INVALID + "Binary sets may not contain null or empty values")
    binaries = BinarySet(map(read_bytes, elements))
    if len(binaries) != len(elements):
        # The missing blank is the service's.
        raise ValidationException(f"{_INVALID}Input collection {_listed(elements)}of type BS contains duplicates.")
    return binaries


_READERS: Final[Mapping[str, Callable[[object, int], Value]]] = {
    "S": lambda json, _: read_string(json),
    "N": lambda json, _: parse_number(read_string(json)),
    "B": lambda json, _: read_bytes(json),
    "BOOL": lambda json, _: read_boolean(json),
    "NULL": _read_null,
    "L": _read_elements,
    "M": _read_members,
    "SS": _read_string_set,
    "NS": _read_number_set,
    "BS": _read_binary_set,
}


def checked_name(name: str) -> str:
    if not name:
        raise ValidationException(_INVALID + "An attribute name may not be empty")
    # Counting bytes is left to names that could be too long.
    if len(name) * _UTF8_BYTES_MAX > limits.ATTRIBUTE_NAME_BYTES_MAX:
        _check_long_name(name)
    return name


def _check_long_name(name: str) -> None:
    if len(name.encode()) > limits.ATTRIBUTE_NAME_BYTES_MAX:
        raise ValidationException(
            f"{_INVALID}Attribute name is too large, must be less than {limits.ATTRIBUTE_NAME_BYTES_MAX + 1} bytes"
        )


def _check_level(level: int, content: list[object] | dict[str, object]) -> None:
    """Whether what is in a map or list at `level` is not too deep; so hostile depth ends here, not in the stack."""
    if level >= limits.NESTING_LEVELS_MAX and content:
        raise ValidationException(_TOO_DEEP)


def _listed(elements: list[object]) -> str:
    return f"[{', '.join(map(str, elements))}]"


# ---- types only


def check_item_types(json: object) -> None:
    """Raise SerializationException if a JSON type in a map of attributes is wrong; values are not judged."""
    _check_attributes(read_map(json, "AttributeValue"), level=1)


def check_value_types(json: object, level: int = 1) -> None:
    """Raise SerializationException if a JSON type in an attribute value is wrong; the value is not judged."""
    if json is None or level > limits.NESTING_LEVELS_MAX:
        return
    for tag, content in read_structure(json, "AttributeValue", element=True).items():
        if content is not None and tag in _CHECKS:
            _CHECKS[tag](content, level)


def _check_attributes(attributes: Mapping[str, object], level: int) -> None:
    for value in attributes.values():
        check_value_types(value, level)


def _check_elements(json: object, level: int) -> None:
    for element in read_list(json):
        check_value_types(element, level + 1)


def _check_set(read: Callable[[object], object]) -> Callable[[object, int], None]:
    def check(json: object, _level: int) -> None:
        for element in read_list(json):
            if element is not None:
                read(element)

    return check


_CHECKS: Final[Mapping[str, Callable[[object, int], object]]] = {
    "S": lambda json, _: read_string(json),
    "N": lambda json, _: read_string(json),
    "B": lambda json, _: read_bytes(json),
    "BOOL": lambda json, _: read_boolean(json),
    "NULL": lambda json, _: read_boolean(json),
    "L": _check_elements,
    "M": lambda json, level: _check_attributes(read_map(json, "AttributeValue"), level + 1),
    "SS": _check_set(read_string),
    "NS": _check_set(read_string),
    "BS": _check_set(read_bytes),
}
