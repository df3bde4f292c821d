"""TransactGetItems, as Amazon does it."""

from typing import Any

import pytest

from tests.support.boto import Client, Json, Refused, refused, unique

ONE_ITEM = "Transaction request cannot include multiple operations on one item"


def get(table: str, key: Json, **more: Any) -> Json:
    return {"Get": {"TableName": table, "Key": key, **more}}


def read(client: Client, *gets: Json, **more: Any) -> Any:
    return client.transact_get_items(TransactItems=list(gets), **more)


def refused_read(client: Client, *gets: Json) -> Refused:
    return refused(client.transact_get_items, TransactItems=list(gets))


def new(client: Client, table: str, **more: Any) -> Json:
    """An item that is there."""
    item = {"id": {"S": unique()}, **more}
    client.put_item(TableName=table, Item=item)
    return item


def key_of(item: Json) -> Json:
    return {"id": item["id"]}


def test_items_come_in_the_order_of_the_reads(client: Client, table: str, ranged: str) -> None:
    one, two = new(client, table, n={"N": "1"}), new(client, table, n={"N": "2"})
    other = {"p": {"S": unique()}, "r": {"N": "1"}}
    client.put_item(TableName=ranged, Item=other)
    reply = read(client, get(table, key_of(two)), get(ranged, other), get(table, key_of(one)))
    assert reply["Responses"] == [{"Item": two}, {"Item": other}, {"Item": one}]
    assert "ConsumedCapacity" not in reply


def test_there_is_nothing_for_an_item_that_is_not_there(client: Client, table: str) -> None:
    item = new(client, table)
    reply = read(client, get(table, {"id": {"S": unique()}}), get(table, key_of(item)))
    assert reply["Responses"] == [{}, {"Item": item}]


def test_a_hundred_items_are_read(client: Client, table: str) -> None:
    keys = [{"id": {"S": unique()}} for _ in range(100)]
    client.transact_write_items(TransactItems=[{"Put": {"TableName": table, "Item": key}} for key in keys])
    assert [one["Item"] for one in read(client, *(get(table, key) for key in keys))["Responses"]] == keys


def test_each_read_has_a_projection_of_its_own(client: Client, table: str) -> None:
    item = new(client, table, a={"N": "1"}, m={"M": {"x": {"N": "2"}, "y": {"N": "3"}}})
    other = new(client, table, a={"N": "1"}, b={"N": "2"})
    reply = read(
        client,
        get(table, key_of(item), ProjectionExpression="#m.x", ExpressionAttributeNames={"#m": "m"}),
        get(table, key_of(other), ProjectionExpression="#m, b", ExpressionAttributeNames={"#m": "a"}),
    )
    assert [one["Item"] for one in reply["Responses"]] == [
        {"m": {"M": {"x": {"N": "2"}}}},
        {"a": {"N": "1"}, "b": {"N": "2"}},
    ]


def test_a_projection_that_keeps_nothing_shows_no_item(client: Client, table: str) -> None:
    """Other than GetItem's, which shows an empty one; two implementations that were compared with Amazon's say so."""
    item = new(client, table)
    assert read(client, get(table, key_of(item), ProjectionExpression="nowhere"))["Responses"] == [{}]


def test_a_tables_arn_stands_for_its_name(client: Client, table: str) -> None:
    item = new(client, table)
    arn = client.describe_table(TableName=table)["Table"]["TableArn"]
    assert read(client, get(arn, key_of(item)))["Responses"] == [{"Item": item}]


def test_a_read_costs_twice_what_a_consistent_one_does(client: Client, table: str, ranged: str) -> None:
    """2 units for 4 KB, also where there is no item; the reply says which kind of units they are."""
    item = new(client, table, v={"S": "x" * 5000})
    gets = (
        get(table, key_of(item)),
        get(table, {"id": {"S": unique()}}),
        get(ranged, {"p": {"S": unique()}, "r": {"N": "1"}}),
    )
    total = read(client, *gets, ReturnConsumedCapacity="TOTAL")["ConsumedCapacity"]
    assert {one["TableName"]: one for one in total} == {
        table: {"TableName": table, "CapacityUnits": 6.0, "ReadCapacityUnits": 6.0},
        ranged: {"TableName": ranged, "CapacityUnits": 2.0, "ReadCapacityUnits": 2.0},
    }
    by_index = read(client, *gets, ReturnConsumedCapacity="INDEXES")["ConsumedCapacity"]
    assert {one["TableName"]: one["Table"] for one in by_index} == {
        table: {"CapacityUnits": 6.0, "ReadCapacityUnits": 6.0},
        ranged: {"CapacityUnits": 2.0, "ReadCapacityUnits": 2.0},
    }


def test_an_item_is_named_once(client: Client, table: str, ranged: str) -> None:
    key = {"id": {"S": unique()}}
    error = refused_read(client, get(table, key), get(table, {"id": {"S": unique()}}), get(table, key))
    assert (error.code, error.message) == ("ValidationException", ONE_ITEM)
    spelt = [{"p": {"S": "a"}, "r": {"N": "1"}}, {"r": {"N": "1.0"}, "p": {"S": "a"}}]
    error = refused_read(client, *(get(ranged, key) for key in spelt))
    assert (error.code, error.message) == ("ValidationException", ONE_ITEM)


@pytest.mark.parametrize(
    "key",
    [{"id": {"N": "1"}}, {"other": {"S": "a"}}, {"id": {"S": "a"}, "r": {"S": "b"}}, {}],
)
def test_a_key_that_is_none_of_the_table_cancels_with_a_reason_in_its_place(
    client: Client, table: str, key: Json
) -> None:
    """Whether the message of a key with too many or too few attributes is the same one is not certain."""
    error = refused_read(client, get(table, {"id": {"S": unique()}}), get(table, key))
    assert error.code == "TransactionCanceledException"
    assert error.message == (
        "Transaction cancelled, please refer cancellation reasons for specific reasons [None, ValidationError]"
    )
    nothing, reason = error.response["CancellationReasons"]
    assert nothing == {"Code": "None"}
    assert reason["Code"] == "ValidationError"
    assert reason["Message"] in (
        "The provided key element does not match the schema",
        "The provided key element does not match the schema",
    )


def test_an_empty_key_refuses_the_request(client: Client, table: str) -> None:
    """As in TransactWriteItems, where that is certain."""
    error = refused_read(client, get(table, {"id": {"S": ""}}))
    assert (error.code, error.message) == (
        "ValidationException",
        "One or more parameter values are not valid. "
        "The AttributeValue for a key attribute cannot contain an empty string value. Key: id",
    )


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"ProjectionExpression": ""}, "Invalid ProjectionExpression: The expression can not be empty;"),
        (
            {"ProjectionExpression": "a, a"},
            "Invalid ProjectionExpression: Two document paths overlap with each other; must remove or rewrite "
            "one of these paths; path one: [a], path two: [a]",
        ),
        (
            {"ProjectionExpression": "#a, #z", "ExpressionAttributeNames": {"#a": "a"}},
            "Invalid ProjectionExpression: An expression attribute name used in the document path is not defined; "
            "attribute name: #z",
        ),
        (
            {"ProjectionExpression": "#a", "ExpressionAttributeNames": {"#a": "a", "#q": "q"}},
            "Value provided in ExpressionAttributeNames unused in expressions: keys: {#q}",
        ),
    ],
)
def test_what_is_wrong_with_a_projection_refuses_the_request(
    client: Client, table: str, more: Json, message: str
) -> None:
    """Of the request, not as the reason of an action."""
    error = refused_read(client, get(table, {"id": {"S": unique()}}), get(table, {"id": {"S": unique()}}, **more))
    assert (error.code, error.message) == ("ValidationException", message)


def test_a_missing_table_refuses_the_request(client: Client, table: str) -> None:
    key = {"id": {"S": unique()}}
    error = refused_read(client, get(table, key), get(unique("conformance"), key))
    assert (error.code, error.message) == ("ResourceNotFoundException", "Requested resource not found")


@pytest.mark.parametrize(("number", "bound"), [(0, "greater than or equal to 1"), (101, "less than or equal to 100")])
def test_1_to_100_items_are_read(client: Client, table: str, number: int, bound: str) -> None:
    error = refused_read(client, *(get(table, {"id": {"S": str(n)}}) for n in range(number)))
    assert error.code == "ValidationException"
    assert error.message.startswith("1 validation error detected: Value '[")
    assert error.message.endswith(f"' at 'transactItems' failed to satisfy constraint: Member must have length {bound}")


@pytest.mark.parametrize(
    ("element", "path"),
    [
        ({}, "get"),
        ({"Get": {"TableName": "films"}}, "get.key"),
        ({"Get": {"Key": {"id": {"S": "a"}}}}, "get.tableName"),
    ],
)
def test_members_that_are_missing_are_named_with_their_place(client: Client, element: Json, path: str) -> None:
    error = refused_read(client, element)
    assert (error.code, error.message) == (
        "ValidationException",
        f"1 validation error detected: Value null at 'transactItems.1.member.{path}' "
        "failed to satisfy constraint: Member must not be null",
    )


def test_at_most_4_mb_are_read(client: Client, table: str) -> None:
    """The API reference says so; in which form Amazon refuses is not certain."""
    keys = [{"id": {"S": unique()}} for _ in range(11)]
    for key in keys:
        client.put_item(TableName=table, Item={**key, "v": {"S": "x" * 400_000}})
    assert len(read(client, *(get(table, key) for key in keys[:10]))["Responses"]) == 10
    assert refused_read(client, *(get(table, key) for key in keys)).code in (
        "ValidationException",
        "TransactionCanceledException",
    )
