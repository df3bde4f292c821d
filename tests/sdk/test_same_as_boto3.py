"""One list of calls, through boto3 and through microdax, against the same server: same results, same errors.

Each list runs from beginning to end through one client, then, on a store that is empty again, through the other; the
outcomes are compared call by call.
"""

import base64
import re
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from io import BytesIO
from typing import Any, TypeAlias
from uuid import UUID

import boto3
import pytest
from boto3.dynamodb.conditions import Attr, Key
from boto3.dynamodb.types import Binary
from botocore.config import Config
from botocore.exceptions import ClientError

import microdax
from tests.support.store_on_thread import store_on_thread

Call: TypeAlias = Callable[[Any], object]

OPTIONS: dict[str, Any] = {
    "region_name": "eu-central-1",
    "aws_access_key_id": "a",
    "aws_secret_access_key": "b",
    "config": Config(retries={"max_attempts": 0}),
}


class Colour(Enum):
    RED = "red"


class TextColour(str, Enum):  # noqa: UP042  (the mixed class is the case to test)
    RED = "red"


class Text(str):
    """A subclass, which botocore takes for the text that it is."""


EVERY_TYPE: dict[str, Any] = {
    "pk": {"S": "every"},
    "sk": {"N": "1"},
    "text": {"S": 'grün \u2603 \U0001f600 "quoted" \\ \n'},
    "empty": {"S": ""},
    "number": {"N": "-12345678901234567890.123456789"},
    "bytes": {"B": b"\x00\xff\x80bytes"},
    "no bytes": {"B": b""},
    "array": {"B": bytearray(b"array")},
    "yes": {"BOOL": True},
    "no": {"BOOL": False},
    "nothing": {"NULL": True},
    "texts": {"SS": ["a", "b"]},
    "numbers": {"NS": ["1", "2.5"]},
    "binaries": {"BS": [b"\x01", b"\x02\x03"]},
    "list": {"L": [{"S": "x"}, {"B": b"in a list"}, {"L": [{"B": b"deeper"}]}, {"NULL": True}]},
    "empty list": {"L": []},
    "empty map": {"M": {}},
    "map": {
        "M": {"B": {"S": "an attribute called B"}, "BS": {"L": [{"S": "and BS"}]}, "inner": {"M": {"B": {"B": b"B"}}}}
    },
    "null": {"S": ": null, [null"},
}

ITEM: dict[str, Any] = {"pk": {"S": "a"}, "sk": {"N": "1"}, "v": {"S": "one"}, "n": {"N": "5"}}
KEY: dict[str, Any] = {"pk": {"S": "a"}, "sk": {"N": "1"}}


def call(operation: str, **arguments: Any) -> tuple[str, Call]:
    return operation, lambda client: getattr(client, operation)(**arguments)


def create(name: str) -> tuple[str, Call]:
    return call(
        "create_table",
        TableName=name,
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "N"},
        ],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        BillingMode="PAY_PER_REQUEST",
    )


def key(number: int, text: str = "many") -> dict[str, Any]:
    return {"pk": {"S": text}, "sk": {"N": str(number)}}


def batch(*requests: dict[str, Any]) -> tuple[str, Call]:
    return call("batch_write_item", RequestItems={"things": list(requests)})


def update(expression: str, **more: Any) -> tuple[str, Call]:
    return call("update_item", TableName="things", Key=KEY, UpdateExpression=expression, **more)


def pages(paginator: str, **arguments: Any) -> tuple[str, Call]:
    return f"paginate {paginator}", lambda client: list(client.get_paginator(paginator).paginate(**arguments))


def query(text: str, **more: Any) -> tuple[str, Call]:
    values = {":p": {"S": text}}
    return call("query", TableName="things", KeyConditionExpression="pk = :p", ExpressionAttributeValues=values, **more)


def get(item_key: Any, **more: Any) -> tuple[str, Call]:
    return call("get_item", TableName="things", Key=item_key, **more)


def put(item: Any, **more: Any) -> tuple[str, Call]:
    return call("put_item", TableName="things", Item=item, **more)


def transact_write(*actions: dict[str, Any], **more: Any) -> tuple[str, Call]:
    return call("transact_write_items", TransactItems=list(actions), **more)


def transact_get(*gets: dict[str, Any], **more: Any) -> tuple[str, Call]:
    items = [{"Get": {"TableName": "things", **get}} for get in gets]
    return call("transact_get_items", TransactItems=items, **more)


UPDATE: dict[str, Any] = {
    "TableName": "things",
    "UpdateExpression": "SET v = :v ADD n :n",
    "ExpressionAttributeValues": {":v": {"S": "x"}, ":n": {"N": "1"}},
}

BIG = {"blob": {"B": bytes(360_000)}}

CLIENT_CALLS: list[tuple[str, Call]] = [
    create("things"),
    ("wait", lambda client: client.get_waiter("table_exists").wait(TableName="things")),
    call("describe_table", TableName="things"),
    call("list_tables"),
    # Values
    put(EVERY_TYPE),
    get({"pk": {"S": "every"}, "sk": {"N": "1"}}),
    get({"pk": {"S": "every"}, "sk": {"N": "1.0"}}, ConsistentRead=True, ReturnConsumedCapacity="TOTAL"),
    get(
        key(1, "every"), ProjectionExpression="#b, #m.B, nothing", ExpressionAttributeNames={"#b": "bytes", "#m": "map"}
    ),
    put({**key(2, "every"), "text for bytes": {"B": "botocore encodes text"}}),
    put({**key(3, "every"), "texts for bytes": {"BS": ["a", b"b"]}}),
    put({**key(4, "every"), "file": {"B": BytesIO(b"a file")}}),
    put({**key(5, "every"), "subclass": {"S": Text("text")}, "enum": {"S": TextColour.RED}}),
    put({**key(6, "every"), "tuple": {"L": ({"S": "x"}, {"B": b"y"})}, "set": {"SS": ("a", "b")}}),
    put({**key(7, "every"), "half": {"S": "\ud83d"}}),
    call("scan", TableName="things", ReturnConsumedCapacity="INDEXES"),
    # Items
    put(ITEM),
    put({**ITEM, "v": {"S": "two"}}, ReturnValues="ALL_OLD"),
    get(KEY),
    get(key(404)),
    put(ITEM, ConditionExpression="attribute_not_exists(pk)"),
    put(ITEM, ConditionExpression="attribute_not_exists(pk)", ReturnValuesOnConditionCheckFailure="ALL_OLD"),
    put(
        ITEM,
        ConditionExpression="v = :v",
        ExpressionAttributeValues={":v": {"S": "two"}},
        ReturnConsumedCapacity="TOTAL",
    ),
    update(
        "SET v = :v ADD n :n", ExpressionAttributeValues={":v": {"S": "x"}, ":n": {"N": "2"}}, ReturnValues="ALL_NEW"
    ),
    update("SET b = :b", ExpressionAttributeValues={":b": {"B": b"\x80"}}, ReturnValues="UPDATED_NEW"),
    update("REMOVE b", ReturnValues="UPDATED_OLD"),
    update("SET v = n + v"),
    update("SET v = v", ConditionExpression="n > :n", ExpressionAttributeValues={":n": {"N": "1000"}}),
    call("delete_item", TableName="things", Key=KEY, ReturnValues="ALL_OLD"),
    call("delete_item", TableName="things", Key=KEY),
    call("delete_item", TableName="things", Key=KEY, ConditionExpression="attribute_exists(pk)"),
    # Many items
    *(
        batch(*({"PutRequest": {"Item": {**key(n), "v": {"S": "x" * n}}}} for n in range(start, start + 25)))
        for start in (0, 25)
    ),
    batch({"DeleteRequest": {"Key": key(49)}}),
    batch({"DeleteRequest": {"Key": key(1)}}, {"PutRequest": {"Item": key(1)}}),
    batch(),
    call("batch_get_item", RequestItems={"things": {"Keys": [key(3), key(4), key(404)]}}),
    call("batch_get_item", RequestItems={"things": {"Keys": [key(3)]}, "missing": {"Keys": [key(3)]}}),
    call(
        "query",
        TableName="things",
        KeyConditionExpression="pk = :p AND sk < :s",
        ExpressionAttributeValues={":p": {"S": "many"}, ":s": {"N": "10"}},
    ),
    query("many", Limit=3, ScanIndexForward=False),
    query("nobody"),
    query("many", Select="COUNT"),
    call(
        "query", TableName="things", KeyConditionExpression="sk = :p", ExpressionAttributeValues={":p": {"S": "many"}}
    ),
    call("scan", TableName="things", FilterExpression="size(v) > :n", ExpressionAttributeValues={":n": {"N": "45"}}),
    call("scan", TableName="things", Limit=2, ExclusiveStartKey=key(5)),
    call("scan", TableName="things", Segment=0, TotalSegments=4),
    pages(
        "query",
        TableName="things",
        KeyConditionExpression="pk = :p",
        ExpressionAttributeValues={":p": {"S": "many"}},
        PaginationConfig={"PageSize": 20},
    ),
    pages("scan", TableName="things", PaginationConfig={"PageSize": 17, "MaxItems": 40}),
    pages("list_tables"),
    # More than a BatchGetItem may bring
    *(put({**key(n, "big"), **BIG}) for n in range(48)),
    call(
        "batch_get_item", RequestItems={"things": {"Keys": [key(n, "big") for n in range(48)], "ConsistentRead": True}}
    ),
    query("big", ProjectionExpression="sk"),
    # Transactions
    transact_write(
        {"Put": {"TableName": "things", "Item": ITEM}},
        {"Update": {**UPDATE, "Key": key(3)}},
        {"Delete": {"TableName": "things", "Key": key(4)}},
        {"ConditionCheck": {"TableName": "things", "Key": key(404), "ConditionExpression": "attribute_not_exists(pk)"}},
        ReturnConsumedCapacity="INDEXES",
        ReturnItemCollectionMetrics="SIZE",
    ),
    transact_write({"Update": {**UPDATE, "Key": key(3)}}, ClientRequestToken="once", ReturnConsumedCapacity="TOTAL"),
    transact_write({"Update": {**UPDATE, "Key": key(3)}}, ClientRequestToken="once", ReturnConsumedCapacity="TOTAL"),
    transact_write({"Update": {**UPDATE, "Key": key(5)}}, ClientRequestToken="once"),
    transact_get({"Key": key(3)}, {"Key": key(404)}, {"Key": KEY, "ProjectionExpression": "v"}),
    transact_get({"Key": key(3)}, ReturnConsumedCapacity="TOTAL"),
    transact_write(
        {"Put": {"TableName": "things", "Item": key(6)}},
        {
            "Put": {
                "TableName": "things",
                "Item": EVERY_TYPE,
                "ConditionExpression": "attribute_not_exists(pk)",
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            }
        },
        {"Update": {"TableName": "things", "Key": key(7), "UpdateExpression": "SET a = b"}},
    ),
    transact_write({"Put": {"TableName": "things", "Item": ITEM}}, {"Delete": {"TableName": "things", "Key": KEY}}),
    transact_write({"Put": {"TableName": "things", "Item": {"pk": {"S": "a"}}}}),
    transact_write({"Put": {"TableName": "things", "Item": ITEM, "ConditionExpression": "nonsense"}}),
    transact_write({"Put": {"TableName": "missing", "Item": ITEM}}),
    transact_write({}),
    transact_write(),
    transact_get({"Key": KEY}, {"Key": KEY}),
    transact_get({"Key": {"pk": {"S": "a"}}}),
    transact_get({"Key": KEY, "ProjectionExpression": ","}),
    transact_get(*({"Key": key(n)} for n in range(101))),
    # Refused by the server
    call("get_item", TableName="missing", Key=KEY),
    call("query", TableName="missing", KeyConditionExpression="pk = :p", ExpressionAttributeValues={":p": {"S": "x"}}),
    get({"pk": {"S": "a"}}),
    get({"pk": {"N": "1"}, "sk": {"N": "1"}}),
    get({**KEY, "more": {"S": "x"}}),
    put({**KEY, "n": {"N": "not a number"}}),
    put({**KEY, "n": {"N": "1" * 39}}),
    put({**KEY, "both": {"S": "x", "N": "1"}}),
    put({**KEY, "neither": {}}),
    put({**KEY, "set": {"SS": []}}),
    put({**KEY, "set": {"SS": ["a", "a"]}}),
    put({**KEY, "large": {"S": "x" * 410_000}}),
    put({"pk": {"S": ""}, "sk": {"N": "1"}}),
    update("SET nonsense"),
    update("SET v = :unknown"),
    update("SET v = :v", ExpressionAttributeValues={":v": {"S": "x"}, ":unused": {"S": "x"}}),
    get(KEY, ReturnConsumedCapacity="SOMETIMES"),
    call("scan", TableName="things", Segment=4, TotalSegments=4),
    call("scan", TableName="things", Limit=10**30),
    call("batch_write_item", RequestItems={}),
    call("batch_write_item", RequestItems={"things": [{"PutRequest": {"Item": key(n)}} for n in range(26)]}),
    # Refused before anything is sent
    call("get_item"),
    call("get_item", TableName="things"),
    call("get_item", TableName="things", Key=KEY, Unknown=1),
    call("get_item", TableName=7, Key=KEY),
    call("get_item", TableName="", Key=KEY),
    call("get_item", TableName=None, Key=KEY),
    call("get_item", TableName="things", Key=[KEY]),
    get({"pk": "a"}),
    get({"pk": {"S": 7}}),
    get({"pk": {"N": 7}}),
    get({"pk": {"S": b"bytes"}}),
    get({"pk": {"X": "a"}}),
    get({"pk": {"S": "a", "X": "b"}}),
    get({7: {"S": "a"}}),
    get({"pk": {"S": None}}),
    get({"pk": {"S": Colour.RED}}),
    get({"pk": {"S": UUID(int=7)}}),
    get(KEY, ConsistentRead="yes"),
    get(KEY, ConsistentRead=1),
    get(KEY, AttributesToGet=[]),
    get(KEY, ExpressionAttributeNames={"#a": 1}),
    put({**KEY, "b": {"B": 7}}),
    put({**KEY, "b": {"B": Binary(b"only the resource knows these")}}),
    put({**KEY, "b": {"BS": [7]}}),
    put({**KEY, "flag": {"BOOL": "true"}}),
    put({**KEY, "flag": {"NULL": 1}}),
    put({**KEY, "list": {"L": "text"}}),
    put({**KEY, "list": {"L": [{"S": 1}, {"M": {"x": {"N": 2}}}]}}),
    put({**KEY, "set": {"SS": [1]}}),
    put({**KEY, "set": {"SS": {"a"}}}),
    call("query", TableName="things", Limit=0),
    call("query", TableName="things", Limit="5"),
    call("query", TableName="things", Limit=True),
    call("scan", TableName="things", Segment=-1, TotalSegments=0),
    call("scan", TableName="things", IndexName="ab"),
    call("batch_get_item", RequestItems={"things": {"Keys": []}}),
    call("batch_write_item", RequestItems={"things": [{"PutRequest": {}}]}),
    transact_get(),
    transact_write({"Put": {"TableName": "things"}}),
    transact_write({"Put": {"TableName": "things", "Item": {"pk": {"S": 7}}}}),
    transact_write({"Replace": {"TableName": "things", "Item": ITEM}}),
    transact_write({"Put": {"TableName": "things", "Item": ITEM}}, ClientRequestToken=7),
    transact_write({"Put": {"TableName": "things", "Item": ITEM}}, ClientRequestToken=""),
    transact_get({"Key": "a"}),
    ("positional", lambda client: client.get_item("things", KEY)),
    ("no such operation", lambda client: client.get_thing()),
    ("exceptions", lambda client: client.exceptions.ConditionalCheckFailedException.__name__),
    call("delete_table", TableName="things"),
]


def table(resource: Any) -> Any:
    return resource.Table("things")


def fill(resource: Any) -> None:
    with table(resource).batch_writer(overwrite_by_pkeys=["pk", "sk"]) as writer:
        for number in range(60):
            writer.put_item(Item={"pk": "many", "sk": number, "even": number % 2 == 0, "data": Binary(bytes([number]))})
        writer.put_item(Item={"pk": "many", "sk": 3, "again": True})
        writer.delete_item(Key={"pk": "many", "sk": 5})


VALUES = {
    "pk": "a",
    "sk": Decimal("1"),
    "text": "x",
    "binary": Binary(b"\x00\x80"),
    "bytes": b"plain",
    "none": None,
    "list": [1, "two", b"three", {"four": {b"4"}}],
    "texts": {"a"},
    "numbers": {Decimal("1.5"), 2},
    "flag": True,
}

RESOURCE_CALLS: list[tuple[str, Call]] = [
    ("create", lambda resource: create("things")[1](resource.meta.client)),
    ("fill", fill),
    ("put", lambda resource: table(resource).put_item(Item=VALUES)),
    ("get", lambda resource: table(resource).get_item(Key={"pk": "a", "sk": 1})),
    ("get nothing", lambda resource: table(resource).get_item(Key={"pk": "a", "sk": 2})),
    ("float", lambda resource: table(resource).put_item(Item={"pk": "a", "sk": 1.5})),
    (
        "key condition",
        lambda resource: table(resource).query(KeyConditionExpression=Key("pk").eq("many") & Key("sk").between(10, 14)),
    ),
    (
        "filter",
        lambda resource: table(resource).scan(FilterExpression=Attr("even").eq(True) & Attr("data").gt(b"\x20")),
    ),
    ("condition", lambda resource: table(resource).put_item(Item=VALUES, ConditionExpression=Attr("pk").not_exists())),
    (
        "condition, item back",
        lambda resource: table(resource).put_item(
            Item=VALUES, ConditionExpression=Attr("flag").ne(True), ReturnValuesOnConditionCheckFailure="ALL_OLD"
        ),
    ),
    (
        "update",
        lambda resource: table(resource).update_item(
            Key={"pk": "a", "sk": 1},
            UpdateExpression="SET #t = :t",
            ExpressionAttributeNames={"#t": "text"},
            ExpressionAttributeValues={":t": b"x"},
            ReturnValues="ALL_NEW",
        ),
    ),
    ("delete", lambda resource: table(resource).delete_item(Key={"pk": "a", "sk": 1}, ReturnValues="ALL_OLD")),
    ("missing table", lambda resource: resource.Table("missing").get_item(Key={"pk": "a"})),
    ("wrong type", lambda resource: table(resource).get_item(Key="a")),
    (
        "batch get",
        lambda resource: resource.batch_get_item(RequestItems={"things": {"Keys": [{"pk": "many", "sk": 7}]}}),
    ),
    ("attributes", lambda resource: (table(resource).key_schema, table(resource).table_name)),
    ("tables", lambda resource: [found.name for found in resource.tables.all()]),
    ("drop", lambda resource: table(resource).delete()["TableDescription"]["TableName"]),
]

# What differs from call to call, and has nothing to do with the client.
_OF_THE_MOMENT = {
    "RequestId",
    "x-amzn-requestid",
    "date",
    "x-amz-crc32",
    "CreationDateTime",
    "TableId",
    "LastUpdateToPayPerRequestDateTime",
    "content-length",
}


def lasting(value: Any) -> Any:
    """The value without what has nothing to do with the client."""
    if type(value) in (dict,):
        return {name: lasting(inner) for name, inner in value.items() if name not in _OF_THE_MOMENT}
    if type(value) in (list, tuple):
        return [lasting(inner) for inner in value]
    return value


@dataclass(frozen=True, slots=True)
class Outcome:
    value: Any = None
    error_class: str = ""
    error_text: str = ""
    error_response: object = None
    operation_name: str = ""


def outcome_of(run: Call, caller: Any) -> Outcome:
    try:
        return Outcome(value=lasting(run(caller)))
    except Exception as error:
        text = re.sub(r"0x[0-9a-f]+", "0x", str(error))
        name = f"{type(error).__module__}.{type(error).__qualname__}"
        if isinstance(error, ClientError):
            return Outcome(None, name, text, lasting(error.response), error.operation_name)
        return Outcome(None, name, text)


def boto3_pair(url: str) -> tuple[Any, Any]:
    library: Any = boto3
    return library.client("dynamodb", endpoint_url=url, **OPTIONS), library.resource(
        "dynamodb", endpoint_url=url, **OPTIONS
    )


def microdax_pair(url: str) -> tuple[Any, Any]:
    return microdax.client(url, **OPTIONS), microdax.resource(url, **OPTIONS)


def outcomes_of(make_pair: Callable[[str], tuple[Any, Any]]) -> list[Outcome]:
    with store_on_thread() as url:
        client, resource = make_pair(url)
        with closing(client), closing(resource.meta.client):
            return [
                *(outcome_of(run, client) for _, run in CLIENT_CALLS),
                *(outcome_of(run, resource) for _, run in RESOURCE_CALLS),
            ]


@pytest.fixture(scope="module")
def outcomes() -> dict[str, list[Outcome]]:
    return {"boto3": outcomes_of(boto3_pair), "microdax": outcomes_of(microdax_pair)}


@pytest.mark.parametrize("place", range(len(CLIENT_CALLS) + len(RESOURCE_CALLS)))
def test_the_outcome_is_that_of_boto3(outcomes: dict[str, list[Outcome]], place: int) -> None:
    assert outcomes["microdax"][place] == outcomes["boto3"][place]


def test_the_list_has_results_errors_of_the_server_and_errors_of_the_client(
    outcomes: dict[str, list[Outcome]],
) -> None:
    """So that none of the comparisons above is one of two failures to begin with."""
    classes = [outcome.error_class for outcome in outcomes["boto3"]]
    assert classes.count("") >= 50
    assert classes.count("botocore.exceptions.ParamValidationError") >= 25
    assert {
        "botocore.errorfactory.ConditionalCheckFailedException",
        "botocore.errorfactory.ResourceNotFoundException",
        "botocore.errorfactory.TransactionCanceledException",
        "botocore.errorfactory.IdempotentParameterMismatchException",
    } <= {*classes}
    assert len(CLIENT_CALLS) + len(RESOURCE_CALLS) >= 100


def test_bytes_come_back_as_bytes(outcomes: dict[str, list[Outcome]]) -> None:
    every = outcomes["microdax"][5].value
    assert every["Item"]["bytes"]["B"] == EVERY_TYPE["bytes"]["B"]
    assert every["Item"]["map"] == EVERY_TYPE["map"]
    assert every["Item"]["binaries"]["BS"] == EVERY_TYPE["binaries"]["BS"]
    assert base64.b64encode(every["Item"]["array"]["B"]) == base64.b64encode(b"array")
