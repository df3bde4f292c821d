"""Scan."""

from itertools import chain
from typing import Any

import pytest

from tests.support.boto import keyed
from tests.support.indexes import IndexSpec, with_indexes
from tests.support.stores import Calls, Refusal

IDS = {str(number) for number in range(40)}


@pytest.fixture(autouse=True)
async def table(call: Calls) -> None:
    await call.create_table("main")
    for number in IDS:
        await call("PutItem", TableName="main", Item={"id": {"S": number}, "n": {"N": number}})


def ids(reply: Any) -> list[str]:
    return [item["id"]["S"] for item in reply["Items"]]


def all_ids(replies: list[Any]) -> list[str]:
    return list(chain.from_iterable(map(ids, replies)))


async def pages(call: Calls, **members: Any) -> list[Any]:
    """All pages of a Scan."""
    found = [await call("Scan", TableName="main", **members)]
    while "LastEvaluatedKey" in found[-1]:
        found.append(await call("Scan", TableName="main", ExclusiveStartKey=found[-1]["LastEvaluatedKey"], **members))
    return found


async def test_every_item_is_returned_once(call: Calls) -> None:
    reply = await call("Scan", TableName="main")
    assert sorted(ids(reply)) == sorted(IDS)
    assert (reply["Count"], reply["ScannedCount"]) == (40, 40)
    assert "LastEvaluatedKey" not in reply


async def test_items_of_other_tables_are_not(call: Calls) -> None:
    await call.create_table("side")
    await call("PutItem", TableName="side", Item={"id": {"S": "other"}})
    assert ids(await call("Scan", TableName="side")) == ["other"]
    assert "other" not in ids(await call("Scan", TableName="main"))


async def test_pages_by_limit_join_to_the_whole(call: Calls) -> None:
    found = await pages(call, Limit=7)
    assert [page["Count"] for page in found] == [7, 7, 7, 7, 7, 5]
    assert all_ids(found) == ids(await call("Scan", TableName="main"))


async def test_a_filter_may_name_the_key(call: Calls) -> None:
    reply = await call(
        "Scan", TableName="main", FilterExpression="id = :id", ExpressionAttributeValues={":id": {"S": "7"}}
    )
    assert (ids(reply), reply["Count"], reply["ScannedCount"]) == (["7"], 1, 40)


async def test_limit_counts_items_before_the_filter(call: Calls) -> None:
    found = await pages(call, Limit=10, FilterExpression="n < :n", ExpressionAttributeValues={":n": {"N": "5"}})
    assert [page["ScannedCount"] for page in found] == [10, 10, 10, 10, 0]
    assert sorted(all_ids(found)) == ["0", "1", "2", "3", "4"]


async def test_a_count_has_no_items(call: Calls) -> None:
    assert await call("Scan", TableName="main", Select="COUNT") == {"Count": 40, "ScannedCount": 40}


async def test_a_projection_keeps_what_it_names(call: Calls) -> None:
    reply = await call("Scan", TableName="main", ProjectionExpression="n", Limit=1)
    assert [list(item) for item in reply["Items"]] == [["n"]]
    assert list(reply["LastEvaluatedKey"]) == ["id"]


@pytest.mark.parametrize("total", [1, 3, 8])
async def test_segments_share_the_items_among_them(call: Calls, total: int) -> None:
    found = [await pages(call, Segment=number, TotalSegments=total, Limit=3) for number in range(total)]
    segments = [all_ids(segment) for segment in found]
    assert sorted(chain.from_iterable(segments)) == sorted(IDS)


async def test_a_starting_key_of_another_segment_is_refused(call: Calls) -> None:
    first = await call("Scan", TableName="main", Segment=0, TotalSegments=2, Limit=1)
    with pytest.raises(Refusal) as refused:
        await call("Scan", TableName="main", Segment=1, TotalSegments=2, ExclusiveStartKey=first["LastEvaluatedKey"])
    assert refused.value.message == (
        "The provided starting key is invalid: Invalid ExclusiveStartKey. "
        "Please use ExclusiveStartKey with correct Segment. TotalSegments: 2 Segment: 1"
    )


@pytest.mark.parametrize("start", [{"other": {"S": "a"}}, {"id": {"N": "1"}}, {"id": {"S": "a"}, "n": {"N": "1"}}])
async def test_a_starting_key_must_match_the_schema(call: Calls, start: object) -> None:
    with pytest.raises(Refusal) as refused:
        await call("Scan", TableName="main", ExclusiveStartKey=start)
    assert refused.value.message == (
        "The provided starting key is invalid: The provided key element does not match the schema"
    )


async def test_capacity_is_that_of_all_items_together(call: Calls) -> None:
    for number in range(10):
        await call("PutItem", TableName="main", Item={"id": {"S": f"big{number}"}, "v": {"S": "x" * 4000}})
    reply = await call("Scan", TableName="main", ReturnConsumedCapacity="TOTAL")
    assert reply["ConsumedCapacity"] == {"TableName": "main", "CapacityUnits": 5.0}


@pytest.fixture
async def indexed(call: Calls) -> None:
    """Of forty items every second is in the index, four of a number."""
    index = IndexSpec("global", "by_g", ("g:N",), ("kept",))
    await call("CreateTable", **with_indexes(keyed("indexed"), index))
    for number in IDS:
        more = {"g": {"N": str(int(number) % 5)}, "lost": {"S": "lost"}} if int(number) % 2 else {}
        await call("PutItem", TableName="indexed", Item={"id": {"S": number}, **more})


@pytest.mark.usefixtures("indexed")
@pytest.mark.parametrize("total", [1, 3, 8])
async def test_segments_of_an_index_share_its_items_among_them(call: Calls, total: int) -> None:
    found: list[str] = []
    for number in range(total):
        start: dict[str, Any] = {}
        while True:
            page = await call(
                "Scan", TableName="indexed", IndexName="by_g", Segment=number, TotalSegments=total, Limit=3, **start
            )
            found += ids(page)
            last = page.get("LastEvaluatedKey")
            if last is None:
                break
            assert set(last) == {"id", "g"}
            start = {"ExclusiveStartKey": last}
    assert sorted(found) == sorted(number for number in IDS if int(number) % 2)


@pytest.mark.usefixtures("indexed")
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"ConsistentRead": True}, "Consistent reads are not supported on global secondary indexes"),
        ({"Select": "ALL_ATTRIBUTES"}, r"Select type ALL_ATTRIBUTES is not supported .* index by_g because"),
        # What the index refuses outranks what is wrong with the table's part of the starting key, not with its own.
        (
            {"Select": "ALL_ATTRIBUTES", "ExclusiveStartKey": {"g": {"N": "1"}, "id": {"N": "1"}}},
            "Select type ALL_ATTRIBUTES is not supported",
        ),
        (
            {"Select": "ALL_ATTRIBUTES", "ExclusiveStartKey": {"g": {"S": "1"}, "id": {"N": "1"}}},
            r"^ValidationException: The provided key element does not match the schema$",
        ),
        ({"ExclusiveStartKey": {"g": {"N": "1"}}}, r"^ValidationException: The provided starting key is invalid$"),
        ({"ProjectionExpression": "lost"}, r"Global secondary index by_g does not project \[lost\]"),
        ({"FilterExpression": "g.x = id"}, "are not allowed: IndexKey: g"),
    ],
)
async def test_an_index_is_not_scanned_where(call: Calls, change: dict[str, Any], message: str) -> None:
    with pytest.raises(Refusal, match=message):
        await call("Scan", TableName="indexed", IndexName="by_g", **change)


async def test_an_index_that_the_table_does_not_have_is_refused(call: Calls) -> None:
    with pytest.raises(Refusal, match="The table does not have the specified index: other"):
        await call("Scan", TableName="main", IndexName="other")


async def test_an_expression_that_cannot_be_read_is_refused_before_the_table_is_missed(call: Calls) -> None:
    with pytest.raises(Refusal, match="ValidationException: Invalid FilterExpression"):
        await call("Scan", TableName="other", FilterExpression="n <")
    with pytest.raises(Refusal, match=r"ResourceNotFoundException: Requested resource not found$"):
        await call("Scan", TableName="other")
