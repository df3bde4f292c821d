"""What a table held at any second of a random history is what its past gives; so are the changes between two."""

import asyncio
from dataclasses import dataclass
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from backend_store.catalog import Catalog
from backend_store.check import check_engine
from backend_store.kv.engine import Engine
from backend_store.kv.memory_engine import MemoryEngine
from backend_store.past import changes_between, rows_at
from backend_store.store import Store
from tests.support.clock import SteppedClock
from tests.support.copied_tables import Json, item, items_of
from tests.support.stores import Calls

START_S = 1_700_000_000


@dataclass(frozen=True, slots=True)
class Step:
    """One write, or a second that goes by."""

    operation: str
    row: int
    text: str


steps = st.lists(
    st.builds(
        Step,
        operation=st.sampled_from(("put", "put", "delete", "second")),
        row=st.integers(0, 4),
        text=st.sampled_from("ab"),
    ),
    max_size=40,
)


class History:
    """A store whose table main has lived through some steps, and what it held at the end of each second."""

    def __init__(self) -> None:
        self.clock = SteppedClock(START_S)
        self.engine: Engine = MemoryEngine()
        self.store = Store(self.engine, clock=self.clock)
        self.call = Calls(self.store)
        self.states: list[list[Json]] = []

    async def live(self, taken: list[Step]) -> None:
        await self.call.create_table("main")
        await self.call("PutItem", TableName="main", Item=item(0, "from before"))
        specification = {"PointInTimeRecoveryEnabled": True}
        await self.call("UpdateContinuousBackups", TableName="main", PointInTimeRecoverySpecification=specification)
        for step in [*taken, Step("second", 0, "")]:
            await self._take(step)

    async def _take(self, step: Step) -> None:
        if step.operation == "put":
            await self.call("PutItem", TableName="main", Item=item(step.row, step.text))
        elif step.operation == "delete":
            await self.call("DeleteItem", TableName="main", Key={"id": item(step.row)["id"]})
        else:
            self.states.append(await items_of(self.call, "main"))
            self.clock.advance(1)

    async def end(self) -> None:
        assert list(check_engine(self.engine)) == []
        await self.store.close()


async def restored_everywhere(taken: list[Step]) -> None:
    history = History()
    await history.live(taken)
    for second, state in enumerate(history.states):
        name = f"copy-{second}"
        await history.call(
            "RestoreTableToPointInTime",
            SourceTableName="main",
            TargetTableName=name,
            RestoreDateTime=START_S + second,
        )
        await history.store.copied()
        assert await items_of(history.call, name) == state
    await history.end()


@given(steps)
@settings(max_examples=60, deadline=None)
def test_a_table_restored_to_any_second_of_a_random_history_is_what_it_was_then(taken: list[Step]) -> None:
    asyncio.run(restored_everywhere(taken))


def by_key(items: list[Json]) -> dict[str, Json]:
    return {found["id"]["S"]: found for found in items}


async def changed_in_every_period(taken: list[Step]) -> None:
    history = History()
    await history.live(taken)
    table = Catalog(history.engine).table("main")
    count = len(history.states)
    for first in range(1, count):
        for last in range(first, count):
            before, after = by_key(history.states[first - 1]), by_key(history.states[last])
            with history.engine.snapshot() as reader:
                found = list(changes_between(reader, table, (START_S + first) * 1000, (START_S + last + 1) * 1000))
            keys = [orjson.loads(change.key)["id"]["S"] for change in found]
            assert len(set(keys)) == len(keys)
            for key, change in zip(keys, found, strict=True):
                assert loaded(change.old) == before.get(key)
                assert loaded(change.new) == after.get(key)
            different = {key for key in before | after if before.get(key) != after.get(key)}
            assert different <= set(keys)
    await history.end()


def loaded(image: Any) -> Any:
    return None if image is None else orjson.loads(image.document)


@given(steps)
@settings(max_examples=60, deadline=None)
def test_the_changes_of_any_period_lead_from_what_was_to_what_is(taken: list[Step]) -> None:
    asyncio.run(changed_in_every_period(taken))


async def test_the_past_is_read_in_the_order_of_the_keys() -> None:
    history = History()
    await history.live([Step("put", row, "a") for row in range(5)] + [Step("second", 0, ""), Step("delete", 2, "")])
    table = Catalog(history.engine).table("main")
    with history.engine.snapshot() as reader:
        then = list(rows_at(reader, table, START_S * 1000))
    assert len(then) == 5
    now = (await history.call("Scan", TableName="main"))["Items"]
    order = [orjson.loads(value[9:])["id"] for value in then]
    assert [key for key in order if key != item(2)["id"]] == [found["id"] for found in now]
    await history.end()
