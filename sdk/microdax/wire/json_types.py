"""Which JSON stands for each type of the API's members, and the SerializationException for any other.

Amazon's front end makes typed members out of the JSON before anything looks at what they say, so a wrong JSON type is
reported before a wrong value. The wording is the service's own, Java names and spelling included. What it converts
without complaint is converted here too: the words true, 1, yes and their opposites for a Boolean, a fraction for an
Integer. null stands for a member that is absent; the callers leave it out before they come here.
"""

import base64
from collections.abc import Mapping
from typing import Final, Literal, cast

from microdax.model.errors import SerializationException

_API_TYPES: Final = "com.amazonaws.dynamodb.v20120810."
_BOOLEAN_WORDS: Final[Mapping[str, bool]] = {
    "TRUE": True,
    "1": True,
    "YES": True,
    "FALSE": False,
    "0": False,
    "NO": False,
}
_UNEXPECTED_STRUCTURE: Final = "Start of structure or map found where not expected"
_UNEXPECTED_FIELD: Final = "Unexpected field type"
_UNEXPECTED_ELEMENT: Final = "Unexpected value type in payload"
_UNEXPECTED_INNER: Final = (
    "sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl cannot be cast to java.lang.Class"
)


def read_string(json: object) -> str:
    if isinstance(json, str):
        return json
    raise _not_scalar(json, "String")


def read_boolean(json: object) -> bool:
    if isinstance(json, bool):
        return json
    if not isinstance(json, str):
        raise _not_scalar(json, "Boolean")
    boolean = _BOOLEAN_WORDS.get(json.upper())
    if boolean is None:
        raise SerializationException("Unexpected token received from parser")
    return boolean


def read_integer(json: object, type_name: Literal["Integer", "Long"]) -> int:
    if isinstance(json, int | float) and not isinstance(json, bool):
        return int(json)
    raise _not_scalar(json, type_name)


def read_timestamp(json: object) -> float:
    if isinstance(json, int | float) and not isinstance(json, bool):
        return float(json)
    if isinstance(json, dict):
        raise SerializationException(_UNEXPECTED_STRUCTURE)
    if isinstance(json, list):
        raise SerializationException("Unrecognized collection type class java.util.Date")
    raise SerializationException(f"{_token(json)} cannot be converted to milliseconds since epoch")


def read_bytes(json: object) -> bytes:
    """Read a Blob: base64 with its padding and no bits to spare."""
    if isinstance(json, str):
        return _read_base64(json)
    if isinstance(json, list):
        raise SerializationException("Unrecognized collection type class java.nio.ByteBuffer")
    if isinstance(json, dict):
        raise SerializationException(_UNEXPECTED_STRUCTURE)
    raise SerializationException("only base-64-encoded strings are convertible to bytes")


def read_list(json: object, *, inner: bool = False) -> list[object]:
    """Read a list. `inner` where it stands directly in a map or list, for which the service has another message."""
    if isinstance(json, list):
        return cast(list[object], json)
    if isinstance(json, dict):
        raise SerializationException(_UNEXPECTED_STRUCTURE)
    raise SerializationException(_UNEXPECTED_INNER if inner else _UNEXPECTED_FIELD)


def read_map(json: object, value_type: str, *, inner: bool = False) -> dict[str, object]:
    """Read a map. `value_type` is the API's or Java's name of what is in it; `inner` is as in `read_list`."""
    if isinstance(json, dict):
        return cast(dict[str, object], json)
    if isinstance(json, list):
        raise SerializationException(
            f"Unrecognized collection type java.util.Map<java.lang.String, {_qualified(value_type)}>"
        )
    raise SerializationException(_UNEXPECTED_INNER if inner else _UNEXPECTED_FIELD)


def read_structure(json: object, type_name: str, *, element: bool) -> dict[str, object]:
    """Read a structure; `element` where it is an element of a list or map, not a member of another structure."""
    if isinstance(json, dict):
        return cast(dict[str, object], json)
    if isinstance(json, list):
        raise SerializationException(f"Unrecognized collection type class {_qualified(type_name)}")
    raise SerializationException(_UNEXPECTED_ELEMENT if element else _UNEXPECTED_FIELD)


def _read_base64(text: str) -> bytes:
    if len(text) % 4:
        raise SerializationException(f"Base64 encoded length is expected a multiple of 4 bytes but found: {len(text)}")
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        raise _not_base64() from None
    # Python overlooks bits that the padding leaves unused; two texts must not stand for one value.
    if text.endswith("=") and base64.b64encode(data).decode() != text:
        raise _not_base64()
    return data


def _not_base64() -> SerializationException:
    return SerializationException("Invalid last non-pad Base64 character dectected")


def _not_scalar(json: object, type_name: str) -> SerializationException:
    if isinstance(json, list):
        return SerializationException(f"Unrecognized collection type class java.lang.{type_name}")
    if isinstance(json, dict):
        return SerializationException(_UNEXPECTED_STRUCTURE)
    return SerializationException(f"{_token(json)} cannot be converted to {type_name}")


def _token(json: object) -> str:
    """The JSON parser's name of a scalar."""
    if isinstance(json, bool):
        return "TRUE_VALUE" if json else "FALSE_VALUE"
    if isinstance(json, int):
        return "NUMBER_VALUE"
    return "DECIMAL_VALUE" if isinstance(json, float) else "STRING_VALUE"


def _qualified(type_name: str) -> str:
    return type_name if "." in type_name else _API_TYPES + type_name
