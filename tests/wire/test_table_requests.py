"""Tables are created with a schema that agrees with itself, and changed only by what changes something."""

from typing import Any

import orjson
import pytest

from microdax.model.any_request import AnyRequest
from microdax.model.errors import ValidationException
from microdax.model.keys import KeyAttribute, KeySchema
from microdax.model.requests import (
    CreateTable,
    DeleteTable,
    DescribeTable,
    ListTables,
    Throughput,
    UpdateTable,
)
from microdax.model.streams import StreamSpecification
from microdax.wire.dynamo_json import decode_request

Json = dict[str, Any]

INVALID = "One or more parameter values were invalid: "
PATTERN = "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"
NO_DEFINITION = "Invalid KeySchema: Some index key attribute have no definition"
NAME_LENGTH = "TableName must be at least 3 characters long and at most 255 characters long"
COUNTS_DIFFER = (
    INVALID
    + "Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions"
)
ON_DEMAND_UNITS = (
    INVALID + "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"
)


def definitions(*pairs: str) -> list[Json]:
    return [{"AttributeName": name, "AttributeType": type_} for name, type_ in (pair.split(":") for pair in pairs)]


def key_schema(*pairs: str) -> list[Json]:
    return [{"AttributeName": name, "KeyType": kind} for name, kind in (pair.split(":") for pair in pairs)]


def units(read: int, write: int) -> Json:
    return {"ReadCapacityUnits": read, "WriteCapacityUnits": write}


TABLE: Json = {
    "TableName": "films",
    "AttributeDefinitions": definitions("id:S"),
    "KeySchema": key_schema("id:HASH"),
    "ProvisionedThroughput": units(5, 6),
}
ON_DEMAND: Json = {**TABLE, "ProvisionedThroughput": None, "BillingMode": "PAY_PER_REQUEST"}


def decode(operation: str, json: Json) -> AnyRequest:
    return decode_request(operation, orjson.dumps(json))


def refused(operation: str, json: Json) -> str:
    with pytest.raises(ValidationException) as refusal:
        decode(operation, json)
    return refusal.value.message


def test_a_table_with_a_hash_key() -> None:
    id_ = KeyAttribute("id", "S")
    assert decode("CreateTable", TABLE) == CreateTable(
        "films", (id_,), KeySchema(id_), "PROVISIONED", Throughput(read_units=5, write_units=6)
    )


def test_a_table_with_both_keys_and_all_options() -> None:
    options = {
        "AttributeDefinitions": definitions("year:N", "id:B"),
        "KeySchema": key_schema("id:HASH", "year:RANGE"),
        "TableClass": "STANDARD_INFREQUENT_ACCESS",
        "DeletionProtectionEnabled": True,
        "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        "SSESpecification": {"Enabled": True},
        "Tags": [{"Key": "team", "Value": "a"}, {"Key": "cost", "Value": ""}],
    }
    year, id_ = KeyAttribute("year", "N"), KeyAttribute("id", "B")
    assert decode("CreateTable", {**ON_DEMAND, **options}) == CreateTable(
        table="films",
        attributes=(year, id_),
        key_schema=KeySchema(id_, year),
        billing_mode="PAY_PER_REQUEST",
        deletion_protection=True,
        table_class="STANDARD_INFREQUENT_ACCESS",
        tags={"team": "a", "cost": ""},
        sse_enabled=True,
        stream=StreamSpecification(enabled=True, view_type="NEW_IMAGE"),
    )


@pytest.mark.parametrize(
    ("operation", "json", "request_"),
    [
        ("DescribeTable", {"TableName": "films"}, DescribeTable("films")),
        (
            "DescribeTable",
            {"TableName": "arn:aws:dynamodb:us-east-1:000000000000:table/films"},
            DescribeTable("films"),
        ),
        ("DeleteTable", {"TableName": "films"}, DeleteTable("films")),
        ("ListTables", {}, ListTables()),
        ("ListTables", {"ExclusiveStartTableName": "films", "Limit": 100}, ListTables("films", 100)),
        (
            "UpdateTable",
            {"TableName": "films", "ProvisionedThroughput": units(1, 2), "AttributeDefinitions": definitions("id:S")},
            UpdateTable("films", (KeyAttribute("id", "S"),), throughput=Throughput(read_units=1, write_units=2)),
        ),
        (
            "UpdateTable",
            {"TableName": "films", "BillingMode": "PAY_PER_REQUEST", "TableClass": "STANDARD"},
            UpdateTable("films", billing_mode="PAY_PER_REQUEST", table_class="STANDARD"),
        ),
        (
            "UpdateTable",
            {"TableName": "films", "DeletionProtectionEnabled": False},
            UpdateTable("films", deletion_protection=False),
        ),
        ("UpdateTable", {"TableName": "films", "SSESpecification": {}}, UpdateTable("films", sse_enabled=False)),
    ],
)
def test_the_other_requests_about_tables(operation: str, json: Json, request_: AnyRequest) -> None:
    assert decode(operation, json) == request_


@pytest.mark.parametrize("operation", ["CreateTable", "DescribeTable", "UpdateTable", "DeleteTable"])
def test_the_name_of_a_table_is_judged_before_all_else(operation: str) -> None:
    assert refused(operation, {}) == "The parameter 'TableName' is required but was not present in the request"
    for name in ("", "a;", "a" * 256):
        assert refused(operation, {"TableName": name}) == NAME_LENGTH
    assert f"Value 'abc;' at 'tableName' failed to satisfy constraint: {PATTERN}" in refused(
        operation, {"TableName": "abc;"}
    )


def test_constraints_of_a_new_table_are_told_in_the_services_order() -> None:
    message = refused(
        "CreateTable",
        {
            "TableName": "abc;",
            "AttributeDefinitions": [{}, {"AttributeName": "a", "AttributeType": "SS"}],
            "BillingMode": "hi",
            "ProvisionedThroughput": {"WriteCapacityUnits": -1},
            "KeySchema": [],
        },
    )
    null = "failed to satisfy constraint: Member must not be null"
    assert message == "8 validation errors detected: " + "; ".join(
        [
            f"Value null at 'attributeDefinitions.1.member.attributeName' {null}",
            f"Value null at 'attributeDefinitions.1.member.attributeType' {null}",
            "Value 'SS' at 'attributeDefinitions.2.member.attributeType' failed to satisfy constraint: "
            "Member must satisfy enum value set: [B, N, S]",
            f"Value 'abc;' at 'tableName' failed to satisfy constraint: {PATTERN}",
            "Value 'hi' at 'billingMode' failed to satisfy constraint: "
            "Member must satisfy enum value set: [PROVISIONED, PAY_PER_REQUEST]",
            "Value '-1' at 'provisionedThroughput.writeCapacityUnits' failed to satisfy constraint: "
            "Member must have value greater than or equal to 1",
            f"Value null at 'provisionedThroughput.readCapacityUnits' {null}",
            "Value '[]' at 'keySchema' failed to satisfy constraint: "
            "Member must have length greater than or equal to 1",
        ]
    )


@pytest.mark.parametrize("name", ["", "a" * 256])
def test_the_name_of_a_key_attribute_has_1_to_255_characters(name: str) -> None:
    json = {**TABLE, "AttributeDefinitions": definitions(f"{name}:S"), "KeySchema": key_schema(f"{name}:HASH")}
    message = refused("CreateTable", json)
    assert (
        "at 'attributeDefinitions.1.member.attributeName' failed to satisfy constraint: Member must have length"
        in message
    )
    assert "at 'keySchema.1.member.attributeName' failed to satisfy constraint: Member must have length" in message


@pytest.mark.parametrize(
    ("defined", "keys", "message"),
    [
        (
            ["x:S"],
            ["id:HASH"],
            INVALID + "Some index key attributes are not defined in AttributeDefinitions. "
            "Keys: [id], AttributeDefinitions: [x]",
        ),
        (
            [],
            ["id:HASH"],
            INVALID + "Some index key attributes are not defined in AttributeDefinitions. "
            "Keys: [id], AttributeDefinitions: []",
        ),
        (["b:S"], ["a:HASH", "b:RANGE"], NO_DEFINITION),
        (["b:S", "c:S"], ["a:HASH", "b:RANGE"], NO_DEFINITION),
        (["a:S"], ["a:HASH", "a:HASH"], NO_DEFINITION),
        (
            ["a:S", "b:S"],
            ["a:HASH", "a:RANGE"],
            "Both the Hash Key and the Range Key element in the KeySchema have the same name",
        ),
        (["a:S"], ["a:RANGE"], "Invalid KeySchema: The first KeySchemaElement is not a HASH key type"),
        (["a:S", "b:S"], ["a:RANGE", "b:HASH"], "Invalid KeySchema: The first KeySchemaElement is not a HASH key type"),
        (
            ["a:S", "b:S"],
            ["a:HASH", "b:HASH"],
            "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type",
        ),
        (["a:S", "b:S"], ["a:HASH"], COUNTS_DIFFER),
        (["a:S", "a:N"], ["a:HASH"], COUNTS_DIFFER),
        (["a:S", "b:S", "c:S"], ["a:HASH", "b:RANGE"], COUNTS_DIFFER),
    ],
)
def test_keys_and_definitions_must_agree(defined: list[str], keys: list[str], message: str) -> None:
    json = {**TABLE, "AttributeDefinitions": definitions(*defined), "KeySchema": key_schema(*keys)}
    assert refused("CreateTable", json) == message


@pytest.mark.parametrize(
    ("operation", "json", "message"),
    [
        (
            "CreateTable",
            {**TABLE, "ProvisionedThroughput": None},
            INVALID + "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED",
        ),
        ("CreateTable", {**TABLE, "BillingMode": "PAY_PER_REQUEST"}, ON_DEMAND_UNITS),
        (
            "CreateTable",
            {**TABLE, "ProvisionedThroughput": units(10**12 + 1, 10**12 + 1)},
            "Given value 1000000000001 for ReadCapacityUnits is out of bounds",
        ),
        (
            "UpdateTable",
            {"TableName": "films", "ProvisionedThroughput": units(10**12, 10**12 + 1)},
            "Given value 1000000000001 for WriteCapacityUnits is out of bounds",
        ),
        (
            "UpdateTable",
            {"TableName": "films", "BillingMode": "PAY_PER_REQUEST", "ProvisionedThroughput": units(1, 1)},
            ON_DEMAND_UNITS,
        ),
        (
            "UpdateTable",
            {"TableName": "films", "AttributeDefinitions": []},
            "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, "
            "GlobalSecondaryIndexUpdates or SSESpecification is required",
        ),
        (
            "CreateTable",
            {**TABLE, "Tags": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]},
            "Duplicate Tag Keys provided as input: Duplicate Tag Key found a",
        ),
        (
            "CreateTable",
            {**TABLE, "Tags": [{"Key": str(number), "Value": ""} for number in range(51)]},
            "Number of Tags exceed the current limit for the provided ResourceArn",
        ),
        (
            "CreateTable",
            {**TABLE, "StreamSpecification": {"StreamEnabled": True}},
            f"{INVALID}If stream is being enabled then UpdateViewType is required",
        ),
        (
            "UpdateTable",
            {"TableName": "films", "StreamSpecification": {"StreamEnabled": False, "StreamViewType": "KEYS_ONLY"}},
            f"{INVALID}If stream is being disabled, then UpdateViewType must not be specified",
        ),
        *(
            (
                operation,
                {**json, parameter: []},
                f"The parameter {parameter} is not supported by this version of microdax",
            )
            for operation, json, parameter in (
                ("CreateTable", TABLE, "VectorIndexes"),
                ("UpdateTable", {"TableName": "films"}, "ReplicaUpdates"),
            )
        ),
        (
            "ListTables",
            {"Limit": 101, "ExclusiveStartTableName": "a"},
            "2 validation errors detected: Value '101' at 'limit' failed to satisfy constraint: "
            "Member must have value less than or equal to 100; "
            "Value 'a' at 'exclusiveStartTableName' failed to satisfy constraint: "
            "Member must have length greater than or equal to 3",
        ),
    ],
)
def test_what_is_wrong_with_a_request_about_tables_is_told(operation: str, json: Json, message: str) -> None:
    assert refused(operation, json) == message
