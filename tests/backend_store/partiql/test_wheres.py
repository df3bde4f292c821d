from decimal import Decimal

import pytest

from backend_store.partiql.nodes import Select
from backend_store.partiql.parser import parse_statement
from backend_store.partiql.wheres import NamedItem, Where, read_named_item, read_where
from microdax.expressions import nodes
from microdax.expressions.nodes import Between, Comparison, Condition, Literal, Path
from microdax.model.errors import ValidationException
from microdax.model.keys import KeyAttribute, KeySchema

SCHEMA = KeySchema(KeyAttribute("p", "S"), KeyAttribute("r", "N"))
P, R, X = Path(("p",)), Path(("r",)), Path(("x",))
ONE = Literal(Decimal(1))
X_IS_1 = Comparison("=", X, ONE)
WRONG_TYPE = "Key attribute's data type should match its data type in table's schema"


def condition(text: str) -> Condition | None:
    statement = parse_statement(f"SELECT * FROM t {text and 'WHERE '}{text}")
    assert isinstance(statement, Select)
    return statement.where


def where(text: str) -> Where:
    return read_where(condition(text), SCHEMA)


def named(text: str) -> NamedItem | None:
    return read_named_item(condition(text), SCHEMA)


def test_an_equality_of_the_hash_key_bounds_what_is_read() -> None:
    assert where("p = 'a'") == Where(("a",))
    assert where("'a' = p AND x = 1") == Where(("a",), None, X_IS_1)


@pytest.mark.parametrize("text", ["p IN ['a', 'b']", "p = 'a' OR 'b' = p", "p IN ('a', 'b', 'a')"])
def test_so_do_several_values_of_it_each_once(text: str) -> None:
    assert where(text) == Where(("a", "b"))
    assert where(f"x = 1 AND ({text})") == Where(("a", "b"), None, X_IS_1)


def test_one_value_is_preferred_to_several() -> None:
    assert where("p IN ['a', 'b'] AND p = 'a'").hashes == ("a",)


@pytest.mark.parametrize(
    "text",
    ["", "x = 1", "p <> 'a'", "p > 'a'", "p = x", "p = 'a' OR x = 1", "NOT p = 'a'", "p.q = 'a'", "p IN [x]", "r = 1"],
)
def test_where_the_hash_key_has_no_value_everything_is_read_and_asked(text: str) -> None:
    assert where(text) == Where(None, None, condition(text))


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("r = 1", Comparison("=", R, ONE)),
        ("1 < r", Comparison("<", ONE, R)),
        ("r BETWEEN 1 AND 1", Between(R, ONE, ONE)),
        ("r > 1 AND r = 1", Comparison("=", R, ONE)),
    ],
)
def test_a_condition_on_the_range_key_bounds_the_rows_of_a_partition(text: str, part: Condition) -> None:
    found = where(f"p = 'a' AND {text}")
    assert found.range == part


@pytest.mark.parametrize("text", ["r <> 1", "r = x", "r IN [1, 2]", "r BETWEEN x AND 2", "NOT r = 1", "r IS MISSING"])
def test_other_conditions_on_it_are_asked_of_each_item(text: str) -> None:
    found = where(f"p = 'a' AND {text}")
    assert (found.range, found.rest) == (None, condition(text))


def test_what_is_left_is_joined_again() -> None:
    assert where("p = 'a' AND r > 1 AND x = 1 AND r < 9").rest == nodes.And(
        (X_IS_1, Comparison("<", R, Literal(Decimal(9))))
    )


@pytest.mark.parametrize("text", ["p = 1", "p IN ['a', 1]", "p = 'a' AND r = 'x'", "p = 'a' AND r BETWEEN 1 AND 'x'"])
def test_key_values_have_the_types_of_the_schema(text: str) -> None:
    if "BETWEEN" in text:
        with pytest.raises(
            ValidationException
        ):  # the bounds' types differ, which is said before any schema is looked at
            condition(text)
        return
    with pytest.raises(ValidationException) as error:
        where(text)
    assert error.value.message == WRONG_TYPE


def test_an_item_is_named_by_equalities_of_its_whole_key() -> None:
    assert named("p = 'a' AND 1 = r") == NamedItem({"p": "a", "r": Decimal(1)}, None)
    assert named("x = 1 AND (r = 1 AND p = 'a')") == NamedItem({"p": "a", "r": Decimal(1)}, X_IS_1)


def test_a_second_equality_is_a_condition() -> None:
    found = named("p = 'a' AND r = 1 AND r = 2")
    assert found is not None
    assert found.rest == Comparison("=", R, Literal(Decimal(2)))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "p = 'a'",
        "r = 1",
        "p = 'a' AND r > 1",
        "p = 'a' OR r = 1",
        "p IN ['a'] AND r = 1",
        "NOT (p = 'a' AND r = 1)",
    ],
)
def test_nothing_else_names_one(text: str) -> None:
    assert named(text) is None


def test_a_named_key_has_the_types_of_the_schema() -> None:
    with pytest.raises(ValidationException) as error:
        named("p = 'a' AND r = 'x'")
    assert error.value.message == WRONG_TYPE
