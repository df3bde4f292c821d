"""What updates make of items: tables of cases, and generated updates against a plain model."""

import copy
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microdax.expressions import parser
from microdax.expressions.nodes import Update
from microdax.expressions.updates import apply, check_keys, touched
from microdax.model.errors import ValidationException
from microdax.model.requests import Placeholders
from microdax.model.values import BinarySet, Item, NumberSet, StringSet, Value

WRONG_TYPE = "An operand in the update expression has an incorrect data type"
MISSING = "The provided expression refers to an attribute that does not exist in the item"
BAD_PATH = "The document path provided in the update expression is invalid for update"

one, two, three, four, five = map(Decimal, range(1, 6))


def parsed(text: str, **values: Value) -> Update:
    """Parse `text`, with :name for each keyword."""
    placeholders = Placeholders(None, {f":{name}": value for name, value in values.items()} or None)
    scope = parser.Scope(placeholders)
    update = parser.parse_update(text, scope)
    scope.check_all_used()
    return update


def updated(text: str, item: Item, **values: Value) -> Item:
    """Apply `text` to the item, with :name for each keyword."""
    before = copy.deepcopy(item)
    result = apply(parsed(text, **values), item, ("id",))
    assert item == before, "an item is never changed in place"
    return result


def refusal(text: str, item: Item, **values: Value) -> str:
    with pytest.raises(ValidationException) as refused:
        updated(text, item, **values)
    return refused.value.message


APPLIED: list[tuple[str, Item, dict[str, Value], Item]] = [
    ("SET a = :v", {}, {"v": "x"}, {"a": "x"}),
    ("SET a = :v", {"id": "1", "b": one}, {"v": None}, {"id": "1", "b": one, "a": None}),
    ("SET a = :v", {"a": {"b": one}}, {"v": two}, {"a": two}),
    ("SET a = b, b = a", {"a": one, "b": two}, {}, {"a": two, "b": one}),
    ("SET b = a REMOVE a", {"a": one}, {}, {"b": one}),
    ("REMOVE a SET b = a", {"a": one}, {}, {"b": one}),
    ("SET a = id", {"id": "1"}, {}, {"id": "1", "a": "1"}),
    ("SET a = a", {"a": one}, {}, {"a": one}),
    ("SET z = a.c[1].x", {"a": {"c": [one, {"x": two}]}}, {}, {"a": {"c": [one, {"x": two}]}, "z": two}),
    ("SET a.b = :v", {"a": {"c": one}}, {"v": two}, {"a": {"b": two, "c": one}}),
    ("SET a.b = :v, a.c = :v", {"a": {"c": one}}, {"v": two}, {"a": {"b": two, "c": two}}),
    ("SET a.b.c = :v REMOVE a.d", {"a": {"b": {}, "d": one}}, {"v": two}, {"a": {"b": {"c": two}}}),
    ("SET a[1] = :v", {"a": [one, two, three]}, {"v": "x"}, {"a": [one, "x", three]}),
    ("SET a[0].b[1].c = :v", {"a": [{"b": [one, {}]}]}, {"v": "x"}, {"a": [{"b": [one, {"c": "x"}]}]}),
    ("SET a[7] = :v", {"a": [one]}, {"v": two}, {"a": [one, two]}),
    ("SET a[0] = :v", {"a": []}, {"v": two}, {"a": [two]}),
    (
        "SET a[84] = :p, a[37] = :q, a[17] = :r, a[50] = :s",
        {"a": ["one"]},
        {"p": "1", "q": "2", "r": "3", "s": "4"},
        {"a": ["one", "3", "2", "4", "1"]},
    ),
    ("SET a = if_not_exists(a, :v)", {}, {"v": one}, {"a": one}),
    ("SET a = if_not_exists(a, :v)", {"a": two}, {"v": one}, {"a": two}),
    ("SET a = if_not_exists(b, :v)", {"a": one, "b": None}, {"v": two}, {"a": None, "b": None}),
    ("SET a = if_not_exists(b.c, if_not_exists(d, :v))", {"d": one}, {"v": two}, {"d": one, "a": one}),
    ("SET a = if_not_exists(a, b)", {"a": one}, {}, {"a": one}),
    ("SET a = if_not_exists(a, :z) + :v", {}, {"z": Decimal(0), "v": one}, {"a": one}),
    ("SET a = if_not_exists(a, :z) + :v", {"a": two}, {"z": Decimal(0), "v": one}, {"a": three}),
    ("SET a = list_append(a, :v)", {"a": [one]}, {"v": [two]}, {"a": [one, two]}),
    ("SET a = list_append(:v, a)", {"a": [one]}, {"v": [two]}, {"a": [two, one]}),
    ("SET a = list_append(a, a)", {"a": [one, two]}, {}, {"a": [one, two, one, two]}),
    ("SET a = list_append(if_not_exists(a, :e), :v)", {}, {"e": [], "v": [one]}, {"a": [one]}),
    ("SET a = a + :v", {"a": one}, {"v": two}, {"a": three}),
    ("SET a = :v - a", {"a": one}, {"v": three}, {"a": two}),
    ("SET a = a + a", {"a": two}, {}, {"a": four}),
    ("SET a = a - :v", {"a": Decimal("0.3")}, {"v": Decimal("0.1")}, {"a": Decimal("0.2")}),
    (
        "SET a = a + :v",
        {"a": Decimal("99999999999999999999999999999999999998")},
        {"v": one},
        {"a": Decimal("99999999999999999999999999999999999999")},
    ),
    ("REMOVE a, b", {"a": one, "b": two, "c": three}, {}, {"c": three}),
    ("REMOVE x", {"a": one}, {}, {"a": one}),
    ("REMOVE a.b", {"a": {"b": one}}, {}, {"a": {}}),
    ("REMOVE a.x", {"a": {"b": one}}, {}, {"a": {"b": one}}),
    ("REMOVE a[0]", {"a": [one]}, {}, {"a": []}),
    ("REMOVE a[17]", {"a": [one]}, {}, {"a": [one]}),
    ("REMOVE a[0], a[1]", {"a": [one, two, three]}, {}, {"a": [three]}),
    ("REMOVE a[2], a[0]", {"a": [one, two, three, four]}, {}, {"a": [two, four]}),
    ("REMOVE a[1] SET a[3] = :v", {"a": [one, two, three, four, five]}, {"v": "x"}, {"a": [one, three, "x", five]}),
    ("SET a[3] = :v REMOVE a[1]", {"a": [one, two, three, four, five]}, {"v": "x"}, {"a": [one, three, "x", five]}),
    ("SET a[9] = :v REMOVE a[0]", {"a": [one, two]}, {"v": "x"}, {"a": [two, "x"]}),
    ("SET a[9] = a[0] REMOVE a[0]", {"a": [one, two]}, {}, {"a": [two, one]}),
    ("REMOVE a[1].b[0], a[1].c", {"a": [one, {"b": [one, two], "c": one}]}, {}, {"a": [one, {"b": [two]}]}),
    ("ADD a :v", {}, {"v": one}, {"a": one}),
    ("ADD a :v", {"a": two}, {"v": Decimal(-3)}, {"a": Decimal(-1)}),
    ("ADD a.b :v", {"a": {}}, {"v": one}, {"a": {"b": one}}),
    ("ADD a[0] :v", {"a": [two]}, {"v": one}, {"a": [three]}),
    ("ADD a :v", {}, {"v": StringSet({"x"})}, {"a": StringSet({"x"})}),
    ("ADD a :v", {"a": StringSet({"x", "y"})}, {"v": StringSet({"y", "z"})}, {"a": StringSet({"x", "y", "z"})}),
    ("ADD a :v", {"a": NumberSet({one})}, {"v": NumberSet({two})}, {"a": NumberSet({one, two})}),
    ("ADD a :v", {"a": BinarySet({b"x"})}, {"v": BinarySet({b"y"})}, {"a": BinarySet({b"x", b"y"})}),
    ("DELETE a :v", {"a": StringSet({"x", "y"})}, {"v": StringSet({"y", "z"})}, {"a": StringSet({"x"})}),
    ("DELETE a :v", {"a": NumberSet({one, two})}, {"v": NumberSet({two})}, {"a": NumberSet({one})}),
    ("DELETE a :v", {"a": BinarySet({b"x", b"y"})}, {"v": BinarySet({b"y"})}, {"a": BinarySet({b"x"})}),
    ("DELETE a :v", {"a": StringSet({"x"}), "b": one}, {"v": StringSet({"x"})}, {"b": one}),
    ("DELETE a.b :v", {"a": {"b": StringSet({"x"})}}, {"v": StringSet({"x"})}, {"a": {}}),
    ("DELETE a :v", {"b": one}, {"v": StringSet({"x"})}, {"b": one}),
    (
        "SET a = :v REMOVE b ADD c :v DELETE d :s",
        {"b": one, "c": one, "d": StringSet({"x", "y"})},
        {"v": one, "s": StringSet({"y"})},
        {"a": one, "c": two, "d": StringSet({"x"})},
    ),
]


@pytest.mark.parametrize(
    ("text", "item", "values", "expected"),
    APPLIED,
)
def test_apply(text: str, item: Item, values: dict[str, Value], expected: Item) -> None:
    result = updated(text, item, **values)
    assert result == expected
    assert {name: type(value) for name, value in result.items()} == {
        name: type(value) for name, value in expected.items()
    }


REFUSED: list[tuple[str, Item, dict[str, Value], str]] = [
    ("SET a = b", {"id": "1"}, {}, MISSING),
    ("SET a = b", {}, {}, MISSING),
    ("SET x = :v, a = x", {"id": "1"}, {"v": one}, MISSING),
    ("SET a = a + :v", {}, {"v": one}, MISSING),
    ("SET a = list_append(a, :v)", {"id": "1"}, {"v": []}, MISSING),
    ("SET a = b.c", {"b": {}}, {}, MISSING),
    ("SET a = if_not_exists(b, c)", {"id": "1"}, {}, MISSING),
    ("SET a = b + :v", {"b": "1"}, {"v": one}, WRONG_TYPE),
    ("SET a = :v - b", {"b": [one]}, {"v": one}, WRONG_TYPE),
    ("SET a = b + :v", {"b": True}, {"v": one}, WRONG_TYPE),
    ("SET a = list_append(b, :v)", {"b": StringSet({"x"})}, {"v": []}, WRONG_TYPE),
    ("SET a = list_append(:v, b)", {"b": "x"}, {"v": []}, WRONG_TYPE),
    ("ADD a :v", {"a": "x"}, {"v": one}, WRONG_TYPE),
    ("ADD a :v", {"a": NumberSet({one})}, {"v": one}, WRONG_TYPE),
    ("ADD a :v", {"a": [one]}, {"v": NumberSet({one})}, WRONG_TYPE),
    ("ADD a :v", {"a": StringSet({"x"})}, {"v": NumberSet({one})}, WRONG_TYPE),
    ("ADD a :v", {"a": None}, {"v": one}, WRONG_TYPE),
    ("DELETE a :v", {"a": "x"}, {"v": StringSet({"x"})}, WRONG_TYPE),
    ("DELETE a :v", {"a": NumberSet({one})}, {"v": StringSet({"x"})}, WRONG_TYPE),
    ("SET a.b = :v", {"id": "1"}, {"v": one}, BAD_PATH),
    ("SET a.b = :v", {}, {"v": one}, BAD_PATH),
    ("SET a.b = :v", {"a": "x"}, {"v": one}, BAD_PATH),
    ("SET a.b = :v", {"a": [one]}, {"v": one}, BAD_PATH),
    ("SET a[0] = :v", {"id": "1"}, {"v": one}, BAD_PATH),
    ("SET a[0] = :v", {"a": {"b": one}}, {"v": one}, BAD_PATH),
    ("SET a.b.c = :v", {"a": {}}, {"v": one}, BAD_PATH),
    ("SET a[5].b = :v", {"a": [{}]}, {"v": one}, BAD_PATH),
    ("SET a = :v, a2.b = a", {"a": one}, {"v": {}}, BAD_PATH),
    ("REMOVE a.b", {"id": "1"}, {}, BAD_PATH),
    ("REMOVE a.b", {"a": "x"}, {}, BAD_PATH),
    ("REMOVE a[0]", {"a": {}}, {}, BAD_PATH),
    ("ADD a.b :v", {"id": "1"}, {"v": one}, BAD_PATH),
    ("DELETE a.b :v", {"id": "1"}, {"v": StringSet({"x"})}, BAD_PATH),
    (
        "SET a = a + a",
        {"a": Decimal("9E+125")},
        {},
        "Number overflow. Attempting to store a number with magnitude larger than supported range",
    ),
    (
        "ADD a :v",
        {"a": Decimal("9E+125")},
        {"v": Decimal("9E+125")},
        "Number overflow. Attempting to store a number with magnitude larger than supported range",
    ),
]


@pytest.mark.parametrize(
    ("text", "item", "values", "message"),
    REFUSED,
)
def test_updates_that_are_refused(text: str, item: Item, values: dict[str, Value], message: str) -> None:
    assert refusal(text, item, **values) == message


@pytest.mark.parametrize(
    "text", ["SET id = :n", "REMOVE id", "ADD id :n", "DELETE id :s", "SET a = :n REMOVE id.b", "SET id[0] = :n"]
)
def test_the_key_cannot_be_updated(text: str) -> None:
    values: dict[str, Value] = {":n": one, ":s": StringSet({"x"})}
    update = parser.parse_update(text, parser.Scope(Placeholders(None, values)))
    expected = (
        "One or more parameter values were invalid: Cannot update attribute id. This attribute is part of the key"
    )
    for key_names in (("id",), ("h", "id")):
        with pytest.raises(ValidationException) as refused:
            apply(update, {"id": "1"}, key_names)
        assert refused.value.message == expected
        with pytest.raises(ValidationException) as refused:
            check_keys(update, key_names)
        assert refused.value.message == expected
    check_keys(update, ("h", "r"))


@pytest.mark.parametrize("text", ["REMOVE a", "REMOVE a.b[0]", "DELETE a.b :s", "REMOVE a[0], b.c DELETE d :s"])
def test_taking_from_an_item_that_does_not_exist_makes_none(text: str) -> None:
    values: dict[str, Value] = {"s": StringSet({"x"})} if ":s" in text else {}
    result = updated(text, {}, **values)
    assert result == {}


@pytest.mark.parametrize(
    ("text", "item", "values", "old", "new"),
    [
        ("SET b = :v, c = :v", {"a": one, "b": two}, {"v": three}, {"b": two}, {"b": three, "c": three}),
        ("SET b = :v", {"b": two}, {"v": two}, {"b": two}, {"b": two}),
        ("REMOVE b", {"b": two}, {}, {"b": two}, {}),
        ("REMOVE b", {"a": two}, {}, {}, {}),
        ("SET a = :v REMOVE b", {"a": one, "b": two}, {"v": three}, {"a": one, "b": two}, {"a": three}),
        ("ADD a :v", {"a": one}, {"v": one}, {"a": one}, {"a": two}),
        (
            "DELETE a :v",
            {"a": StringSet({"x", "y"})},
            {"v": StringSet({"x"})},
            {"a": StringSet({"x", "y"})},
            {"a": StringSet({"y"})},
        ),
        ("SET a.b = :v", {"a": {"b": one, "c": two}}, {"v": three}, {"a": {"b": one}}, {"a": {"b": three}}),
        ("SET a.d = :v", {"a": {"b": one}}, {"v": three}, {}, {"a": {"d": three}}),
        (
            "SET a.c[1] = :v, a.b = :v",
            {"a": {"b": "dog", "c": [one, two, three]}},
            {"v": five},
            {"a": {"b": "dog", "c": [two]}},
            {"a": {"b": five, "c": [five]}},
        ),
        # An element past the end does not come to stand at the index that was written, so it is not shown.
        ("SET a[100] = :v", {"a": [one]}, {"v": five}, {}, {}),
        # What moved up to the index of a removed element is.
        ("REMOVE a[1]", {"a": [one, two, three]}, {}, {"a": [two]}, {"a": [three]}),
        ("REMOVE a[1], a[3]", {"a": [one, two, three]}, {}, {"a": [two]}, {"a": [three]}),
    ],
)
def test_updated_old_and_new_show_the_touched_paths(
    text: str, item: Item, values: dict[str, Value], old: Item, new: Item
) -> None:
    update = parsed(text, **values)
    assert (touched(update, item), touched(update, apply(update, item, ()))) == (old, new)


def test_what_is_beside_a_change_is_shared_and_not_copied() -> None:
    item: Item = {"a": {"b": one, "c": {"d": one}}, "e": [one]}
    result = updated("SET a.b = :v", item, v=two)
    assert isinstance(item["a"], dict) and isinstance(result["a"], dict)
    assert result["e"] is item["e"]
    assert result["a"]["c"] is item["a"]["c"]


# Generated updates of one map "m" of numbers, one list "l" of numbers and one set "s", each against a plain model.

DIGITS = st.integers(0, 9).map(Decimal)


CHANGES = st.one_of(DIGITS, st.none())  # a number to set, or None to remove
NAMES = st.sampled_from(["p", "q", "r", "t"])


def _change(changes: dict[str, Decimal | None], item: Item) -> Item:
    """Set each path to its number and remove those without."""
    sets = [f"{path} = :n{number}" for path, number in changes.items() if number is not None]
    removes = [path for path, number in changes.items() if number is None]
    text = ("SET " + ", ".join(sets) if sets else "") + (" REMOVE " + ", ".join(removes) if removes else "")
    values: dict[str, Value] = {f"n{number}": number for number in changes.values() if number is not None}
    return updated(text, item, **values)


@given(st.dictionaries(NAMES, DIGITS), st.dictionaries(NAMES, CHANGES, min_size=1))
def test_generated_changes_of_a_map(document: dict[str, Decimal], changes: dict[str, Decimal | None]) -> None:
    expected = {name: number for name, number in {**document, **changes}.items() if number is not None}
    changed = _change({f"m.{name}": number for name, number in changes.items()}, {"id": "1", "m": {**document}})
    assert changed == {"id": "1", "m": expected}


@given(st.lists(DIGITS, max_size=6), st.dictionaries(st.integers(0, 9), CHANGES, min_size=1))
def test_generated_changes_of_a_list(elements: list[Decimal], changes: dict[int, Decimal | None]) -> None:
    # The model: a list with room for every index, in which None is a gap.
    room: list[Decimal | None] = [*elements, *[None] * 10]
    for index, number in changes.items():
        room[index] = number
    changed = _change({f"l[{index}]": number for index, number in changes.items()}, {"id": "1", "l": [*elements]})
    assert changed == {"id": "1", "l": [element for element in room if element is not None]}


@given(st.permutations(["p", "q", "r", "t"]), st.dictionaries(NAMES, DIGITS, min_size=4), DIGITS)
def test_generated_right_hand_sides_read_the_item_as_it_was(
    sources: list[str], numbers: dict[str, Decimal], addend: Decimal
) -> None:
    targets = ["p", "q", "r", "t"]
    text = "SET " + ", ".join(f"{target} = {source} + :n" for target, source in zip(targets, sources, strict=True))
    expected = {target: numbers[source] + addend for target, source in zip(targets, sources, strict=True)}
    assert updated(text, {**numbers}, n=addend) == expected


SETS = st.frozensets(st.sampled_from("vwxyz"))


@given(SETS, SETS.filter(bool), st.booleans())
def test_generated_changes_of_a_set(current: frozenset[str], given_: frozenset[str], adds: bool) -> None:
    item: Item = {"id": "1", "s": StringSet(current)} if current else {"id": "1"}
    expected = current | given_ if adds else current - given_
    result = updated("ADD s :s" if adds else "DELETE s :s", item, s=StringSet(given_))
    assert result == ({"id": "1", "s": StringSet(expected)} if expected else {"id": "1"})
