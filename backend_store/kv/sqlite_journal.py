"""The writer's side of the SQLite engine.

A job's first write opens a savepoint, so that a job that raises can be taken back alone; a job that only reads, or
refuses, costs none. After an error of SQLite the whole transaction may be gone, and is given up: `fault` says why.

The log (WAL) is copied into the file after the answers have gone out. A copy that finds readers on old states leaves
the log to grow, so past a size it is made to wait for them a moment and then empties the log; with a snapshot that
stays open longer than that, it is tried again when the log has grown as much again.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Final, TypeVar

from backend_store.kv.engine import StoreUnavailable, Writer
from backend_store.kv.sqlite_file import PAGE_BYTES, commit_failure, failure
from backend_store.kv.sqlite_reader import SqliteReader
from microdax.model.errors import DynamoDBError

T = TypeVar("T")

CHECKPOINT_BYTES: Final = 8 << 20
LOG_BYTES_MAX: Final = 64 << 20

_PUT: Final = "INSERT INTO kv VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
_DELETE: Final = "DELETE FROM kv WHERE key = ?"


class SqliteJournal:
    """A `Journal` and the `Writer` that its jobs are given."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        *,
        checkpoint_bytes: int = CHECKPOINT_BYTES,
        log_bytes_max: int = LOG_BYTES_MAX,
    ) -> None:
        self.fault: DynamoDBError | None = None
        self.written_bytes = 0
        self._connection = connection
        self._reader = SqliteReader(connection)
        self._has_savepoint = False
        self._uncopied_bytes = 0
        self._checkpoint_bytes = checkpoint_bytes
        self._log_bytes_max = log_bytes_max
        self._log_bytes_allowed = log_bytes_max

    # The journal

    def begin(self) -> None:
        self.fault = None
        self.written_bytes = 0
        with suppress(DynamoDBError):  # it is the fault
            self._execute("BEGIN IMMEDIATE")

    def run(self, job: Callable[[Writer], T]) -> T:
        self._has_savepoint = False
        try:
            result = job(self)
            self._end_savepoint()
            return result
        except BaseException:
            self._take_back()
            raise
        finally:
            self._reader.close_scans()

    def commit(self) -> None:
        try:
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise commit_failure(error) from error
        self._uncopied_bytes += self.written_bytes

    def rollback(self) -> None:
        with suppress(sqlite3.Error):  # then BEGIN will fail, and the rollback is tried again
            self._connection.rollback()

    def tidy(self) -> None:
        if self._uncopied_bytes < self._checkpoint_bytes:
            return
        self._uncopied_bytes = 0
        with suppress(sqlite3.Error):  # nothing is lost while the log is there; it is tried again with the next batches
            self._copy_log()

    # The writer

    def get(self, key: bytes) -> bytes | None:
        try:
            return self._reader.get(key)
        except StoreUnavailable as error:
            self.fault = error
            raise

    def scan(self, first: bytes, end: bytes, *, reverse: bool = False) -> Iterator[tuple[bytes, bytes]]:
        try:
            yield from self._reader.scan(first, end, reverse=reverse)
        except StoreUnavailable as error:
            self.fault = error
            raise

    def put(self, key: bytes, value: bytes) -> None:
        self._begin_savepoint()
        self._execute(_PUT, (key, value))
        self.written_bytes += 2 * PAGE_BYTES + len(value)  # about what it adds to the log: a page of table and index

    def delete(self, key: bytes) -> None:
        self._begin_savepoint()
        self._execute(_DELETE, (key,))
        self.written_bytes += 2 * PAGE_BYTES

    def _begin_savepoint(self) -> None:
        if not self._has_savepoint:
            self._execute("SAVEPOINT job")
            self._has_savepoint = True

    def _end_savepoint(self) -> None:
        if self._has_savepoint:
            self._execute("RELEASE job")

    def _take_back(self) -> None:
        if self._has_savepoint and self.fault is None:
            with suppress(StoreUnavailable):  # it is the fault
                self._execute("ROLLBACK TO job")
                self._execute("RELEASE job")

    def _execute(self, statement: str, values: tuple[bytes, ...] = ()) -> None:
        # After an error SQLite may have ended the transaction, and what came behind it would commit by itself.
        if self.fault is not None:
            raise self.fault
        try:
            self._connection.execute(statement, values)
        except sqlite3.Error as error:
            self.fault = failure(error)
            raise self.fault from error

    def _copy_log(self) -> None:
        log_bytes = self._checkpoint("PASSIVE")
        if log_bytes > self._log_bytes_allowed:
            self._log_bytes_allowed = self._checkpoint("TRUNCATE") + self._log_bytes_max
        elif log_bytes < self._log_bytes_max:  # readers have let it begin anew
            self._log_bytes_allowed = self._log_bytes_max

    def _checkpoint(self, mode: str) -> int:
        """Copy what can be copied; the length of the log."""
        _, log_pages, _ = self._connection.execute(f"PRAGMA wal_checkpoint({mode})").fetchone()
        return int(log_pages) * PAGE_BYTES
