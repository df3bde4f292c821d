"""AttributesToGet of GetItem, BatchGetItem, Query and Scan, as Amazon does it."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.boto import Client, Json, refused, unique

ITEM: Json = {"a": {"N": "1"}, "m": {"M": {"k": {"N": "1"}}}, "x.y": {"S": "dotted"}}
Read = Callable[..., list[Json]]


@pytest.fixture(scope="module")
def key(client: Client, ranged: str) -> Json:
    key: Json = {"p": {"S": unique()}, "r": {"N": "1"}}
    client.put_item(TableName=ranged, Item={**key, **ITEM})
    return key


@pytest.fixture(params=["get", "batch", "query", "scan"])
def read(request: pytest.FixtureRequest, client: Client, ranged: str, key: Json) -> Read:
    """Reads the item by one of the operations, with more members."""

    def get(**more: Any) -> list[Json]:
        return [dict(client.get_item(TableName=ranged, Key=key, ConsistentRead=True, **more)["Item"])]

    def batch(**more: Any) -> list[Json]:
        asked: Any = {ranged: {"Keys": [key], "ConsistentRead": True, **more}}
        return [dict(item) for item in client.batch_get_item(RequestItems=asked)["Responses"][ranged]]

    def query(**more: Any) -> list[Json]:
        expression: Any = {"p": {"ComparisonOperator": "EQ", "AttributeValueList": [key["p"]]}}
        page = client.query(TableName=ranged, KeyConditions=expression, ConsistentRead=True, **more)
        return [dict(item) for item in page["Items"]]

    def scan(**more: Any) -> list[Json]:
        return [dict(item) for item in client.scan(TableName=ranged, ConsistentRead=True, **more)["Items"]]

    by_name: dict[str, Read] = {"get": get, "batch": batch, "query": query, "scan": scan}
    return by_name[request.param]


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        (["a"], {"a": {"N": "1"}}),
        (["m", "missing", "x.y"], {"m": ITEM["m"], "x.y": {"S": "dotted"}}),
        (["m.k"], {}),
        (["missing"], {}),
    ],
)
def test_only_these_attributes_are_shown(read: Read, names: list[str], shown: Json) -> None:
    assert read(AttributesToGet=names) == [shown]


def test_key_attributes_are_shown_if_they_are_named(read: Read, key: Json) -> None:
    assert read(AttributesToGet=["r", "p"]) == [key]


def test_an_attribute_is_named_once(read: Read) -> None:
    error = refused(read, AttributesToGet=["a", "b", "a"])
    assert (error.code, error.message) == (
        "ValidationException",
        "One or more parameter values were invalid: Duplicate value in attribute name: a",
    )


def test_the_two_styles_do_not_mix(read: Read) -> None:
    error = refused(read, AttributesToGet=["a"], ProjectionExpression="a")
    assert (error.code, error.message) == (
        "ValidationException",
        "Can not use both expression and non-expression parameters in the same request: "
        "Non-expression parameters: {AttributesToGet} Expression parameters: {ProjectionExpression}",
    )


def test_a_count_has_no_attributes(client: Client, ranged: str) -> None:
    error = refused(client.scan, TableName=ranged, AttributesToGet=["a"], Select="COUNT")
    assert (error.code, error.message) == (
        "ValidationException",
        "Cannot specify the AttributesToGet when choosing to get only the Count",
    )
    assert client.scan(TableName=ranged, AttributesToGet=["a"], Select="SPECIFIC_ATTRIBUTES")["Items"] is not None
