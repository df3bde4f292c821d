"""Legacy parameters drawn at random."""

from typing import Any, Final

from hypothesis import strategies as st

from tests.differential.drawn_values import Drawn, attributes, mostly, right_values, values
from tests.differential.endpoint import Json

_operators: Drawn = st.sampled_from(
    ["EQ", "NE", "LE", "LT", "GE", "GT", "NOT_NULL", "NULL", "CONTAINS", "NOT_CONTAINS", "BEGINS_WITH", "IN", "BETWEEN"]
)
_FITTING: Final = {"NULL": 0, "NOT_NULL": 0, "BETWEEN": 2}


@st.composite
def comparisons(draw: st.DrawFn) -> Json:
    operator: str = draw(_operators)
    count = draw(mostly(st.just(_FITTING.get(operator, 1)), st.integers(0, 3)))
    given: list[Any] = draw(
        st.one_of(
            st.lists(right_values, min_size=count, max_size=count),
            st.lists(st.sampled_from([{"N": "1"}, {"N": "2"}]), min_size=count, max_size=count),
            st.lists(st.sampled_from([{"S": "a"}, {"S": "ab"}]), min_size=count, max_size=count),
        )
    )
    condition: Json = {"ComparisonOperator": operator}
    leaves_out_empty: bool = draw(st.booleans())
    if given or not leaves_out_empty:
        condition["AttributeValueList"] = given
    return condition


expectations: Drawn = st.one_of(
    comparisons(),
    right_values.map(lambda value: {"Value": value}),
    st.fixed_dictionaries(
        {},
        optional={
            "Value": values,
            "Exists": st.booleans(),
            "ComparisonOperator": _operators,
            "AttributeValueList": st.lists(right_values, max_size=2),
        },
    ),
)
attribute_updates: Drawn = st.fixed_dictionaries(
    {}, optional={"Value": values, "Action": st.sampled_from(["PUT", "ADD", "DELETE"])}
)
key_conditions: Drawn = st.one_of(
    st.just({"p": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "x"}]}}),
    comparisons().map(
        lambda condition: {"p": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "x"}]}, "r": condition}
    ),
    st.dictionaries(st.sampled_from(["p", "r", "a"]), comparisons(), max_size=3),
)
names_to_get: Drawn = mostly(
    st.lists(st.sampled_from(["a", "p", "m", "m.a", "none"]), min_size=1, max_size=3, unique=True),
    st.sampled_from([[], ["a", "a"], [""], "a"]),
)

EXPECTED: Final[Json] = {
    "Expected": st.dictionaries(attributes, expectations, max_size=2),
    "ConditionalOperator": mostly(st.sampled_from(["AND", "OR"]), st.just("XOR")),
}
