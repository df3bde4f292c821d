"""The change log: what each write has changed in its table, in the order of the commits.

Where a table keeps one, commit appends a record of each change in the same transaction as the row: so a change is in
the log exactly if it has happened, exactly once. A record holds both images whole, whatever a stream shows of them,
for point-in-time recovery undoes and redoes by them. What changes nothing leaves no record.

Records are numbered by a counter in the table's state, which only grows and of which no number is given twice; not
all numbers are of records, for shards take some too (`shards`). Their times never go back, even if the clock does, so
that what is older than a moment is a beginning of the log, found by halving.

Old records are trimmed in batches. The newest of the old ones stays: so the log itself tells up to which number it
was trimmed, and a reader who is asked for an older one can say that it was there.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from struct import Struct
from typing import Final, Literal

from backend_store.images import Image
from backend_store.kv import keyspace
from backend_store.kv.engine import CorruptRecord, Reader, Writer
from backend_store.kv.records import read_record, write_record
from backend_store.table import Table
from backend_store.table_state import TableState
from microdax.model import limits
from microdax.model.values import Key, item_bytes
from microdax.wire.dynamo_json import encode_item

ChangeEvent = Literal["INSERT", "MODIFY", "REMOVE"]

TRIM_RECORDS_MAX: Final = 100  # of one batch
TRIM_BYTES_MAX: Final = 4 * limits.MIB

# Time in ms; whether the service did it; lengths of the key's, the old and the new document; their sizes as items.
_HEAD: Final = Struct(">QB6I")


@dataclass(frozen=True, slots=True)
class ChangeRecord:
    """One change of one item. `key` is the DynamoDB JSON of its key attributes, `by_service` that it had expired."""

    sequence: int
    at_ms: int
    key: bytes
    key_bytes: int
    old: Image | None
    new: Image | None
    by_service: bool = False

    @property
    def event(self) -> ChangeEvent:
        if self.old is None:
            return "INSERT"
        return "REMOVE" if self.new is None else "MODIFY"


def follow(
    writer: Writer,
    table: Table,
    state: TableState,
    key: Key,
    images: tuple[Image | None, Image | None],
    *,
    by_service: bool,
) -> TableState:
    """Append the change of one item from its old to its new image; return the table's state after it."""
    if not table.description.keeps_log:
        return state
    old, new = images
    at_ms = max(state.logged_ms, table.now_ms())
    record = ChangeRecord(state.sequence + 1, at_ms, encode_item(key), item_bytes(key), old, new, by_service)
    writer.put(keyspace.change_key(table.number, record.sequence), _write(record))
    return replace(state, sequence=record.sequence, logged_ms=at_ms)


def records(
    reader: Reader, table: Table, first: int = 0, end: int | None = None, *, reverse: bool = False
) -> Iterator[ChangeRecord]:
    """The changes from number `first` to before `end`, or to the last; `reverse`, the last one first."""
    span = keyspace.changes_range(table.number, first, end)
    for key, value in reader.scan(span.first, span.end, reverse=reverse):
        yield read_change(key, value)


def read_change(key: bytes, value: bytes) -> ChangeRecord:
    """The change that stands in the engine; raises CorruptRecord where it is none."""
    document = read_record(value).document
    if len(document) < _HEAD.size:
        raise CorruptRecord("a change is shorter than its head")
    at_ms, by_service, *lengths, key_bytes, old_bytes, new_bytes = _HEAD.unpack_from(document)
    ends = [_HEAD.size + sum(lengths[:count]) for count in range(4)]
    if ends[3] != len(document):
        raise CorruptRecord(f"a change of {len(document)} bytes should have {ends[3]}")
    key_document, old, new = (document[ends[part] : ends[part + 1]] for part in range(3))
    return ChangeRecord(
        sequence=keyspace.sequence_in(key),
        at_ms=at_ms,
        key=key_document,
        key_bytes=key_bytes,
        old=Image(old, old_bytes) if old else None,
        new=Image(new, new_bytes) if new else None,
        by_service=bool(by_service),
    )


def sequence_at(reader: Reader, table: Table, state: TableState, at_ms: int) -> int:
    """The number behind the newest change that is older than `at_ms`; 0 where none is."""
    first = next(records(reader, table), None)
    if first is None or first.at_ms >= at_ms:
        return 0
    # The change at `before` is older; none from `behind` on is. Each step looks at the next change from the middle.
    before, behind = first.sequence, state.sequence + 1
    while behind - before > 1:
        middle = (before + behind) // 2
        found = next(records(reader, table, middle, behind), None)
        if found is not None and found.at_ms < at_ms:
            before = found.sequence
        else:
            behind = middle
    return behind


def trim_batch(writer: Writer, table: Table, before_ms: int) -> bool:
    """Take away some changes that are older than `before_ms`, all but the newest of them; false where none was left."""
    old = _oldest(writer, table, before_ms)
    for key in old[:-1]:
        writer.delete(key)
    return len(old) > 1


def is_trimmable(reader: Reader, table: Table, before_ms: int) -> bool:
    """Whether there is anything to trim: more than one change that is older than `before_ms`."""
    first_two = [record.at_ms for record, _ in zip(records(reader, table), range(2), strict=False)]
    return len(first_two) == 2 and max(first_two) < before_ms


def _oldest(reader: Reader, table: Table, before_ms: int) -> list[bytes]:
    span = keyspace.changes_range(table.number)
    keys: list[bytes] = []
    read_bytes = 0
    for key, value in reader.scan(span.first, span.end):
        if read_change(key, value).at_ms >= before_ms:
            break
        keys.append(key)
        read_bytes += len(value)
        if len(keys) > TRIM_RECORDS_MAX or read_bytes >= TRIM_BYTES_MAX:
            break
    return keys


def _write(record: ChangeRecord) -> bytes:
    documents = (record.key, *(b"" if image is None else image.document for image in (record.old, record.new)))
    sizes = (record.key_bytes, *(0 if image is None else image.size_bytes for image in (record.old, record.new)))
    head = _HEAD.pack(record.at_ms, record.by_service, *map(len, documents), *sizes)
    return write_record(head + b"".join(documents))
