"""Whether a store's data is whole: every record readable, every row in its place, every sum right.

Reads everything once, on one snapshot: first the engine's own verification, then what the store believes about the
values. Each row belongs to a table that exists or is being removed; its key is that of its item; its item is in
canonical bytes and of the size that the record says; each table's size is the sum of its rows; its indexes agree with
them (`index_check`), and so do its change log and its expiry entries (`log_check`). Tokens of transactions and their
expiries go together. Backups hold what their records say (`backup_check`).
"""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Final

from backend_store import log_check
from backend_store.backup_check import backup_faults
from backend_store.catalog import Numbers, entries_in, numbers_in
from backend_store.idempotency import token_faults
from backend_store.index_check import index_faults
from backend_store.kv import keyspace
from backend_store.kv.engine import CorruptRecord, Engine, Reader
from backend_store.kv.keyspace import KeyRange
from backend_store.kv.records import Record, read_record
from backend_store.kv.sqlite_engine import SqliteEngine
from backend_store.table import Table
from backend_store.table_state import has_state, size_of
from microdax.model import limits
from microdax.model.errors import ResourceNotFoundException
from microdax.model.keys import key_of_item
from microdax.model.tables import TableSize
from microdax.model.values import Item, item_bytes
from microdax.wire.dynamo_json import decode_item, encode_item

_NUMBER_MAX: Final = 2**32 - 1


def check(data: Path) -> Iterator[str]:
    """Describe each fault of the store in `data`, in a sentence; raises DataDirectoryError where there is none."""
    engine = SqliteEngine(data, create=False)
    try:
        yield from check_engine(engine)
    finally:
        engine.close()


def check_engine(engine: Engine) -> Iterator[str]:
    """Describe each fault of an open store."""
    yield from engine.verify()
    with engine.snapshot() as reader:
        try:
            entries = list(entries_in(reader))
            numbers = numbers_in(reader)
        except (CorruptRecord, KeyError, ValueError) as error:
            yield f"the catalog cannot be read, so nothing that it describes was checked: {error}"
            return
        tables = [table for _, table in entries]
        yield from _catalog_faults(entries, numbers)
        for table in tables:
            yield from _table_faults(reader, table)
        yield from _stray_faults(reader, {table.number for table in tables}, numbers)
        yield from _token_faults(reader)
        yield from backup_faults(reader)


def _catalog_faults(entries: list[tuple[str, Table]], numbers: Numbers) -> Iterator[str]:
    seen: dict[int, str] = {}
    for name, table in entries:
        if table.name != name:
            yield f"the entry of table {name} is that of table {table.name}"
        if table.number in seen:
            yield f"tables {seen[table.number]} and {name} have the same number, {table.number}"
        if table.number in numbers.removing:
            yield f"table {name} exists, but its number, {table.number}, is noted as deleted"
        if table.number >= numbers.following:
            yield f"table {name} has number {table.number}, which is still to be given"
        seen[table.number] = name
    for number in sorted(numbers.removing):
        if number >= numbers.following:
            yield f"number {number} is noted as deleted, but is still to be given"


def _table_faults(reader: Reader, table: Table) -> Iterator[str]:
    rows = keyspace.rows_range(table.number)
    checked_elsewhere = (keyspace.indexes_range(table.number), *log_check.spaces(table))
    counted = TableSize()
    for key, value in _pairs(reader, keyspace.table_range(table.number)):
        if any(space.holds(key) for space in checked_elsewhere):
            continue
        if not rows.holds(key):
            yield f"table {table.name}: {key.hex()} is not in any space of a table that is known here"
            continue
        try:
            record = read_record(value)
        except CorruptRecord:
            continue  # the engine's verification has said so
        counted = TableSize(counted.items + 1, counted.size_bytes + record.item_bytes)
        for fault in _row_faults(table, key, record):
            yield f"table {table.name}: the row at {key.hex()} {fault}"
    yield from _size_faults(reader, table, counted)
    yield from index_faults(reader, table)
    yield from log_check.log_faults(reader, table)


def _row_faults(table: Table, key: bytes, record: Record) -> Iterator[str]:
    try:
        item = decode_item(record.document)
        found_at = table.row_key(key_of_item(table.key_schema, item))
    except Exception as error:  # decoding trusts its input, so whatever is wrong can raise anything
        yield f"does not hold an item of this table: {error!r}"
        return
    if found_at != key:
        yield f"holds the item that belongs at {found_at.hex()}"
    yield from _item_faults(item, record)


def _item_faults(item: Item, record: Record) -> Iterator[str]:
    if encode_item(item) != record.document:
        yield "is not in canonical bytes"
    size_bytes = item_bytes(item)
    if size_bytes != record.item_bytes:
        yield f"says its item has {record.item_bytes} bytes; it has {size_bytes}"
    if size_bytes > limits.ITEM_BYTES_MAX:
        yield f"holds an item of {size_bytes} bytes, more than is allowed"


def _size_faults(reader: Reader, table: Table, counted: TableSize) -> Iterator[str]:
    try:
        size = size_of(reader, table)
    except ResourceNotFoundException:
        yield f"table {table.name} has no size, so nothing can be written to it"
        return
    except (CorruptRecord, ValueError) as error:
        yield f"table {table.name}: its size cannot be read: {error}"
        return
    if size != counted:
        yield (
            f"table {table.name} is said to hold {size.items} items of {size.size_bytes} bytes; "
            f"it holds {counted.items} of {counted.size_bytes}"
        )


def _stray_faults(reader: Reader, live: set[int], numbers: Numbers) -> Iterator[str]:
    """What stands under numbers that no table has, and sizes of tables that are deleted."""
    known = sorted(live | numbers.removing)
    for before, behind in pairwise([-1, *known, _NUMBER_MAX + 1]):
        if behind - before > 1:
            first, end = keyspace.table_range(before + 1).first, keyspace.table_range(behind - 1).end
            for key, _ in _pairs(reader, KeyRange(first, end)):
                yield f"{key.hex()} belongs to no table"
    for number in sorted(numbers.removing - live):
        if has_state(reader, number):
            yield f"table number {number} is noted as deleted, but has a size"


def _token_faults(reader: Reader) -> Iterator[str]:
    try:
        yield from token_faults(reader)
    except (CorruptRecord, TypeError, ValueError) as error:
        yield f"the tokens of transactions cannot be read: {error}"


def _pairs(reader: Reader, keys: KeyRange) -> Iterator[tuple[bytes, bytes]]:
    return reader.scan(keys.first, keys.end)
