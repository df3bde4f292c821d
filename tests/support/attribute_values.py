"""Generated attribute values, all that an item may hold, and their spellings."""

from decimal import Decimal

from hypothesis import strategies as st

from microdax.model.values import BinarySet, Item, NumberSet, StringSet, Value, checked_number

strings = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
binaries = st.binary(max_size=20)


@st.composite
def numbers(draw: st.DrawFn) -> Decimal:
    """Any Number but zero: up to 38 digits, of magnitudes from 1E-130 to 1E+125."""
    digits = str(draw(st.integers(min_value=1, max_value=10**38 - 1)))
    magnitude = draw(st.integers(min_value=-130, max_value=125))
    sign = draw(st.sampled_from(("", "-")))
    return checked_number(Decimal(f"{sign}{digits}E{magnitude - len(digits) + 1}"))


all_numbers = st.one_of(
    st.just(Decimal(0)), st.integers(-1000, 1000).map(lambda n: checked_number(Decimal(n))), numbers()
)

scalars: st.SearchStrategy[Value] = st.one_of(strings, all_numbers, binaries, st.booleans(), st.none())

sets: st.SearchStrategy[Value] = st.one_of(
    st.frozensets(strings, min_size=1, max_size=5).map(StringSet),
    st.frozensets(all_numbers, min_size=1, max_size=5).map(NumberSet),
    st.frozensets(binaries, min_size=1, max_size=5).map(BinarySet),
)

names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=10)

values: st.SearchStrategy[Value] = st.recursive(
    st.one_of(scalars, sets),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(names, inner, max_size=4)),
    max_leaves=12,
)

items: st.SearchStrategy[Item] = st.dictionaries(names, values, max_size=6)


def nested(levels: int, leaf: object) -> object:
    """DynamoDB JSON of `leaf` in that many lists and maps, by turns."""
    json: object = leaf
    for level in range(levels):
        inner: object = json
        json = {"L": [inner]} if level % 2 else {"M": {"m": inner}}
    return json
