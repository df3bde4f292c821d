"""What GetRecords gives of a random history is each change of it, exactly once and in order, and makes the table again.

Writes of all kinds, expiries, restarts, rollovers and switches of the stream come in any order. A consumer reads on
meanwhile, a page now and then, by the iterators that it was given, over all of them; at the end everything is read
once more from the beginning.
"""

import asyncio
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend_store.check import check_engine
from backend_store.kv.engine import Engine
from backend_store.kv.sqlite_engine import SqliteEngine
from backend_store.shards import Rollover
from backend_store.store import Store
from tests.support.clock import SteppedClock
from tests.support.lasting_engine import LastingMemory
from tests.support.stores import Calls, Refusal
from tests.support.streams import StreamCalls

Json: TypeAlias = dict[str, Any]
Rows: TypeAlias = dict[str, Json]

IDS: Final = "abcde"
FEW_NUMBERS: Final = Rollover(numbers=6)
STEPS_MAX: Final = 50
SECONDS_MAX: Final = 12  # of one step, so that no iterator expires in all of them


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens, and what it is about."""

    operation: str
    ids: tuple[str, ...]
    value: int


steps = st.builds(
    Step,
    operation=st.sampled_from(
        (
            *("put", "put", "expiring", "delete", "update", "batch", "transact", "transact", "cancelled"),
            *("sweep", "sweep", "reopen", "read", "read", "switch"),
        )
    ),
    ids=st.lists(st.sampled_from(IDS), min_size=1, max_size=4, unique=True).map(tuple),
    value=st.integers(0, 3),
)
runs = st.lists(steps, min_size=10, max_size=STEPS_MAX)


def key_of(id: str) -> Json:
    return {"id": {"S": id}}


def change(id: str, old: Json | None, new: Json | None, by_service: bool = False) -> Json:
    """A record as a consumer is to see it."""
    event = "INSERT" if old is None else "REMOVE" if new is None else "MODIFY"
    return {"event": event, "key": key_of(id), "old": old, "new": new, "by_service": by_service}


def seen(record: Json) -> Json:
    shown = record["dynamodb"]
    return {
        "event": record["eventName"],
        "key": shown["Keys"],
        "old": shown.get("OldImage"),
        "new": shown.get("NewImage"),
        "by_service": "userIdentity" in record,
    }


def replayed(rows: Rows, changes: list[Json]) -> Rows:
    """What the rows become by the changes."""
    after = dict(rows)
    for one in changes:
        id = one["key"]["id"]["S"]
        assert after.pop(id, None) == one["old"]
        if one["new"] is not None:
            after[id] = one["new"]
    return after


@dataclass(slots=True)
class Expected:
    """One stream: the rows when it was enabled, the changes while it was, and the rows after them."""

    arn: str
    before: Rows
    after: Rows
    changes: list[Json] = field(default_factory=list[Json])


@dataclass(slots=True)
class Consumer:
    """Reads a stream page by page and shard by shard."""

    arn: str
    shard: str
    iterator: str | None
    found: list[Json] = field(default_factory=list[Json])

    async def read(self, call: Calls, limit: int) -> bool:
        """Read a page; whether there may be more."""
        if self.iterator is None:
            return await self._enter_child(call)
        page = await call("GetRecords", ShardIterator=self.iterator, Limit=limit)
        assert len(page["Records"]) <= limit
        self.found += map(seen, page["Records"])
        self.iterator = page.get("NextShardIterator")
        return self.iterator is None or bool(page["Records"])

    async def _enter_child(self, call: Calls) -> bool:
        shard_filter = {"Type": "CHILD_SHARDS", "ShardId": self.shard}
        described = await call("DescribeStream", StreamArn=self.arn, ShardFilter=shard_filter)
        for child in described["StreamDescription"]["Shards"]:
            self.shard = child["ShardId"]
            self.iterator = await first_iterator(call, self.arn, self.shard)
        return self.iterator is not None


async def first_iterator(call: Calls, arn: str, shard: str) -> str:
    reply = await call("GetShardIterator", StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    iterator: str = reply["ShardIterator"]
    return iterator


class Run:
    """One history of the table main, in a store and in a model of its streams."""

    def __init__(self, open_engine: Callable[[], Engine]) -> None:
        self._open_engine = open_engine
        self._clock = SteppedClock(1_700_000_000.0)
        self._rows: Rows = {}
        self._enabled = False
        self._streams: list[Expected] = []
        self._consumers: list[Consumer] = []
        self._open()

    async def live(self, taken: list[Step]) -> None:
        await self._call.create_table("main")
        specification = {"AttributeName": "end", "Enabled": True}
        await self._call("UpdateTimeToLive", TableName="main", TimeToLiveSpecification=specification)
        for step in [Step("put", (IDS[0],), 3), Step("switch", (), 0), *taken]:
            await self._take(step)

    async def finish(self) -> None:
        for expected, consumer in zip(self._streams, self._consumers, strict=True):
            while await consumer.read(self._call, 2):
                pass
            assert consumer.found == expected.changes
            read_again = await StreamCalls(self._call).records(expected.arn)
            assert [seen(record) for record in read_again] == expected.changes
            assert replayed(expected.before, consumer.found) == expected.after
        assert {item["id"]["S"]: item for item in await self._call.items("main")} == self._rows
        assert list(check_engine(self._engine)) == []
        await self._store.close()

    def _open(self) -> None:
        self._engine = self._open_engine()
        self._store = Store(self._engine, clock=self._clock, rollover=FEW_NUMBERS)
        self._call = Calls(self._store)

    async def _take(self, step: Step) -> None:
        match step.operation:
            case "put" | "expiring":
                await self._put(step.ids[0], step)
            case "delete":
                await self._call("DeleteItem", TableName="main", Key=key_of(step.ids[0]))
                self._set(step.ids[0], None)
            case "update":
                await self._update(step.ids[0], step.value)
            case "batch":
                await self._batch(step)
            case "transact":
                await self._transact(step)
            case "cancelled":
                await self._cancel(step)
            case "sweep":
                await self._sweep(step.value * SECONDS_MAX // 3)
            case "reopen":
                await self._store.close()
                self._open()
            case "read":
                for consumer in self._consumers:
                    await consumer.read(self._call, step.value + 1)
            case _:
                await self._switch()

    def _set(self, id: str, new: Json | None, *, by_service: bool = False) -> None:
        old = self._rows.pop(id, None)
        if new is not None:
            self._rows[id] = new
        if old != new and self._enabled:
            self._streams[-1].changes.append(change(id, old, new, by_service))
            self._streams[-1].after = dict(self._rows)

    async def _put(self, id: str, step: Step) -> None:
        item = {**key_of(id), "v": {"S": "x" * step.value}}
        if step.operation == "expiring":
            # No two items at the same second: in which order these expire is nobody's promise.
            item["end"] = {"N": str((int(self._clock()) // 10 + 1) * 10 + IDS.index(id))}
        await self._call("PutItem", TableName="main", Item=item)
        self._set(id, item)

    async def _update(self, id: str, value: int) -> None:
        values = {":n": {"N": str(value)}}
        await self._call(
            "UpdateItem",
            TableName="main",
            Key=key_of(id),
            UpdateExpression="ADD n :n",
            ExpressionAttributeValues=values,
        )
        old = self._rows.get(id, key_of(id))
        self._set(id, {**old, "n": {"N": str(int(old.get("n", {"N": "0"})["N"]) + value)}})

    async def _batch(self, step: Step) -> None:
        """Puts and deletes by turns."""
        requests: list[Json] = []
        for number, id in enumerate(step.ids):
            new = self._by_turns(number, id, step.value)
            requests.append({"DeleteRequest": {"Key": key_of(id)}} if new is None else {"PutRequest": {"Item": new}})
            self._set(id, new)
        assert await self._call("BatchWriteItem", RequestItems={"main": requests}) == {"UnprocessedItems": {}}

    async def _transact(self, step: Step) -> None:
        actions: list[Json] = []
        for number, id in enumerate(step.ids):
            new = self._by_turns(number, id, step.value)
            delete = {"Delete": {"TableName": "main", "Key": key_of(id)}}
            actions.append(delete if new is None else {"Put": {"TableName": "main", "Item": new}})
            self._set(id, new)
        await self._call("TransactWriteItems", TransactItems=actions)

    async def _cancel(self, step: Step) -> None:
        """Of a transaction whose last action fails, nothing is recorded."""
        puts = [{"Put": {"TableName": "main", "Item": {**key_of(id), "never": {"BOOL": True}}}} for id in step.ids]
        failing = {"TableName": "main", "Key": key_of("none"), "ConditionExpression": "attribute_exists(id)"}
        with pytest.raises(Refusal) as refused:
            await self._call("TransactWriteItems", TransactItems=[*puts, {"ConditionCheck": failing}])
        assert refused.value.code == "TransactionCanceledException"

    async def _sweep(self, seconds: int) -> None:
        self._clock.advance(seconds)
        await self._store.swept()
        ends = sorted((int(item["end"]["N"]), id) for id, item in self._rows.items() if "end" in item)
        for end, id in ends:
            if end < int(self._clock()):
                self._set(id, None, by_service=True)

    async def _switch(self) -> None:
        calls = StreamCalls(self._call)
        self._enabled = not self._enabled
        if not self._enabled:
            await calls.disable()
            return
        await calls.enable()
        arn = await calls.arn()
        assert arn not in [expected.arn for expected in self._streams]
        self._streams.append(Expected(arn, dict(self._rows), dict(self._rows)))
        shard = (await calls.shards(arn))[0]["ShardId"]
        self._consumers.append(Consumer(arn, shard, await first_iterator(self._call, arn, shard)))

    def _by_turns(self, number: int, id: str, value: int) -> Json | None:
        return None if number % 2 else {**key_of(id), "v": {"S": "y" * value}}


async def run(open_engine: Callable[[], Engine], taken: list[Step]) -> None:
    run = Run(open_engine)
    await run.live(taken)
    await run.finish()


@given(runs)
@settings(max_examples=60, deadline=None)
def test_streams_of_a_store_in_memory_tell_each_change_once_and_in_order(taken: list[Step]) -> None:
    engine = LastingMemory()
    try:
        asyncio.run(run(lambda: engine, taken))
    finally:
        engine.end()


@given(runs)
@settings(max_examples=25, deadline=None)
def test_streams_of_a_store_on_disk_tell_each_change_once_and_in_order(taken: list[Step]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory)
        asyncio.run(run(lambda: SqliteEngine(path), taken))
