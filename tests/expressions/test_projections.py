"""What projections keep."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microdax.expressions import parser
from microdax.expressions.nodes import Path, Projection, Step
from microdax.expressions.paths import ABSENT, lookup
from microdax.expressions.projections import project, project_paths
from microdax.model.requests import Placeholders
from microdax.model.values import Item, Value

ITEM: Item = {
    "p": "key",
    "a": {"b": [Decimal(2), Decimal(4), {"x": "hi", "y": "yo"}], "c": Decimal(5), "e": {}},
    "b": "hello",
    "n": None,
    "a.b": "dotted",
    "l": [[Decimal(0), Decimal(1)], [Decimal(2)], []],
}


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("p", {"p": "key"}),
        ("p, b", {"p": "key", "b": "hello"}),
        ("n", {"n": None}),
        ("a", {"a": ITEM["a"]}),
        ("a.b", {"a": {"b": [Decimal(2), Decimal(4), {"x": "hi", "y": "yo"}]}}),
        ("#dotted", {"a.b": "dotted"}),
        ("a.c, a.e", {"a": {"c": Decimal(5), "e": {}}}),
        ("a.b[0]", {"a": {"b": [Decimal(2)]}}),
        ("a.b[2]", {"a": {"b": [{"x": "hi", "y": "yo"}]}}),
        ("a.b[2].y", {"a": {"b": [{"y": "yo"}]}}),
        ("a.b[1], a.b[0]", {"a": {"b": [Decimal(2), Decimal(4)]}}),
        ("a.b[2].x, a.b[0], a.c", {"a": {"b": [Decimal(2), {"x": "hi"}], "c": Decimal(5)}}),
        ("a.b[9], a.b[1]", {"a": {"b": [Decimal(4)]}}),
        ("l[0][1], l[2], l[1][0]", {"l": [[Decimal(1)], [Decimal(2)], []]}),
        ("x", {}),
        ("a.x", {}),
        ("a.x.y", {}),
        ("a.b[3]", {}),
        ("a.b[3].x", {}),
        ("a.b.x", {}),
        ("a[0]", {}),
        ("a.b[0].x", {}),
        ("a.b[0][0]", {}),
        ("a.e.x", {}),
        ("n.x", {}),
        ("a.x, a.b[0], x, a.b[3].x", {"a": {"b": [Decimal(2)]}}),
    ],
)
def test_project(text: str, kept: Item) -> None:
    scope = parser.Scope(Placeholders({"#dotted": "a.b"}))
    assert project(parser.parse_projection(text, scope), ITEM) == kept


def test_an_empty_item_stays_empty() -> None:
    assert project(Projection((Path(("a", "b", 0)),)), {}) == {}


VALUES = st.recursive(
    st.one_of(st.text("xyz", max_size=2), st.none()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("abc"), inner, max_size=3)),
    max_leaves=12,
)
ITEMS = st.dictionaries(st.sampled_from("abc"), VALUES, max_size=3)
STEPS = st.one_of(st.sampled_from("abc"), st.integers(0, 3))
PATHS = st.tuples(st.sampled_from("abc"), st.lists(STEPS, max_size=3)).map(lambda path: Path((path[0], *path[1])))


@given(ITEMS, PATHS)
def test_one_path_keeps_just_what_stands_at_it(item: Item, path: Path) -> None:
    found = lookup(path, item)
    expected: Item = {}
    if found is not ABSENT:
        expected = _wrapped(path.steps, found)
    assert project_paths([path], item) == expected


def _wrapped(steps: tuple[Step, ...], value: Value) -> Item:
    """The document in which `value` stands at `steps` and nothing else does, lists closed up."""
    for step in reversed(steps[1:]):
        value = {step: value} if isinstance(step, str) else [value]
    name = steps[0]
    assert isinstance(name, str)
    return {name: value}


@given(ITEMS, st.sets(st.sampled_from("abc")))
def test_names_keep_those_attributes(item: Item, names: set[str]) -> None:
    paths = [Path((name,)) for name in names]
    assert project_paths(paths, item) == {name: item[name] for name in names if name in item}
