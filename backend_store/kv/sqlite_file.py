"""The SQLite file of a store: opening it, knowing it for ours, and what its errors mean.

One table, `kv`, with a unique index on its keys. The other layout, WITHOUT ROWID, keeps values inside the tree of
the keys; it reads small values a little faster, but from 1 KB on it writes two to three times slower and the file
grows to a multiple. The file is ours if its application_id says so; user_version is the format of the whole store.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from backend_store.kv.engine import DataDirectoryError, StoreUnavailable
from microdax.model.errors import DynamoDBError, UnknownOutcome

FILE_NAME: Final = "store.sqlite3"
APPLICATION_ID: Final = int.from_bytes(b"mdax")
FORMAT_VERSION: Final = 1
PAGE_BYTES: Final = 4096

_WRITER_CACHE_KIB: Final = 16 * 1024
_LOG_FILE_BYTES: Final = 16 << 20  # to which the log's file shrinks again after it had to grow
_BUSY_MS: Final = 250  # how long a checkpoint may wait for readers; nothing else of ours ever waits


def open_writer(file: Path) -> sqlite3.Connection:
    """Open the file for writing, making it if it is not there; raises DataDirectoryError."""
    try:
        return _open_writer(file)
    except sqlite3.Error as error:
        raise DataDirectoryError(f"cannot open {file}: {error}") from error


def open_reader(file: Path) -> sqlite3.Connection:
    connection = _connect(file)
    connection.execute("PRAGMA query_only = ON")
    return connection


def failure(error: sqlite3.Error) -> StoreUnavailable:
    """What an error means that came before the commit, or while reading."""
    return StoreUnavailable(f"The store's file failed: {error}")


def commit_failure(error: sqlite3.Error) -> DynamoDBError:
    """What an error means that came from COMMIT.

    The commit mark is the last that is written. Where there was no room for it, it is not there; after any other
    error it may be, and a restart may find it.
    """
    if error.sqlite_errorcode == sqlite3.SQLITE_FULL:
        return failure(error)
    return UnknownOutcome(f"The commit failed: {error}")


def _open_writer(file: Path) -> sqlite3.Connection:
    connection = _connect(file)
    try:
        _check_ours(connection, file)
        _set_up(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _connect(file: Path) -> sqlite3.Connection:
    # Autocommit: transactions begin and end where we say. A connection is passed between threads, never shared.
    return sqlite3.connect(file, isolation_level=None, check_same_thread=False)


def _check_ours(connection: sqlite3.Connection, file: Path) -> None:
    application_id = _pragma(connection, "application_id")
    version = _pragma(connection, "user_version")
    if application_id == 0 and version == 0 and _is_empty(connection):
        return
    if application_id != APPLICATION_ID:
        raise DataDirectoryError(f"{file} is not a microdax store")
    if version > FORMAT_VERSION:
        raise DataDirectoryError(
            f"{file} was written by a newer microdax: it has format {version}, this one reads up to {FORMAT_VERSION}"
        )


def _set_up(connection: sqlite3.Connection) -> None:
    connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")  # in WAL mode: an fsync of the log at each commit
    connection.execute("PRAGMA wal_autocheckpoint = 0")  # the journal does it, when no caller waits
    connection.execute(f"PRAGMA journal_size_limit = {_LOG_FILE_BYTES}")
    connection.execute(f"PRAGMA cache_size = -{_WRITER_CACHE_KIB}")
    connection.execute("PRAGMA temp_store = MEMORY")  # what savepoints keep
    connection.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
    # In one transaction, so that a file is empty or complete. It also finds out whether we may write.
    connection.execute("BEGIN IMMEDIATE")
    if _is_empty(connection):
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {FORMAT_VERSION}")
        connection.execute("CREATE TABLE kv (key BLOB NOT NULL PRIMARY KEY, value BLOB NOT NULL)")
    connection.execute("COMMIT")


def _is_empty(connection: sqlite3.Connection) -> bool:
    with closing(connection.execute("SELECT 1 FROM sqlite_master")) as cursor:
        return cursor.fetchone() is None


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    value: int = connection.execute(f"PRAGMA {name}").fetchone()[0]
    return value
