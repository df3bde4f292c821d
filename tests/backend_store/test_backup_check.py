"""The check finds what is wrong with backups."""

from collections.abc import Callable

import pytest

from backend_store.check import check_engine
from backend_store.kv import keyspace
from backend_store.kv.engine import Engine, Writer
from backend_store.kv.memory_engine import MemoryEngine
from backend_store.kv.records import read_record, write_record
from backend_store.store import Store
from tests.support.copied_tables import backed_up, fill
from tests.support.stores import Calls

ROW = keyspace.backup_key(1, keyspace.row_key(1, "row 0000"))


@pytest.fixture
async def backed_up_engine() -> Engine:
    """A store with a backup of two rows, number 1."""
    engine = MemoryEngine()
    store = Store(engine)
    call = Calls(store)
    await call.create_table("main")
    await fill(call, "main", 2)
    await backed_up(call, "main")
    assert list(check_engine(engine)) == []
    return engine


def finding(engine: Engine, job: Callable[[Writer], None]) -> str:
    """The one finding after this job."""
    engine.write_now(job)
    (found,) = check_engine(engine)
    engine.close()
    return found


def test_a_missing_row_is_found(backed_up_engine: Engine) -> None:
    found = finding(backed_up_engine, lambda writer: writer.delete(ROW))
    assert "is said to hold 2 items of 30 bytes; it holds 1 of 15" in found


def test_a_row_of_another_place_is_found(backed_up_engine: Engine) -> None:
    def move(writer: Writer) -> None:
        value = writer.get(ROW)
        assert value is not None
        writer.delete(ROW)
        writer.put(keyspace.backup_key(1, keyspace.row_key(1, "elsewhere")), value)

    assert "holds the item of another place" in finding(backed_up_engine, move)


def test_a_row_that_is_no_item_of_the_table_is_found(backed_up_engine: Engine) -> None:
    record = write_record(b'{"other":{"S":"a"}}', 15)
    found = finding(backed_up_engine, lambda writer: writer.put(ROW, record))
    assert "does not hold an item of its table" in found


def test_a_row_that_lies_about_its_size_is_found(backed_up_engine: Engine) -> None:
    value = backed_up_engine.get(ROW)
    assert value is not None
    record = write_record(read_record(value).document, 99)
    backed_up_engine.write_now(lambda writer: writer.put(ROW, record))
    findings = list(check_engine(backed_up_engine))
    assert any("says its item has 99 bytes; it has 15" in found for found in findings)
    backed_up_engine.close()


@pytest.mark.parametrize("number", [0, 2, 2**32 - 1])
def test_a_row_of_no_backup_is_found(backed_up_engine: Engine, number: int) -> None:
    key = keyspace.backup_key(number, keyspace.row_key(1, "a"))
    found = finding(backed_up_engine, lambda writer: writer.put(key, write_record(b"{}")))
    assert found == f"{key.hex()} belongs to no backup"


def test_a_record_that_cannot_be_read_is_found(backed_up_engine: Engine) -> None:
    key = keyspace.meta_key("backup 1")
    found = finding(backed_up_engine, lambda writer: writer.put(key, write_record(b"{}")))
    assert "the records of backups cannot be read" in found


def test_a_number_that_is_still_to_be_given_is_found(backed_up_engine: Engine) -> None:
    key = keyspace.meta_key("backup numbers")
    found = finding(backed_up_engine, lambda writer: writer.put(key, write_record(b"1")))
    assert "has number 1, which is still to be given" in found
