"""Syntax trees and how long they are kept; syntax errors; limits."""

import pytest

from microdax.expressions import binding, conditions, reader
from microdax.expressions.lexer import InvalidExpression
from microdax.expressions.nodes import Path
from microdax.expressions.scope import Scope
from microdax.expressions.syntax import ActionText, Call, PathText, ValueText
from microdax.model import limits
from microdax.model.requests import Placeholders
from tests.support.expressions import condition, projection, refusal, update


def holds(text: str) -> bool:
    """Read, bind and evaluate: as deep as the condition is nested."""
    scope = Scope(Placeholders())
    return conditions.holds(binding.bind_condition(reader.read_condition(text), scope), {"a": "1", "b": "2"})


def test_a_tree_shows_operators_and_functions_alike() -> None:
    assert reader.read_condition("#a = :v AND NOT size(b.#c) < :v") == Call(
        "AND",
        (
            Call("=", (PathText(("#a",)), ValueText(":v"))),
            Call("NOT", (Call("<", (Call("size", (PathText(("b", "#c")),)), ValueText(":v"))),)),
        ),
    )


def test_a_path_without_placeholders_is_a_node_already() -> None:
    assert reader.read_projection("a.b[1], #c") == (Path(("a", "b", 1)), PathText(("#c",)))


def test_an_update_is_the_actions_of_all_its_clauses() -> None:
    assert reader.read_update("SET a = :v REMOVE b") == (
        ActionText("SET", Path(("a",)), ValueText(":v")),
        ActionText("REMOVE", Path(("b",))),
    )


def test_the_tree_of_a_text_is_kept() -> None:
    assert reader.read_condition("kept = :it") is reader.read_condition("kept = :it")


def test_no_more_trees_are_kept_than_the_limit() -> None:
    for number in range(300):
        reader.read_projection(f"a{number}")
    info = reader.read_projection.cache_info()
    assert info.maxsize is not None
    assert info.currsize <= info.maxsize < 300


def test_an_expression_of_4096_bytes_is_read() -> None:
    text = "a = b" + " " * (limits.EXPRESSION_BYTES_MAX - 5)
    assert reader.read_condition(text).operator == "="


@pytest.mark.parametrize("text", ["a = b" + " " * 4092, "(" * 4097, "é" * 2049 + " ", "not " * 20_000 + "a < b"])
def test_a_longer_expression_is_refused_before_its_syntax(text: str) -> None:
    with pytest.raises(InvalidExpression) as refused:
        reader.read_condition(text)
    size = len(text.encode())
    assert str(refused.value) == f"Expression size has exceeded the maximum allowed size; expression size: {size}"


@pytest.mark.parametrize(
    "text",
    [
        "a<b " + "or (a<b " * 149 + ")" * 149,
        "a<b " + "or a<b " * 149,
        "a<b " + "and (a<b " * 149 + ")" * 149,
        "(" * 149 + "a<b" + " and a<b)" * 149,
        "not " * 298 + "a<b",
        "not (" * 298 + "a<b" + ")" * 298,
    ],
)
def test_300_operators_are_taken_however_they_nest(text: str) -> None:
    assert holds(text)


@pytest.mark.parametrize(
    "text",
    [
        "a<b " + "or (a<b " * 150 + ")" * 150,
        "a<b " + "or a<b " * 150,
        "not " * 300 + "a<b",
        "a<b " + "or (a<b " * 454 + ")" * 454,
    ],
)
def test_more_than_300_operators_are_refused(text: str) -> None:
    with pytest.raises(InvalidExpression, match=r"^The expression contains too many operators; operator count: 301$"):
        reader.read_condition(text)


def test_operators_of_updates_count_too() -> None:
    def text(count: int) -> str:
        return "SET " + ",".join(f"a{number}=b+c" for number in range(count))

    assert len(reader.read_update(text(300))) == 300
    with pytest.raises(InvalidExpression, match="too many operators"):
        reader.read_update(text(301))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("(" * 4096, 'Syntax error; token: "<EOF>", near: "("'),
        ("(" * 2046 + "a<b" + ")" * 2046, "The expression has redundant parentheses;"),
        ("a < " + "(" * 2040 + "b" + ")" * 2040, "The expression has redundant parentheses;"),
        ("a < " + "f(" * 1355 + "b" + ")" * 1355, "The expression has too many nested functions;"),
        ("a < " + "size(" * 680 + "b" + ")" * 680, "The expression has too many nested functions;"),
        ("a < " + "f(" * 64 + "b" + ")" * 64, "Invalid function name; function: f"),
        (")" * 4096, 'Syntax error; token: ")", near: "))"'),
        ("a" + "[0]" * 1364, 'Syntax error; token: "<EOF>", near: "]"'),
        ("a = b" + "[0]" * 1363, "The document path has too many nesting levels; nesting levels: 1364"),
    ],
)
def test_hostile_nesting_is_refused_like_any_mistake(text: str, message: str) -> None:
    with pytest.raises(InvalidExpression) as refused:
        reader.read_condition(text)
    assert str(refused.value) == message


def test_functions_beside_each_other_are_not_nested() -> None:
    assert holds(" AND ".join(["size(a) = size(b)"] * 100))


def test_hostile_parentheses_in_an_update_are_refused() -> None:
    for text in ("SET a = " + "(" * 4088, "SET a = " + "(" * 2000 + "b" + ")" * 2000):
        with pytest.raises(InvalidExpression):
            reader.read_update(text)


@pytest.mark.parametrize(("count", "taken"), [(100, True), (101, False)])
def test_in_takes_100_operands(count: int, taken: bool) -> None:
    text = f"a IN ({','.join('b' * count)})"
    if taken:
        assert not holds(text)
        return
    with pytest.raises(
        InvalidExpression, match="IN operator is provided with too many operands; number of operands: 101"
    ):
        holds(text)


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


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "The expression can not be empty;"),
        ("  ", 'Syntax error; token: "<EOF>", near: ""'),
    ],
)
def test_syntax_that_is_refused_in_conditions(text: str, message: str) -> None:
    assert refusal(condition, text) == "Invalid ConditionExpression: " + message


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
    ],
)
def test_syntax_that_is_refused_in_updates(text: str, message: str) -> None:
    assert refusal(update, text) == "Invalid UpdateExpression: " + message


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
    ],
)
def test_syntax_that_is_refused_in_projections(text: str, message: str) -> None:
    assert refusal(projection, text) == "Invalid ProjectionExpression: " + message
