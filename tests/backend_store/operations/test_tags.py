import asyncio
from typing import Any

import pytest

from backend_store.catalog import Catalog
from backend_store.kv.engine import Engine
from tests.support.stores import Calls, Refusal

ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/films"


@pytest.fixture(autouse=True)
async def films(call: Calls) -> None:
    await call.create_table("films")


async def tag(call: Calls, **tags: str) -> None:
    await call("TagResource", ResourceArn=ARN, Tags=[{"Key": key, "Value": value} for key, value in tags.items()])


async def tags(call: Calls) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in (await call("ListTagsOfResource", ResourceArn=ARN))["Tags"]}


async def test_tags_are_added_replaced_and_taken_away(call: Calls, engine: Engine) -> None:
    assert await tags(call) == {}
    await tag(call, a="1", b="2")
    await tag(call, b="3", c="")
    await call("UntagResource", ResourceArn=ARN, TagKeys=["a", "absent"])
    assert await tags(call) == {"b": "3", "c": ""}
    assert Catalog(engine).table("films").tags == {"b": "3", "c": ""}


async def test_tags_given_with_the_table_are_there(call: Calls) -> None:
    await call(
        "CreateTable",
        TableName="owned",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        Tags=[{"Key": "team", "Value": "a"}],
    )
    listed = await call("ListTagsOfResource", ResourceArn=ARN.replace("films", "owned"))
    assert listed == {"Tags": [{"Key": "team", "Value": "a"}]}


async def test_tags_set_at_once_are_all_kept(call: Calls) -> None:
    await asyncio.gather(*[tag(call, **{f"k{number}": "v"}) for number in range(20)])
    assert len(await tags(call)) == 20


async def test_fifty_tags_are_the_most_also_together_with_those_there_are(call: Calls) -> None:
    await tag(call, **{f"k{number}": "" for number in range(50)})
    await tag(call, k0="again")
    with pytest.raises(Refusal) as refusal:
        await tag(call, one_more="")
    assert refusal.value.message == "Number of Tags exceed the current limit for the provided ResourceArn"
    assert len(await tags(call)) == 50


@pytest.mark.parametrize(
    ("arn", "code", "message"),
    [
        (
            "arn:aws:dynamodb:us-east-1:000000000000:table/missing",
            "ResourceNotFoundException",
            "Requested resource not found: ResourceArn: "
            "arn:aws:dynamodb:us-east-1:000000000000:table/missing not found",
        ),
        (
            f"{ARN}/stream/x",
            "ResourceNotFoundException",
            f"Requested resource not found: ResourceArn: {ARN}/stream/x not found",
        ),
        (ARN.replace("000000000000", "111111111111"), "AccessDeniedException", "Access is denied"),
        (
            ARN.replace("us-east-1", "eu-west-1"),
            "ValidationException",
            f"Invalid TableArn: Invalid ResourceArn provided as input {ARN.replace('us-east-1', 'eu-west-1')}",
        ),
        (
            "films",
            "ValidationException",
            "One or more parameter values were invalid: ARNs must start with 'arn:': films",
        ),
    ],
)
async def test_only_an_own_tables_arn_is_accepted(call: Calls, arn: str, code: str, message: str) -> None:
    asked: list[tuple[str, dict[str, Any]]] = [
        ("TagResource", {"Tags": [{"Key": "a", "Value": ""}]}),
        ("UntagResource", {"TagKeys": ["a"]}),
        ("ListTagsOfResource", {}),
    ]
    for operation, members in asked:
        with pytest.raises(Refusal) as refusal:
            await call(operation, ResourceArn=arn, **members)
        assert (refusal.value.code, refusal.value.message) == (code, message)


async def test_a_new_table_of_the_name_has_none_of_the_old_ones_tags(call: Calls) -> None:
    await tag(call, a="1")
    await call("DeleteTable", TableName="films")
    await call.create_table("films")
    assert await tags(call) == {}
