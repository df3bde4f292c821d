"""GetRecords, as Amazon does it: what is recorded of which write, and how it is read.

Records of different items may stand in different shards there, so only those of one item are expected in order.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.boto import Client, Json, refused
from tests.support.streamed_tables import StreamedTable, events_of

Streamed = Callable[..., StreamedTable]
ONE, TWO = {"N": "1"}, {"N": "2"}
KEY: Json = {"id": {"S": "a"}}


def images(record: Json) -> Json:
    return {name: record["dynamodb"][name] for name in ("OldImage", "NewImage") if name in record["dynamodb"]}


def test_a_record_tells_its_write(streamed: Streamed) -> None:
    table = streamed()
    table.put(n=ONE)
    (record,) = table.records(1)
    assert record.pop("eventID")
    assert record.pop("awsRegion")
    change = record.pop("dynamodb")
    assert record == {"eventName": "INSERT", "eventVersion": "1.1", "eventSource": "aws:dynamodb"}
    at = change.pop("ApproximateCreationDateTime")
    assert abs(datetime.now(UTC) - at) < timedelta(hours=1)
    assert at.microsecond == 0
    number = change.pop("SequenceNumber")
    assert number.isdecimal() and 21 <= len(number) <= 40
    assert change == {
        "Keys": KEY,
        "NewImage": {**KEY, "n": ONE},
        "SizeBytes": 9,  # of key and image together: not certain
        "StreamViewType": "NEW_AND_OLD_IMAGES",
    }


@pytest.mark.parametrize(
    ("view_type", "shown"),
    [
        ("KEYS_ONLY", set[str]()),
        ("NEW_IMAGE", {"NewImage"}),
        ("OLD_IMAGE", {"OldImage"}),
        ("NEW_AND_OLD_IMAGES", {"NewImage", "OldImage"}),
    ],
)
def test_the_view_says_what_is_shown(streamed: Streamed, view_type: str, shown: set[str]) -> None:
    table = streamed(view_type)
    table.put(n=ONE)
    table.put(n=TWO)
    table.delete()
    one, two = {**KEY, "n": ONE}, {**KEY, "n": TWO}
    of_views: list[Json] = [{"NewImage": one}, {"OldImage": one, "NewImage": two}, {"OldImage": two}]
    records = table.records(3)
    assert [record["eventName"] for record in records] == ["INSERT", "MODIFY", "REMOVE"]
    for record, of_view in zip(records, of_views, strict=True):
        assert record["dynamodb"]["Keys"] == KEY
        assert record["dynamodb"]["StreamViewType"] == view_type
        assert images(record) == {name: image for name, image in of_view.items() if name in shown}


def test_what_changes_nothing_is_not_recorded(client: Client, streamed: Streamed) -> None:
    table = streamed()
    table.delete("never there")
    table.put(n=ONE)
    table.put(n=ONE)
    client.update_item(TableName=table.name, Key=KEY)
    values = {":one": ONE}
    client.update_item(TableName=table.name, Key=KEY, UpdateExpression="SET n = :one", ExpressionAttributeValues=values)
    refused(client.put_item, TableName=table.name, Item=KEY, ConditionExpression="attribute_not_exists(id)")
    table.delete()
    table.delete()
    assert events_of(table.records(2), "a") == ["INSERT", "REMOVE"]


def test_an_update_is_an_insert_or_a_change(client: Client, streamed: Streamed) -> None:
    table = streamed()
    for _ in range(2):
        client.update_item(
            TableName=table.name, Key=KEY, UpdateExpression="ADD n :one", ExpressionAttributeValues={":one": ONE}
        )
    first, second = table.records(2)
    assert (first["eventName"], images(first)) == ("INSERT", {"NewImage": {**KEY, "n": ONE}})
    assert (second["eventName"], images(second)) == (
        "MODIFY",
        {"OldImage": {**KEY, "n": ONE}, "NewImage": {**KEY, "n": TWO}},
    )


def test_an_update_without_a_change_still_creates_the_item(client: Client, streamed: Streamed) -> None:
    table = streamed()
    client.update_item(TableName=table.name, Key=KEY)
    (record,) = table.records(1)
    assert (record["eventName"], images(record)) == ("INSERT", {"NewImage": KEY})


def test_each_write_of_a_batch_is_recorded(client: Client, streamed: Streamed) -> None:
    table = streamed()
    table.put("c")
    requests = [
        {"PutRequest": {"Item": {"id": {"S": "a"}}}},
        {"PutRequest": {"Item": {"id": {"S": "b"}}}},
        {"DeleteRequest": {"Key": {"id": {"S": "c"}}}},
        {"DeleteRequest": {"Key": {"id": {"S": "never there"}}}},
    ]
    client.batch_write_item(RequestItems={table.name: requests})
    records = table.records(4)
    assert {id: events_of(records, id) for id in "abc"} == {"a": ["INSERT"], "b": ["INSERT"], "c": ["INSERT", "REMOVE"]}


def test_each_write_of_a_transaction_is_recorded_and_no_check(client: Client, streamed: Streamed) -> None:
    table = streamed()
    name = {"TableName": table.name}
    table.put("a")
    table.put("checked")
    client.transact_write_items(
        TransactItems=[
            {"Delete": {**name, "Key": {"id": {"S": "a"}}}},
            {"Put": {**name, "Item": {"id": {"S": "b"}}}},
            {
                "Update": {
                    **name,
                    "Key": {"id": {"S": "c"}},
                    "UpdateExpression": "SET n = :one",
                    "ExpressionAttributeValues": {":one": ONE},
                }
            },
            {
                "ConditionCheck": {
                    **name,
                    "Key": {"id": {"S": "checked"}},
                    "ConditionExpression": "attribute_exists(id)",
                }
            },
        ]
    )
    records = table.records(5)
    assert {id: events_of(records, id) for id in ("a", "b", "c", "checked")} == {
        "a": ["INSERT", "REMOVE"],
        "b": ["INSERT"],
        "c": ["INSERT"],
        "checked": ["INSERT"],
    }


def test_a_cancelled_transaction_is_not_recorded(client: Client, streamed: Streamed) -> None:
    table = streamed()
    name = {"TableName": table.name}
    refused(
        client.transact_write_items,
        TransactItems=[
            {"Put": {**name, "Item": {"id": {"S": "b"}}}},
            {"Put": {**name, "Item": KEY, "ConditionExpression": "attribute_exists(id)"}},
        ],
    )
    table.put("c")
    assert events_of(table.records(1), "c") == ["INSERT"]


def test_a_statement_is_recorded_as_the_write_that_it_is(client: Client, streamed: Streamed) -> None:
    table = streamed()
    client.execute_statement(Statement=f"INSERT INTO \"{table.name}\" VALUE {{'id': 'a', 'n': 1}}")
    client.execute_statement(Statement=f"UPDATE \"{table.name}\" SET n = 2 WHERE id = 'a'")
    client.execute_statement(Statement=f"DELETE FROM \"{table.name}\" WHERE id = 'a'")
    assert events_of(table.records(3), "a") == ["INSERT", "MODIFY", "REMOVE"]


def test_items_are_shown_as_they_are(streamed: Streamed) -> None:
    table = streamed()
    item: Json = {
        "id": {"S": "a"},
        "b": {"B": b"\x00\xff"},
        "n": {"N": "-1.5"},
        "t": {"BOOL": True},
        "none": {"NULL": True},
        "list": {"L": [{"S": ""}, {"M": {"é": {"N": "0"}}}]},
        "set": {"SS": ["x"]},
    }
    table.put(**{name: value for name, value in item.items() if name != "id"})
    (record,) = table.records(1)
    assert record["dynamodb"]["NewImage"] == item


def test_the_numbers_of_an_items_records_grow(streamed: Streamed) -> None:
    table = streamed("KEYS_ONLY")
    for number in range(5):
        table.put(n={"N": str(number)})
    records = table.records(5)
    numbers = [int(record["dynamodb"]["SequenceNumber"]) for record in records]
    assert numbers == sorted(set(numbers))
    assert len({record["eventID"] for record in records}) == 5


def test_pages_hold_as_many_as_the_limit_says_and_lead_on(streamed: Streamed) -> None:
    """Amazon may have pages with fewer, so each is only at most as long."""
    table = streamed("KEYS_ONLY")
    for number in range(5):
        table.put(n={"N": str(number)})
    table.records(5)
    iterator, found = table.iterator(), list[Json]()
    while len(found) < 5:
        page = table.streams.get_records(ShardIterator=iterator, Limit=2)
        assert len(page["Records"]) <= 2
        found += page["Records"]
        iterator = page["NextShardIterator"]
    assert len({record["eventID"] for record in found}) == 5
    assert table.streams.get_records(ShardIterator=iterator)["Records"] == []


def test_an_iterator_reads_the_same_again(streamed: Streamed) -> None:
    table = streamed("KEYS_ONLY")
    table.put()
    table.records(1)
    iterator = table.iterator()
    first, second = (table.streams.get_records(ShardIterator=iterator)["Records"] for _ in range(2))
    assert first == second
    assert len(first) == 1


def test_an_open_shard_always_leads_on(streamed: Streamed) -> None:
    table = streamed("KEYS_ONLY")
    page = table.streams.get_records(ShardIterator=table.iterator("LATEST"))
    assert page["Records"] == []
    assert page["NextShardIterator"]


def test_a_disabled_stream_is_read_to_its_end(streamed: Streamed) -> None:
    table = streamed()
    table.put(n=ONE)
    arn = table.arn
    table.records(1)
    table.switch(StreamEnabled=False)
    table.put(n=TWO)
    assert events_of(table.records(1, arn), "a") == ["INSERT"]
    iterator = table.iterator()
    page = table.streams.get_records(ShardIterator=iterator)
    assert len(page["Records"]) == 1
    # That the last page of a closed shard leads on nowhere is certain; that it is the one with the last record is not.
    assert "NextShardIterator" not in page


def test_a_stream_that_is_enabled_again_begins_anew(streamed: Streamed) -> None:
    table = streamed()
    first = table.arn
    table.put(n=ONE)
    table.records(1)
    table.switch(StreamEnabled=False)
    table.put(n=TWO)
    table.switch(StreamEnabled=True, StreamViewType="KEYS_ONLY")
    table.delete()
    assert events_of(table.records(1), "a") == ["REMOVE"]
    assert events_of(table.records(1, first), "a") == ["INSERT"]


@pytest.mark.parametrize("limit", [0, 1001])
def test_a_limit_out_of_range_is_refused(streamed: Streamed, limit: int) -> None:
    table = streamed("KEYS_ONLY")
    error = refused(table.streams.get_records, ShardIterator=table.iterator(), Limit=limit)
    assert error.code == "ValidationException"
    assert f"Value '{limit}' at 'limit' failed to satisfy constraint: Member must have value" in error.message


@pytest.mark.parametrize("iterator", ["n" * 40, "é" * 40, "arn:aws:dynamodb:us-east-1:0:table/t/stream/l|1|AAAA"])
def test_what_is_no_iterator_is_refused(streams: Client, iterator: str) -> None:
    error = refused(streams.get_records, ShardIterator=iterator)
    assert error.code == "ValidationException"
    assert error.message.startswith("Invalid ShardIterator")


def test_the_iterator_is_needed(streams: Client) -> None:
    error = refused(streams.get_records)
    assert error.code == "ValidationException"
    assert "at 'shardIterator' failed to satisfy constraint: Member must not be null" in error.message
