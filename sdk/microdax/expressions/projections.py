"""What a projection keeps of an item.

Documents keep the shape of the way to what was asked for: maps with the names on it, lists with the elements on
it, closed up to each other in their order. A path that leads nowhere leaves nothing behind.
"""

from collections.abc import Iterable

from microdax.expressions.nodes import Path, Projection
from microdax.expressions.paths import ABSENT, Branch, Found
from microdax.model.values import Item


def project(projection: Projection, item: Item) -> Item:
    return project_paths(projection.paths, item)


def project_paths(paths: Iterable[Path], item: Item) -> Item:
    root = Branch(None)
    for path in paths:
        root.grow(path, None)
    return {
        name: kept
        for name, branch in root.children.items()
        if isinstance(name, str) and name in item and (kept := _kept(item[name], branch)) is not ABSENT
    }


def _kept(value: Found, branch: Branch[None]) -> Found:
    if not branch.children:
        return value
    if isinstance(value, dict):
        names = {
            name: kept
            for name, child in branch.children.items()
            if isinstance(name, str) and (kept := _kept(value.get(name, ABSENT), child)) is not ABSENT
        }
        return names or ABSENT
    if isinstance(value, list):
        indexes = sorted(index for index in branch.children if isinstance(index, int) and index < len(value))
        elements = [_kept(value[index], branch.children[index]) for index in indexes]
        return [element for element in elements if element is not ABSENT] or ABSENT
    return ABSENT
