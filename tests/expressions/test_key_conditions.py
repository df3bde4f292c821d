"""Key conditions."""

from decimal import Decimal

import pytest

from microdax.expressions import parser
from microdax.expressions.key_conditions import Bound, KeyCondition, RangeBounds, RangePrefix, key_condition
from microdax.model.errors import ValidationException
from microdax.model.keys import KeyAttribute, KeySchema
from microdax.model.requests import Placeholders
from microdax.model.values import StringSet, Value

STRINGS = KeySchema(KeyAttribute("h", "S"), KeyAttribute("r", "S"))
NUMBERS = KeySchema(KeyAttribute("h", "S"), KeyAttribute("r", "N"))
BINARIES = KeySchema(KeyAttribute("h", "B"), KeyAttribute("r", "B"))
HASH_ONLY = KeySchema(KeyAttribute("h", "S"))

VALUES: dict[str, Value] = {
    ":h": "H",
    ":s": "S",
    ":t": "T",
    ":n": Decimal(1),
    ":m": Decimal(2),
    ":b": b"B",
    ":e": "",
    ":eb": b"",
    ":ss": StringSet({"x"}),
    ":type": "S",
}


def keys(text: str, schema: KeySchema = STRINGS) -> KeyCondition:
    scope = parser.Scope(Placeholders({"#r": "r", "#h": "h"}, VALUES))
    return key_condition(parser.parse_condition("KeyConditionExpression", text, scope), schema)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        (" AND r = :s", RangeBounds(Bound("S", True), Bound("S", True))),
        (" AND r < :s", RangeBounds(None, Bound("S", False))),
        (" AND r <= :s", RangeBounds(None, Bound("S", True))),
        (" AND r > :s", RangeBounds(Bound("S", False), None)),
        (" AND r >= :s", RangeBounds(Bound("S", True), None)),
        (" AND :s = r", RangeBounds(Bound("S", True), Bound("S", True))),
        (" AND :s < r", RangeBounds(Bound("S", False), None)),
        (" AND :s <= r", RangeBounds(Bound("S", True), None)),
        (" AND :s > r", RangeBounds(None, Bound("S", False))),
        (" AND :s >= r", RangeBounds(None, Bound("S", True))),
        (" AND r BETWEEN :s AND :t", RangeBounds(Bound("S", True), Bound("T", True))),
        (" AND begins_with(r, :s)", RangePrefix("S")),
        (" AND (#r = :s)", RangeBounds(Bound("S", True), Bound("S", True))),
    ],
)
def test_what_is_asked_of_the_range_key(text: str, expected: RangeBounds | RangePrefix | None) -> None:
    assert keys("h = :h" + text) == KeyCondition("H", expected)


@pytest.mark.parametrize(
    ("text", "schema", "expected"),
    [
        (":h = h", STRINGS, KeyCondition("H")),
        ("(#h = :h)", STRINGS, KeyCondition("H")),
        ("h = :h", HASH_ONLY, KeyCondition("H")),
        ("r < :s AND h = :h", STRINGS, KeyCondition("H", RangeBounds(None, Bound("S", False)))),
        ("((r < :s) AND (h = :h))", STRINGS, KeyCondition("H", RangeBounds(None, Bound("S", False)))),
        ("h = :h AND r >= :n", NUMBERS, KeyCondition("H", RangeBounds(Bound(Decimal(1), True), None))),
        (
            "h = :h AND r BETWEEN :n AND :m",
            NUMBERS,
            KeyCondition("H", RangeBounds(Bound(Decimal(1), True), Bound(Decimal(2), True))),
        ),
        ("h = :b AND begins_with(r, :b)", BINARIES, KeyCondition(b"B", RangePrefix(b"B"))),
    ],
)
def test_key_conditions(text: str, schema: KeySchema, expected: KeyCondition) -> None:
    assert keys(text, schema) == expected


ONE_PER_KEY = "KeyConditionExpressions must only contain one condition per key"
NOT_SUPPORTED = "Query key condition not supported"
TYPE_MISMATCH = "One or more parameter values were invalid: Condition parameter type does not match schema type"
OPERATOR = "Invalid operator used in KeyConditionExpression: "
CONDITION = "Invalid condition in KeyConditionExpression: "
FIRST = " operator must have the key attribute as its first operand"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("h = :h OR r = :s", OPERATOR + "OR"),
        ("NOT h = :h", OPERATOR + "NOT"),
        ("h = :h AND NOT r = :s", OPERATOR + "NOT"),
        ("h = :h AND r IN (:s)", OPERATOR + "IN"),
        ("h = :h AND r <> :s", OPERATOR + "<>"),
        ("attribute_exists(h)", OPERATOR + "attribute_exists"),
        ("h = :h AND attribute_not_exists(r)", OPERATOR + "attribute_not_exists"),
        ("h = :h AND attribute_type(r, :type)", OPERATOR + "attribute_type"),
        ("h = :h AND contains(r, :s)", OPERATOR + "contains"),
        ("h = :h AND size(r) = :n", "KeyConditionExpressions cannot contain nested operations"),
        (
            "h = :h AND :s BETWEEN r AND :t",
            CONDITION + "BETWEEN" + FIRST,
        ),
        (
            "h = :h AND begins_with(:s, r)",
            CONDITION + "begins_with" + FIRST,
        ),
        ("h = r", CONDITION + "Multiple attribute names used in one condition"),
        ("h = :h AND r BETWEEN :s AND h", CONDITION + "Multiple attribute names used in one condition"),
        ("h = :h AND :s = :t", CONDITION + "No key attribute specified"),
        ("h = :h AND r.a = :s", "KeyConditionExpressions cannot have conditions on nested attributes"),
        ("h[0] = :h", "KeyConditionExpressions cannot have conditions on nested attributes"),
        ("h = :h AND r >= :s AND r <= :t", ONE_PER_KEY),
        ("h = :h AND h = :h", ONE_PER_KEY),
        ("h = :h AND r = :s AND x = :t", "Conditions can be of length 1 or 2 only"),
        ("r = :s", "Query condition missed key schema element: h"),
        ("x = :s AND r = :s", "Query condition missed key schema element: h"),
        ("h = :h AND x = :s", "Query condition missed key schema element: r"),
        ("h > :h", NOT_SUPPORTED),
        ("h BETWEEN :h AND :h", NOT_SUPPORTED),
        ("begins_with(h, :h)", NOT_SUPPORTED),
        ("h = :n", TYPE_MISMATCH),
        ("h = :ss", TYPE_MISMATCH),
        ("h = :h AND r = :n", TYPE_MISMATCH),
        ("h = :h AND r BETWEEN :n AND :m", TYPE_MISMATCH),
        ("h = :h AND begins_with(r, :b)", TYPE_MISMATCH),
        (
            "h = :e",
            "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an "
            "empty string value. Key: h",
        ),
        (
            "h = :h AND r > :e",
            "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an "
            "empty string value. Key: r",
        ),
    ],
)
def test_key_conditions_that_are_refused(text: str, message: str) -> None:
    with pytest.raises(ValidationException) as refused:
        keys(text)
    assert refused.value.message == message


@pytest.mark.parametrize(
    ("text", "schema", "message"),
    [
        ("h = :h AND r = :s", HASH_ONLY, NOT_SUPPORTED),
        ("h = :h AND begins_with(r, :s)", NUMBERS, TYPE_MISMATCH),
        (
            "h = :eb",
            BINARIES,
            "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an "
            "empty binary value. Key: h",
        ),
    ],
)
def test_key_conditions_that_this_schema_refuses(text: str, schema: KeySchema, message: str) -> None:
    with pytest.raises(ValidationException) as refused:
        keys(text, schema)
    assert refused.value.message == message


def test_what_no_condition_may_hold_is_refused_under_the_parameters_name() -> None:
    with pytest.raises(ValidationException, match="Invalid KeyConditionExpression: Syntax error;"):
        keys("h")
