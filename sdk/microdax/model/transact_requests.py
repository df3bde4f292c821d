"""The requests of transactions: the actions of TransactWriteItems and the reads of TransactGetItems.

An action is the request of the operation that it is named after, of which the API lets it carry less; only the check
of a condition has no operation of its own.
"""

from dataclasses import dataclass, field
from typing import TypeAlias

from microdax.model.requests import (
    DeleteItem,
    GetItem,
    Placeholders,
    PutItem,
    ReturnConsumedCapacity,
    ReturnItemCollectionMetrics,
    ReturnValuesOnFailure,
    UpdateItem,
)
from microdax.model.values import Item


@dataclass(frozen=True, slots=True)
class ConditionCheck:
    table: str
    key: Item
    condition_expression: str
    placeholders: Placeholders = field(default_factory=Placeholders)
    return_values_on_condition_check_failure: ReturnValuesOnFailure = "NONE"


Action: TypeAlias = PutItem | UpdateItem | DeleteItem | ConditionCheck


@dataclass(frozen=True, slots=True)
class RequestToken:
    """A ClientRequestToken and what tells its request from others: a hash of the actions, however they were spelt."""

    text: str
    request_hash: bytes


@dataclass(frozen=True, slots=True)
class TransactWriteItems:
    actions: tuple[Action, ...]
    token: RequestToken | None = None
    return_consumed_capacity: ReturnConsumedCapacity = "NONE"
    return_item_collection_metrics: ReturnItemCollectionMetrics = "NONE"


@dataclass(frozen=True, slots=True)
class TransactGetItems:
    gets: tuple[GetItem, ...]
    return_consumed_capacity: ReturnConsumedCapacity = "NONE"
