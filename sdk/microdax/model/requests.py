"""The requests of the data and table operations, checked for shape, as the store takes them.

Field names are DynamoDB's in Python's case. Expressions stand as text beside their placeholders: `expressions`
parses them. A mapping or tuple that the caller left out is None where DynamoDB tells it from an empty one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from microdax.model.keys import KeyAttribute, KeySchema
from microdax.model.legacy_requests import NO_LEGACY, Legacy
from microdax.model.streams import StreamSpecification
from microdax.model.values import Item, Value

ReturnValues = Literal["NONE", "ALL_OLD", "UPDATED_OLD", "ALL_NEW", "UPDATED_NEW"]
ReturnValuesOnFailure = Literal["NONE", "ALL_OLD"]
ReturnItemCollectionMetrics = Literal["NONE", "SIZE"]
ReturnConsumedCapacity = Literal["NONE", "TOTAL", "INDEXES"]
Select = Literal["ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES", "SPECIFIC_ATTRIBUTES", "COUNT"]
BillingMode = Literal["PROVISIONED", "PAY_PER_REQUEST"]
TableClass = Literal["STANDARD", "STANDARD_INFREQUENT_ACCESS"]
IndexKind = Literal["local", "global"]
ProjectionType = Literal["KEYS_ONLY", "INCLUDE", "ALL"]


@dataclass(frozen=True, slots=True)
class Placeholders:
    """ExpressionAttributeNames (`#name` to attribute name) and ExpressionAttributeValues (`:value` to value)."""

    names: Mapping[str, str] | None = None
    values: Mapping[str, Value] | None = None


NO_PLACEHOLDERS: Final = Placeholders()


@dataclass(frozen=True, slots=True)
class GetItem:
    table: str
    key: Item
    consistent_read: bool = False
    projection_expression: str | None = None
    placeholders: Placeholders = NO_PLACEHOLDERS
    return_consumed_capacity: ReturnConsumedCapacity = "NONE"
    legacy: Legacy = NO_LEGACY


@dataclass(frozen=True, slots=True)
class PutItem:
    table: str
    item: Item
    condition_expression: str | None = None
    placeholders: Placeholders = NO_PLACEHOLDERS
    return_values: ReturnValues = "NONE"
    return_values_on_condition_check_failure: ReturnValuesOnFailure = "NONE"
    return_consumed_capacity: ReturnConsumedCapacity = "NONE"
    return_item_collection_metrics: ReturnItemCollectionMetrics = "NONE"
    legacy: Legacy = NO_LEGACY


@dataclass(frozen=True, slots=True)
class UpdateItem:
    table: str
    key: Item
    update_expression: str | None = None
    condition_expression: str | None = None
    placeholders: Placeholders = NO_PLACEHOLDERS
    return_values: ReturnValues = "NONE"
    return_values_on_condition_check_failure: ReturnValuesOnFailure = "NONE"
    return_consumed_capacity: ReturnConsumedCapacity = "NONE"
    return_item_collection_metrics: ReturnItemCollectionMetrics = "NONE"
    legacy: Legacy = NO_LEGACY


@dataclass(frozen=True, slots=True)
class DeleteItem:
    table: str
    key: Item
    condition_expression: str | None = None
    placeholders: Placeholders = NO_PLACEHOLDERS
    return_values: ReturnValues = "NONE"
    return_values_on_condition_check_failure: ReturnValuesOnFailure = "NONE"
    return_consumed_capacity: ReturnConsumedCapacity = "NONE"
    return_item_collection_metrics: ReturnItemCollectionMetrics = "NONE"
    legacy: Legacy = NO_LEGACY


@dataclass(frozen=True, slots=True)
class Query:
    table: str
    key_condition_expression: str | None
    index: str | None = None
    filter_expression: str | None = None
    projection_expression: str | None = None
    placeholders: Placeholders = NO_PLACEHOLDERS
    scan_index_forward: bool = True
    limit: int | None = None
    exclusive_start_key: Item | None = None
    select: Select | None = None
    consistent_read: bool = False
    return_consumed_capacity: ReturnConsumedCapacity = "NONE"
    legacy: Legacy = NO_LEGACY


@dataclass(frozen=True, slots=True)
class Scan:
    table: str
    index: str | None = None
    filter_expression: str | None = None
    projection_expression: str | None = None
    placeholders: Placeholders = NO_PLACEHOLDERS
    limit: int | None = None
    exclusive_start_key: Item | None = None
    segment: int | None = None
    total_segments: int | None = None
    select: Select | None = None
    consistent_read: bool = False
    return_consumed_capacity: ReturnConsumedCapacity = "NONE"
    legacy: Legacy = NO_LEGACY


@dataclass(frozen=True, slots=True)
class TableKeys:
    """The keys that a BatchGetItem asks of one table."""

    keys: tuple[Item, ...]
    consistent_read: bool = False
    projection_expression: str | None = None
    placeholders: Placeholders = NO_PLACEHOLDERS
    legacy: Legacy = NO_LEGACY


@dataclass(frozen=True, slots=True)
class BatchGetItem:
    tables: Mapping[str, TableKeys]
    return_consumed_capacity: ReturnConsumedCapacity = "NONE"


@dataclass(frozen=True, slots=True)
class BatchPut:
    item: Item


@dataclass(frozen=True, slots=True)
class BatchDelete:
    key: Item


@dataclass(frozen=True, slots=True)
class BatchWriteItem:
    tables: Mapping[str, tuple[BatchPut | BatchDelete, ...]]
    return_consumed_capacity: ReturnConsumedCapacity = "NONE"
    return_item_collection_metrics: ReturnItemCollectionMetrics = "NONE"


@dataclass(frozen=True, slots=True)
class Throughput:
    """Provisioned capacity in units a second."""

    read_units: int
    write_units: int


@dataclass(frozen=True, slots=True)
class UnitsChange:
    """Units a second of which each may be left as they are: None does so."""

    read_units: int | None = None
    write_units: int | None = None


@dataclass(frozen=True, slots=True)
class Projection:
    """Which attributes an index holds beside the keys of the table and its own; `attributes` are those of INCLUDE."""

    type: ProjectionType
    attributes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NewIndex:
    """An index that is to be created with its table or, a global one, later; `keys` are its key attributes' names."""

    name: str
    kind: IndexKind
    keys: tuple[str, ...]
    projection: Projection
    throughput: Throughput | None = None
    on_demand: UnitsChange | None = None
    warm: UnitsChange | None = None


@dataclass(frozen=True, slots=True)
class IndexUpdate:
    """New units for a global index: at least one of these is there."""

    name: str
    throughput: Throughput | None = None
    on_demand: UnitsChange | None = None
    warm: UnitsChange | None = None


@dataclass(frozen=True, slots=True)
class IndexDeletion:
    name: str


@dataclass(frozen=True, slots=True)
class CreateTable:
    table: str
    attributes: tuple[KeyAttribute, ...]
    key_schema: KeySchema
    billing_mode: BillingMode = "PROVISIONED"
    throughput: Throughput | None = None
    deletion_protection: bool = False
    table_class: TableClass = "STANDARD"
    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    sse_enabled: bool = False
    kms_key: str | None = None
    indexes: tuple[NewIndex, ...] = ()
    stream: StreamSpecification | None = None
    on_demand: UnitsChange | None = None
    warm: UnitsChange | None = None


@dataclass(frozen=True, slots=True)
class DescribeTable:
    table: str


@dataclass(frozen=True, slots=True)
class ListTables:
    exclusive_start_table_name: str | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class UpdateTable:
    table: str
    attributes: tuple[KeyAttribute, ...] | None = None
    billing_mode: BillingMode | None = None
    throughput: Throughput | None = None
    deletion_protection: bool | None = None
    table_class: TableClass | None = None
    sse_enabled: bool | None = None
    kms_key: str | None = None
    index_changes: tuple[NewIndex | IndexUpdate | IndexDeletion, ...] = ()
    stream: StreamSpecification | None = None
    on_demand: UnitsChange | None = None
    warm: UnitsChange | None = None


@dataclass(frozen=True, slots=True)
class DeleteTable:
    table: str


Request: TypeAlias = (
    GetItem
    | PutItem
    | UpdateItem
    | DeleteItem
    | Query
    | Scan
    | BatchGetItem
    | BatchWriteItem
    | CreateTable
    | DescribeTable
    | ListTables
    | UpdateTable
    | DeleteTable
)
