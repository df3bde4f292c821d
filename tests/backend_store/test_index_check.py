"""The check of indexes finds each way in which they can disagree with their table."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from backend_store.catalog import Catalog
from backend_store.check import check_engine
from backend_store.commit import RowWrite, commit
from backend_store.images import Image
from backend_store.indexes import Entry, entry_of
from backend_store.kv import keyspace
from backend_store.kv.engine import Engine, Writer
from backend_store.kv.records import write_record
from backend_store.table import Table
from backend_store.table_state import IndexState, put_state, state_of
from microdax.model.keys import KeyAttribute, KeySchema
from microdax.model.requests import Projection
from microdax.model.tables import Index, IndexStatus, TableDescription, TableSize
from microdax.model.values import Item, Key

INDEX = Index("by_name", "global", KeySchema(KeyAttribute("name", "S")), Projection("ALL"), number=1)
KEY: Key = {"id": "a"}
ITEM: Item = {**KEY, "name": "Ada", "n": Decimal(1)}


def described(status: IndexStatus = "ACTIVE") -> TableDescription:
    schema = KeySchema(KeyAttribute("id", "S"))
    index = replace(INDEX, status=status)
    return TableDescription("main", schema, "arn", "id", created_s=0.0, indexes=(index,), following_index=2)


@pytest.fixture
async def table(engine: Engine) -> Table:
    """A table that holds one item, which its index holds too."""
    table = await Catalog(engine).create(described(), tags={})
    write = RowWrite(table, KEY, change=lambda _: Image.of_item(ITEM))
    await engine.write(lambda writer: commit(writer, write))
    assert list(check_engine(engine)) == []
    return table


def entry(table: Table, item: Item = ITEM) -> Entry:
    found = entry_of(table, INDEX, Image.of_item(item))
    assert found is not None
    return found


async def findings(engine: Engine, spoil: Callable[[Writer], None]) -> list[str]:
    await engine.write(spoil)
    return list(check_engine(engine))


async def test_an_item_that_is_missing_in_its_index_is_found(engine: Engine, table: Table) -> None:
    found = await findings(engine, lambda writer: writer.delete(entry(table).key))
    assert found == [
        f"table main, index by_name: the item at {table.row_key(KEY).hex()} is missing",
        "table main, index by_name: said to hold 1 items of 13 bytes; it holds 0 of 0",
    ]


@pytest.mark.parametrize(
    "stray",
    [
        pytest.param({**ITEM, "name": "Grace"}, id="another key than its item's"),
        pytest.param({**ITEM, "id": "b"}, id="an item that is not there"),
    ],
)
async def test_a_row_of_no_item_is_found(engine: Engine, table: Table, stray: Item) -> None:
    placed = entry(table, stray)
    found = await findings(engine, lambda writer: writer.put(placed.key, placed.image.row()))
    assert found[0] == f"table main, index by_name: the row at {placed.key.hex()} is of no item"


async def test_a_row_that_cannot_be_read_as_an_item_is_found(engine: Engine, table: Table) -> None:
    key = entry(table).key
    found = await findings(engine, lambda writer: writer.put(key, write_record(b"no JSON", 13)))
    assert found == [f"table main, index by_name: the row at {key.hex()} is of no item"]


async def test_a_row_that_shows_something_else_is_found(engine: Engine, table: Table) -> None:
    stale = entry(table, {**ITEM, "n": Decimal(2)})
    found = await findings(engine, lambda writer: writer.put(stale.key, stale.image.row()))
    assert found == [f"table main, index by_name: the row at {stale.key.hex()} is not what the item there has to show"]


async def test_a_wrong_size_is_found(engine: Engine, table: Table) -> None:
    state = replace(state_of(engine, table), indexes={1: IndexState(TableSize(7, 70))})
    found = await findings(engine, lambda writer: put_state(writer, table, state))
    assert found == ["table main, index by_name: said to hold 7 items of 70 bytes; it holds 1 of 13"]


async def test_rows_of_an_index_that_the_table_does_not_have_are_found(engine: Engine, table: Table) -> None:
    key = keyspace.index_row_key(table.number, 9, "Ada", None, keyspace.base_key("a"))
    found = await findings(engine, lambda writer: writer.put(key, Image.of_item(ITEM).row()))
    assert found == [f"table main: {key.hex()} belongs to no index"]


async def test_a_state_of_another_version_or_of_other_indexes_is_found(engine: Engine, table: Table) -> None:
    state = replace(state_of(engine, table), version=5, indexes={})
    found = await findings(engine, lambda writer: put_state(writer, table, state))
    assert found == [
        "table main has version 0, but its state is of 5",
        "table main has indexes [1], but its writes follow []",
    ]


async def test_an_index_number_that_is_still_to_be_given_is_found(engine: Engine) -> None:
    await Catalog(engine).create(replace(described(), following_index=1), tags={})
    assert list(check_engine(engine)) == ["table main: index by_name has number 1, which is still to be given"]


async def test_of_an_index_that_is_being_filled_only_the_covered_rows_are_asked_for(engine: Engine) -> None:
    table = await Catalog(engine).create(described("CREATING"), tags={})
    write = RowWrite(table, KEY, change=lambda _: Image.of_item(ITEM))
    await engine.write(lambda writer: commit(writer, write))
    assert list(check_engine(engine)) == []
    state = state_of(engine, table)
    reached = replace(state, indexes={1: IndexState(reached=table.row_key(KEY))})
    found = await findings(engine, lambda writer: put_state(writer, table, reached))
    assert found == [f"table main, index by_name: the item at {table.row_key(KEY).hex()} is missing"]


async def test_of_an_index_that_is_being_deleted_nothing_is_asked(engine: Engine) -> None:
    table = await Catalog(engine).create(described("DELETING"), tags={})
    placed = entry(table)
    assert await findings(engine, lambda writer: writer.put(placed.key, placed.image.row())) == []
