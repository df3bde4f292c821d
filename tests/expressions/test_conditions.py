"""When conditions hold: tables of cases, and generated conditions against an evaluation in plain Python."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microdax.expressions import conditions, parser
from microdax.model.requests import Placeholders
from microdax.model.values import BinarySet, Item, NumberSet, StringSet, Value

ITEM: Item = {
    "s": "hello",
    "e": "",
    "u": "héllo",
    "n": Decimal(5),
    "z": Decimal(0),
    "b": b"hi there",
    "t": True,
    "f": False,
    "x": None,
    "l": [Decimal(1), "two", [Decimal(3)], StringSet({"in"}), None],
    "m": {"k": "v", "deep": {"er": [Decimal(1), Decimal(2)]}},
    "ss": StringSet({"dog", "cat"}),
    "ns": NumberSet({Decimal(1), Decimal(5)}),
    "bs": BinarySet({b"x", b"\xff"}),
    "five": Decimal("5"),
    "hello2": "hello",
}


def holds(text: str, item: Item | None = None, **values: Value) -> bool:
    """Whether `text` holds for the item, with :name for each keyword."""
    scope = parser.Scope(Placeholders(None, {f":{name}": value for name, value in values.items()} or None))
    condition = parser.parse_condition("ConditionExpression", text, scope)
    scope.check_all_used()
    return conditions.holds(condition, ITEM if item is None else item)


SAME: list[Value] = [
    "hello",
    Decimal(5),
    b"hi there",
    True,
    False,
    None,
    [Decimal(1), "two", [Decimal(3)], StringSet({"in"}), None],
    {"k": "v", "deep": {"er": [Decimal(1), Decimal(2)]}},
    StringSet({"cat", "dog"}),
    NumberSet({Decimal(5), Decimal(1)}),
    BinarySet({b"\xff", b"x"}),
]
SAME_NAMES = ["s", "n", "b", "t", "f", "x", "l", "m", "ss", "ns", "bs"]


@pytest.mark.parametrize("name", SAME_NAMES)
@pytest.mark.parametrize("other", SAME_NAMES)
def test_equality_is_of_type_and_value_at_every_depth(name: str, other: str) -> None:
    value = SAME[SAME_NAMES.index(other)]
    assert holds(f"{name} = :v", v=value) is (name == other)
    assert holds(f":v <> {name}", v=value) is (name != other)
    assert holds(f"{name} IN (:nothing, :v)", v=value, nothing="nothing") is (name == other)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("s = hello2", True),
        ("n = five", True),
        ("t = n", False),
        ("m.k = m.deep", False),
        ("m.deep.er[0] = l[0]", True),
        ("m.deep.er[1] = l[0]", False),
        ("absent = n", False),
        ("absent <> n", True),
        ("absent = gone", False),
        ("absent <> gone", True),
        ("absent < gone", False),
        ("absent >= gone", False),
        ("NOT absent < n", True),
        ("absent BETWEEN n AND five", False),
        ("n BETWEEN absent AND five", False),
        ("absent IN (n, gone)", False),
        ("x IN (absent)", False),
        ("l[4] = x", True),
        ("l[5] = x", False),
        ("m.k[0] = s", False),
        ("s.k = s", False),
    ],
)
def test_comparing_attributes(text: str, expected: bool) -> None:
    assert holds(text) is expected


@pytest.mark.parametrize(
    ("low", "high"),
    [
        ("a", "b"),
        ("B", "a"),
        ("", "\0"),
        ("a", "aa"),
        ("z", "¿"),
        ("\uffff", "\U00010000"),  # UTF-16 would have it the other way round
        ("\ue000", "\U0001f600"),
        (Decimal(-1), Decimal(0)),
        (Decimal("-1E+125"), Decimal("-1E-130")),
        (Decimal(9), Decimal(10)),
        (Decimal("1"), Decimal("1.0000000000000000000000000000000000001")),
        (b"", b"\0"),
        (b"\x7f", b"\x80"),
        (b"a", b"a\0"),
    ],
)
def test_order(low: str | Decimal | bytes, high: str | Decimal | bytes) -> None:
    for left, right, sign in ((low, high, -1), (low, low, 0), (high, low, 1)):
        item: Item = {"a": left}
        assert holds("a < :v", item, v=right) is (sign < 0)
        assert holds("a <= :v", item, v=right) is (sign <= 0)
        assert holds("a > :v", item, v=right) is (sign > 0)
        assert holds("a >= :v", item, v=right) is (sign >= 0)
    assert holds("a BETWEEN :l AND :h", {"a": low}, l=low, h=high)
    assert holds("a BETWEEN :l AND :h", {"a": high}, l=low, h=high)
    assert not holds("a BETWEEN :l AND :l", {"a": high}, l=low)


@pytest.mark.parametrize("operator", ["<", "<=", ">", ">="])
def test_other_types_have_no_order(operator: str) -> None:
    assert not holds(f"s {operator} :v", v=Decimal(1))
    assert not holds(f"n {operator} :v", v=b"1")
    assert not holds(f"t {operator} :v", v=Decimal(0))
    assert not holds(f"ss {operator} ns")
    assert not holds(f"l {operator} m")
    assert not holds(f"x {operator} f")


@pytest.mark.parametrize(
    ("path", "there"),
    [
        ("s", True),
        ("x", True),
        ("f", True),
        ("e", True),
        ("m.deep.er[1]", True),
        ("l[4]", True),
        ("absent", False),
        ("m.absent", False),
        ("m.deep.er[2]", False),
        ("l.k", False),
        ("m[0]", False),
        ("s[0]", False),
        ("absent.k[0]", False),
    ],
)
def test_existence(path: str, there: bool) -> None:
    assert holds(f"attribute_exists({path})") is there
    assert holds(f"attribute_not_exists({path})") is not there


@pytest.mark.parametrize("type_", ["S", "N", "B", "BOOL", "NULL", "L", "M", "SS", "NS", "BS"])
def test_attribute_type(type_: str) -> None:
    types = {
        "s": "S",
        "n": "N",
        "b": "B",
        "t": "BOOL",
        "x": "NULL",
        "l": "L",
        "m": "M",
        "ss": "SS",
        "ns": "NS",
        "bs": "BS",
    }
    for name, its_type in types.items():
        assert holds(f"attribute_type({name}, :t)", t=type_) is (its_type == type_)
    assert not holds("attribute_type(absent, :t)", t=type_)


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("s", 5),
        ("e", 0),
        ("u", 5),
        ("b", 8),
        ("l", 5),
        ("m", 2),
        ("ss", 2),
        ("ns", 2),
        ("bs", 2),
        ("m.deep.er", 2),
    ],
)
def test_size(name: str, size: int) -> None:
    assert holds(f"size({name}) = :v", v=Decimal(size))
    assert holds(f":v BETWEEN size({name}) AND size({name})", v=Decimal(size))
    assert not holds(f"size({name}) > :v", v=Decimal(size))
    assert not holds(f"size({name}) = :v", v=str(size))


def test_size_of_a_string_counts_utf16_units_as_java_does() -> None:
    assert holds("size(a) = :v", {"a": "😀é"}, v=Decimal(3))


@pytest.mark.parametrize("name", ["n", "t", "x", "absent"])
def test_what_has_no_size_compares_like_what_is_not_there(name: str) -> None:
    assert not holds(f"size({name}) >= :v", v=Decimal(0))
    assert not holds(f"size({name}) = :v", v=Decimal(1))
    assert holds(f"size({name}) <> :v", v=Decimal(1))


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("begins_with(s, :v)", "hell", True),
        ("begins_with(s, :v)", "", True),
        ("begins_with(s, :v)", "hello", True),
        ("begins_with(s, :v)", "hello!", False),
        ("begins_with(s, :v)", "ello", False),
        ("begins_with(s, :v)", b"hell", False),
        ("begins_with(b, :v)", b"hi", True),
        ("begins_with(b, :v)", b"there", False),
        ("begins_with(n, :v)", "5", False),
        ("begins_with(l, :v)", "1", False),
        ("begins_with(absent, :v)", "", False),
        ("begins_with(:v, s)", "hello world", True),
        ("begins_with(:v, absent)", "hello world", False),
        ("contains(s, :v)", "ell", True),
        ("contains(s, :v)", "", True),
        ("contains(s, :v)", "elo", False),
        ("contains(s, :v)", b"ell", False),
        ("contains(s, :v)", Decimal(1), False),
        ("contains(b, :v)", b"here", True),
        ("contains(b, :v)", b"dog", False),
        ("contains(b, :v)", "here", False),
        ("contains(ss, :v)", "dog", True),
        ("contains(ss, :v)", "do", False),
        ("contains(ss, :v)", StringSet({"dog"}), False),
        ("contains(ns, :v)", Decimal("5"), True),
        ("contains(ns, :v)", "5", False),
        ("contains(ns, :v)", True, False),
        ("contains(bs, :v)", b"\xff", True),
        ("contains(bs, :v)", "x", False),
        ("contains(l, :v)", "two", True),
        ("contains(l, :v)", Decimal(1), True),
        ("contains(l, :v)", True, False),
        ("contains(l, :v)", None, True),
        ("contains(l, :v)", [Decimal(3)], True),
        ("contains(l, :v)", StringSet({"in"}), True),
        ("contains(l, :v)", "in", False),
        ("contains(m, :v)", "k", False),
        ("contains(n, :v)", Decimal(5), False),
        ("contains(t, :v)", True, False),
        ("contains(absent, :v)", "", False),
        ("contains(:v, s)", ["hello"], True),
        ("contains(:v, absent)", ["hello", None], False),
    ],
)
def test_begins_with_and_contains(text: str, value: Value, expected: bool) -> None:
    assert holds(text, v=value) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("attribute_not_exists(s)", True),
        ("attribute_exists(s)", False),
        ("s <> n", True),
        ("NOT s = n", True),
        ("size(s) <> size(n)", True),
    ],
)
def test_an_item_that_does_not_exist_is_the_empty_one(text: str, expected: bool) -> None:
    assert holds(text, {}) is expected


# Generated conditions. Each is made together with its text and with a Python function that says whether it holds.


@dataclass(frozen=True)
class Made:
    text: str
    holds: Callable[[dict[str, int]], bool]


ATTRIBUTES = ("a", "b", "c")
COMPARED: dict[str, Callable[[int, int], bool]] = {
    "=": lambda left, right: left == right,
    "<>": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


def _comparison(name: str, operator: str, number: int) -> Made:
    compared = COMPARED[operator]
    return Made(
        f"{name} {operator} :{number}",
        lambda item: compared(item[name], number) if name in item else operator == "<>",
    )


def _between(name: str, low: int, length: int) -> Made:
    high = min(low + length, 3)
    return Made(f"{name} BETWEEN :{low} AND :{high}", lambda item: name in item and low <= item[name] <= high)


def _in(name: str, numbers: list[int]) -> Made:
    return Made(f"{name} IN ({', '.join(f':{n}' for n in numbers)})", lambda item: item.get(name, -1) in numbers)


def _exists(name: str) -> Made:
    return Made(f"attribute_exists({name})", lambda item: name in item)


NAMES = st.sampled_from(ATTRIBUTES)
NUMBERS = st.integers(0, 3)
TESTS = st.one_of(
    st.builds(_comparison, NAMES, st.sampled_from(sorted(COMPARED)), NUMBERS),
    st.builds(_between, NAMES, NUMBERS, NUMBERS),
    st.builds(_in, NAMES, st.lists(NUMBERS, min_size=1, max_size=3)),
    st.builds(_exists, NAMES),
)


@dataclass(frozen=True)
class Joined:
    """A condition and the precedence of what joins it: 0 OR, 1 AND, 2 NOT, 3 a test."""

    made: Made
    precedence: int


def _enclosed(part: Joined, precedence: int, always: bool) -> str:
    """The text of a part, in parentheses where they are needed or wanted."""
    return f"({part.made.text})" if always or part.precedence < precedence else part.made.text


def _not(part: Joined, enclose: bool) -> Joined:
    return Joined(Made("NOT " + _enclosed(part, 2, enclose), lambda item: not part.made.holds(item)), 2)


def _joined(parts: list[Joined], precedence: int, enclose: bool) -> Joined:
    keyword, join = ((" OR ", any), (" AND ", all))[precedence]
    text = keyword.join(_enclosed(part, precedence + 1, enclose) for part in parts)
    return Joined(Made(text, lambda item: join(part.made.holds(item) for part in parts)), precedence)


CONDITIONS = st.recursive(
    TESTS.map(lambda made: Joined(made, 3)),
    lambda inner: st.one_of(
        st.builds(_not, inner, st.booleans()),
        st.builds(_joined, st.lists(inner, min_size=2, max_size=4), st.sampled_from([0, 1]), st.booleans()),
    ),
    max_leaves=25,
)


@given(CONDITIONS, st.dictionaries(NAMES, NUMBERS))
def test_generated_conditions_hold_as_in_python(joined: Joined, numbers: dict[str, int]) -> None:
    scope = parser.Scope(Placeholders(None, {f":{number}": Decimal(number) for number in range(4)}))
    condition = parser.parse_condition("ConditionExpression", joined.made.text, scope)
    item: Item = {name: Decimal(number) for name, number in numbers.items()}
    assert conditions.holds(condition, item) is joined.made.holds(numbers)
