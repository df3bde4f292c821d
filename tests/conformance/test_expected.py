"""Expected and ConditionalOperator of PutItem, UpdateItem and DeleteItem, as Amazon does it."""

from typing import Any

import pytest

from tests.support.boto import Client, Json, refused, unique

ATTRIBUTES: Json = {
    "n": {"N": "2"},
    "s": {"S": "hello"},
    "b": {"B": b"hi there"},
    "ns": {"NS": ["2", "4", "7"]},
    "l": {"L": [{"N": "2"}, {"S": "x"}]},
    "m": {"M": {"k": {"N": "1"}}},
    "null": {"NULL": True},
}
FAILED = ("ConditionalCheckFailedException", "The conditional request failed")
INVALID = "One or more parameter values were invalid: "
ONE: Json = {"N": "1"}
TWO: Json = {"N": "2"}


@pytest.fixture(scope="module")
def item(client: Client, table: str) -> Json:
    """The key of an item with the attributes above."""
    key: Json = {"id": {"S": unique()}}
    client.put_item(TableName=table, Item={**key, **ATTRIBUTES})
    return key


def compared(operator: str, *values: Json) -> Json:
    return {"ComparisonOperator": operator, "AttributeValueList": list(values)}


def outcome(client: Client, table: str, key: Json, expected: Json, **more: Any) -> bool:
    """Whether what is expected is what there is."""
    members: Json = {"TableName": table, "Key": key, "Expected": expected, **more}
    update: Json = {"AttributeUpdates": {"touched": {"Value": {"BOOL": True}}}}
    try:
        client.update_item(**members, **update)
    except client.exceptions.ConditionalCheckFailedException:
        return False
    return True


@pytest.mark.parametrize(
    ("name", "expectation", "holds"),
    [
        ("n", compared("EQ", TWO), True),
        ("n", compared("EQ", ONE), False),
        ("n", compared("EQ", {"S": "2"}), False),
        ("ns", compared("EQ", {"NS": ["7", "2", "4"]}), True),
        ("m", compared("EQ", {"M": {"k": {"N": "1.0"}}}), True),
        ("null", compared("EQ", {"NULL": True}), True),
        ("missing", compared("EQ", ONE), False),
        ("n", compared("NE", ONE), True),
        ("n", compared("NE", TWO), False),
        ("n", compared("NE", {"S": "2"}), True),
        ("missing", compared("NE", ONE), True),
        ("n", compared("LE", TWO), True),
        ("s", compared("LE", {"S": "a"}), False),
        ("n", compared("LT", {"S": "9"}), False),
        ("b", compared("GE", {"B": b"hi"}), True),
        ("n", compared("GT", TWO), False),
        ("missing", compared("GT", TWO), False),
        ("null", compared("NOT_NULL"), True),
        ("missing", compared("NOT_NULL"), False),
        ("null", compared("NULL"), False),
        ("missing", {"ComparisonOperator": "NULL"}, True),
        ("s", compared("CONTAINS", {"S": "ell"}), True),
        ("s", compared("CONTAINS", ONE), False),
        ("b", compared("CONTAINS", {"B": b"here"}), True),
        ("ns", compared("CONTAINS", {"N": "4"}), True),
        ("l", compared("CONTAINS", TWO), True),
        ("missing", compared("CONTAINS", ONE), False),
        ("s", compared("NOT_CONTAINS", {"S": "dog"}), True),
        ("s", compared("NOT_CONTAINS", ONE), True),
        ("ns", compared("NOT_CONTAINS", {"N": "4"}), False),
        ("missing", compared("NOT_CONTAINS", ONE), False),
        ("s", compared("BEGINS_WITH", {"S": "hell"}), True),
        ("n", compared("BEGINS_WITH", {"S": "2"}), False),
        ("n", compared("IN", ONE, TWO), True),
        ("ns", compared("IN", TWO), False),
        ("n", compared("BETWEEN", ONE, TWO), True),
        ("n", compared("BETWEEN", {"S": "a"}, {"S": "b"}), False),
        ("missing", compared("BETWEEN", ONE, TWO), False),
        ("n", {"Value": TWO}, True),
        ("n", {"Value": ONE}, False),
        ("missing", {"Value": ONE}, False),
        ("n", {"Value": TWO, "Exists": True}, True),
        ("n", {"ComparisonOperator": "GE", "Value": TWO}, True),
        ("n", {"Exists": False}, False),
        ("missing", {"Exists": False}, True),
        ("m.k", compared("EQ", ONE), False),
    ],
)
def test_an_attribute_is_as_expected_or_not(
    client: Client, table: str, item: Json, name: str, expectation: Json, holds: bool
) -> None:
    """That a missing attribute passes NE and fails NOT_CONTAINS was seen of the service by others."""
    assert outcome(client, table, item, {name: expectation}) is holds


@pytest.mark.parametrize(
    ("more", "holds"),
    [({}, False), ({"ConditionalOperator": "AND"}, False), ({"ConditionalOperator": "OR"}, True)],
)
def test_all_must_be_as_expected_unless_one_suffices(
    client: Client, table: str, item: Json, more: Json, holds: bool
) -> None:
    expected = {"n": {"Value": TWO}, "s": compared("EQ", {"S": "other"})}
    assert outcome(client, table, item, expected, **more) is holds
    assert outcome(client, table, item, {"n": {"Value": TWO}, "x": {"Exists": False}}, **more)
    assert not outcome(client, table, item, {"n": {"Value": ONE}, "x": {"Value": ONE}}, **more)


def test_nothing_expected_is_no_condition(client: Client, table: str, item: Json) -> None:
    assert outcome(client, table, item, {})


def test_a_failed_put_changes_nothing(client: Client, table: str) -> None:
    key = {"id": {"S": unique()}}
    client.put_item(TableName=table, Item={**key, "a": ONE}, Expected={"id": {"Exists": False}})
    error = refused(client.put_item, TableName=table, Item={**key, "a": TWO}, Expected={"id": {"Exists": False}})
    assert (error.code, error.message) == FAILED
    client.put_item(TableName=table, Item={**key, "a": TWO}, Expected={"a": {"Value": ONE}})
    assert client.get_item(TableName=table, Key=key, ConsistentRead=True)["Item"] == {**key, "a": TWO}


def test_a_failed_delete_changes_nothing(client: Client, table: str) -> None:
    key = {"id": {"S": unique()}}
    client.put_item(TableName=table, Item={**key, "a": ONE})
    error = refused(
        client.delete_item,
        TableName=table,
        Key=key,
        Expected={"a": compared("GT", ONE)},
        ReturnValuesOnConditionCheckFailure="ALL_OLD",
    )
    assert (error.code, error.message) == FAILED
    assert error.response["Item"] == {**key, "a": ONE}
    client.delete_item(TableName=table, Key=key, Expected={"a": compared("GE", ONE)})
    assert "Item" not in client.get_item(TableName=table, Key=key, ConsistentRead=True)


@pytest.mark.parametrize(
    ("expectation", "problem"),
    [
        ({}, "Value must be provided when Exists is null for Attribute: a"),
        ({"Exists": True}, "Value must be provided when Exists is true for Attribute: a"),
        ({"Exists": False, "Value": ONE}, "Value cannot be used when Exists is false for Attribute: a"),
        (
            {"Value": ONE, "AttributeValueList": [ONE]},
            "Value and AttributeValueList cannot be used together for Attribute: a",
        ),
        (
            {"AttributeValueList": [ONE]},
            "AttributeValueList can only be used with a ComparisonOperator for Attribute: a",
        ),
        (
            {"ComparisonOperator": "EQ"},
            "Value or AttributeValueList must be used with ComparisonOperator: EQ for Attribute: a",
        ),
        (
            {"ComparisonOperator": "EQ", "Value": ONE, "Exists": True},
            "Exists and ComparisonOperator cannot be used together for Attribute: a",
        ),
        (compared("EQ"), "Invalid number of argument(s) for the EQ ComparisonOperator"),
        (compared("EQ", ONE, ONE), "Invalid number of argument(s) for the EQ ComparisonOperator"),
        (compared("NULL", ONE), "Invalid number of argument(s) for the NULL ComparisonOperator"),
        (compared("IN"), "Invalid number of argument(s) for the IN ComparisonOperator"),
        (compared("BETWEEN", ONE), "Invalid number of argument(s) for the BETWEEN ComparisonOperator"),
        (compared("IN", ONE, {"S": "a"}), "AttributeValues inside AttributeValueList must be of same type"),
        (compared("BEGINS_WITH", ONE), "ComparisonOperator BEGINS_WITH is not valid for N AttributeValue type"),
        (compared("LT", {"NS": ["1"]}), "ComparisonOperator LT is not valid for NS AttributeValue type"),
        (compared("CONTAINS", {"L": []}), "ComparisonOperator CONTAINS is not valid for L AttributeValue type"),
    ],
)
def test_an_expectation_that_makes_no_sense_is_refused(
    client: Client, table: str, item: Json, expectation: Json, problem: str
) -> None:
    for call, members in (
        (client.put_item, {"Item": item}),
        (client.update_item, {"Key": item}),
        (client.delete_item, {"Key": item}),
    ):
        error = refused(call, TableName=table, Expected={"a": expectation}, **members)
        assert (error.code, error.message) == ("ValidationException", INVALID + problem)


def test_bounds_the_wrong_way_round_are_refused(client: Client, table: str, item: Json) -> None:
    error = refused(client.delete_item, TableName=table, Key=item, Expected={"n": compared("BETWEEN", TWO, ONE)})
    assert (error.code, error.message) == (
        "ValidationException",
        "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound",
    )


@pytest.mark.parametrize(
    ("expected", "message"),
    [
        ({}, "ConditionalOperator cannot be used without Filter or Expected"),
        (
            {"a": {"Value": ONE}},
            "ConditionalOperator can only be used when Filter or Expected has two or more elements",
        ),
    ],
)
def test_an_operator_needs_conditions_to_join(
    client: Client, table: str, item: Json, expected: Json, message: str
) -> None:
    error = refused(client.delete_item, TableName=table, Key=item, Expected=expected, ConditionalOperator="AND")
    assert (error.code, error.message) == ("ValidationException", message)


@pytest.mark.parametrize(
    ("members", "legacy", "expressions"),
    [
        ({"ConditionExpression": "attribute_exists(id)"}, "Expected", "ConditionExpression"),
        ({"UpdateExpression": "REMOVE a"}, "Expected", "UpdateExpression"),
        (
            {"UpdateExpression": "REMOVE a", "AttributeUpdates": {}, "ConditionalOperator": "OR"},
            "AttributeUpdates, Expected, ConditionalOperator",
            "UpdateExpression",
        ),
    ],
)
def test_the_two_styles_do_not_mix(
    client: Client, table: str, item: Json, members: Json, legacy: str, expressions: str
) -> None:
    error = refused(client.update_item, TableName=table, Key=item, Expected={"a": {"Value": ONE}}, **members)
    assert (error.code, error.message) == (
        "ValidationException",
        "Can not use both expression and non-expression parameters in the same request: "
        f"Non-expression parameters: {{{legacy}}} Expression parameters: {{{expressions}}}",
    )
