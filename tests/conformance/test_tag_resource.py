"""TagResource, as Amazon does it; the messages were seen of the service in 2026. There changes show after seconds."""

import pytest

from tests.support.boto import Client, Json, refused, unique

TOO_MANY = "Number of Tags exceed the current limit for the provided ResourceArn"


@pytest.fixture(scope="module")
def arn(client: Client, table: str) -> str:
    found: str = client.describe_table(TableName=table)["Table"]["TableArn"]
    return found


def tag(key: str, value: str = "") -> Json:
    return {"Key": key, "Value": value}


def listed(client: Client, arn: str) -> Json:
    pages = client.get_paginator("list_tags_of_resource").paginate(ResourceArn=arn)
    return {tag["Key"]: tag["Value"] for page in pages for tag in page["Tags"]}


def test_tags_are_added_and_replaced(client: Client, arn: str) -> None:
    client.tag_resource(ResourceArn=arn, Tags=[tag("a", "1"), tag("A", "2"), tag("sp ace", "+-=._:/@")])
    client.tag_resource(ResourceArn=arn, Tags=[tag("a", "")])
    assert listed(client, arn) == {"a": "", "A": "2", "sp ace": "+-=._:/@"}
    client.untag_resource(ResourceArn=arn, TagKeys=["a", "A", "sp ace"])


@pytest.mark.parametrize(
    ("tags", "message"),
    [
        ([], "Atleast one Tag needs to be provided as Input."),
        ([tag("")], "The Tag Key provided is invalid, Key: "),
        ([tag("k" * 129)], f"The Tag Key provided is invalid, Key: {'k' * 129}"),
        ([tag("bad#char")], "The Tag Key provided is invalid, Key: bad#char"),
        ([tag("k", "100%")], "The Tag Value provided is invalid, Value: 100%"),
        ([tag("k", "v" * 257)], f"The Tag Value provided is invalid, Value: {'v' * 257}"),
        ([{"Key": "k"}], "The Tag Value provided is invalid, Value: null"),
        ([tag("AWS:k")], "Tag Key cannot be prefixed with aws:, Key: AWS:k"),
        ([tag("k"), tag("k")], "Duplicate Tag Keys provided as input: Duplicate Tag Key found k"),
        ([tag(f"k{number}") for number in range(51)], TOO_MANY),
    ],
)
def test_tags_that_break_a_rule_are_refused_together(client: Client, arn: str, tags: list[Json], message: str) -> None:
    error = refused(client.tag_resource, ResourceArn=arn, Tags=[tag("good"), *tags] if len(tags) == 1 else tags)
    assert (error.code, error.message) == ("ValidationException", message)
    assert "good" not in listed(client, arn)


def test_a_missing_table_is_told_by_its_arn(client: Client, arn: str, table: str) -> None:
    missing = arn.replace(table, unique("missing"))
    error = refused(client.tag_resource, ResourceArn=missing, Tags=[tag("k")])
    assert (error.code, error.message) == (
        "ResourceNotFoundException",
        f"Requested resource not found: ResourceArn: {missing} not found",
    )


def test_the_arn_has_to_be_one_of_dynamodb_and_of_this_region(client: Client, arn: str, table: str) -> None:
    """Before 2026 the service denied access where it now finds no ARN."""
    error = refused(client.tag_resource, ResourceArn=table, Tags=[tag("k")])
    assert (error.code, error.message) == (
        "ValidationException",
        f"One or more parameter values were invalid: ARNs must start with 'arn:': {table}",
    )
    region = arn.split(":")[3]
    elsewhere = arn.replace(region, "eu-west-2" if region != "eu-west-2" else "eu-west-1")
    error = refused(client.tag_resource, ResourceArn=elsewhere, Tags=[tag("k")])
    assert (error.code, error.message) == (
        "ValidationException",
        f"Invalid TableArn: Invalid ResourceArn provided as input {elsewhere}",
    )


def test_another_accounts_table_is_denied(client: Client, arn: str) -> None:
    error = refused(client.tag_resource, ResourceArn=arn.replace(arn.split(":")[4], "123456789012"), Tags=[tag("k")])
    assert (error.code, error.message) == ("AccessDeniedException", "Access is denied")
