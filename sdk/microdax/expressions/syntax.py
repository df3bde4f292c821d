"""What an expression's text says, before anybody asks what its placeholders stand for.

The tree depends on the text alone, so `reader` can keep it for the next request with other values. Operators and
functions are one thing here, as they are in DynamoDB's messages: a `Call`.
"""

from dataclasses import dataclass
from typing import TypeAlias

from microdax.expressions.nodes import Path, Step


@dataclass(frozen=True, slots=True)
class PathText:
    """A path with #placeholders among its names. A path without is a node already."""

    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class ValueText:
    """A :placeholder."""

    placeholder: str


@dataclass(frozen=True, slots=True)
class Call:
    """An operator (=, BETWEEN, IN, AND, NOT, +, ...) or a function, by name, and what it is applied to."""

    operator: str
    operands: "tuple[Syntax, ...]"


Syntax: TypeAlias = Path | PathText | ValueText | Call


@dataclass(frozen=True, slots=True)
class ActionText:
    """One action of an update. Only REMOVE has no value."""

    clause: str
    path: Path | PathText
    value: Syntax | None = None


@dataclass(frozen=True, slots=True)
class Clause:
    """SET, REMOVE, ADD or DELETE with its actions."""

    keyword: str
    actions: tuple[ActionText, ...]
