"""What is refused of placeholders and of operands whose types are known."""

import pytest

from tests.support.expressions import condition, projection, refusal, update

WRONG_TYPE = "Incorrect operand type for operator or function; operator or function: "
WRONG_COUNT = "Incorrect number of operands for operator or function; operator or function: "
ANY_TYPE = "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "a = #undefined",
            "An expression attribute name used in the document path is not defined; attribute name: #undefined",
        ),
        (
            "a = :undefined",
            "An expression attribute value used in expression is not defined; attribute value: :undefined",
        ),
        ("attribute_exists(a, b)", WRONG_COUNT + "attribute_exists, number of operands: 2"),
        ("begins_with(a)", WRONG_COUNT + "begins_with, number of operands: 1"),
        ("contains(a, b, c)", WRONG_COUNT + "contains, number of operands: 3"),
        ("attribute_type(a)", WRONG_COUNT + "attribute_type, number of operands: 1"),
        ("size(a, b) = :one", WRONG_COUNT + "size, number of operands: 2"),
        (
            "attribute_exists(:a)",
            "Operator or function requires a document path; operator or function: attribute_exists",
        ),
        (
            "attribute_not_exists(size(a))",
            "Operator or function requires a document path; operator or function: attribute_not_exists",
        ),
        ("attribute_type(a, b)", WRONG_TYPE + "attribute_type, operand type: " + ANY_TYPE),
        ("attribute_type(a, :one)", WRONG_TYPE + "attribute_type, operand type: N"),
        ("attribute_type(a, size(b))", WRONG_TYPE + "attribute_type, operand type: N"),
        (
            "attribute_type(a, :dog)",
            "Invalid attribute type name found; type: DOG, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}",
        ),
        ("begins_with(a, :one)", WRONG_TYPE + "begins_with, operand type: N"),
        ("begins_with(:list, a)", WRONG_TYPE + "begins_with, operand type: L"),
        ("begins_with(a, size(b))", WRONG_TYPE + "begins_with, operand type: N"),
        ("size(:one) = :one", WRONG_TYPE + "size, operand type: N"),
        ("size(:true) = :one", WRONG_TYPE + "size, operand type: BOOL"),
        ("size(:null) = :one", WRONG_TYPE + "size, operand type: NULL"),
        ("size(size(a)) = :one", WRONG_TYPE + "size, operand type: N"),
        ("a < :map", WRONG_TYPE + "<, operand type: M"),
        (":list >= a", WRONG_TYPE + ">=, operand type: L"),
        ("a <= :ss", WRONG_TYPE + "<=, operand type: SS"),
        ("a > :null", WRONG_TYPE + ">, operand type: NULL"),
        ("a BETWEEN :true AND b", WRONG_TYPE + "BETWEEN, operand type: BOOL"),
        (
            "a BETWEEN :two AND :one",
            "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; "
            "lower bound operand: AttributeValue: {N:2}, upper bound operand: AttributeValue: {N:1}",
        ),
        (
            "a BETWEEN :b AND :a",
            "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; "
            "lower bound operand: AttributeValue: {S:B}, upper bound operand: AttributeValue: {S:A}",
        ),
        (
            "a BETWEEN :bin AND :bim",
            "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; "
            "lower bound operand: AttributeValue: {B:java.nio.HeapByteBuffer[pos=0 lim=3 cap=3]}, "
            "upper bound operand: AttributeValue: {B:java.nio.HeapByteBuffer[pos=0 lim=3 cap=3]}",
        ),
        (
            "a BETWEEN :one AND :a",
            "The BETWEEN operator requires same data type for lower and upper bounds; "
            "lower bound operand: AttributeValue: {N:1}, upper bound operand: AttributeValue: {S:A}",
        ),
    ],
)
def test_operands_that_are_refused_in_conditions(text: str, message: str) -> None:
    assert refusal(condition, text) == "Invalid ConditionExpression: " + message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "SET a = :a, #undefined = :undefined",
            "An expression attribute name used in the document path is not defined; attribute name: #undefined",
        ),
        (
            "SET a = :undefined",
            "An expression attribute value used in expression is not defined; attribute value: :undefined",
        ),
        (
            "SET a.b = :undefined, a = :two",
            "Two document paths overlap with each other; must remove or rewrite one of these paths; "
            "path one: [a, b], path two: [a]",
        ),
        (
            "SET #a = :one REMOVE a",
            "Two document paths overlap with each other; must remove or rewrite one of these paths; "
            "path one: [a], path two: [a]",
        ),
        (
            "SET a.b = :one ADD a[1] :two",
            "Two document paths conflict with each other; must remove or rewrite one of these paths; "
            "path one: [a, b], path two: [a, [1]]",
        ),
        ("SET a = list_append(b)", WRONG_COUNT + "list_append, number of operands: 1"),
        ("SET a = if_not_exists(a, b, c)", WRONG_COUNT + "if_not_exists, number of operands: 3"),
        (
            "SET a = if_not_exists(:a, :b)",
            "Operator or function requires a document path; operator or function: if_not_exists",
        ),
        (
            "SET a = if_not_exists(if_not_exists(a, :a), :b)",
            "Operator or function requires a document path; operator or function: if_not_exists",
        ),
        (
            "SET a = if_not_exists(a, #a)",
            "The first operand must be distinct from the remaining operands for this operator or function; "
            "operator: if_not_exists, first operand: [a]",
        ),
        ("SET a = list_append(a, :a)", WRONG_TYPE + "list_append, operand type: S"),
        ("SET a = list_append(:ss, a)", WRONG_TYPE + "list_append, operand type: SS"),
        ("SET a = a + :a", WRONG_TYPE + "+, operand type: S"),
        ("SET a = :list - a", WRONG_TYPE + "-, operand type: L"),
        (
            "ADD a :a",
            "Incorrect operand type for operator or function; operator: ADD, operand type: STRING, "
            "typeSet: ALLOWED_FOR_ADD_OPERAND",
        ),
        (
            "ADD a :list",
            "Incorrect operand type for operator or function; operator: ADD, operand type: LIST, "
            "typeSet: ALLOWED_FOR_ADD_OPERAND",
        ),
        (
            "DELETE a :one",
            "Incorrect operand type for operator or function; operator: DELETE, operand type: NUMBER, "
            "typeSet: ALLOWED_FOR_DELETE_OPERAND",
        ),
        (
            "DELETE a :true",
            "Incorrect operand type for operator or function; operator: DELETE, operand type: BOOLEAN, "
            "typeSet: ALLOWED_FOR_DELETE_OPERAND",
        ),
    ],
)
def test_operands_that_are_refused_in_updates(text: str, message: str) -> None:
    assert refusal(update, text) == "Invalid UpdateExpression: " + message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "#undefined",
            "An expression attribute name used in the document path is not defined; attribute name: #undefined",
        ),
        (
            "a.b, a",
            "Two document paths overlap with each other; must remove or rewrite one of these paths; "
            "path one: [a, b], path two: [a]",
        ),
        (
            "a.b, a[1]",
            "Two document paths conflict with each other; must remove or rewrite one of these paths; "
            "path one: [a, b], path two: [a, [1]]",
        ),
    ],
)
def test_operands_that_are_refused_in_projections(text: str, message: str) -> None:
    assert refusal(projection, text) == "Invalid ProjectionExpression: " + message


@pytest.mark.parametrize(
    ("text", "operator", "path"),
    [
        ("a = a", "=", "[a]"),
        ("a = #a", "=", "[a]"),
        ("a.b[0] <> a.b[0]", "<>", "[a, b, [0]]"),
        ("a BETWEEN b AND a", "BETWEEN", "[a]"),
        ("a IN (b, a)", "IN", "[a]"),
        ("contains(a, a)", "contains", "[a]"),
        ("begins_with(a, a)", "begins_with", "[a]"),
    ],
)
def test_the_first_operand_has_to_be_distinct(text: str, operator: str, path: str) -> None:
    assert refusal(condition, text) == (
        "Invalid ConditionExpression: The first operand must be distinct from the remaining operands for this "
        f"operator or function; operator: {operator}, first operand: {path}"
    )


@pytest.mark.parametrize(
    "text", ["a = :list", "a <> :map", ":a = :a", "a IN (:list, :null)", "a BETWEEN :one AND :one"]
)
def test_conditions_that_are_taken_all_the_same(text: str) -> None:
    condition(text)
