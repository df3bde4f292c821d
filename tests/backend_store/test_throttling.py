"""Throughput is enforced when that is switched on, and to the unit: the clock is stepped."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from backend_store.check import check_engine
from backend_store.kv.engine import Engine
from backend_store.store import Store
from backend_store.table import Table
from backend_store.throttling import BURST_S, THROTTLED, Throttle
from microdax.model.errors import ProvisionedThroughputExceededException, ThrottlingException
from microdax.model.keys import KeyAttribute, KeySchema
from microdax.model.provisioning import Capacity, Provisioning
from microdax.model.requests import IndexKind, Projection, Throughput
from microdax.model.tables import Index, TableDescription
from tests.support.clock import SteppedClock
from tests.support.stores import Calls, Refusal

SCHEMA = KeySchema(KeyAttribute("id", "S"))
BEGIN_S = 1_700_000_000.0


def index(kind: IndexKind, read: int = 1, write: int = 1) -> Index:
    provisioning = Provisioning(Throughput(read, write))
    return Index("by-year", kind, SCHEMA, Projection("ALL"), number=1, provisioning=provisioning)


def table(read: int = 1, write: int = 1, *indexes: Index, number: int = 1) -> Table:
    provisioning = Provisioning(Throughput(read, write))
    description = TableDescription(
        "main", SCHEMA, "arn", "id", created_s=BEGIN_S, provisioning=provisioning, indexes=indexes
    )
    return Table(number, description, {})


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock(BEGIN_S)


@pytest.fixture
def throttle(clock: SteppedClock) -> Throttle:
    return Throttle(clock)


def is_throttled(call: Any, *arguments: Any) -> bool:
    try:
        call(*arguments)
    except THROTTLED:
        return True
    return False


def taken(call: Any, *arguments: Any) -> int:
    """How often the call goes through before it is throttled."""
    times = 0
    while not is_throttled(call, *arguments):
        times += 1
    return times


def test_a_new_table_has_the_units_of_its_first_second(throttle: Throttle, clock: SteppedClock) -> None:
    assert (taken(throttle.read, table(5), 1.0), taken(throttle.write, table(5, 3), 1.0)) == (5, 3)
    clock.advance(1.0)
    assert (taken(throttle.read, table(5), 0.5), taken(throttle.write, table(5, 3), 1.0)) == (10, 3)


def test_what_was_not_used_in_300_seconds_is_there_for_a_burst(throttle: Throttle, clock: SteppedClock) -> None:
    taken(throttle.write, table(), 1.0)
    clock.advance(100.0)
    assert taken(throttle.write, table(), 1.0) == 100
    clock.advance(100 * BURST_S)
    assert taken(throttle.write, table(), 1.0) == BURST_S


def test_what_costs_more_than_is_left_goes_through_and_is_paid_back(throttle: Throttle, clock: SteppedClock) -> None:
    throttle.write(table(), 400.0)
    clock.advance(399.0)
    assert is_throttled(throttle.write, table(), 1.0)
    clock.advance(0.5)
    assert not is_throttled(throttle.write, table(), 1.0)


def test_a_raise_counts_from_then_on(throttle: Throttle, clock: SteppedClock) -> None:
    taken(throttle.read, table(1), 1.0)
    clock.advance(1.0)
    assert taken(throttle.read, table(10), 1.0) == 10


def test_lowered_units_lower_the_burst(throttle: Throttle, clock: SteppedClock) -> None:
    throttle.read(table(10), 1.0)
    clock.advance(BURST_S)
    assert taken(throttle.read, table(1), 1.0) == BURST_S


def test_tables_reads_and_writes_have_each_their_own(throttle: Throttle) -> None:
    assert taken(throttle.write, table(), 1.0) == 1
    assert taken(throttle.read, table(), 1.0) == 1
    assert taken(throttle.write, table(number=2), 1.0) == 1


def test_a_clock_that_goes_back_takes_nothing_away() -> None:
    now = [BEGIN_S]
    throttle = Throttle(lambda: now[0])
    throttle.write(table(1, 5), 1.0)
    now[0] -= 1_000.0
    assert taken(throttle.write, table(1, 5), 1.0) == 4


def test_a_global_index_has_its_own_and_a_local_one_its_tables(throttle: Throttle) -> None:
    of_index = table(2, 2, index("global", read=3))
    assert taken(throttle.read, of_index, 1.0, of_index.description.indexes[0]) == 3
    assert taken(throttle.read, of_index, 1.0) == 2
    of_local = table(2, 2, index("local"), number=2)
    assert taken(throttle.read, of_local, 1.0, of_local.description.indexes[0]) == 2
    assert is_throttled(throttle.read, of_local, 1.0)


def test_a_global_index_that_owes_writes_holds_up_its_table(throttle: Throttle, clock: SteppedClock) -> None:
    followed = table(10, 10, index("global", write=1))
    throttle.write(followed, 1.0)
    throttle.follow(followed, [(followed.description.indexes[0], 2.0)])
    with pytest.raises(ProvisionedThroughputExceededException, match="one or more global secondary indexes"):
        throttle.write(followed, 1.0)
    clock.advance(2.0)
    throttle.write(followed, 1.0)


def test_what_a_local_index_consumes_its_table_pays(throttle: Throttle) -> None:
    followed = table(10, 10, index("local"))
    throttle.follow(followed, [(followed.description.indexes[0], 4.0)])
    assert taken(throttle.write, followed, 1.0) == 6


def bounded(capacity: Capacity, of_index: Capacity) -> Table:
    description = table().description
    on_demand = replace(index("global"), capacity=of_index)
    return Table(1, replace(description, billing_mode="PAY_PER_REQUEST", capacity=capacity, indexes=(on_demand,)), {})


def test_an_on_demand_table_is_limited_where_it_is_bounded(throttle: Throttle, clock: SteppedClock) -> None:
    limited = bounded(Capacity(read_units_max=3), Capacity(write_units_max=2))
    (of_table,) = limited.description.indexes
    assert taken(throttle.read, limited, 1.0) == 3
    with pytest.raises(ThrottlingException, match="exceeds the maximum OnDemandThroughput"):
        throttle.read(limited, 1.0)
    throttle.read(limited, 1_000.0, of_table)
    throttle.read(limited, 1_000.0, of_table)
    throttle.write(limited, 1_000.0)
    throttle.follow(limited, [(of_table, 3.0)])
    with pytest.raises(ThrottlingException):
        throttle.write(limited, 1.0)
    clock.advance(1.0)
    throttle.write(limited, 1.0)


# In the store


@pytest.fixture
async def call(engine: Engine, clock: SteppedClock) -> AsyncIterator[Calls]:
    store = Store(engine, clock=clock, enforce_throughput=True)
    yield Calls(store)
    assert list(check_engine(engine)) == []
    await store.close()


async def provision(call: Calls, name: str, read: int = 5, write: int = 5) -> None:
    await call(
        "CreateTable",
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        ProvisionedThroughput={"ReadCapacityUnits": read, "WriteCapacityUnits": write},
    )


def put(number: int, size: int = 0) -> dict[str, Any]:
    return {"PutRequest": {"Item": {"id": {"S": f"{number:03}"}, "v": {"S": "x" * size}}}}


async def filled(call: Calls, name: str, items: int, clock: SteppedClock) -> None:
    clock.advance(BURST_S)
    await call("BatchWriteItem", RequestItems={name: [put(number) for number in range(items)]})


async def test_a_write_too_many_is_refused_and_changes_nothing(call: Calls, clock: SteppedClock) -> None:
    await provision(call, "main", write=2)
    for number in range(2):
        await call("PutItem", TableName="main", Item={"id": {"S": str(number)}})
    with pytest.raises(Refusal) as refusal:
        await call("PutItem", TableName="main", Item={"id": {"S": "2"}})
    assert (refusal.value.code, refusal.value.message) == (
        "ProvisionedThroughputExceededException",
        "The level of configured provisioned throughput for the table was exceeded. "
        "Consider increasing your provisioning level with the UpdateTable API.",
    )
    assert len(await call.items("main")) == 2
    clock.advance(0.5)
    await call("DeleteItem", TableName="main", Key={"id": {"S": "0"}})


async def test_reads_are_charged_by_what_they_read(call: Calls, clock: SteppedClock) -> None:
    await provision(call, "main", read=1, write=100)
    clock.advance(BURST_S)
    for number in range(3):
        await call("PutItem", TableName="main", Item=put(number, 100_000)["PutRequest"]["Item"])
    # 300 units: a scan of 300,000 bytes costs 37, a strong one 74, a strong GetItem 25.
    for consistent in (False, True, True, True, True):
        await call("Scan", TableName="main", ConsistentRead=consistent)
    with pytest.raises(Refusal, match="ProvisionedThroughputExceeded"):
        await call("GetItem", TableName="main", Key={"id": {"S": "000"}})
    clock.advance(40.0)
    await call("GetItem", TableName="main", Key={"id": {"S": "000"}}, ConsistentRead=True)


async def test_of_a_batch_of_writes_what_is_throttled_comes_back(call: Calls) -> None:
    await provision(call, "main", write=5)
    await provision(call, "other", write=5)
    entries = [put(number) for number in range(7)]
    done = await call("BatchWriteItem", RequestItems={"main": entries, "other": entries[:1]})
    assert done["UnprocessedItems"] == {"main": entries[5:]}
    assert len(await call.items("main")) == 5
    with pytest.raises(Refusal, match="ProvisionedThroughputExceeded"):
        await call("BatchWriteItem", RequestItems=done["UnprocessedItems"])
    deletion = {"DeleteRequest": {"Key": {"id": {"S": "0"}}}}
    done = await call("BatchWriteItem", RequestItems={"main": [deletion], "other": entries[:1]})
    assert done["UnprocessedItems"] == {"main": [deletion]}


async def test_of_a_batch_of_reads_what_is_throttled_comes_back(call: Calls, clock: SteppedClock) -> None:
    await provision(call, "main", read=1, write=100)
    await filled(call, "main", 10, clock)
    await call("UpdateTable", TableName="main", BillingMode="PAY_PER_REQUEST")
    await call("UpdateTable", TableName="main", BillingMode="PROVISIONED", ProvisionedThroughput=units(4))
    keys = [{"id": {"S": f"{number:03}"}} for number in range(10)]
    first = await call("BatchGetItem", RequestItems={"main": {"Keys": keys, "ConsistentRead": True}})
    assert first["UnprocessedKeys"] == {}
    await spend_reads(call)
    clock.advance(1.0)
    second = await call("BatchGetItem", RequestItems={"main": {"Keys": keys, "ConsistentRead": True}})
    assert second["UnprocessedKeys"] == {"main": {"Keys": keys[4:], "ConsistentRead": True}}
    assert len(second["Responses"]["main"]) == 4
    with pytest.raises(Refusal, match="ProvisionedThroughputExceeded"):
        await call("BatchGetItem", RequestItems=second["UnprocessedKeys"])


def units(read: int) -> dict[str, int]:
    return {"ReadCapacityUnits": read, "WriteCapacityUnits": 100}


async def spend_reads(call: Calls) -> None:
    while (await call.reply("GetItem", TableName="main", Key={"id": {"S": "000"}}, ConsistentRead=True)).ok:
        pass


async def test_an_on_demand_table_is_not_limited(call: Calls) -> None:
    await call.create_table("main")
    for _ in range(3):
        await call("BatchWriteItem", RequestItems={"main": [put(number, 4_000) for number in range(25)]})
    await call("Scan", TableName="main")


async def test_an_on_demand_table_is_limited_at_its_bounds(call: Calls) -> None:
    await call.create_table("main")
    await call(
        "UpdateTable", TableName="main", OnDemandThroughput={"MaxWriteRequestUnits": 2, "MaxReadRequestUnits": 1}
    )
    done = await call("BatchWriteItem", RequestItems={"main": [put(number) for number in range(3)]})
    assert done["UnprocessedItems"] == {"main": [put(2)]}
    with pytest.raises(Refusal, match="ThrottlingException"):
        await call("PutItem", TableName="main", Item={"id": {"S": "a"}})
    asked = {"main": {"Keys": [{"id": {"S": "000"}}], "ConsistentRead": True}}
    await call("BatchGetItem", RequestItems=asked)
    with pytest.raises(Refusal, match="ThrottlingException"):
        await call("BatchGetItem", RequestItems=asked)
    await call("UpdateTable", TableName="main", OnDemandThroughput={"MaxWriteRequestUnits": -1})
    await call("PutItem", TableName="main", Item={"id": {"S": "a"}})


async def test_nothing_is_limited_unless_that_is_switched_on(engine: Engine, clock: SteppedClock) -> None:
    store = Store(engine, clock=clock)
    call = Calls(store)
    await provision(call, "main", 1, 1)
    for _ in range(3):
        await call("PutItem", TableName="main", Item={"id": {"S": "a"}})
        await call("GetItem", TableName="main", Key={"id": {"S": "a"}}, ConsistentRead=True)
    await store.close()


@pytest.mark.parametrize("operation", ["TransactGetItems", "ExecuteTransaction"])
async def test_a_transaction_of_reads_is_charged_and_cancelled(call: Calls, operation: str) -> None:
    await provision(call, "main", read=4)
    await provision(call, "other", read=100)
    gets = [{"Get": {"TableName": name, "Key": {"id": {"S": "a"}}}} for name in ("main", "other")]
    texts = [{"Statement": f"SELECT * FROM {name} WHERE id = 'a'"} for name in ("main", "other")]
    asked = {"TransactItems": gets} if operation == "TransactGetItems" else {"TransactStatements": texts}
    await call(operation, **asked)
    await call(operation, **asked)
    with pytest.raises(Refusal, match=r"\[ProvisionedThroughputExceeded, None\]"):
        await call(operation, **asked)


async def test_a_throttled_transaction_of_writes_is_cancelled_whole(call: Calls) -> None:
    await call.create_table("main")
    await call("UpdateTable", TableName="main", OnDemandThroughput={"MaxWriteRequestUnits": 1})
    puts = [{"Put": {"TableName": "main", "Item": {"id": {"S": name}}}} for name in ("a", "b")]
    with pytest.raises(Refusal, match=r"\[None, ThrottlingError\]"):
        await call("TransactWriteItems", TransactItems=puts)
    assert await call.items("main") == []


async def test_a_select_is_charged(call: Calls) -> None:
    await provision(call, "main", read=1)
    for _ in range(2):
        await call("ExecuteStatement", Statement="SELECT * FROM main WHERE id = 'a'")
    with pytest.raises(Refusal, match="ProvisionedThroughputExceeded"):
        await call("ExecuteStatement", Statement="SELECT * FROM main WHERE id = 'a'")
