"""The check finds what is wrong with a store, and nothing where nothing is."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import orjson
import pytest

from backend_store.catalog import Catalog
from backend_store.check import check, check_engine
from backend_store.images import Image
from backend_store.kv import keyspace
from backend_store.kv.engine import DataDirectoryError, Engine, Writer
from backend_store.kv.records import write_record
from backend_store.kv.sqlite_engine import SqliteEngine
from backend_store.store import Store
from backend_store.table import Table
from backend_store.table_state import TableState, put_state
from microdax.model.keys import KeyAttribute, KeySchema
from microdax.model.tables import TableDescription, TableSize
from microdax.model.values import Item, Key
from tests.support.stores import Calls

SCHEMA = KeySchema(KeyAttribute("id", "S"))
KEY: Key = {"id": "a"}
ITEM: Item = {**KEY, "n": Decimal(1)}
ROW = Image.of_item(ITEM)


@pytest.fixture
async def table(engine: Engine) -> Table:
    """A table that holds one item, as it should."""
    table = await Catalog(engine).create(TableDescription("main", SCHEMA, "arn", "id", created_s=0.0), tags={})
    await spoil(engine, lambda writer: writer.put(table.row_key(KEY), ROW.row()))
    await spoil(engine, lambda writer: put_state(writer, table, TableState(TableSize(1, ROW.size_bytes))))
    return table


async def spoil(engine: Engine, job: Callable[[Writer], None]) -> None:
    await engine.write(job)


async def finding(engine: Engine, job: Callable[[Writer], None]) -> str:
    """The one finding after this job."""
    await spoil(engine, job)
    (found,) = check_engine(engine)
    return found


@pytest.mark.usefixtures("table")
async def test_a_whole_store_has_no_findings(engine: Engine) -> None:
    assert list(check_engine(engine)) == []


def test_an_empty_store_has_no_findings(engine: Engine) -> None:
    assert list(check_engine(engine)) == []


async def test_a_row_at_another_s_place_is_found(engine: Engine, table: Table) -> None:
    def move(writer: Writer) -> None:
        writer.delete(table.row_key(KEY))
        writer.put(table.row_key({"id": "b"}), ROW.row())

    assert f"holds the item that belongs at {table.row_key(KEY).hex()}" in await finding(engine, move)


@pytest.mark.parametrize(
    ("document", "says"),
    [
        (b'{"n":{"N":"1"},"id":{"S":"a"}}', "is not in canonical bytes"),
        (b'{"id":{"S":"a"},"n":{"N":"1.0"}}', "is not in canonical bytes"),
    ],
)
async def test_an_item_in_other_bytes_is_found(engine: Engine, table: Table, document: bytes, says: str) -> None:
    record = write_record(document, ROW.size_bytes)
    assert says in await finding(engine, lambda writer: writer.put(table.row_key(KEY), record))


@pytest.mark.parametrize("document", [b'{"n":{"N":"1"}}', b'{"id":{"N":"1"}}', b"[]", b"no JSON", b'{"id":{"X":"a"}}'])
async def test_what_is_no_item_of_the_table_is_found(engine: Engine, table: Table, document: bytes) -> None:
    record = write_record(document, ROW.size_bytes)
    found = await finding(engine, lambda writer: writer.put(table.row_key(KEY), record))
    assert "does not hold an item of this table" in found


async def test_a_record_that_lies_about_its_size_is_found(engine: Engine, table: Table) -> None:
    def lie(writer: Writer) -> None:
        writer.put(table.row_key(KEY), write_record(ROW.document, 99))
        put_state(writer, table, TableState(TableSize(1, 99)))

    assert f"says its item has 99 bytes; it has {ROW.size_bytes}" in await finding(engine, lie)


async def test_a_table_that_lies_about_its_size_is_found(engine: Engine, table: Table) -> None:
    found = await finding(engine, lambda writer: put_state(writer, table, TableState(TableSize(7, 70))))
    assert found == "table main is said to hold 7 items of 70 bytes; it holds 1 of 6"


async def test_a_missing_size_is_found(engine: Engine, table: Table) -> None:
    size = keyspace.meta_key(f"size of table {table.number}")
    assert "table main has no size" in await finding(engine, lambda writer: writer.delete(size))


async def test_a_size_that_cannot_be_read_is_found(engine: Engine, table: Table) -> None:
    size = keyspace.meta_key(f"size of table {table.number}")
    found = await finding(engine, lambda writer: writer.put(size, write_record(b"much")))
    assert "its size cannot be read" in found


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("number", [0, 2, 700, 2**32 - 1])
async def test_a_row_of_no_table_is_found(engine: Engine, number: int) -> None:
    key = keyspace.row_key(number, "a")
    found = await finding(engine, lambda writer: writer.put(key, ROW.row()))
    assert found == f"{key.hex()} belongs to no table"


async def test_a_key_in_no_space_of_its_table_is_found(engine: Engine, table: Table) -> None:
    key = keyspace.table_range(table.number).first + b"\xee"
    assert "is not in any space" in await finding(engine, lambda writer: writer.put(key, ROW.row()))


async def test_rows_of_a_table_that_is_being_removed_are_no_fault(engine: Engine, table: Table) -> None:
    await Catalog(engine).delete(table.name, lambda _: None)
    assert list(check_engine(engine)) == []


async def test_a_size_of_a_deleted_table_is_found(engine: Engine, table: Table) -> None:
    await Catalog(engine).delete(table.name, lambda _: None)
    found = await finding(engine, lambda writer: put_state(writer, table, TableState(TableSize())))
    assert found == "table number 1 is noted as deleted, but has a size"


@pytest.mark.parametrize(
    ("entry_name", "fact", "says"),
    [
        ("main", b'{"following":1,"removing":[]}', "table main has number 1, which is still to be given"),
        ("main", b'{"following":2,"removing":[1]}', "exists, but its number, 1, is noted as deleted"),
        ("main", b'{"following":2,"removing":[5]}', "number 5 is noted as deleted, but is still to be given"),
        ("other", b'{"following":2,"removing":[]}', "the entry of table other is that of table main"),
    ],
)
@pytest.mark.usefixtures("table")
async def test_a_catalog_that_contradicts_itself_is_found(
    engine: Engine, entry_name: str, fact: bytes, says: str
) -> None:
    def contradict(writer: Writer) -> None:
        entry = writer.get(keyspace.catalog_key("main"))
        assert entry is not None
        writer.delete(keyspace.catalog_key("main"))
        writer.put(keyspace.catalog_key(entry_name), entry)
        writer.put(keyspace.meta_key("tables"), write_record(fact))

    await spoil(engine, contradict)
    assert any(says in found for found in check_engine(engine))


@pytest.mark.usefixtures("table")
async def test_two_tables_of_one_number_are_found(engine: Engine) -> None:
    def copy(writer: Writer) -> None:
        entry = writer.get(keyspace.catalog_key("main"))
        assert entry is not None
        writer.put(keyspace.catalog_key("twin"), entry)

    await spoil(engine, copy)
    assert "tables main and twin have the same number, 1" in list(check_engine(engine))


@pytest.mark.usefixtures("table")
async def test_a_catalog_that_cannot_be_read_is_found(engine: Engine) -> None:
    found = await finding(engine, lambda writer: writer.put(keyspace.catalog_key("bad"), write_record(b"{}")))
    assert "the catalog cannot be read" in found


async def test_a_damaged_record_is_found_by_the_engine_s_own_verification(engine: Engine, table: Table) -> None:
    damaged = bytearray(ROW.row())
    damaged[-1] ^= 1
    await spoil(engine, lambda writer: writer.put(table.row_key(KEY), bytes(damaged)))
    assert any("checksum" in found for found in check_engine(engine))


async def test_a_store_on_disk_is_checked_by_its_directory(tmp_path: Path) -> None:
    store = Store(SqliteEngine(tmp_path))
    call = Calls(store)
    await call.create_table("main")
    await call("PutItem", TableName="main", Item={"id": {"S": "a"}})
    await store.close()
    assert list(check(tmp_path)) == []


def test_a_directory_without_a_store_is_refused_and_stays_empty(tmp_path: Path) -> None:
    with pytest.raises(DataDirectoryError, match="there is no store"):
        list(check(tmp_path))
    assert list(tmp_path.iterdir()) == []


async def test_a_token_that_never_expires_is_found(engine: Engine) -> None:
    token = write_record(orjson.dumps((1600, "00")))
    found = await finding(engine, lambda writer: writer.put(keyspace.token_key("once"), token))
    assert found == "the token once of a transaction and its expiry at 1600 do not go together"


async def test_a_token_that_cannot_be_read_is_found(engine: Engine) -> None:
    found = await finding(engine, lambda writer: writer.put(keyspace.token_key("once"), write_record(b"1600")))
    assert found.startswith("the tokens of transactions cannot be read: ")
