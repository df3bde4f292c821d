"""Reading over SQLite connections.

In WAL mode readers and the writer do not wait for each other. A reader has one user at a time; who needs one takes
one that is idle, or a new one.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from typing import Any, Final

from backend_store.kv.engine import StoreUnavailable
from backend_store.kv.sqlite_file import failure

IDLE_READERS_MAX: Final = 16

_GET: Final = "SELECT value FROM kv WHERE key = ?"
_SCAN: Final = "SELECT key, value FROM kv WHERE key >= ? AND key < ? ORDER BY key"
_SCAN_REVERSE: Final = _SCAN + " DESC"
_ALL: Final = "SELECT key, value FROM kv"


class SqliteReader:
    """The `Reader` of a connection: of the transaction it is in, or else of the newest committed state."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._scans: list[sqlite3.Cursor] = []

    def get(self, key: bytes) -> bytes | None:
        try:
            row: tuple[bytes] | None = self._connection.execute(_GET, (key,)).fetchone()
        except sqlite3.Error as error:
            raise failure(error) from error
        return None if row is None else row[0]

    def scan(self, first: bytes, end: bytes, *, reverse: bool = False) -> Iterator[tuple[bytes, bytes]]:
        return self._rows(_SCAN_REVERSE if reverse else _SCAN, first, end)

    def pairs(self) -> Iterator[tuple[bytes, bytes]]:
        """All there is, in no order."""
        return self._rows(_ALL)

    def faults(self) -> Iterator[str]:
        """What SQLite finds wrong with the file's structure."""
        for (fault,) in self._rows("PRAGMA integrity_check"):
            if fault != "ok":
                yield str(fault)

    def begin(self) -> None:
        """From here to `end` everything is as it is now."""
        try:
            self._connection.execute("BEGIN")
            self._connection.execute("SELECT 1 FROM kv LIMIT 1").fetchone()  # BEGIN alone fixes nothing yet
        except sqlite3.Error as error:
            self._connection.rollback()
            raise failure(error) from error

    def end(self) -> None:
        self.close_scans()
        self._connection.rollback()

    def close(self) -> None:
        self._connection.close()

    def close_scans(self) -> None:
        """End what is still being read: it would keep its transaction open."""
        for cursor in self._scans:
            cursor.close()
        self._scans.clear()

    def _rows(self, statement: str, *values: bytes) -> Iterator[Any]:
        cursor = self._connection.cursor()
        self._scans.append(cursor)
        try:
            yield from cursor.execute(statement, values)
        except sqlite3.Error as error:
            raise failure(error) from error


class SqliteReaders:
    """The idle readers, and the making of new ones."""

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        self._connect = connect
        self._idle: list[SqliteReader] = []
        self._lock = threading.Lock()
        self._closed = False

    def take(self) -> SqliteReader:
        """A reader for the caller alone, to be given back; raises StoreUnavailable."""
        with self._lock:
            if self._closed:
                raise StoreUnavailable("The store is closed")
            if self._idle:
                return self._idle.pop()
        try:
            return SqliteReader(self._connect())
        except sqlite3.Error as error:
            raise failure(error) from error

    def give_back(self, reader: SqliteReader) -> None:
        with self._lock:
            if not self._closed and len(self._idle) < IDLE_READERS_MAX:
                self._idle.append(reader)
                return
        reader.close()

    def close(self) -> None:
        """Close what is idle now, and the others as they are given back."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for reader in idle:
            reader.close()
