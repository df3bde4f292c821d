from decimal import Decimal
from typing import Any

import orjson
import pytest

from accelerator import envelopes
from accelerator.envelopes import ItemWrite
from microdax.expressions.nodes import Path, Projection

Json = dict[str, Any]

KEY: Json = {"id": {"S": "a"}}


def body(**request: Any) -> bytes:
    return orjson.dumps(request)


def get_body(**more: Any) -> bytes:
    return body(TableName="films", Key=KEY, **more)


def batch_body(**more: Any) -> bytes:
    return body(RequestItems={"films": {"Keys": [KEY], **more}})


def test_a_plain_get_item_is_read() -> None:
    wish = envelopes.get_item(get_body())
    assert wish is not None
    read, projection = wish
    assert (read.table, read.key, read.key_json, projection) == ("films", {"id": "a"}, KEY, None)


@pytest.mark.parametrize(
    "more",
    [
        {"ConsistentRead": False},
        {"ReturnConsumedCapacity": "NONE"},
        {"ProjectionExpression": "a.b[0], #c", "ExpressionAttributeNames": {"#c": "c"}},
        {"AttributesToGet": ["a", "b.c"]},
    ],
    ids=lambda more: next(iter(more)),
)
def test_members_that_a_cache_can_honour_are_accepted(more: Json) -> None:
    assert envelopes.get_item(get_body(**more)) is not None


ODD_GETS: dict[str, bytes] = {
    "strong read": get_body(ConsistentRead=True),
    "strong read, mistyped": get_body(ConsistentRead="true"),
    "capacity asked for": get_body(ReturnConsumedCapacity="TOTAL"),
    "legacy projection, repeated": get_body(AttributesToGet=["a", "a"]),
    "legacy projection, empty": get_body(AttributesToGet=[]),
    "legacy projection, too long": get_body(AttributesToGet=[str(number) for number in range(256)]),
    "legacy projection, no list": get_body(AttributesToGet="a"),
    "legacy projection, null": get_body(AttributesToGet=None),
    "legacy projection, empty name": get_body(AttributesToGet=[""]),
    "legacy projection, name not a string": get_body(AttributesToGet=["a", 1]),
    "projections of both styles": get_body(AttributesToGet=["a"], ProjectionExpression="a"),
    "legacy projection with names": get_body(AttributesToGet=["a"], ExpressionAttributeNames={"#a": "a"}),
    "unknown member": get_body(FutureMember=1),
    "names without a projection": get_body(ExpressionAttributeNames={"#a": "a"}),
    "unused name": get_body(ProjectionExpression="a", ExpressionAttributeNames={"#b": "b"}),
    "syntax error": get_body(ProjectionExpression="a,,b"),
    "projection not a string": get_body(ProjectionExpression=1),
    "projection null": get_body(ProjectionExpression=None),
    "names not strings": get_body(ProjectionExpression="#a", ExpressionAttributeNames={"#a": 1}),
    "no table": body(Key=KEY),
    "table not a string": body(TableName=1, Key=KEY),
    "table by ARN": body(TableName="arn:aws:dynamodb:us-east-1:123456789012:table/films", Key=KEY),
    "no key": body(TableName="films"),
    "key not an object": body(TableName="films", Key=["a"]),
    "key empty": body(TableName="films", Key={}),
    "key of three attributes": body(TableName="films", Key={"a": {"S": ""}, "b": {"S": ""}, "c": {"S": ""}}),
    "key without a type": body(TableName="films", Key={"id": "a"}),
    "key of two types": body(TableName="films", Key={"id": {"S": "a", "N": "1"}}),
    "key of a type that no key has": body(TableName="films", Key={"id": {"BOOL": "true"}}),
    "key not a string inside": body(TableName="films", Key={"id": {"N": 1}}),
    "key not a number": body(TableName="films", Key={"id": {"N": "one"}}),
    "key not base64": body(TableName="films", Key={"id": {"B": "?"}}),
    "not an object": b"[]",
    "not JSON": b"{",
    "empty": b"",
}


@pytest.mark.parametrize("odd", ODD_GETS.values(), ids=ODD_GETS.keys())
def test_a_get_item_that_looks_otherwise_is_left_to_the_upstream(odd: bytes) -> None:
    assert envelopes.get_item(odd) is None


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ({"S": "a"}, "a"),
        ({"N": "1.0"}, Decimal(1)),
        ({"N": "10e-1"}, Decimal(1)),
        ({"B": "YQ=="}, b"a"),
    ],
)
def test_keys_are_read_in_their_canonical_form(written: Json, canonical: object) -> None:
    assert envelopes.key_of({"id": written}) == {"id": canonical}


def test_a_plain_batch_get_item_is_read() -> None:
    tables = envelopes.batch_get_item(batch_body(ProjectionExpression="a"))
    assert tables is not None
    (table,) = tables
    assert (table.table, table.options) == ("films", {"ProjectionExpression": "a"})
    assert [read.key for read in table.reads] == [{"id": "a"}]


def test_the_attributes_that_a_batch_wants_of_a_table_are_read() -> None:
    tables = envelopes.batch_get_item(batch_body(AttributesToGet=["a", "b.c"]))
    assert tables is not None
    (table,) = tables
    assert table.projection == Projection((Path(("a",)), Path(("b.c",))))
    assert table.options == {"AttributesToGet": ["a", "b.c"]}


ODD_BATCHES: dict[str, bytes] = {
    "strong read": batch_body(ConsistentRead=True),
    "legacy projection, repeated": batch_body(AttributesToGet=["a", "a"]),
    "syntax error": batch_body(ProjectionExpression="a,,b"),
    "capacity asked for": body(RequestItems={"films": {"Keys": [KEY]}}, ReturnConsumedCapacity="INDEXES"),
    "unknown member": body(RequestItems={"films": {"Keys": [KEY]}}, FutureMember=1),
    "no keys": body(RequestItems={"films": {"Keys": []}}),
    "keys not a list": body(RequestItems={"films": {"Keys": KEY}}),
    "no tables": body(RequestItems={}),
    "a table that is not an object": body(RequestItems={"films": [KEY]}),
    "duplicates": body(RequestItems={"films": {"Keys": [KEY, KEY]}}),
    "duplicates in two spellings": body(RequestItems={"films": {"Keys": [{"id": {"N": "1"}}, {"id": {"N": "1.0"}}]}}),
    "more keys than are allowed": body(
        RequestItems={"films": {"Keys": [{"id": {"S": str(number)}} for number in range(101)]}}
    ),
    "not JSON": b"{",
}


@pytest.mark.parametrize("odd", ODD_BATCHES.values(), ids=ODD_BATCHES.keys())
def test_a_batch_that_looks_otherwise_is_left_to_the_upstream(odd: bytes) -> None:
    assert envelopes.batch_get_item(odd) is None


ITEM: Json = {"id": {"S": "a"}, "v": {"N": "1"}}


@pytest.mark.parametrize(
    ("operation", "request_", "items"),
    [
        ("PutItem", {"TableName": "films", "Item": ITEM}, [ItemWrite("films", ITEM, whole=True)]),
        ("UpdateItem", {"TableName": "films", "Key": KEY}, [ItemWrite("films", KEY, whole=False)]),
        ("DeleteItem", {"TableName": "films", "Key": KEY}, [ItemWrite("films", KEY, whole=False)]),
        (
            "DeleteItem",
            {"TableName": "arn:aws:dynamodb:us-east-1:123456789012:table/films", "Key": KEY},
            [ItemWrite("films", KEY, whole=False)],
        ),
        (
            "BatchWriteItem",
            {"RequestItems": {"films": [{"PutRequest": {"Item": ITEM}}, {"DeleteRequest": {"Key": KEY}}]}},
            [ItemWrite("films", ITEM, whole=True), ItemWrite("films", KEY, whole=False)],
        ),
        (
            "TransactWriteItems",
            {
                "TransactItems": [
                    {"Put": {"TableName": "films", "Item": ITEM}},
                    {"ConditionCheck": {"TableName": "films", "Key": KEY}},
                    {"Update": {"TableName": "books", "Key": KEY}},
                    {"Delete": {"TableName": "films", "Key": KEY}},
                ]
            },
            [
                ItemWrite("films", ITEM, whole=True),
                ItemWrite("books", KEY, whole=False),
                ItemWrite("films", KEY, whole=False),
            ],
        ),
    ],
)
def test_a_write_tells_the_items_that_it_may_change(operation: str, request_: Json, items: list[ItemWrite]) -> None:
    assert envelopes.written_items(operation, orjson.dumps(request_)) == tuple(items)


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("PutItem", {"TableName": "films"}),
        ("PutItem", {"Item": ITEM}),
        ("DeleteItem", {"TableName": 1, "Key": KEY}),
        ("BatchWriteItem", {"RequestItems": {"films": [{"FutureRequest": {"Key": KEY}}]}}),
        ("BatchWriteItem", {"RequestItems": {"films": {"PutRequest": {"Item": ITEM}}}}),
        ("TransactWriteItems", {"TransactItems": [{"FutureAction": {"TableName": "films", "Key": KEY}}]}),
        ("TransactWriteItems", {"TransactItems": ["Put"]}),
    ],
)
def test_a_write_of_another_form_does_not_tell(operation: str, request_: Json) -> None:
    assert envelopes.written_items(operation, orjson.dumps(request_)) is None


def test_the_key_of_a_whole_item_is_found_by_its_schema() -> None:
    item = {"id": {"S": "a"}, "year": {"N": "1999.0"}, "v": {"BOOL": True}}
    assert envelopes.key_in(item, ("id", "year")) == {"id": "a", "year": Decimal(1999)}


@pytest.mark.parametrize("names", [("missing",), ("v",)])
def test_an_item_without_a_proper_key_has_none(names: tuple[str, ...]) -> None:
    assert envelopes.key_in({"id": {"S": "a"}, "v": {"BOOL": True}}, names) is None


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("films", "films"),
        ("arn:aws:dynamodb:us-east-1:123456789012:table/films", "films"),
        ("arn:aws:dynamodb:us-east-1:123456789012:table/films/index/by-year", "films"),
        (None, None),
        (1, None),
    ],
)
def test_the_table_of_a_request_is_known_by_name_or_arn(name: object, table: str | None) -> None:
    assert envelopes.table_name(body(TableName=name)) == table


def statement(text: object) -> Json:
    return {"Statement": text}


@pytest.mark.parametrize(
    ("request_", "reads_only"),
    [
        (statement("SELECT * FROM films"), True),
        (statement("\n  select * from films"), True),
        (statement("DELETE FROM films WHERE id = 'a'"), False),
        ({"Statements": [statement("SELECT * FROM a"), statement("SELECT * FROM b")]}, True),
        ({"Statements": [statement("SELECT * FROM a"), statement("INSERT INTO b VALUE {}")]}, False),
        ({"TransactStatements": [statement("UPDATE a SET b = 1")]}, False),
        ({"Statements": []}, False),
        ({"Statements": {}}, False),
        (statement(1), False),
        ({}, False),
    ],
)
def test_partiql_is_known_to_read_only_if_every_statement_selects(request_: Json, reads_only: bool) -> None:
    assert envelopes.only_selects(orjson.dumps(request_)) is reads_only
