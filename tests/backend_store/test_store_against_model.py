"""Random operations on a store, against a dict that is obviously right; the check at the end of each run.

The model (tests/support/histories.py) is a dict of items by key for each table. What is tested is what the store makes
of the operations: rows, pages, sizes, changes, conditions, transactions, tables and indexes that come and go, backups
and moments that tables are restored from, restarts. `pytest --hypothesis-profile long` takes fifty times as long.
"""

import asyncio
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings

from backend_store import index_work
from backend_store.catalog import Catalog
from backend_store.check import check_engine
from backend_store.kv.engine import Engine
from backend_store.kv.sqlite_engine import SqliteEngine
from backend_store.store import Store
from microdax.model.values import item_bytes
from microdax.wire.dynamo_json import encode_item, item_from_json
from tests.support.clock import SteppedClock
from tests.support.copied_tables import backed_up
from tests.support.histories import (
    INDEX,
    INDEXED,
    PROLOGUE,
    Json,
    Model,
    Moment,
    Rows,
    Step,
    histories,
    item_of,
    key_of,
)
from tests.support.lasting_engine import LastingMemory
from tests.support.stores import Calls, Refusal

START_S = 1_700_000_000
# 50 and 20 of the default of 100; `--hypothesis-profile long` makes more of them.
IN_MEMORY = settings().max_examples // 2
ON_DISK = settings().max_examples // 5


class Run:
    """One run of steps on a store and on the model."""

    def __init__(self, open_engine: Callable[[], Engine]) -> None:
        self._open_engine = open_engine
        self._model = Model()
        self._clock = SteppedClock(START_S)
        self._open()

    async def take(self, step: Step) -> None:
        expected = self._model.refusal(step)
        if expected is None:
            await self._do(step)
            return
        with pytest.raises(Refusal) as refused:
            await self._do(step)
        assert refused.value.code == expected
        if expected == "TransactionCanceledException":
            reasons = refused.value.document["CancellationReasons"]
            assert [reason["Code"] for reason in reasons] == self._model.reasons(step)

    async def finish(self) -> None:
        for table, rows in self._model.tables.items():
            for key, item in rows.items():
                assert await self._call("GetItem", TableName=table, Key=key_of(key)) == {"Item": item}
        await self._store.removed()
        assert Catalog(self._engine).removing == frozenset()
        assert list(check_engine(self._engine)) == []
        await self._store.close()

    def _open(self) -> None:
        self._engine = self._open_engine()
        self._store = Store(self._engine, clock=self._clock)
        self._call = Calls(self._store)

    async def _do(self, step: Step) -> None:
        match step.operation:
            case "put":
                await self._write("PutItem", step, Item=step.item)
            case "delete":
                await self._write("DeleteItem", step, Key=key_of(step.key))
            case "update":
                await self._write("UpdateItem", step, Key=key_of(step.key), **adding(step))
            case "insert" | "set" | "remove":
                await self._execute(step)
            case "transact":
                await self._transact(step)
            case "batch":
                await self._batch(step)
            case "query":
                await self._query(step)
            case "scan":
                found = await self._pages("Scan", step)
                assert _in_order(found) == _in_order(self._model.tables[step.table].values())
            case "describe":
                await self._describe(step)
            case "index":
                await self._create_or_delete_index(step)
            case "index query":
                await self._query_index(step)
            case _:
                await self._manage(step)

    async def _write(self, operation: str, step: Step, **members: Any) -> None:
        if step.is_conditional:
            members["ConditionExpression"] = "attribute_exists(p)"
        await self._change([step], operation, TableName=step.table, **members)

    async def _execute(self, step: Step) -> None:
        key, number = [{"S": step.key[0]}, {"N": str(step.key[1])}], {"N": str(step.value)}
        where = "WHERE p = ? AND r = ?"
        statement, parameters = {
            "insert": (f"INSERT INTO {step.table} VALUE {{'p': ?, 'r': ?, 'v': ?}}", [*key, step.item["v"]]),
            "set": (f"UPDATE {step.table} SET n = ? {where}", [number, *key]),
            "remove": (f"DELETE FROM {step.table} {where}", key),
        }[step.operation]
        await self._change([step], "ExecuteStatement", Statement=statement, Parameters=parameters)

    async def _transact(self, step: Step) -> None:
        await self._change(step.actions, "TransactWriteItems", TransactItems=[*map(asked, step.actions)])

    async def _change(self, writes: Sequence[Step], operation: str, **members: Any) -> None:
        """Write items; the changes that are told must be the model's."""
        reply = await self._call.accepted(operation, **members)
        images = [(self._model.tables[write.table].get(write.key), self._model.after(write)) for write in writes]
        assert reply.changes is not None
        assert [(change.old, change.new) for change in reply.changes] == [
            (stored(old), stored(new)) for old, new in images if old != new
        ]
        for write, (_, new) in zip(writes, images, strict=True):
            self._model.set(write.table, write.key, new)

    async def _batch(self, step: Step) -> None:
        other = (step.key[0], step.key[1] + 100)
        requests = [
            {"PutRequest": {"Item": item_of(step.key, step.value)}},
            {"DeleteRequest": {"Key": key_of(other)}},
        ]
        assert await self._call("BatchWriteItem", RequestItems={step.table: requests}) == {"UnprocessedItems": {}}
        self._model.set(step.table, step.key, item_of(step.key, step.value))
        self._model.set(step.table, other, None)

    async def _query(self, step: Step) -> None:
        found = await self._pages(
            "Query",
            step,
            KeyConditionExpression="p = :p",
            ExpressionAttributeValues={":p": {"S": step.key[0]}},
            ScanIndexForward=step.is_conditional,
        )
        rows = self._model.tables[step.table]
        keys = sorted((key for key in rows if key[0] == step.key[0]), reverse=not step.is_conditional)
        assert found == [rows[key] for key in keys]

    async def _create_or_delete_index(self, step: Step) -> None:
        """An index where there is none, and none where there is one; what was begun before has come to its end."""
        await self._store.indexed()
        change: Json = {"Create": INDEX.document()}
        if step.table in self._model.indexed:
            change = {"Delete": {"IndexName": INDEX.name}}
        definitions = [{"AttributeName": name, "AttributeType": "N"} for name in INDEX.key_names]
        await self._call(
            "UpdateTable",
            TableName=step.table,
            AttributeDefinitions=definitions,
            GlobalSecondaryIndexUpdates=[change],
        )
        self._model.indexed ^= {step.table}

    async def _query_index(self, step: Step) -> None:
        await self._store.indexed()
        number = {"N": str(step.value)}
        found = await self._pages(
            "Query",
            step,
            IndexName=INDEX.name,
            KeyConditionExpression="n = :n",
            ExpressionAttributeValues={":n": number},
            ScanIndexForward=step.is_conditional,
        )
        rows = indexed(self._model.tables[step.table])
        assert _in_order(found) == _in_order(item for item in rows if item["n"] == number)
        ranges = [int(item["r"]["N"]) for item in found]
        assert ranges == sorted(ranges, reverse=not step.is_conditional)

    async def _pages(self, operation: str, step: Step, **members: Any) -> list[Json]:
        found: list[Json] = []
        while True:
            page = await self._call(operation, TableName=step.table, Limit=step.value + 1, **members)
            assert page["Count"] == page["ScannedCount"] == len(page["Items"]) <= step.value + 1
            found += page["Items"]
            if "LastEvaluatedKey" not in page:
                return found
            members["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    async def _describe(self, step: Step) -> None:
        table = (await self._call("DescribeTable", TableName=step.table))["Table"]
        items = [item_from_json(row) for row in self._model.tables[step.table].values()]
        assert (table["ItemCount"], table["TableSizeBytes"]) == (len(items), sum(map(item_bytes, items)))

    async def _manage(self, step: Step) -> None:
        match step.operation:
            case "create":
                await self._call.create_table(step.table, "p:S", "r:N")
                recovery = {"PointInTimeRecoveryEnabled": True}
                members: Json = {"TableName": step.table, "PointInTimeRecoverySpecification": recovery}
                await self._call("UpdateContinuousBackups", **members)
                self._model.create(step.table)
            case "drop":
                await self._store.indexed()
                await self._call("DeleteTable", TableName=step.table)
                self._model.drop(step.table)
            case "second":
                self._model.note(int(self._clock()))
                self._clock.advance(1)
            case "reopen":
                await self._reopen()
            case _:
                await self._copy(step)

    async def _reopen(self) -> None:
        await self._store.close()
        self._open()

    async def _copy(self, step: Step) -> None:
        """Make a backup, or a table of one, or of what a table was at the end of a second."""
        if step.operation == "back up":
            arn = await backed_up(self._call, step.table)
            self._model.backups.append(self._model.moment(step.table, arn))
        elif step.operation == "restore":
            moment = self._model.backups[step.value % len(self._model.backups)]
            await self._restore(step, moment, "RestoreTableFromBackup", BackupArn=moment.name)
        else:
            moment = self._model.past_moment(step, int(self._clock()))
            members: Json = {"SourceTableName": step.table, "RestoreDateTime": int(moment.name)}
            await self._restore(step, moment, "RestoreTableToPointInTime", **members)

    async def _restore(self, step: Step, moment: Moment, operation: str, **members: Any) -> None:
        """Restore a table, sometimes over a restart, look at it, and delete it."""
        await self._call(operation, TargetTableName="copy", **members)
        if step.is_conditional:
            await self._reopen()
        await self._store.copied()
        copy = replace(step, table="copy")
        assert _in_order(await self._pages("Scan", copy)) == _in_order(moment.rows.values())
        if moment.is_indexed:
            found = await self._pages("Scan", copy, IndexName=INDEX.name)
            assert _in_order(found) == _in_order(indexed(moment.rows))
        await self._call("DeleteTable", TableName="copy")


def adding(step: Step) -> Json:
    """How an update adds to an item's number."""
    return {"UpdateExpression": "ADD n :n", "ExpressionAttributeValues": {":n": {"N": str(step.value)}}}


def asked(action: Step) -> Json:
    """An action as TransactWriteItems takes it."""
    members: Json = {"TableName": action.table}
    if action.operation == "check" and not action.is_conditional:
        members["ConditionExpression"] = "attribute_not_exists(p)"
    elif action.is_conditional:
        members["ConditionExpression"] = "attribute_exists(p)"
    match action.operation:
        case "put":
            return {"Put": {**members, "Item": action.item}}
        case "update":
            return {"Update": {**members, "Key": key_of(action.key), **adding(action)}}
        case "delete":
            return {"Delete": {**members, "Key": key_of(action.key)}}
        case _:
            return {"ConditionCheck": {**members, "Key": key_of(action.key)}}


def indexed(rows: Rows) -> list[Json]:
    """What the index holds of the rows."""
    return [{name: item[name] for name in INDEXED} for item in rows.values() if "n" in item]


def stored(item: Json | None) -> bytes | None:
    return None if item is None else encode_item(item_from_json(item))


@pytest.fixture(autouse=True, scope="module")
def small_batches() -> Iterator[None]:
    """Two rows are a batch, so that writes come in between those of a backfill."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(index_work, "BATCH_ROWS_MAX", 2)
        yield


async def run(open_engine: Callable[[], Engine], taken: list[Step]) -> None:
    run = Run(open_engine)
    for step in taken:
        await run.take(step)
    await run.finish()


@given(histories)
@settings(max_examples=IN_MEMORY)
def test_a_store_in_memory_does_what_a_dict_does(taken: list[Step]) -> None:
    engine = LastingMemory()
    try:
        asyncio.run(run(lambda: engine, [*PROLOGUE, *taken]))
    finally:
        engine.end()


@given(histories)
@settings(max_examples=ON_DISK)
def test_a_store_on_disk_does_what_a_dict_does(taken: list[Step]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory)
        asyncio.run(run(lambda: SqliteEngine(path), [*PROLOGUE, *taken]))


def _in_order(items: Iterable[Json]) -> list[Json]:
    return sorted(items, key=lambda item: orjson.dumps(item, option=orjson.OPT_SORT_KEYS))
