"""ItemCollectionMetrics, of tables that have item collections and of those that do not."""

from typing import Any, TypeAlias

import pytest

from tests.support.boto import keyed
from tests.support.indexes import IndexSpec, with_indexes
from tests.support.stores import Calls

Json: TypeAlias = dict[str, Any]

LOCAL = IndexSpec("local", "local", ("p:S", "t:S"))
GLOBAL = IndexSpec("global", "global", ("t:S",))
KEY: Json = {"p": {"S": "a"}, "r": {"N": "1"}}
METRICS: Json = {"ItemCollectionKey": {"p": {"S": "a"}}, "SizeEstimateRangeGB": [0.0, 1.0]}


@pytest.fixture
async def tables(call: Calls) -> Calls:
    """One table with a local index and one with a global one."""
    await call("CreateTable", **with_indexes(keyed("local", "p:S", "r:N"), LOCAL))
    await call("CreateTable", **with_indexes(keyed("global", "p:S", "r:N"), GLOBAL))
    return call


@pytest.mark.parametrize(
    ("operation", "members"),
    [("PutItem", {"Item": KEY}), ("UpdateItem", {"Key": KEY}), ("DeleteItem", {"Key": KEY})],
)
async def test_a_write_tells_of_its_collection_where_it_is_asked(tables: Calls, operation: str, members: Json) -> None:
    asked: Json = {**members, "ReturnItemCollectionMetrics": "SIZE"}
    assert await tables(operation, TableName="local", **asked) == {"ItemCollectionMetrics": METRICS}
    assert await tables(operation, TableName="global", **asked) == {}
    assert await tables(operation, TableName="local", **members) == {}


async def test_a_batch_tells_of_each_collection_once(tables: Calls) -> None:
    other = {"p": {"S": "b"}, "r": {"N": "1"}}
    puts = [{"PutRequest": {"Item": item}} for item in (KEY, {**KEY, "r": {"N": "2"}}, other)]
    requests = {"local": puts, "global": puts}
    reply = await tables("BatchWriteItem", RequestItems=requests, ReturnItemCollectionMetrics="SIZE")
    assert reply == {
        "UnprocessedItems": {},
        "ItemCollectionMetrics": {"local": [METRICS, {**METRICS, "ItemCollectionKey": {"p": {"S": "b"}}}]},
    }
    assert await tables("BatchWriteItem", RequestItems=requests) == {"UnprocessedItems": {}}
