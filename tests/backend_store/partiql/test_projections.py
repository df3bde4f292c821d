from decimal import Decimal

import pytest

from backend_store.partiql.projections import check_names_differ, roots, select, shown_name
from microdax.expressions.nodes import Path, Projection
from microdax.model.errors import ValidationException
from microdax.model.values import Item

ITEM: Item = {"a": "x", "m": {"k": [Decimal(1), Decimal(2)], "z": None}, "l": [["deep"]]}


@pytest.mark.parametrize(
    ("steps", "name"),
    [(("a",), "a"), (("m", "z"), "z"), (("m", "k", 1), "k[1]"), (("l", 0, 0), "l[0][0]"), (("a.b",), "a.b")],
)
def test_a_path_is_shown_under_its_last_name_and_the_indexes_behind_it(steps: tuple[str | int, ...], name: str) -> None:
    assert shown_name(Path(steps)) == name


def test_values_are_shown_under_the_names_of_their_paths() -> None:
    paths = [Path(("m", "k", 1)), Path(("l", 0, 0)), Path(("m", "z"))]
    assert select(paths, ITEM) == {"k[1]": Decimal(2), "l[0][0]": "deep", "z": None}


def test_a_path_that_leads_nowhere_shows_nothing() -> None:
    assert select([Path(("b",)), Path(("m", "k", 9)), Path(("a", "b"))], ITEM) == {}


def test_what_is_read_is_each_attribute_once() -> None:
    assert roots([Path(("m", "k", 1)), Path(("a",)), Path(("m", "z"))]) == Projection((Path(("m",)), Path(("a",))))


def test_two_paths_may_not_be_shown_under_one_name() -> None:
    check_names_differ([Path(("m", "z")), Path(("z", 0))])
    with pytest.raises(ValidationException, match="Duplicate identifiers in select clause: z"):
        check_names_differ([Path(("m", "z")), Path(("n", "z"))])
