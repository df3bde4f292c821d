"""Backups: a table's rows as they were at one moment, under a number of their own.

A backup is copied from one snapshot, in batches, while writes to the table go on. Its rows stand in the engine's realm
of backups as they stood in the table's; its record (`ledger`) says what of. The record goes through three states:

CREATING    noted, and its rows are being copied. The snapshot does not survive a restart, so a backup that is found
            in this state by the next start was never made: it counts as DELETED.
AVAILABLE   all rows are there, and counted.
DELETED     nobody sees it any more; its rows are taken away in batches, and then the record.
"""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, Literal

from backend_store.batches import batches
from backend_store.chores import Chore, Chores
from backend_store.kv import keyspace
from backend_store.kv.engine import Engine, Reader, Writer
from backend_store.ledger import Kind, Ledger
from backend_store.removal import remove_batch
from backend_store.table import Table
from backend_store.table_state import NO_ITEMS, size_of
from microdax.model import limits
from microdax.model.errors import (
    BackupInUseException,
    BackupNotFoundException,
    DynamoDBError,
    LimitExceededException,
)
from microdax.model.tables import Document, TableDescription, TableSize, read_description

Status = Literal["CREATING", "AVAILABLE", "DELETED"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Backup:
    """One backup. `table` is what was backed up as it was then, `size` how much was in it: of a copied one."""

    number: int
    arn: str
    name: str
    created_s: float
    table: TableDescription
    size: TableSize = NO_ITEMS
    status: Status = "CREATING"

    def kept(self) -> Document:
        """The document that `read_backup` reads all of this back from."""
        return {
            "number": self.number,
            "arn": self.arn,
            "name": self.name,
            "created_s": self.created_s,
            "table": self.table.kept(),
            "size": [self.size.items, self.size.size_bytes],
            "status": self.status,
        }


def read_backup(document: Mapping[str, Any]) -> Backup:
    return Backup(
        number=document["number"],
        arn=document["arn"],
        name=document["name"],
        created_s=document["created_s"],
        table=read_description(document["table"]),
        size=TableSize(*document["size"]),
        status=document["status"],
    )


KIND: Final = Kind("backup", Backup.kept, read_backup)


class Backups:
    """The backups of one store. Its methods are for the event loop's thread."""

    def __init__(self, engine: Engine, chores: Chores) -> None:
        self._engine = engine
        self._chores = chores
        self._ledger = Ledger(engine, KIND)
        self._failed = {backup.number for backup in self._ledger if backup.status == "CREATING"}
        self._is_removing = False

    def __iter__(self) -> Iterator[Backup]:
        """All that can be seen, the oldest first."""
        return (backup for backup in self._ledger if not self._is_deleted(backup))

    def find(self, arn: str) -> Backup:
        for backup in self:
            if backup.arn == arn:
                return backup
        raise BackupNotFoundException(f"Backup not found: {arn}")

    async def create(self, table: Table, name: str, now_s: float) -> Backup:
        """Back the table up as it is now; the copy of a large one goes on when this returns."""
        self._chores.check_room()
        if len(self._ledger) >= limits.BACKUPS_MAX:
            raise LimitExceededException(f"Subscriber limit exceeded: there may be {limits.BACKUPS_MAX} backups")
        backup = await self._ledger.add(lambda number: _noted(number, table.description, name, now_s))
        chore = self._chores.begin(f"Backup {backup.arn}", lambda chore: self._copy(chore, backup, table))
        await chore.under_way()
        return backup

    async def delete(self, arn: str) -> Backup:
        """Delete the backup and return it as it was."""
        backup = self.find(arn)
        if backup.status != "AVAILABLE":
            raise BackupInUseException(f"Backup is being created: {arn}")
        await self._ledger.put(replace(backup, status="DELETED"))
        self.go_on()
        return backup

    def go_on(self) -> None:
        """See to it that what is left of deleted backups is being taken away. Needs a running event loop."""
        if not self._is_removing and any(map(self._is_deleted, self._ledger)):
            self._is_removing = True
            self._chores.begin("The removal of backups", self._remove_deleted)

    async def settle(self) -> None:
        """Wait until the changes under way have come to their end."""
        await self._ledger.settle()

    def _is_deleted(self, backup: Backup) -> bool:
        return backup.status == "DELETED" or backup.number in self._failed

    async def _copy(self, chore: Chore, backup: Backup, table: Table) -> None:
        try:
            size = await self._chores.in_thread(lambda: copy_rows(self._engine, table, backup.number, chore))
            await self._ledger.put(replace(backup, size=size, status="AVAILABLE"))
        except Exception:
            self._failed.add(backup.number)
            self.go_on()
            raise

    async def _remove_deleted(self, chore: Chore) -> None:
        try:
            while deleted := next(filter(self._is_deleted, self._ledger), None):
                await self._remove_some(chore, deleted.number)
        finally:
            self._is_removing = False

    async def _remove_some(self, chore: Chore, number: int) -> None:
        span = keyspace.backup_range(number)
        chore.step()
        try:
            if not await self._engine.write(lambda writer: remove_batch(writer, span)):
                await self._ledger.remove(number)
        except DynamoDBError as error:
            _log.warning("Rows of deleted backups could not be removed and will be later: %s", error)
            await self._chores.pause()


def _noted(number: int, table: TableDescription, name: str, now_s: float) -> Backup:
    arn = f"{table.arn}/backup/{int(now_s * 1000):014d}-{number:08x}"
    return Backup(number, arn, name, now_s, table)


def copy_rows(engine: Engine, table: Table, number: int, chore: Chore) -> TableSize:
    """Copy the rows of one snapshot, in a worker thread; how much they are."""
    with engine.snapshot() as reader:
        size = size_of(reader, table)
        span = keyspace.rows_range(table.number)
        for batch in batches(reader.scan(span.first, span.end), _pair_bytes):
            chore.step()
            engine.write_now(partial(_put_rows, number=number, rows=batch))
    return size


def rows_of(reader: Reader, backup: Backup) -> Iterator[bytes]:
    """The rows' values, in the order in which the table had them."""
    span = keyspace.backup_range(backup.number)
    return (value for _, value in reader.scan(span.first, span.end))


def _put_rows(writer: Writer, number: int, rows: list[tuple[bytes, bytes]]) -> None:
    for key, value in rows:
        writer.put(keyspace.backup_key(number, key), value)


def _pair_bytes(pair: tuple[bytes, bytes]) -> int:
    return len(pair[0]) + len(pair[1])
