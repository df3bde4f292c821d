"""Tokens."""

import pytest

from microdax.expressions.lexer import syntax_error, tokenize


def kinds(text: str) -> list[str]:
    return [token.kind for token in tokenize(text)][:-1]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("a", ["word"]),
        ("a_1B", ["word"]),
        ("#a :b", ["name", "value"]),
        ("#1 :_", ["name", "value"]),
        ("# :", ["other", "other"]),
        ("_a", ["other", "word"]),
        ("1a", ["index", "word"]),
        ("a[0].b[12]", ["word", "[", "index", "]", ".", "word", "[", "index", "]"]),
        ("00", ["index", "index"]),
        ("<><=>=<>=", ["<>", "<=", ">=", "<>", "="]),
        ("a!=b", ["word", "other", "=", "word"]),
        ("and Or nOT between IN", ["AND", "OR", "NOT", "BETWEEN", "IN"]),
        ("set remove ADD Delete", ["SET", "REMOVE", "ADD", "DELETE"]),
        ("android", ["word"]),
        ("a+b-:c", ["word", "+", "word", "-", "value"]),
        ("a-b", ["word", "-", "word"]),
        ("\t a \r\n b ", ["word", "word"]),
        ("a\u00a0b", ["word", "other", "word"]),
        ("é", ["other"]),
    ],
)
def test_kinds(text: str, expected: list[str]) -> None:
    assert kinds(text) == expected


def test_tokens_know_where_they_stand() -> None:
    for token in tokenize("  SET a.#b = :c"):
        assert token.text in ("  SET a.#b = :c"[token.start : token.end], "<EOF>")


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("a = = b", 2, 'Syntax error; token: "=", near: "= = b"'),
        ("= b", 0, 'Syntax error; token: "=", near: "= b"'),
        ("a =", 2, 'Syntax error; token: "<EOF>", near: "="'),
        ("SET _123", 1, 'Syntax error; token: "_", near: "SET _123"'),
    ],
)
def test_a_syntax_error_is_shown_between_its_neighbours(text: str, position: int, message: str) -> None:
    assert str(syntax_error(text, tokenize(text), position)) == message
