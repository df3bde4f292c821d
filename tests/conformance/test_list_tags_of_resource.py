"""ListTagsOfResource, as Amazon does it. How many tags it puts on a page is not certain, so pages are followed."""

from tests.support.boto import Client, keyed, refused, unique


def test_tags_given_with_the_table_are_listed(client: Client, created: list[str]) -> None:
    created.append(name := unique("conformance"))
    tags = {f"key-{number:02}": str(number) for number in range(50)}
    client.create_table(**keyed(name), Tags=[{"Key": key, "Value": value} for key, value in tags.items()])
    client.get_waiter("table_exists").wait(TableName=name)
    arn = client.describe_table(TableName=name)["Table"]["TableArn"]
    pages = client.get_paginator("list_tags_of_resource").paginate(ResourceArn=arn)
    assert {tag["Key"]: tag["Value"] for page in pages for tag in page["Tags"]} == tags


def test_a_table_without_tags_has_an_empty_list(client: Client, table: str) -> None:
    arn = client.describe_table(TableName=table)["Table"]["TableArn"]
    assert client.list_tags_of_resource(ResourceArn=arn)["Tags"] == []


def test_an_index_has_no_tags_of_its_own(client: Client, table: str) -> None:
    arn = client.describe_table(TableName=table)["Table"]["TableArn"] + "/index/by-year"
    error = refused(client.list_tags_of_resource, ResourceArn=arn)
    assert error.code == "ValidationException"
    assert "only table or stream is accepted" in error.message


def test_a_table_is_not_created_with_tags_that_break_a_rule(client: Client) -> None:
    name = unique("conformance")
    error = refused(client.create_table, **keyed(name), Tags=[{"Key": "aws:k", "Value": ""}])
    assert (error.code, error.message) == ("ValidationException", "Tag Key cannot be prefixed with aws:, Key: aws:k")
    assert refused(client.describe_table, TableName=name).code == "ResourceNotFoundException"
