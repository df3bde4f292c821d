"""The words of PartiQL: keywords, names, strings, numbers, parameters and symbols.

A token's kind is what the grammar asks for: the keyword in capitals (SELECT for `select`), the symbol itself ("<="),
or one of "name" (bare), "quoted" (a name in double quotes), "string", "number", "other" (a character that no
statement may hold) and "end". A token's text is what it stands for: quotes are off and doubled ones single.

Keywords are only the words that would leave a statement ambiguous. DynamoDB reserves many more (`pad`, `key`), which
it wants in double quotes; here they may be names without.
"""

import re
from typing import Final, NamedTuple

from microdax.model.errors import ValidationException

KEYWORDS: Final = frozenset(
    [
        "SELECT",
        "FROM",
        "WHERE",
        "ORDER",
        "BY",
        "LIMIT",
        "GROUP",
        "HAVING",
        "INSERT",
        "INTO",
        "UPDATE",
        "SET",
        "REMOVE",
        "DELETE",
        "RETURNING",
        "AND",
        "OR",
        "NOT",
        "IN",
        "BETWEEN",
        "LIKE",
        "IS",
        "MISSING",
        "NULL",
        "TRUE",
        "FALSE",
        "EXISTS",
        "AS",
        "JOIN",
    ]
)

_TOKEN: Final = re.compile(
    r"""
    (?P<blank>\s+ | --[^\r\n]* | /\*.*?\*/)
    | (?P<name>[A-Za-z_$][A-Za-z0-9_$]*)
    | "(?P<quoted>(?:[^"]|"")*)"
    | '(?P<string>(?:[^']|'')*)'
    | (?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    | (?P<symbol><<|>>|<>|!=|<=|>=|[=<>()\[\]{},.:*+?;-])
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)


class Token(NamedTuple):
    kind: str
    text: str


def tokenize(text: str) -> list[Token]:
    """The tokens of `text`, closed by one of kind "end"; blanks and comments between them are of no account."""
    tokens = [_token(match) for match in _TOKEN.finditer(text) if match.lastgroup != "blank"]
    return [*tokens, Token("end", "")]


def malformed(problem: str) -> ValidationException:
    """The refusal of a text that is no statement."""
    return ValidationException(f"Statement wasn't well formed, can't be processed: {problem}")


def _token(match: re.Match[str]) -> Token:
    kind = match.lastgroup
    assert kind is not None, "every branch of the pattern is a group"
    text = match[kind]
    if kind == "symbol":
        return Token(text, text)
    if kind == "name" and text.upper() in KEYWORDS:
        return Token(text.upper(), text)
    if kind == "quoted":
        return Token(kind, text.replace('""', '"'))
    return Token(kind, text.replace("''", "'") if kind == "string" else text)
