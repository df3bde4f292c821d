"""A member of the wrong JSON type is refused in the service's words, and what the service converts is converted."""

from collections.abc import Callable
from functools import partial

import pytest

from microdax.model.errors import SerializationException
from microdax.wire.json_types import (
    read_boolean,
    read_bytes,
    read_integer,
    read_list,
    read_map,
    read_string,
    read_structure,
)

STRUCTURE = "Start of structure or map found where not expected"
NOT_BASE64 = "Invalid last non-pad Base64 character dectected"
INNER = "sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl cannot be cast to java.lang.Class"
MAP_EXPECTED = (
    "Unrecognized collection type java.util.Map<java.lang.String, com.amazonaws.dynamodb.v20120810.AttributeValue>"
)

_integer = partial(read_integer, type_name="Integer")
_long = partial(read_integer, type_name="Long")
_map = partial(read_map, value_type="AttributeValue")
_inner_map = partial(read_map, value_type="AttributeValue", inner=True)
_inner_list = partial(read_list, inner=True)
_member = partial(read_structure, type_name="Projection", element=False)
_element = partial(read_structure, type_name="Condition", element=True)


@pytest.mark.parametrize(
    ("read", "json", "message"),
    [
        (read_string, True, "TRUE_VALUE cannot be converted to String"),
        (read_string, False, "FALSE_VALUE cannot be converted to String"),
        (read_string, 23, "NUMBER_VALUE cannot be converted to String"),
        (read_string, 34.56, "DECIMAL_VALUE cannot be converted to String"),
        (read_string, [], "Unrecognized collection type class java.lang.String"),
        (read_string, {}, STRUCTURE),
        (read_boolean, 23, "NUMBER_VALUE cannot be converted to Boolean"),
        (read_boolean, 1, "NUMBER_VALUE cannot be converted to Boolean"),
        (read_boolean, 34.56, "DECIMAL_VALUE cannot be converted to Boolean"),
        (read_boolean, "23", "Unexpected token received from parser"),
        (read_boolean, "", "Unexpected token received from parser"),
        (read_boolean, [], "Unrecognized collection type class java.lang.Boolean"),
        (read_boolean, {}, STRUCTURE),
        (_integer, "23", "STRING_VALUE cannot be converted to Integer"),
        (_integer, True, "TRUE_VALUE cannot be converted to Integer"),
        (_integer, [], "Unrecognized collection type class java.lang.Integer"),
        (_integer, {}, STRUCTURE),
        (_long, "23", "STRING_VALUE cannot be converted to Long"),
        (_long, False, "FALSE_VALUE cannot be converted to Long"),
        (_long, [], "Unrecognized collection type class java.lang.Long"),
        (read_bytes, True, "only base-64-encoded strings are convertible to bytes"),
        (read_bytes, 23, "only base-64-encoded strings are convertible to bytes"),
        (read_bytes, [], "Unrecognized collection type class java.nio.ByteBuffer"),
        (read_bytes, {}, STRUCTURE),
        (read_bytes, "23456", "Base64 encoded length is expected a multiple of 4 bytes but found: 5"),
        (read_bytes, "=+/=", NOT_BASE64),
        (read_bytes, "+/+=", NOT_BASE64),
        (read_bytes, "YQ=Q", NOT_BASE64),
        (read_bytes, "YR==", NOT_BASE64),
        (read_bytes, "a\nbc", NOT_BASE64),
        (read_bytes, "aé==", NOT_BASE64),
        (read_bytes, "-_-_", NOT_BASE64),
        (read_list, "23", "Unexpected field type"),
        (read_list, True, "Unexpected field type"),
        (read_list, {}, STRUCTURE),
        (_inner_list, 23, INNER),
        (_map, 34.56, "Unexpected field type"),
        (_map, "23", "Unexpected field type"),
        (_map, [], MAP_EXPECTED),
        (_inner_map, "23", INNER),
        (_member, "23", "Unexpected field type"),
        (_member, [], "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.Projection"),
        (_element, "23", "Unexpected value type in payload"),
        (_element, [], "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.Condition"),
    ],
)
def test_a_wrong_json_type_is_refused(read: Callable[[object], object], json: object, message: str) -> None:
    with pytest.raises(SerializationException) as refusal:
        read(json)
    assert refusal.value.message == message


def test_a_map_of_javas_own_types_is_named_in_full() -> None:
    with pytest.raises(SerializationException, match=r"Map<java\.lang\.String, java\.lang\.String>"):
        read_map([], "java.lang.String")


@pytest.mark.parametrize(
    ("read", "json", "value"),
    [
        (read_string, "a\0b", "a\0b"),
        (read_boolean, True, True),
        (read_boolean, "true", True),
        (read_boolean, "Yes", True),
        (read_boolean, "1", True),
        (read_boolean, "FALSE", False),
        (read_boolean, "no", False),
        (read_boolean, "0", False),
        (_integer, 7, 7),
        (_integer, 7.9, 7),
        (_integer, -7.9, -7),
        (read_bytes, "", b""),
        (read_bytes, "YQ==", b"a"),
        (read_bytes, "+/+/", b"\xfb\xff\xbf"),
        (read_list, [1], [1]),
        (_map, {"a": 1}, {"a": 1}),
        (_element, {}, {}),
    ],
)
def test_a_right_or_convertible_json_type_is_read(
    read: Callable[[object], object], json: object, value: object
) -> None:
    assert read(json) == value
