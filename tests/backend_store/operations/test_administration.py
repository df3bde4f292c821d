import pytest

from tests.support.botocore_model import dynamodb
from tests.support.stores import Calls, Refusal


@pytest.mark.parametrize("operation", dynamodb().operation_names)
async def test_every_operation_of_the_service_is_answered_deliberately(call: Calls, operation: str) -> None:
    reply = await call.reply(operation)
    assert b"UnknownOperation" not in reply.body
    assert reply.status in (200, 400)


@pytest.mark.parametrize(
    ("operation", "instead"),
    [
        ("CreateGlobalTable", "--upstream"),
        ("UpdateGlobalTable", "--upstream"),
        ("UpdateGlobalTableSettings", "--upstream"),
        ("UpdateTableReplicaAutoScaling", "--upstream"),
        ("EnableKinesisStreamingDestination", "DynamoDB Streams"),
        ("DisableKinesisStreamingDestination", "DynamoDB Streams"),
        ("UpdateKinesisStreamingDestination", "DynamoDB Streams"),
        ("SearchVectors", "--upstream"),
    ],
)
async def test_what_there_is_not_names_what_to_use_instead(call: Calls, operation: str, instead: str) -> None:
    with pytest.raises(Refusal) as refusal:
        await call(operation, TableName="films", GlobalTableName="films")
    assert refusal.value.code == "ValidationException"
    assert instead in refusal.value.message


async def test_limits_are_those_of_a_new_account(call: Calls) -> None:
    assert await call("DescribeLimits") == {
        "AccountMaxReadCapacityUnits": 80_000,
        "AccountMaxWriteCapacityUnits": 80_000,
        "TableMaxReadCapacityUnits": 40_000,
        "TableMaxWriteCapacityUnits": 40_000,
    }


async def test_there_is_one_endpoint(call: Calls) -> None:
    (endpoint,) = (await call("DescribeEndpoints"))["Endpoints"]
    assert endpoint == {"Address": "dynamodb.us-east-1.amazonaws.com", "CachePeriodInMinutes": 1440}


async def test_there_are_no_global_tables(call: Calls) -> None:
    await call.create_table("films")
    assert await call("ListGlobalTables") == {"GlobalTables": []}
    with pytest.raises(Refusal) as refusal:
        await call("DescribeGlobalTable", GlobalTableName="films")
    assert (refusal.value.code, refusal.value.message) == (
        "GlobalTableNotFoundException",
        "Global table not found: Global table with name: 'films' does not exist.",
    )
    with pytest.raises(Refusal) as refusal:
        await call("DescribeGlobalTableSettings", GlobalTableName="films")
    assert refusal.value.message == "Global table with name: 'films' does not exist."
    with pytest.raises(Refusal) as refusal:
        await call("DescribeTableReplicaAutoScaling", TableName="films")
    assert (refusal.value.code, refusal.value.message) == (
        "ResourceNotFoundException",
        "Global table with name: 'films' does not exist.",
    )


async def test_no_table_streams_to_kinesis(call: Calls) -> None:
    await call.create_table("films")
    shown = await call("DescribeKinesisStreamingDestination", TableName="films")
    assert shown == {"TableName": "films", "KinesisDataStreamDestinations": []}
    with pytest.raises(Refusal, match="Requested resource not found: Table: missing not found"):
        await call("DescribeKinesisStreamingDestination", TableName="missing")
