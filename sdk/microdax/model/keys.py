"""Keys: the schema that says which attributes they are, and the name by which caches know an item.

An item's `ItemKey` is the same for every spelling of its key (the order of the attributes, 1.0 for 1), and two
items never share one: attribute names and table names cannot hold the separators that stand after them, and each
value is preceded by its length.
"""

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, NewType

from microdax.model.values import KeyValue, Value, number_text

KeyType = Literal["S", "N", "B"]

ItemKey = NewType("ItemKey", str)


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

    @property
    def attributes(self) -> tuple[KeyAttribute, ...]:
        return (self.hash,) if self.range is None else (self.hash, self.range)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(attribute.name for attribute in self.attributes)


def item_key(table: str, key: Mapping[str, KeyValue]) -> ItemKey:
    """Name the item of `table` that has these key attributes."""
    return ItemKey(table + "\0" + "".join(_parts(sorted(key.items()))))


def table_prefix(table: str) -> str:
    """What the ItemKeys of all items of `table` begin with, and those of no other table."""
    return table + "\0"


def is_key_value(value: Value) -> bool:
    """Whether the value is of a type that a key attribute may have."""
    return isinstance(value, str | Decimal | bytes)


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
