"""A table's ARN in place of its name, as Amazon takes it."""

import pytest

from tests.support.boto import Client, refused

KEY = {"id": {"S": "a"}}


@pytest.fixture(scope="module")
def arn(client: Client, table: str) -> str:
    found: str = client.describe_table(TableName=table)["Table"]["TableArn"]
    return found


def test_the_arn_stands_for_the_name(client: Client, arn: str, table: str) -> None:
    assert client.describe_table(TableName=arn)["Table"]["TableName"] == table
    client.put_item(TableName=arn, Item=KEY)
    assert client.get_item(TableName=arn, Key=KEY)["Item"] == KEY
    assert client.transact_get_items(TransactItems=[{"Get": {"TableName": arn, "Key": KEY}}])["Responses"]
    assert client.scan(TableName=arn)["Count"] == 1


def test_another_accounts_table_is_denied(client: Client, arn: str) -> None:
    anothers = arn.replace(arn.split(":")[4], "123456789012")
    error = refused(client.describe_table, TableName=anothers)
    assert (error.code, error.message) == ("AccessDeniedException", "Access is denied")


def test_another_regions_table_is_invalid(client: Client, arn: str) -> None:
    region = arn.split(":")[3]
    elsewhere = arn.replace(region, "eu-west-2" if region != "eu-west-2" else "eu-west-1")
    error = refused(client.describe_table, TableName=elsewhere)
    assert error.code == "ValidationException"
    assert error.message.startswith("1 validation error detected: Invalid AWS region in 'arn:")


def test_an_index_is_no_table(client: Client, arn: str) -> None:
    assert refused(client.describe_table, TableName=f"{arn}/index/by-year").code == "ValidationException"
