"""Random operations on a store, against a dict that is obviously right; the check at the end of each run.

The model is a dict of items by key for each table. What an expression means is `expressions`' own matter and tested
there: the model takes it from the same functions. What is tested here is what the store does with it: rows, pages,
sizes, changes, conditions, tables and indexes that come and go, restarts.
"""

import asyncio
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend_store import index_work
from backend_store.catalog import Catalog
from backend_store.check import check_engine
from backend_store.kv.engine import Engine
from backend_store.kv.sqlite_engine import SqliteEngine
from backend_store.store import Store
from microdax.model.values import item_bytes
from microdax.wire.dynamo_json import encode_item, item_from_json
from tests.support.indexes import IndexSpec
from tests.support.lasting_engine import LastingMemory
from tests.support.stores import Calls, Refusal

Json: TypeAlias = dict[str, Any]
Key: TypeAlias = tuple[str, int]

TABLES = ("one", "two")
PARTITIONS = ("a", "b", "")  # the empty one is refused: keys may not be empty
NUMBERS = (-10, -1, 0, 2, 9, 10)
INDEX = IndexSpec("global", "by_n", ("n:N", "r:N"), "KEYS_ONLY")  # of the items that an update has come to
INDEXED = ("p", "r", "n")
WRITES = ("put", "delete", "update")


@dataclass(frozen=True, slots=True)
class Step:
    """One operation: what it is called and what it is about."""

    operation: str
    table: str
    key: Key
    value: int
    is_conditional: bool


steps = st.builds(
    Step,
    operation=st.sampled_from(
        (
            *("put", "put", "put", "delete", "update", "update", "batch", "query", "scan"),
            *("create", "drop", "describe", "reopen", "index", "index query", "index query"),
        )
    ),
    table=st.sampled_from(TABLES),
    key=st.tuples(st.sampled_from(PARTITIONS), st.sampled_from(NUMBERS)),
    value=st.integers(0, 3),
    is_conditional=st.sampled_from((False, False, True)),
)
runs = st.lists(steps, min_size=10, max_size=60)

# Enough items for pages and for something to be left behind, before anything random happens.
PROLOGUE = [
    Step("create", "one", ("a", 0), 0, False),
    *(Step("put", "one", ("a", number), 1, False) for number in NUMBERS),
    *(Step("update", "one", ("a", number), number % 3, False) for number in NUMBERS),
    Step("index", "one", ("a", 0), 0, False),
]


def key_of(key: Key) -> Json:
    return {"p": {"S": key[0]}, "r": {"N": str(key[1])}}


def item_of(key: Key, value: int) -> Json:
    return {**key_of(key), "v": {"S": "x" * value}}


@dataclass(slots=True)
class Model:
    """What the store must hold."""

    tables: dict[str, dict[Key, Json]] = field(default_factory=dict[str, dict[Key, Json]])
    indexed: set[str] = field(default_factory=set[str])

    def refusal(self, step: Step) -> str | None:
        """The error that this step must end with."""
        if step.operation == "reopen":
            return None
        if step.operation == "create":
            return "ResourceInUseException" if step.table in self.tables else None
        if step.table not in self.tables:
            return "ResourceNotFoundException"
        if step.operation == "index query" and step.table not in self.indexed:
            return "ValidationException"
        if step.key[0] == "" and step.operation in ("put", "delete", "update", "batch", "query"):
            return "ValidationException"
        is_refused = step.is_conditional and step.key not in self.tables[step.table]
        return "ConditionalCheckFailedException" if is_refused and step.operation in WRITES else None

    def after(self, step: Step) -> Json | None:
        """The item that a write leaves."""
        if step.operation == "delete":
            return None
        if step.operation == "put":
            return item_of(step.key, step.value)
        old = self.tables[step.table].get(step.key, key_of(step.key))
        return {**old, "n": {"N": str(int(old.get("n", {"N": "0"})["N"]) + step.value)}}

    def set(self, table: str, key: Key, item: Json | None) -> None:
        if item is None:
            self.tables[table].pop(key, None)
        else:
            self.tables[table][key] = item


class Run:
    """One run of steps on a store and on the model."""

    def __init__(self, open_engine: Callable[[], Engine]) -> None:
        self._open_engine = open_engine
        self._model = Model()
        self._open()

    async def take(self, step: Step) -> None:
        expected = self._model.refusal(step)
        if expected is None:
            await self._do(step)
            return
        with pytest.raises(Refusal) as refused:
            await self._do(step)
        assert refused.value.code == expected

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
        self._store = Store(self._engine)
        self._call = Calls(self._store)

    async def _do(self, step: Step) -> None:
        match step.operation:
            case "put":
                await self._write("PutItem", step, Item=item_of(step.key, step.value))
            case "delete":
                await self._write("DeleteItem", step, Key=key_of(step.key))
            case "update":
                values = {":n": {"N": str(step.value)}}
                update: Json = {"UpdateExpression": "ADD n :n", "ExpressionAttributeValues": values}
                await self._write("UpdateItem", step, Key=key_of(step.key), **update)
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
        """Write one item; the change that is told must be the model's."""
        if step.is_conditional:
            members["ConditionExpression"] = "attribute_exists(p)"
        reply = await self._call.accepted(operation, TableName=step.table, **members)
        old, new = self._model.tables[step.table].get(step.key), self._model.after(step)
        assert reply.changes is not None
        assert [(change.old, change.new) for change in reply.changes] == (
            [] if old == new else [(stored(old), stored(new))]
        )
        self._model.set(step.table, step.key, new)

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
        rows = self._model.tables[step.table].values()
        expected = [{name: item[name] for name in INDEXED if name in item} for item in rows if item.get("n") == number]
        assert _in_order(found) == _in_order(expected)
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
        if step.operation == "create":
            await self._call.create_table(step.table, "p:S", "r:N")
            self._model.tables[step.table] = {}
        elif step.operation == "drop":
            await self._store.indexed()
            await self._call("DeleteTable", TableName=step.table)
            del self._model.tables[step.table]
            self._model.indexed.discard(step.table)
        else:
            await self._store.close()
            self._open()


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


@given(runs)
@settings(max_examples=60, deadline=None)
def test_a_store_in_memory_does_what_a_dict_does(taken: list[Step]) -> None:
    engine = LastingMemory()
    try:
        asyncio.run(run(lambda: engine, [*PROLOGUE, *taken]))
    finally:
        engine.end()


@given(runs)
@settings(max_examples=25, deadline=None)
def test_a_store_on_disk_does_what_a_dict_does(taken: list[Step]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory)
        asyncio.run(run(lambda: SqliteEngine(path), [*PROLOGUE, *taken]))


def _in_order(items: Iterable[Json]) -> list[Json]:
    return sorted(items, key=lambda item: orjson.dumps(item, option=orjson.OPT_SORT_KEYS))
