"""GetItem, as Amazon does it."""

from typing import Any

import pytest

from tests.support.boto import Client, Json, refused, unique


def stored(client: Client, table: str, **attributes: Any) -> Json:
    """Put an item of its own and return it."""
    item: Json = {"id": {"S": unique()}, **attributes}
    client.put_item(TableName=table, Item=item)
    return item


def get(client: Client, table: str, item: Json, **more: Any) -> Json:
    reply: Json = client.get_item(TableName=table, Key={"id": item["id"]}, ConsistentRead=True, **more)
    return reply


VALUES: dict[str, Json] = {
    "string": {"S": "text \u00e9 \U0001f600"},
    "empty string": {"S": ""},
    "number": {"N": "-12.5"},
    "38 digits": {"N": "12345678901234567890123456789012345678"},
    "binary": {"B": b"\x00\xff"},
    "empty binary": {"B": b""},
    "true": {"BOOL": True},
    "null": {"NULL": True},
    "list": {"L": [{"S": "a"}, {"L": []}, {"N": "1"}]},
    "map": {"M": {"a": {"M": {}}, "b c": {"S": "d"}}},
    "binary set": {"BS": [b"\x01"]},
}


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_every_type_comes_back_as_it_went_in(client: Client, table: str, value: Json) -> None:
    item = stored(client, table, v=value)
    assert get(client, table, item)["Item"] == item


@pytest.mark.parametrize(
    ("written", "read"),
    [("1.0", "1"), ("1e3", "1000"), ("-0", "0"), ("00012.500", "12.5"), ("1E-5", "0.00001"), ("+7", "7")],
)
def test_numbers_come_back_normalised(client: Client, table: str, written: str, read: str) -> None:
    item = stored(client, table, v={"N": written})
    assert get(client, table, item)["Item"]["v"] == {"N": read}


def test_sets_come_back_with_the_same_elements(client: Client, table: str) -> None:
    """In which order is not said."""
    item = stored(client, table, ss={"SS": ["b", "a", "c"]}, ns={"NS": ["3", "1.0"]})
    found = get(client, table, item)["Item"]
    assert sorted(found["ss"]["SS"]) == ["a", "b", "c"]
    assert sorted(found["ns"]["NS"]) == ["1", "3"]


def test_no_item_is_a_reply_without_one(client: Client, table: str) -> None:
    assert "Item" not in client.get_item(TableName=table, Key={"id": {"S": unique()}})


@pytest.mark.parametrize(
    ("projection", "expected"),
    [
        ("a", {"a": {"N": "1"}}),
        ("m.x", {"m": {"M": {"x": {"N": "2"}}}}),
        ("l[1], l[0].k", {"l": {"L": [{"M": {"k": {"S": "v"}}}, {"S": "q"}]}}),
        ("#b, nothing, m.nothing, l[7]", {"b.c": {"S": "dotted"}}),
        ("nothing", {}),
    ],
)
def test_a_projection_keeps_what_it_names(client: Client, table: str, projection: str, expected: Json) -> None:
    item = stored(
        client,
        table,
        a={"N": "1"},
        m={"M": {"x": {"N": "2"}, "y": {"N": "3"}}},
        l={"L": [{"M": {"k": {"S": "v"}}}, {"S": "q"}]},
        **{"b.c": {"S": "dotted"}},
    )
    names = {"ExpressionAttributeNames": {"#b": "b.c"}} if "#b" in projection else {}
    assert get(client, table, item, ProjectionExpression=projection, **names)["Item"] == expected


@pytest.mark.parametrize(
    ("bytes_stored", "consistent", "units"), [(10, False, 0.5), (10, True, 1.0), (5000, False, 1.0), (5000, True, 2.0)]
)
def test_capacity_is_counted_by_4_kb(
    client: Client, table: str, bytes_stored: int, consistent: bool, units: float
) -> None:
    item = stored(client, table, v={"S": "x" * bytes_stored})
    reply = client.get_item(
        TableName=table, Key={"id": item["id"]}, ConsistentRead=consistent, ReturnConsumedCapacity="TOTAL"
    )
    assert reply["ConsumedCapacity"] == {"TableName": table, "CapacityUnits": units}


def test_capacity_by_indexes_has_the_table_s_part(client: Client, table: str) -> None:
    reply = client.get_item(TableName=table, Key={"id": {"S": unique()}}, ReturnConsumedCapacity="INDEXES")
    assert reply["ConsumedCapacity"] == {"TableName": table, "CapacityUnits": 0.5, "Table": {"CapacityUnits": 0.5}}


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ({"id": {"N": "1"}}, "The provided key element does not match the schema"),
        ({"other": {"S": "a"}}, "The provided key element does not match the schema"),
        ({"id": {"S": "a"}, "more": {"S": "a"}}, "The provided key element does not match the schema"),
        ({}, "The provided key element does not match the schema"),
        (
            {"id": {"S": ""}},
            "One or more parameter values are not valid. "
            "The AttributeValue for a key attribute cannot contain an empty string value. Key: id",
        ),
        (
            {"id": {"S": "x" * 2049}},
            "One or more parameter values were invalid: "
            "Size of hashkey has exceeded the maximum size limit of2048 bytes",
        ),
    ],
)
def test_a_key_that_is_none_of_the_table_is_refused(client: Client, table: str, key: Json, message: str) -> None:
    error = refused(client.get_item, TableName=table, Key=key)
    assert (error.code, error.message) == ("ValidationException", message)


def test_a_missing_table_is_not_found(client: Client) -> None:
    error = refused(client.get_item, TableName=unique("conformance"), Key={"id": {"S": "a"}})
    assert (error.code, error.message) == ("ResourceNotFoundException", "Requested resource not found")


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (
            {"ProjectionExpression": ""},
            "Invalid ProjectionExpression: The expression can not be empty;",
        ),
        (
            {"ProjectionExpression": "a, a"},
            "Invalid ProjectionExpression: Two document paths overlap with each other; "
            "must remove or rewrite one of these paths; path one: [a], path two: [a]",
        ),
        (
            {"ProjectionExpression": "#a"},
            "Invalid ProjectionExpression: An expression attribute name used in the document path is not defined; "
            "attribute name: #a",
        ),
        (
            {"ProjectionExpression": "a", "ExpressionAttributeNames": {"#b": "b"}},
            "Value provided in ExpressionAttributeNames unused in expressions: keys: {#b}",
        ),
        (
            {"ExpressionAttributeNames": {"#b": "b"}},
            "ExpressionAttributeNames can only be specified when using expressions",
        ),
        (
            {"ProjectionExpression": "comment"},
            "Invalid ProjectionExpression: Attribute name is a reserved keyword; reserved keyword: comment",
        ),
    ],
)
def test_an_expression_that_cannot_be_is_refused_before_the_table_is_missed(
    client: Client, members: Json, message: str
) -> None:
    error = refused(client.get_item, TableName=unique("conformance"), Key={"id": {"S": "a"}}, **members)
    assert (error.code, error.message) == ("ValidationException", message)
