"""Legacy parameters arrive in one form, or are refused in the service's words and in its order.

Messages and order are those that the tests of dynalite and ExtendDB have seen of the service.
"""

from decimal import Decimal
from typing import Any, Final

import orjson
import pytest

from microdax.model.errors import SerializationException, ValidationException
from microdax.model.legacy_requests import (
    AttributeCondition,
    AttributeConditions,
    AttributeUpdate,
    Legacy,
)
from microdax.model.requests import BatchGetItem, DeleteItem, GetItem, PutItem, Query, Scan, UpdateItem
from microdax.model.values import StringSet
from microdax.wire.dynamo_json import decode_request

Json = dict[str, Any]

INVALID = "One or more parameter values were invalid: "
MIXED = "Can not use both expression and non-expression parameters in the same request: "
EMPTY = "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
TWO_OR_MORE = "ConditionalOperator can only be used when Filter or Expected has two or more elements"
WITHOUT = "ConditionalOperator cannot be used without Filter or Expected"
OPERATORS = "IN, NULL, BETWEEN, LT, NOT_CONTAINS, EQ, GT, NOT_NULL, NE, LE, BEGINS_WITH, GE, CONTAINS"

A: Json = {"S": "a"}
B: Json = {"S": "b"}
ONE: Json = {"N": "1"}
EMPTY_MAP: Json = {"M": {}}
NO_NAMES: list[str] = []
NO_VALUES: list[Json] = []
KEY: Json = {"id": A}
GET: Json = {"TableName": "films", "Key": KEY}
PUT: Json = {"TableName": "films", "Item": KEY}
SCAN: Json = {"TableName": "films"}
EQUAL: Json = {"ComparisonOperator": "EQ", "AttributeValueList": [A]}
QUERY: Json = {"TableName": "films", "KeyConditions": {"id": EQUAL}}
BOTH: Final = {"a": AttributeCondition("EQ", ("a",)), "b": AttributeCondition("EQ", ("a",))}


def legacy(operation: str, json: Json) -> Legacy:
    request = decode_request(operation, orjson.dumps(json))
    assert isinstance(request, GetItem | PutItem | UpdateItem | DeleteItem | Query | Scan)
    return request.legacy


def refused(operation: str, json: Json) -> str:
    with pytest.raises(ValidationException) as refusal:
        decode_request(operation, orjson.dumps(json))
    return refusal.value.message


# ---- what is right


@pytest.mark.parametrize(
    ("operation", "json", "expected"),
    [
        ("GetItem", GET, Legacy()),
        ("GetItem", {**GET, "AttributesToGet": ["a", "b.c"]}, Legacy(attributes=("a", "b.c"))),
        ("PutItem", {**PUT, "Expected": {}}, Legacy(conditions=AttributeConditions({}))),
        (
            "DeleteItem",
            {**GET, "Expected": {"a": EQUAL, "b": {"Value": A}}},
            Legacy(conditions=AttributeConditions(BOTH)),
        ),
        (
            "PutItem",
            {**PUT, "Expected": {"a": EQUAL, "b": EQUAL}, "ConditionalOperator": "OR"},
            Legacy(conditions=AttributeConditions(BOTH, one_suffices=True)),
        ),
        (
            "Scan",
            {**SCAN, "ScanFilter": {"a": EQUAL, "b": EQUAL}, "ConditionalOperator": "AND", "AttributesToGet": ["a"]},
            Legacy(conditions=AttributeConditions(BOTH), attributes=("a",)),
        ),
        (
            "Query",
            {**QUERY, "QueryFilter": {"a": EQUAL}, "AttributesToGet": ["a"]},
            Legacy(
                AttributeConditions({"a": AttributeCondition("EQ", ("a",))}),
                {"id": AttributeCondition("EQ", ("a",))},
                attributes=("a",),
            ),
        ),
        (
            "UpdateItem",
            {
                **GET,
                "AttributeUpdates": {
                    "a": {"Value": A},
                    "b": {"Action": "PUT", "Value": {"NULL": True}},
                    "c": {"Action": "ADD", "Value": {"L": [ONE]}},
                    "d": {"Action": "DELETE"},
                    "e": {"Action": "DELETE", "Value": {"SS": ["x"]}},
                },
            },
            Legacy(
                updates={
                    "a": AttributeUpdate("PUT", "a"),
                    "b": AttributeUpdate("PUT", None),
                    "c": AttributeUpdate("ADD", [Decimal(1)]),
                    "d": AttributeUpdate("REMOVE"),
                    "e": AttributeUpdate("DELETE", StringSet({"x"})),
                }
            ),
        ),
    ],
)
def test_parameters_are_carried_with_the_request(operation: str, json: Json, expected: Legacy) -> None:
    assert legacy(operation, json) == expected


@pytest.mark.parametrize(
    ("json", "expected"),
    [
        ({"Value": A}, AttributeCondition("EQ", ("a",))),
        ({"Value": A, "Exists": True}, AttributeCondition("EQ", ("a",))),
        ({"Exists": False}, AttributeCondition("NULL")),
        ({"ComparisonOperator": "GT", "Value": ONE}, AttributeCondition("GT", (Decimal(1),))),
        ({"ComparisonOperator": "GT", "AttributeValueList": [ONE]}, AttributeCondition("GT", (Decimal(1),))),
        ({"ComparisonOperator": "NOT_NULL"}, AttributeCondition("NOT_NULL")),
        ({"ComparisonOperator": "NOT_NULL", "AttributeValueList": NO_VALUES}, AttributeCondition("NOT_NULL")),
        ({"ComparisonOperator": "IN", "AttributeValueList": [A, B, A]}, AttributeCondition("IN", ("a", "b", "a"))),
        ({"ComparisonOperator": "BETWEEN", "AttributeValueList": [A, A]}, AttributeCondition("BETWEEN", ("a", "a"))),
        (
            {"ComparisonOperator": "CONTAINS", "AttributeValueList": [{"BOOL": True}]},
            AttributeCondition("CONTAINS", (True,)),
        ),
        ({"ComparisonOperator": "NE", "AttributeValueList": [EMPTY_MAP]}, AttributeCondition("NE", ({},))),
    ],
)
def test_the_ways_to_expect_become_one(json: Json, expected: AttributeCondition) -> None:
    assert legacy("PutItem", {**PUT, "Expected": {"a": json}}) == Legacy(
        conditions=AttributeConditions({"a": expected})
    )


def test_each_table_of_a_batch_has_attributes_of_its_own() -> None:
    tables = {"films": {"Keys": [KEY], "AttributesToGet": ["a"]}, "other": {"Keys": [KEY]}}
    request = decode_request("BatchGetItem", orjson.dumps({"RequestItems": tables}))
    assert isinstance(request, BatchGetItem)
    assert {name: table.legacy for name, table in request.tables.items()} == {
        "films": Legacy(attributes=("a",)),
        "other": Legacy(),
    }


def test_key_conditions_may_stand_beside_the_other_expressions() -> None:
    request = decode_request("Query", orjson.dumps({**QUERY, "ProjectionExpression": "a"}))
    assert isinstance(request, Query)
    assert request.projection_expression == "a"
    assert request.legacy == Legacy(key_conditions={"id": AttributeCondition("EQ", ("a",))})


# ---- two styles


@pytest.mark.parametrize(
    ("operation", "json", "theirs", "expressions"),
    [
        ("GetItem", {**GET, "AttributesToGet": ["a"]}, "AttributesToGet", "ProjectionExpression"),
        ("PutItem", {**PUT, "Expected": {}}, "Expected", "ConditionExpression"),
        (
            "PutItem",
            {**PUT, "Expected": {"a": EQUAL}, "ConditionalOperator": "OR"},
            "Expected, ConditionalOperator",
            "ConditionExpression",
        ),
        ("DeleteItem", {**GET, "ConditionalOperator": "AND"}, "ConditionalOperator", "ConditionExpression"),
        (
            "UpdateItem",
            {**GET, "Expected": {}, "AttributeUpdates": {}, "ConditionalOperator": "AND"},
            "AttributeUpdates, Expected, ConditionalOperator",
            "UpdateExpression, ConditionExpression",
        ),
        ("UpdateItem", {**GET, "AttributeUpdates": {}}, "AttributeUpdates", "ConditionExpression"),
        (
            "Query",
            {**QUERY, "QueryFilter": {}, "AttributesToGet": ["a"], "ConditionalOperator": "AND"},
            "AttributesToGet, QueryFilter, ConditionalOperator, KeyConditions",
            "ProjectionExpression, FilterExpression, KeyConditionExpression",
        ),
        ("Query", {**QUERY, "QueryFilter": {}}, "QueryFilter", "ProjectionExpression"),
        (
            "Scan",
            {**SCAN, "ScanFilter": {"a": EQUAL}, "AttributesToGet": ["a"], "ConditionalOperator": "AND"},
            "AttributesToGet, ScanFilter, ConditionalOperator",
            "ProjectionExpression, FilterExpression",
        ),
    ],
)
def test_the_two_styles_do_not_mix(operation: str, json: Json, theirs: str, expressions: str) -> None:
    texts = dict.fromkeys(expressions.split(", "), "a")
    message = f"{MIXED}Non-expression parameters: {{{theirs}}} Expression parameters: {{{expressions}}}"
    assert refused(operation, {**json, **texts}) == message


def test_nor_do_they_within_a_batch() -> None:
    table: Json = {"Keys": [{"a": {}}], "AttributesToGet": ["a", "a"], "ProjectionExpression": ""}
    assert refused("BatchGetItem", {"RequestItems": {"films": table}}).startswith(MIXED)


# ---- one parameter


EXPECTATIONS: list[tuple[Json, str]] = [
    ({}, "Value must be provided when Exists is null for Attribute: a"),
    ({"Exists": True}, "Value must be provided when Exists is true for Attribute: a"),
    ({"Exists": False, "Value": A}, "Value cannot be used when Exists is false for Attribute: a"),
    (
        {"Value": A, "AttributeValueList": [A], "Exists": True},
        "Value and AttributeValueList cannot be used together for Attribute: a",
    ),
    ({"AttributeValueList": [A]}, "AttributeValueList can only be used with a ComparisonOperator for Attribute: a"),
    (
        {"ComparisonOperator": "EQ"},
        "Value or AttributeValueList must be used with ComparisonOperator: EQ for Attribute: a",
    ),
    (
        {"ComparisonOperator": "EQ", "Exists": True, "Value": A},
        "Exists and ComparisonOperator cannot be used together for Attribute: a",
    ),
    ({"ComparisonOperator": "NULL", "Value": A}, "Invalid number of argument(s) for the NULL ComparisonOperator"),
    ({"ComparisonOperator": "BETWEEN", "Value": A}, "Invalid number of argument(s) for the BETWEEN ComparisonOperator"),
]


@pytest.mark.parametrize(("json", "problem"), EXPECTATIONS)
def test_what_is_expected_is_said_in_one_way(json: Json, problem: str) -> None:
    for operation, request in (("PutItem", PUT), ("UpdateItem", GET), ("DeleteItem", GET)):
        assert refused(operation, {**request, "Expected": {"a": json}}) == INVALID + problem


COUNTS: list[tuple[str, list[int]]] = [
    *[
        (operator, [0, 2])
        for operator in ("EQ", "NE", "LE", "LT", "GE", "GT", "CONTAINS", "NOT_CONTAINS", "BEGINS_WITH")
    ],
    ("NULL", [1]),
    ("NOT_NULL", [1]),
    ("IN", [0]),
    ("BETWEEN", [0, 1, 3]),
]


@pytest.mark.parametrize(("operator", "counts"), COUNTS)
def test_an_operator_takes_so_many_values(operator: str, counts: list[int]) -> None:
    for count in counts:
        condition = {"ComparisonOperator": operator, "AttributeValueList": [A] * count}
        message = f"{INVALID}Invalid number of argument(s) for the {operator} ComparisonOperator"
        assert refused("Scan", {**SCAN, "ScanFilter": {"a": condition}}) == message
        assert refused("Query", {**SCAN, "KeyConditions": {"a": condition}}) == message
        assert refused("PutItem", {**PUT, "Expected": {"a": condition}}) == message


VALUES: dict[str, Json] = {
    "S": A,
    "N": ONE,
    "B": {"B": "YQ=="},
    "SS": {"SS": ["a"]},
    "NS": {"NS": ["1"]},
    "BS": {"BS": ["YQ=="]},
    "L": {"L": []},
    "M": {"M": {}},
    "BOOL": {"BOOL": True},
    "NULL": {"NULL": True},
}
TAKEN: dict[str, set[str]] = {
    **{key: {"S", "N", "B"} for key in ("LE", "LT", "GE", "GT", "IN", "BETWEEN")},
    **{key: {"S", "N", "B", "BOOL", "NULL"} for key in ("CONTAINS", "NOT_CONTAINS")},
    **{key: set(VALUES) for key in ("EQ", "NE")},
    "BEGINS_WITH": {"S", "B"},
}


@pytest.mark.parametrize("operator", TAKEN)
def test_an_operator_takes_values_of_some_types(operator: str) -> None:
    """That CONTAINS takes BOOL and NULL is how Amazon's own DAX client has it; the API reference does not say so."""
    for type_, value in VALUES.items():
        values = [value, value] if operator == "BETWEEN" else [value]
        json = {**SCAN, "ScanFilter": {"a": {"ComparisonOperator": operator, "AttributeValueList": values}}}
        if type_ in TAKEN[operator]:
            assert legacy("Scan", json).conditions is not None
        else:
            problem = f"ComparisonOperator {operator} is not valid for {type_} AttributeValue type"
            assert refused("Scan", json) == INVALID + problem


REFUSED: list[tuple[str, Json, str]] = [
    ("GetItem", {**GET, "AttributesToGet": ["b", "a", "a"]}, f"{INVALID}Duplicate value in attribute name: a"),
    ("GetItem", {**GET, "AttributesToGet": [""]}, f"{INVALID}An attribute name may not be empty"),
    (
        "GetItem",
        {**GET, "AttributesToGet": NO_NAMES},
        "1 validation error detected: Value '[]' at 'attributesToGet' failed to satisfy constraint: "
        "Member must have length greater than or equal to 1",
    ),
    (
        "Scan",
        {**SCAN, "ScanFilter": {"a": {"ComparisonOperator": "eq"}}},
        "1 validation error detected: Value 'eq' at 'scanFilter.a.member.comparisonOperator' failed to satisfy "
        f"constraint: Member must satisfy enum value set: [{OPERATORS}]",
    ),
    (
        "Query",
        {**SCAN, "KeyConditions": {"a": {}}, "ConditionalOperator": "XOR"},
        "2 validation errors detected: Value 'XOR' at 'conditionalOperator' failed to satisfy constraint: "
        "Member must satisfy enum value set: [OR, AND]; Value null at "
        "'keyConditions.a.member.comparisonOperator' failed to satisfy constraint: Member must not be null",
    ),
    ("Scan", {**SCAN, "ConditionalOperator": "AND"}, WITHOUT),
    ("Scan", {**SCAN, "ConditionalOperator": "AND", "ScanFilter": {}}, WITHOUT),
    ("Scan", {**SCAN, "ConditionalOperator": "OR", "ScanFilter": {"a": EQUAL}}, TWO_OR_MORE),
    ("Query", {**SCAN, "ConditionalOperator": "OR"}, WITHOUT),
    ("Query", {**QUERY, "ConditionalOperator": "OR", "QueryFilter": {"a": EQUAL}}, TWO_OR_MORE),
    ("PutItem", {**PUT, "ConditionalOperator": "OR"}, WITHOUT),
    ("DeleteItem", {**GET, "ConditionalOperator": "OR", "Expected": {"a": EQUAL}}, TWO_OR_MORE),
    ("UpdateItem", {**GET, "ConditionalOperator": "OR", "AttributeUpdates": {"a": {}, "b": {}}}, WITHOUT),
    (
        "Scan",
        {**SCAN, "ScanFilter": {"a": {"ComparisonOperator": "IN", "AttributeValueList": [A, ONE]}}},
        f"{INVALID}AttributeValues inside AttributeValueList must be of same type",
    ),
    (
        "Scan",
        {**SCAN, "ScanFilter": {"a": {"ComparisonOperator": "BETWEEN", "AttributeValueList": [B, A]}}},
        "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound",
    ),
    ("Scan", {**SCAN, "ScanFilter": {"a": {"ComparisonOperator": "EQ", "AttributeValueList": [{}]}}}, EMPTY),
    ("PutItem", {**PUT, "Expected": {"a": {"Value": {}}}}, EMPTY),
    ("UpdateItem", {**GET, "AttributeUpdates": {"a": {"Value": {}}}}, EMPTY),
    ("UpdateItem", {**GET, "AttributeUpdates": {"": {"Value": A}}}, f"{INVALID}An attribute name may not be empty"),
    (
        "UpdateItem",
        {**GET, "AttributeUpdates": {"a": {"Action": "ADD"}}},
        f"{INVALID}Only DELETE action is allowed when no attribute value is specified",
    ),
    (
        "UpdateItem",
        {**GET, "AttributeUpdates": {"a": {"Action": "DELETE", "Value": {"L": []}}}},
        f"{INVALID}DELETE action with value is not supported for the type L",
    ),
    (
        "UpdateItem",
        {**GET, "AttributeUpdates": {"a": {"Action": "ADD", "Value": {"BOOL": True}}}},
        f"{INVALID}ADD action is not supported for the type BOOL",
    ),
    ("Query", {**SCAN, "KeyConditions": {}}, "Conditions can be of length 1 or 2 only"),
    (
        "Query",
        {**QUERY, "AttributesToGet": ["a"], "Select": "COUNT"},
        "1 validation error detected: Cannot specify the AttributesToGet when choosing to get only the Count",
    ),
    (
        "Scan",
        {**SCAN, "AttributesToGet": ["a"], "Select": "ALL_ATTRIBUTES"},
        "Cannot specify the AttributesToGet when choosing to get ALL_ATTRIBUTES",
    ),
]


@pytest.mark.parametrize(
    ("operation", "json", "message"),
    REFUSED,
)
def test_a_parameter_is_refused_because(operation: str, json: Json, message: str) -> None:
    assert refused(operation, json) == message


@pytest.mark.parametrize(
    ("operation", "json", "message"),
    [
        # The key before its projection.
        ("GetItem", {**GET, "Key": {"id": {}}, "AttributesToGet": ["a", "a"]}, EMPTY),
        # The item before the condition on it, the actions before the condition.
        ("PutItem", {**PUT, "Item": {"id": {}}, "Expected": {"a": {}}}, EMPTY),
        (
            "UpdateItem",
            {**GET, "AttributeUpdates": {"a": {}}, "Expected": {"a": {}}},
            f"{INVALID}Only DELETE action is allowed when no attribute value is specified",
        ),
        # A page's filter before its start, and that before its key conditions.
        (
            "Query",
            {**SCAN, "QueryFilter": {"a": {"ComparisonOperator": "EQ"}}, "ExclusiveStartKey": {"a": {}}},
            f"{INVALID}Invalid number of argument(s) for the EQ ComparisonOperator",
        ),
        (
            "Query",
            {**SCAN, "KeyConditions": {}, "ExclusiveStartKey": {"a": {}}},
            f"The provided starting key is invalid: {EMPTY}",
        ),
        (
            "Scan",
            {**SCAN, "ScanFilter": {"a": {"ComparisonOperator": "EQ"}}, "AttributesToGet": ["a", "a"]},
            f"{INVALID}Duplicate value in attribute name: a",
        ),
    ],
)
def test_of_two_errors_the_services_first_is_told(operation: str, json: Json, message: str) -> None:
    assert refused(operation, json) == message


@pytest.mark.parametrize(
    ("operation", "json", "message"),
    [
        ("GetItem", {**GET, "AttributesToGet": "a"}, "Unexpected field type"),
        ("PutItem", {**PUT, "Expected": {"a": "x"}}, "Unexpected value type in payload"),
        ("PutItem", {**PUT, "Expected": {"a": {"Exists": 1}}}, "NUMBER_VALUE cannot be converted to Boolean"),
        ("PutItem", {**PUT, "Expected": {"a": {"Value": "x"}}}, "Unexpected field type"),
        (
            "Scan",
            {**SCAN, "ScanFilter": []},
            "Unrecognized collection type java.util.Map<java.lang.String, com.amazonaws.dynamodb.v20120810.Condition>",
        ),
        (
            "Scan",
            {**SCAN, "ScanFilter": {"a": {"ComparisonOperator": "EQ", "AttributeValueList": ["x"]}}},
            "Unexpected value type in payload",
        ),
        # Wrong type inside a value outranks what else is wrong.
        (
            "Scan",
            {**SCAN, "ScanFilter": {"a": {"ComparisonOperator": "NULL", "AttributeValueList": [{"S": 1}]}}},
            "NUMBER_VALUE cannot be converted to String",
        ),
        (
            "UpdateItem",
            {**GET, "AttributeUpdates": {"a": {"Action": "ADD"}, "b": {"Value": {"N": 1}}}},
            "NUMBER_VALUE cannot be converted to String",
        ),
    ],
)
def test_a_wrong_type_is_a_serialization_error(operation: str, json: Json, message: str) -> None:
    with pytest.raises(SerializationException) as refusal:
        decode_request(operation, orjson.dumps(json))
    assert refusal.value.message == message
