"""Plain is only what botocore accepts and writes as orjson does; binary is decoded where the model has it."""

import json
from base64 import b64encode
from datetime import datetime
from decimal import Decimal
from enum import Enum
from io import BytesIO
from typing import Any
from uuid import UUID

import orjson
import pytest
from botocore.exceptions import ParamValidationError
from hypothesis import given
from hypothesis import strategies as st

from microdax.calls import READS, WRITES
from microdax.shapes import InputShapes, OutputShapes
from tests.support.botocore_model import botocores_body, botocores_result, dynamodb, input_of, operation, output_of

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
numbers = st.integers().map(str)
binaries = st.binary(max_size=5)
names = st.sampled_from(["B", "BS", "M", "L", "S", "pk", "Item"]) | texts


def typed(name: str, contents: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Values of one of DynamoDB's types."""

    def value(content: Any) -> dict[str, Any]:
        return {name: content}

    return contents.map(value)


def compound(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(typed("L", st.lists(inner, max_size=3)), typed("M", st.dictionaries(names, inner, max_size=3)))


scalars = st.one_of(
    typed("S", texts),
    typed("N", numbers),
    typed("B", binaries),
    typed("BOOL", st.booleans()),
    typed("NULL", st.just(True)),
    typed("SS", st.lists(texts, max_size=3)),
    typed("NS", st.lists(numbers, max_size=3)),
    typed("BS", st.lists(binaries, max_size=3)),
)
values = st.recursive(scalars, compound, max_leaves=8)
items = st.dictionaries(names, values, max_size=4)


class Odd(Enum):
    TEXT = "a"
    NUMBER = 1


odd: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.integers(),
    st.floats(),
    texts,
    binaries,
    st.booleans(),
    st.builds(BytesIO, binaries),
    st.builds(bytearray, binaries),
    st.sampled_from([memoryview(b"view")]),
    st.sampled_from([UUID(int=1), datetime(2026, 1, 1), Decimal("1.5"), "\ud800"]),
    st.sampled_from(list(Odd)),
)


def odd_compound(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    types = st.sampled_from(["S", "N", "B", "BS", "SS", "M", "L", "BOOL", "NULL", "X"])
    return st.one_of(
        st.dictionaries(types, inner, max_size=2),
        st.lists(inner, max_size=2),
        st.lists(inner, max_size=2).map(tuple),
        st.sets(st.integers(), max_size=1),
    )


odd_values = st.recursive(odd, odd_compound, max_leaves=6)
odd_arguments = st.dictionaries(
    st.sampled_from(["TableName", "Item", "ReturnValues", "ConditionExpression", "Unknown"]),
    odd_values | st.dictionaries(names, odd_values | values, max_size=3),
    max_size=4,
)

is_plain_put = InputShapes().is_plain(input_of("PutItem"))


def base64(value: bytes) -> str:
    return b64encode(value).decode()


def orjsons_document(arguments: Any) -> Any:
    return json.loads(orjson.dumps(arguments, default=base64))


@given(items)
def test_every_value_that_dynamodb_has_is_plain(item: dict[str, Any]) -> None:
    arguments = {"TableName": "t", "Item": item}
    assert is_plain_put(arguments)
    assert orjsons_document(arguments) == json.loads(botocores_body(arguments, operation("PutItem")))


@given(odd_arguments)
def test_what_botocore_refuses_or_converts_is_never_plain(arguments: dict[str, Any]) -> None:
    """botocore is the model: where it refuses, or writes other JSON than orjson, the answer must have been no."""
    if is_plain_put(arguments):
        assert orjsons_document(arguments) == json.loads(botocores_body(arguments, operation("PutItem")))


@given(values)
def test_one_odd_thing_anywhere_makes_the_whole_not_plain(value: dict[str, Any]) -> None:
    for spoiled in ({**value, "X": 1}, {"L": [value, {"S": 1}]}, {"M": {"a": {"L": [value, {"B": "text"}]}}}):
        assert not is_plain_put({"TableName": "t", "Item": {"a": spoiled}})


@pytest.mark.parametrize("name", sorted(READS | WRITES))
def test_the_least_arguments_of_every_operation_are_judged_as_botocore_judges_them(name: str) -> None:
    item_key = {"pk": {"S": "a"}}
    least: dict[str, dict[str, Any]] = {
        "BatchGetItem": {"RequestItems": {"t": {"Keys": [item_key]}}},
        "BatchWriteItem": {"RequestItems": {"t": [{"DeleteRequest": {"Key": item_key}}]}},
        "TransactGetItems": {"TransactItems": [{"Get": {"TableName": "t", "Key": item_key}}]},
        "TransactWriteItems": {"TransactItems": [{"Delete": {"TableName": "t", "Key": item_key}}]},
        "PutItem": {"TableName": "t", "Item": item_key},
        "Query": {"TableName": "t"},
        "Scan": {"TableName": "t"},
    }
    arguments = least.get(name, {"TableName": "t", "Key": item_key})
    is_plain = InputShapes().is_plain(input_of(name))
    assert is_plain(arguments)
    botocores_body(arguments, operation(name))
    for member in arguments:
        rest = {other: value for other, value in arguments.items() if other != member}
        assert not is_plain(rest)
        with pytest.raises(ParamValidationError):
            botocores_body(rest, operation(name))


def test_least_lengths_and_values_are_botocores() -> None:
    is_plain = InputShapes().is_plain(input_of("Scan"))
    cases: list[tuple[dict[str, Any], bool]] = [
        ({"TableName": ""}, False),
        ({"TableName": "t", "Limit": 0}, False),
        ({"TableName": "t", "Limit": 1}, True),
        ({"TableName": "t", "Limit": True}, False),
        ({"TableName": "t", "Segment": 0}, True),
        ({"TableName": "t", "Segment": -1}, False),
        ({"TableName": "t", "IndexName": "ab"}, False),
        ({"TableName": "t", "IndexName": "abc"}, True),
        ({"TableName": "t", "AttributesToGet": []}, False),
        ({"TableName": "t", "AttributesToGet": ("a",)}, True),
    ]
    for arguments, expected in cases:
        assert is_plain(arguments) is expected, arguments


def test_a_member_with_another_name_on_the_wire_is_botocores_to_write() -> None:
    """DynamoDB has none; the model may get one."""
    shape = input_of("GetItem")
    table_name = shape.members["TableName"]
    table_name.serialization["name"] = "other"
    try:
        assert not InputShapes().is_plain(shape)({"TableName": "t", "Key": {}})
    finally:
        del table_name.serialization["name"]


@given(items)
def test_binary_is_decoded_as_botocore_decodes_it(item: dict[str, Any]) -> None:
    body = orjson.dumps({"Item": item}, default=base64)
    decode = OutputShapes().decoder(output_of("GetItem"))
    assert decode is not None
    decoded = decode(orjson.loads(body))
    assert decoded == botocores_result(body, "GetItem") == {"Item": item}


@pytest.mark.parametrize(
    ("name", "document"),
    [
        ("Query", {"Items": [{"B": {"B": "AA=="}}, {"B": {"S": "AA=="}}], "LastEvaluatedKey": {"k": {"B": "gA=="}}}),
        (
            "BatchGetItem",
            {"Responses": {"B": [{"a": {"B": "AA=="}}]}, "UnprocessedKeys": {"B": {"Keys": [{"k": {"B": "gA=="}}]}}},
        ),
        ("BatchWriteItem", {"UnprocessedItems": {"B": [{"PutRequest": {"Item": {"BS": {"BS": ["AA==", "gA=="]}}}}]}}),
        ("UpdateItem", {"Attributes": {"m": {"M": {"B": {"B": "AA=="}, "BS": {"L": [{"B": ""}]}}}}}),
        ("TransactGetItems", {"Responses": [{"Item": {"B": {"B": "AA=="}}}, {}]}),
    ],
)
def test_binary_is_decoded_wherever_a_result_may_hold_it(name: str, document: dict[str, Any]) -> None:
    body = orjson.dumps(document)
    decode = OutputShapes().decoder(output_of(name))
    assert decode is not None
    assert decode(document) == botocores_result(body, name)
    assert decode(orjson.loads(body)) != orjson.loads(body)


def test_what_holds_no_binary_has_no_decoder() -> None:
    shapes = OutputShapes()
    assert shapes.decoder(output_of("ListTables")) is None
    assert shapes.decoder(dynamodb().shape_for("ConsumedCapacity")) is None
    assert shapes.decoder(dynamodb().shape_for("AttributeNameList")) is None
