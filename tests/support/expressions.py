"""Parsing expressions in tests, with placeholders that are always the same."""

from collections.abc import Callable, Mapping
from decimal import Decimal

import pytest

from microdax.expressions import parser
from microdax.expressions.nodes import Condition, Projection, Update
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
    """The message with which `parse` refuses `text`."""
    with pytest.raises(ValidationException) as refused:
        parse(text)
    return refused.value.message
