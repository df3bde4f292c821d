import pytest

from backend_store.partiql.lexer import Token, tokenize


def kinds(text: str) -> list[str]:
    return [token.kind for token in tokenize(text)]


@pytest.mark.parametrize("text", ["select", "SELECT", "sElEcT"])
def test_a_keyword_is_one_in_any_case(text: str) -> None:
    assert tokenize(text)[0] == Token("SELECT", text)


@pytest.mark.parametrize("text", ["value", "old", "modified", "asc", "selected", "_a", "$b", "pad", "key"])
def test_other_words_are_names(text: str) -> None:
    assert tokenize(text)[0] == Token("name", text)


@pytest.mark.parametrize(
    ("text", "token"),
    [
        ("'it''s'", Token("string", "it's")),
        ("''", Token("string", "")),
        ("'say \"a\"'", Token("string", 'say "a"')),
        ("'-- no comment'", Token("string", "-- no comment")),
        ('"a.b"', Token("quoted", "a.b")),
        ('"a""b"', Token("quoted", 'a"b')),
        ('"SELECT"', Token("quoted", "SELECT")),
        ("12", Token("number", "12")),
        ("1.5e-3", Token("number", "1.5e-3")),
        (".5", Token("number", ".5")),
        ("1.", Token("number", "1.")),
    ],
)
def test_a_tokens_text_is_what_it_stands_for(text: str, token: Token) -> None:
    assert tokenize(text) == [token, Token("end", "")]


def test_symbols_of_two_characters_are_one_token() -> None:
    assert kinds("<<>> <= >= <> != < > =") == ["<<", ">>", "<=", ">=", "<>", "!=", "<", ">", "=", "end"]


def test_blanks_and_comments_are_of_no_account() -> None:
    assert kinds("a -- to the end of the line\n\t/* one\n or * more */ b") == ["name", "name", "end"]


@pytest.mark.parametrize("text", ["'open", '"open', "§", "@", "`a`", "/* open"])
def test_what_no_statement_may_hold_is_a_token_of_its_own(text: str) -> None:
    assert "other" in kinds(text)


def test_a_number_does_not_run_into_a_name() -> None:
    assert kinds("12ab") == ["number", "name", "end"]
