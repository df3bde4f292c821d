"""aiobotocore's basic operations through the HTTP door: botocore on aiohttp, which pools and pipelines its own way."""

# aiobotocore is untyped.
# mypy: disable-error-code="import-untyped"
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportMissingTypeStubs=false, reportUnknownParameterType=false

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiobotocore.session import get_session
from botocore.exceptions import ClientError

TABLE = "aiobotocore-things"


@pytest.fixture
async def client(url: str) -> AsyncIterator[Any]:
    """A client, and an empty table for it."""
    session: Any = get_session()
    credentials = {"aws_access_key_id": "any", "aws_secret_access_key": "any"}
    async with session.create_client("dynamodb", region_name="us-east-1", endpoint_url=url, **credentials) as made:
        await made.create_table(
            TableName=TABLE,
            AttributeDefinitions=[
                {"AttributeName": "group", "AttributeType": "S"},
                {"AttributeName": "number", "AttributeType": "N"},
            ],
            KeySchema=[
                {"AttributeName": "group", "KeyType": "HASH"},
                {"AttributeName": "number", "KeyType": "RANGE"},
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        await made.get_waiter("table_exists").wait(TableName=TABLE)
        yield made
        await made.delete_table(TableName=TABLE)


def key(number: int) -> dict[str, Any]:
    return {"group": {"S": "g"}, "number": {"N": str(number)}}


async def test_an_item_is_put_got_updated_and_deleted(client: Any) -> None:
    item = {**key(1), "blob": {"B": b"\x00\xff"}, "flags": {"L": [{"BOOL": True}, {"NULL": True}]}}
    await client.put_item(TableName=TABLE, Item=item)
    assert (await client.get_item(TableName=TABLE, Key=key(1)))["Item"] == item
    updated = await client.update_item(
        TableName=TABLE,
        Key=key(1),
        UpdateExpression="SET seen = :one REMOVE flags[0]",
        ExpressionAttributeValues={":one": {"N": "1"}},
        ReturnValues="ALL_NEW",
    )
    expected = {**item, "seen": {"N": "1"}, "flags": {"L": [{"NULL": True}]}}
    assert updated["Attributes"] == expected
    assert (await client.get_item(TableName=TABLE, Key=key(1)))["Item"] == expected
    deleted = await client.delete_item(TableName=TABLE, Key=key(1), ReturnValues="ALL_OLD")
    assert deleted["Attributes"] == expected
    assert "Item" not in await client.get_item(TableName=TABLE, Key=key(1))


async def test_many_calls_at_once_each_get_their_own_answer(client: Any) -> None:
    numbers = range(50)
    await asyncio.gather(*(client.put_item(TableName=TABLE, Item=key(number)) for number in numbers))
    replies = await asyncio.gather(*(client.get_item(TableName=TABLE, Key=key(number)) for number in numbers))
    assert [reply["Item"] for reply in replies] == [key(number) for number in numbers]


async def test_a_paginator_brings_all_pages_in_order(client: Any) -> None:
    puts = [{"PutRequest": {"Item": key(number)}} for number in range(-10, 15)]
    reply = await client.batch_write_item(RequestItems={TABLE: puts})
    assert reply["UnprocessedItems"] == {}
    pages = client.get_paginator("query").paginate(
        TableName=TABLE,
        KeyConditionExpression="#g = :g AND #n >= :n",
        ExpressionAttributeNames={"#g": "group", "#n": "number"},
        ExpressionAttributeValues={":g": {"S": "g"}, ":n": {"N": "-5"}},
        PaginationConfig={"PageSize": 7},
    )
    assert [int(item["number"]["N"]) async for page in pages for item in page["Items"]] == list(range(-5, 15))


async def test_a_batch_get_brings_what_there_is(client: Any) -> None:
    await client.put_item(TableName=TABLE, Item=key(1))
    reply = await client.batch_get_item(RequestItems={TABLE: {"Keys": [key(1), key(2)]}})
    assert reply["Responses"] == {TABLE: [key(1)]}
    assert reply["UnprocessedKeys"] == {}


async def test_errors_are_botocores(client: Any) -> None:
    await client.put_item(TableName=TABLE, Item=key(1))
    with pytest.raises(client.exceptions.ConditionalCheckFailedException):
        await client.put_item(
            TableName=TABLE,
            Item=key(1),
            ConditionExpression="attribute_not_exists(#g)",
            ExpressionAttributeNames={"#g": "group"},
        )
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        await client.get_item(TableName="no-such-table", Key=key(1))
    with pytest.raises(ClientError, match="ValidationException"):
        await client.get_item(TableName=TABLE, Key={"group": {"S": "g"}})
