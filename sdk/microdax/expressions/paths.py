"""Document paths: what stands at them in an item, and whether several can be served at once."""

from collections.abc import Iterable
from enum import Enum
from typing import Final, Generic, Literal, TypeAlias, TypeVar

from microdax.expressions.lexer import InvalidExpression
from microdax.expressions.nodes import Path, Step
from microdax.model.values import Item, Value

End = TypeVar("End")


class Absence(Enum):
    """That there is no value, which a NULL is not."""

    ABSENT = "absent"


ABSENT: Final = Absence.ABSENT
Found: TypeAlias = "Value | Literal[Absence.ABSENT]"


def lookup(path: Path, item: Item) -> Found:
    """The value at `path`, or ABSENT where the item does not reach that far."""
    found: Found = item
    for step in path.steps:
        if isinstance(found, dict):
            found = found.get(step, ABSENT) if isinstance(step, str) else ABSENT
        elif isinstance(found, list):
            found = found[step] if isinstance(step, int) and step < len(found) else ABSENT
        else:
            return ABSENT
    return found


class Branch(Generic[End]):
    """Paths as a tree, so that what they have in common is walked once. `end` is that of a path that ends here."""

    __slots__ = ("children", "end")

    def __init__(self, end: End) -> None:
        self.end = end
        self.children: dict[Step, Branch[End]] = {}

    def grow(self, path: Path, end: End) -> None:
        branch = self
        for step in path.steps:
            branch = branch.children.setdefault(step, Branch(end))


def check_apart(paths: Iterable[Path]) -> None:
    """Refuse paths of which one lies on or inside another, or that take one value for a map and for a list.

    In the tree every branch remembers the first path that grew through it: that is the one to name.
    """
    root = Branch(Path(()))
    for path in paths:
        branch = root
        for position, step in enumerate(path.steps):
            other = next(iter(branch.children), step)
            if isinstance(other, str) is not isinstance(step, str):
                raise _clash("conflict", branch.children[other].end, path)
            known = step in branch.children
            branch = branch.children.setdefault(step, Branch(path))
            last = position == len(path.steps) - 1
            if known and (last or not branch.children):
                raise _clash("overlap", branch.end, path)


def _clash(verb: str, one: Path, two: Path) -> InvalidExpression:
    return InvalidExpression(
        f"Two document paths {verb} with each other; must remove or rewrite one of these paths; "
        f"path one: {one}, path two: {two}"
    )
