"""What is refused from an expression's text alone, after its syntax and before its placeholders."""

import pytest

from tests.support.expressions import condition, projection, refusal, update

MISPLACED = "The function is not allowed to be used this way in an expression; function: "


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name = :a", "Attribute name is a reserved keyword; reserved keyword: name"),
        ("a.b.Status = :a", "Attribute name is a reserved keyword; reserved keyword: Status"),
        ("size(ttl) = :a", "Attribute name is a reserved keyword; reserved keyword: ttl"),
        ("name = :undefined", "Attribute name is a reserved keyword; reserved keyword: name"),
        ("a[2147483648] = :a", "List index is not within the allowable range; index: [2147483648]"),
        ("a" + ".a" * 32 + " = :a", "The document path has too many nesting levels; nesting levels: 33"),
        ("foo(a)", "Invalid function name; function: foo"),
        ("SIZE(a) = :one", "Invalid function name; function: SIZE"),
        ("Attribute_Exists(a)", "Invalid function name; function: Attribute_Exists"),
        ("a = foo(b, c)", "Invalid function name; function: foo"),
        ("if_not_exists(a, b) = :a", "The function is not allowed in a condition expression; function: if_not_exists"),
        ("list_append(a, b)", "The function is not allowed in a condition expression; function: list_append"),
        ("size(a)", MISPLACED + "size"),
        ("size(a) AND a = :a", MISPLACED + "size"),
        ("NOT (size(a))", MISPLACED + "size"),
        ("attribute_exists(a) = :true", MISPLACED + "attribute_exists"),
        ("a = contains(a, b)", MISPLACED + "contains"),
        ("begins_with(a, attribute_type(b, :S))", MISPLACED + "attribute_type"),
        ("a IN (begins_with(a, b))", MISPLACED + "begins_with"),
    ],
)
def test_names_and_functions_that_are_refused_in_conditions(text: str, message: str) -> None:
    assert refusal(condition, text) == "Invalid ConditionExpression: " + message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SET name = :a", "Attribute name is a reserved keyword; reserved keyword: name"),
        ("SET a = b.count", "Attribute name is a reserved keyword; reserved keyword: count"),
        ("REMOVE a.b.item", "Attribute name is a reserved keyword; reserved keyword: item"),
        ("SET a = f(b)", "Invalid function name; function: f"),
        ("SET a = LIST_APPEND(a, b)", "Invalid function name; function: LIST_APPEND"),
        ("SET a = size(b)", "The function is not allowed in an update expression; function: size"),
        (
            "SET a = attribute_exists(b)",
            "The function is not allowed in an update expression; function: attribute_exists",
        ),
        ("SET a = list_append(list_append(a, b), c)", MISPLACED + "list_append"),
        ("SET a = :a SET b = :b", 'The "SET" section can only be used once in an update expression;'),
        ("REMOVE a ADD b :one REMOVE c", 'The "REMOVE" section can only be used once in an update expression;'),
        ("SET a = :a SET name = :b", "Attribute name is a reserved keyword; reserved keyword: name"),
    ],
)
def test_names_and_functions_that_are_refused_in_updates(text: str, message: str) -> None:
    assert refusal(update, text) == "Invalid UpdateExpression: " + message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a, name", "Attribute name is a reserved keyword; reserved keyword: name"),
    ],
)
def test_names_and_functions_that_are_refused_in_projections(text: str, message: str) -> None:
    assert refusal(projection, text) == "Invalid ProjectionExpression: " + message
