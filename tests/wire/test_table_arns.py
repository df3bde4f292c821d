from typing import Any

import orjson
import pytest

from microdax.model.arns import Account
from microdax.model.errors import AccessDeniedException, SerializationException, ValidationException
from microdax.wire.dynamo_json import decode_request
from microdax.wire.operation_shapes import SHAPES
from microdax.wire.table_arns import table_arns

Json = dict[str, Any]

ACCOUNT = Account("us-east-1", "000000000000")
OWN = "arn:aws:dynamodb:us-east-1:000000000000:table/films"
ANOTHERS = "arn:aws:dynamodb:us-east-1:111111111111:table/films"
KEY = {"id": {"S": "arn:aws:dynamodb:us-east-1:111111111111:table/films"}}

REQUESTS: list[tuple[str, Json]] = [
    ("GetItem", {"TableName": "?", "Key": KEY}),
    ("DescribeTable", {"TableName": "?"}),
    ("BatchGetItem", {"RequestItems": {"?": {"Keys": [KEY]}}}),
    ("BatchWriteItem", {"RequestItems": {"?": [{"PutRequest": {"Item": KEY}}]}}),
    ("TransactGetItems", {"TransactItems": [{"Get": {"TableName": "?", "Key": KEY}}]}),
]


def naming(json: Json, table: str) -> Json:
    named: Json = orjson.loads(orjson.dumps(json).replace(b"?", table.encode()))
    return named


@pytest.mark.parametrize(("operation", "json"), REQUESTS)
def test_arns_are_found_where_tables_are_named_and_nowhere_else(operation: str, json: Json) -> None:
    assert list(table_arns(SHAPES[operation], naming(json, OWN))) == [OWN]


@pytest.mark.parametrize(("operation", "json"), REQUESTS)
def test_the_arn_of_an_own_table_stands_for_its_name(operation: str, json: Json) -> None:
    by_arn, by_name = (decode_request(operation, orjson.dumps(naming(json, name)), ACCOUNT) for name in (OWN, "films"))
    assert by_arn == by_name


@pytest.mark.parametrize(("operation", "json"), REQUESTS)
def test_another_accounts_table_is_denied(operation: str, json: Json) -> None:
    with pytest.raises(AccessDeniedException):
        decode_request(operation, orjson.dumps(naming(json, ANOTHERS)), ACCOUNT)


def test_another_regions_table_is_invalid() -> None:
    body = orjson.dumps({"TableName": OWN.replace("us-east-1", "eu-west-1")})
    with pytest.raises(ValidationException, match="Invalid AWS region"):
        decode_request("DescribeTable", body, ACCOUNT)


def test_without_an_account_any_table_is_meant() -> None:
    body = orjson.dumps({"TableName": ANOTHERS})
    assert decode_request("DescribeTable", body) == decode_request("DescribeTable", b'{"TableName":"films"}')


@pytest.mark.parametrize("json", [{"TableName": [OWN]}, {"TableName": {"arn:": OWN}}, {"TableName": 1, "Key": "arn:"}])
def test_wrong_types_are_left_to_what_reads_them(json: Json) -> None:
    with pytest.raises(SerializationException):
        decode_request("GetItem", orjson.dumps(json), ACCOUNT)
