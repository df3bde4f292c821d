"""A position among the tokens of a statement: what comes next, and whether it is what the grammar wants there."""

from collections.abc import Callable
from typing import Final, TypeVar

from backend_store.partiql.lexer import Token, malformed, tokenize
from microdax.model.errors import ValidationException

T = TypeVar("T")

_TOKEN_NAMES: Final = {
    "(": "LEFT_PAREN",
    ")": "RIGHT_PAREN",
    "[": "LEFT_BRACKET",
    "]": "RIGHT_BRACKET",
    "{": "LEFT_CURLY",
    "}": "RIGHT_CURLY",
    "<<": "LEFT_DOUBLE_ANGLE_BRACKET",
    ">>": "RIGHT_DOUBLE_ANGLE_BRACKET",
    ",": "COMMA",
    ".": "DOT",
    ":": "COLON",
    "*": "STAR",
    "=": "OPERATOR",
}


class Cursor:
    """`kind` is the kind of the token that comes next."""

    def __init__(self, text: str) -> None:
        self._tokens = tokenize(text)
        self._position = 0

    @property
    def kind(self) -> str:
        return self._tokens[self._position].kind

    @property
    def following(self) -> str:
        """The kind of the token after the next one, which must not be the end."""
        return self._tokens[self._position + 1].kind

    def take(self) -> Token:
        """Move on; nobody takes the end."""
        self._position += 1
        return self._tokens[self._position - 1]

    def accept(self, kind: str) -> bool:
        """Take the next token if it is of this kind."""
        if self.kind != kind:
            return False
        self.take()
        return True

    def expect(self, kind: str) -> Token:
        if self.kind != kind:
            raise malformed(f"Expected {_TOKEN_NAMES.get(kind, kind.upper())}")
        return self.take()

    def accept_word(self, word: str) -> bool:
        """Take the next token if it is this word, which is a keyword in this place alone."""
        token = self._tokens[self._position]
        if token.kind != "name" or token.text.upper() != word:
            return False
        self.take()
        return True

    def expect_word(self, *words: str) -> str:
        for word in words:
            if self.accept_word(word):
                return word
        raise malformed(f"Expected {' or '.join(words)}")

    def name(self) -> str:
        if self.kind not in ("name", "quoted"):
            raise malformed("Expected identifier")
        text = self.take().text
        if not text:
            raise ValidationException("Path component cannot be an empty string")
        return text

    def separated(self, read: Callable[[], T]) -> list[T]:
        """One or more of what `read` reads, between commas."""
        found = [read()]
        while self.accept(","):
            found.append(read())
        return found

    def end(self) -> None:
        """The statement is over: refuse what follows it."""
        self.accept(";")
        if self.kind != "end":
            raise malformed("Unexpected token after expression")

    def unexpected(self) -> ValidationException:
        """The refusal of the next token where a value or a path should begin."""
        return malformed("Unexpected keyword" if self.kind.isalpha() and self.kind.isupper() else "Unexpected term")
