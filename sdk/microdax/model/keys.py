"""Keys: the schema that says which attributes they are, their rules, and the name by which caches know an item.

Two ways to a key, with messages of their own: `key_of_item` takes it out of a whole item, `checked_key` takes one that
a caller named.

An item's `ItemKey` is the same for every spelling of its key (the order of the attributes, 1.0 for 1), and two
items never share one: attribute names and table names cannot hold the separators that stand after them, and each
value is preceded by its length.
"""

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, Literal, NewType

from microdax.model import limits
from microdax.model.errors import ValidationException
from microdax.model.values import Key, KeyValue, Value, number_text, type_name, value_bytes

KeyType = Literal["S", "N", "B"]

ItemKey = NewType("ItemKey", str)

_INVALID: Final = "One or more parameter values were invalid: "
_NOT_THE_KEY: Final = "The provided key element does not match the schema"


@dataclass(frozen=True, slots=True)
class KeyAttribute:
    """The name and the type (S, N or B) of an attribute that is part of a key."""

    name: str
    type: KeyType


@dataclass(frozen=True, slots=True)
class KeySchema:
    """A hash key and, where items of one partition are sorted, a range key."""

    hash: KeyAttribute
    range: KeyAttribute | None = None
    attributes: tuple[KeyAttribute, ...] = field(init=False, repr=False, compare=False)
    names: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        attributes = (self.hash,) if self.range is None else (self.hash, self.range)
        object.__setattr__(self, "attributes", attributes)
        object.__setattr__(self, "names", tuple(attribute.name for attribute in attributes))


def key_of_item(schema: KeySchema, item: Mapping[str, Value]) -> Key:
    """The key attributes of an item that is to be stored, or ValidationException for what is wrong with them."""
    for attribute in schema.attributes:
        if attribute.name not in item:
            raise ValidationException(f"{_INVALID}Missing the key {attribute.name} in the item")
        actual = type_name(item[attribute.name])
        if actual != attribute.type:
            raise ValidationException(
                f"{_INVALID}Type mismatch for key {attribute.name} expected: {attribute.type} actual: {actual}"
            )
    return _checked_values(schema, item)


def checked_key(schema: KeySchema, key: Mapping[str, Value]) -> Key:
    """The key that a caller named, or ValidationException where it is not one of this schema."""
    if len(key) != len(schema.attributes):
        raise ValidationException(_NOT_THE_KEY)
    for attribute in schema.attributes:
        if attribute.name not in key or type_name(key[attribute.name]) != attribute.type:
            raise ValidationException(_NOT_THE_KEY)
    return _checked_values(schema, key)


def check_not_empty(schema: KeySchema, attributes: Mapping[str, Value]) -> None:
    """Refuse an empty string or binary as a key attribute; whether all of them are there is not asked."""
    for attribute in schema.attributes:
        value = attributes.get(attribute.name)
        if value in ("", b"") and type_name(value) == attribute.type:
            kind = "string" if value == "" else "binary"
            raise ValidationException(
                "One or more parameter values are not valid. "
                f"The AttributeValue for a key attribute cannot contain an empty {kind} value. Key: {attribute.name}"
            )


def key_value(attributes: Mapping[str, Value], attribute: KeyAttribute) -> KeyValue:
    """The value of a key attribute that is known to be there and of its type."""
    value = attributes[attribute.name]
    assert isinstance(value, KeyValue), f"{attribute.name} is no scalar"
    return value


def item_key(table: str, key: Mapping[str, KeyValue]) -> ItemKey:
    """Name the item of `table` that has these key attributes."""
    return ItemKey(table + "\0" + "".join(_parts(sorted(key.items()))))


def _checked_values(schema: KeySchema, attributes: Mapping[str, Value]) -> Key:
    """The key attributes, of their types, in the schema's order, none of them empty or too long."""
    key = {name: value for name in schema.names if isinstance(value := attributes[name], KeyValue)}
    check_not_empty(schema, attributes)
    if value_bytes(key[schema.hash.name]) > limits.HASH_KEY_BYTES_MAX:
        # The missing blank is the service's.
        raise ValidationException(
            f"{_INVALID}Size of hashkey has exceeded the maximum size limit of{limits.HASH_KEY_BYTES_MAX} bytes"
        )
    if schema.range is not None and value_bytes(key[schema.range.name]) > limits.RANGE_KEY_BYTES_MAX:
        raise ValidationException(
            f"{_INVALID}Aggregated size of all range keys has exceeded "
            f"the size limit of {limits.RANGE_KEY_BYTES_MAX} bytes"
        )
    return key


def _parts(attributes: Iterable[tuple[str, KeyValue]]) -> Iterable[str]:
    for name, value in attributes:
        if isinstance(value, str):
            yield f"{len(name)}:{name}S{len(value)}:{value}"
        elif isinstance(value, Decimal):
            text = number_text(value)
            yield f"{len(name)}:{name}N{len(text)}:{text}"
        else:
            text = base64.b64encode(value).decode()
            yield f"{len(name)}:{name}B{len(text)}:{text}"
