"""Requests of transactions from their members.

Other than in the operations of one item, placeholders may be given to an action that has no expression.
"""

from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Final

import orjson

from microdax.model import limits
from microdax.model.errors import ValidationException
from microdax.model.requests import DeleteItem, GetItem, PutItem, UpdateItem
from microdax.model.transact_requests import (
    Action,
    ConditionCheck,
    RequestToken,
    TransactGetItems,
    TransactWriteItems,
)
from microdax.model.values import item_bytes
from microdax.wire.item_json import item_from_json
from microdax.wire.placeholders import read_placeholders
from microdax.wire.shapes import Members


def check_transaction_size(request: TransactWriteItems) -> None:
    """Refuse a transaction that brings too much; how large the items are that it changes is not asked."""
    if sum(map(_action_bytes, request.actions)) > limits.TRANSACTION_BYTES_MAX:
        raise ValidationException("Transaction payload size cannot exceed 4 MB")


def _read_transact_write_items(members: Members) -> TransactWriteItems:
    return TransactWriteItems(
        actions=tuple(map(_read_action, members["TransactItems"])),
        token=_read_token(members),
        return_consumed_capacity=members.get("ReturnConsumedCapacity", "NONE"),
        return_item_collection_metrics=members.get("ReturnItemCollectionMetrics", "NONE"),
    )


def _read_transact_get_items(members: Members) -> TransactGetItems:
    return TransactGetItems(
        gets=tuple(_read_get(element["Get"]) for element in members["TransactItems"]),
        return_consumed_capacity=members.get("ReturnConsumedCapacity", "NONE"),
    )


def _read_action(element: Members) -> Action:
    if not element:
        raise ValidationException(
            "Invalid Request: TransactWriteRequest should contain Delete or Put or Update request"
        )
    if len(element) > 1:
        raise ValidationException("TransactItems can only contain one of Check, Put, Update or Delete")
    ((kind, members),) = element.items()
    return _ACTIONS[kind](members)


def _read_put(members: Members) -> PutItem:
    return PutItem(
        table=members["TableName"],
        item=item_from_json(members["Item"]),
        condition_expression=members.get("ConditionExpression"),
        placeholders=read_placeholders(members),
        return_values_on_condition_check_failure=members.get("ReturnValuesOnConditionCheckFailure", "NONE"),
    )


def _read_update(members: Members) -> UpdateItem:
    return UpdateItem(
        table=members["TableName"],
        key=item_from_json(members["Key"]),
        update_expression=members["UpdateExpression"],
        condition_expression=members.get("ConditionExpression"),
        placeholders=read_placeholders(members),
        return_values_on_condition_check_failure=members.get("ReturnValuesOnConditionCheckFailure", "NONE"),
    )


def _read_delete(members: Members) -> DeleteItem:
    return DeleteItem(
        table=members["TableName"],
        key=item_from_json(members["Key"]),
        condition_expression=members.get("ConditionExpression"),
        placeholders=read_placeholders(members),
        return_values_on_condition_check_failure=members.get("ReturnValuesOnConditionCheckFailure", "NONE"),
    )


def _read_check(members: Members) -> ConditionCheck:
    return ConditionCheck(
        table=members["TableName"],
        key=item_from_json(members["Key"]),
        condition_expression=members["ConditionExpression"],
        placeholders=read_placeholders(members),
        return_values_on_condition_check_failure=members.get("ReturnValuesOnConditionCheckFailure", "NONE"),
    )


def _read_get(members: Members) -> GetItem:
    return GetItem(
        table=members["TableName"],
        key=item_from_json(members["Key"]),
        consistent_read=True,
        projection_expression=members.get("ProjectionExpression"),
        placeholders=read_placeholders(members),
    )


def _read_token(members: Members) -> RequestToken | None:
    """The token and a hash of the actions; SDKs that try again may send an object's members in another order."""
    if "ClientRequestToken" not in members:
        return None
    canonical = orjson.dumps(members["TransactItems"], option=orjson.OPT_SORT_KEYS)
    return RequestToken(members["ClientRequestToken"], blake2b(canonical, digest_size=32).digest())


def _action_bytes(action: Action) -> int:
    placed = item_bytes(action.placeholders.values or {})
    return placed + item_bytes(action.item if isinstance(action, PutItem) else action.key)


_ACTIONS: Final[Mapping[str, Callable[[Members], Action]]] = {
    "ConditionCheck": _read_check,
    "Delete": _read_delete,
    "Put": _read_put,
    "Update": _read_update,
}
READERS: Final[Mapping[str, Callable[[Members], TransactWriteItems | TransactGetItems]]] = {
    "TransactWriteItems": _read_transact_write_items,
    "TransactGetItems": _read_transact_get_items,
}
