"""Transactions, savepoints and the log, on a connection that the test can look at and limit."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path

import pytest

from backend_store.kv.engine import StoreUnavailable, Writer
from backend_store.kv.sqlite_file import PAGE_BYTES, open_reader, open_writer
from backend_store.kv.sqlite_journal import SqliteJournal

MIB = 1024 * 1024
BIG = bytes(400 * 1024)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "store.sqlite3"


@pytest.fixture
def connection(file: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_writer(file)) as connection:
        yield connection


@pytest.fixture
def journal(connection: sqlite3.Connection) -> SqliteJournal:
    return SqliteJournal(connection)


@pytest.fixture
def statements(connection: sqlite3.Connection) -> list[str]:
    """The first words of the statements that are run from here on."""
    statements: list[str] = []
    connection.set_trace_callback(lambda statement: statements.append(statement.split()[0]))
    return statements


def _put(journal: SqliteJournal, key: bytes, value: bytes = b"value") -> None:
    """One job, in a transaction of its own."""
    journal.begin()
    journal.run(lambda writer: writer.put(key, value))
    journal.commit()
    journal.tidy()


def _put_many(journal: SqliteJournal, total_bytes: int) -> None:
    """Overwrite some keys again and again, with new content: SQLite does not write what is there already."""
    for number in range(total_bytes // len(BIG)):
        _put(journal, b"%d" % (number % 10), b"%032d" % number * (len(BIG) // 32))


def _log_bytes(file: Path) -> int:
    return file.with_name(file.name + "-wal").stat().st_size


def _refuse(writer: Writer) -> None:
    raise LookupError


def test_a_job_that_only_reads_or_refuses_costs_no_savepoint(journal: SqliteJournal, statements: list[str]) -> None:
    journal.begin()
    journal.run(lambda writer: writer.get(b"k"))
    with pytest.raises(LookupError):
        journal.run(_refuse)
    journal.commit()
    assert statements == ["BEGIN", "SELECT", "COMMIT"]


def test_all_writes_of_a_job_share_a_savepoint(journal: SqliteJournal, statements: list[str]) -> None:
    def job(writer: Writer) -> None:
        writer.put(b"a", b"1")
        writer.put(b"b", b"2")
        writer.delete(b"a")

    journal.begin()
    journal.run(job)
    journal.commit()
    assert statements == ["BEGIN", "SAVEPOINT", "INSERT", "INSERT", "DELETE", "RELEASE", "COMMIT"]


def test_a_full_file_fails_the_job_and_the_transaction_and_no_other(
    connection: sqlite3.Connection, journal: SqliteJournal
) -> None:
    _put(journal, b"before")
    connection.execute("PRAGMA max_page_count = 20")
    journal.begin()
    journal.run(lambda writer: writer.put(b"in the same transaction", b"small"))
    with pytest.raises(StoreUnavailable, match="full"):
        journal.run(lambda writer: writer.put(b"big", BIG))
    assert isinstance(journal.fault, StoreUnavailable)
    journal.rollback()

    _put(journal, b"after")
    assert journal.fault is None
    assert [journal.get(key) for key in (b"before", b"in the same transaction", b"big", b"after")] == [
        b"value",
        None,
        None,
        b"value",
    ]


def test_a_job_cannot_write_on_past_a_fault(connection: sqlite3.Connection, journal: SqliteJournal) -> None:
    """After it SQLite may have ended the transaction: what came then would be committed by itself."""

    def stubborn(writer: Writer) -> None:
        with suppress(StoreUnavailable):
            writer.put(b"big", BIG)
        writer.put(b"small", b"1")

    connection.execute("PRAGMA max_page_count = 20")
    journal.begin()
    with pytest.raises(StoreUnavailable):
        journal.run(stubborn)
    journal.rollback()
    assert journal.get(b"small") is None


def _get(writer: Writer) -> None:
    writer.get(b"k")


def _scan(writer: Writer) -> None:
    list(writer.scan(b"", b"\xff"))


@pytest.mark.parametrize("job", [_get, _scan])
def test_what_cannot_be_read_is_a_fault(
    connection: sqlite3.Connection, journal: SqliteJournal, job: Callable[[Writer], None]
) -> None:
    connection.execute("DROP TABLE kv")
    journal.begin()
    assert journal.fault is None
    with pytest.raises(StoreUnavailable, match="no such table"):
        journal.run(job)
    assert isinstance(journal.fault, StoreUnavailable)
    journal.rollback()


def test_another_writer_in_the_file_is_a_fault_and_no_crash(file: Path, journal: SqliteJournal) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as intruder:
        intruder.execute("BEGIN IMMEDIATE")
        journal.begin()
        assert isinstance(journal.fault, StoreUnavailable)
        journal.rollback()
    _put(journal, b"k")


def test_a_scan_that_a_job_has_kept_ends_with_the_job(connection: sqlite3.Connection, journal: SqliteJournal) -> None:
    """It would keep its transaction open, and the log could not be emptied."""
    for number in range(3):
        _put(journal, b"%d" % number)
    kept: list[Iterator[tuple[bytes, bytes]]] = []

    def job(writer: Writer) -> None:
        kept.append(writer.scan(b"", b"\xff"))
        next(kept[0])

    journal.begin()
    journal.run(job)
    journal.commit()
    is_busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    assert not is_busy


def test_the_log_is_copied_and_used_again(file: Path, connection: sqlite3.Connection) -> None:
    _put_many(SqliteJournal(connection, checkpoint_bytes=1 * MIB), 6 * MIB)
    assert _log_bytes(file) < 3 * MIB


def test_the_log_is_not_copied_at_each_commit(file: Path, journal: SqliteJournal) -> None:
    _put(journal, b"k")
    before = file.stat().st_mtime_ns
    _put(journal, b"k")
    assert file.stat().st_mtime_ns == before


def test_the_log_grows_while_a_long_reader_needs_it_and_shrinks_when_it_has_gone(
    file: Path, connection: sqlite3.Connection
) -> None:
    connection.execute("PRAGMA busy_timeout = 0")
    connection.execute(f"PRAGMA journal_size_limit = {1 * MIB}")
    journal = SqliteJournal(connection, checkpoint_bytes=1 * MIB, log_bytes_max=2 * MIB)
    with closing(open_reader(file)) as reader:
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM kv").fetchone() == (0,)
        _put_many(journal, 8 * MIB)
        assert reader.execute("SELECT count(*) FROM kv").fetchone() == (0,)
        assert _log_bytes(file) >= 8 * MIB
    _put_many(journal, 4 * MIB)
    assert _log_bytes(file) < 3 * MIB


def test_emptying_the_log_in_vain_is_not_tried_at_each_turn(file: Path, connection: sqlite3.Connection) -> None:
    """Each try holds the writers up for a moment."""
    connection.execute("PRAGMA busy_timeout = 0")
    journal = SqliteJournal(connection, checkpoint_bytes=1 * MIB, log_bytes_max=4 * MIB)
    with closing(open_reader(file)) as reader:
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM kv").fetchone() == (0,)
        copies: list[str] = []
        connection.set_trace_callback(copies.append)
        _put_many(journal, 16 * MIB)
        in_vain = sum("wal_checkpoint(TRUNCATE)" in statement for statement in copies)
        assert 2 <= in_vain <= 4
    _put_many(journal, 4 * MIB)
    with closing(open_reader(file)) as reader:
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM kv").fetchone() == (10,)
        copies.clear()
        _put_many(journal, 8 * MIB)
        assert sum("wal_checkpoint(TRUNCATE)" in statement for statement in copies) == 1, "it begins anew"


def test_readers_that_always_overlap_do_not_let_the_log_grow_for_ever(
    file: Path, connection: sqlite3.Connection
) -> None:
    """There is always one, but none stays: past its limit the log is emptied between two of them."""
    journal = SqliteJournal(connection, checkpoint_bytes=1 * MIB, log_bytes_max=2 * MIB)
    enough = threading.Event()
    with ThreadPoolExecutor(1) as threads:
        overlapping = threads.submit(_read_overlapping, file, enough)
        _put_many(journal, 40 * MIB)
        enough.set()
        overlapping.result()
    assert _log_bytes(file) < 20 * MIB


def _read_overlapping(file: Path, enough: threading.Event) -> None:
    with closing(open_reader(file)) as one, closing(open_reader(file)) as other:
        one.execute("BEGIN").execute("SELECT 1 FROM kv").fetchone()
        while not enough.is_set():
            other.execute("BEGIN").execute("SELECT 1 FROM kv").fetchone()
            one.rollback()
            one, other = other, one


def test_what_a_job_writes_is_counted(journal: SqliteJournal) -> None:
    journal.begin()
    journal.run(lambda writer: writer.put(b"k", BIG))
    assert len(BIG) < journal.written_bytes < len(BIG) + 10 * PAGE_BYTES
    journal.rollback()
    journal.begin()
    assert journal.written_bytes == 0
    journal.rollback()
