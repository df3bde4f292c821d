"""Whether a condition holds for an item.

Values compare only with values of their own type. With any other, and with what is not there, every test is false
but <>, which is true. Strings order as their UTF-8 bytes do, which is the order of Python's code points too.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from microdax.expressions.nodes import (
    And,
    AttributeExists,
    AttributeNotExists,
    AttributeType,
    BeginsWith,
    Between,
    Comparator,
    Comparison,
    Condition,
    Contains,
    In,
    Literal,
    Not,
    Operand,
    Or,
    Path,
)
from microdax.expressions.paths import ABSENT, Found, lookup
from microdax.model.values import BinarySet, Item, NumberSet, StringSet, equal, type_name

_ORDERS: Final[Mapping[Comparator, tuple[int, ...]]] = {"<": (-1,), "<=": (-1, 0), ">": (1,), ">=": (0, 1)}


def holds(condition: Condition, item: Item) -> bool:
    """Whether `condition` is true of `item`; an item that does not exist is the empty one."""
    if isinstance(condition, Comparison):
        return _compares(condition, item)
    if isinstance(condition, And):
        return all(holds(part, item) for part in condition.conditions)
    if isinstance(condition, Or):
        return any(holds(part, item) for part in condition.conditions)
    if isinstance(condition, Not):
        return not holds(condition.condition, item)
    return _passes(condition, item)


def order(left: Found, right: Found) -> int | None:
    """-1, 0 or 1 for strings, numbers or binaries in ascending, equal or descending order; None for all else."""
    if (
        (isinstance(left, str) and isinstance(right, str))
        or (isinstance(left, Decimal) and isinstance(right, Decimal))
        or (isinstance(left, bytes) and isinstance(right, bytes))
    ):
        return (left > right) - (left < right)  # type: ignore[operator]
    return None


def _compares(comparison: Comparison, item: Item) -> bool:
    left = _value(comparison.left, item)
    right = _value(comparison.right, item)
    if comparison.operator == "=":
        return _same(left, right)
    if comparison.operator == "<>":
        return not _same(left, right)
    return order(left, right) in _ORDERS[comparison.operator]


def _passes(
    condition: Between | In | AttributeExists | AttributeNotExists | AttributeType | BeginsWith | Contains, item: Item
) -> bool:
    if isinstance(condition, AttributeExists):
        return lookup(condition.path, item) is not ABSENT
    if isinstance(condition, AttributeNotExists):
        return lookup(condition.path, item) is ABSENT
    if isinstance(condition, BeginsWith):
        return _begins_with(_value(condition.operand, item), _value(condition.prefix, item))
    if isinstance(condition, Contains):
        return _contains(_value(condition.container, item), _value(condition.element, item))
    value = _value(condition.operand, item)
    if isinstance(condition, AttributeType):
        return value is not ABSENT and type_name(value) == condition.type
    if isinstance(condition, In):
        return any(_same(value, _value(choice, item)) for choice in condition.choices)
    low, high = _value(condition.low, item), _value(condition.high, item)
    return order(low, value) in (-1, 0) and order(value, high) in (-1, 0)


def _value(operand: Operand, item: Item) -> Found:
    if isinstance(operand, Literal):
        return operand.value
    if isinstance(operand, Path):
        return lookup(operand, item)
    return _size(_value(operand.of, item))


def _same(left: Found, right: Found) -> bool:
    return left is not ABSENT and right is not ABSENT and equal(left, right)


def _size(value: Found) -> Found:
    """size(): of a string its length, of a binary its bytes, of a set, list or map its elements, of others nothing.

    The developer guide does not say what it counts in a string. DynamoDB Local counts as Java does: UTF-16 units.
    """
    if isinstance(value, str):
        return Decimal(len(value) if value.isascii() else len(value.encode("utf-16-le")) // 2)
    if isinstance(value, bytes | list | dict | StringSet | NumberSet | BinarySet):
        return Decimal(len(value))
    return ABSENT


def _begins_with(value: Found, prefix: Found) -> bool:
    if isinstance(value, str) and isinstance(prefix, str):
        return value.startswith(prefix)
    return isinstance(value, bytes) and isinstance(prefix, bytes) and value.startswith(prefix)


def _contains(container: Found, element: Found) -> bool:
    """Whether a string or binary has this part, or a set or list this element."""
    if isinstance(container, list):
        return any(_same(member, element) for member in container)
    # A set is asked only for its own type of element: to Python, True is in {Decimal(1)}.
    if isinstance(element, str):
        return isinstance(container, str | StringSet) and element in container
    if isinstance(element, bytes):
        return isinstance(container, bytes | BinarySet) and element in container
    return isinstance(element, Decimal) and isinstance(container, NumberSet) and element in container
