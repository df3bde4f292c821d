"""Expressions drawn at random, and the placeholders that go with them."""

from typing import Final

from hypothesis import strategies as st

from tests.differential.drawn_values import Drawn, mostly, values
from tests.differential.endpoint import Json

_NAMES: Final[Json] = {"#a": "a", "#n": "n", "#m": "m", "#d": "a.b", "#p": "p"}
_VALUES: Final[Json] = {
    ":s": {"S": "a"},
    ":n": {"N": "1"},
    ":o": {"N": "2"},
    ":b": {"B": "YQ=="},
    ":t": {"BOOL": True},
    ":l": {"L": [{"N": "1"}]},
    ":m": {"M": {"a": {"N": "1"}}},
    ":ss": {"SS": ["a", "c"]},
    ":ns": {"NS": ["1"]},
    ":z": {"NULL": True},
    ":type": {"S": "N"},
    ":px": {"S": "x"},
}
_PATHS: Final = (
    *("a", "#a", "b", "l", "m", "n", "#n", "ns", "ss", "t", "new"),
    *("l[0]", "l[1]", "l[5]", "m.a", "#m.#a", "m.b", "new.a", "m[0]", "l.a"),
    *("r", "#p", "p.a", "#d", "#unknown", "size", "name", "_x"),
)
paths: Drawn = st.sampled_from(_PATHS)
placeholders: Drawn = st.sampled_from([*_VALUES, ":s", ":n", ":n", ":unknown"])
operands: Drawn = st.one_of(paths, placeholders, paths.map(lambda path: f"size({path})"))


@st.composite
def _simple_conditions(draw: st.DrawFn) -> str:
    first, second, third = draw(operands), draw(placeholders), draw(operands)
    return draw(
        st.sampled_from(
            [
                f"{first} = {second}",
                f"{first} <> {second}",
                f"{first} < {second}",
                f"{second} >= {first}",
                f"{first} BETWEEN {second} AND {third}",
                f"{first} in ({second}, {third})",
                f"attribute_exists({first})",
                f"attribute_not_exists({first})",
                f"attribute_type({first}, :type)",
                f"attribute_type({first}, {second})",
                f"begins_with({first}, {second})",
                f"contains({first}, {second})",
                f"if_not_exists({first}, {second})",
                f"({first} = {second}",
                f"{first} == {second}",
                f"{first}",
            ]
        )
    )


conditions: Drawn = st.recursive(
    _simple_conditions(),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from([" AND ", " OR ", " and "]), inner).map("".join),
        inner.map(lambda text: f"NOT {text}"),
        inner.map(lambda text: f"({text})"),
    ),
    max_leaves=3,
)


@st.composite
def _set_actions(draw: st.DrawFn) -> str:
    target, source, value = draw(paths), draw(paths), draw(placeholders)
    return draw(
        st.sampled_from(
            [
                f"{target} = {value}",
                f"{target} = {source}",
                f"{target} = {source} + {value}",
                f"{target} = {value} - {source}",
                f"{target} = if_not_exists({source}, {value})",
                f"{target} = if_not_exists({source}, {value}) + :n",
                f"{target} = list_append({source}, {value})",
                f"{target} = list_append(:l, {source})",
                f"{target} = size({source})",
            ]
        )
    )


_clauses: Drawn = st.one_of(
    st.lists(_set_actions(), min_size=1, max_size=2).map(lambda actions: "SET " + ", ".join(actions)),
    st.lists(paths, min_size=1, max_size=2).map(lambda targets: "REMOVE " + ", ".join(targets)),
    st.tuples(paths, placeholders).map(lambda action: f"ADD {action[0]} {action[1]}"),
    st.tuples(paths, placeholders).map(lambda action: f"delete {action[0]} {action[1]}"),
)
updates: Drawn = mostly(
    st.lists(_clauses, min_size=1, max_size=2).map(" ".join), st.sampled_from(["", "SET", "SET a", "DROP a"]), 30
)
projections: Drawn = mostly(
    st.lists(paths, min_size=1, max_size=3).map(", ".join), st.sampled_from(["", "a,", "a b", "a, a", "l, l[0]"])
)
key_conditions: Drawn = mostly(
    st.sampled_from(
        [
            "p = :px",
            "#p = :px",
            "p = :px AND r = :n",
            "p = :px AND r >= :n",
            "r < :o AND p = :px",
            "(p = :px) and (r BETWEEN :n AND :o)",
        ]
    ),
    st.one_of(
        st.sampled_from(
            [
                "r = :n",
                "p > :px",
                "p = :n",
                "NOT p = :px",
                "p = :px OR r = :n",
                "p = :px AND a = :n",
                "p = :px AND r <> :n",
                "p = :px AND r = :s",
                "p = :px AND begins_with(r, :s)",
                "p = :px AND r BETWEEN :o AND :n",
            ]
        ),
        conditions,
    ),
    4,
)


def with_placeholders(draw: st.DrawFn, members: Json) -> Json:
    """Add what the expressions' texts name, and now and then too much."""
    text = " ".join(str(value) for name, value in members.items() if name.endswith("Expression"))
    words = set(text.replace("(", " ").replace(")", " ").replace(",", " ").replace(".", " ").split())
    names = {name: target for name, target in _NAMES.items() if name in words}
    used = {name: value for name, value in _VALUES.items() if name in words}
    if draw(st.integers(1, 30)) == 30:
        names["#unused"] = "x"
    if draw(st.integers(1, 30)) == 30:
        used[":unused"] = draw(values)
    if names:
        members["ExpressionAttributeNames"] = names
    if used:
        members["ExpressionAttributeValues"] = used
    return members
