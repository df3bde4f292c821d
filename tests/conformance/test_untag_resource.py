"""UntagResource, as Amazon does it; the messages were seen of the service in 2026."""

import pytest

from tests.support.boto import Client, refused


@pytest.fixture(scope="module")
def arn(client: Client, table: str) -> str:
    found: str = client.describe_table(TableName=table)["Table"]["TableArn"]
    return found


def test_tags_go_by_their_keys_and_absent_ones_do_no_harm(client: Client, arn: str) -> None:
    client.tag_resource(ResourceArn=arn, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    client.untag_resource(ResourceArn=arn, TagKeys=["a", "never-set"])
    assert client.list_tags_of_resource(ResourceArn=arn)["Tags"] == [{"Key": "b", "Value": "2"}]


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ([], "Atleast one Tag Key needs to be provided as Input."),
        ([""], "The Tag Key provided is invalid, Key: "),
        (["k" * 129], f"The Tag Key provided is invalid, Key: {'k' * 129}"),
        (["aws:k"], "Tag Key cannot be prefixed with aws:, Key: aws:k"),
        (
            [f"k{number}" for number in range(51)],
            "Number of Tags exceed the current limit for the provided ResourceArn",
        ),
    ],
)
def test_keys_that_break_a_rule_are_refused(client: Client, arn: str, keys: list[str], message: str) -> None:
    error = refused(client.untag_resource, ResourceArn=arn, TagKeys=keys)
    assert (error.code, error.message) == ("ValidationException", message)
