"""AttributeUpdates of UpdateItem, as Amazon does it."""

import pytest

from tests.support.boto import Client, Json, refused, unique

INVALID = "One or more parameter values were invalid: "


@pytest.fixture
def key() -> Json:
    return {"id": {"S": unique()}}


def stored(client: Client, table: str, key: Json) -> Json | None:
    """All but the key of the item as it stands, sets in order."""
    item: Json | None = client.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")
    if item is None:
        return None
    for attribute in item.values():
        for kind in attribute.keys() & {"SS", "NS", "BS"}:
            attribute[kind].sort()
    return {name: value for name, value in item.items() if name != "id"}


@pytest.mark.parametrize(
    ("old", "update", "new"),
    [
        ({}, {"Value": {"S": "x"}}, {"a": {"S": "x"}}),
        ({"a": {"N": "1"}}, {"Action": "PUT", "Value": {"NULL": True}}, {"a": {"NULL": True}}),
        ({"a": {"N": "1"}}, {"Action": "ADD", "Value": {"N": "-3"}}, {"a": {"N": "-2"}}),
        ({}, {"Action": "ADD", "Value": {"N": "5"}}, {"a": {"N": "5"}}),
        ({"a": {"NS": ["1"]}}, {"Action": "ADD", "Value": {"NS": ["2", "1"]}}, {"a": {"NS": ["1", "2"]}}),
        ({}, {"Action": "ADD", "Value": {"SS": ["x"]}}, {"a": {"SS": ["x"]}}),
        (
            {"a": {"L": [{"N": "1"}]}},
            {"Action": "ADD", "Value": {"L": [{"N": "1"}, {"S": "x"}]}},
            {"a": {"L": [{"N": "1"}, {"N": "1"}, {"S": "x"}]}},
        ),
        ({}, {"Action": "ADD", "Value": {"L": [{"S": "x"}]}}, {"a": {"L": [{"S": "x"}]}}),
        ({"a": {"SS": ["x", "y"]}}, {"Action": "DELETE", "Value": {"SS": ["y", "z"]}}, {"a": {"SS": ["x"]}}),
        ({"a": {"SS": ["x"]}}, {"Action": "DELETE", "Value": {"SS": ["x"]}}, {}),
        ({}, {"Action": "DELETE", "Value": {"SS": ["x"]}}, {}),
        ({"a": {"M": {}}}, {"Action": "DELETE"}, {}),
        ({}, {"Action": "DELETE"}, {}),
    ],
)
def test_an_attribute_is_changed_as_the_action_says(
    client: Client, table: str, key: Json, old: Json, update: Json, new: Json
) -> None:
    client.put_item(TableName=table, Item={**key, "other": {"S": "y"}, **old})
    client.update_item(TableName=table, Key=key, AttributeUpdates={"a": update})
    assert stored(client, table, key) == {"other": {"S": "y"}, **new}


@pytest.mark.parametrize(
    ("updates", "new"),
    [
        ({}, {}),
        ({"a": {"Value": {"N": "1"}}}, {"a": {"N": "1"}}),
        ({"a": {"Action": "ADD", "Value": {"N": "1"}}}, {"a": {"N": "1"}}),
        ({"a": {"Action": "DELETE"}}, None),
        ({"a": {"Action": "DELETE"}, "b": {"Value": {"N": "1"}}}, {"b": {"N": "1"}}),
    ],
)
def test_an_update_of_no_item_creates_it_unless_it_only_takes_away(
    client: Client, table: str, key: Json, updates: Json, new: Json | None
) -> None:
    client.update_item(TableName=table, Key=key, AttributeUpdates=updates)
    assert stored(client, table, key) == new


def test_a_dot_is_part_of_an_attributes_name(client: Client, table: str, key: Json) -> None:
    client.put_item(TableName=table, Item={**key, "m": {"M": {"k": {"N": "1"}}}})
    client.update_item(TableName=table, Key=key, AttributeUpdates={"m.k": {"Value": {"N": "2"}}})
    assert stored(client, table, key) == {"m": {"M": {"k": {"N": "1"}}}, "m.k": {"N": "2"}}


@pytest.mark.parametrize(
    ("returns", "expected"),
    [
        ("UPDATED_OLD", {"a": {"N": "1"}, "c": {"N": "3"}}),
        ("UPDATED_NEW", {"a": {"N": "6"}, "b": {"S": "x"}}),
    ],
)
def test_updated_values_are_those_of_the_named_attributes(
    client: Client, table: str, key: Json, returns: str, expected: Json
) -> None:
    client.put_item(TableName=table, Item={**key, "a": {"N": "1"}, "c": {"N": "3"}, "d": {"N": "4"}})
    reply = client.update_item(
        TableName=table,
        Key=key,
        AttributeUpdates={
            "a": {"Action": "ADD", "Value": {"N": "5"}},
            "b": {"Value": {"S": "x"}},
            "c": {"Action": "DELETE"},
        },
        ReturnValues=returns,
    )
    assert reply["Attributes"] == expected


@pytest.mark.parametrize(
    ("name", "update", "message"),
    [
        (
            "id",
            {"Value": {"S": "x"}},
            INVALID + "Cannot update attribute id. This attribute is part of the key",
        ),
        ("a", {}, INVALID + "Only DELETE action is allowed when no attribute value is specified"),
        (
            "a",
            {"Action": "ADD"},
            INVALID + "Only DELETE action is allowed when no attribute value is specified",
        ),
        (
            "a",
            {"Action": "DELETE", "Value": {"N": "1"}},
            INVALID + "DELETE action with value is not supported for the type N",
        ),
        (
            "a",
            {"Action": "ADD", "Value": {"S": "x"}},
            INVALID + "ADD action is not supported for the type S",
        ),
        ("s", {"Action": "ADD", "Value": {"N": "1"}}, "Type mismatch for attribute to update"),
        ("s", {"Action": "ADD", "Value": {"L": []}}, "Type mismatch for attribute to update"),
        ("s", {"Action": "ADD", "Value": {"SS": ["x"]}}, "Type mismatch for attribute to update"),
        ("s", {"Action": "DELETE", "Value": {"SS": ["x"]}}, "Type mismatch for attribute to update"),
    ],
)
def test_an_update_that_cannot_be_is_refused_and_changes_nothing(
    client: Client, table: str, key: Json, name: str, update: Json, message: str
) -> None:
    client.put_item(TableName=table, Item={**key, "s": {"S": "text"}})
    updates = {"other": {"Value": {"N": "1"}}, name: update}
    error = refused(client.update_item, TableName=table, Key=key, AttributeUpdates=updates)
    assert (error.code, error.message) == ("ValidationException", message)
    assert stored(client, table, key) == {"s": {"S": "text"}}
