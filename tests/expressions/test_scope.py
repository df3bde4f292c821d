"""Placeholders."""

from collections.abc import Mapping
from decimal import Decimal

import pytest

from microdax.expressions.lexer import InvalidExpression
from microdax.expressions.scope import Scope, check_have_expressions
from microdax.model.errors import ValidationException
from microdax.model.requests import Placeholders


def test_a_scope_says_what_placeholders_stand_for() -> None:
    scope = Scope(Placeholders({"#a": "name"}, {":v": Decimal(1), ":null": None}))
    assert (scope.name("#a"), scope.value(":v"), scope.value(":null")) == ("name", Decimal(1), None)
    scope.check_all_used()


def test_no_placeholders_is_all_used() -> None:
    Scope(Placeholders()).check_all_used()


def test_unused_names_are_refused_before_unused_values() -> None:
    scope = Scope(Placeholders({"#a": "a", "#b": "b", "#c": "c"}, {":v": "v"}))
    scope.name("#b")
    with pytest.raises(ValidationException) as refused:
        scope.check_all_used()
    assert refused.value.message == "Value provided in ExpressionAttributeNames unused in expressions: keys: {#a, #c}"


def test_unused_values_are_refused() -> None:
    scope = Scope(Placeholders({"#a": "a"}, {":v": "v", ":w": "w"}))
    scope.name("#a")
    scope.value(":w")
    with pytest.raises(ValidationException) as refused:
        scope.check_all_used()
    assert refused.value.message == "Value provided in ExpressionAttributeValues unused in expressions: keys: {:v}"


def test_what_is_not_defined_is_refused() -> None:
    scope = Scope(Placeholders({"#a": "a"}))
    with pytest.raises(InvalidExpression, match=r"document path is not defined; attribute name: #b$"):
        scope.name("#b")
    with pytest.raises(InvalidExpression, match=r"used in expression is not defined; attribute value: :v$"):
        scope.value(":v")


@pytest.mark.parametrize(
    ("placeholders", "message"),
    [
        (Placeholders(names={}), "ExpressionAttributeNames must not be empty"),
        (Placeholders(values={}), "ExpressionAttributeValues must not be empty"),
        (Placeholders(names={"a": "a"}), 'ExpressionAttributeNames contains invalid key: Syntax error; key: "a"'),
        (Placeholders(names={"#": "a"}), 'ExpressionAttributeNames contains invalid key: Syntax error; key: "#"'),
        (Placeholders(names={"#a-b": "a"}), 'ExpressionAttributeNames contains invalid key: Syntax error; key: "#a-b"'),
        (Placeholders(names={"#a\n": "a"}), 'ExpressionAttributeNames contains invalid key: Syntax error; key: "#a\n"'),
        (Placeholders(values={"#a": "a"}), 'ExpressionAttributeValues contains invalid key: Syntax error; key: "#a"'),
        (
            Placeholders(names={"#a": ""}),
            "ExpressionAttributeNames contains invalid value: Empty attribute name for key #a",
        ),
        (
            Placeholders(names={"#" + "a" * 255: "a"}),
            "ExpressionAttributeNames contains invalid key: The expression attribute map contains a key that is too "
            "long; size of key: 256",
        ),
        (
            Placeholders(names={"#a": "x" * 65536}),
            "ExpressionAttributeNames contains invalid value: Member must have length less than or equal to 65535 "
            "for key #a",
        ),
    ],
)
def test_bad_placeholders_are_refused(placeholders: Placeholders, message: str) -> None:
    with pytest.raises(ValidationException) as refused:
        Scope(placeholders)
    assert refused.value.message == message


def test_the_longest_placeholder_and_name_are_taken() -> None:
    key = "#" + "a" * 254
    assert Scope(Placeholders({key: "x" * 65535})).name(key) == "x" * 65535


@pytest.mark.parametrize(
    ("placeholders", "expressions", "message"),
    [
        (
            Placeholders(names={"#a": "a"}),
            {"ProjectionExpression": None},
            "ExpressionAttributeNames can only be specified when using expressions",
        ),
        (
            Placeholders(values={":a": "a"}),
            {"FilterExpression": None, "KeyConditionExpression": None, "ProjectionExpression": "a"},
            "ExpressionAttributeValues can only be specified when using expressions: "
            "FilterExpression and KeyConditionExpression are null",
        ),
        (
            Placeholders(values={":a": "a"}),
            {"ConditionExpression": None},
            "ExpressionAttributeValues can only be specified when using expressions: ConditionExpression is null",
        ),
    ],
)
def test_placeholders_want_expressions(
    placeholders: Placeholders, expressions: Mapping[str, str | None], message: str
) -> None:
    with pytest.raises(ValidationException) as refused:
        check_have_expressions(placeholders, expressions)
    assert refused.value.message == message


@pytest.mark.parametrize(
    ("placeholders", "expressions"),
    [
        (Placeholders(), {"ConditionExpression": None}),
        (Placeholders({"#a": "a"}), {"ProjectionExpression": "#a"}),
        (Placeholders(None, {":a": "a"}), {"FilterExpression": "a = :a", "KeyConditionExpression": None}),
        (Placeholders(None, {":a": "a"}), {"ProjectionExpression": "a"}),
    ],
)
def test_placeholders_with_expressions_are_taken(
    placeholders: Placeholders, expressions: Mapping[str, str | None]
) -> None:
    check_have_expressions(placeholders, expressions)
