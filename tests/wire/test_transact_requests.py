"""Requests of transactions, from bytes."""

from decimal import Decimal
from typing import Any, Final

import orjson
import pytest

from microdax.model.errors import SerializationException, ValidationException
from microdax.model.requests import DeleteItem, GetItem, Placeholders, PutItem, UpdateItem
from microdax.model.transact_requests import ConditionCheck, TransactGetItems, TransactWriteItems
from microdax.wire.dynamo_json import decode_request

Json = dict[str, Any]

KEY: Final[Json] = {"id": {"S": "a"}}
PUT: Final[Json] = {"TableName": "films", "Item": KEY}
DELETE: Final[Json] = {"TableName": "films", "Key": KEY}
UPDATE: Final[Json] = {**DELETE, "UpdateExpression": "REMOVE a"}
CHECK: Final[Json] = {**DELETE, "ConditionExpression": "attribute_exists(id)"}


def write(*actions: Json, **more: Any) -> TransactWriteItems:
    request = decode_request("TransactWriteItems", orjson.dumps({"TransactItems": actions, **more}))
    assert isinstance(request, TransactWriteItems)
    return request


def get(*gets: Json, **more: Any) -> TransactGetItems:
    request = decode_request("TransactGetItems", orjson.dumps({"TransactItems": gets, **more}))
    assert isinstance(request, TransactGetItems)
    return request


def refused(*actions: Json, **more: Any) -> str:
    with pytest.raises(ValidationException) as refusal:
        write(*actions, **more)
    return refusal.value.message


def test_each_action_arrives_as_the_request_of_its_operation() -> None:
    assert write({"Put": PUT}, {"Update": UPDATE}, {"Delete": DELETE}, {"ConditionCheck": CHECK}) == TransactWriteItems(
        actions=(
            PutItem("films", {"id": "a"}),
            UpdateItem("films", {"id": "a"}, update_expression="REMOVE a"),
            DeleteItem("films", {"id": "a"}),
            ConditionCheck("films", {"id": "a"}, "attribute_exists(id)"),
        )
    )


@pytest.mark.parametrize(
    ("kind", "members"), [("Put", PUT), ("Update", UPDATE), ("Delete", DELETE), ("ConditionCheck", CHECK)]
)
def test_an_action_has_placeholders_a_condition_and_a_wish_for_the_item_of_its_own(kind: str, members: Json) -> None:
    more = {
        "ConditionExpression": "#a = :v",
        "ExpressionAttributeNames": {"#a": "a"},
        "ExpressionAttributeValues": {":v": {"N": "1"}},
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    (action,) = write({kind: {**members, **more}}).actions
    assert action.condition_expression == "#a = :v"
    assert action.placeholders == Placeholders({"#a": "a"}, {":v": Decimal(1)})
    assert action.return_values_on_condition_check_failure == "ALL_OLD"


def test_a_read_arrives_as_a_consistent_get() -> None:
    projected = {**DELETE, "ProjectionExpression": "#a", "ExpressionAttributeNames": {"#a": "a"}}
    assert get({"Get": DELETE}, {"Get": projected}, ReturnConsumedCapacity="TOTAL") == TransactGetItems(
        gets=(
            GetItem("films", {"id": "a"}, consistent_read=True),
            GetItem("films", {"id": "a"}, True, "#a", Placeholders({"#a": "a"})),
        ),
        return_consumed_capacity="TOTAL",
    )


def test_a_tables_arn_stands_for_its_name() -> None:
    arn = "arn:aws:dynamodb:us-east-1:000000000000:table/films"
    assert get({"Get": {**DELETE, "TableName": arn}}).gets[0].table == "films"
    assert write({"Put": {**PUT, "TableName": arn}}).actions[0].table == "films"


# ---- tokens


def request_hash(*actions: Json, **more: Any) -> bytes:
    token = write(*actions, ClientRequestToken="once", **more).token
    assert token is not None and token.text == "once"
    return token.request_hash


def test_without_a_token_there_is_none() -> None:
    assert write({"Put": PUT}).token is None


def test_the_order_of_members_makes_no_other_request() -> None:
    item: Json = {"id": {"S": "a"}, "m": {"M": {"x": {"N": "1"}, "y": {"N": "2"}}}}
    turned: Json = {"m": {"M": {"y": {"N": "2"}, "x": {"N": "1"}}}, "id": {"S": "a"}}
    assert request_hash({"Put": {"TableName": "films", "Item": item}}) == request_hash(
        {"Put": {"Item": turned, "TableName": "films"}}
    )


def test_what_shall_be_told_makes_no_other_request() -> None:
    assert request_hash({"Put": PUT}) == request_hash({"Put": PUT}, ReturnConsumedCapacity="TOTAL")


@pytest.mark.parametrize(
    "other",
    [
        [{"Put": {**PUT, "TableName": "other"}}],
        [{"Put": {**PUT, "Item": {"id": {"S": "b"}}}}],
        [{"Put": {**PUT, "ConditionExpression": "attribute_exists(id)"}}],
        [{"Delete": DELETE}],
        [{"Put": PUT}, {"Delete": {**DELETE, "Key": {"id": {"S": "b"}}}}],
    ],
)
def test_another_transaction_has_another_hash(other: list[Json]) -> None:
    assert request_hash(*other) != request_hash({"Put": PUT})


# ---- refusals


def test_an_element_has_exactly_one_action() -> None:
    assert refused({"Put": PUT}, {"Put": PUT, "Delete": DELETE}) == (
        "TransactItems can only contain one of Check, Put, Update or Delete"
    )
    for nothing in ({}, {"Put": None}, {"Unknown": PUT}):
        assert refused(nothing) == (
            "Invalid Request: TransactWriteRequest should contain Delete or Put or Update request"
        )


@pytest.mark.parametrize("operation", ["TransactWriteItems", "TransactGetItems"])
def test_a_transaction_has_1_to_100_elements(operation: str) -> None:
    element = {"Put": PUT} if operation == "TransactWriteItems" else {"Get": DELETE}
    for number, bound in ((0, "greater than or equal to 1"), (101, "less than or equal to 100")):
        with pytest.raises(ValidationException) as refusal:
            decode_request(operation, orjson.dumps({"TransactItems": [element] * number}))
        assert refusal.value.message.startswith("1 validation error detected: Value '[")
        assert refusal.value.message.endswith(
            f"at 'transactItems' failed to satisfy constraint: Member must have length {bound}"
        )
    decode_request(operation, orjson.dumps({"TransactItems": [element] * 100}))


@pytest.mark.parametrize(
    ("action", "missing"),
    [
        ({"Put": {"TableName": "films"}}, ["put.item"]),
        ({"Update": {"TableName": "films", "Key": KEY}}, ["update.updateExpression"]),
        ({"Delete": {"TableName": "films"}}, ["delete.key"]),
        ({"ConditionCheck": DELETE}, ["conditionCheck.conditionExpression"]),
        ({"ConditionCheck": {"TableName": "films"}}, ["conditionCheck.key", "conditionCheck.conditionExpression"]),
    ],
)
def test_members_that_are_missing_are_named_with_their_place(action: Json, missing: list[str]) -> None:
    errors = "error" if len(missing) == 1 else "errors"
    sentences = "; ".join(
        f"Value null at 'transactItems.2.member.{path}' failed to satisfy constraint: Member must not be null"
        for path in missing
    )
    assert refused({"Put": PUT}, action) == f"{len(missing)} validation {errors} detected: {sentences}"


def test_a_token_has_1_to_36_characters() -> None:
    for token, bound in (("", "greater than or equal to 1"), ("x" * 37, "less than or equal to 36")):
        assert refused({"Put": PUT}, ClientRequestToken=token) == (
            f"1 validation error detected: Value '{token}' at 'clientRequestToken' failed to satisfy constraint: "
            f"Member must have length {bound}"
        )


def test_an_unknown_wish_is_refused_with_its_place() -> None:
    assert refused({"Put": {**PUT, "ReturnValuesOnConditionCheckFailure": "none"}}) == (
        "1 validation error detected: Value 'none' at 'transactItems.1.member.put.returnValuesOnConditionCheckFailure' "
        "failed to satisfy constraint: Member must satisfy enum value set: [ALL_OLD, NONE]"
    )


@pytest.mark.parametrize(
    "element", [{"Put": []}, {"Put": "x"}, {"Put": {**PUT, "Item": []}}, {"Put": {**PUT, "Item": {"id": {"S": 1}}}}]
)
def test_wrong_json_types_are_told_as_such(element: Json) -> None:
    with pytest.raises(SerializationException):
        write({"Delete": DELETE}, element)


def large(number: int, size: int, kind: str = "Put") -> Json:
    blob = {"S": "x" * size}
    if kind == "Put":
        return {"Put": {"TableName": "films", "Item": {"id": {"N": str(number)}, "v": blob}}}
    values = {"ExpressionAttributeValues": {":v": blob}}
    return {"Update": {"TableName": "films", "Key": {"id": {"N": str(number)}}, "UpdateExpression": "x", **values}}


@pytest.mark.parametrize("kind", ["Put", "Update"])
def test_a_transaction_brings_at_most_4_mb(kind: str) -> None:
    write(*(large(number, 100_000, kind) for number in range(41)))
    actions = [large(number, 100_000, kind) for number in range(42)]
    assert refused(*actions) == "Transaction payload size cannot exceed 4 MB"
