"""Requests arrive whole, or are refused in the service's words and in its order."""

import dataclasses
from decimal import Decimal
from json import dumps
from typing import Any, Final

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from microdax.model.any_request import AnyRequest
from microdax.model.errors import (
    DynamoDBError,
    SerializationException,
    UnknownOperationException,
    ValidationException,
)
from microdax.model.requests import (
    BatchDelete,
    BatchGetItem,
    BatchPut,
    BatchWriteItem,
    DeleteItem,
    GetItem,
    Placeholders,
    PutItem,
    Query,
    Scan,
    TableKeys,
    UpdateItem,
)
from microdax.wire.dynamo_json import decode_request
from microdax.wire.operation_shapes import SHAPES
from tests.support.attribute_values import nested

Json = dict[str, Any]

INVALID = "One or more parameter values were invalid: "
EMPTY = "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
TWO = "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes"
TOO_DEEP = (
    "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit"
)
DUPLICATES = "Provided list of item keys contains duplicates"
PATTERN = "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"
RETURN_VALUES = "Member must satisfy enum value set: [ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]"
CAPACITY = "Member must satisfy enum value set: [INDEXES, TOTAL, NONE]"
METRICS = "Member must satisfy enum value set: [SIZE, NONE]"
SELECT = "Member must satisfy enum value set: [SPECIFIC_ATTRIBUTES, COUNT, ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES]"
NO_NAMES = "ExpressionAttributeNames can only be specified when using expressions"
NO_VALUES = "ExpressionAttributeValues can only be specified when using expressions: "
ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/films"

KEY: Json = {"id": {"S": "a"}}
GET: Json = {"TableName": "films", "Key": KEY}
PUT: Json = {"TableName": "films", "Item": KEY}
QUERY: Json = {
    "TableName": "films",
    "KeyConditionExpression": "id = :i",
    "ExpressionAttributeValues": {":i": {"S": "a"}},
}
SCAN: Json = {"TableName": "films"}


def decode(operation: str, json: object) -> AnyRequest:
    return decode_request(operation, orjson.dumps(json))


def refused(operation: str, json: object) -> str:
    with pytest.raises(ValidationException) as refusal:
        decode(operation, json)
    return refusal.value.message


def violations(*sentences: tuple[str, str, str]) -> str:
    """The message for these (value as shown, path, constraint)."""
    errors = "error" if len(sentences) == 1 else "errors"
    told = (f"Value {value} at '{path}' failed to satisfy constraint: {rule}" for value, path, rule in sentences)
    return f"{len(sentences)} validation {errors} detected: {'; '.join(told)}"


NO_TABLE = ("null", "tableName", "Member must not be null")
NO_KEY = ("null", "key", "Member must not be null")


# ---- what comes through


RIGHT: Final[list[tuple[str, Json, AnyRequest]]] = [
    ("GetItem", GET, GetItem("films", {"id": "a"})),
    ("GetItem", {**GET, "TableName": ARN}, GetItem("films", {"id": "a"})),
    ("GetItem", {**GET, "Unknown": 1, "ProjectionExpression": None}, GetItem("films", {"id": "a"})),
    ("GetItem", {"TableName": "films", "Key": {}}, GetItem("films", {})),
    (
        "GetItem",
        {
            **GET,
            "ConsistentRead": True,
            "ProjectionExpression": "#t",
            "ExpressionAttributeNames": {"#t": "title"},
            "ReturnConsumedCapacity": "TOTAL",
        },
        GetItem("films", {"id": "a"}, True, "#t", Placeholders({"#t": "title"}), "TOTAL"),
    ),
    ("PutItem", PUT, PutItem("films", {"id": "a"})),
    (
        "PutItem",
        {
            **PUT,
            "ConditionExpression": "id <> :i",
            "ExpressionAttributeValues": {":i": {"N": "1.0"}},
            "ReturnValues": "ALL_OLD",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            "ReturnConsumedCapacity": "INDEXES",
            "ReturnItemCollectionMetrics": "SIZE",
        },
        PutItem(
            "films",
            {"id": "a"},
            "id <> :i",
            Placeholders(values={":i": Decimal(1)}),
            "ALL_OLD",
            "ALL_OLD",
            "INDEXES",
            "SIZE",
        ),
    ),
    (
        "UpdateItem",
        {
            **GET,
            "UpdateExpression": "REMOVE t",
            "ConditionExpression": "t = :t",
            "ExpressionAttributeValues": {":t": {"NULL": True}},
            "ReturnValues": "UPDATED_NEW",
        },
        UpdateItem(
            "films",
            {"id": "a"},
            "REMOVE t",
            "t = :t",
            Placeholders(values={":t": None}),
            return_values="UPDATED_NEW",
        ),
    ),
    ("UpdateItem", GET, UpdateItem("films", {"id": "a"})),
    ("DeleteItem", {**GET, "ReturnValues": "ALL_OLD"}, DeleteItem("films", {"id": "a"}, return_values="ALL_OLD")),
    ("Query", QUERY, Query("films", "id = :i", placeholders=Placeholders(values={":i": "a"}))),
    (
        "Query",
        {
            **QUERY,
            "IndexName": "by-year",
            "FilterExpression": "f",
            "ProjectionExpression": "p",
            "ScanIndexForward": False,
            "Limit": 7,
            "ExclusiveStartKey": KEY,
            "Select": "SPECIFIC_ATTRIBUTES",
            "ConsistentRead": True,
        },
        Query(
            "films",
            "id = :i",
            "by-year",
            "f",
            "p",
            Placeholders(values={":i": "a"}),
            False,
            7,
            {"id": "a"},
            "SPECIFIC_ATTRIBUTES",
            True,
        ),
    ),
    ("Scan", SCAN, Scan("films")),
    (
        "Scan",
        {**SCAN, "Segment": 0, "TotalSegments": 1, "Select": "COUNT", "FilterExpression": "f", "Limit": 1.9},
        Scan("films", filter_expression="f", limit=1, segment=0, total_segments=1, select="COUNT"),
    ),
    (
        "BatchGetItem",
        {"RequestItems": {ARN: {"Keys": [KEY], "ConsistentRead": "true"}, "other": {"Keys": [{}]}}},
        BatchGetItem({"films": TableKeys(({"id": "a"},), True), "other": TableKeys(({},))}),
    ),
    (
        "BatchWriteItem",
        {"RequestItems": {"films": [{"PutRequest": {"Item": KEY}}, {"DeleteRequest": {"Key": KEY}}]}},
        BatchWriteItem({"films": (BatchPut({"id": "a"}), BatchDelete({"id": "a"}))}),
    ),
]


@pytest.mark.parametrize(("operation", "json", "request_"), RIGHT)
def test_a_right_request_is_decoded(operation: str, json: Json, request_: AnyRequest) -> None:
    assert decode(operation, json) == request_


def test_placeholders_left_out_are_told_from_empty_ones() -> None:
    empty = decode("GetItem", {**GET, "ProjectionExpression": "a", "ExpressionAttributeNames": {}})
    assert isinstance(empty, GetItem)
    assert empty.placeholders == Placeholders(names={}, values=None)


def test_the_text_of_an_expression_is_left_to_its_parser() -> None:
    request = decode("PutItem", {**PUT, "ConditionExpression": ""})
    assert isinstance(request, PutItem)
    assert request.condition_expression == ""


def test_empty_strings_and_binaries_pass_as_only_a_schema_tells_keys() -> None:
    request = decode("PutItem", {"TableName": "films", "Item": {"id": {"S": ""}, "b": {"B": ""}}})
    assert request == PutItem("films", {"id": "", "b": b""})


def test_of_two_members_of_one_name_the_last_counts() -> None:
    body = b'{"TableName":"films","TableName":"other","Key":{"id":{"S":"a"},"id":{"S":"b"}}}'
    assert decode_request("GetItem", body) == GetItem("other", {"id": "b"})


# ---- what is not even a request


@pytest.mark.parametrize("operation", ["", "getItem", "GetItem ", "Nonsense"])
def test_an_operation_that_is_not_known_is_refused(operation: str) -> None:
    with pytest.raises(UnknownOperationException) as refusal:
        decode_request(operation, b"{}")
    assert refusal.value.document() == b'{"__type":"com.amazon.coral.service#UnknownOperationException"}'


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"hello",
        b"7",
        b"null",
        b"[]",
        b'"a"',
        b"{",
        b'{"TableName":',
        b"{}{}",
        b'{"a":NaN}',
        b'{"a":1e999}',
        b"\xff",
        b'{"TableName":"\\ud800"}',
        b'{"TableName":"\xed\xa0\x80"}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
    ],
)
def test_what_is_no_json_object_is_refused_without_a_message(body: bytes) -> None:
    with pytest.raises(SerializationException) as refusal:
        decode_request("GetItem", body)
    assert refusal.value.document() == b'{"__type":"com.amazon.coral.service#SerializationException"}'


# ---- wrong types, which outrank all else


WRONG_TYPES: Final[list[tuple[str, Json, str]]] = [
    ("GetItem", {"TableName": 23}, "NUMBER_VALUE cannot be converted to String"),
    ("GetItem", {"TableName": {}}, "Start of structure or map found where not expected"),
    ("GetItem", {"Key": "a"}, "Unexpected field type"),
    ("GetItem", {"Key": {"a": "b"}}, "Unexpected value type in payload"),
    ("GetItem", {"ConsistentRead": 1}, "NUMBER_VALUE cannot be converted to Boolean"),
    ("GetItem", {"ExpressionAttributeNames": {"#a": 1}}, "NUMBER_VALUE cannot be converted to String"),
    (
        "GetItem",
        {"ExpressionAttributeNames": []},
        "Unrecognized collection type java.util.Map<java.lang.String, java.lang.String>",
    ),
    ("Scan", {"Limit": "1"}, "STRING_VALUE cannot be converted to Integer"),
    ("BatchGetItem", {"RequestItems": {"films": 1}}, "Unexpected value type in payload"),
    (
        "BatchWriteItem",
        {"RequestItems": []},
        "Unrecognized collection type "
        "java.util.Map<java.lang.String, java.util.List<com.amazonaws.dynamodb.v20120810.WriteRequest>>",
    ),
    # beside a violated constraint, a wrong number, a rule of the operation, another table's wrong value
    ("GetItem", {"TableName": "a", "Key": {"a": {"S": 1}}}, "NUMBER_VALUE cannot be converted to String"),
    ("GetItem", {**GET, "Key": {"a": {"N": "b"}, "c": {"S": 1}}}, "NUMBER_VALUE cannot be converted to String"),
    (
        "GetItem",
        {**GET, "Key": {"a": {"L": [{"N": "b"}, {"M": {"c": {"B": "d"}}}]}}},
        "Base64 encoded length is expected a multiple of 4 bytes but found: 1",
    ),
    (
        "PutItem",
        {**PUT, "ExpressionAttributeValues": {":a": {"BOOL": 1}}},
        "NUMBER_VALUE cannot be converted to Boolean",
    ),
    (
        "BatchGetItem",
        {"RequestItems": {"films": {"Keys": [{"a": {}}, {"b": {"SS": "c"}}]}}},
        "Unexpected field type",
    ),
    (
        "BatchWriteItem",
        {"RequestItems": {"films": [{}, None, {"PutRequest": {"Item": {"a": "b"}}}]}},
        "Unexpected value type in payload",
    ),
]


@pytest.mark.parametrize(("operation", "json", "message"), WRONG_TYPES)
def test_a_wrong_type_outranks_whatever_else_is_wrong(operation: str, json: Json, message: str) -> None:
    with pytest.raises(SerializationException) as refusal:
        decode(operation, json)
    assert refusal.value.message == message


# ---- constraints, told together


VIOLATIONS: Final[list[tuple[str, Json, str]]] = [
    ("GetItem", {}, violations(NO_TABLE, NO_KEY)),
    ("GetItem", {"TableName": None, "Key": None}, violations(NO_TABLE, NO_KEY)),
    (
        "GetItem",
        {"TableName": "a;"},
        violations(
            ("'a;'", "tableName", PATTERN),
            ("'a;'", "tableName", "Member must have length greater than or equal to 3"),
            NO_KEY,
        ),
    ),
    (
        "PutItem",
        {
            "TableName": "abc;",
            "ReturnConsumedCapacity": "hi",
            "ReturnItemCollectionMetrics": "hi",
            "ReturnValues": "hi",
        },
        violations(
            ("'hi'", "returnConsumedCapacity", CAPACITY),
            ("'abc;'", "tableName", PATTERN),
            ("null", "item", "Member must not be null"),
            ("'hi'", "returnValues", RETURN_VALUES),
            ("'hi'", "returnItemCollectionMetrics", METRICS),
        ),
    ),
    (
        "UpdateItem",
        {"ReturnItemCollectionMetrics": "hi", "ReturnValues": "hi"},
        violations(
            NO_TABLE,
            ("'hi'", "returnItemCollectionMetrics", METRICS),
            ("'hi'", "returnValues", RETURN_VALUES),
            NO_KEY,
        ),
    ),
    (
        "DeleteItem",
        {"ReturnItemCollectionMetrics": "hi", "ReturnValues": "hi"},
        violations(
            NO_TABLE,
            ("'hi'", "returnValues", RETURN_VALUES),
            ("'hi'", "returnItemCollectionMetrics", METRICS),
            NO_KEY,
        ),
    ),
    (
        "Scan",
        {"TableName": "abc;", "IndexName": "abc;", "Segment": -1, "TotalSegments": -1, "Select": "hi", "Limit": -1},
        violations(
            ("'hi'", "select", SELECT),
            ("'abc;'", "indexName", PATTERN),
            ("'-1'", "totalSegments", "Member must have value greater than or equal to 1"),
            ("'abc;'", "tableName", PATTERN),
            ("'-1'", "segment", "Member must have value greater than or equal to 0"),
            ("'-1'", "limit", "Member must have value greater than or equal to 1"),
        ),
    ),
    (
        "Query",
        {**QUERY, "Limit": 0},
        "1 validation error detected: Value at 'Limit' failed to satisfy constraint: "
        "Member must have value greater than or equal to 1",
    ),
    (
        "Scan",
        {**SCAN, "Limit": 0},
        violations(("'0'", "limit", "Member must have value greater than or equal to 1")),
    ),
    (
        "Scan",
        {**SCAN, "TotalSegments": 1_000_001},
        violations(("'1000001'", "totalSegments", "Member must have value less than or equal to 1000000")),
    ),
    ("BatchGetItem", {}, violations(("null", "requestItems", "Member must not be null"))),
    (
        "BatchGetItem",
        {"RequestItems": {"films": {}}},
        violations(("null", "requestItems.films.member.keys", "Member must not be null")),
    ),
    (
        "BatchGetItem",
        {"RequestItems": {"films": {"Keys": [None]}}},
        violations(("null", "requestItems.films.member.keys.1.member", "Member must not be null")),
    ),
    (
        "BatchWriteItem",
        {"ReturnConsumedCapacity": "hi", "ReturnItemCollectionMetrics": "hi"},
        violations(
            ("'hi'", "returnConsumedCapacity", CAPACITY),
            ("'hi'", "returnItemCollectionMetrics", METRICS),
            ("null", "requestItems", "Member must not be null"),
        ),
    ),
    (
        "BatchWriteItem",
        {"RequestItems": {"films": [{"PutRequest": {}, "DeleteRequest": {}}]}},
        violations(
            ("null", "requestItems.films.member.1.member.deleteRequest.key", "Member must not be null"),
            ("null", "requestItems.films.member.1.member.putRequest.item", "Member must not be null"),
        ),
    ),
    (
        "BatchWriteItem",
        {"RequestItems": {}},
        violations(("'{}'", "requestItems", "Member must have length greater than or equal to 1")),
    ),
    # they outrank wrong values and the rules of the operation
    ("GetItem", {"Key": {"a": {"N": "b"}}}, violations(NO_TABLE)),
    ("PutItem", {"Item": KEY, "ReturnValues": "ALL_NEW", "ExpressionAttributeNames": {}}, violations(NO_TABLE)),
]


@pytest.mark.parametrize(("operation", "json", "message"), VIOLATIONS)
def test_violated_constraints_are_told_in_the_services_order(operation: str, json: Json, message: str) -> None:
    assert refused(operation, json) == message


def test_batches_name_tables_and_have_one_to_so_many_entries() -> None:
    writes = [{"DeleteRequest": {"Key": {"id": {"N": str(number)}}}} for number in range(26)]
    limits = "Member must have length less than or equal to 25, Member must have length greater than or equal to 1"
    for entries in ([], writes):
        message = refused("BatchWriteItem", {"RequestItems": {"films": entries}})
        assert message.startswith("1 validation error detected: Value '{")
        assert message.endswith(
            f" at 'requestItems' failed to satisfy constraint: Map value must satisfy constraint: [{limits}]"
        )
    assert "Map keys must satisfy constraint: [" in refused("BatchWriteItem", {"RequestItems": {"a": writes[:1]}})
    assert "Map keys must satisfy constraint: [" in refused("BatchGetItem", {"RequestItems": {"a;b": {"Keys": [KEY]}}})
    message = refused("BatchGetItem", {"RequestItems": {"films": {"Keys": [KEY] * 101}}})
    assert message.endswith(
        "at 'requestItems.films.member.keys' failed to satisfy constraint: "
        "Member must have length less than or equal to 100"
    )


# ---- the rules of the operations


RULES: Final[list[tuple[str, Json, str]]] = [
    ("GetItem", {**GET, "Key": {"a": {}}}, EMPTY),
    ("GetItem", {**GET, "Key": {"a": None}}, EMPTY),
    ("GetItem", {**GET, "ExpressionAttributeNames": {"#a": "b"}}, NO_NAMES),
    ("GetItem", {**GET, "Key": {"a": {}}, "ExpressionAttributeNames": {}}, NO_NAMES),
    ("PutItem", {**PUT, "Item": {"a": {"S": "a", "N": "1"}}}, TWO),
    (
        "PutItem",
        {**PUT, "Item": {"a": {"SS": ["a", "a"]}}},
        INVALID + "Input collection [a, a] contains duplicates.",
    ),
    ("PutItem", {**PUT, "Item": {"a": nested(100, {"S": "a"})}}, TOO_DEEP),
    ("PutItem", {**PUT, "ExpressionAttributeNames": {}}, NO_NAMES),
    ("PutItem", {**PUT, "ExpressionAttributeValues": {}}, NO_VALUES + "ConditionExpression is null"),
    *(
        (operation, {**json, "ReturnValues": values}, "ReturnValues can only be ALL_OLD or NONE")
        for operation, json in (("PutItem", PUT), ("DeleteItem", GET))
        for values in ("ALL_NEW", "UPDATED_OLD", "UPDATED_NEW")
    ),
    (
        "PutItem",
        {**PUT, "ConditionExpression": "a", "ExpressionAttributeValues": {":a": {"N": "x"}, ":b": {}}},
        "ExpressionAttributeValues contains invalid value: "
        "The parameter cannot be converted to a numeric value: x for key :a",
    ),
    (
        "PutItem",
        {**PUT, "ConditionExpression": "a", "ExpressionAttributeValues": {":a": None}},
        f"ExpressionAttributeValues contains invalid value: {EMPTY} for key :a",
    ),
    (
        "UpdateItem",
        {**GET, "ExpressionAttributeValues": {":a": {"S": "a"}}},
        NO_VALUES + "UpdateExpression and ConditionExpression are null",
    ),
    (
        "Query",
        {"TableName": "films", "ProjectionExpression": "a", "ExpressionAttributeValues": {}},
        NO_VALUES + "FilterExpression and KeyConditionExpression are null",
    ),
    (
        "Query",
        {"TableName": "films"},
        "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.",
    ),
    ("Query", {**QUERY, "ExclusiveStartKey": {"a": {}}}, f"The provided starting key is invalid: {EMPTY}"),
    ("Scan", {**SCAN, "ExclusiveStartKey": {"a": {}}}, f"The provided starting key is invalid: {EMPTY}"),
    ("Scan", {**SCAN, "ExpressionAttributeValues": {}}, NO_VALUES + "FilterExpression is null"),
    *(
        (operation, {**json, "Select": select, "ProjectionExpression": "a"}, prefix + message)
        for operation, json, prefix in (("Query", QUERY, "1 validation error detected: "), ("Scan", SCAN, ""))
        for select, message in (
            ("ALL_ATTRIBUTES", "Cannot specify the ProjectionExpression when choosing to get ALL_ATTRIBUTES"),
            (
                "ALL_PROJECTED_ATTRIBUTES",
                "Cannot specify the ProjectionExpression when choosing to get ALL_PROJECTED_ATTRIBUTES",
            ),
            ("COUNT", "Cannot specify the ProjectionExpression when choosing to get only the Count"),
        )
    ),
    (
        "Scan",
        {**SCAN, "Select": "SPECIFIC_ATTRIBUTES"},
        "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES",
    ),
    (
        "Query",
        {**QUERY, "Select": "ALL_PROJECTED_ATTRIBUTES"},
        "1 validation error detected: ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName",
    ),
    (
        "Scan",
        {**SCAN, "Segment": 0},
        "The TotalSegments parameter is required but was not present in the request when Segment parameter is present",
    ),
    (
        "Scan",
        {**SCAN, "TotalSegments": 1},
        "The Segment parameter is required but was not present in the request when parameter TotalSegments is present",
    ),
    (
        "Scan",
        {**SCAN, "Segment": 2, "TotalSegments": 2},
        "The Segment parameter is zero-based and must be less than parameter TotalSegments: "
        "Segment: 2 is not less than TotalSegments: 2",
    ),
    ("BatchGetItem", {"RequestItems": {"films": {"Keys": [KEY, KEY]}}}, DUPLICATES),
    (
        "BatchGetItem",
        {
            "RequestItems": {
                "films": {"Keys": [{"a": {"N": "1"}, "b": {"S": "x"}}, {"b": {"S": "x"}, "a": {"N": "1.00"}}]}
            }
        },
        DUPLICATES,
    ),
    ("BatchGetItem", {"RequestItems": {"films": {"Keys": [KEY], "ExpressionAttributeNames": {}}}}, NO_NAMES),
    ("BatchWriteItem", {"RequestItems": {"films": [{}]}}, TWO),
    (
        "BatchWriteItem",
        {"RequestItems": {"films": [{"PutRequest": {"Item": KEY}, "DeleteRequest": {"Key": KEY}}]}},
        TWO,
    ),
    ("BatchWriteItem", {"RequestItems": {"films": [{"PutRequest": {"Item": {"a": {}}}}]}}, EMPTY),
    ("BatchWriteItem", {"RequestItems": {"films": [{"DeleteRequest": {"Key": {"a": {}}}}]}}, EMPTY),
]


@pytest.mark.parametrize(("operation", "json", "message"), RULES)
def test_a_rule_of_the_operation_is_told_alone(operation: str, json: Json, message: str) -> None:
    assert refused(operation, json) == message


@pytest.mark.parametrize("levels", [33, 100, 250])
def test_hostile_depth_is_refused_wherever_it_stands(levels: int) -> None:
    deep = b'{"M":{"a":' * levels + b'{"S":1}' + b"}}" * levels
    put = b'{"TableName":"films","Item":{"a":%b}}' % deep
    batch = b'{"RequestItems":{"films":[{"PutRequest":{"Item":{"a":%b}}}]}}' % deep
    for operation, body in (("PutItem", put), ("BatchWriteItem", batch)):
        with pytest.raises(ValidationException) as refusal:
            decode_request(operation, body)
        assert refusal.value.message == TOO_DEEP


def test_depth_that_no_parser_bears_is_no_json() -> None:
    body = b'{"TableName":"films","Item":{"a":' + b'{"M":{"a":' * 100_000
    with pytest.raises(SerializationException):
        decode_request("PutItem", body)


def test_keys_of_one_value_and_two_types_are_two_keys() -> None:
    keys = [{"a": {"S": "1"}}, {"a": {"N": "1"}}, {"a": {"B": "MQ=="}}, {"a": {"SS": ["1"]}}]
    request = decode("BatchGetItem", {"RequestItems": {"films": {"Keys": keys}, "other": {"Keys": keys}}})
    assert isinstance(request, BatchGetItem)
    assert [len(table.keys) for table in request.tables.values()] == [4, 4]


def test_a_batch_takes_so_many_entries_over_all_its_tables() -> None:
    keys = [{"id": {"N": str(number)}} for number in range(100)]
    full = {"films": {"Keys": keys[:60]}, "other": {"Keys": keys[:40]}}
    assert isinstance(decode("BatchGetItem", {"RequestItems": full}), BatchGetItem)
    one_more = {**full, "third": {"Keys": keys[:1]}}
    assert refused("BatchGetItem", {"RequestItems": one_more}) == "Too many items requested for the BatchGetItem call"

    writes = [{"PutRequest": {"Item": key}} for key in keys[:25]]
    assert isinstance(decode("BatchWriteItem", {"RequestItems": {"films": writes}}), BatchWriteItem)
    too_many = {"RequestItems": {"films": writes, "other": writes[:1]}}
    assert refused("BatchWriteItem", too_many) == "Too many items requested for the BatchWriteItem call"


def test_an_item_that_is_too_large_is_left_to_the_store_which_looks_for_the_table_first() -> None:
    item = {"id": {"S": "a"}, "b": {"S": "x" * 500_000}}
    assert isinstance(decode("PutItem", {**PUT, "Item": item}), PutItem)
    batch = {"RequestItems": {"films": [{"PutRequest": {"Item": item}}]}}
    assert isinstance(decode("BatchWriteItem", batch), BatchWriteItem)


def test_a_large_request_of_small_items_passes() -> None:
    item = {"id": {"S": "a"}, "b": {"S": "x" * 300_000}}
    writes = [{"PutRequest": {"Item": item}}, {"PutRequest": {"Item": item}}]
    assert isinstance(decode("BatchWriteItem", {"RequestItems": {"films": writes}}), BatchWriteItem)


def test_a_refusal_does_not_repeat_megabytes() -> None:
    long = "x" * 2_000_000
    for json in (
        {**GET, "TableName": long},
        {**GET, "Key": {"a": {"N": long}}},
        {**GET, "Key": {"a": {"SS": [long] * 2}}},
    ):
        assert len(refused("GetItem", json)) < 20_000


# ---- whatever comes

json_leaves = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=5)
)
member_names = sorted(
    {name for shape in SHAPES.values() for name in shape.members} | {"Keys", "PutRequest", "S", "M", "films"}
)
documents: st.SearchStrategy[Any] = st.dictionaries(
    st.sampled_from(member_names),
    st.recursive(
        json_leaves,
        lambda inner: st.one_of(
            st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(member_names), inner, max_size=3)
        ),
        max_leaves=10,
    ),
    max_size=6,
)


@given(st.sampled_from(sorted(SHAPES)), documents)
def test_whatever_comes_is_decoded_or_refused(operation: str, json: Json) -> None:
    try:
        request = decode_request(operation, dumps(json).encode())  # orjson writes no integers of 65 bits
    except DynamoDBError as refusal:
        assert refusal.http_status == 400
    else:
        assert dataclasses.is_dataclass(request)
