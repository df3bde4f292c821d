"""What a WHERE says of the key, and what is left of it.

A WHERE is one condition. Where it is several joined by AND, those on key attributes can be had from the order of the
rows: which partitions to read (the hash key equals a value, or one of several) and which part of them (one condition
on the range key). All else, and every further condition on a key, has to be asked of each item.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from microdax.expressions import nodes
from microdax.expressions.nodes import BeginsWith, Between, Comparison, Condition, In, Literal, Operand, Or, Path
from microdax.model.errors import ValidationException
from microdax.model.keys import KeyAttribute, KeySchema
from microdax.model.values import Item, Value, type_name

_RangePart: TypeAlias = Comparison | Between | BeginsWith
_WRONG_TYPE: Final = "Key attribute's data type should match its data type in table's schema"


@dataclass(frozen=True, slots=True)
class Where:
    """`hashes` are the values that the hash key may have, None for any; `range` is a condition on the range key that
    goes with them; `rest` is what has to be asked of each item."""

    hashes: tuple[Value, ...] | None = None
    range: _RangePart | None = None
    rest: Condition | None = None


@dataclass(frozen=True, slots=True)
class NamedItem:
    """The attributes of the one key that a WHERE names, and what has to hold of its item besides."""

    key: Item
    rest: Condition | None


def read_where(where: Condition | None, schema: KeySchema) -> Where:
    """Split `where` for a SELECT."""
    parts = list(_parts(where))
    hash_part = _hash_part(parts, schema.hash)
    if hash_part is None:
        return Where(rest=where)
    parts.remove(hash_part)
    range_part = _range_part(parts, schema.range)
    if range_part is not None:
        parts.remove(range_part)
    return Where(_hash_values(hash_part, schema.hash), range_part, _joined(parts))


def read_named_item(where: Condition | None, schema: KeySchema) -> NamedItem | None:
    """Split a `where` that names one item by its whole key; None for one that does not."""
    parts = list(_parts(where))
    key: dict[str, Value] = {}
    for attribute in schema.attributes:
        found = _equality(parts, attribute)
        if found is None:
            return None
        parts.remove(found)
        key[attribute.name] = _checked(_value(found, attribute), attribute)
    return NamedItem(key, _joined(parts))


def _parts(condition: Condition | None) -> Iterator[Condition]:
    """The conditions that AND joins."""
    if isinstance(condition, nodes.And):
        for part in condition.conditions:
            yield from _parts(part)
    elif condition is not None:
        yield condition


def _joined(parts: list[Condition]) -> Condition | None:
    if len(parts) > 1:
        return nodes.And(tuple(parts))
    return parts[0] if parts else None


def _hash_part(parts: list[Condition], attribute: KeyAttribute) -> Condition | None:
    """The condition that gives the hash key a value or, if there is none, several values to choose from."""
    equality = _equality(parts, attribute)
    if equality is not None:
        return equality
    return next((part for part in parts if _is_choice(part, attribute)), None)


def _is_choice(part: Condition, attribute: KeyAttribute) -> bool:
    """Whether `part` is `hash IN [...]`, or `hash = ... OR hash = ...`."""
    if isinstance(part, In):
        return _is_of(part.operand, attribute) and all(isinstance(choice, Literal) for choice in part.choices)
    return isinstance(part, Or) and all(_is_equality(choice, attribute) for choice in part.conditions)


def _hash_values(part: Condition, attribute: KeyAttribute) -> tuple[Value, ...]:
    if isinstance(part, In):
        values = [choice.value for choice in part.choices if isinstance(choice, Literal)]
    else:
        choices = part.conditions if isinstance(part, Or) else (part,)
        values = [_value(choice, attribute) for choice in choices]
    return tuple(dict.fromkeys(_checked(value, attribute) for value in values))


def _range_part(parts: list[Condition], attribute: KeyAttribute | None) -> _RangePart | None:
    """The condition on the range key that bounds the rows: an equality if there is one."""
    if attribute is None:
        return None
    bounds = [part for part in parts if isinstance(part, _RangePart) and _is_bound(part, attribute)]
    part = _equality(parts, attribute) or next(iter(bounds), None)
    assert part is None or isinstance(part, _RangePart), "an equality is a comparison"
    if part is not None:
        for value in _literals(part):
            _checked(value, attribute)
    return part


def _is_bound(part: _RangePart, attribute: KeyAttribute) -> bool:
    match part:
        case Comparison(operator, left, right):
            if operator == "<>":
                return False
            operands = (left, right) if _is_of(left, attribute) else (right, left)
            return _is_of(operands[0], attribute) and isinstance(operands[1], Literal)
        case Between(operand, low, high):
            return _is_of(operand, attribute) and isinstance(low, Literal) and isinstance(high, Literal)
        case BeginsWith(operand, prefix):
            return _is_of(operand, attribute) and isinstance(prefix, Literal)


def _literals(part: _RangePart) -> Iterator[Value]:
    operands: tuple[Operand, ...]
    match part:
        case Comparison(_, left, right):
            operands = (left, right)
        case Between(_, low, high):
            operands = (low, high)
        case BeginsWith(_, prefix):
            operands = (prefix,)
    for operand in operands:
        if isinstance(operand, Literal):
            yield operand.value


def _equality(parts: list[Condition], attribute: KeyAttribute) -> Condition | None:
    return next((part for part in parts if _is_equality(part, attribute)), None)


def _is_equality(part: Condition, attribute: KeyAttribute) -> bool:
    return isinstance(part, Comparison) and part.operator == "=" and _is_bound(part, attribute)


def _value(equality: Condition, attribute: KeyAttribute) -> Value:
    assert isinstance(equality, Comparison), f"an equality of {attribute.name}"
    (value,) = _literals(equality)
    return value


def _is_of(operand: Operand, attribute: KeyAttribute) -> bool:
    return operand == Path((attribute.name,))


def _checked(value: Value, attribute: KeyAttribute) -> Value:
    if type_name(value) != attribute.type:
        raise ValidationException(_WRONG_TYPE)
    return value
