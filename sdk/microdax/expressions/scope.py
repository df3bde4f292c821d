"""The placeholders of a request, which all of its expressions share."""

import re
from collections.abc import Mapping
from typing import Final, Literal

from microdax.expressions.lexer import InvalidExpression
from microdax.model import limits
from microdax.model.errors import ValidationException
from microdax.model.requests import Placeholders
from microdax.model.values import Value

_Sort = Literal["ExpressionAttributeNames", "ExpressionAttributeValues"]

_KEYS: Final[Mapping[_Sort, re.Pattern[str]]] = {
    "ExpressionAttributeNames": re.compile(r"#[A-Za-z0-9_]+"),
    "ExpressionAttributeValues": re.compile(r":[A-Za-z0-9_]+"),
}


class Scope:
    """Says what `#names` and `:values` stand for, and remembers which were asked for.

    One scope serves all expressions of a request. After the last has been parsed, `check_all_used` refuses what
    none of them used.
    """

    __slots__ = ("_names", "_used", "_values")

    def __init__(self, placeholders: Placeholders) -> None:
        _check_keys("ExpressionAttributeNames", placeholders.names)
        _check_keys("ExpressionAttributeValues", placeholders.values)
        self._names: Mapping[str, str] = placeholders.names or {}
        self._values: Mapping[str, Value] = placeholders.values or {}
        self._used = set[str]()
        for key, name in self._names.items():
            _check_name(key, name)

    def name(self, placeholder: str) -> str:
        self._used.add(placeholder)
        try:
            return self._names[placeholder]
        except KeyError:
            raise InvalidExpression(
                f"An expression attribute name used in the document path is not defined; attribute name: {placeholder}"
            ) from None

    def value(self, placeholder: str) -> Value:
        self._used.add(placeholder)
        try:
            return self._values[placeholder]
        except KeyError:
            raise InvalidExpression(
                f"An expression attribute value used in expression is not defined; attribute value: {placeholder}"
            ) from None

    def check_all_used(self) -> None:
        """Refuse placeholders that no expression used."""
        if len(self._used) < len(self._names) + len(self._values):
            self._check_used("ExpressionAttributeNames", self._names)
            self._check_used("ExpressionAttributeValues", self._values)

    def _check_used(self, sort: _Sort, known: Mapping[str, object]) -> None:
        if unused := [key for key in known if key not in self._used]:
            raise ValidationException(f"Value provided in {sort} unused in expressions: keys: {{{', '.join(unused)}}}")


def check_have_expressions(placeholders: Placeholders, expressions: Mapping[str, str | None]) -> None:
    """Refuse placeholders in a request without expressions.

    `expressions` are those that the operation could carry, by parameter: {"FilterExpression": None, ...}.
    """
    if placeholders.names is not None and all(text is None for text in expressions.values()):
        raise ValidationException("ExpressionAttributeNames can only be specified when using expressions")
    taking = {parameter: text for parameter, text in expressions.items() if parameter != "ProjectionExpression"}
    if placeholders.values is not None and taking and all(text is None for text in taking.values()):
        verb = "are" if len(taking) > 1 else "is"
        raise ValidationException(
            "ExpressionAttributeValues can only be specified when using expressions: "
            f"{' and '.join(taking)} {verb} null"
        )


def _check_keys(sort: _Sort, known: Mapping[str, object] | None) -> None:
    if known is None:
        return
    if not known:
        raise ValidationException(f"{sort} must not be empty")
    for key in known:
        if len(key) > limits.PLACEHOLDER_BYTES_MAX:
            raise ValidationException(
                f"{sort} contains invalid key: The expression attribute map contains a key that is too long; "
                f"size of key: {len(key.encode())}"
            )
        if not _KEYS[sort].fullmatch(key):
            raise ValidationException(f'{sort} contains invalid key: Syntax error; key: "{key}"')


def _check_name(key: str, name: str) -> None:
    if not name:
        raise ValidationException(
            f"ExpressionAttributeNames contains invalid value: Empty attribute name for key {key}"
        )
    if len(name.encode()) > limits.ATTRIBUTE_NAME_BYTES_MAX:
        raise ValidationException(
            "ExpressionAttributeNames contains invalid value: Member must have length less than or equal to "
            f"{limits.ATTRIBUTE_NAME_BYTES_MAX} for key {key}"
        )
