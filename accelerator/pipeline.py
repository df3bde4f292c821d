"""Which path each request takes.

==============================  ============================================================
GetItem, BatchGetItem           `reads`: from the cache, or by a fill
writes that name their items    `writes`: upstream first, then the cache
PartiQL that writes             `writes`: upstream first, then the items that the answer names
what changes a table, or more   `writes`: upstream first, then the table is forgotten
all else                        passed on unchanged, and its answer passed back
==============================  ============================================================

An operation that nobody here knows is passed on too (D11). Whether it changed anything cannot be told, unless its
name says that it only looks, so what its table had cached is forgotten after it.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeAlias

from accelerator import envelopes
from accelerator.reads import Answer, Reads
from accelerator.upstream.base import Upstream, answer_of
from accelerator.writes import Writes

Path: TypeAlias = Callable[[str, bytes], Answer | Awaitable[Answer]]

API_VERSION: Final = "DynamoDB_20120810."

ITEM_WRITES: Final = ("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems")
# Beside these, what has a name that begins so changes no item of any table.
READS: Final = ("TransactGetItems", "Query", "Scan")
READING_WORDS: Final = ("Describe", "List", "Get", "BatchGet")
# These change a table's settings, or make a copy of it, but none of its items.
HARMLESS: Final = (
    "TagResource",
    "UntagResource",
    "CreateBackup",
    "DeleteBackup",
    "UpdateContinuousBackups",
    "UpdateTimeToLive",
    "ExportTableToPointInTime",
    "UpdateContributorInsights",
    "PutResourcePolicy",
    "DeleteResourcePolicy",
)
# These change what their statements say: nothing, if all of them are SELECTs.
PARTIQL: Final = ("ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction")
# The member that names the table which comes to be, where it is not TableName.
TARGET_TABLES: Final[Mapping[str, str]] = {
    "RestoreTableFromBackup": "TargetTableName",
    "RestoreTableToPointInTime": "TargetTableName",
}


class Pipeline:
    """Answers requests: at once where the cache can, else with an awaitable. Never raises a DynamoDBError."""

    def __init__(self, reads: Reads, writes: Writes, upstream: Upstream) -> None:
        self._writes = writes
        self._upstream = upstream
        self._paths: dict[str, Path] = {
            API_VERSION + "GetItem": reads.get_item,
            API_VERSION + "BatchGetItem": reads.batch_get_item,
            **{API_VERSION + name: self._write_items for name in ITEM_WRITES},
            **{API_VERSION + name: self._pass_on for name in (*READS, *HARMLESS)},
        }

    def answer(self, target: str, body: bytes) -> Answer | Awaitable[Answer]:
        """Answer the operation that `target` (the X-Amz-Target header) names."""
        path = self._paths.get(target, self._answer_unlisted)
        return path(target, body)

    def _answer_unlisted(self, target: str, body: bytes) -> Awaitable[Answer]:
        operation = target.rpartition(".")[2]
        if operation.startswith(READING_WORDS) or (operation in PARTIQL and envelopes.only_selects(body)):
            return self._pass_on(target, body)
        if operation in PARTIQL:
            return self._write_statements(target, body)
        member = TARGET_TABLES.get(operation, "TableName")
        return self._write_table(target, envelopes.table_name(body, member), body)

    async def _write_items(self, target: str, body: bytes) -> Answer:
        return Answer(await self._writes.write_items(target, target.rpartition(".")[2], body))

    async def _write_statements(self, target: str, body: bytes) -> Answer:
        return Answer(await self._writes.write_statements(target, body))

    async def _write_table(self, target: str, table: str | None, body: bytes) -> Answer:
        return Answer(await self._writes.write_table(target, table, body))

    async def _pass_on(self, target: str, body: bytes) -> Answer:
        return Answer(await answer_of(self._upstream, target, body))
