"""The parameters that expressions have replaced, read from a request whose constraints have been checked.

Two rules look at the whole request and come first: the two styles do not mix, and a ConditionalOperator needs
conditions to join. Then each reader checks its own parameter and brings it into the one form of
`model.legacy_requests`, in which Expected's three ways to ask (Value, Exists, ComparisonOperator) are one.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from microdax.expressions.conditions import order
from microdax.model.errors import ValidationException
from microdax.model.legacy_requests import (
    AttributeCondition,
    AttributeConditions,
    AttributeUpdate,
    ComparisonOperator,
    UpdateAction,
)
from microdax.model.values import Value, type_name
from microdax.wire.item_json import checked_name, value_from_json
from microdax.wire.shapes import Members

# In the order in which the service lists them, which is one for all operations.
LEGACY_PARAMETERS: Final = (
    "AttributesToGet",
    "AttributeUpdates",
    "Expected",
    "ScanFilter",
    "QueryFilter",
    "ConditionalOperator",
    "KeyConditions",
)
_JOINED: Final = ("Expected", "QueryFilter", "ScanFilter")
_COUNTS: Final[Mapping[ComparisonOperator, tuple[int, int | None]]] = {
    "NULL": (0, 0),
    "NOT_NULL": (0, 0),
    "IN": (1, None),
    "BETWEEN": (2, 2),
}
_ORDERED: Final = frozenset({"S", "N", "B"})
_TYPES: Final[Mapping[ComparisonOperator, frozenset[str]]] = {
    **dict.fromkeys(("LE", "LT", "GE", "GT", "IN", "BETWEEN"), _ORDERED),
    **dict.fromkeys(("CONTAINS", "NOT_CONTAINS"), _ORDERED | {"BOOL", "NULL"}),
    "BEGINS_WITH": frozenset({"S", "B"}),
}
_ADDABLE: Final = frozenset({"N", "SS", "NS", "BS", "L"})
_DELETABLE: Final = frozenset({"SS", "NS", "BS"})


# ---- of the whole request


def check_one_style(members: Members, expressions: Iterable[str]) -> None:
    """Refuse legacy parameters beside `expressions`, those that the operation knows.

    KeyConditions may stand beside the other expressions of a Query.
    """
    given = [parameter for parameter in expressions if parameter in members]
    legacy = [parameter for parameter in LEGACY_PARAMETERS if parameter in members]
    if "KeyConditions" in legacy and "KeyConditionExpression" not in given:
        legacy.remove("KeyConditions")
    if given and legacy:
        raise ValidationException(
            "Can not use both expression and non-expression parameters in the same request: "
            f"Non-expression parameters: {{{', '.join(legacy)}}} Expression parameters: {{{', '.join(given)}}}"
        )


def check_conditional_operator(members: Members) -> None:
    if "ConditionalOperator" not in members:
        return
    count = sum(len(members.get(parameter, ())) for parameter in _JOINED)
    if count == 0:
        raise ValidationException("ConditionalOperator cannot be used without Filter or Expected")
    if count == 1:
        raise ValidationException(
            "ConditionalOperator can only be used when Filter or Expected has two or more elements"
        )


# ---- one parameter each


def read_attributes_to_get(members: Members) -> tuple[str, ...] | None:
    names: Sequence[str] | None = members.get("AttributesToGet")
    if names is None:
        return None
    for position, name in enumerate(names):
        if name in names[:position]:
            raise _invalid(f"Duplicate value in attribute name: {name}")
    return tuple(map(checked_name, names))


def read_expected(members: Members) -> AttributeConditions | None:
    if "Expected" not in members:
        return None
    expected: Mapping[str, Members] = members["Expected"]
    return _joined({checked_name(name): _read_expectation(name, json) for name, json in expected.items()}, members)


def read_filter(members: Members, parameter: str) -> AttributeConditions | None:
    """QueryFilter or ScanFilter, as `parameter` says."""
    conditions = _read_conditions(members, parameter)
    return None if conditions is None else _joined(conditions, members)


def read_key_conditions(members: Members) -> Mapping[str, AttributeCondition] | None:
    conditions = _read_conditions(members, "KeyConditions")
    if conditions is not None and len(conditions) not in (1, 2):
        raise ValidationException("Conditions can be of length 1 or 2 only")
    return conditions


def read_attribute_updates(members: Members) -> Mapping[str, AttributeUpdate] | None:
    if "AttributeUpdates" not in members:
        return None
    updates: Mapping[str, Members] = members["AttributeUpdates"]
    return {checked_name(name): _read_update(json) for name, json in updates.items()}


def _read_conditions(members: Members, parameter: str) -> dict[str, AttributeCondition] | None:
    if parameter not in members:
        return None
    conditions: Mapping[str, Members] = members[parameter]
    return {
        checked_name(name): _compared(json["ComparisonOperator"], json.get("AttributeValueList", ()))
        for name, json in conditions.items()
    }


def _joined(conditions: Mapping[str, AttributeCondition], members: Members) -> AttributeConditions:
    return AttributeConditions(conditions, one_suffices=members.get("ConditionalOperator") == "OR")


def _read_expectation(name: str, json: Members) -> AttributeCondition:
    if "Value" in json and "AttributeValueList" in json:
        raise _invalid(f"Value and AttributeValueList cannot be used together for Attribute: {name}")
    if "ComparisonOperator" in json:
        return _read_expected_comparison(name, json)
    if "AttributeValueList" in json:
        raise _invalid(f"AttributeValueList can only be used with a ComparisonOperator for Attribute: {name}")
    exists: bool | None = json.get("Exists")
    if exists is False:
        if "Value" in json:
            raise _invalid(f"Value cannot be used when Exists is false for Attribute: {name}")
        return AttributeCondition("NULL")
    if "Value" not in json:
        shown = "null" if exists is None else "true"
        raise _invalid(f"Value must be provided when Exists is {shown} for Attribute: {name}")
    return AttributeCondition("EQ", (value_from_json(json["Value"]),))


def _read_expected_comparison(name: str, json: Members) -> AttributeCondition:
    operator: ComparisonOperator = json["ComparisonOperator"]
    if "Exists" in json:
        raise _invalid(f"Exists and ComparisonOperator cannot be used together for Attribute: {name}")
    if "Value" in json:
        return _compared(operator, [json["Value"]])
    if "AttributeValueList" not in json and operator not in ("NULL", "NOT_NULL"):
        raise _invalid(
            f"Value or AttributeValueList must be used with ComparisonOperator: {operator} for Attribute: {name}"
        )
    return _compared(operator, json.get("AttributeValueList", ()))


def _compared(operator: ComparisonOperator, json: Sequence[object]) -> AttributeCondition:
    values = tuple(map(value_from_json, json))
    least, most = _COUNTS.get(operator, (1, 1))
    if len(values) < least or (most is not None and len(values) > most):
        raise _invalid(f"Invalid number of argument(s) for the {operator} ComparisonOperator")
    _check_types(operator, values)
    if operator == "BETWEEN" and order(*values) == 1:
        raise ValidationException(
            "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound"
        )
    return AttributeCondition(operator, values)


def _check_types(operator: ComparisonOperator, values: Sequence[Value]) -> None:
    types = [type_name(value) for value in values]
    if len(set(types)) > 1:
        raise _invalid("AttributeValues inside AttributeValueList must be of same type")
    if operator in _TYPES and types and types[0] not in _TYPES[operator]:
        raise _invalid(f"ComparisonOperator {operator} is not valid for {types[0]} AttributeValue type")


def _read_update(json: Members) -> AttributeUpdate:
    action: UpdateAction = json.get("Action", "PUT")
    if "Value" not in json:
        if action != "DELETE":
            raise _invalid("Only DELETE action is allowed when no attribute value is specified")
        return AttributeUpdate("REMOVE")
    value = value_from_json(json["Value"])
    if action == "DELETE" and type_name(value) not in _DELETABLE:
        raise _invalid(f"DELETE action with value is not supported for the type {type_name(value)}")
    if action == "ADD" and type_name(value) not in _ADDABLE:
        raise _invalid(f"ADD action is not supported for the type {type_name(value)}")
    return AttributeUpdate(action, value)


def _invalid(problem: str) -> ValidationException:
    return ValidationException(f"One or more parameter values were invalid: {problem}")
