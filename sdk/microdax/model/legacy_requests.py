"""What requests say in the parameters that expressions have replaced, checked and in one form.

Expected, QueryFilter and ScanFilter are conditions on attributes by name, KeyConditions likewise, AttributeUpdates
an action for each attribute, AttributesToGet a list of names. `expressions.legacy` makes the nodes out of them that an
expression would have been.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from microdax.model.values import Value

ComparisonOperator = Literal[
    "EQ",
    "NE",
    "LE",
    "LT",
    "GE",
    "GT",
    "NOT_NULL",
    "NULL",
    "CONTAINS",
    "NOT_CONTAINS",
    "BEGINS_WITH",
    "IN",
    "BETWEEN",
]
UpdateAction = Literal["PUT", "ADD", "DELETE", "REMOVE"]


@dataclass(frozen=True, slots=True)
class AttributeCondition:
    """A comparison of one attribute with as many values as the operator takes, all of a type that it takes."""

    operator: ComparisonOperator
    values: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class AttributeConditions:
    """Conditions by the attribute that they are about: all must hold, or one where `one_suffices`."""

    conditions: Mapping[str, AttributeCondition]
    one_suffices: bool = False


@dataclass(frozen=True, slots=True)
class AttributeUpdate:
    """What is done to one attribute; REMOVE is the action that requests call DELETE without a value."""

    action: UpdateAction
    value: Value = None


@dataclass(frozen=True, slots=True)
class Legacy:
    """The legacy parameters of one request: None are those that it has not, or that its operation does not know."""

    conditions: AttributeConditions | None = None
    key_conditions: Mapping[str, AttributeCondition] | None = None
    updates: Mapping[str, AttributeUpdate] | None = None
    attributes: tuple[str, ...] | None = None


NO_LEGACY: Final = Legacy()
