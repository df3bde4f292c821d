"""What a table held at a moment that has passed, and what has changed between two moments.

Both are worked out in one snapshot, from the table's rows and its change log. The rows at a moment are those of now,
except where the log has changes since: there it is the image before the first of them, which is found by going
through them backwards. How many items have changed is not known before, so what is found is gathered in a database
of its own, which SQLite keeps in memory as long as it is small, in an unnamed file when it is not, and nowhere once it
is closed. It is sorted like the rows, so the two are merged as they are read.

Who stops reading before the end closes the iterator, in the thread that has read: the database belongs to it.
"""

import heapq
import sqlite3
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final

from backend_store.change_log import ChangeRecord, records, sequence_at
from backend_store.images import Image
from backend_store.kv import keyspace
from backend_store.kv.engine import Reader, StoreUnavailable
from backend_store.table import Table
from backend_store.table_state import state_of
from microdax.model.keys import key_of_item
from microdax.wire.dynamo_json import decode_item

_TABLE: Final = "CREATE TABLE changed (key BLOB PRIMARY KEY, old BLOB, new BLOB, at_ms INTEGER) WITHOUT ROWID"
_UNDO: Final = "INSERT OR REPLACE INTO changed (key, old) VALUES (?, ?)"
_REDO: Final = """
    INSERT INTO changed VALUES (?, ?, ?, ?)
    ON CONFLICT (key) DO UPDATE SET new = excluded.new, at_ms = excluded.at_ms
"""


@dataclass(frozen=True, slots=True)
class NetChange:
    """An item before and after a period, and when it was last changed in it. `key` is DynamoDB JSON."""

    key: bytes
    old: Image | None
    new: Image | None
    at_ms: int


def rows_at(reader: Reader, table: Table, moment_ms: int) -> Generator[bytes, None, None]:
    """The rows' values as they were after all that had happened by `moment_ms`, in the order of their keys."""
    state = state_of(reader, table)
    first = sequence_at(reader, table, state, moment_ms + 1)
    since = records(reader, table, first, reverse=True)
    span = keyspace.rows_range(table.number)
    with closing(_Gathered()) as gathered:
        gathered.add(_UNDO, (_undone(table, record) for record in since))
        yield from _merged(reader.scan(span.first, span.end), gathered.rows("key, old"))


def changes_between(reader: Reader, table: Table, from_ms: int, until_ms: int) -> Generator[NetChange, None, None]:
    """What changed at or after `from_ms` and before `until_ms`: each item once, none that came and went."""
    state = state_of(reader, table)
    first, end = (sequence_at(reader, table, state, at_ms) for at_ms in (from_ms, until_ms))
    with closing(_Gathered()) as gathered:
        gathered.add(_REDO, map(_redone, records(reader, table, first, end)))
        for key, old, new, at_ms in gathered.rows("key, old, new, at_ms"):
            if old is not None or new is not None:
                yield NetChange(key, Image.of_row(old), Image.of_row(new), at_ms)


class _Gathered:
    """Changes of items, by key."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.execute(_TABLE)

    def add(self, statement: str, changes: Iterable[tuple[object, ...]]) -> None:
        try:
            self._database.execute("BEGIN")
            self._database.executemany(statement, changes)
            self._database.execute("COMMIT")
        except sqlite3.Error as error:
            raise StoreUnavailable(f"No room to work out a table's past: {error}") from error

    def rows(self, columns: str) -> Iterator[Any]:
        return self._database.execute(f"SELECT {columns} FROM changed ORDER BY key")

    def close(self) -> None:
        self._database.close()


def _undone(table: Table, record: ChangeRecord) -> tuple[bytes, bytes | None]:
    key = key_of_item(table.key_schema, decode_item(record.key))
    return table.row_key(key), _row(record.old)


def _redone(record: ChangeRecord) -> tuple[bytes, bytes | None, bytes | None, int]:
    return record.key, _row(record.old), _row(record.new), record.at_ms


def _row(image: Image | None) -> bytes | None:
    return None if image is None else image.row()


def _merged(rows: Iterator[tuple[bytes, bytes]], then: Iterator[tuple[bytes, bytes | None]]) -> Iterator[bytes]:
    """The values of both, sorted by key; where both have a key the second's, and none where that is None."""
    last: bytes | None = None
    first_then = ((key, 0, value) for key, value in then)
    for key, _, value in heapq.merge(first_then, ((key, 1, value) for key, value in rows)):
        if key != last and value is not None:
            yield value
        last = key
