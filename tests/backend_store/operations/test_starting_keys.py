"""ExclusiveStartKey: which are keys of the source, and what is said of the others."""

from decimal import Decimal

import pytest

from backend_store.operations.sources import Source
from backend_store.operations.starting_keys import StartingKey
from backend_store.table import Table
from microdax.model.errors import ValidationException
from microdax.model.keys import KeyAttribute, KeySchema
from microdax.model.requests import Projection
from microdax.model.tables import Index, TableDescription
from microdax.model.values import Item

P, R, G = KeyAttribute("p", "S"), KeyAttribute("r", "N"), KeyAttribute("g", "B")
INDEX = Index("by_g", "global", KeySchema(G, R), Projection("ALL"), 1)
TABLE = Table(1, TableDescription("main", KeySchema(P, R), "arn", "id", 0.0, indexes=(INDEX,), following_index=2), {})

GOOD: Item = {"p": "a", "r": Decimal(1), "g": b"g"}


def of_table(attributes: Item) -> StartingKey:
    return StartingKey(Source(TABLE), attributes)


def of_index(attributes: Item) -> StartingKey:
    return StartingKey(Source(TABLE, INDEX), attributes)


def test_a_key_of_the_table_is_checked() -> None:
    key: Item = {"p": "a", "r": Decimal(1)}
    of_table(key).check_size()
    of_table(key).check_element(P)
    assert of_table(key).checked() == key


def test_a_key_of_an_index_has_the_attributes_of_both() -> None:
    of_index(GOOD).check_size()
    of_index(GOOD).check_element(G)
    assert of_index(GOOD).checked() == GOOD


@pytest.mark.parametrize("attributes", [{}, {"p": "a", "r": Decimal(1)}, {**GOOD, "x": "x"}])
def test_a_key_of_another_size_is_invalid(attributes: Item) -> None:
    with pytest.raises(ValidationException) as refused:
        of_index(attributes).check_size()
    assert refused.value.message == "The provided starting key is invalid"


def test_an_attribute_of_the_sources_key_must_be_there_and_of_its_type() -> None:
    with pytest.raises(ValidationException) as missing:
        of_index({"p": "a", "r": Decimal(1), "x": b"g"}).check_element(G)
    assert missing.value.message == "The provided starting key is invalid"
    with pytest.raises(ValidationException) as mistyped:
        of_index({**GOOD, "g": "g"}).check_element(G)
    assert mistyped.value.message == "The provided key element does not match the schema"


def test_a_source_without_range_key_has_no_element_to_check() -> None:
    of_index({}).check_element(None)


@pytest.mark.parametrize(
    "attributes",
    [{}, {"p": "a"}, {"p": "a", "x": "b"}, {"p": b"a", "r": Decimal(1)}, {"p": "a", "r": Decimal(1), "x": "x"}],
)
def test_what_is_wrong_with_the_tables_part_is_said_behind_that_the_key_is_invalid(attributes: Item) -> None:
    with pytest.raises(ValidationException) as refused:
        of_table(attributes).checked()
    assert refused.value.message == (
        "The provided starting key is invalid: The provided key element does not match the schema"
    )


@pytest.mark.parametrize("name", ["p", "r"])
def test_an_index_key_without_the_tables_part_is_invalid(name: str) -> None:
    swapped = {**{key: value for key, value in GOOD.items() if key != name}, "x": "x"}
    with pytest.raises(ValidationException, match="The provided starting key is invalid: The provided key element"):
        of_index(swapped).checked()


def test_values_must_be_ones_that_a_key_can_have() -> None:
    with pytest.raises(ValidationException, match=r"is invalid: One or more parameter values.* empty string value"):
        of_index({**GOOD, "p": ""}).checked()
    with pytest.raises(ValidationException, match=r"^ValidationException: One or more .* empty binary value"):
        of_index({**GOOD, "g": b""}).checked()
