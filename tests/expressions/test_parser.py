"""From text to nodes."""

import contextlib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microdax.expressions import conditions, parser, projections, updates
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
    RemoveAction,
    SetAction,
    Size,
    Sum,
)
from microdax.expressions.parser import Scope
from microdax.model.errors import ValidationException
from microdax.model.requests import Placeholders
from microdax.model.values import Item, NumberSet, StringSet
from tests.support.expressions import condition, projection, refusal, update


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


def test_projections() -> None:
    paths = projection(" a , #name.b[0] , c[1][2] ,#dotted").paths
    assert paths == (A, Path(("name", "b", 0)), Path(("c", 1, 2)), Path(("x.y",)))


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


WORDS = """
    a b #a :a :one :ss :list ( ) , = < + - . [ ] 0 7 AND OR NOT IN BETWEEN SET REMOVE ADD DELETE size contains
    begins_with attribute_exists attribute_type if_not_exists list_append name é #
"""


@given(st.lists(st.sampled_from(WORDS.split()), max_size=12))
def test_whatever_the_words_an_expression_is_taken_or_refused(words: list[str]) -> None:
    """No other exception, whatever the text; and what is taken can be evaluated or is refused then."""
    item: Item = {"a": [Decimal(1)], "b": "x"}
    text = " ".join(words)
    with contextlib.suppress(ValidationException):
        conditions.holds(condition(text), item)
    with contextlib.suppress(ValidationException):
        updates.apply(update("SET a = " + text), item, ())
    with contextlib.suppress(ValidationException):
        updates.apply(update(text), item, ())
    with contextlib.suppress(ValidationException):
        projections.project(projection(text), item)
