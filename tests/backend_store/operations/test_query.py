"""Query."""

from typing import Any

import pytest

from tests.support.boto import keyed
from tests.support.indexes import IndexSpec, with_indexes
from tests.support.stores import Calls, Refusal

HASH = {":p": {"S": "a"}}


def row(partition: str, at: int, **more: Any) -> dict[str, Any]:
    return {"p": {"S": partition}, "at": {"N": str(at)}, **more}


@pytest.fixture(autouse=True)
async def table(call: Calls) -> None:
    """Partition a holds -2 to 9, partition b one item; numbers must sort as numbers."""
    await call.create_table("main", "p:S", "at:N")
    for at in (9, -2, 0, 5, 3, 1):
        await call("PutItem", TableName="main", Item=row("a", at, even={"BOOL": at % 2 == 0}))
    await call("PutItem", TableName="main", Item=row("b", 4))


async def ask(call: Calls, condition: str = "p = :p", **more: Any) -> Any:
    values = {**HASH, **more.pop("values", {})}
    return await call(
        "Query", TableName="main", KeyConditionExpression=condition, ExpressionAttributeValues=values, **more
    )


def ats(reply: Any) -> list[int]:
    return [int(item["at"]["N"]) for item in reply["Items"]]


async def test_a_partition_is_returned_in_the_order_of_its_range_keys(call: Calls) -> None:
    reply = await ask(call)
    assert ats(reply) == [-2, 0, 1, 3, 5, 9]
    assert (reply["Count"], reply["ScannedCount"]) == (6, 6)
    assert "LastEvaluatedKey" not in reply


async def test_backward_is_the_order_reversed(call: Calls) -> None:
    assert ats(await ask(call, ScanIndexForward=False)) == [9, 5, 3, 1, 0, -2]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("#at = :x", [3]),
        ("#at < :x", [-2, 0, 1]),
        ("#at <= :x", [-2, 0, 1, 3]),
        ("#at > :x", [5, 9]),
        ("#at >= :x", [3, 5, 9]),
        ("#at BETWEEN :x AND :y", [3, 5]),
    ],
)
async def test_a_range_condition_bounds_the_items(call: Calls, condition: str, expected: list[int]) -> None:
    values = {":x": {"N": "3"}} | ({":y": {"N": "8"}} if ":y" in condition else {})
    names = {"ExpressionAttributeNames": {"#at": "at"}}
    assert ats(await ask(call, f"p = :p AND {condition}", values=values, **names)) == expected
    backward = await ask(call, f"p = :p AND {condition}", values=values, ScanIndexForward=False, **names)
    assert ats(backward) == expected[::-1]


async def test_begins_with_bounds_strings(call: Calls) -> None:
    await call.create_table("strings", "p:S", "r:S")
    for text in ("ab", "abc", "abd", "ac", "b"):
        await call("PutItem", TableName="strings", Item={"p": {"S": "a"}, "r": {"S": text}})
    reply = await call(
        "Query",
        TableName="strings",
        KeyConditionExpression="p = :p AND begins_with(r, :r)",
        ExpressionAttributeValues={":p": {"S": "a"}, ":r": {"S": "ab"}},
    )
    assert [item["r"]["S"] for item in reply["Items"]] == ["ab", "abc", "abd"]


async def test_a_table_without_range_key_has_partitions_of_one_item(call: Calls) -> None:
    await call.create_table("hashes", "p:S")
    await call("PutItem", TableName="hashes", Item={"p": {"S": "a"}})
    reply = await call(
        "Query", TableName="hashes", KeyConditionExpression="p = :p", ExpressionAttributeValues={":p": {"S": "a"}}
    )
    assert reply == {"Count": 1, "ScannedCount": 1, "Items": [{"p": {"S": "a"}}]}


@pytest.mark.parametrize("forward", [True, False])
async def test_pages_by_limit_join_to_the_whole(call: Calls, forward: bool) -> None:
    whole = ats(await ask(call, ScanIndexForward=forward))
    found: list[int] = []
    more: dict[str, Any] = {}
    while True:
        page = await ask(call, Limit=4, ScanIndexForward=forward, **more)
        found += ats(page)
        if "LastEvaluatedKey" not in page:
            break
        assert page["LastEvaluatedKey"] == row("a", found[-1])
        more = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
    assert found == whole


async def test_a_page_that_limit_ends_has_a_last_key_even_at_the_end(call: Calls) -> None:
    page = await ask(call, Limit=6)
    assert page["LastEvaluatedKey"] == row("a", 9)
    assert await ask(call, Limit=6, ExclusiveStartKey=row("a", 9)) == {"Count": 0, "ScannedCount": 0, "Items": []}


async def test_a_starting_key_need_not_be_there_any_more(call: Calls) -> None:
    assert ats(await ask(call, ExclusiveStartKey=row("a", 2))) == [3, 5, 9]
    assert ats(await ask(call, ExclusiveStartKey=row("a", 2), ScanIndexForward=False)) == [1, 0, -2]


async def test_limit_counts_items_before_the_filter(call: Calls) -> None:
    page = await ask(call, Limit=3, FilterExpression="even = :even", values={":even": {"BOOL": True}})
    assert (ats(page), page["Count"], page["ScannedCount"]) == ([-2, 0], 2, 3)
    assert page["LastEvaluatedKey"] == row("a", 1)


async def test_a_count_has_no_items(call: Calls) -> None:
    assert await ask(call, Select="COUNT") == {"Count": 6, "ScannedCount": 6}
    counted = await ask(call, Select="COUNT", FilterExpression="even = :even", values={":even": {"BOOL": True}})
    assert counted == {"Count": 2, "ScannedCount": 6}


async def test_a_projection_keeps_what_it_names(call: Calls) -> None:
    page = await ask(call, Limit=1, ProjectionExpression="even")
    assert page["Items"] == [{"even": {"BOOL": True}}]
    assert page["LastEvaluatedKey"] == row("a", -2)


async def test_a_page_ends_with_the_item_that_brings_it_to_1_mb(call: Calls) -> None:
    for at in range(5):
        await call("PutItem", TableName="main", Item=row("big", at, v={"S": "x" * 300_000}))
    big = {":p": {"S": "big"}}
    page = await ask(call, values=big, ReturnConsumedCapacity="TOTAL")
    assert ats(page) == [0, 1, 2, 3]
    assert page["LastEvaluatedKey"] == row("big", 3)
    assert page["ConsumedCapacity"] == {"TableName": "main", "CapacityUnits": 146.5}
    rest = await ask(call, values=big, ExclusiveStartKey=page["LastEvaluatedKey"])
    assert ats(rest) == [4]
    assert "LastEvaluatedKey" not in rest


@pytest.mark.parametrize(("consistent", "units"), [(False, 0.5), (True, 1.0)])
async def test_capacity_is_that_of_all_items_together(call: Calls, consistent: bool, units: float) -> None:
    page = await ask(call, ConsistentRead=consistent, ReturnConsumedCapacity="INDEXES")
    assert page["ConsumedCapacity"] == {"TableName": "main", "CapacityUnits": units, "Table": {"CapacityUnits": units}}


async def test_an_empty_partition_is_an_empty_page(call: Calls) -> None:
    page = await ask(call, values={":p": {"S": "none"}}, ReturnConsumedCapacity="TOTAL")
    assert (page["Items"], page["Count"], page["ConsumedCapacity"]["CapacityUnits"]) == ([], 0, 0.5)


@pytest.mark.parametrize(
    ("start", "condition", "message"),
    [
        ({"p": {"S": "a"}}, "p = :p", "The provided starting key is invalid"),
        ({"p": {"S": "a"}, "x": {"N": "1"}}, "p = :p", "The provided starting key is invalid"),
        ({**row("a", 1), "x": {"N": "1"}}, "p = :p", "The provided starting key is invalid"),
        (
            {"p": {"S": "a"}, "at": {"S": "1"}},
            "p = :p",
            "The provided key element does not match the schema",
        ),
        (
            row("b", 1),
            "p = :p",
            "The provided starting key is outside query boundaries based on provided conditions",
        ),
        (row("a", 1), "p = :p AND #at > :x", "The provided starting key does not match the range key predicate"),
        (row("b", 1), "p = :p AND #at > :x", "The provided starting key does not match the range key predicate"),
        (row("b", 5), "p = :p AND #at > :x", "The query can return at most one row and cannot be restarted"),
    ],
)
async def test_a_starting_key_must_be_one_of_the_rows_asked_for(
    call: Calls, start: object, condition: str, message: str
) -> None:
    more: dict[str, Any] = {}
    if "#at" in condition:
        more = {"values": {":x": {"N": "3"}}, "ExpressionAttributeNames": {"#at": "at"}}
    with pytest.raises(Refusal) as refused:
        await ask(call, condition, ExclusiveStartKey=start, **more)
    assert (refused.value.code, refused.value.message) == ("ValidationException", message)


async def test_a_filter_on_a_key_attribute_is_refused(call: Calls) -> None:
    with pytest.raises(Refusal) as refused:
        await ask(call, FilterExpression="p = :p")
    assert refused.value.message == (
        "Filter Expression can only contain non-primary key attributes: Primary key attribute: p"
    )


async def test_an_index_is_queried_by_its_own_key(call: Calls) -> None:
    local = IndexSpec("local", "by_n", ("p:S", "n:N"), "KEYS_ONLY")
    other = IndexSpec("global", "by_n_only", ("n:N",))
    await call("CreateTable", **with_indexes(keyed("indexed", "p:S", "at:N"), local, other))
    for at in range(4):
        await call("PutItem", TableName="indexed", Item=row("a", at, n={"N": str(-(at // 2))}, v={"S": "v"}))
    await call("PutItem", TableName="indexed", Item=row("a", 9))

    async def found(index: str, condition: str, **more: Any) -> list[int]:
        values = {":p": {"S": "a"}} if "p = " in condition else {":n": {"N": "0"}}
        return ats(
            await call(
                "Query",
                TableName="indexed",
                IndexName=index,
                KeyConditionExpression=condition,
                ExpressionAttributeValues=values,
                **more,
            )
        )

    assert await found("by_n", "p = :p") == [2, 3, 0, 1]
    assert await found("by_n", "p = :p", ScanIndexForward=False) == [1, 0, 3, 2]
    assert await found("by_n_only", "n = :n") == [0, 1]
    start = row("a", 3, n={"N": "-1"})
    assert await found("by_n", "p = :p", ExclusiveStartKey=start) == [0, 1]
    assert await found("by_n", "p = :p", ExclusiveStartKey=start, ScanIndexForward=False) == [2]
    with pytest.raises(Refusal, match="global secondary indexes"):
        await found("by_n_only", "n = :n", ConsistentRead=True)
    with pytest.raises(Refusal, match=r"does not project one or more filter attributes: \[v\]"):
        await found("by_n", "p = :p", FilterExpression="v = :p")


async def test_a_starting_key_is_judged_before_the_range_condition_and_its_hash_key_before_the_hash_condition(
    call: Calls,
) -> None:
    with pytest.raises(Refusal, match="The provided key element does not match the schema"):
        await ask(call, "even = :p", ExclusiveStartKey={"p": {"N": "1"}, "at": {"S": "1"}})
    with pytest.raises(Refusal, match="Query condition missed key schema element: p"):
        await ask(call, "even = :p", ExclusiveStartKey={"p": {"S": "a"}, "at": {"S": "1"}})


async def test_an_index_that_the_table_does_not_have_is_refused(call: Calls) -> None:
    with pytest.raises(Refusal, match="ValidationException: The table does not have the specified index: other"):
        await ask(call, IndexName="other")


async def test_a_condition_must_name_the_hash_key(call: Calls) -> None:
    with pytest.raises(Refusal, match="Query condition missed key schema element: p"):
        await ask(call, "even = :p")


async def test_an_expression_that_cannot_be_read_is_refused_before_the_table_is_missed(call: Calls) -> None:
    values = {"ExpressionAttributeValues": HASH}
    with pytest.raises(Refusal, match="ValidationException: Invalid KeyConditionExpression"):
        await call("Query", TableName="other", KeyConditionExpression="p = = :p", **values)
    with pytest.raises(Refusal, match=r"ResourceNotFoundException: Requested resource not found$"):
        await call("Query", TableName="other", KeyConditionExpression="p = :p", **values)
