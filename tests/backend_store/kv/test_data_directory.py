import os
import subprocess
import sys
import tempfile
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from backend_store.kv.data_directory import DataDirectory
from backend_store.kv.engine import DataDirectoryError

NOBODY = 65534

HOLD = """
import sys
from pathlib import Path
from backend_store.kv.data_directory import DataDirectory
directory = DataDirectory(Path(sys.argv[1]))
print("locked", flush=True)
sys.stdin.read()
"""


@contextmanager
def _held_by_another_process(path: Path) -> Generator["subprocess.Popen[str]", None, None]:
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "locked\n"
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def _unprivileged() -> Generator[None, None, None]:
    """Root may write anywhere; be someone else for a moment."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def open_to_all() -> Iterator[Path]:
    """A directory that other users reach, unlike pytest's."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name)
        path.chmod(0o755)
        yield path


def test_missing_directories_are_made(tmp_path: Path) -> None:
    with closing(DataDirectory(tmp_path / "a" / "b")):
        assert (tmp_path / "a" / "b").is_dir()


def test_a_relative_path_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with closing(DataDirectory(Path("data"))):
        assert (tmp_path / "data").is_dir()


def test_a_second_process_is_refused(tmp_path: Path) -> None:
    with _held_by_another_process(tmp_path), pytest.raises(DataDirectoryError) as refused:
        DataDirectory(tmp_path)
    assert str(refused.value) == f"the data directory {tmp_path} is in use by another process"


def test_a_second_store_in_this_process_is_refused(tmp_path: Path) -> None:
    with closing(DataDirectory(tmp_path)), pytest.raises(DataDirectoryError, match="in use"):
        DataDirectory(tmp_path)


def test_a_killed_process_leaves_no_lock(tmp_path: Path) -> None:
    with _held_by_another_process(tmp_path) as process:
        process.kill()
        process.wait()
    DataDirectory(tmp_path).close()


def test_a_closed_directory_may_be_opened_again(tmp_path: Path) -> None:
    DataDirectory(tmp_path).close()
    DataDirectory(tmp_path).close()


def test_a_file_in_place_of_the_directory_is_named(tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.write_text("not a directory")
    with pytest.raises(DataDirectoryError, match=f"cannot write to the data directory {path}: "):
        DataDirectory(path)


def test_a_directory_that_may_not_be_written_is_named(open_to_all: Path) -> None:
    open_to_all.chmod(0o555)
    with _unprivileged(), pytest.raises(DataDirectoryError) as refused:
        DataDirectory(open_to_all)
    assert str(refused.value) == f"cannot write to the data directory {open_to_all}: Permission denied"


def test_a_directory_that_may_not_be_made_is_named(open_to_all: Path) -> None:
    open_to_all.chmod(0o555)
    path = open_to_all / "data"
    with _unprivileged(), pytest.raises(DataDirectoryError) as refused:
        DataDirectory(path)
    assert str(refused.value) == f"cannot write to the data directory {path}: Permission denied"
