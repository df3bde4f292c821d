"""DeleteTable, as Amazon does it."""

from tests.support.boto import Client, keyed, refused, unique


def test_the_reply_says_deleting_and_then_it_is_gone(client: Client, created: list[str]) -> None:
    name = unique("conformance")
    created.append(name)
    client.create_table(**keyed(name))
    client.get_waiter("table_exists").wait(TableName=name)
    assert client.delete_table(TableName=name)["TableDescription"]["TableStatus"] == "DELETING"
    client.get_waiter("table_not_exists").wait(TableName=name)
    error = refused(client.get_item, TableName=name, Key={"id": {"S": "a"}})
    assert (error.code, error.message) == ("ResourceNotFoundException", "Requested resource not found")


def test_a_table_created_again_is_empty(client: Client, created: list[str]) -> None:
    name = unique("conformance")
    created.append(name)
    for _ in range(2):
        client.create_table(**keyed(name))
        client.get_waiter("table_exists").wait(TableName=name)
        assert client.scan(TableName=name, ConsistentRead=True)["Count"] == 0
        client.put_item(TableName=name, Item={"id": {"S": "a"}})
        client.delete_table(TableName=name)
        client.get_waiter("table_not_exists").wait(TableName=name)


def test_a_missing_table_is_named(client: Client) -> None:
    name = unique("conformance")
    error = refused(client.delete_table, TableName=name)
    assert (error.code, error.message) == (
        "ResourceNotFoundException",
        f"Requested resource not found: Table: {name} not found",
    )


def test_a_protected_table_stays(client: Client, created: list[str]) -> None:
    name = unique("conformance")
    created.append(name)
    client.create_table(**keyed(name), DeletionProtectionEnabled=True)
    client.get_waiter("table_exists").wait(TableName=name)
    error = refused(client.delete_table, TableName=name)
    assert (error.code, error.message) == (
        "ValidationException",
        "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.",
    )
    assert client.describe_table(TableName=name)["Table"]["TableStatus"] == "ACTIVE"
