import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from backend_store.kv import sqlite_file
from backend_store.kv.engine import DataDirectoryError, StoreUnavailable
from backend_store.kv.sqlite_file import FORMAT_VERSION, commit_failure, failure, open_reader, open_writer
from microdax.model.errors import UnknownOutcome


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "store.sqlite3"


def _pragma(connection: sqlite3.Connection, name: str) -> object:
    return connection.execute(f"PRAGMA {name}").fetchone()[0]


def test_a_new_file_is_marked_as_ours(file: Path) -> None:
    open_writer(file).close()
    with closing(sqlite3.connect(file)) as connection:
        assert _pragma(connection, "application_id") == int.from_bytes(b"mdax")
        assert _pragma(connection, "user_version") == FORMAT_VERSION
        assert _pragma(connection, "journal_mode") == "wal"
        assert _pragma(connection, "page_size") == sqlite_file.PAGE_BYTES


def test_commits_are_synced(file: Path) -> None:
    with closing(open_writer(file)) as connection:
        assert _pragma(connection, "synchronous") == 2  # FULL


def test_an_opened_file_may_be_opened_again(file: Path) -> None:
    with closing(open_writer(file)) as connection:
        connection.execute("INSERT INTO kv VALUES (x'01', x'02')")
    with closing(open_writer(file)) as connection:
        assert connection.execute("SELECT key, value FROM kv").fetchall() == [(b"\x01", b"\x02")]


def test_what_a_crash_has_left_empty_is_set_up(file: Path) -> None:
    """Between the making of the file and its first transaction there may be a header, or nothing."""
    file.touch()
    open_writer(file).close()
    file.unlink()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    open_writer(file).close()


def test_a_reader_cannot_write(file: Path) -> None:
    open_writer(file).close()
    with closing(open_reader(file)) as reader, pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader.execute("DELETE FROM kv")


def test_a_file_that_is_no_database_is_named_and_left_alone(file: Path) -> None:
    text = "not a database, but long enough to have a header " * 100
    file.write_text(text)
    with pytest.raises(DataDirectoryError, match=f"{file}: file is not a database"):
        open_writer(file)
    assert file.read_text() == text


def test_somebody_elses_database_is_named_and_left_alone(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    before = file.read_bytes()
    with pytest.raises(DataDirectoryError, match=f"{file} is not a microdax store"):
        open_writer(file)
    assert file.read_bytes() == before


def test_an_empty_database_with_somebody_elses_mark_is_not_ours(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA application_id = 7")
    with pytest.raises(DataDirectoryError, match="not a microdax store"):
        open_writer(file)


def test_a_newer_format_is_refused_and_left_alone(file: Path) -> None:
    open_writer(file).close()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(f"PRAGMA user_version = {FORMAT_VERSION + 1}")
    before = file.read_bytes()
    with pytest.raises(DataDirectoryError, match=f"{file} was written by a newer microdax: it has format 2"):
        open_writer(file)
    assert file.read_bytes() == before


def test_a_directory_in_place_of_the_file_is_named(file: Path) -> None:
    file.mkdir()
    with pytest.raises(DataDirectoryError, match=f"cannot open {file}: "):
        open_writer(file)


def _error(code: int) -> sqlite3.Error:
    error = sqlite3.OperationalError("it failed")
    error.sqlite_errorcode = code
    return error


def test_a_commit_that_found_no_room_has_not_happened() -> None:
    assert isinstance(commit_failure(_error(sqlite3.SQLITE_FULL)), StoreUnavailable)


@pytest.mark.parametrize("code", [sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_NOMEM])
def test_any_other_commit_that_fails_may_have_happened(code: int) -> None:
    assert isinstance(commit_failure(_error(code)), UnknownOutcome)


def test_before_the_commit_nothing_has_happened() -> None:
    assert isinstance(failure(_error(sqlite3.SQLITE_IOERR_FSYNC)), StoreUnavailable)
