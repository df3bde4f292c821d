"""PutResourcePolicy, GetResourcePolicy and DeleteResourcePolicy, as Amazon does them.

The messages are those of tests of moto that were verified against the service, which shows a change after seconds.
"""

import json
from collections.abc import Callable

import pytest

from tests.support.boto import Client, refused, unique

NOT_FOUND = "Resource-based policy not found for the provided ResourceArn: "


@pytest.fixture
def name(new_table: Callable[..., str]) -> str:
    return new_table()


@pytest.fixture
def arn(client: Client, name: str) -> str:
    found: str = client.describe_table(TableName=name)["Table"]["TableArn"]
    return found


def policy(arn: str, action: str = "dynamodb:GetItem") -> str:
    principal = {"AWS": f"arn:aws:iam::{arn.split(':')[4]}:root"}
    statement = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": arn}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_a_policy_is_put_read_and_deleted(client: Client, arn: str) -> None:
    error = refused(client.get_resource_policy, ResourceArn=arn)
    assert (error.code, error.message) == ("PolicyNotFoundException", NOT_FOUND + arn)
    revision = client.put_resource_policy(ResourceArn=arn, Policy=policy(arn), ExpectedRevisionId="NO_POLICY")
    shown = client.get_resource_policy(ResourceArn=arn)
    assert (json.loads(shown["Policy"]), shown["RevisionId"]) == (json.loads(policy(arn)), revision["RevisionId"])
    client.delete_resource_policy(ResourceArn=arn, ExpectedRevisionId=revision["RevisionId"])
    assert refused(client.get_resource_policy, ResourceArn=arn).code == "PolicyNotFoundException"


def test_the_same_policy_again_is_the_same_revision(client: Client, arn: str) -> None:
    first, again = (client.put_resource_policy(ResourceArn=arn, Policy=policy(arn))["RevisionId"] for _ in range(2))
    assert first == again


def test_a_revision_that_is_not_the_current_one_is_told(client: Client, arn: str, name: str) -> None:
    first = client.put_resource_policy(ResourceArn=arn, Policy=policy(arn))["RevisionId"]
    second = client.put_resource_policy(ResourceArn=arn, Policy=policy(arn, "dynamodb:PutItem"))["RevisionId"]
    assert second > first
    for call, members in (
        (client.put_resource_policy, {"Policy": policy(arn)}),
        (client.delete_resource_policy, {}),
    ):
        error = refused(call, ResourceArn=arn, ExpectedRevisionId=first, **members)
        assert (error.code, error.message) == (
            "PolicyNotFoundException",
            f"{NOT_FOUND}Requested update for policy with revision id {first}, "
            f"but the policy associated to target table {name} has revision id {second}.",
        )
    error = refused(client.put_resource_policy, ResourceArn=arn, Policy=policy(arn), ExpectedRevisionId="NO_POLICY")
    assert error.message == (
        f"{NOT_FOUND}Requested policy update expecting none to be present for table {name}, "
        f"but a policy exists with revision id {second}."
    )


def test_a_missing_table_is_named(client: Client, arn: str, name: str) -> None:
    missing = unique("missing")
    for call, members in (
        (client.put_resource_policy, {"Policy": policy(arn)}),
        (client.get_resource_policy, {}),
        (client.delete_resource_policy, {}),
    ):
        error = refused(call, ResourceArn=arn.replace(name, missing), **members)
        assert (error.code, error.message) == (
            "ResourceNotFoundException",
            f"Requested resource not found: Table: {missing} not found",
        )


def test_a_document_that_is_no_json_is_refused(client: Client, arn: str) -> None:
    error = refused(client.put_resource_policy, ResourceArn=arn, Policy="[]")
    assert (error.code, error.message) == (
        "ValidationException",
        "One or more parameter values were invalid: Invalid policy document: This policy contains invalid Json",
    )
