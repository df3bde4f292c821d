"""The shapes of the parameters that expressions have replaced; `operation_shapes` says which operation has which."""

from typing import Final

from microdax.model import limits
from microdax.wire.shapes import AttributeValue, Boolean, Lengths, ListOf, MapOf, Member, String, Structure

_VALUES: Final = Member(ListOf(AttributeValue()))
_COMPARISON_OPERATOR: Final = String(
    (
        "IN",
        "NULL",
        "BETWEEN",
        "LT",
        "NOT_CONTAINS",
        "EQ",
        "GT",
        "NOT_NULL",
        "NE",
        "LE",
        "BEGINS_WITH",
        "GE",
        "CONTAINS",
    )
)

ATTRIBUTES_TO_GET: Final = ListOf(String(), Lengths(1, limits.ATTRIBUTES_TO_GET_MAX))
CONDITIONAL_OPERATOR: Final = String(("OR", "AND"))
CONDITIONS: Final = MapOf(
    Structure(
        "Condition",
        {"AttributeValueList": _VALUES, "ComparisonOperator": Member(_COMPARISON_OPERATOR, required=True)},
    ),
    "Condition",
)
EXPECTED: Final = MapOf(
    Structure(
        "ExpectedAttributeValue",
        {
            "AttributeValueList": _VALUES,
            "ComparisonOperator": Member(_COMPARISON_OPERATOR),
            "Exists": Member(Boolean()),
            "Value": Member(AttributeValue()),
        },
    ),
    "ExpectedAttributeValue",
)
ATTRIBUTE_UPDATES: Final = MapOf(
    Structure(
        "AttributeValueUpdate",
        {"Action": Member(String(("ADD", "DELETE", "PUT"))), "Value": Member(AttributeValue())},
    ),
    "AttributeValueUpdate",
)
