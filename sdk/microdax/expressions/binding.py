"""From a syntax tree to nodes: placeholders are resolved, and operands checked as far as their types are known.

The type of a value in the request is known, and that size() gives a number; what a path leads to is not, and is
looked at when the node is evaluated. Operators and functions stand in tables by name, conditions' and updates'.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Final, TypeAlias, cast

from microdax.expressions import nodes
from microdax.expressions.conditions import order
from microdax.expressions.lexer import InvalidExpression
from microdax.expressions.nodes import Literal, Operand, Path, Size
from microdax.expressions.paths import check_apart
from microdax.expressions.scope import Scope
from microdax.expressions.syntax import ActionText, Call, PathText, Syntax, ValueText
from microdax.model import limits
from microdax.model.values import BinarySet, NumberSet, StringSet, Value, number_text, type_name

Operands: TypeAlias = tuple[Operand, ...]

_ORDERED: Final = frozenset({"S", "N", "B"})
_SIZED: Final = frozenset({"S", "B", "SS", "NS", "BS", "L", "M"})
_ARITIES: Final[Mapping[str, int]] = {
    "attribute_exists": 1,
    "attribute_not_exists": 1,
    "attribute_type": 2,
    "begins_with": 2,
    "contains": 2,
    "size": 1,
    "if_not_exists": 2,
    "list_append": 2,
}
# The types in the order in which DynamoDB's messages name them.
_ANY_TYPE: Final = "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}"
_VALID_TYPES: Final = ("B", "NULL", "SS", "BOOL", "L", "BS", "N", "NS", "S", "M")
_LONG_TYPE_NAMES: Final[Mapping[str, str]] = {
    "S": "STRING",
    "N": "NUMBER",
    "B": "BINARY",
    "BOOL": "BOOLEAN",
    "NULL": "NULL",
    "L": "LIST",
    "M": "MAP",
    "SS": "STRING_SET",
    "NS": "NUMBER_SET",
    "BS": "BINARY_SET",
}


def bind_condition(call: Syntax, scope: Scope) -> nodes.Condition:
    assert isinstance(call, Call), "the reader lets nothing else stand for a condition"
    if call.operator == "NOT":
        return nodes.Not(bind_condition(call.operands[0], scope))
    if call.operator in ("AND", "OR"):
        parts = tuple([bind_condition(part, scope) for part in call.operands])
        return nodes.And(parts) if call.operator == "AND" else nodes.Or(parts)
    operands = tuple([_operand(operand, scope) for operand in call.operands])
    _check_arity(call)
    _check_distinct(call.operator, operands)
    return _CONDITIONS[call.operator](call.operator, operands)


def bind_update(actions: Sequence[ActionText], scope: Scope) -> nodes.Update:
    paths = bind_paths([action.path for action in actions], scope)
    return nodes.Update(tuple([_action(text, path, scope) for text, path in zip(actions, paths, strict=True)]))


def bind_paths(texts: Sequence[Path | PathText], scope: Scope) -> tuple[Path, ...]:
    """Paths that have to be apart from each other."""
    paths = tuple([_path(text, scope) for text in texts])
    if len(paths) > 1:
        check_apart(paths)
    return paths


def _path(text: Path | PathText, scope: Scope) -> Path:
    if isinstance(text, Path):
        return text
    return Path(tuple([scope.name(s) if isinstance(s, str) and s.startswith("#") else s for s in text.steps]))


def _operand(text: Syntax, scope: Scope) -> Operand:
    if isinstance(text, ValueText):
        return Literal(scope.value(text.placeholder))
    if isinstance(text, Call):
        return _size(text, scope)
    return _path(text, scope)


def _size(call: Call, scope: Scope) -> Size:
    operands = [_operand(operand, scope) for operand in call.operands]
    _check_arity(call)
    (of,) = operands
    _check_types("size", operands, _SIZED)
    assert not isinstance(of, Size), "a size is a number and has none"
    return Size(of)


def _comparison(operator: str, operands: Operands) -> nodes.Condition:
    left, right = operands
    if operator not in ("=", "<>"):
        _check_types(operator, operands, _ORDERED)
    return nodes.Comparison(cast(nodes.Comparator, operator), left, right)


def _between(operator: str, operands: Operands) -> nodes.Condition:
    operand, low, high = operands
    _check_types(operator, operands, _ORDERED)
    if isinstance(low, Literal) and isinstance(high, Literal):
        _check_bounds(low.value, high.value)
    return nodes.Between(operand, low, high)


def _in(_: str, operands: Operands) -> nodes.Condition:
    operand, *choices = operands
    if len(choices) > limits.IN_OPERANDS_MAX:
        raise InvalidExpression(
            f"The IN operator is provided with too many operands; number of operands: {len(choices)}"
        )
    return nodes.In(operand, tuple(choices))


def _attribute_exists(operator: str, operands: Operands) -> nodes.Condition:
    return nodes.AttributeExists(_as_path(operator, operands[0]))


def _attribute_not_exists(operator: str, operands: Operands) -> nodes.Condition:
    return nodes.AttributeNotExists(_as_path(operator, operands[0]))


def _attribute_type(operator: str, operands: Operands) -> nodes.Condition:
    operand, wanted = operands
    if not isinstance(wanted, Literal) or not isinstance(wanted.value, str):
        raise _wrong_type(operator, _static_type(wanted) or _ANY_TYPE)
    if wanted.value not in _VALID_TYPES:
        raise InvalidExpression(
            f"Invalid attribute type name found; type: {wanted.value}, valid types: {{{','.join(_VALID_TYPES)}}}"
        )
    return nodes.AttributeType(operand, wanted.value)


def _begins_with(operator: str, operands: Operands) -> nodes.Condition:
    operand, prefix = operands
    _check_types(operator, operands, frozenset({"S", "B"}))
    return nodes.BeginsWith(operand, prefix)


def _contains(_: str, operands: Operands) -> nodes.Condition:
    container, element = operands
    return nodes.Contains(container, element)


_CONDITIONS: Final[Mapping[str, Callable[[str, Operands], nodes.Condition]]] = {
    **dict.fromkeys(("=", "<>", "<", "<=", ">", ">="), _comparison),
    "BETWEEN": _between,
    "IN": _in,
    "attribute_exists": _attribute_exists,
    "attribute_not_exists": _attribute_not_exists,
    "attribute_type": _attribute_type,
    "begins_with": _begins_with,
    "contains": _contains,
}


def _action(text: ActionText, path: Path, scope: Scope) -> nodes.Action:
    if text.value is None:
        return nodes.RemoveAction(path)
    value = _new_value(text.value, scope)
    if text.clause == "SET":
        return nodes.SetAction(path, value)
    assert isinstance(value, Literal), "the grammar of ADD and DELETE"
    given = value.value
    if isinstance(given, StringSet | NumberSet | BinarySet):
        return nodes.AddAction(path, given) if text.clause == "ADD" else nodes.DeleteAction(path, given)
    if isinstance(given, Decimal) and text.clause == "ADD":
        return nodes.AddAction(path, given)
    raise InvalidExpression(
        f"Incorrect operand type for operator or function; operator: {text.clause}, "
        f"operand type: {_LONG_TYPE_NAMES[type_name(given)]}, typeSet: ALLOWED_FOR_{text.clause}_OPERAND"
    )


def _new_value(text: Syntax, scope: Scope) -> nodes.NewValue:
    if isinstance(text, ValueText):
        return Literal(scope.value(text.placeholder))
    if not isinstance(text, Call):
        return _path(text, scope)
    operands = [_new_value(operand, scope) for operand in text.operands]
    _check_arity(text)
    first, second = operands
    if text.operator == "if_not_exists":
        path = _as_path(text.operator, first)
        _check_distinct(text.operator, operands)
        return nodes.IfNotExists(path, second)
    if text.operator == "list_append":
        _check_types(text.operator, operands, frozenset({"L"}))
        return nodes.ListAppend(first, second)
    _check_types(text.operator, operands, frozenset({"N"}))
    return nodes.Sum(first, second) if text.operator == "+" else nodes.Difference(first, second)


def _check_arity(call: Call) -> None:
    if len(call.operands) != _ARITIES.get(call.operator, len(call.operands)):
        raise InvalidExpression(
            "Incorrect number of operands for operator or function; "
            f"operator or function: {call.operator}, number of operands: {len(call.operands)}"
        )


def _check_distinct(operator: str, operands: Sequence[object]) -> None:
    first, *others = operands
    if isinstance(first, Path) and first in others:
        raise InvalidExpression(
            "The first operand must be distinct from the remaining operands for this operator or function; "
            f"operator: {operator}, first operand: {first}"
        )


def _check_types(operator: str, operands: Sequence[Operand | nodes.NewValue], allowed: frozenset[str]) -> None:
    for operand in operands:
        type_ = _static_type(operand)
        if type_ is not None and type_ not in allowed:
            raise _wrong_type(operator, type_)


def _check_bounds(low: Value, high: Value) -> None:
    wrong = None
    if type(low) is not type(high):
        wrong = "same data type for lower and upper bounds"
    elif order(low, high) == 1:
        wrong = "upper bound to be greater than or equal to lower bound"
    if wrong:
        raise InvalidExpression(
            f"The BETWEEN operator requires {wrong}; "
            f"lower bound operand: {_shown(low)}, upper bound operand: {_shown(high)}"
        )


def _static_type(operand: Operand | nodes.NewValue) -> str | None:
    """The type that the operand has in every item, if it is known."""
    if isinstance(operand, Literal):
        return type_name(operand.value)
    return "N" if isinstance(operand, Size) else None


def _as_path(operator: str, operand: Operand | nodes.NewValue) -> Path:
    if not isinstance(operand, Path):
        raise InvalidExpression(f"Operator or function requires a document path; operator or function: {operator}")
    return operand


def _wrong_type(operator: str, type_: str) -> InvalidExpression:
    return InvalidExpression(
        f"Incorrect operand type for operator or function; operator or function: {operator}, operand type: {type_}"
    )


def _shown(bound: Value) -> str:
    """A bound of BETWEEN as DynamoDB's messages show it."""
    if isinstance(bound, bytes):
        return f"AttributeValue: {{B:java.nio.HeapByteBuffer[pos=0 lim={len(bound)} cap={len(bound)}]}}"
    text = number_text(bound) if isinstance(bound, Decimal) else bound
    return f"AttributeValue: {{{type_name(bound)}:{text}}}"
