"""Legacy parameters as the nodes that an expression would have become.

So `conditions`, `updates`, `projections` and `key_conditions` say what they mean, and nobody else does. In most cases
an operator is an expression's operator by another name. NULL and NOT_NULL ask whether there is an attribute, whatever
its type, and NOT_CONTAINS is false where there is none; NE is true there. A name is a name: dots and brackets in it
lead nowhere.

Unlike an expression's, a list's ADD appends, and a value of the wrong type has a message of its own.
"""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Final

from microdax.expressions import nodes
from microdax.expressions.key_conditions import KeyCondition, key_condition_of_parts
from microdax.expressions.nodes import Condition, Literal, Path, Projection, Update
from microdax.model.keys import KeySchema
from microdax.model.legacy_requests import (
    AttributeCondition,
    AttributeConditions,
    AttributeUpdate,
    ComparisonOperator,
    UpdateAction,
)
from microdax.model.values import BinarySet, NumberSet, StringSet, Value

_TYPE_MISMATCH: Final = "Type mismatch for attribute to update"


def condition_node(conditions: AttributeConditions) -> Condition | None:
    """The conditions as one, or None where there are none, which is no condition."""
    parts = tuple(attribute_condition_node(name, asked) for name, asked in conditions.conditions.items())
    if len(parts) < 2:
        return parts[0] if parts else None
    return nodes.Or(parts) if conditions.one_suffices else nodes.And(parts)


def key_condition_of(conditions: Mapping[str, AttributeCondition], schema: KeySchema) -> KeyCondition:
    parts = {name: attribute_condition_node(name, asked) for name, asked in conditions.items()}
    return key_condition_of_parts(parts, schema)


def attribute_condition_node(name: str, asked: AttributeCondition) -> Condition:
    return _CONDITIONS[asked.operator](Path((name,)), *map(Literal, asked.values))


def update_node(updates: Mapping[str, AttributeUpdate]) -> Update:
    actions = [_ACTIONS[update.action](Path((name,)), update.value) for name, update in updates.items()]
    return Update(tuple(actions), type_mismatch=_TYPE_MISMATCH)


def projection_node(attributes: Iterable[str]) -> Projection:
    return Projection(tuple(Path((name,)) for name in attributes))


def _comparison(operator: nodes.Comparator) -> Callable[[Path, Literal], Condition]:
    return lambda path, value: nodes.Comparison(operator, path, value)


def _not_contains(path: Path, element: Literal) -> Condition:
    return nodes.And((nodes.AttributeExists(path), nodes.Not(nodes.Contains(path, element))))


def _in(path: Path, *choices: Literal) -> Condition:
    return nodes.In(path, choices)


_CONDITIONS: Final[Mapping[ComparisonOperator, Callable[..., Condition]]] = {
    "EQ": _comparison("="),
    "NE": _comparison("<>"),
    "LE": _comparison("<="),
    "LT": _comparison("<"),
    "GE": _comparison(">="),
    "GT": _comparison(">"),
    "NOT_NULL": nodes.AttributeExists,
    "NULL": nodes.AttributeNotExists,
    "CONTAINS": nodes.Contains,
    "NOT_CONTAINS": _not_contains,
    "BEGINS_WITH": nodes.BeginsWith,
    "IN": _in,
    "BETWEEN": nodes.Between,
}


def _put(path: Path, value: Value) -> nodes.Action:
    return nodes.SetAction(path, Literal(value))


def _add(path: Path, value: Value) -> nodes.Action:
    if isinstance(value, list):
        return nodes.SetAction(path, nodes.ListAppend(nodes.IfNotExists(path, Literal([])), Literal(value)))
    assert isinstance(value, Decimal | StringSet | NumberSet | BinarySet), "other types were refused"
    return nodes.AddAction(path, value)


def _delete(path: Path, value: Value) -> nodes.Action:
    assert isinstance(value, StringSet | NumberSet | BinarySet), "other types were refused"
    return nodes.DeleteAction(path, value)


_ACTIONS: Final[Mapping[UpdateAction, Callable[[Path, Value], nodes.Action]]] = {
    "PUT": _put,
    "ADD": _add,
    "DELETE": _delete,
    "REMOVE": lambda path, _: nodes.RemoveAction(path),
}
