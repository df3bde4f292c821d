"""UpdateItem, as Amazon does it."""

from typing import Any

import pytest

from tests.support.boto import Client, Json, refused, unique

ATTRIBUTES: Json = {
    "n": {"N": "1"},
    "s": {"S": "text"},
    "m": {"M": {"x": {"N": "1"}, "y": {"N": "2"}}},
    "l": {"L": [{"S": "p"}, {"S": "q"}, {"S": "r"}]},
    "ns": {"NS": ["1"]},
}
VALUES: Json = {
    ":one": {"N": "1"},
    ":five": {"N": "5"},
    ":text": {"S": "new"},
    ":list": {"L": [{"S": "z"}]},
    ":set": {"NS": ["1", "2"]},
    ":map": {"M": {}},
}


@pytest.fixture
def key(client: Client, table: str) -> Json:
    """The key of an item with the attributes above."""
    key: Json = {"id": {"S": unique()}}
    client.put_item(TableName=table, Item={**key, **ATTRIBUTES})
    return key


def members(table: str, key: Json, expression: str, **more: Any) -> Json:
    texts = expression + more.get("ConditionExpression", "")
    values = {name: value for name, value in VALUES.items() if name in texts}
    placeholders = {"ExpressionAttributeValues": values} if values else {}
    return {"TableName": table, "Key": key, "UpdateExpression": expression, **placeholders, **more}


def attributes(client: Client, table: str, key: Json) -> Json:
    """All but the key of the item as it stands."""
    item: Json = client.get_item(TableName=table, Key=key, ConsistentRead=True)["Item"]
    del item["id"]
    return item


@pytest.mark.parametrize(
    ("expression", "changed"),
    [
        ("SET s = :text", {"s": {"S": "new"}}),
        ("SET t = :text", {"t": {"S": "new"}}),
        ("SET n = n + :five", {"n": {"N": "6"}}),
        ("SET n = n - :five", {"n": {"N": "-4"}}),
        ("SET n = :five - n", {"n": {"N": "4"}}),
        ("SET n = s, s = n", {"n": {"S": "text"}, "s": {"N": "1"}}),
        ("SET m.z = :five", {"m": {"M": {"x": {"N": "1"}, "y": {"N": "2"}, "z": {"N": "5"}}}}),
        ("SET l[1] = :text", {"l": {"L": [{"S": "p"}, {"S": "new"}, {"S": "r"}]}}),
        ("SET l[9] = :text", {"l": {"L": [{"S": "p"}, {"S": "q"}, {"S": "r"}, {"S": "new"}]}}),
        ("SET l = list_append(l, :list)", {"l": {"L": [{"S": "p"}, {"S": "q"}, {"S": "r"}, {"S": "z"}]}}),
        ("SET l = list_append(:list, l)", {"l": {"L": [{"S": "z"}, {"S": "p"}, {"S": "q"}, {"S": "r"}]}}),
        ("SET n = if_not_exists(n, :five)", {}),
        ("SET t = if_not_exists(t, :five)", {"t": {"N": "5"}}),
        ("SET t = if_not_exists(t, :five) + :one", {"t": {"N": "6"}}),
        ("REMOVE s", {"s": None}),
        ("REMOVE nothing", {}),
        ("REMOVE m.x", {"m": {"M": {"y": {"N": "2"}}}}),
        ("REMOVE l[0], l[1]", {"l": {"L": [{"S": "r"}]}}),
        ("ADD n :five", {"n": {"N": "6"}}),
        ("ADD t :five", {"t": {"N": "5"}}),
        ("ADD t :set", {"t": {"NS": ["1", "2"]}}),
        ("ADD ns :set", {"ns": {"NS": ["1", "2"]}}),
        ("DELETE ns :set", {"ns": None}),
        ("DELETE t :set", {}),
        ("SET s = :text REMOVE m ADD n :one", {"s": {"S": "new"}, "m": None, "n": {"N": "2"}}),
    ],
)
def test_the_item_is_changed_as_the_actions_say(
    client: Client, table: str, key: Json, expression: str, changed: Json
) -> None:
    client.update_item(**members(table, key, expression))
    expected = {name: value for name, value in {**ATTRIBUTES, **changed}.items() if value is not None}
    found = attributes(client, table, key)
    for attribute in found.values():
        if "NS" in attribute:
            attribute["NS"].sort()
    assert found == expected


@pytest.mark.parametrize(
    ("returns", "expected"),
    [
        ("NONE", None),
        ("UPDATED_OLD", {"n": {"N": "1"}, "m": {"M": {"x": {"N": "1"}}}}),
        ("UPDATED_NEW", {"n": {"N": "6"}, "m": {"M": {"x": {"N": "5"}}}, "t": {"S": "new"}}),
    ],
)
def test_updated_values_are_only_what_the_paths_name(
    client: Client, table: str, key: Json, returns: str, expected: Any
) -> None:
    update = members(table, key, "SET n = n + :five, m.x = :five, t = :text", ReturnValues=returns)
    assert client.update_item(**update).get("Attributes") == expected


def test_of_what_was_removed_only_old_values_are_returned(client: Client, table: str, key: Json) -> None:
    values = {"n": {"N": "1"}, "m": {"M": {"x": {"N": "2"}, "y": {"N": "3"}}}}
    for returns, expected in (
        ("UPDATED_OLD", {"n": values["n"], "m": {"M": {"x": {"N": "2"}}}}),
        ("UPDATED_NEW", None),
    ):
        client.put_item(TableName=table, Item={**key, **values})
        reply = client.update_item(
            TableName=table, Key=key, UpdateExpression="REMOVE n, m.x, nowhere", ReturnValues=returns
        )
        assert reply.get("Attributes") == expected


def test_an_update_that_changes_nothing_returns_values_and_costs_what_the_item_does(client: Client, table: str) -> None:
    item = {"id": {"S": unique()}, "v": {"S": "x" * 2500}}
    client.put_item(TableName=table, Item=item)
    reply = client.update_item(
        TableName=table,
        Key={"id": item["id"]},
        UpdateExpression="SET v = v",
        ReturnValues="ALL_NEW",
        ReturnConsumedCapacity="INDEXES",
    )
    assert reply["Attributes"] == item
    assert reply["ConsumedCapacity"] == {
        "TableName": table,
        "CapacityUnits": 3.0,
        "Table": {"CapacityUnits": 3.0},
    }


@pytest.mark.parametrize(("returns", "shows"), [("ALL_NEW", True), ("ALL_OLD", False), ("UPDATED_NEW", False)])
def test_an_update_without_an_expression_creates_the_item(
    client: Client, table: str, returns: str, shows: bool
) -> None:
    key = {"id": {"S": unique()}}
    reply = client.update_item(TableName=table, Key=key, ReturnValues=returns)
    assert reply.get("Attributes") == (key if shows else None)
    assert client.get_item(TableName=table, Key=key, ConsistentRead=True)["Item"] == key


def test_all_values_are_the_whole_item(client: Client, table: str, key: Json) -> None:
    old = {**key, **ATTRIBUTES}
    update = members(table, key, "SET n = :five")
    assert client.update_item(**update, ReturnValues="ALL_OLD")["Attributes"] == old
    assert client.update_item(**update, ReturnValues="ALL_NEW")["Attributes"] == {**old, "n": {"N": "5"}}


def test_values_that_are_not_there_are_not_returned(client: Client, table: str, key: Json) -> None:
    assert "Attributes" not in client.update_item(**members(table, key, "SET t = :text", ReturnValues="UPDATED_OLD"))
    assert "Attributes" not in client.update_item(**members(table, key, "REMOVE t", ReturnValues="UPDATED_NEW"))


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"UpdateExpression": "SET a = :a", "ExpressionAttributeValues": {":a": {"N": "1"}}}, {"a": {"N": "1"}}),
        ({"UpdateExpression": "ADD a :a", "ExpressionAttributeValues": {":a": {"N": "1"}}}, {"a": {"N": "1"}}),
        ({}, {}),
    ],
)
def test_an_update_of_no_item_creates_it(client: Client, table: str, more: Json, expected: Json) -> None:
    key = {"id": {"S": unique()}}
    client.update_item(TableName=table, Key=key, **more)
    assert attributes(client, table, key) == expected


@pytest.mark.parametrize("expression", ["REMOVE a", "DELETE a :set"])
def test_an_update_that_only_takes_away_creates_no_item(client: Client, table: str, expression: str) -> None:
    """Observed of REMOVE by others against the service; that DELETE is the same is likely, not certain."""
    key = {"id": {"S": unique()}}
    client.update_item(**members(table, key, expression))
    assert "Item" not in client.get_item(TableName=table, Key=key, ConsistentRead=True)


def test_a_condition_sees_no_key_where_there_is_no_item(client: Client, table: str) -> None:
    key = {"id": {"S": unique()}}
    update = members(table, key, "SET a = :one", ConditionExpression="attribute_exists(id)")
    assert refused(client.update_item, **update).code == "ConditionalCheckFailedException"
    assert "Item" not in client.get_item(TableName=table, Key=key, ConsistentRead=True)


def test_a_condition_that_fails_changes_nothing(client: Client, table: str, key: Json) -> None:
    update = members(table, key, "SET n = :five", ConditionExpression="n = :five")
    error = refused(client.update_item, **update, ReturnValuesOnConditionCheckFailure="ALL_OLD")
    assert (error.code, error.message) == ("ConditionalCheckFailedException", "The conditional request failed")
    assert error.response["Item"] == {**key, **ATTRIBUTES}
    assert attributes(client, table, key) == ATTRIBUTES


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        (
            "SET id = :text",
            "One or more parameter values were invalid: Cannot update attribute id. This attribute is part of the key",
        ),
        ("SET t = nothing", "The provided expression refers to an attribute that does not exist in the item"),
        ("SET n = s + :one", "An operand in the update expression has an incorrect data type"),
        ("ADD s :one", "An operand in the update expression has an incorrect data type"),
        (
            "SET nothing.x = :one",
            "The document path provided in the update expression is invalid for update",
        ),
        (
            "SET n = :one, n = :five",
            "Invalid UpdateExpression: Two document paths overlap with each other; "
            "must remove or rewrite one of these paths; path one: [n], path two: [n]",
        ),
        ("SET", 'Invalid UpdateExpression: Syntax error; token: "<EOF>", near: "SET"'),
    ],
)
def test_an_update_that_cannot_be_is_refused_and_changes_nothing(
    client: Client, table: str, key: Json, expression: str, message: str
) -> None:
    error = refused(client.update_item, **members(table, key, expression))
    assert (error.code, error.message) == ("ValidationException", message)
    assert attributes(client, table, key) == ATTRIBUTES


def test_an_item_may_not_grow_past_400_kb(client: Client, table: str) -> None:
    key = {"id": {"S": unique()}}
    client.put_item(TableName=table, Item={**key, "a": {"S": "x" * 300_000}})
    error = refused(
        client.update_item,
        TableName=table,
        Key=key,
        UpdateExpression="SET b = :b",
        ExpressionAttributeValues={":b": {"S": "x" * 200_000}},
    )
    assert (error.code, error.message) == (
        "ValidationException",
        "Item size to update has exceeded the maximum allowed size",
    )


@pytest.mark.parametrize(("expression", "units"), [("SET v = :v", 3.0), ("REMOVE v", 3.0)])
def test_capacity_is_that_of_the_larger_image(client: Client, table: str, expression: str, units: float) -> None:
    key = {"id": {"S": unique()}}
    more: Json = {"ExpressionAttributeValues": {":v": {"S": "x" * 2500}}}
    if expression.startswith("REMOVE"):
        client.update_item(TableName=table, Key=key, UpdateExpression="SET v = :v", **more)
        more = {}
    reply = client.update_item(
        TableName=table, Key=key, UpdateExpression=expression, ReturnConsumedCapacity="TOTAL", **more
    )
    assert reply["ConsumedCapacity"] == {"TableName": table, "CapacityUnits": units}


def test_a_missing_table_is_not_found(client: Client) -> None:
    error = refused(client.update_item, **members(unique("conformance"), {"id": {"S": "a"}}, "REMOVE a"))
    assert (error.code, error.message) == ("ResourceNotFoundException", "Requested resource not found")
