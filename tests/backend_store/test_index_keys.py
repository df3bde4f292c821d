"""What may be written into an index key attribute, through the operations that write."""

from typing import Any, TypeAlias

import pytest

from tests.support.boto import keyed
from tests.support.indexes import IndexSpec, with_indexes
from tests.support.stores import Calls, Refusal

Json: TypeAlias = dict[str, Any]

# `s` is a key of two indexes: messages name the first by name.
INDEXES = (
    IndexSpec("global", "b_index", ("s:S", "n:N")),
    IndexSpec("global", "a_index", ("b:B", "s:S"), "KEYS_ONLY"),
    IndexSpec("local", "local", ("p:S", "t:S")),
)
KEY: Json = {"p": {"S": "p"}, "r": {"N": "1"}}
MISMATCH = "One or more parameter values were invalid: Type mismatch for Index Key "
UNSUPPORTED = "The update expression attempted to update the secondary index key to unsupported type"
EMPTY = (
    "One or more parameter values are not valid. A value specified for a secondary index key is not supported. "
    "The AttributeValue for a key attribute cannot contain an empty {} value. IndexName: {}, IndexKey: {}"
)
EMPTY_UPDATE = (
    "One or more parameter values are not valid. The update expression attempted to update a secondary index key to a "
    "value that is not supported. The AttributeValue for a key attribute cannot contain an empty string value."
)
TOO_LONG = "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes"
TOO_LONG_RANGE = (
    "One or more parameter values were invalid: Aggregated size of all range keys has exceeded "
    "the size limit of 1024 bytes"
)


@pytest.fixture
async def indexed(call: Calls) -> Calls:
    await call("CreateTable", **with_indexes(keyed("main", "p:S", "r:N"), *INDEXES))
    return call


WRONG_ITEMS = [
    ({"s": {"N": "1"}}, MISMATCH + "s Expected: S Actual: N IndexName: a_index"),
    ({"n": {"S": "1"}}, MISMATCH + "n Expected: N Actual: S IndexName: b_index"),
    ({"b": {"NULL": True}}, MISMATCH + "b Expected: B Actual: NULL IndexName: a_index"),
    ({"t": {"L": [{"S": "t"}]}}, MISMATCH + "t Expected: S Actual: L IndexName: local"),
    ({"s": {"S": ""}}, EMPTY.format("string", "a_index", "s")),
    ({"b": {"B": ""}}, EMPTY.format("binary", "a_index", "b")),
    ({"b": {"B": "YWFh" * 683}}, TOO_LONG),
    ({"t": {"S": "t" * 1025}}, TOO_LONG_RANGE),
]


@pytest.mark.parametrize(("attributes", "message"), WRONG_ITEMS)
async def test_an_item_whose_attribute_cannot_be_an_index_key_is_not_put(
    indexed: Calls, attributes: Json, message: str
) -> None:
    item = {**KEY, **attributes}
    with pytest.raises(Refusal) as refused:
        await indexed("PutItem", TableName="main", Item=item)
    assert (refused.value.code, refused.value.message) == ("ValidationException", message)
    with pytest.raises(Refusal) as refused:
        await indexed("BatchWriteItem", RequestItems={"main": [{"PutRequest": {"Item": item}}]})
    assert refused.value.message == message
    assert await indexed.items("main") == []


async def test_the_item_is_refused_before_its_condition_is_looked_at(indexed: Calls) -> None:
    with pytest.raises(Refusal, match="Type mismatch for Index Key s"):
        await indexed(
            "PutItem", TableName="main", Item={**KEY, "s": {"N": "1"}}, ConditionExpression="attribute_exists(p)"
        )


@pytest.mark.parametrize(
    ("expression", "value", "message"),
    [
        ("SET s = :v", {"N": "1"}, MISMATCH + "s Expected: S Actual: N IndexName: a_index"),
        ("SET s = n + :v", {"N": "1"}, MISMATCH + "s Expected: S Actual: N IndexName: a_index"),
        ("SET s = n - :v", {"N": "1"}, MISMATCH + "s Expected: S Actual: N IndexName: a_index"),
        ("SET s = list_append(l, :v)", {"L": []}, MISMATCH + "s Expected: S Actual: L IndexName: a_index"),
        ("SET s = if_not_exists(s, :v)", {"BOOL": True}, MISMATCH + "s Expected: S Actual: BOOL IndexName: a_index"),
        ("ADD s :v", {"SS": ["a"]}, MISMATCH + "s Expected: S Actual: SS IndexName: a_index"),
        ("SET s = :v", {"S": ""}, EMPTY_UPDATE),
        ("SET s = l, v = :v", {"S": ""}, UNSUPPORTED),
        ("SET s = l[0], v = :v", {"S": ""}, EMPTY_UPDATE),
        ("SET t = :v", {"S": "t" * 1025}, "The update expression attempted to update the secondary index key beyond"),
    ],
)
async def test_an_update_to_what_cannot_be_an_index_key_is_refused(
    indexed: Calls, expression: str, value: Json, message: str
) -> None:
    item = {**KEY, "s": {"S": "s"}, "n": {"N": "1"}, "l": {"L": [{"S": ""}]}}
    await indexed("PutItem", TableName="main", Item=item)
    with pytest.raises(Refusal) as refused:
        await indexed(
            "UpdateItem",
            TableName="main",
            Key=KEY,
            UpdateExpression=expression,
            ExpressionAttributeValues={":v": value},
        )
    assert refused.value.code == "ValidationException"
    assert refused.value.message.startswith(message)
    assert await indexed.items("main") == [item]


SCALARS = "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: IndexKey: t"


@pytest.mark.parametrize("expression", ["SET t.a = :v", "SET t[0] = :v", "SET v = t[0], w = :v", "ADD t.a :v"])
async def test_an_update_may_not_look_into_an_index_key(indexed: Calls, expression: str) -> None:
    with pytest.raises(Refusal) as refused:
        await indexed(
            "UpdateItem",
            TableName="main",
            Key=KEY,
            UpdateExpression=expression,
            ExpressionAttributeValues={":v": {"N": "1"}},
        )
    assert (refused.value.code, refused.value.message) == ("ValidationException", SCALARS)


async def test_an_update_may_set_remove_and_add_to_index_keys(indexed: Calls) -> None:
    values = {":s": {"S": "s"}, ":n": {"N": "2"}}
    update: Json = {"UpdateExpression": "SET s = :s ADD n :n", "ExpressionAttributeValues": values}
    await indexed("UpdateItem", TableName="main", Key=KEY, **update)
    await indexed("UpdateItem", TableName="main", Key=KEY, **update)
    await indexed("UpdateItem", TableName="main", Key=KEY, UpdateExpression="REMOVE s")
    assert await indexed.items("main") == [{**KEY, "n": {"N": "4"}}]


async def test_nothing_is_asked_of_the_keys_of_an_index_that_is_gone(indexed: Calls) -> None:
    for name in ("a_index", "b_index"):
        await indexed("UpdateTable", TableName="main", GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": name}}])
    item = {**KEY, "s": {"N": "1"}, "n": {"S": ""}, "b": {"B": ""}}
    await indexed("PutItem", TableName="main", Item=item)
    assert await indexed.items("main") == [item]
