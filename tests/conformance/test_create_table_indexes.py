"""CreateTable and DescribeTable of tables with secondary indexes, as Amazon does them."""

from typing import Any

import pytest

from tests.support.boto import Client, Json, keyed, refused, unique
from tests.support.indexes import IndexSpec, with_indexes

LOCAL = IndexSpec("local", "by-time", ("p:S", "time:N"), "KEYS_ONLY")
GLOBAL = IndexSpec("global", "by-name", ("name:S", "p:S"), ("z", "b"))
OTHER = IndexSpec("global", "a-first", ("name:S",))
UNITS: Json = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 2}
INVALID = "One or more parameter values were invalid: "


def members(name: str, *indexes: IndexSpec) -> Json:
    return with_indexes(keyed(name, "p:S", "r:N"), *indexes)


def test_indexes_are_active_with_their_table(client: Client, created: list[str]) -> None:
    name = unique("conformance")
    created.append(name)
    table = client.create_table(**members(name, LOCAL, GLOBAL, OTHER))["TableDescription"]
    assert [index["IndexStatus"] for index in table["GlobalSecondaryIndexes"]] == ["CREATING", "CREATING"]
    client.get_waiter("table_exists").wait(TableName=name)
    table = client.describe_table(TableName=name)["Table"]
    assert [entry["AttributeName"] for entry in table["AttributeDefinitions"]] == ["name", "p", "r", "time"]
    assert table["LocalSecondaryIndexes"] == [
        {
            "IndexName": "by-time",
            "KeySchema": [{"AttributeName": "p", "KeyType": "HASH"}, {"AttributeName": "time", "KeyType": "RANGE"}],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
            "IndexSizeBytes": 0,
            "ItemCount": 0,
            "IndexArn": f"{table['TableArn']}/index/by-time",
        }
    ]
    by_name, first = table["GlobalSecondaryIndexes"]
    assert (by_name["IndexName"], first["IndexName"]) == ("by-name", "a-first")  # as they were given
    del by_name["ProvisionedThroughput"]["NumberOfDecreasesToday"]
    by_name.pop("WarmThroughput", None)  # Amazon shows it of all, this store where it was set
    assert by_name == {
        "IndexName": "by-name",
        "KeySchema": [{"AttributeName": "name", "KeyType": "HASH"}, {"AttributeName": "p", "KeyType": "RANGE"}],
        "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["b", "z"]},
        "IndexStatus": "ACTIVE",
        "ProvisionedThroughput": {"ReadCapacityUnits": 0, "WriteCapacityUnits": 0},
        "IndexSizeBytes": 0,
        "ItemCount": 0,
        "IndexArn": f"{table['TableArn']}/index/by-name",
    }


def test_a_provisioned_table_s_indexes_have_units_of_their_own(client: Client, created: list[str]) -> None:
    name = unique("conformance")
    created.append(name)
    asked = members(name, GLOBAL)
    asked["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"] = UNITS
    client.create_table(**{**asked, "BillingMode": "PROVISIONED", "ProvisionedThroughput": UNITS})
    client.get_waiter("table_exists").wait(TableName=name)
    (index,) = client.describe_table(TableName=name)["Table"]["GlobalSecondaryIndexes"]
    assert index["ProvisionedThroughput"] == {**UNITS, "NumberOfDecreasesToday": 0}


def index(**more: Any) -> Json:
    return {**GLOBAL.document(), **more}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"GlobalSecondaryIndexes": []}, f"{INVALID}List of GlobalSecondaryIndexes is empty"),
        ({"LocalSecondaryIndexes": []}, f"{INVALID}List of LocalSecondaryIndexes is empty"),
        (
            {"GlobalSecondaryIndexes": [index(Projection={"ProjectionType": "INCLUDE"})]},
            f"{INVALID}ProjectionType is INCLUDE, but NonKeyAttributes is not specified",
        ),
        (
            {"GlobalSecondaryIndexes": [index(Projection={"ProjectionType": "ALL", "NonKeyAttributes": ["b"]})]},
            f"{INVALID}ProjectionType is ALL, but NonKeyAttributes is specified",
        ),
        ({"GlobalSecondaryIndexes": [index(Projection={})]}, f"{INVALID}Unknown ProjectionType: null"),
        (
            {"GlobalSecondaryIndexes": [index(ProvisionedThroughput=UNITS)]},
            f"{INVALID}ProvisionedThroughput should not be specified for index: by-name "
            "when BillingMode is PAY_PER_REQUEST",
        ),
        ({"GlobalSecondaryIndexes": [index(), index()]}, f"{INVALID}Duplicate index name: by-name"),
        (
            {"GlobalSecondaryIndexes": [index(IndexName=f"index-{number}") for number in range(21)]},
            f"{INVALID}GlobalSecondaryIndex count exceeds the per-table limit of 20",
        ),
        (
            {"LocalSecondaryIndexes": [{**LOCAL.document(), "KeySchema": GLOBAL.document()["KeySchema"]}]},
            f"{INVALID}Index KeySchema does not have the same leading hash key as table KeySchema for index: by-time. "
            "index hash key: name, table hash key: p",
        ),
        (
            {"LocalSecondaryIndexes": [{**LOCAL.document(), "KeySchema": LOCAL.document()["KeySchema"][:1]}]},
            f"{INVALID}Index KeySchema does not have a range key for index: by-time",
        ),
    ],
)
def test_indexes_that_cannot_be_are_refused(client: Client, change: Json, message: str) -> None:
    # The keys of both indexes are defined, and used where another index has them.
    asked = {**members(unique("conformance"), GLOBAL), **change}
    error = refused(client.create_table, **asked)
    assert (error.code, error.message) == ("ValidationException", message)


def test_a_definition_that_no_key_uses_is_refused(client: Client) -> None:
    asked = members(unique("conformance"), GLOBAL)
    asked["AttributeDefinitions"].append({"AttributeName": "more", "AttributeType": "S"})
    error = refused(client.create_table, **asked)
    assert error.code == "ValidationException"
    assert error.message.startswith(f"{INVALID}Some AttributeDefinitions are not used. AttributeDefinitions: [")


def test_a_local_index_needs_a_table_with_a_range_key(client: Client) -> None:
    asked = with_indexes(keyed(unique("conformance"), "p:S"), LOCAL)
    error = refused(client.create_table, **asked)
    assert (error.code, error.message) == (
        "ValidationException",
        f"{INVALID}Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex",
    )


def test_a_write_shows_what_it_costs_and_its_collection(client: Client, created: list[str]) -> None:
    name = unique("conformance")
    created.append(name)
    client.create_table(**members(name, LOCAL, GLOBAL))
    client.get_waiter("table_exists").wait(TableName=name)
    item: Json = {"p": {"S": "p"}, "r": {"N": "1"}, "time": {"N": "1"}, "name": {"S": "n"}, "b": {"S": "x" * 1500}}
    more: Json = {"ReturnConsumedCapacity": "INDEXES", "ReturnItemCollectionMetrics": "SIZE"}
    put = client.put_item(TableName=name, Item=item, **more)
    assert put["ConsumedCapacity"] == {
        "TableName": name,
        "CapacityUnits": 5.0,
        "Table": {"CapacityUnits": 2.0},
        "LocalSecondaryIndexes": {"by-time": {"CapacityUnits": 1.0}},
        "GlobalSecondaryIndexes": {"by-name": {"CapacityUnits": 2.0}},
    }
    assert put["ItemCollectionMetrics"]["ItemCollectionKey"] == {"p": {"S": "p"}}
    low, high = put["ItemCollectionMetrics"]["SizeEstimateRangeGB"]
    assert low < high
    moved = client.put_item(TableName=name, Item={**item, "name": {"S": "m"}}, ReturnConsumedCapacity="INDEXES")
    assert moved["ConsumedCapacity"] == {
        "TableName": name,
        "CapacityUnits": 6.0,
        "Table": {"CapacityUnits": 2.0},
        "GlobalSecondaryIndexes": {"by-name": {"CapacityUnits": 4.0}},
    }


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        (
            {"name": {"N": "1"}},
            f"{INVALID}Type mismatch for Index Key name Expected: S Actual: N IndexName: by-name",
        ),
        (
            {"name": {"S": ""}},
            "One or more parameter values are not valid. A value specified for a secondary index key is not "
            "supported. The AttributeValue for a key attribute cannot contain an empty string value. "
            "IndexName: by-name, IndexKey: name",
        ),
    ],
)
def test_an_index_key_is_of_its_type_and_not_empty(
    client: Client, created: list[str], attributes: Json, message: str
) -> None:
    name = unique("conformance")
    created.append(name)
    client.create_table(**members(name, GLOBAL))
    client.get_waiter("table_exists").wait(TableName=name)
    error = refused(client.put_item, TableName=name, Item={"p": {"S": "p"}, "r": {"N": "1"}, **attributes})
    assert (error.code, error.message) == ("ValidationException", message)
