"""What legacy parameters mean: tables of cases, and generated conditions against the expression that says the same."""

from decimal import Decimal
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microdax.expressions.conditions import holds
from microdax.expressions.key_conditions import Bound, KeyCondition, RangeBounds, RangePrefix
from microdax.expressions.legacy import condition_node, key_condition_of, projection_node, update_node
from microdax.expressions.parser import Scope, parse_condition, parse_update
from microdax.expressions.projections import project
from microdax.expressions.updates import apply
from microdax.model.errors import ValidationException
from microdax.model.keys import KeyAttribute, KeySchema
from microdax.model.legacy_requests import (
    AttributeCondition,
    AttributeConditions,
    AttributeUpdate,
    ComparisonOperator,
    UpdateAction,
)
from microdax.model.requests import Placeholders
from microdax.model.values import BinarySet, Item, NumberSet, StringSet, Value

one, two, three = map(Decimal, range(1, 4))
SCHEMA = KeySchema(KeyAttribute("p", "S"), KeyAttribute("r", "N"))
ITEM: Item = {
    "n": two,
    "s": "hello",
    "b": b"\x01\x02",
    "ns": NumberSet({one, two}),
    "l": [one, "x"],
    "null": None,
    "bool": True,
    "m": {"k": one},
    "a.b": one,
}


def passes(item: Item, name: str, operator: ComparisonOperator, *values: Value) -> bool:
    node = condition_node(AttributeConditions({name: AttributeCondition(operator, values)}))
    assert node is not None
    return holds(node, item)


# ---- conditions


@pytest.mark.parametrize(
    ("name", "operator", "values", "expected"),
    [
        ("n", "EQ", [two], True),
        ("n", "EQ", ["2"], False),
        ("m", "EQ", [{"k": one}], True),
        ("null", "EQ", [None], True),
        ("missing", "EQ", [None], False),
        ("n", "NE", [two], False),
        ("n", "NE", ["2"], True),
        ("missing", "NE", [two], True),
        ("n", "LE", [two], True),
        ("n", "LT", [two], False),
        ("n", "GE", [two], True),
        ("n", "GT", [one], True),
        ("n", "GT", ["1"], False),
        ("missing", "LT", [two], False),
        ("null", "NOT_NULL", [], True),
        ("missing", "NOT_NULL", [], False),
        ("null", "NULL", [], False),
        ("missing", "NULL", [], True),
        ("s", "CONTAINS", ["ell"], True),
        ("b", "CONTAINS", [b"\x02"], True),
        ("ns", "CONTAINS", [two], True),
        ("ns", "CONTAINS", ["2"], False),
        ("l", "CONTAINS", ["x"], True),
        ("missing", "CONTAINS", ["x"], False),
        ("s", "NOT_CONTAINS", ["ell"], False),
        ("s", "NOT_CONTAINS", [one], True),
        ("l", "NOT_CONTAINS", [three], True),
        ("missing", "NOT_CONTAINS", ["x"], False),
        ("s", "BEGINS_WITH", ["he"], True),
        ("b", "BEGINS_WITH", [b"\x01"], True),
        ("n", "BEGINS_WITH", ["2"], False),
        ("n", "IN", [one, two], True),
        ("ns", "IN", [one, two], False),
        ("n", "BETWEEN", [one, two], True),
        ("n", "BETWEEN", ["1", "3"], False),
        ("missing", "BETWEEN", [one, two], False),
        ("a.b", "EQ", [one], True),
        ("m.k", "NULL", [], True),
    ],
)
def test_an_operator_says_this_of_an_attribute(
    name: str, operator: ComparisonOperator, values: list[Value], expected: bool
) -> None:
    assert passes(ITEM, name, operator, *values) is expected


@pytest.mark.parametrize(("one_suffices", "expected"), [(False, False), (True, True)])
def test_all_conditions_must_hold_unless_one_suffices(one_suffices: bool, expected: bool) -> None:
    conditions = {"n": AttributeCondition("EQ", (two,)), "s": AttributeCondition("EQ", ("other",))}
    node = condition_node(AttributeConditions(conditions, one_suffices))
    assert node is not None
    assert holds(node, ITEM) is expected


def test_no_conditions_are_no_condition() -> None:
    assert condition_node(AttributeConditions({})) is None


EXPRESSIONS: dict[ComparisonOperator, str] = {
    "EQ": "#n = :0",
    "NE": "#n <> :0",
    "LE": "#n <= :0",
    "LT": "#n < :0",
    "GE": "#n >= :0",
    "GT": "#n > :0",
    "NOT_NULL": "attribute_exists(#n)",
    "NULL": "attribute_not_exists(#n)",
    "CONTAINS": "contains(#n, :0)",
    "NOT_CONTAINS": "attribute_exists(#n) AND NOT contains(#n, :0)",
    "BEGINS_WITH": "begins_with(#n, :0)",
    "IN": "#n IN (:0, :1, :2)",
    "BETWEEN": "#n BETWEEN :0 AND :1",
}

# Few enough values that conditions often hold.
numbers: st.SearchStrategy[Any] = st.integers(0, 4).map(Decimal)
strings: st.SearchStrategy[Any] = st.text("ab", max_size=3)
binaries: st.SearchStrategy[Any] = st.binary(max_size=2)
comparable: st.SearchStrategy[Any] = st.sampled_from((numbers, strings, binaries))
others: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.frozensets(numbers, min_size=1, max_size=3).map(NumberSet),
    st.frozensets(strings, min_size=1, max_size=3).map(StringSet),
    st.frozensets(binaries, min_size=1, max_size=3).map(BinarySet),
    st.lists(st.one_of(numbers, strings), max_size=3),
)
anything: st.SearchStrategy[Any] = st.one_of(numbers, strings, binaries, others)
items: st.SearchStrategy[Item] = st.dictionaries(st.sampled_from("abc"), anything, max_size=3)


@st.composite
def conditions(draw: st.DrawFn) -> AttributeCondition:
    """Any condition that a request may make: of one type, in order, as many values as the operator takes."""
    operator: ComparisonOperator = draw(st.sampled_from(get_args(ComparisonOperator)))
    if operator in ("NULL", "NOT_NULL"):
        return AttributeCondition(operator)
    if operator in ("EQ", "NE"):
        return AttributeCondition(operator, (draw(anything),))
    kind = draw(comparable if operator != "BEGINS_WITH" else st.sampled_from((strings, binaries)))
    count = {"IN": 3, "BETWEEN": 2}.get(operator, 1)
    values = draw(st.lists(kind, min_size=count, max_size=count))
    return AttributeCondition(operator, tuple(sorted(values) if operator == "BETWEEN" else values))


@given(st.dictionaries(st.sampled_from("abc"), conditions(), min_size=1), st.booleans(), items)
def test_conditions_say_what_the_expression_says(
    asked: dict[str, AttributeCondition], one_suffices: bool, item: Item
) -> None:
    node = condition_node(AttributeConditions(asked, one_suffices))
    each = [_by_expression(name, condition, item) for name, condition in asked.items()]
    assert node is not None
    assert holds(node, item) is (any(each) if one_suffices else all(each))


def _by_expression(name: str, condition: AttributeCondition, item: Item) -> bool:
    values = {f":{number}": value for number, value in enumerate(condition.values)}
    scope = Scope(Placeholders({"#n": name}, values or None))
    return holds(parse_condition("FilterExpression", EXPRESSIONS[condition.operator], scope), item)


# ---- key conditions


@pytest.mark.parametrize(
    ("operator", "values", "expected"),
    [
        ("EQ", [one], RangeBounds(Bound(one, True), Bound(one, True))),
        ("LE", [one], RangeBounds(high=Bound(one, True))),
        ("LT", [one], RangeBounds(high=Bound(one, False))),
        ("GE", [one], RangeBounds(low=Bound(one, True))),
        ("GT", [one], RangeBounds(low=Bound(one, False))),
        ("BETWEEN", [one, two], RangeBounds(Bound(one, True), Bound(two, True))),
    ],
)
def test_a_range_key_is_bounded_by(operator: ComparisonOperator, values: list[Value], expected: RangeBounds) -> None:
    asked = {"r": AttributeCondition(operator, tuple(values)), "p": AttributeCondition("EQ", ("a",))}
    assert key_condition_of(asked, SCHEMA) == KeyCondition("a", expected)


def test_a_range_key_may_have_to_begin_with_a_prefix() -> None:
    schema = KeySchema(KeyAttribute("p", "S"), KeyAttribute("r", "S"))
    asked = {"p": AttributeCondition("EQ", ("a",)), "r": AttributeCondition("BEGINS_WITH", ("x",))}
    assert key_condition_of(asked, schema) == KeyCondition("a", RangePrefix("x"))


NOT_INDEXABLE = "Attempted conditional constraint is not an indexable operation"
P = AttributeCondition("EQ", ("a",))


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({}, "Conditions can be of length 1 or 2 only"),
        ({"p": P, "r": AttributeCondition("EQ", (one,)), "x": P}, "Conditions can be of length 1 or 2 only"),
        ({"r": AttributeCondition("EQ", (one,))}, "Query condition missed key schema element: p"),
        ({"p": P, "x": P}, "Query condition missed key schema element: r"),
        ({"p": AttributeCondition("LE", ("a",))}, "Query key condition not supported"),
        ({"p": AttributeCondition("NE", ("a",))}, NOT_INDEXABLE),
        ({"p": AttributeCondition("IN", ("a",))}, NOT_INDEXABLE),
        ({"p": P, "r": AttributeCondition("NULL")}, NOT_INDEXABLE),
        ({"p": P, "r": AttributeCondition("NOT_NULL")}, NOT_INDEXABLE),
        ({"p": P, "r": AttributeCondition("CONTAINS", (one,))}, NOT_INDEXABLE),
        ({"p": P, "r": AttributeCondition("NOT_CONTAINS", (one,))}, NOT_INDEXABLE),
        (
            {"p": AttributeCondition("EQ", (one,))},
            "One or more parameter values were invalid: Condition parameter type does not match schema type",
        ),
    ],
)
def test_key_conditions_that_no_range_of_keys_answers_are_refused(
    asked: dict[str, AttributeCondition], message: str
) -> None:
    with pytest.raises(ValidationException) as refused:
        key_condition_of(asked, SCHEMA)
    assert refused.value.message == message


# ---- updates


def updated(item: Item, action: UpdateAction, value: Value = None) -> Item:
    return apply(update_node({"a": AttributeUpdate(action, value)}), item, ("p",))


@pytest.mark.parametrize(
    ("old", "action", "value", "new"),
    [
        ({}, "PUT", "x", {"a": "x"}),
        ({"a": one}, "PUT", None, {"a": None}),
        ({"a": one}, "ADD", two, {"a": three}),
        ({}, "ADD", two, {"a": two}),
        ({"a": NumberSet({one})}, "ADD", NumberSet({two}), {"a": NumberSet({one, two})}),
        ({}, "ADD", StringSet({"x"}), {"a": StringSet({"x"})}),
        ({"a": [one]}, "ADD", [one, "x"], {"a": [one, one, "x"]}),
        ({}, "ADD", ["x"], {"a": ["x"]}),
        ({"a": BinarySet({b"x", b"y"})}, "DELETE", BinarySet({b"x", b"z"}), {"a": BinarySet({b"y"})}),
        ({"a": NumberSet({one}), "b": one}, "DELETE", NumberSet({one}), {"b": one}),
        ({"b": one}, "DELETE", NumberSet({one}), {"b": one}),
        ({"a": one, "b": one}, "REMOVE", None, {"b": one}),
        ({}, "REMOVE", None, {}),
    ],
)
def test_an_action_makes_this_of_an_attribute(old: Item, action: UpdateAction, value: Value, new: Item) -> None:
    assert updated(old, action, value) == new


@pytest.mark.parametrize(
    ("action", "value"),
    [("ADD", one), ("ADD", NumberSet({one})), ("ADD", [one]), ("DELETE", NumberSet({one}))],
)
def test_an_action_on_an_attribute_of_another_type_is_refused(action: UpdateAction, value: Value) -> None:
    with pytest.raises(ValidationException) as refused:
        updated({"a": "text"}, action, value)
    assert refused.value.message == "Type mismatch for attribute to update"


@given(items, numbers, st.frozensets(numbers, min_size=1, max_size=3).map(NumberSet))
def test_updates_do_what_the_expression_does(item: Item, number: Decimal, elements: NumberSet) -> None:
    updates = {
        "a": AttributeUpdate("ADD", number),
        "b": AttributeUpdate("DELETE", elements),
        "c": AttributeUpdate("REMOVE"),
        "d": AttributeUpdate("PUT", "x"),
    }
    scope = Scope(Placeholders(None, {":a": number, ":b": elements, ":d": "x"}))
    expression = parse_update("ADD a :a DELETE b :b REMOVE c SET d = :d", scope)
    try:
        expected = apply(expression, item, ("p",))
    except ValidationException:
        with pytest.raises(ValidationException, match="Type mismatch"):
            apply(update_node(updates), item, ("p",))
    else:
        assert apply(update_node(updates), item, ("p",)) == expected


# ---- projections


def test_only_the_named_attributes_are_shown_and_a_dot_is_part_of_a_name() -> None:
    assert project(projection_node(("n", "a.b", "m.k", "missing")), ITEM) == {"n": two, "a.b": one}
