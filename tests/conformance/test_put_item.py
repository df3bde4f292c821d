"""PutItem, as Amazon does it."""

from typing import Any

import pytest

from tests.support.boto import Client, Json, refused, unique


def item_of(**attributes: Any) -> Json:
    return {"id": {"S": unique()}, **attributes}


def found(client: Client, table: str, item: Json) -> Any:
    return client.get_item(TableName=table, Key={"id": item["id"]}, ConsistentRead=True).get("Item")


def test_an_item_replaces_the_one_before_it_whole(client: Client, table: str) -> None:
    old = item_of(a={"N": "1"}, b={"N": "2"})
    new = {"id": old["id"], "c": {"N": "3"}}
    client.put_item(TableName=table, Item=old)
    client.put_item(TableName=table, Item=new)
    assert found(client, table, old) == new


def test_all_old_is_what_was_replaced(client: Client, table: str) -> None:
    item = item_of(a={"N": "1"})
    assert "Attributes" not in client.put_item(TableName=table, Item=item, ReturnValues="ALL_OLD")
    reply = client.put_item(TableName=table, Item={"id": item["id"]}, ReturnValues="ALL_OLD")
    assert reply["Attributes"] == item


@pytest.mark.parametrize("returns", ["ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"])
def test_no_other_values_are_returned_by_a_put(client: Client, table: str, returns: str) -> None:
    error = refused(client.put_item, TableName=table, Item=item_of(), ReturnValues=returns)
    assert (error.code, error.message) == ("ValidationException", "ReturnValues can only be ALL_OLD or NONE")


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("attribute_exists(id)", True),
        ("attribute_not_exists(id)", False),
        ("a = :one", True),
        ("a <> :one", False),
        ("a < :one OR a > :one", False),
        ("NOT a = :one", False),
        ("a IN (:two, :one)", True),
        ("a BETWEEN :one AND :two", True),
        ("nothing = :one", False),
        ("nothing <> :one", True),
        ("NOT nothing = :one", True),
        ("s = :one", False),
        ("begins_with(s, :pre)", True),
        ("contains(s, :pre)", True),
        ("contains(l, :pre)", True),
        ("contains(ss, :pre)", True),
        ("size(s) = :six", True),
        ("attribute_type(a, :type)", True),
        ("m.x = :one AND l[0] = :pre", True),
    ],
)
def test_a_put_is_done_only_where_its_condition_holds(client: Client, table: str, condition: str, holds: bool) -> None:
    old = item_of(
        a={"N": "1"},
        s={"S": "prefix"},
        m={"M": {"x": {"N": "1"}}},
        l={"L": [{"S": "pre"}]},
        ss={"SS": ["pre"]},
    )
    client.put_item(TableName=table, Item=old)
    new = {"id": old["id"], "new": {"BOOL": True}}
    known = {":one": {"N": "1"}, ":two": {"N": "2"}, ":six": {"N": "6"}, ":pre": {"S": "pre"}, ":type": {"S": "N"}}
    values = {key: value for key, value in known.items() if key in condition}
    more = {"ExpressionAttributeValues": values} if values else {}
    if holds:
        client.put_item(TableName=table, Item=new, ConditionExpression=condition, **more)
    else:
        error = refused(client.put_item, TableName=table, Item=new, ConditionExpression=condition, **more)
        assert (error.code, error.message) == ("ConditionalCheckFailedException", "The conditional request failed")
    assert found(client, table, old) == (new if holds else old)


def test_a_failed_condition_shows_the_item_where_that_is_asked_for(client: Client, table: str) -> None:
    item = item_of(a={"N": "1"})
    client.put_item(TableName=table, Item=item)
    members = {"TableName": table, "Item": item, "ConditionExpression": "attribute_not_exists(id)"}
    assert "Item" not in refused(client.put_item, **members).response
    error = refused(client.put_item, **members, ReturnValuesOnConditionCheckFailure="ALL_OLD")
    assert error.response["Item"] == item


@pytest.mark.parametrize(("before", "after", "units"), [(0, 10, 1.0), (10, 2500, 3.0), (2500, 10, 3.0)])
def test_capacity_is_that_of_the_larger_image(
    client: Client, table: str, before: int, after: int, units: float
) -> None:
    item = item_of(v={"S": "x" * before})
    client.put_item(TableName=table, Item=item)
    reply = client.put_item(TableName=table, Item={**item, "v": {"S": "y" * after}}, ReturnConsumedCapacity="TOTAL")
    assert reply["ConsumedCapacity"] == {"TableName": table, "CapacityUnits": units}


def test_of_an_item_that_is_too_large_the_missing_table_is_told_first(client: Client) -> None:
    """Captured from the service by ExtendDB's authors."""
    item = item_of(v={"S": "x" * 410_000})
    error = refused(client.put_item, TableName=unique("conformance"), Item=item)
    assert error.code == "ResourceNotFoundException"


def test_an_item_has_at_most_400_kb(client: Client, table: str) -> None:
    item = item_of()
    room = 400 * 1024 - len("id") - len(item["id"]["S"]) - len("v")
    client.put_item(TableName=table, Item={**item, "v": {"S": "x" * room}})
    error = refused(client.put_item, TableName=table, Item={**item, "v": {"S": "x" * (room + 1)}})
    assert (error.code, error.message) == ("ValidationException", "Item size has exceeded the maximum allowed size")


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ({"a": {"N": "1"}}, "One or more parameter values were invalid: Missing the key id in the item"),
        (
            {"id": {"N": "1"}},
            "One or more parameter values were invalid: Type mismatch for key id expected: S actual: N",
        ),
        (
            {"id": {"S": ""}},
            "One or more parameter values are not valid. "
            "The AttributeValue for a key attribute cannot contain an empty string value. Key: id",
        ),
        (
            {"id": {"S": "a"}, "v": {"N": "one"}},
            "The parameter cannot be converted to a numeric value: one",
        ),
        (
            {"id": {"S": "a"}, "v": {"N": "1E126"}},
            "Number overflow. Attempting to store a number with magnitude larger than supported range",
        ),
        (
            {"id": {"S": "a"}, "v": {"N": "1E-131"}},
            "Number underflow. Attempting to store a number with magnitude smaller than supported range",
        ),
        (
            {"id": {"S": "a"}, "v": {"N": "123456789012345678901234567890123456789"}},
            "Attempting to store more than 38 significant digits in a Number",
        ),
        (
            {"id": {"S": "a"}, "v": {"SS": []}},
            "One or more parameter values were invalid: An string set  may not be empty",
        ),
        (
            {"id": {"S": "a"}, "v": {"SS": ["x", "x"]}},
            "One or more parameter values were invalid: Input collection [x, x] contains duplicates.",
        ),
        (
            {"id": {"S": "a"}, "v": {}},
            "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes",
        ),
    ],
)
def test_an_item_that_cannot_be_is_refused(client: Client, table: str, item: Json, message: str) -> None:
    error = refused(client.put_item, TableName=table, Item=item)
    assert (error.code, error.message) == ("ValidationException", message)


@pytest.mark.parametrize(("levels", "fits"), [(31, True), (32, False)])
def test_an_item_has_at_most_32_levels(client: Client, table: str, levels: int, fits: bool) -> None:
    value: Json = {"S": "deep"}
    for _ in range(levels):
        value = {"L": [value]}
    item = item_of(v=value)
    if fits:
        client.put_item(TableName=table, Item=item)
        assert found(client, table, item) == item
    else:
        assert (
            "Nesting Levels have exceeded supported limits"
            in refused(client.put_item, TableName=table, Item=item).message
        )


def test_a_missing_table_is_not_found(client: Client) -> None:
    error = refused(client.put_item, TableName=unique("conformance"), Item=item_of())
    assert (error.code, error.message) == ("ResourceNotFoundException", "Requested resource not found")


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (
            {"ConditionExpression": "a = :v"},
            "Invalid ConditionExpression: An expression attribute value used in expression is not defined; "
            "attribute value: :v",
        ),
        (
            {"ConditionExpression": "a = :v", "ExpressionAttributeValues": {":v": {"N": "1"}, ":w": {"N": "1"}}},
            "Value provided in ExpressionAttributeValues unused in expressions: keys: {:w}",
        ),
        (
            {"ConditionExpression": "a ="},
            'Invalid ConditionExpression: Syntax error; token: "<EOF>", near: "="',
        ),
        (
            {"ConditionExpression": "exists(a)"},
            "Invalid ConditionExpression: Invalid function name; function: exists",
        ),
        (
            {"ExpressionAttributeValues": {":v": {"N": "1"}}},
            "ExpressionAttributeValues can only be specified when using expressions: ConditionExpression is null",
        ),
    ],
)
def test_an_expression_that_cannot_be_is_refused_before_the_table_is_missed(
    client: Client, members: Json, message: str
) -> None:
    error = refused(client.put_item, TableName=unique("conformance"), Item=item_of(), **members)
    assert (error.code, error.message) == ("ValidationException", message)


@pytest.mark.parametrize("returns", ["none", "ALL", ""])
def test_values_that_no_operation_returns_are_refused(client: Client, table: str, returns: str) -> None:
    error = refused(client.put_item, TableName=table, Item=item_of(), ReturnValues=returns)
    assert (error.code, error.message) == (
        "ValidationException",
        f"1 validation error detected: Value '{returns}' at 'returnValues' failed to satisfy constraint: "
        "Member must satisfy enum value set: [ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]",
    )
