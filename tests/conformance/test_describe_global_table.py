"""The global tables of 2017, of which Amazon makes no new ones, and what a table without replicas says of them."""

from tests.support.boto import Client, refused, unique


def test_none_is_found(client: Client, table: str) -> None:
    for name in (table, unique("missing")):
        error = refused(client.describe_global_table, GlobalTableName=name)
        assert (error.code, error.message) == (
            "GlobalTableNotFoundException",
            f"Global table not found: Global table with name: '{name}' does not exist.",
        )
        error = refused(client.describe_global_table_settings, GlobalTableName=name)
        assert (error.code, error.message) == (
            "GlobalTableNotFoundException",
            f"Global table with name: '{name}' does not exist.",
        )
        error = refused(client.describe_table_replica_auto_scaling, TableName=name)
        assert error.code == "ResourceNotFoundException"


def test_none_is_listed(client: Client) -> None:
    assert client.list_global_tables()["GlobalTables"] == []


def test_none_is_created(client: Client, table: str) -> None:
    """Amazon says that the version is not supported any more; the store says what to use instead."""
    error = refused(client.create_global_table, GlobalTableName=table, ReplicationGroup=[{"RegionName": "us-east-1"}])
    assert error.code == "ValidationException"


def test_a_table_streams_to_no_kinesis_stream(client: Client, table: str) -> None:
    shown = client.describe_kinesis_streaming_destination(TableName=table)
    assert (shown["TableName"], shown["KinesisDataStreamDestinations"]) == (table, [])
