"""SSESpecification and SSEDescription. Which key Amazon's alias aws/dynamodb leads to is the account's own."""

from tests.support.boto import Client, Json, keyed, unique


def described(client: Client, name: str) -> Json:
    client.get_waiter("table_exists").wait(TableName=name)
    return dict(client.describe_table(TableName=name)["Table"])


def test_a_table_shows_its_key_only_when_it_was_asked_for_one(client: Client, created: list[str]) -> None:
    name = unique("conformance")
    created.append(name)
    client.create_table(**keyed(name))
    assert "SSEDescription" not in described(client, name)
    client.update_table(TableName=name, SSESpecification={"Enabled": True})
    shown = described(client, name)["SSEDescription"]
    assert (shown["Status"], shown["SSEType"]) == ("ENABLED", "KMS")
    assert shown["KMSMasterKeyArn"].startswith("arn:aws:kms:")


def test_a_table_is_created_with_a_key(client: Client, created: list[str]) -> None:
    name = unique("conformance")
    created.append(name)
    client.create_table(**keyed(name), SSESpecification={"Enabled": True, "SSEType": "KMS"})
    assert described(client, name)["SSEDescription"]["SSEType"] == "KMS"
