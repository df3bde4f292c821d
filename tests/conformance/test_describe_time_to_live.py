"""DescribeTimeToLive, as Amazon does it."""

from collections.abc import Callable

from tests.support.boto import Client, refused, unique


def test_a_new_table_has_none(client: Client, table: str) -> None:
    described = client.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    assert described == {"TimeToLiveStatus": "DISABLED"}


def test_the_attribute_is_told_while_it_is_enabled(client: Client, new_table: Callable[..., str]) -> None:
    """Amazon allows the second change only after an hour, and may first be ENABLING and DISABLING for a while."""
    name = new_table()
    for enabled, expected in (
        (True, {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires"}),
        (False, {"TimeToLiveStatus": "DISABLED"}),
    ):
        specification = {"AttributeName": "expires", "Enabled": enabled}
        client.update_time_to_live(TableName=name, TimeToLiveSpecification=specification)
        assert client.describe_time_to_live(TableName=name)["TimeToLiveDescription"] == expected


def test_the_tables_own_description_does_not_tell_it(client: Client, new_table: Callable[..., str]) -> None:
    name = new_table()
    specification = {"AttributeName": "expires", "Enabled": True}
    client.update_time_to_live(TableName=name, TimeToLiveSpecification=specification)
    assert "TimeToLiveDescription" not in client.describe_table(TableName=name)["Table"]


def test_a_missing_table_is_named(client: Client) -> None:
    name = unique("missing")
    error = refused(client.describe_time_to_live, TableName=name)
    assert (error.code, error.message) == (
        "ResourceNotFoundException",
        f"Requested resource not found: Table: {name} not found",
    )


def test_the_name_is_needed(client: Client) -> None:
    error = refused(client.describe_time_to_live)
    assert error.code == "ValidationException"
    assert "Value null at 'tableName' failed to satisfy constraint: Member must not be null" in error.message
