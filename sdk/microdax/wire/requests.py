"""Requests from their JSON: `decode_request` gives the store one that is right in all that needs no table to know.

The stages are the service's, and so is what outranks what: JSON; the types of members; constraints, reported together
(both in `wire.shapes`); then the rules of each operation, one message at a time, in the order of the functions below.
Attribute values are read in that last stage. Should one be refused while another, further on, is of a wrong JSON type,
the latter is what the service reports: it is looked for only then.
"""

from collections.abc import Callable, Mapping
from typing import Final, cast

import orjson

from microdax.model import limits
from microdax.model.any_request import AnyRequest
from microdax.model.arns import Account
from microdax.model.errors import SerializationException, UnknownOperationException, ValidationException
from microdax.model.legacy_requests import Legacy
from microdax.model.requests import (
    BatchDelete,
    BatchGetItem,
    BatchPut,
    BatchWriteItem,
    DeleteItem,
    GetItem,
    PutItem,
    Query,
    ReturnValues,
    Scan,
    TableKeys,
    UpdateItem,
)
from microdax.model.transact_requests import TransactWriteItems
from microdax.model.values import Item
from microdax.wire import (
    administration_requests,
    backup_requests,
    partiql_requests,
    stream_requests,
    transact_requests,
    transfer_requests,
    ttl_requests,
)
from microdax.wire.item_json import check_item_types, encode_item, item_from_json
from microdax.wire.legacy_requests import (
    read_attribute_updates,
    read_attributes_to_get,
    read_expected,
    read_filter,
    read_key_conditions,
)
from microdax.wire.operation_shapes import SHAPES
from microdax.wire.placeholders import read_placeholders
from microdax.wire.shapes import Members, Structure, Violations, attribute_maps
from microdax.wire.styles import check_styles
from microdax.wire.table_arns import check_table_arns
from microdax.wire.table_requests import (
    check_table_name_first,
    read_create_table,
    read_delete_table,
    read_describe_table,
    read_list_tables,
    read_update_table,
)

_MESSAGE_CHARS_MAX: Final = 16 * limits.KIB


def decode_request(operation: str, body: bytes, account: Account | None = None) -> AnyRequest:
    """Read a request to `account`'s tables; without one, the ARN of any table stands for its name.

    Raises UnknownOperationException, SerializationException, AccessDeniedException or ValidationException, with the
    service's message.
    """
    if operation in administration_requests.REFUSED:
        raise ValidationException(administration_requests.REFUSED[operation])
    if operation not in _OPERATIONS:
        raise UnknownOperationException
    shape = SHAPES[operation]
    document = _parse(body)
    if account is not None:
        check_table_arns(shape, body, document, account)
    members = shape.read(document)
    try:
        return _checked(operation, shape, members, len(body))
    except ValidationException as refusal:
        for attributes in attribute_maps(shape, members):
            check_item_types(attributes)
        raise _bearable(refusal) from None


def _parse(body: bytes) -> dict[str, object]:
    try:
        document: object = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise SerializationException from None
    if not isinstance(document, dict):
        raise SerializationException
    return cast(dict[str, object], document)


def _checked(operation: str, shape: Structure, members: Members, body_bytes: int) -> AnyRequest:
    if operation in _FIRST_CHECKS:
        _FIRST_CHECKS[operation](members)
    violations = Violations()
    shape.check(members, "", violations)
    violations.report()
    request = _OPERATIONS[operation](members)
    # JSON is longer than the size that counts, so few requests have to be measured.
    if body_bytes > limits.TRANSACTION_BYTES_MAX and isinstance(request, TransactWriteItems):
        transact_requests.check_transaction_size(request)
    return request


def _bearable(refusal: ValidationException) -> ValidationException:
    """The refusal, shortened where it repeats a request of megabytes."""
    if len(refusal.message) <= _MESSAGE_CHARS_MAX:
        return refusal
    return ValidationException(refusal.message[:_MESSAGE_CHARS_MAX] + "...")


# ---- single items


def _read_get_item(members: Members) -> GetItem:
    check_styles(members, "ProjectionExpression")
    return GetItem(
        table=members["TableName"],
        key=item_from_json(members["Key"]),
        legacy=Legacy(attributes=read_attributes_to_get(members)),
        consistent_read=members.get("ConsistentRead", False),
        projection_expression=members.get("ProjectionExpression"),
        placeholders=read_placeholders(members),
        return_consumed_capacity=members.get("ReturnConsumedCapacity", "NONE"),
    )


def _read_put_item(members: Members) -> PutItem:
    check_styles(members, "ConditionExpression")
    return PutItem(
        table=members["TableName"],
        item=item_from_json(members["Item"]),
        condition_expression=members.get("ConditionExpression"),
        return_values=_all_old_or_none(members),
        legacy=Legacy(conditions=read_expected(members)),
        placeholders=read_placeholders(members),
        return_values_on_condition_check_failure=members.get("ReturnValuesOnConditionCheckFailure", "NONE"),
        return_consumed_capacity=members.get("ReturnConsumedCapacity", "NONE"),
        return_item_collection_metrics=members.get("ReturnItemCollectionMetrics", "NONE"),
    )


def _read_update_item(members: Members) -> UpdateItem:
    check_styles(members, "UpdateExpression", "ConditionExpression")
    return UpdateItem(
        table=members["TableName"],
        key=item_from_json(members["Key"]),
        legacy=Legacy(updates=read_attribute_updates(members), conditions=read_expected(members)),
        update_expression=members.get("UpdateExpression"),
        condition_expression=members.get("ConditionExpression"),
        placeholders=read_placeholders(members),
        return_values=members.get("ReturnValues", "NONE"),
        return_values_on_condition_check_failure=members.get("ReturnValuesOnConditionCheckFailure", "NONE"),
        return_consumed_capacity=members.get("ReturnConsumedCapacity", "NONE"),
        return_item_collection_metrics=members.get("ReturnItemCollectionMetrics", "NONE"),
    )


def _read_delete_item(members: Members) -> DeleteItem:
    check_styles(members, "ConditionExpression")
    return DeleteItem(
        table=members["TableName"],
        key=item_from_json(members["Key"]),
        condition_expression=members.get("ConditionExpression"),
        return_values=_all_old_or_none(members),
        legacy=Legacy(conditions=read_expected(members)),
        placeholders=read_placeholders(members),
        return_values_on_condition_check_failure=members.get("ReturnValuesOnConditionCheckFailure", "NONE"),
        return_consumed_capacity=members.get("ReturnConsumedCapacity", "NONE"),
        return_item_collection_metrics=members.get("ReturnItemCollectionMetrics", "NONE"),
    )


def _all_old_or_none(members: Members) -> ReturnValues:
    return_values: ReturnValues = members.get("ReturnValues", "NONE")
    if return_values not in ("ALL_OLD", "NONE"):
        raise ValidationException("ReturnValues can only be ALL_OLD or NONE")
    return return_values


# ---- pages


def _read_query(members: Members) -> Query:
    check_styles(members, "ProjectionExpression", "FilterExpression", "KeyConditionExpression")
    conditions = read_filter(members, "QueryFilter")
    attributes = read_attributes_to_get(members)
    start_key = _read_start_key(members)
    if "KeyConditionExpression" not in members and "KeyConditions" not in members:
        raise ValidationException(
            "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request."
        )
    _check_select(members, prefix="1 validation error detected: ")
    return Query(
        table=members["TableName"],
        key_condition_expression=members.get("KeyConditionExpression"),
        index=members.get("IndexName"),
        filter_expression=members.get("FilterExpression"),
        projection_expression=members.get("ProjectionExpression"),
        placeholders=read_placeholders(members),
        legacy=Legacy(conditions, read_key_conditions(members), attributes=attributes),
        scan_index_forward=members.get("ScanIndexForward", True),
        limit=members.get("Limit"),
        exclusive_start_key=start_key,
        select=members.get("Select"),
        consistent_read=members.get("ConsistentRead", False),
        return_consumed_capacity=members.get("ReturnConsumedCapacity", "NONE"),
    )


def _read_scan(members: Members) -> Scan:
    check_styles(members, "ProjectionExpression", "FilterExpression")
    legacy = Legacy(attributes=read_attributes_to_get(members), conditions=read_filter(members, "ScanFilter"))
    start_key = _read_start_key(members)
    _check_segments(members.get("Segment"), members.get("TotalSegments"))
    _check_select(members)
    return Scan(
        table=members["TableName"],
        index=members.get("IndexName"),
        filter_expression=members.get("FilterExpression"),
        projection_expression=members.get("ProjectionExpression"),
        placeholders=read_placeholders(members),
        legacy=legacy,
        limit=members.get("Limit"),
        exclusive_start_key=start_key,
        segment=members.get("Segment"),
        total_segments=members.get("TotalSegments"),
        select=members.get("Select"),
        consistent_read=members.get("ConsistentRead", False),
        return_consumed_capacity=members.get("ReturnConsumedCapacity", "NONE"),
    )


def _read_start_key(members: Members) -> Item | None:
    if "ExclusiveStartKey" not in members:
        return None
    try:
        return item_from_json(members["ExclusiveStartKey"])
    except ValidationException as refusal:
        raise ValidationException(f"The provided starting key is invalid: {refusal.message}") from None


def _check_segments(segment: int | None, total: int | None) -> None:
    if total is None and segment is not None:
        raise ValidationException(
            "The TotalSegments parameter is required but was not present in the request "
            "when Segment parameter is present"
        )
    if segment is None and total is not None:
        raise ValidationException(
            "The Segment parameter is required but was not present in the request "
            "when parameter TotalSegments is present"
        )
    if segment is not None and total is not None and segment >= total:
        raise ValidationException(
            "The Segment parameter is zero-based and must be less than parameter TotalSegments: "
            f"Segment: {segment} is not less than TotalSegments: {total}"
        )


def _check_select(members: Members, prefix: str = "") -> None:
    """Whether what Select asks for agrees with the projection and the index; a Query has a prefix to what is wrong."""
    select: str = members.get("Select", "")
    projecting = [name for name in ("ProjectionExpression", "AttributesToGet") if name in members]
    if select in _WITHOUT_PROJECTION and projecting:
        raise ValidationException(
            f"{prefix}Cannot specify the {projecting[0]} when choosing to get {_WITHOUT_PROJECTION[select]}"
        )
    if select == "SPECIFIC_ATTRIBUTES" and not projecting:
        raise ValidationException(
            f"{prefix}Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES"
        )
    if select == "ALL_PROJECTED_ATTRIBUTES" and "IndexName" not in members:
        raise ValidationException(f"{prefix}ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName")


_WITHOUT_PROJECTION: Final[Mapping[str, str]] = {
    "ALL_ATTRIBUTES": "ALL_ATTRIBUTES",
    "ALL_PROJECTED_ATTRIBUTES": "ALL_PROJECTED_ATTRIBUTES",
    "COUNT": "only the Count",
}


# ---- batches


def _read_batch_get_item(members: Members) -> BatchGetItem:
    tables: Mapping[str, Members] = members["RequestItems"]
    if sum(len(table["Keys"]) for table in tables.values()) > limits.BATCH_GET_KEYS_MAX:
        raise ValidationException("Too many items requested for the BatchGetItem call")
    return BatchGetItem(
        tables={name: _read_table_keys(table) for name, table in tables.items()},
        return_consumed_capacity=members.get("ReturnConsumedCapacity", "NONE"),
    )


def _read_table_keys(members: Members) -> TableKeys:
    check_styles(members, "ProjectionExpression")
    legacy = Legacy(attributes=read_attributes_to_get(members))
    keys = tuple(map(item_from_json, members["Keys"]))
    if len(set(map(encode_item, keys))) != len(keys):
        raise ValidationException("Provided list of item keys contains duplicates")
    return TableKeys(
        keys=keys,
        consistent_read=members.get("ConsistentRead", False),
        projection_expression=members.get("ProjectionExpression"),
        placeholders=read_placeholders(members),
        legacy=legacy,
    )


def _read_batch_write_item(members: Members) -> BatchWriteItem:
    tables: Mapping[str, list[Members]] = members["RequestItems"]
    if sum(map(len, tables.values())) > limits.BATCH_WRITE_ITEMS_MAX:
        raise ValidationException("Too many items requested for the BatchWriteItem call")
    return BatchWriteItem(
        tables={name: tuple(map(_read_batch_write, writes)) for name, writes in tables.items()},
        return_consumed_capacity=members.get("ReturnConsumedCapacity", "NONE"),
        return_item_collection_metrics=members.get("ReturnItemCollectionMetrics", "NONE"),
    )


def _read_batch_write(members: Members) -> BatchPut | BatchDelete:
    if len(members) != 1:
        # Also where there is none: the service has but this message.
        raise ValidationException(
            "Supplied AttributeValue has more than one datatypes set, "
            "must contain exactly one of the supported datatypes"
        )
    if "PutRequest" in members:
        return BatchPut(item_from_json(members["PutRequest"]["Item"]))
    return BatchDelete(item_from_json(members["DeleteRequest"]["Key"]))


# ---- all of them


_TABLE_OPERATIONS: Final[Mapping[str, Callable[[Members], AnyRequest]]] = {
    "CreateTable": read_create_table,
    "DescribeTable": read_describe_table,
    "UpdateTable": read_update_table,
    "DeleteTable": read_delete_table,
}
# What some operations say before, and instead of, the common constraints.
_FIRST_CHECKS: Final[Mapping[str, Callable[[Members], None]]] = {
    **dict.fromkeys(_TABLE_OPERATIONS, check_table_name_first),
    **administration_requests.FIRST_CHECKS,
}
_OPERATIONS: Final[Mapping[str, Callable[[Members], AnyRequest]]] = {
    "GetItem": _read_get_item,
    "PutItem": _read_put_item,
    "UpdateItem": _read_update_item,
    "DeleteItem": _read_delete_item,
    "Query": _read_query,
    "Scan": _read_scan,
    "BatchGetItem": _read_batch_get_item,
    "BatchWriteItem": _read_batch_write_item,
    "ListTables": read_list_tables,
    **transact_requests.READERS,
    **partiql_requests.READERS,
    **administration_requests.READERS,
    **backup_requests.READERS,
    **transfer_requests.READERS,
    **stream_requests.READERS,
    **ttl_requests.READERS,
    **_TABLE_OPERATIONS,
}
