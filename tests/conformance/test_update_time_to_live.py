"""UpdateTimeToLive, as Amazon does it.

Amazon refuses a second change within an hour ("Time to live has been modified multiple times within a fixed interval"),
and it may be hours before it deletes what has expired. So against Amazon the cases that change it twice fail.
"""

from collections.abc import Callable

import pytest

from tests.support.boto import Client, Json, refused, unique
from tests.support.streamed_tables import StreamedTable

NOT_NULL = "failed to satisfy constraint: Member must not be null"


@pytest.fixture
def own_table(new_table: Callable[..., str]) -> str:
    """A table whose time to live nobody has changed."""
    return new_table()


def specification(attribute: str = "expires", enabled: bool = True) -> Json:
    return {"AttributeName": attribute, "Enabled": enabled}


def status(client: Client, table: str) -> Json:
    described: Json = client.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    return described


def test_the_reply_is_the_specification(client: Client, own_table: str) -> None:
    reply = client.update_time_to_live(TableName=own_table, TimeToLiveSpecification=specification())
    assert reply["TimeToLiveSpecification"] == specification()
    described = status(client, own_table)
    assert described["AttributeName"] == "expires"
    assert described["TimeToLiveStatus"] in ("ENABLING", "ENABLED")


@pytest.mark.parametrize(
    ("again", "message"),
    [
        (specification(), "TimeToLive is already enabled"),
        (
            specification("other"),
            "TimeToLive is active on a different AttributeName: current AttributeName is expires",
        ),
        (
            specification("other", enabled=False),
            "TimeToLive is active on a different AttributeName: current AttributeName is expires",
        ),
    ],
)
def test_one_attribute_at_a_time(client: Client, own_table: str, again: Json, message: str) -> None:
    client.update_time_to_live(TableName=own_table, TimeToLiveSpecification=specification())
    error = refused(client.update_time_to_live, TableName=own_table, TimeToLiveSpecification=again)
    assert (error.code, error.message) == ("ValidationException", message)
    assert status(client, own_table)["AttributeName"] == "expires"


def test_what_is_not_enabled_is_not_disabled(client: Client, own_table: str) -> None:
    error = refused(
        client.update_time_to_live, TableName=own_table, TimeToLiveSpecification=specification(enabled=False)
    )
    assert (error.code, error.message) == ("ValidationException", "TimeToLive is already disabled")


def test_it_is_disabled_and_enabled_for_another_attribute(client: Client, own_table: str) -> None:
    for wanted in (specification(), specification(enabled=False), specification("other")):
        reply = client.update_time_to_live(TableName=own_table, TimeToLiveSpecification=wanted)
        assert reply["TimeToLiveSpecification"] == wanted
    assert status(client, own_table)["AttributeName"] == "other"


@pytest.mark.parametrize("attribute", ["id", "a.b", "#x", "é", "n" * 255])
def test_any_name_will_do(client: Client, own_table: str, attribute: str) -> None:
    """For a key of the table, of whose type nothing can expire, it is not certain."""
    client.update_time_to_live(TableName=own_table, TimeToLiveSpecification=specification(attribute))
    assert status(client, own_table)["AttributeName"] == attribute


def test_a_tables_arn_stands_for_its_name(client: Client, own_table: str) -> None:
    arn = client.describe_table(TableName=own_table)["Table"]["TableArn"]
    client.update_time_to_live(TableName=arn, TimeToLiveSpecification=specification())
    assert status(client, arn) == status(client, own_table)
    assert status(client, own_table)["AttributeName"] == "expires"


def test_items_that_have_expired_are_still_written_and_read(client: Client, own_table: str) -> None:
    """Until they are deleted, which is some time later. An expiry more than five years ago is none: it stays."""
    client.update_time_to_live(TableName=own_table, TimeToLiveSpecification=specification())
    item = {"id": {"S": unique()}, "expires": {"N": "162777600"}}
    client.put_item(TableName=own_table, Item=item)
    found = client.get_item(TableName=own_table, Key={"id": item["id"]}, ConsistentRead=True)
    assert found["Item"] == item


def test_what_can_expire_is_recorded_like_any_item(client: Client, streamed: Callable[..., StreamedTable]) -> None:
    table = streamed("KEYS_ONLY")
    client.update_time_to_live(TableName=table.name, TimeToLiveSpecification=specification())
    table.put(expires={"N": "99999999999"})
    table.delete()
    assert ["userIdentity" in record for record in table.records(2)] == [False, False]


@pytest.mark.parametrize(
    ("members", "path"),
    [
        ({}, "timeToLiveSpecification"),
        ({"TimeToLiveSpecification": {"Enabled": True}}, "timeToLiveSpecification.attributeName"),
        ({"TimeToLiveSpecification": {"AttributeName": "expires"}}, "timeToLiveSpecification.enabled"),
    ],
)
def test_what_is_needed_is_told(client: Client, table: str, members: Json, path: str) -> None:
    error = refused(client.update_time_to_live, TableName=table, **members)
    assert (error.code, error.message) == (
        "ValidationException",
        f"1 validation error detected: Value null at '{path}' {NOT_NULL}",
    )


@pytest.mark.parametrize("attribute", ["", "n" * 256])
def test_a_name_too_short_or_too_long_is_refused(client: Client, table: str, attribute: str) -> None:
    error = refused(client.update_time_to_live, TableName=table, TimeToLiveSpecification=specification(attribute))
    assert error.code == "ValidationException"
    assert "at 'timeToLiveSpecification.attributeName' failed to satisfy constraint: Member must have length" in (
        error.message
    )


@pytest.mark.parametrize("wrong", [{"AttributeName": "a", "Enabled": "dog"}, {"AttributeName": 3, "Enabled": True}])
def test_wrong_types_are_refused(client: Client, table: str, wrong: Json) -> None:
    error = refused(client.update_time_to_live, TableName=table, TimeToLiveSpecification=wrong)
    assert error.code == "SerializationException"


def test_a_missing_table_is_named(client: Client) -> None:
    name = unique("missing")
    error = refused(client.update_time_to_live, TableName=name, TimeToLiveSpecification=specification())
    assert (error.code, error.message) == (
        "ResourceNotFoundException",
        f"Requested resource not found: Table: {name} not found",
    )
