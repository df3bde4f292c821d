"""Whether a table's indexes are whole: each agrees with the rows that it covers, in both directions.

Every covered row has the index row that its item asks for, or none; every index row is one that a covered row asks for;
the index's size is the sum of its rows. Of an index that is being deleted nothing is asked.
"""

from collections.abc import Iterator

from backend_store.images import Image
from backend_store.indexes import Entry, entry_of
from backend_store.kv import keyspace
from backend_store.kv.engine import CorruptRecord, Reader
from backend_store.kv.keyspace import KeyRange
from backend_store.kv.records import read_record
from backend_store.table import Table
from backend_store.table_state import IndexState, TableState, state_of
from microdax.model.errors import ResourceNotFoundException
from microdax.model.keys import key_of_item
from microdax.model.tables import Index, TableSize
from microdax.wire.dynamo_json import decode_item


def index_faults(reader: Reader, table: Table) -> Iterator[str]:
    """Describe each fault of the table's indexes."""
    yield from _stray_faults(reader, table)
    try:
        state = state_of(reader, table)
    except (CorruptRecord, ResourceNotFoundException, ValueError, TypeError):
        return  # which is a fault of the table
    yield from _state_faults(table, state)
    for index in table.description.indexes:
        if index.number in state.indexes:
            for fault in _faults(reader, table, index, state.indexes[index.number]):
                yield f"table {table.name}, index {index.name}: {fault}"


def _stray_faults(reader: Reader, table: Table) -> Iterator[str]:
    spans = [keyspace.index_range(table.number, index.number) for index in table.description.indexes]
    for key, _ in _pairs(reader, keyspace.indexes_range(table.number)):
        if not any(span.holds(key) for span in spans):
            yield f"table {table.name}: {key.hex()} belongs to no index"


def _state_faults(table: Table, state: TableState) -> Iterator[str]:
    if state.version != table.version:
        yield f"table {table.name} has version {table.version}, but its state is of {state.version}"
    followed = {index.number for index in table.description.indexes if index.status != "DELETING"}
    if set(state.indexes) != followed:
        yield f"table {table.name} has indexes {sorted(followed)}, but its writes follow {sorted(state.indexes)}"
    for index in table.description.indexes:
        if index.number >= table.description.following_index:
            yield f"table {table.name}: index {index.name} has number {index.number}, which is still to be given"


def _faults(reader: Reader, table: Table, index: Index, state: IndexState) -> Iterator[str]:
    counted = TableSize()
    for key, value in _pairs(reader, keyspace.index_range(table.number, index.number)):
        try:
            record = read_record(value)
        except CorruptRecord:
            continue  # the engine's verification has said so
        counted = counted.after(None, record.item_bytes)
        entry = _wanted_for(reader, table, index, state, record.document)
        if entry is None or entry.key != key:
            yield f"the row at {key.hex()} is of no item"
        elif entry.image.row() != value:
            yield f"the row at {key.hex()} is not what the item there has to show"
    for row_key, value in _pairs(reader, keyspace.rows_range(table.number)):
        entry = _entry(table, index, state, row_key, value)
        if entry is not None and reader.get(entry.key) is None:
            yield f"the item at {row_key.hex()} is missing"
    if counted != state.size:
        yield (
            f"said to hold {state.size.items} items of {state.size.size_bytes} bytes; "
            f"it holds {counted.items} of {counted.size_bytes}"
        )


def _wanted_for(reader: Reader, table: Table, index: Index, state: IndexState, document: bytes) -> Entry | None:
    """The index row of the item that this one, in the index, says to be of."""
    try:
        row_key = table.row_key(key_of_item(table.key_schema, decode_item(document)))
    except Exception:  # decoding trusts its input, so whatever is wrong can raise anything
        return None
    value = reader.get(row_key)
    return None if value is None else _entry(table, index, state, row_key, value)


def _entry(table: Table, index: Index, state: IndexState, row_key: bytes, value: bytes) -> Entry | None:
    """The index row that a row asks for; None also where the row is not covered or cannot be read."""
    if not state.covers(row_key):
        return None
    try:
        return entry_of(table, index, Image.of_row(value))
    except Exception:  # as above; that the row cannot be read is a fault of the table
        return None


def _pairs(reader: Reader, keys: KeyRange) -> Iterator[tuple[bytes, bytes]]:
    return reader.scan(keys.first, keys.end)
