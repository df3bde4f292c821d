"""DescribeTable, as Amazon does it."""

from tests.support.boto import Client, refused, unique


def test_a_table_that_can_be_used_is_active(client: Client, ranged: str) -> None:
    table = client.describe_table(TableName=ranged)["Table"]
    assert table["TableStatus"] == "ACTIVE"
    assert table["TableName"] == ranged
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert {"TableArn", "TableId", "CreationDateTime", "ItemCount", "TableSizeBytes"} <= table.keys()
    assert sorted(definition["AttributeName"] for definition in table["AttributeDefinitions"]) == ["p", "r"]


def test_a_missing_table_is_named(client: Client) -> None:
    name = unique("conformance")
    error = refused(client.describe_table, TableName=name)
    assert (error.code, error.message) == (
        "ResourceNotFoundException",
        f"Requested resource not found: Table: {name} not found",
    )


def test_a_name_must_be_given(client: Client) -> None:
    error = refused(client.describe_table)
    assert (error.code, error.message) == (
        "ValidationException",
        "The parameter 'TableName' is required but was not present in the request",
    )
