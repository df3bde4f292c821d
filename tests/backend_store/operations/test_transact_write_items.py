"""TransactWriteItems: from the request to writes; what a transaction does with them is in test_transaction."""

from typing import Any

import pytest

from tests.support.boto import keyed
from tests.support.indexes import IndexSpec, with_indexes
from tests.support.stores import Calls, Refusal


def key(number: int) -> dict[str, Any]:
    return {"id": {"S": f"k{number}"}}


def put(number: int, table: str = "main", **more: Any) -> dict[str, Any]:
    return {"Put": {"TableName": table, "Item": {**key(number), "n": {"N": str(number)}}, **more}}


def delete(number: int, table: str = "main", **more: Any) -> dict[str, Any]:
    return {"Delete": {"TableName": table, "Key": key(number), **more}}


def update(number: int, expression: str, table: str = "main", **more: Any) -> dict[str, Any]:
    return {"Update": {"TableName": table, "Key": key(number), "UpdateExpression": expression, **more}}


def check(number: int, condition: str, table: str = "main", **more: Any) -> dict[str, Any]:
    return {"ConditionCheck": {"TableName": table, "Key": key(number), "ConditionExpression": condition, **more}}


@pytest.fixture(autouse=True)
async def tables(call: Calls) -> None:
    for name in ("main", "side"):
        await call.create_table(name)


async def write(call: Calls, *actions: dict[str, Any], **more: Any) -> Any:
    return await call("TransactWriteItems", TransactItems=actions, **more)


async def refusal(call: Calls, *actions: dict[str, Any], **more: Any) -> Refusal:
    with pytest.raises(Refusal) as refused:
        await write(call, *actions, **more)
    return refused.value


async def reasons(call: Calls, *actions: dict[str, Any]) -> Any:
    """Those of a transaction that is cancelled and has changed nothing."""
    before = await call.items("main")
    refused = await refusal(call, *actions)
    assert refused.code == "TransactionCanceledException"
    found = refused.document["CancellationReasons"]
    codes = ", ".join(reason["Code"] for reason in found)
    assert refused.document["Message"] == (
        f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]"
    )
    assert await call.items("main") == before
    return found


async def test_all_four_actions_are_done_in_any_tables(call: Calls) -> None:
    await write(call, put(1), put(2), put(3, "side"))
    reply = await write(
        call,
        put(1, "side"),
        update(1, "SET n = n + :n", ExpressionAttributeValues={":n": {"N": "10"}}),
        delete(2),
        check(3, "attribute_exists(n)", "side"),
    )
    assert reply == {}
    assert await call.items("main") == [{**key(1), "n": {"N": "11"}}]
    assert sorted(item["id"]["S"] for item in await call.items("side")) == ["k1", "k3"]


async def test_an_update_makes_the_item_that_is_not_there_and_a_delete_of_none_is_none(call: Calls) -> None:
    await write(call, update(1, "SET a = :a", ExpressionAttributeValues={":a": {"S": "x"}}), delete(2))
    assert await call.items("main") == [{**key(1), "a": {"S": "x"}}]


async def test_a_check_writes_nothing(call: Calls) -> None:
    reply = await call.reply("TransactWriteItems", TransactItems=[check(1, "attribute_not_exists(id)")])
    assert (reply.status, reply.body, reply.changes) == (200, b"{}", ())
    assert await call.items("main") == []


async def test_placeholders_are_those_of_their_action(call: Calls) -> None:
    named: dict[str, Any] = {"ExpressionAttributeNames": {"#a": "one"}, "ExpressionAttributeValues": {":v": {"N": "1"}}}
    other: dict[str, Any] = {"ExpressionAttributeNames": {"#a": "two"}, "ExpressionAttributeValues": {":v": {"N": "2"}}}
    await write(call, update(1, "SET #a = :v", **named), update(2, "SET #a = :v", **other))
    assert sorted(map(str, await call.items("main"))) == sorted(
        map(str, [{**key(1), "one": {"N": "1"}}, {**key(2), "two": {"N": "2"}}])
    )


@pytest.mark.parametrize(
    "actions",
    [
        (put(1), put(1)),
        (put(1), delete(1)),
        (check(1, "attribute_exists(id)"), update(1, "REMOVE a")),
        (put(2), check(1, "attribute_exists(id)"), check(1, "attribute_not_exists(id)")),
    ],
)
async def test_an_item_is_named_once(call: Calls, actions: Any) -> None:
    refused = await refusal(call, *actions)
    assert str(refused) == "ValidationException: Transaction request cannot include multiple operations on one item"
    assert await call.items("main") == []


async def test_one_key_in_two_tables_is_two_items(call: Calls) -> None:
    await write(call, put(1), put(1, "side"))
    assert await call.items("main") == await call.items("side")


async def test_a_number_key_is_one_item_however_it_is_spelt(call: Calls) -> None:
    await call.create_table("numbers", "n:N")
    actions = [{"Put": {"TableName": "numbers", "Item": {"n": {"N": text}}}} for text in ("1", "1.0")]
    assert (await refusal(call, *actions)).message.endswith("multiple operations on one item")


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (
            {"Put": {"TableName": "main", "Item": {"id": {"N": "1"}}}},
            "One or more parameter values were invalid: Type mismatch for key id expected: S actual: N",
        ),
        (
            {"Put": {"TableName": "main", "Item": {"n": {"N": "1"}}}},
            "One or more parameter values were invalid: Missing the key id in the item",
        ),
        (
            {"Delete": {"TableName": "main", "Key": {"id": {"N": "1"}}}},
            "The provided key element does not match the schema",
        ),
        (
            {"Delete": {"TableName": "main", "Key": {"id": {"S": "x" * 2049}}}},
            "One or more parameter values were invalid: "
            "Size of hashkey has exceeded the maximum size limit of2048 bytes",
        ),
    ],
)
async def test_a_key_that_is_none_of_the_table_cancels_whatever_else_there_is(
    call: Calls, action: Any, message: str
) -> None:
    """Actions behind it are not looked at any more, nor is any condition."""
    bad = {"Put": {"TableName": "main", "Item": {"id": {"N": "8"}}}}
    false = put(3, ConditionExpression="attribute_exists(id)")
    assert await reasons(call, false, action, bad) == [
        {"Code": "None"},
        {"Code": "ValidationError", "Message": message},
        {"Code": "None"},
    ]


@pytest.mark.parametrize(
    "action",
    [
        {"Put": {"TableName": "main", "Item": {"id": {"S": ""}}}},
        {"Update": {"TableName": "main", "Key": {"id": {"S": ""}}, "UpdateExpression": "REMOVE a"}},
        {"Delete": {"TableName": "main", "Key": {"id": {"S": ""}}}},
        {"ConditionCheck": {"TableName": "main", "Key": {"id": {"S": ""}}, "ConditionExpression": "a = b"}},
    ],
)
async def test_an_empty_key_refuses_the_request(call: Calls, action: Any) -> None:
    refused = await refusal(call, {"Put": {"TableName": "main", "Item": {"id": {"N": "8"}}}}, action)
    assert (refused.code, refused.message) == (
        "ValidationException",
        "One or more parameter values are not valid. "
        "The AttributeValue for a key attribute cannot contain an empty string value. Key: id",
    )


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (
            put(2, ConditionExpression="hello!"),
            'Invalid ConditionExpression: Syntax error; token: "!", near: "hello!"',
        ),
        (
            put(2, ConditionExpression="attribute_exists(#x)"),
            "Invalid ConditionExpression: An expression attribute name used in the document path is not defined; "
            "attribute name: #x",
        ),
        (
            put(2, ConditionExpression="id = :x"),
            "Invalid ConditionExpression: An expression attribute value used in expression is not defined; "
            "attribute value: :x",
        ),
        (
            put(2, ConditionExpression="attribute_exists(id)", ExpressionAttributeNames={"#x": "x"}),
            "Value provided in ExpressionAttributeNames unused in expressions: keys: {#x}",
        ),
        (
            put(2, ConditionExpression="attribute_exists(id)", ExpressionAttributeValues={":x": {"N": "7"}}),
            "Value provided in ExpressionAttributeValues unused in expressions: keys: {:x}",
        ),
        (
            put(2, ConditionExpression="attribute_exists(id)", ExpressionAttributeValues={}),
            "ExpressionAttributeValues must not be empty",
        ),
        (update(2, ""), "Invalid UpdateExpression: The expression can not be empty;"),
        (
            update(2, "SET a = b SET b = a"),
            'Invalid UpdateExpression: The "SET" section can only be used once in an update expression;',
        ),
        (
            update(2, "SET id = a"),
            "One or more parameter values were invalid: Cannot update attribute id. This attribute is part of the key",
        ),
        (check(2, ""), "Invalid ConditionExpression: The expression can not be empty;"),
        (
            check(2, "id.x = id"),
            "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: id",
        ),
    ],
)
async def test_what_is_wrong_with_an_expression_refuses_the_request(call: Calls, action: Any, message: str) -> None:
    refused = await refusal(call, put(1), action)
    assert (refused.code, refused.message) == ("ValidationException", message)
    assert await call.items("main") == []


async def test_placeholders_without_an_expression_are_let_pass(call: Calls) -> None:
    await write(call, put(1, ExpressionAttributeNames={"#a": "a"}), delete(2, ExpressionAttributeNames={"#a": "a"}))
    assert len(await call.items("main")) == 1


async def test_a_missing_table_refuses_the_request_before_keys_are_compared(call: Calls) -> None:
    refused = await refusal(call, put(1), put(1), put(1, "other"))
    assert (refused.code, refused.message) == ("ResourceNotFoundException", "Requested resource not found")


@pytest.mark.parametrize(("condition", "holds"), [("attribute_exists(n)", True), ("attribute_not_exists(n)", False)])
@pytest.mark.parametrize("kind", ["put", "update", "delete", "check"])
async def test_every_action_can_have_a_condition(call: Calls, kind: str, condition: str, holds: bool) -> None:
    await write(call, put(1))
    action = {
        "put": put(1, ConditionExpression=condition, ReturnValuesOnConditionCheckFailure="ALL_OLD"),
        "update": update(1, "REMOVE a", ConditionExpression=condition, ReturnValuesOnConditionCheckFailure="ALL_OLD"),
        "delete": delete(1, ConditionExpression=condition, ReturnValuesOnConditionCheckFailure="ALL_OLD"),
        "check": check(1, condition, ReturnValuesOnConditionCheckFailure="ALL_OLD"),
    }[kind]
    if holds:
        await write(call, action, put(2))
        return
    item = {**key(1), "n": {"N": "1"}}
    assert await reasons(call, put(2), action) == [
        {"Code": "None"},
        {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed", "Item": item},
    ]


@pytest.mark.parametrize(
    ("expression", "values", "message"),
    [
        ("SET a = b", {}, "The provided expression refers to an attribute that does not exist in the item"),
        ("SET x.y = n", {}, "The document path provided in the update expression is invalid for update"),
        (
            "SET n = n + :v",
            {":v": {"N": "9" * 38 + "0" * 87}},
            "Number overflow. Attempting to store a number with magnitude larger than supported range",
        ),
        (
            "ADD n :v",
            {":v": {"SS": ["x"]}},
            "An operand in the update expression has an incorrect data type",
        ),
        (
            "SET v = :v",
            {":v": {"S": "x" * 409_593}},
            "Item size to update has exceeded the maximum allowed size",
        ),
    ],
)
async def test_an_update_that_the_item_does_not_allow_is_its_actions_reason(
    call: Calls, expression: str, values: Any, message: str
) -> None:
    await write(call, put(1))
    more = {"ExpressionAttributeValues": values} if values else {}
    assert await reasons(call, put(2), update(1, expression, **more)) == [
        {"Code": "None"},
        {"Code": "ValidationError", "Message": message},
    ]


async def test_an_item_that_is_too_large_refuses_the_request_behind_a_missing_table(call: Calls) -> None:
    large = {"Put": {"TableName": "main", "Item": {**key(1), "v": {"S": "x" * 410_000}}}}
    refused = await refusal(call, put(2), large)
    assert (refused.code, refused.message) == (
        "ValidationException",
        "Item size has exceeded the maximum allowed size",
    )
    assert (await refusal(call, large, put(2, "other"))).code == "ResourceNotFoundException"


# ---- tables with indexes


@pytest.fixture
async def indexed(call: Calls) -> str:
    """A table with the hash key p and the range key r, a local index on its number n and a global one on its text g."""
    indexes = (IndexSpec("local", "by-n", ("p:S", "n:N"), "KEYS_ONLY"), IndexSpec("global", "by-g", ("g:S",)))
    await call("CreateTable", **with_indexes(keyed("indexed", "p:S", "r:N"), *indexes))
    return "indexed"


def row(**more: Any) -> dict[str, Any]:
    return {"p": {"S": "a"}, "r": {"N": "1"}, **more}


@pytest.mark.usefixtures("indexed")
async def test_an_index_key_of_another_type_is_the_reason_of_its_put(call: Calls) -> None:
    message = (
        "One or more parameter values were invalid: Type mismatch for Index Key g Expected: S Actual: N IndexName: by-g"
    )
    assert await reasons(call, put(1), {"Put": {"TableName": "indexed", "Item": row(g={"N": "1"})}}) == [
        {"Code": "None"},
        {"Code": "ValidationError", "Message": message},
    ]


@pytest.mark.usefixtures("indexed")
async def test_an_index_key_that_an_update_copies_is_judged_when_it_is_known(call: Calls) -> None:
    await write(call, {"Put": {"TableName": "indexed", "Item": row(n={"N": "1"})}})
    copies = {"TableName": "indexed", "Key": row(), "UpdateExpression": "SET g = n"}
    assert (await reasons(call, put(1), {"Update": copies}))[1] == {
        "Code": "ValidationError",
        "Message": "The update expression attempted to update the secondary index key to unsupported type",
    }


@pytest.mark.usefixtures("indexed")
async def test_an_empty_index_key_refuses_the_request(call: Calls) -> None:
    refused = await refusal(call, put(1), {"Put": {"TableName": "indexed", "Item": row(g={"S": ""})}})
    assert (refused.code, refused.message) == (
        "ValidationException",
        "One or more parameter values are not valid. A value specified for a secondary index key is not supported. "
        "The AttributeValue for a key attribute cannot contain an empty string value. IndexName: by-g, IndexKey: g",
    )


@pytest.mark.usefixtures("indexed")
async def test_index_rows_change_with_the_transaction_and_are_paid_for(call: Calls) -> None:
    action = {"Put": {"TableName": "indexed", "Item": row(n={"N": "1"}, g={"S": "x"})}}
    reply = await write(call, action, ReturnConsumedCapacity="INDEXES")
    assert reply["ConsumedCapacity"] == [
        {
            "TableName": "indexed",
            "CapacityUnits": 4.0,
            "WriteCapacityUnits": 4.0,
            "Table": {"CapacityUnits": 2.0, "WriteCapacityUnits": 2.0},
            "LocalSecondaryIndexes": {"by-n": {"CapacityUnits": 1.0, "WriteCapacityUnits": 1.0}},
            "GlobalSecondaryIndexes": {"by-g": {"CapacityUnits": 1.0, "WriteCapacityUnits": 1.0}},
        }
    ]
    found = await call("Scan", TableName="indexed", IndexName="by-g")
    assert found["Items"] == [row(n={"N": "1"}, g={"S": "x"})]


@pytest.mark.usefixtures("indexed")
async def test_the_collections_that_were_written_to_are_measured_once_each(call: Calls) -> None:
    actions = [{"Put": {"TableName": "indexed", "Item": row(r={"N": str(number)})}} for number in (1, 2)]
    reply = await write(call, *actions, put(1), ReturnItemCollectionMetrics="SIZE")
    assert reply == {
        "ItemCollectionMetrics": {
            "indexed": [{"ItemCollectionKey": {"p": {"S": "a"}}, "SizeEstimateRangeGB": [0.0, 1.0]}]
        }
    }
