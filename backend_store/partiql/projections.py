"""What a SELECT shows of an item: each path's value, under the last name of the path.

`SELECT m.k[1], l[0], m.z` shows `k[1]`, `l[0]` and `z`: other than a ProjectionExpression's, the result has not the
shape of the item. So the attributes that the paths begin with are read whole, and what is shown is taken out of them.
"""

from collections.abc import Sequence

from microdax.expressions.nodes import Path, Projection
from microdax.expressions.paths import ABSENT, lookup
from microdax.model.errors import ValidationException
from microdax.model.values import Item


def check_names_differ(paths: Sequence[Path]) -> None:
    names = set[str]()
    for path in paths:
        name = shown_name(path)
        if name in names:
            raise ValidationException(f"Duplicate identifiers in select clause: {name}")
        names.add(name)


def shown_name(path: Path) -> str:
    """The last name in the path and the indexes behind it."""
    name = ""
    for step in path.steps:
        name = f"{name}[{step}]" if isinstance(step, int) else step
    return name


def roots(paths: Sequence[Path]) -> Projection:
    """The attributes that the paths begin with, whole."""
    return Projection(tuple(dict.fromkeys(Path(path.steps[:1]) for path in paths)))


def select(paths: Sequence[Path], item: Item) -> Item:
    """What is shown of an item; a path that leads nowhere shows nothing."""
    found = {shown_name(path): lookup(path, item) for path in paths}
    return {name: value for name, value in found.items() if value is not ABSENT}
