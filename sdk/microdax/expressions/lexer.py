"""The words of expressions: names, placeholders, list indexes, keywords and symbols.

A token's kind is what the grammar asks for: the keyword in capitals ("AND" for `and`), the symbol itself ("<="),
or one of "word", "name" (#placeholder), "value" (:placeholder), "index", "other" (a character that no expression
may hold) and "end". All expressions share their keywords: SET is none of a condition's words and no name in it
either.
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

KEYWORDS: Final = frozenset({"AND", "OR", "NOT", "BETWEEN", "IN", "SET", "REMOVE", "ADD", "DELETE"})

_TOKEN: Final = re.compile(
    r"""
    (?P<word>[A-Za-z][A-Za-z0-9_]*)
    | (?P<name>\#[A-Za-z0-9_]+)
    | (?P<value>:[A-Za-z0-9_]+)
    | (?P<index>0|[1-9][0-9]*)
    | (?P<symbol><>|<=|>=|[=<>()\[\],.+-])
    | (?P<other>[^ \t\r\n])
    """,
    re.VERBOSE,
)


class InvalidExpression(Exception):
    """What is wrong with an expression, as DynamoDB says it after "Invalid UpdateExpression: "."""


class Token(NamedTuple):
    kind: str
    text: str
    start: int
    end: int


def tokenize(text: str) -> list[Token]:
    """The tokens of `text`, closed by one of kind "end"; blanks between them are of no account."""
    tokens = [Token(_kind(match), match.group(), match.start(), match.end()) for match in _TOKEN.finditer(text)]
    tokens.append(Token("end", "<EOF>", len(text), len(text)))
    return tokens


def syntax_error(text: str, tokens: Sequence[Token], position: int) -> InvalidExpression:
    """The refusal of the token at `position`, shown between the tokens beside it."""
    start = tokens[max(position - 1, 0)].start
    end = tokens[min(position + 1, len(tokens) - 1)].end
    return InvalidExpression(f'Syntax error; token: "{tokens[position].text}", near: "{text[start:end]}"')


def _kind(match: re.Match[str]) -> str:
    kind = match.lastgroup
    assert kind is not None
    if kind == "symbol":
        return match.group()
    if kind == "word" and (keyword := match.group().upper()) in KEYWORDS:
        return keyword
    return kind
