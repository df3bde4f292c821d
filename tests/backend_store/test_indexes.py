"""How the rows of indexes follow the table's rows."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from backend_store.catalog import Catalog
from backend_store.check import check_engine
from backend_store.commit import Committed, RowWrite, commit
from backend_store.images import Image
from backend_store.indexes import index_image
from backend_store.kv import keyspace
from backend_store.kv.engine import Engine
from backend_store.table import Table
from backend_store.table_state import IndexState, state_of
from microdax.model.keys import KeyAttribute, KeySchema, key_of_item
from microdax.model.requests import Projection, ProjectionType
from microdax.model.tables import Index, TableDescription, TableSize
from microdax.model.values import Item

SCHEMA = KeySchema(KeyAttribute("p", "S"), KeyAttribute("r", "N"))
BY_NAME = Index("by_name", "global", KeySchema(KeyAttribute("name", "S")), Projection("KEYS_ONLY"), number=1)
BY_AGE = Index(
    "by_age", "local", KeySchema(KeyAttribute("p", "S"), KeyAttribute("age", "N")), Projection("INCLUDE", ("v",)), 2
)
ITEM: Item = {"p": "a", "r": Decimal(1), "name": "Ada", "age": Decimal(36), "v": "v", "w": "w"}


@pytest.fixture
async def table(engine: Engine) -> Table:
    description = TableDescription(
        "main", SCHEMA, "arn", "id", created_s=0.0, indexes=(BY_NAME, BY_AGE), following_index=3
    )
    return await Catalog(engine).create(description, tags={})


async def put(engine: Engine, table: Table, item: Item) -> Committed:
    new = Image.of_item(item)
    write = RowWrite(table, key_of_item(SCHEMA, item), change=lambda _: new)
    return await engine.write(lambda writer: commit(writer, write))


async def delete(engine: Engine, table: Table) -> Committed:
    write = RowWrite(table, key_of_item(SCHEMA, ITEM), change=lambda _: None)
    return await engine.write(lambda writer: commit(writer, write))


def documents(engine: Engine, table: Table, index: Index) -> list[bytes]:
    span = keyspace.index_range(table.number, index.number)
    with engine.snapshot() as reader:
        images = [Image.of_row(value) for _, value in reader.scan(span.first, span.end)]
    return [image.document for image in images if image is not None]


def writes(committed: Committed) -> dict[str, tuple[int, ...]]:
    return {change.index.name: change.writes_bytes for change in committed.index_changes}


@pytest.mark.parametrize(
    ("kind", "attributes", "held"),
    [
        ("KEYS_ONLY", (), ("p", "r", "name")),
        ("INCLUDE", ("w", "not there"), ("p", "r", "name", "w")),
        ("INCLUDE", ("name", "p"), ("p", "r", "name")),
        ("ALL", (), ("p", "r", "name", "age", "v", "w")),
    ],
)
def test_an_index_holds_keys_and_what_it_projects(
    kind: ProjectionType, attributes: tuple[str, ...], held: tuple[str, ...]
) -> None:
    index = replace(BY_NAME, projection=Projection(kind, attributes))
    image = index_image(index, SCHEMA.names, ITEM)
    assert image is not None
    assert image.document == Image.of_item({name: ITEM[name] for name in held}).document


@pytest.mark.parametrize("name", [None, Decimal(1), "", "x" * 2049, ["Ada"], True])
def test_an_item_without_a_proper_index_key_is_not_in_the_index(name: Any) -> None:
    assert index_image(BY_NAME, SCHEMA.names, {**ITEM, "name": name}) is None
    assert index_image(BY_NAME, SCHEMA.names, {"p": "a", "r": Decimal(1)}) is None


async def test_an_item_comes_into_its_indexes_and_leaves_them_with_its_row(engine: Engine, table: Table) -> None:
    await put(engine, table, ITEM)
    assert documents(engine, table, BY_NAME) == [b'{"name":{"S":"Ada"},"p":{"S":"a"},"r":{"N":"1"}}']
    assert len(documents(engine, table, BY_AGE)) == 1
    assert list(check_engine(engine)) == []
    gone = await delete(engine, table)
    assert writes(gone) == {"by_name": (12,), "by_age": (12,)}
    assert documents(engine, table, BY_NAME) == documents(engine, table, BY_AGE) == []
    assert state_of(engine, table).indexes == {1: IndexState(), 2: IndexState()}


async def test_a_change_of_what_no_index_holds_changes_no_index(engine: Engine, table: Table) -> None:
    await put(engine, table, ITEM)
    assert writes(await put(engine, table, {**ITEM, "w": "other"})) == {}
    assert list(check_engine(engine)) == []


async def test_a_change_of_a_projected_attribute_is_one_write_of_the_larger_row(engine: Engine, table: Table) -> None:
    await put(engine, table, ITEM)
    assert writes(await put(engine, table, {**ITEM, "v": "vvvvv"})) == {"by_age": (16,)}
    assert writes(await put(engine, table, ITEM)) == {"by_age": (16,)}
    assert list(check_engine(engine)) == []


async def test_a_row_that_moves_is_deleted_and_put(engine: Engine, table: Table) -> None:
    await put(engine, table, ITEM)
    assert writes(await put(engine, table, {**ITEM, "name": "Grace"})) == {"by_name": (12, 14)}
    assert documents(engine, table, BY_NAME) == [b'{"name":{"S":"Grace"},"p":{"S":"a"},"r":{"N":"1"}}']
    assert list(check_engine(engine)) == []


async def test_items_of_one_index_key_stand_beside_each_other(engine: Engine, table: Table) -> None:
    for number in range(3):
        await put(engine, table, {**ITEM, "r": Decimal(number)})
    assert len(documents(engine, table, BY_NAME)) == 3
    assert state_of(engine, table).indexes[1].size == TableSize(3, 35)
    assert list(check_engine(engine)) == []
