"""Statements as trees, ready to be carried out: parameters put in, conditions and updates as those of expressions."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from microdax.expressions.nodes import Condition, Path
from microdax.expressions.nodes import Update as Actions
from microdax.model.requests import ReturnValues
from microdax.model.values import Item

# What RETURNING may say, by the word of UpdateItem's ReturnValues that means the same.
Returning: TypeAlias = ReturnValues


@dataclass(frozen=True, slots=True)
class Source:
    """What a statement reads or writes: a table, or one of its indexes."""

    table: str
    index: str | None = None


@dataclass(frozen=True, slots=True)
class Ordering:
    """One attribute of ORDER BY."""

    attribute: str
    direction: Literal["ASC", "DESC"] = "ASC"


@dataclass(frozen=True, slots=True)
class Select:
    """`paths` None is `*`."""

    source: Source
    paths: tuple[Path, ...] | None = None
    where: Condition | None = None
    order: tuple[Ordering, ...] = ()


@dataclass(frozen=True, slots=True)
class Insert:
    source: Source
    item: Item


@dataclass(frozen=True, slots=True)
class Update:
    source: Source
    actions: Actions
    where: Condition | None = None
    returning: Returning = "NONE"


@dataclass(frozen=True, slots=True)
class Delete:
    source: Source
    where: Condition | None = None
    returning: Returning = "NONE"


@dataclass(frozen=True, slots=True)
class Exists:
    """EXISTS(SELECT ...): a condition on an item that a transaction does not write."""

    select: Select


Statement: TypeAlias = Select | Insert | Update | Delete | Exists
