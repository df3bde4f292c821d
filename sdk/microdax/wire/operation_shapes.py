"""The shape of each operation's request, as data: a later operation or parameter is a line here.

Members stand in the order in which the service reports their violations, enum values in the order in which it lists
them. That order is no rule we know but what conformance tests against the service have seen.
"""

from collections.abc import Mapping
from typing import Final

from microdax.model import limits
from microdax.wire import (
    administration_shapes,
    backup_shapes,
    index_shapes,
    partiql_shapes,
    stream_shapes,
    transact_shapes,
    transfer_shapes,
    ttl_shapes,
)
from microdax.wire.legacy_shapes import (
    ATTRIBUTE_UPDATES,
    ATTRIBUTES_TO_GET,
    CONDITIONAL_OPERATOR,
    CONDITIONS,
    EXPECTED,
)
from microdax.wire.shapes import (
    AttributeValues,
    Boolean,
    Integer,
    Lengths,
    ListOf,
    MapOf,
    Member,
    Name,
    NotSupported,
    QueryLimit,
    Shape,
    String,
    Structure,
)

# What of the API this version does not implement, by the structure that has it: refused, never ignored.
_NOT_SUPPORTED: Final[Mapping[str, tuple[str, ...]]] = {
    "CreateTable": (
        "VectorIndexes",
        "ResourcePolicy",
        "GlobalTableSourceArn",
        "GlobalTableSettingsReplicationMode",
    ),
    "UpdateTable": (
        "VectorIndexUpdates",
        "ReplicaUpdates",
        "MultiRegionConsistency",
        "GlobalTableWitnessUpdates",
        "GlobalTableSettingsReplicationMode",
        "DisassociationProtectionEnabled",
    ),
}


def _structure(name: str, members: Mapping[str, Member | Shape]) -> Structure:
    """A structure of these members; a bare shape is a member that may be absent."""
    refused = {parameter: Member(NotSupported(parameter)) for parameter in _NOT_SUPPORTED.get(name, ())}
    known = {key: member if isinstance(member, Member) else Member(member) for key, member in members.items()}
    return Structure(name, {**known, **refused})


_TEXT: Final = String()
_FLAG: Final = Boolean()
_VALUES: Final = AttributeValues()
_TABLE: Final = Member(Name(arn=True), required=True)
_NAMES: Final = MapOf(String(), "java.lang.String")
_KEY_NAME: Final = Member(String(lengths=Lengths(1, limits.KEY_ATTRIBUTE_NAME_BYTES_MAX)), required=True)
_RETURN_CONSUMED_CAPACITY: Final = String(("INDEXES", "TOTAL", "NONE"))
_RETURN_ITEM_COLLECTION_METRICS: Final = String(("SIZE", "NONE"))
_RETURN_VALUES: Final = String(("ALL_NEW", "UPDATED_OLD", "ALL_OLD", "NONE", "UPDATED_NEW"))
_RETURN_ON_FAILURE: Final = String(("ALL_OLD", "NONE"))
_SELECT: Final = String(("SPECIFIC_ATTRIBUTES", "COUNT", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES"))
_BILLING_MODE: Final = String(("PROVISIONED", "PAY_PER_REQUEST"))
_TABLE_CLASS: Final = String(("STANDARD", "STANDARD_INFREQUENT_ACCESS"))
_BATCH_WRITE_LENGTHS: Final = Lengths(1, limits.BATCH_WRITE_ITEMS_MAX)

_ATTRIBUTE_DEFINITIONS: Final = ListOf(
    _structure(
        "AttributeDefinition",
        {"AttributeName": _KEY_NAME, "AttributeType": Member(String(("B", "N", "S")), required=True)},
    )
)
_STREAM_SPECIFICATION: Final = _structure(
    "StreamSpecification",
    {
        "StreamEnabled": Member(_FLAG, required=True),
        "StreamViewType": String(("NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES", "KEYS_ONLY")),
    },
)
_SSE_SPECIFICATION: Final = _structure(
    "SSESpecification", {"Enabled": _FLAG, "SSEType": String(("AES256", "KMS")), "KMSMasterKeyId": _TEXT}
)

_GET_ITEM: Final = _structure(
    "GetItem",
    {
        "ReturnConsumedCapacity": _RETURN_CONSUMED_CAPACITY,
        "AttributesToGet": ATTRIBUTES_TO_GET,
        "TableName": _TABLE,
        "Key": Member(_VALUES, required=True),
        "ConsistentRead": _FLAG,
        "ProjectionExpression": _TEXT,
        "ExpressionAttributeNames": _NAMES,
    },
)
_PUT_ITEM: Final = _structure(
    "PutItem",
    {
        "ReturnConsumedCapacity": _RETURN_CONSUMED_CAPACITY,
        "TableName": _TABLE,
        "Item": Member(_VALUES, required=True),
        "ConditionalOperator": CONDITIONAL_OPERATOR,
        "Expected": EXPECTED,
        "ReturnValues": _RETURN_VALUES,
        "ReturnItemCollectionMetrics": _RETURN_ITEM_COLLECTION_METRICS,
        "ReturnValuesOnConditionCheckFailure": _RETURN_ON_FAILURE,
        "ConditionExpression": _TEXT,
        "ExpressionAttributeValues": _VALUES,
        "ExpressionAttributeNames": _NAMES,
    },
)
_UPDATE_ITEM: Final = _structure(
    "UpdateItem",
    {
        "ReturnConsumedCapacity": _RETURN_CONSUMED_CAPACITY,
        "TableName": _TABLE,
        "ReturnItemCollectionMetrics": _RETURN_ITEM_COLLECTION_METRICS,
        "ReturnValues": _RETURN_VALUES,
        "ReturnValuesOnConditionCheckFailure": _RETURN_ON_FAILURE,
        "Key": Member(_VALUES, required=True),
        "ConditionalOperator": CONDITIONAL_OPERATOR,
        "Expected": EXPECTED,
        "AttributeUpdates": ATTRIBUTE_UPDATES,
        "ConditionExpression": _TEXT,
        "UpdateExpression": _TEXT,
        "ExpressionAttributeValues": _VALUES,
        "ExpressionAttributeNames": _NAMES,
    },
)
_DELETE_ITEM: Final = _structure(
    "DeleteItem",
    {
        "ReturnConsumedCapacity": _RETURN_CONSUMED_CAPACITY,
        "TableName": _TABLE,
        "ReturnValues": _RETURN_VALUES,
        "ReturnItemCollectionMetrics": _RETURN_ITEM_COLLECTION_METRICS,
        "ReturnValuesOnConditionCheckFailure": _RETURN_ON_FAILURE,
        "Key": Member(_VALUES, required=True),
        "ConditionalOperator": CONDITIONAL_OPERATOR,
        "Expected": EXPECTED,
        "ConditionExpression": _TEXT,
        "ExpressionAttributeValues": _VALUES,
        "ExpressionAttributeNames": _NAMES,
    },
)
_QUERY: Final = _structure(
    "Query",
    {
        "Select": _SELECT,
        "IndexName": Name(),
        "ReturnConsumedCapacity": _RETURN_CONSUMED_CAPACITY,
        "QueryFilter": CONDITIONS,
        "TableName": _TABLE,
        "ConditionalOperator": CONDITIONAL_OPERATOR,
        "AttributesToGet": ATTRIBUTES_TO_GET,
        "Limit": QueryLimit(),
        "KeyConditions": CONDITIONS,
        "ExclusiveStartKey": _VALUES,
        "ConsistentRead": _FLAG,
        "ScanIndexForward": _FLAG,
        "KeyConditionExpression": _TEXT,
        "FilterExpression": _TEXT,
        "ProjectionExpression": _TEXT,
        "ExpressionAttributeValues": _VALUES,
        "ExpressionAttributeNames": _NAMES,
    },
)
_SCAN: Final = _structure(
    "Scan",
    {
        "Select": _SELECT,
        "IndexName": Name(),
        "TotalSegments": Integer(1, limits.SCAN_SEGMENTS_MAX),
        "ReturnConsumedCapacity": _RETURN_CONSUMED_CAPACITY,
        "TableName": _TABLE,
        "ConditionalOperator": CONDITIONAL_OPERATOR,
        "ScanFilter": CONDITIONS,
        "Segment": Integer(0, limits.SCAN_SEGMENTS_MAX - 1),
        "Limit": Integer(1),
        "AttributesToGet": ATTRIBUTES_TO_GET,
        "ExclusiveStartKey": _VALUES,
        "ConsistentRead": _FLAG,
        "FilterExpression": _TEXT,
        "ProjectionExpression": _TEXT,
        "ExpressionAttributeValues": _VALUES,
        "ExpressionAttributeNames": _NAMES,
    },
)
_KEYS_AND_ATTRIBUTES: Final = _structure(
    "KeysAndAttributes",
    {
        "Keys": Member(ListOf(_VALUES, Lengths(1, limits.BATCH_GET_KEYS_MAX)), required=True),
        "AttributesToGet": ATTRIBUTES_TO_GET,
        "ConsistentRead": _FLAG,
        "ProjectionExpression": _TEXT,
        "ExpressionAttributeNames": _NAMES,
    },
)
_BATCH_GET_ITEM: Final = _structure(
    "BatchGetItem",
    {
        "ReturnConsumedCapacity": _RETURN_CONSUMED_CAPACITY,
        "RequestItems": Member(
            MapOf(_KEYS_AND_ATTRIBUTES, "KeysAndAttributes", Lengths(1, limits.BATCH_GET_KEYS_MAX), of_tables=True),
            required=True,
        ),
    },
)
_WRITE_REQUEST: Final = _structure(
    "WriteRequest",
    {
        "DeleteRequest": _structure("DeleteRequest", {"Key": Member(_VALUES, required=True)}),
        "PutRequest": _structure("PutRequest", {"Item": Member(_VALUES, required=True)}),
    },
)
_BATCH_WRITE_ITEM: Final = _structure(
    "BatchWriteItem",
    {
        "ReturnConsumedCapacity": _RETURN_CONSUMED_CAPACITY,
        "ReturnItemCollectionMetrics": _RETURN_ITEM_COLLECTION_METRICS,
        "RequestItems": Member(
            MapOf(
                ListOf(_WRITE_REQUEST),
                "java.util.List<com.amazonaws.dynamodb.v20120810.WriteRequest>",
                lengths=_BATCH_WRITE_LENGTHS,
                value_lengths=_BATCH_WRITE_LENGTHS,
                of_tables=True,
            ),
            required=True,
        ),
    },
)
_CREATE_TABLE: Final = _structure(
    "CreateTable",
    {
        "AttributeDefinitions": Member(_ATTRIBUTE_DEFINITIONS, required=True),
        "TableName": _TABLE,
        "BillingMode": _BILLING_MODE,
        "ProvisionedThroughput": index_shapes.THROUGHPUT,
        "OnDemandThroughput": index_shapes.ON_DEMAND,
        "WarmThroughput": index_shapes.WARM,
        "KeySchema": index_shapes.KEY_SCHEMA,
        "LocalSecondaryIndexes": index_shapes.LOCAL_INDEXES,
        "GlobalSecondaryIndexes": index_shapes.GLOBAL_INDEXES,
        "StreamSpecification": _STREAM_SPECIFICATION,
        "SSESpecification": _SSE_SPECIFICATION,
        "Tags": administration_shapes.TAGS,
        "TableClass": _TABLE_CLASS,
        "DeletionProtectionEnabled": _FLAG,
    },
)
_UPDATE_TABLE: Final = _structure(
    "UpdateTable",
    {
        "AttributeDefinitions": _ATTRIBUTE_DEFINITIONS,
        "TableName": _TABLE,
        "BillingMode": _BILLING_MODE,
        "ProvisionedThroughput": index_shapes.THROUGHPUT,
        "OnDemandThroughput": index_shapes.ON_DEMAND,
        "WarmThroughput": index_shapes.WARM,
        "GlobalSecondaryIndexUpdates": index_shapes.GLOBAL_INDEX_UPDATES,
        "StreamSpecification": _STREAM_SPECIFICATION,
        "SSESpecification": _SSE_SPECIFICATION,
        "TableClass": _TABLE_CLASS,
        "DeletionProtectionEnabled": _FLAG,
    },
)
_LIST_TABLES: Final = _structure(
    "ListTables", {"Limit": Integer(1, limits.LIST_TABLES_MAX), "ExclusiveStartTableName": Name()}
)

_SHAPES: Final = (
    _GET_ITEM,
    _PUT_ITEM,
    _UPDATE_ITEM,
    _DELETE_ITEM,
    _QUERY,
    _SCAN,
    _BATCH_GET_ITEM,
    _BATCH_WRITE_ITEM,
    _CREATE_TABLE,
    _structure("DescribeTable", {"TableName": _TABLE}),
    _LIST_TABLES,
    _UPDATE_TABLE,
    _structure("DeleteTable", {"TableName": _TABLE}),
)

SHAPES: Final[Mapping[str, Structure]] = {
    **{shape.name: shape for shape in _SHAPES},
    **transact_shapes.SHAPES,
    **partiql_shapes.SHAPES,
    **administration_shapes.SHAPES,
    **backup_shapes.SHAPES,
    **transfer_shapes.SHAPES,
    **stream_shapes.SHAPES,
    **ttl_shapes.SHAPES,
}
