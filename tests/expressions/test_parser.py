"""From text to nodes, and what is refused on the way. Messages are DynamoDB's."""

from collections.abc import Callable, Mapping
from decimal import Decimal

import pytest

from microdax.expressions import parser
from microdax.expressions.nodes import (
    AddAction,
    And,
    AttributeExists,
    AttributeNotExists,
    AttributeType,
    BeginsWith,
    Between,
    Comparison,
    Condition,
    Contains,
    DeleteAction,
    Difference,
    IfNotExists,
    In,
    ListAppend,
    Literal,
    Not,
    Or,
    Path,
    Projection,
    RemoveAction,
    SetAction,
    Size,
    Sum,
    Update,
)
from microdax.expressions.parser import Scope
from microdax.model.errors import ValidationException
from microdax.model.requests import Placeholders
from microdax.model.values import NumberSet, StringSet, Value

NAMES: Mapping[str, str] = {"#a": "a", "#b": "b", "#name": "name", "#dotted": "x.y"}
VALUES: Mapping[str, Value] = {
    ":a": "A",
    ":b": "B",
    ":one": Decimal(1),
    ":two": Decimal(2),
    ":bin": b"bin",
    ":bim": b"bim",
    ":true": True,
    ":null": None,
    ":list": [Decimal(1)],
    ":map": {"k": "v"},
    ":ss": StringSet({"x"}),
    ":ns": NumberSet({Decimal(1)}),
    ":S": "S",
    ":dog": "DOG",
}


def condition(text: str) -> Condition:
    return parser.parse_condition("ConditionExpression", text, Scope(Placeholders(NAMES, VALUES)))


def update(text: str) -> Update:
    return parser.parse_update(text, Scope(Placeholders(NAMES, VALUES)))


def projection(text: str) -> Projection:
    return parser.parse_projection(text, Scope(Placeholders(NAMES, VALUES)))


def refusal(parse: Callable[[str], object], text: str) -> str:
    with pytest.raises(ValidationException) as refused:
        parse(text)
    return refused.value.message


def exists(name: str) -> Condition:
    """The condition attribute_exists(name)."""
    return AttributeExists(Path((name,)))


A, B, C = Path(("a",)), Path(("b",)), Path(("c",))


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("a = :a", Comparison("=", A, Literal("A"))),
        (":a <> a", Comparison("<>", Literal("A"), A)),
        ("a<b", Comparison("<", A, B)),
        ("a<=b", Comparison("<=", A, B)),
        ("a>b", Comparison(">", A, B)),
        ("a>=b", Comparison(">=", A, B)),
        ("#a = :null", Comparison("=", A, Literal(None))),
        ("#dotted = :a", Comparison("=", Path(("x.y",)), Literal("A"))),
        ("a.#b[3] [4].c = :a", Comparison("=", Path(("a", "b", 3, 4, "c")), Literal("A"))),
        ("a BETWEEN :one AND :two", Between(A, Literal(Decimal(1)), Literal(Decimal(2)))),
        ("a between b and c", Between(A, B, C)),
        ("a IN (:a)", In(A, (Literal("A"),))),
        ("a in(:a,:b , c)", In(A, (Literal("A"), Literal("B"), C))),
        ("attribute_exists(a)", AttributeExists(A)),
        ("attribute_not_exists ( #a )", AttributeNotExists(A)),
        ("attribute_type(a, :S)", AttributeType(A, "S")),
        ("attribute_type(:one, :S)", AttributeType(Literal(Decimal(1)), "S")),
        ("begins_with(a, :a)", BeginsWith(A, Literal("A"))),
        ("begins_with(:a, a)", BeginsWith(Literal("A"), A)),
        ("contains(a, :map)", Contains(A, Literal({"k": "v"}))),
        ("size(a) > :one", Comparison(">", Size(A), Literal(Decimal(1)))),
        ("a = size(:list)", Comparison("=", A, Size(Literal([Decimal(1)])))),
    ],
)
def test_conditions(text: str, node: Condition) -> None:
    assert condition(text) == node


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("x(a) AND x(b) AND x(c)", And((exists("a"), exists("b"), exists("c")))),
        ("x(a) OR x(b) OR x(c)", Or((exists("a"), exists("b"), exists("c")))),
        ("x(a) OR x(b) AND x(c)", Or((exists("a"), And((exists("b"), exists("c")))))),
        ("x(a) AND x(b) OR x(c)", Or((And((exists("a"), exists("b"))), exists("c")))),
        ("(x(a) OR x(b)) AND x(c)", And((Or((exists("a"), exists("b"))), exists("c")))),
        ("x(a) AND (x(b) AND x(c))", And((exists("a"), And((exists("b"), exists("c")))))),
        ("(x(a) AND x(b)) AND x(c)", And((And((exists("a"), exists("b"))), exists("c")))),
        ("NOT x(a) AND x(b)", And((Not(exists("a")), exists("b")))),
        ("NOT (x(a) AND x(b))", Not(And((exists("a"), exists("b"))))),
        ("NOT NOT x(a)", Not(Not(exists("a")))),
        ("not a = b", Not(Comparison("=", A, B))),
        ("x(a) and not x(b) or x(c)", Or((And((exists("a"), Not(exists("b")))), exists("c")))),
        ("a BETWEEN b AND c AND x(d)", And((Between(A, B, C), exists("d")))),
        ("x(d) AND a BETWEEN b AND c", And((exists("d"), Between(A, B, C)))),
        ("(a) = (b)", Comparison("=", A, B)),
        ("((a) = b)", Comparison("=", A, B)),
        ("(a)BETWEEN(b)AND(c)", Between(A, B, C)),
        ("(a)in((b),(c))", In(A, (B, C))),
        ("(size((a))) = (b)", Comparison("=", Size(A), B)),
        ("(x(a))", exists("a")),
        ("NOT (a) = b", Not(Comparison("=", A, B))),
        ("NOT (NOT (x(a)))", Not(Not(exists("a")))),
        ("((x(a)) AND (x(b)))", And((exists("a"), exists("b")))),
        ("((x(a)) OR (NOT (b) < c)) AND (x(d))", And((Or((exists("a"), Not(Comparison("<", B, C)))), exists("d")))),
    ],
)
def test_precedence_and_parentheses(text: str, node: Condition) -> None:
    """x stands for attribute_exists."""
    assert condition(text.replace("x(", "attribute_exists(")) == node


@pytest.mark.parametrize(
    ("text", "token", "near"),
    [
        ("a", "<EOF>", "a"),
        ("a =", "<EOF>", "="),
        ("= a", "=", "= a"),
        ("a = :a b", "b", ":a b"),
        ("a != :a", "!", "a !="),
        ("a == :a", "=", "== :a"),
        ("a = 1", "1", "= 1"),
        ("a = 'x'", "'", "= 'x"),
        ("a AND b", "AND", "a AND b"),
        ("(a) AND (b = :b)", "AND", ") AND ("),
        ("a = :a AND", "<EOF>", "AND"),
        ("AND a = :a", "AND", "AND a"),
        ("(a = :a", "<EOF>", ":a"),
        ("a = :a)", ")", ":a)"),
        ("(a = :a) < b", "<", ") < b"),
        ("(attribute_exists(a) AND attribute_exists(b)) < c", "<", ") < c"),
        ("()", ")", "()"),
        ("(", "<EOF>", "("),
        ("NOT", "<EOF>", "NOT"),
        ("a BETWEEN b", "<EOF>", "b"),
        ("a BETWEEN b OR c", "OR", "b OR c"),
        ("a IN b", "b", "IN b"),
        ("a IN ()", ")", "()"),
        ("a IN (b,)", ")", ",)"),
        ("attribute_exists()", ")", "()"),
        ("attribute_exists(a", "<EOF>", "a"),
        ("attribute_exists(a,)", ")", ",)"),
        ("a. = b", "=", ". = b"),
        ("a[ = b", "=", "[ = b"),
        ("a[:b] = b", ":b", "[:b]"),
        ("a[#b] = b", "#b", "[#b]"),
        ("a[-1] = b", "-", "[-1"),
        ("a[01] = b", "1", "01]"),
        ("# = :a", "#", "# ="),
        ("_a = :a", "_", "_a"),
        ("set = :a", "set", "set ="),
        ("a.and = :a", "and", ".and ="),
        ("a + b = :a", "+", "a + b"),
        ("f(a) g(b)", "g", ") g("),
    ],
)
def test_syntax_errors_in_conditions(text: str, token: str, near: str) -> None:
    expected = f'Invalid ConditionExpression: Syntax error; token: "{token}", near: "{near}"'
    assert refusal(condition, text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "((a = :a))",
        "((attribute_exists(a)))",
        "((a)) = :a",
        "a = ((:a))",
        "a = :a AND ((b = :b))",
        "((a = :a) OR ((b = :b)))",
        "a IN (((b)))",
        "a BETWEEN ((b)) AND c",
        "size(((a))) = :one",
        "NOT ((a = :a))",
        "((a = :a AND b = :b))",
        "((NOT a = :a))",
        "((a = :a)) AND AND",
    ],
)
def test_redundant_parentheses_are_refused(text: str) -> None:
    assert refusal(condition, text) == "Invalid ConditionExpression: The expression has redundant parentheses;"


WRONG_TYPE = "Incorrect operand type for operator or function; operator or function: "
WRONG_COUNT = "Incorrect number of operands for operator or function; operator or function: "
MISPLACED = "The function is not allowed to be used this way in an expression; function: "
ANY_TYPE = "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "The expression can not be empty;"),
        ("  ", 'Syntax error; token: "<EOF>", near: ""'),
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
def test_conditions_that_are_refused(text: str, message: str) -> None:
    assert refusal(condition, text) == "Invalid ConditionExpression: " + message


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


@pytest.mark.parametrize("parameter", ["ConditionExpression", "FilterExpression", "KeyConditionExpression"])
def test_a_refusal_names_the_parameter(parameter: str) -> None:
    def parse(text: str) -> Condition:
        return parser.parse_condition(parameter, text, Scope(Placeholders()))

    assert refusal(parse, "foo(a)") == f"Invalid {parameter}: Invalid function name; function: foo"


@pytest.mark.parametrize(
    ("text", "actions"),
    [
        ("SET a = :a", (SetAction(A, Literal("A")),)),
        ("set #a=b", (SetAction(A, B),)),
        ("SET a = :a, b = :b", (SetAction(A, Literal("A")), SetAction(B, Literal("B")))),
        ("SET a = a + :one", (SetAction(A, Sum(A, Literal(Decimal(1)))),)),
        ("SET a = :one - b", (SetAction(A, Difference(Literal(Decimal(1)), B)),)),
        ("SET a = (b + :one)", (SetAction(A, Sum(B, Literal(Decimal(1)))),)),
        ("SET a = ((b) + (:one))", (SetAction(A, Sum(B, Literal(Decimal(1)))),)),
        ("SET a = (b)", (SetAction(A, B),)),
        ("SET a = (b) - c", (SetAction(A, Difference(B, C)),)),
        ("SET a = if_not_exists(b, :a)", (SetAction(A, IfNotExists(B, Literal("A"))),)),
        (
            "SET a = if_not_exists(a, :one)+:one",
            (SetAction(A, Sum(IfNotExists(A, Literal(Decimal(1))), Literal(Decimal(1)))),),
        ),
        ("SET a = list_append(a, :list)", (SetAction(A, ListAppend(A, Literal([Decimal(1)]))),)),
        ("SET a = list_append(a, a)", (SetAction(A, ListAppend(A, A)),)),
        (
            "SET a = list_append(if_not_exists(a, :list), b)",
            (SetAction(A, ListAppend(IfNotExists(A, Literal([Decimal(1)])), B)),),
        ),
        (
            "SET a = if_not_exists(b, if_not_exists(c, :a))",
            (SetAction(A, IfNotExists(B, IfNotExists(C, Literal("A")))),),
        ),
        ("REMOVE a, b[0].c", (RemoveAction(A), RemoveAction(Path(("b", 0, "c"))))),
        ("ADD a :one, b :ss", (AddAction(A, Decimal(1)), AddAction(B, StringSet({"x"})))),
        ("DELETE a :ns", (DeleteAction(A, NumberSet({Decimal(1)})),)),
        (
            "remove a Set b = :b dElEtE c :ss aDD d :one",
            (
                RemoveAction(A),
                SetAction(B, Literal("B")),
                DeleteAction(C, StringSet({"x"})),
                AddAction(Path(("d",)), Decimal(1)),
            ),
        ),
    ],
)
def test_updates(text: str, actions: tuple[object, ...]) -> None:
    assert update(text).actions == actions


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "The expression can not be empty;"),
        ("HELLO b = :a", 'Syntax error; token: "HELLO", near: "HELLO b"'),
        ("SET", 'Syntax error; token: "<EOF>", near: "SET"'),
        ("SET a", 'Syntax error; token: "<EOF>", near: "a"'),
        ("SET a = :a,", 'Syntax error; token: "<EOF>", near: ","'),
        ("SET a = :a + :b + :c", 'Syntax error; token: "+", near: ":b + :c"'),
        ("SET a = if_not_exists(c, :a+:b)", 'Syntax error; token: "+", near: ":a+:b"'),
        ("SET :a = :b", 'Syntax error; token: ":a", near: "SET :a ="'),
        ("SET a = (:a", 'Syntax error; token: "<EOF>", near: ":a"'),
        ("SET a = ((b) c", 'Syntax error; token: "c", near: ") c"'),
        ("SET a = (b))", 'Syntax error; token: ")", near: "))"'),
        ("SET a = ((b))", "The expression has redundant parentheses;"),
        ("SET a = ((b + :one))", "The expression has redundant parentheses;"),
        ("SET a = ((b)) + :one", "The expression has redundant parentheses;"),
        ("SET hi-there = :a", 'Syntax error; token: "-", near: "hi-there"'),
        ("REMOVE a b", 'Syntax error; token: "b", near: "a b"'),
        ("ADD a b", 'Syntax error; token: "b", near: "a b"'),
        ("ADD a = :one", 'Syntax error; token: "=", near: "a = :one"'),
        ("DELETE a", 'Syntax error; token: "<EOF>", near: "a"'),
        ("SET a = _f(b)", 'Syntax error; token: "_", near: "= _f"'),
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
def test_updates_that_are_refused(text: str, message: str) -> None:
    assert refusal(update, text) == "Invalid UpdateExpression: " + message


def test_projections() -> None:
    paths = projection(" a , #name.b[0] , c[1][2] ,#dotted").paths
    assert paths == (A, Path(("name", "b", 0)), Path(("c", 1, 2)), Path(("x.y",)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "The expression can not be empty;"),
        ("a,", 'Syntax error; token: "<EOF>", near: ","'),
        (",a", 'Syntax error; token: ",", near: ",a"'),
        ("a,,b", 'Syntax error; token: ",", near: ",,b"'),
        ("a b", 'Syntax error; token: "b", near: "a b"'),
        (":a", 'Syntax error; token: ":a", near: ":a"'),
        ("(a)", 'Syntax error; token: "(", near: "(a"'),
        ("a, name", "Attribute name is a reserved keyword; reserved keyword: name"),
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
def test_projections_that_are_refused(text: str, message: str) -> None:
    assert refusal(projection, text) == "Invalid ProjectionExpression: " + message


def test_the_same_text_is_bound_to_each_requests_own_placeholders() -> None:
    """The syntax tree is kept by text; nothing of a request may be kept with it."""
    for name, value in (("a", "first"), ("b", "second")):
        scope = Scope(Placeholders({"#n": name}, {":v": value}))
        assert parser.parse_condition("FilterExpression", "#n = :v", scope) == Comparison(
            "=", Path((name,)), Literal(value)
        )
        scope.check_all_used()


def test_expressions_of_a_request_share_its_scope() -> None:
    scope = Scope(Placeholders({"#a": "a", "#b": "b"}, {":v": "v"}))
    parser.parse_update("SET #a = :v", scope)
    with pytest.raises(ValidationException, match=r"keys: \{#b\}"):
        scope.check_all_used()
    parser.parse_condition("ConditionExpression", "attribute_exists(#b)", scope)
    scope.check_all_used()
