"""Expressions as requests bring them, and what they may not name."""

import pytest

from backend_store.operations.asked import (
    check_filters_no_key,
    check_key_paths,
    condition_in,
    condition_of,
    paths_in,
    projection_in,
    projection_of,
    update_in,
)
from backend_store.table import Table
from microdax.expressions.nodes import AttributeExists, Comparison, Literal, Path, Projection, RemoveAction
from microdax.expressions.parser import Scope, parse_condition
from microdax.model.errors import ValidationException
from microdax.model.keys import KeyAttribute, KeySchema
from microdax.model.legacy_requests import AttributeCondition, AttributeConditions, AttributeUpdate, Legacy
from microdax.model.requests import Placeholders
from microdax.model.requests import Projection as IndexProjection
from microdax.model.tables import Index, TableDescription

SCHEMA = KeySchema(KeyAttribute("id", "S"), KeyAttribute("seq", "N"))
INDEX = Index("i", "global", KeySchema(KeyAttribute("ikey", "S"), KeyAttribute("id", "S")), IndexProjection("ALL"), 1)
TABLE = Table(1, TableDescription("main", SCHEMA, "arn", "id", 0.0, indexes=(INDEX,), following_index=2), {})
NOTHING = Placeholders()


def test_a_request_without_expressions_has_neither_condition_nor_projection() -> None:
    assert condition_of(None, NOTHING) is None
    assert projection_of(None, NOTHING) is None


def test_legacy_parameters_stand_in_for_the_expressions_that_are_not_there() -> None:
    legacy = Legacy(
        conditions=AttributeConditions({"a": AttributeCondition("EQ", ("x",))}),
        updates={"a": AttributeUpdate("REMOVE")},
        attributes=("a", "b.c"),
    )
    scope = Scope(NOTHING)
    condition, projection = Comparison("=", Path(("a",)), Literal("x")), Projection((Path(("a",)), Path(("b.c",))))
    assert condition_of(None, NOTHING, legacy) == condition_in("FilterExpression", None, scope, legacy) == condition
    assert projection_of(None, NOTHING, legacy) == projection_in(None, scope, legacy) == projection
    assert update_in(None, scope, legacy).actions == (RemoveAction(Path(("a",))),)
    assert update_in(None, scope, Legacy()).actions == ()


def test_an_expression_is_read_where_there_is_one() -> None:
    scope = Scope(NOTHING)
    assert condition_in("FilterExpression", "attribute_exists(a)", scope, Legacy()) == AttributeExists(Path(("a",)))
    assert projection_in("a", scope, Legacy()) == Projection((Path(("a",)),))
    assert update_in("REMOVE a", scope, Legacy()).actions == (RemoveAction(Path(("a",))),)


def test_a_filter_on_a_key_is_refused_under_the_name_of_its_parameter() -> None:
    legacy = Legacy(conditions=AttributeConditions({"id": AttributeCondition("EQ", ("x",))}))
    with pytest.raises(ValidationException, match=r": QueryFilter can only contain .* Primary key attribute: id$"):
        check_filters_no_key(SCHEMA, condition_of(None, NOTHING, legacy), legacy)


def test_a_placeholder_that_no_expression_uses_is_refused() -> None:
    with pytest.raises(ValidationException, match=r"unused in expressions: keys: {#b}"):
        condition_of("attribute_exists(#a)", Placeholders(names={"#a": "a", "#b": "b"}))
    with pytest.raises(ValidationException, match=r"unused in expressions: keys: {#b}"):
        projection_of("#a", Placeholders(names={"#a": "a", "#b": "b"}))


def test_paths_are_found_wherever_they_stand_in_a_condition() -> None:
    text = "(a = :v AND NOT b.c[1] IN (d, :v)) OR size(e) BETWEEN :v AND f OR contains(g, h) OR attribute_exists(i)"
    condition = parse_condition("ConditionExpression", text, Scope(Placeholders(values={":v": "v"})))
    assert {path.steps[0] for path in paths_in(condition)} == set("abdefghi")


def test_a_path_into_a_key_attribute_is_refused() -> None:
    condition = condition_of("id.x = a", NOTHING)
    with pytest.raises(ValidationException, match=r"Key attributes must be scalars; .* are not allowed: Key: id"):
        check_key_paths(TABLE, condition)
    with pytest.raises(ValidationException, match="Key: seq"):
        check_key_paths(TABLE, projection_of("b, seq[0]", NOTHING))


def test_a_path_into_an_indexs_key_attribute_is_refused() -> None:
    with pytest.raises(ValidationException, match=r"are not allowed: IndexKey: ikey$"):
        check_key_paths(TABLE, condition_of("b = ikey.x", NOTHING))
    with pytest.raises(ValidationException, match=r"are not allowed: Key: id$"):
        check_key_paths(TABLE, condition_of("b = id.x", NOTHING))
    check_key_paths(TABLE, condition_of("ikey = b.ikey", NOTHING))


def test_a_path_to_a_key_attribute_and_paths_elsewhere_are_not() -> None:
    check_key_paths(TABLE, condition_of("id = a.id", NOTHING), projection_of("seq, b.seq", NOTHING), None)


def test_a_filter_on_a_key_attribute_is_refused() -> None:
    with pytest.raises(ValidationException, match=r"non-primary key attributes: Primary key attribute: seq$"):
        check_filters_no_key(SCHEMA, condition_of("a = b AND seq = b", NOTHING))
    check_filters_no_key(SCHEMA, condition_of("a.id = b", NOTHING))
