"""Document paths."""

from decimal import Decimal

import pytest

from microdax.expressions.lexer import InvalidExpression
from microdax.expressions.nodes import Path, Step
from microdax.expressions.paths import ABSENT, check_apart, lookup
from microdax.model.values import Item

ITEM: Item = {"a": {"b": [Decimal(1), {"c": "deep"}], "n": None}, "s": "text", "l": [], "m": {}}


def paths(*texts: str) -> list[Path]:
    """Paths written as in expressions: a.b[0]"""
    return [Path(tuple(_step(step) for step in text.replace("[", ".[").split("."))) for text in texts]


def _step(text: str) -> Step:
    return int(text[1:-1]) if text.startswith("[") else text


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("s", "text"),
        ("a.b[0]", Decimal(1)),
        ("a.b[1].c", "deep"),
        ("a.n", None),
        ("l", []),
        ("m", {}),
    ],
)
def test_lookup_finds_what_is_there(path: str, value: object) -> None:
    assert lookup(paths(path)[0], ITEM) == value


@pytest.mark.parametrize(
    "path", ["x", "a.x", "a.b[2]", "a.b[1].d", "a[0]", "a.b.c", "s.a", "s[0]", "a.n.x", "l[0]", "a.b[0].c", "x.y[0]"]
)
def test_lookup_is_absent_where_the_path_leads_nowhere(path: str) -> None:
    assert lookup(paths(path)[0], ITEM) is ABSENT


@pytest.mark.parametrize(
    "together",
    [
        ("a", "b"),
        ("a.b", "a.c"),
        ("a[0]", "a[1]"),
        ("a.b[0].c", "a.b[0].d", "a.b[1]", "c"),
        ("a.b", "b.a"),
    ],
)
def test_paths_that_are_apart(together: tuple[str, ...]) -> None:
    check_apart(paths(*together))


@pytest.mark.parametrize(
    ("together", "one", "two"),
    [
        (("a", "a"), "[a]", "[a]"),
        (("a", "a.b"), "[a]", "[a, b]"),
        (("a.b", "a"), "[a, b]", "[a]"),
        (("a.b[2].c", "x", "a.b"), "[a, b, [2], c]", "[a, b]"),
        (("a[1]", "a[1]"), "[a, [1]]", "[a, [1]]"),
        (("a[1][1]", "a[1]"), "[a, [1], [1]]", "[a, [1]]"),
        (("a.b.c", "a.b.d", "a.b"), "[a, b, c]", "[a, b]"),
        (("a.c", "a.b", "a.b.c.d.e"), "[a, b]", "[a, b, c, d, e]"),
    ],
)
def test_paths_that_overlap(together: tuple[str, ...], one: str, two: str) -> None:
    with pytest.raises(InvalidExpression) as refused:
        check_apart(paths(*together))
    assert str(refused.value) == (
        "Two document paths overlap with each other; must remove or rewrite one of these paths; "
        f"path one: {one}, path two: {two}"
    )


@pytest.mark.parametrize(
    ("together", "one", "two"),
    [
        (("a.b", "a[1]"), "[a, b]", "[a, [1]]"),
        (("a[1]", "a.b"), "[a, [1]]", "[a, b]"),
        (("a.b.c", "a.b[2].x"), "[a, b, c]", "[a, b, [2], x]"),
    ],
)
def test_paths_that_conflict(together: tuple[str, ...], one: str, two: str) -> None:
    with pytest.raises(InvalidExpression) as refused:
        check_apart(paths(*together))
    assert str(refused.value) == (
        "Two document paths conflict with each other; must remove or rewrite one of these paths; "
        f"path one: {one}, path two: {two}"
    )
