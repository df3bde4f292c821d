"""The rules of indexes in CreateTable and UpdateTable, each with the service's message."""

from typing import Any, TypeAlias

import orjson
import pytest

from microdax.model import limits
from microdax.model.errors import ValidationException
from microdax.model.requests import (
    CreateTable,
    IndexDeletion,
    IndexUpdate,
    NewIndex,
    Projection,
    Throughput,
    UpdateTable,
)
from microdax.wire.dynamo_json import decode_request

Json: TypeAlias = dict[str, Any]

INVALID = "One or more parameter values were invalid: "
NOT_USED = "Some AttributeDefinitions are not used. AttributeDefinitions: "
UNITS: Json = {"ReadCapacityUnits": 3, "WriteCapacityUnits": 4}


def keys(*names: str) -> list[Json]:
    return [
        {"AttributeName": name, "KeyType": kind} for name, kind in zip(names, ("HASH", "RANGE", "RANGE"), strict=False)
    ]


def definitions(*names: str) -> list[Json]:
    return [{"AttributeName": name, "AttributeType": "S"} for name in names]


def index(name: str = "index", *key_names: str, **more: Any) -> Json:
    projection = {"ProjectionType": "ALL"}
    return {"IndexName": name, "KeySchema": keys(*key_names or ("a",)), "Projection": projection, **more}


def table(local: list[Json] | None = None, world: list[Json] | None = None, **more: Any) -> Json:
    """CreateTable of a table with the keys p and r and an attribute a for indexes."""
    lists = {"LocalSecondaryIndexes": local, "GlobalSecondaryIndexes": world}
    return {
        "TableName": "main",
        "AttributeDefinitions": definitions("p", "r", "a"),
        "KeySchema": keys("p", "r"),
        "BillingMode": "PAY_PER_REQUEST",
        **{name: listed for name, listed in lists.items() if listed is not None},
        **more,
    }


def create(members: Json) -> CreateTable:
    request = decode_request("CreateTable", orjson.dumps(members))
    assert isinstance(request, CreateTable)
    return request


def update(*changes: Json, **more: Any) -> UpdateTable:
    members = {"TableName": "main", "GlobalSecondaryIndexUpdates": changes, **more}
    request = decode_request("UpdateTable", orjson.dumps(members))
    assert isinstance(request, UpdateTable)
    return request


def test_indexes_are_read_with_their_keys_projections_and_units() -> None:
    some = {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["z", "b"]}
    request = create(
        table(
            local=[index("local", "p", "a")],
            world=[index("world", "a", Projection=some, ProvisionedThroughput=UNITS)],
            BillingMode="PROVISIONED",
            ProvisionedThroughput=UNITS,
        )
    )
    assert request.indexes == (
        NewIndex("local", "local", ("p", "a"), Projection("ALL")),
        NewIndex("world", "global", ("a",), Projection("INCLUDE", ("b", "z")), Throughput(3, 4)),
    )


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (table(local=[]), f"{INVALID}List of LocalSecondaryIndexes is empty"),
        (table(world=[]), f"{INVALID}List of GlobalSecondaryIndexes is empty"),
        (
            table(world=[index("index", "x", "a")]),
            f"{INVALID}Some index key attributes are not defined in AttributeDefinitions. "
            "Keys: [x, a], AttributeDefinitions: [p, r, a]",
        ),
        (table(world=[index("index", "p")]), f"{INVALID}{NOT_USED}[a, p, r], keys used: [p, r]"),
        (
            table(world=[index("index", "a", Projection={})], AttributeDefinitions=definitions("p", "r", "b", "a")),
            f"{INVALID}{NOT_USED}[a, b, p, r], keys used: [a, p, r]",
        ),
        (
            table(world=[index("index", "a", "a")]),
            "Both the Hash Key and the Range Key element in the KeySchema have the same name",
        ),
        (
            table(world=[index("index", KeySchema=keys("p", "a")[1:])]),
            "Invalid KeySchema: The first KeySchemaElement is not a HASH key type",
        ),
        (
            table(world=[index("index", KeySchema=[keys("p")[0], keys("a")[0]])]),
            "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type",
        ),
        (
            table(local=[index("local", "p", "a")], KeySchema=keys("p"), AttributeDefinitions=definitions("p", "a")),
            f"{INVALID}Table KeySchema does not have a range key, "
            "which is required when specifying a LocalSecondaryIndex",
        ),
        (
            table(local=[index("local", "a")]),
            f"{INVALID}Index KeySchema does not have a range key for index: local",
        ),
        (
            table(local=[index("local", "a", "r")]),
            f"{INVALID}Index KeySchema does not have the same leading hash key as table KeySchema for index: local. "
            "index hash key: a, table hash key: p",
        ),
        (table(world=[index(Projection={})]), f"{INVALID}Unknown ProjectionType: null"),
        (
            table(world=[index(Projection={"ProjectionType": "INCLUDE"})]),
            f"{INVALID}ProjectionType is INCLUDE, but NonKeyAttributes is not specified",
        ),
        (
            table(world=[index(Projection={"ProjectionType": "ALL", "NonKeyAttributes": ["b"]})]),
            f"{INVALID}ProjectionType is ALL, but NonKeyAttributes is specified",
        ),
        (
            table(
                local=[index("l-1", "p", "a", Projection={"ProjectionType": "KEYS_ONLY", "NonKeyAttributes": ["b"]})]
            ),
            f"{INVALID}ProjectionType is KEYS_ONLY, but NonKeyAttributes is specified",
        ),
        (
            table(world=[index(Projection={"ProjectionType": "INCLUDE", "NonKeyAttributes": ["b", "c", "b"]})]),
            f"{INVALID}Duplicate element in NonKeyAttributes: b",
        ),
        (
            table(world=[index(ProvisionedThroughput=UNITS)]),
            f"{INVALID}ProvisionedThroughput should not be specified for index: index "
            "when BillingMode is PAY_PER_REQUEST",
        ),
        (
            table(world=[index()], BillingMode="PROVISIONED", ProvisionedThroughput=UNITS),
            f"{INVALID}ProvisionedThroughput is not specified for index: index",
        ),
        (
            table(world=[index(ProvisionedThroughput={**UNITS, "WriteCapacityUnits": 10**12 + 1})]),
            "Given value 1000000000001 for WriteCapacityUnits is out of bounds for index index",
        ),
        (table(world=[index("twin"), index("twin")]), f"{INVALID}Duplicate index name: twin"),
        (
            table(local=[index("twin", "p", "a")], world=[index("twin")]),
            f"{INVALID}Duplicate index name: twin",
        ),
        (
            table(local=[index(f"local{number}", "p", "a") for number in range(6)]),
            f"{INVALID}Number of LocalSecondaryIndexes exceeds per-table limit of 5",
        ),
        (
            table(world=[index(f"world{number}") for number in range(21)]),
            f"{INVALID}GlobalSecondaryIndex count exceeds the per-table limit of 20",
        ),
        (
            table(
                world=[
                    index(
                        f"world{number}",
                        Projection={
                            "ProjectionType": "INCLUDE",
                            "NonKeyAttributes": [f"x{each}" for each in range(limits.INDEX_ATTRIBUTES_MAX)],
                        },
                    )
                    for number in range(6)
                ]
            ),
            f"{INVALID}Number of NonKeyAttributes of all indexes exceeds the per-table limit of 100",
        ),
        (
            table(world=[index("in dex")]),
            "1 validation error detected: Value 'in dex' at 'globalSecondaryIndexes.1.member.indexName' failed to "
            "satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+",
        ),
        (
            table(world=[{"IndexName": "index"}]),
            "2 validation errors detected: Value null at 'globalSecondaryIndexes.1.member.keySchema' failed to "
            "satisfy constraint: Member must not be null; Value null at "
            "'globalSecondaryIndexes.1.member.projection' failed to satisfy constraint: Member must not be null",
        ),
    ],
)
def test_what_is_wrong_with_the_indexes_of_a_new_table_is_told(members: Json, message: str) -> None:
    with pytest.raises(ValidationException) as refused:
        create(members)
    assert refused.value.message == message


def test_index_changes_are_read_in_their_order() -> None:
    request = update(
        {"Update": {"IndexName": "old", "ProvisionedThroughput": UNITS}},
        {"Create": index("new", "a", "p")},
        {"Delete": {"IndexName": "gone"}},
        AttributeDefinitions=definitions("a"),
    )
    assert request.index_changes == (
        IndexUpdate("old", Throughput(3, 4)),
        NewIndex("new", "global", ("a", "p"), Projection("ALL")),
        IndexDeletion("gone"),
    )


DELETE: Json = {"Delete": {"IndexName": "index"}}


WRONG_CHANGES: list[tuple[list[Json], Json, str]] = [
    (
        [],
        {},
        "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, "
        "GlobalSecondaryIndexUpdates or SSESpecification is required",
    ),
    ([], {"DeletionProtectionEnabled": True}, f"{INVALID}List of GlobalSecondaryIndexUpdates is empty"),
    (
        [{}],
        {},
        f"{INVALID}One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, "
        "GlobalSecondaryIndexUpdate.Delete must not be null",
    ),
    (
        [{**DELETE, "Update": {"IndexName": "index", "ProvisionedThroughput": UNITS}}],
        {},
        f"{INVALID}Only one global secondary index action is allowed per GlobalSecondaryIndexUpdate object",
    ),
    (
        [DELETE, {"Create": index()}],
        {"AttributeDefinitions": definitions("a")},
        f"{INVALID}Only one global secondary index update per index is allowed simultaneously. Index: index",
    ),
    ([{"Create": index()}], {}, f"{INVALID}AttributeDefinitions is not specified for index: index"),
    (
        [{"Update": {"IndexName": "index"}}],
        {},
        f"{INVALID}ProvisionedThroughput must be specified for index: index",
    ),
    (
        [DELETE],
        {"ProvisionedThroughput": UNITS},
        f"{INVALID}You cannot create or delete index while updating table IOPS",
    ),
    (
        [DELETE],
        {"DeletionProtectionEnabled": True},
        f"{INVALID}DeletionProtection modification must be the only operation in the request",
    ),
    (
        [DELETE],
        {"TableClass": "STANDARD"},
        f"{INVALID}TableClass modification must be the only operation in the request",
    ),
    (
        [DELETE],
        {"SSESpecification": {"Enabled": True}},
        f"{INVALID}Server-Side Encryption modification must be the only operation in the request",
    ),
    (
        [DELETE],
        {"StreamSpecification": {"StreamEnabled": False}},
        f"{INVALID}You cannot create or delete index while changing stream status",
    ),
]


@pytest.mark.parametrize(("changes", "more", "message"), WRONG_CHANGES)
def test_what_is_wrong_with_index_changes_is_told(changes: list[Json], more: Json, message: str) -> None:
    with pytest.raises(ValidationException) as refused:
        update(*changes, **more)
    assert refused.value.message == message
