"""What only the durable engine can show: files, full disks, damage. The rest is in contracts/test_engines."""

import resource
import subprocess
import sys
import threading
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from backend_store.kv.engine import CorruptRecord, DataDirectoryError, Reader, StoreUnavailable, Writer
from backend_store.kv.records import read_record, write_record
from backend_store.kv.sqlite_engine import SqliteEngine
from backend_store.kv.sqlite_file import FILE_NAME, PAGE_BYTES
from microdax.model.errors import ThrottlingException, UnknownOutcome

VALUE = write_record(b"what is to be found again" * 40)


def _put(engine: SqliteEngine, key: bytes, value: bytes = VALUE) -> None:
    engine.write_now(lambda writer: writer.put(key, value))


@contextmanager
def _no_file_longer_than(length: int) -> Generator[None, None, None]:
    """A disk that is full for whoever wants to write past `length`."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (length, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def _write_until_it_fails(engine: SqliteEngine, first: int = 0) -> list[bytes]:
    """The keys whose writes were acknowledged."""
    acknowledged: list[bytes] = []
    for number in range(first, first + 10_000):
        key = b"%d" % number
        try:
            _put(engine, key)
        except (StoreUnavailable, UnknownOutcome):
            return acknowledged
        acknowledged.append(key)
    raise AssertionError("the disk was never full")


# Opening and closing


def test_what_was_written_is_there_after_closing(tmp_path: Path) -> None:
    with closing(SqliteEngine(tmp_path)) as engine:
        _put(engine, b"k")
    with closing(SqliteEngine(tmp_path)) as engine:
        assert engine.get(b"k") == VALUE


def test_closing_leaves_one_file_and_a_free_lock(tmp_path: Path) -> None:
    with closing(SqliteEngine(tmp_path)) as engine:
        _put(engine, b"k")
        assert engine.get(b"k") == VALUE
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lock", FILE_NAME]


def test_a_second_process_gets_a_clear_error(tmp_path: Path) -> None:
    program = "import sys, pathlib, backend_store.kv.sqlite_engine as e; e.SqliteEngine(pathlib.Path(sys.argv[1]))"
    with closing(SqliteEngine(tmp_path)):
        second = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True)
    assert f"DataDirectoryError: the data directory {tmp_path} is in use by another process" in second.stderr


def test_a_store_that_is_only_to_be_read_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(DataDirectoryError, match=f"there is no store in {tmp_path}"):
        SqliteEngine(tmp_path, create=False)
    assert list(tmp_path.iterdir()) == []


def test_a_store_that_is_there_opens_without_being_made(tmp_path: Path) -> None:
    SqliteEngine(tmp_path).close()
    SqliteEngine(tmp_path, create=False).close()


def test_a_refused_file_leaves_the_directory_free(tmp_path: Path) -> None:
    file = tmp_path / FILE_NAME
    file.write_text("not a database")
    with pytest.raises(DataDirectoryError):
        SqliteEngine(tmp_path)
    file.unlink()
    SqliteEngine(tmp_path).close()


def test_names_that_look_like_addresses_or_patterns_are_plain_names(tmp_path: Path) -> None:
    directory = tmp_path / "file:a b?mode=ro#x%20"
    with closing(SqliteEngine(directory)) as engine:
        _put(engine, b"k")
    assert (directory / FILE_NAME).exists()


def test_a_snapshot_outlives_the_closing_of_its_engine(tmp_path: Path) -> None:
    engine = SqliteEngine(tmp_path)
    _put(engine, b"k")
    with engine.snapshot() as reader:
        engine.close()
        assert reader.get(b"k") == VALUE


# Bounds


def test_only_so_many_snapshots_are_open_at_once(tmp_path: Path) -> None:
    with closing(SqliteEngine(tmp_path, snapshots_max=2, snapshot_wait_s=0)) as engine:
        with engine.snapshot(), engine.snapshot():
            with pytest.raises(ThrottlingException, match="Too many reads"), engine.snapshot():
                pass
            assert engine.get(b"k") is None, "a point read needs no snapshot"
        with engine.snapshot(), engine.snapshot():
            pass


def test_a_snapshot_waits_for_its_turn(tmp_path: Path) -> None:
    def read(engine: SqliteEngine) -> bytes | None:
        with engine.snapshot() as reader:
            return reader.get(b"k")

    with closing(SqliteEngine(tmp_path, snapshots_max=1)) as engine, ThreadPoolExecutor(2) as threads:
        _put(engine, b"k")
        with engine.snapshot():
            waiting = [threads.submit(read, engine) for _ in range(2)]
        assert [future.result() for future in waiting] == [VALUE, VALUE]


def test_many_threads_read_at_once(tmp_path: Path) -> None:
    together = threading.Barrier(40)

    def read(engine: SqliteEngine) -> bytes | None:
        together.wait()
        return engine.get(b"k")

    with closing(SqliteEngine(tmp_path)) as engine, ThreadPoolExecutor(40) as threads:
        _put(engine, b"k")
        assert list(threads.map(read, [engine] * 40)) == [VALUE] * 40


def test_snapshots_side_by_side_have_states_of_their_own(tmp_path: Path) -> None:
    with closing(SqliteEngine(tmp_path)) as engine, ExitStack() as stack:
        readers: list[Reader] = []
        for number in range(5):
            _put(engine, b"k", write_record(b"%d" % number))
            readers.append(stack.enter_context(engine.snapshot()))
        assert [reader.get(b"k") for reader in readers] == [write_record(b"%d" % number) for number in range(5)]


# Failing


def test_on_a_full_disk_reads_go_on_and_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    engine = SqliteEngine(tmp_path)
    with _no_file_longer_than(512 * 1024):
        acknowledged = _write_until_it_fails(engine)
        assert len(acknowledged) > 10
        assert all(engine.get(key) == VALUE for key in acknowledged)
        assert _write_until_it_fails(engine, 10_000) == [], "there is no more room than before"
        with engine.snapshot() as reader:
            assert len(list(reader.scan(b"", b"\xff"))) == len(acknowledged)
    _put(engine, b"room again")
    engine.close()

    with closing(SqliteEngine(tmp_path)) as again:
        assert all(again.get(key) == VALUE for key in (*acknowledged, b"room again"))
        assert list(again.verify()) == []


def test_a_job_that_fails_leaves_the_engine_as_it_was(tmp_path: Path) -> None:
    def job(writer: Writer) -> None:
        for number in range(1000):  # more than fits in SQLite's cache for savepoints
            writer.put(b"%d" % number, write_record(bytes(20_000)))
        raise LookupError

    with closing(SqliteEngine(tmp_path)) as engine:
        _put(engine, b"0")
        with pytest.raises(LookupError):
            engine.write_now(job)
        with engine.snapshot() as reader:
            assert list(reader.scan(b"", b"\xff")) == [(b"0", VALUE)]
        assert list(engine.verify()) == []


# Damage


def _damage(file: Path, old: bytes, new: bytes) -> None:
    content = file.read_bytes()
    assert content.count(old) == 1
    file.write_bytes(content.replace(old, new))


def test_a_changed_value_is_found_and_not_served(tmp_path: Path) -> None:
    with closing(SqliteEngine(tmp_path)) as engine:
        _put(engine, b"good")
        _put(engine, b"bad", write_record(b"the text that will be damaged"))
    _damage(tmp_path / FILE_NAME, b"will be damaged", b"has been changed"[:15])
    with closing(SqliteEngine(tmp_path)) as engine:
        assert list(engine.verify()) == [f"at key {b'bad'.hex()}: a record does not match its checksum"]
        value = engine.get(b"bad")
        assert value is not None
        with pytest.raises(CorruptRecord):
            read_record(value)
        assert engine.get(b"good") == VALUE


def test_a_changed_key_is_found(tmp_path: Path) -> None:
    """The index says otherwise."""
    with closing(SqliteEngine(tmp_path)) as engine:
        _put(engine, b"a rather long key 1")
    file = tmp_path / FILE_NAME
    content = file.read_bytes()
    at = content.rindex(b"a rather long key 1")
    file.write_bytes(content[:at] + b"a rather long key 2" + content[at + 19 :])
    with closing(SqliteEngine(tmp_path)) as engine:
        assert any("missing from index" in fault for fault in engine.verify())


@pytest.mark.parametrize("page", [2, 3, 4])
def test_a_ruined_page_is_found_wherever_it_is(tmp_path: Path, page: int) -> None:
    with closing(SqliteEngine(tmp_path)) as engine:
        for number in range(100):
            _put(engine, b"%d" % number)
    with (tmp_path / FILE_NAME).open("r+b") as file:
        file.seek((page - 1) * PAGE_BYTES)
        file.write(b"\xa5" * PAGE_BYTES)
    with closing(SqliteEngine(tmp_path)) as engine:
        assert list(engine.verify()) != []


def test_a_file_cut_short_is_found(tmp_path: Path) -> None:
    with closing(SqliteEngine(tmp_path)) as engine:
        for number in range(100):
            _put(engine, b"%d" % number)
    with (tmp_path / FILE_NAME).open("r+b") as file:
        file.truncate(5 * PAGE_BYTES)
    with pytest.raises(DataDirectoryError, match=f"cannot open {tmp_path / FILE_NAME}: .* malformed"):
        SqliteEngine(tmp_path)
