"""SELECTs on indexes; those on tables are in test_execute_statement."""

from typing import Any

import pytest

from tests.support.boto import keyed
from tests.support.indexes import IndexSpec, with_indexes
from tests.support.stores import Calls, Refusal

Json = dict[str, Any]

BY_KIND = IndexSpec("global", "by-kind", ("kind:S", "n:N"), ("x",))
BY_N = IndexSpec("local", "by-n", ("p:S", "n:N"), "KEYS_ONLY")


@pytest.fixture
async def table(call: Calls) -> str:
    """Six songs, r from 0 to 5: odd ones in partition b, n counting down, the last of no kind."""
    await call("CreateTable", **with_indexes(keyed("songs", "p:S", "r:N"), BY_KIND, BY_N))
    for r in range(6):
        kind = f", 'kind': '{'jazz' if r < 3 else 'folk'}'" if r < 5 else ""
        values = f"'p': '{'ab'[r % 2]}', 'r': {r}, 'n': {9 - r}, 'x': 'x{r}', 'y': 'y{r}'{kind}"
        await select(call, f"INSERT INTO songs VALUE {{{values}}}")
    return "songs"


async def select(call: Calls, statement: str, **members: Any) -> Json:
    reply: Json = await call("ExecuteStatement", Statement=statement, **members)
    return reply


def rs(reply: Json) -> list[int]:
    return [int(item["r"]["N"]) for item in reply["Items"]]


async def test_an_index_is_read_in_the_order_of_its_own_range_key(call: Calls, table: str) -> None:
    jazz = "SELECT * FROM songs.\"by-kind\" WHERE kind = 'jazz'"
    assert rs(await select(call, jazz)) == [2, 1, 0]
    assert rs(await select(call, f"{jazz} ORDER BY n DESC")) == [0, 1, 2]
    assert rs(await select(call, f"{jazz} AND n > 7")) == [1, 0]
    assert rs(await select(call, f"{jazz} AND p = 'a' AND r = 2")) == [2], "the table's key is but a filter here"
    assert rs(await select(call, "SELECT * FROM songs.\"by-n\" WHERE p = 'b'")) == [5, 3, 1]


async def test_an_index_without_its_hash_key_is_scanned(call: Calls, table: str) -> None:
    assert sorted(rs(await select(call, 'SELECT * FROM songs."by-kind"'))) == [0, 1, 2, 3, 4]
    assert sorted(rs(await select(call, "SELECT * FROM songs.\"by-kind\" WHERE x >= 'x3'"))) == [3, 4]


async def test_all_of_a_row_is_what_the_index_projects(call: Calls, table: str) -> None:
    reply = await select(call, "SELECT * FROM songs.\"by-kind\" WHERE kind = 'folk' AND n = 6")
    assert [set(item) for item in reply["Items"]] == [{"p", "r", "n", "x", "kind"}]


async def test_what_a_local_index_lacks_is_fetched_and_of_a_global_one_refused(call: Calls, table: str) -> None:
    fetched = await select(call, "SELECT y FROM songs.\"by-n\" WHERE p = 'b' AND n < 7")
    assert [item["y"]["S"] for item in fetched["Items"]] == ["y5", "y3"]
    with pytest.raises(Refusal) as refusal:
        await select(call, "SELECT y FROM songs.\"by-kind\" WHERE kind = 'jazz'")
    assert refusal.value.message.endswith("Global secondary index by-kind does not project [y]")


async def test_pages_of_an_index_go_on_among_rows_of_one_index_key(call: Calls, table: str) -> None:
    found: list[int] = []
    token: Json = {}
    while True:
        statement = "SELECT * FROM songs.\"by-kind\" WHERE kind IN ['folk', 'jazz'] ORDER BY kind, n DESC"
        reply = await select(call, statement, Limit=1, **token)
        found += rs(reply)
        if "NextToken" not in reply:
            break
        token = {"NextToken": reply["NextToken"]}
    assert found == [3, 4, 0, 1, 2]


async def test_a_global_index_is_not_read_consistently(call: Calls, table: str) -> None:
    with pytest.raises(Refusal) as refusal:
        await select(call, 'SELECT * FROM songs."by-kind"', ConsistentRead=True)
    assert refusal.value.message == "Strongly consistent read is not supported on Global Secondary Indexes"
    assert rs(await select(call, "SELECT * FROM songs.\"by-n\" WHERE p = 'b' AND n = 8", ConsistentRead=True)) == [1]


async def test_what_was_read_of_an_index_is_paid_for_there(call: Calls, table: str) -> None:
    statement = "SELECT y FROM songs.\"by-n\" WHERE p = 'b'"
    reply = await select(call, statement, ReturnConsumedCapacity="INDEXES")
    assert reply["ConsumedCapacity"] == {
        "TableName": "songs",
        "CapacityUnits": 2.0,
        "Table": {"CapacityUnits": 1.5},
        "LocalSecondaryIndexes": {"by-n": {"CapacityUnits": 0.5}},
    }


async def test_a_statement_that_writes_an_index_key_of_the_wrong_type_is_refused(call: Calls, table: str) -> None:
    for statement in (
        "INSERT INTO songs VALUE {'p': 'c', 'r': 0, 'kind': 1}",
        "UPDATE songs SET kind = 1 WHERE p = 'a' AND r = 0",
    ):
        with pytest.raises(Refusal) as refusal:
            await select(call, statement)
        assert "Type mismatch for Index Key kind Expected: S Actual: N" in refusal.value.message


async def test_writes_change_the_rows_of_indexes(call: Calls, table: str) -> None:
    await select(call, "UPDATE songs SET kind = 'folk' WHERE p = 'a' AND r = 0")
    await select(call, "DELETE FROM songs WHERE p = 'b' AND r = 3")
    assert rs(await select(call, "SELECT r FROM songs.\"by-kind\" WHERE kind = 'folk'")) == [4, 0]
