"""Key conditions: which partition a Query reads, and how much of it.

A KeyConditionExpression is read like any condition; what may stand in one is far less. The partition's key must
equal a value. The range key may be bounded on one side or both (= bounds it on both) or have to begin with a
prefix: just what a scan over ordered keys starts and stops at.

The legacy KeyConditions come as conditions by attribute and go the same way from there.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, TypeAlias

from microdax.expressions import nodes
from microdax.expressions.nodes import BeginsWith, Between, Comparator, Comparison, Condition, Operand, Path
from microdax.model.errors import ValidationException
from microdax.model.keys import KeyAttribute, KeySchema
from microdax.model.values import KeyValue, type_name


@dataclass(frozen=True, slots=True)
class Bound:
    """Where a range begins or ends; `inclusive` where the value itself is in it."""

    value: KeyValue
    inclusive: bool


@dataclass(frozen=True, slots=True)
class RangeBounds:
    """Range keys from `low` to `high`; None where that side is open."""

    low: Bound | None = None
    high: Bound | None = None


@dataclass(frozen=True, slots=True)
class RangePrefix:
    """Range keys that begin with `prefix`."""

    prefix: str | bytes


@dataclass(frozen=True, slots=True)
class KeyCondition:
    """The value of the hash key, and what is asked of the range key if anything is."""

    hash: KeyValue
    range: RangeBounds | RangePrefix | None = None


_Part: TypeAlias = Comparison | Between | BeginsWith

_MIRRORED: Final[dict[Comparator, Comparator]] = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_REFUSED: Final[dict[type[Condition], str]] = {
    nodes.Or: "OR",
    nodes.Not: "NOT",
    nodes.In: "IN",
    nodes.AttributeExists: "attribute_exists",
    nodes.AttributeNotExists: "attribute_not_exists",
    nodes.AttributeType: "attribute_type",
    nodes.Contains: "contains",
}


def key_condition(condition: Condition, schema: KeySchema) -> KeyCondition:
    """What `condition` asks of the keys of a table or index with this schema."""
    parts: dict[str, _Part] = {}
    for part in _parts(condition):
        name = _key_name(part)
        if name in parts:
            raise ValidationException("KeyConditionExpressions must only contain one condition per key")
        parts[name] = part
    return key_condition_of_parts(parts, schema)


def key_condition_of_parts(parts: Mapping[str, Condition], schema: KeySchema) -> KeyCondition:
    """The same, of conditions by the attribute that they are about."""
    if len(parts) not in (1, 2):
        raise ValidationException("Conditions can be of length 1 or 2 only")
    if schema.hash.name not in parts:
        raise _missing(schema.hash)
    hash_part = _indexable(parts[schema.hash.name])
    if not isinstance(hash_part, Comparison) or hash_part.operator != "=":
        raise ValidationException("Query key condition not supported")
    hash_value = _value(_other(hash_part), schema.hash)
    if len(parts) == 1:
        return KeyCondition(hash_value)
    if schema.range is None:
        raise ValidationException("Query key condition not supported")
    if schema.range.name not in parts:
        raise _missing(schema.range)
    return KeyCondition(hash_value, _restriction(_indexable(parts[schema.range.name]), schema.range))


def _indexable(part: Condition) -> _Part:
    """The condition, if it is one that a range of keys can answer; of an expression others were refused before."""
    if isinstance(part, Between | BeginsWith) or (isinstance(part, Comparison) and part.operator != "<>"):
        return part
    raise ValidationException("Attempted conditional constraint is not an indexable operation")


def _parts(condition: Condition) -> Iterator[_Part]:
    """The conditions that AND joins, all of a kind that a key condition may hold."""
    if isinstance(condition, nodes.And):
        for part in condition.conditions:
            yield from _parts(part)
    elif isinstance(condition, Comparison | Between | BeginsWith):
        if isinstance(condition, Comparison) and condition.operator == "<>":
            raise _refused_operator("<>")
        yield condition
    else:
        raise _refused_operator(_REFUSED[type(condition)])


def _key_name(part: _Part) -> str:
    """The attribute that a condition is about: the one path in it, of one step."""
    operands = _operands(part)
    if any(isinstance(operand, nodes.Size) for operand in operands):
        raise ValidationException("KeyConditionExpressions cannot contain nested operations")
    if not isinstance(part, Comparison) and not isinstance(operands[0], Path):
        operator = "BETWEEN" if isinstance(part, Between) else "begins_with"
        raise _invalid(f"{operator} operator must have the key attribute as its first operand")
    paths = [operand for operand in operands if isinstance(operand, Path)]
    if not paths:
        raise _invalid("No key attribute specified")
    if len(paths) > 1:
        raise _invalid("Multiple attribute names used in one condition")
    name = paths[0].steps[0]
    if len(paths[0].steps) > 1:
        raise ValidationException("KeyConditionExpressions cannot have conditions on nested attributes")
    assert isinstance(name, str), "a path begins with a name"
    return name


def _operands(part: _Part) -> tuple[Operand, ...]:
    if isinstance(part, Comparison):
        return (part.left, part.right)
    if isinstance(part, Between):
        return (part.operand, part.low, part.high)
    return (part.operand, part.prefix)


def _restriction(part: _Part, attribute: KeyAttribute) -> RangeBounds | RangePrefix:
    if isinstance(part, Between):
        low, high = _value(part.low, attribute), _value(part.high, attribute)
        return RangeBounds(Bound(low, True), Bound(high, True))
    if isinstance(part, BeginsWith):
        prefix = _value(part.prefix, attribute)
        assert not isinstance(prefix, Decimal), "begins_with a number was refused"
        return RangePrefix(prefix)
    bound = Bound(_value(_other(part), attribute), part.operator in ("=", "<=", ">="))
    operator = part.operator if isinstance(part.left, Path) else _MIRRORED[part.operator]
    return RangeBounds(
        low=bound if operator in ("=", ">", ">=") else None,
        high=bound if operator in ("=", "<", "<=") else None,
    )


def _other(comparison: Comparison) -> Operand:
    """The operand that the key is compared with, on whichever side it stands."""
    return comparison.right if isinstance(comparison.left, Path) else comparison.left


def _value(operand: Operand, attribute: KeyAttribute) -> KeyValue:
    """The value of the operand, which has to be one that the key attribute can have."""
    assert isinstance(operand, nodes.Literal), "all but the key attribute itself was seen to be values"
    value = operand.value
    if type_name(value) != attribute.type or not isinstance(value, str | Decimal | bytes):
        raise ValidationException(
            "One or more parameter values were invalid: Condition parameter type does not match schema type"
        )
    if value in ("", b""):
        raise ValidationException(
            "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an "
            f"empty {'string' if value == '' else 'binary'} value. Key: {attribute.name}"
        )
    return value


def _missing(attribute: KeyAttribute) -> ValidationException:
    return ValidationException(f"Query condition missed key schema element: {attribute.name}")


def _refused_operator(name: str) -> ValidationException:
    return ValidationException(f"Invalid operator used in KeyConditionExpression: {name}")


def _invalid(problem: str) -> ValidationException:
    return ValidationException(f"Invalid condition in KeyConditionExpression: {problem}")
