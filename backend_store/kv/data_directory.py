"""The directory a store lives in, and the lock that keeps a second process out.

The lock is the kernel's (`flock`), so it ends with the process however that ends, and no stale one can be left.
"""

import fcntl
import os
from pathlib import Path
from typing import Final

from backend_store.kv.engine import DataDirectoryError

LOCK_NAME: Final = "lock"


class DataDirectory:
    """A directory that this process alone has, until `close`."""

    def __init__(self, path: Path) -> None:
        """Make the directory if need be and lock it; raises DataDirectoryError."""
        self.path = path
        try:
            _make_directory(path)
            self._lock = os.open(path / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise DataDirectoryError(f"cannot write to the data directory {path}: {error.strerror}") from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._lock)
            raise DataDirectoryError(_why_not_locked(path, error)) from error

    def close(self) -> None:
        os.close(self._lock)


def _make_directory(path: Path) -> None:
    """Like `mkdir -p`, and durable: a directory is kept by its parent's fsync, not by its own files'."""
    if path.is_dir():
        return
    _make_directory(path.parent)
    path.mkdir(exist_ok=True)
    parent = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(parent)
    finally:
        os.close(parent)


def _why_not_locked(path: Path, error: OSError) -> str:
    if isinstance(error, BlockingIOError):
        return f"the data directory {path} is in use by another process"
    return f"cannot lock the data directory {path}: {error.strerror}"
