"""The durable engine: one SQLite file in a data directory.

write, write_now -> GroupCommit, one thread -> SqliteJournal -> the file
get, snapshot    -> SqliteReaders, any thread -> SqliteReader -> the file
"""

import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from backend_store.kv.data_directory import DataDirectory
from backend_store.kv.engine import DataDirectoryError, Reader, StoreUnavailable, Writer
from backend_store.kv.group_commit import WAITING_JOBS_MAX, GroupCommit
from backend_store.kv.records import record_faults
from backend_store.kv.sqlite_file import FILE_NAME, open_reader, open_writer
from backend_store.kv.sqlite_journal import SqliteJournal
from backend_store.kv.sqlite_reader import SqliteReader, SqliteReaders
from microdax.model.errors import ThrottlingException

T = TypeVar("T")

SNAPSHOTS_MAX: Final = 32
SNAPSHOT_WAIT_S: Final = 10.0


class SqliteEngine:
    """An `Engine` over the store in `directory`, which no other process can open meanwhile."""

    def __init__(
        self,
        directory: Path,
        *,
        create: bool = True,
        waiting_jobs_max: int = WAITING_JOBS_MAX,
        snapshots_max: int = SNAPSHOTS_MAX,
        snapshot_wait_s: float = SNAPSHOT_WAIT_S,
    ) -> None:
        """Open or make the store; raises DataDirectoryError. Without `create` there must be one."""
        file = directory / FILE_NAME
        if not create and not file.exists():
            raise DataDirectoryError(f"there is no store in {directory}")
        self._directory = DataDirectory(directory)
        try:
            self._writer = open_writer(file)
        except BaseException:
            self._directory.close()
            raise
        self._commits = GroupCommit(SqliteJournal(self._writer), waiting_jobs_max=waiting_jobs_max)
        self._readers = SqliteReaders(partial(open_reader, file))
        self._snapshots = threading.BoundedSemaphore(snapshots_max)
        self._snapshot_wait_s = snapshot_wait_s
        self._closed = False

    def get(self, key: bytes) -> bytes | None:
        reader = self._readers.take()
        try:
            return reader.get(key)
        finally:
            self._readers.give_back(reader)

    @contextmanager
    def snapshot(self) -> Generator[Reader, None, None]:
        with self._snapshot() as reader:
            yield reader

    async def write(self, job: Callable[[Writer], T]) -> T:
        return await self._commits.write(job)

    def write_now(self, job: Callable[[Writer], T]) -> T:
        return self._commits.write_now(job)

    def verify(self) -> Iterator[str]:
        """Check SQLite's structures, and every value's checksum."""
        try:
            with self._snapshot() as reader:
                yield from reader.faults()
                yield from record_faults(reader.pairs())
        except StoreUnavailable as error:
            yield error.message

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._commits.close()
        self._readers.close()
        self._writer.close()
        self._directory.close()

    @contextmanager
    def _snapshot(self) -> Generator[SqliteReader, None, None]:
        if not self._snapshots.acquire(timeout=self._snapshot_wait_s):
            raise ThrottlingException("Too many reads are under way; try again later")
        try:
            reader = self._readers.take()
            try:
                reader.begin()
                yield reader
            finally:
                reader.end()
                self._readers.give_back(reader)
        finally:
            self._snapshots.release()
