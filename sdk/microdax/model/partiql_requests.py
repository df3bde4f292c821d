"""The requests that carry PartiQL: one statement, a batch of them, a transaction of them.

Statements stand as text beside their parameters: the store parses them.
"""

from dataclasses import dataclass
from typing import TypeAlias

from microdax.model.requests import ReturnConsumedCapacity, ReturnValuesOnFailure
from microdax.model.transact_requests import RequestToken
from microdax.model.values import Value


@dataclass(frozen=True, slots=True)
class StatementText:
    """A statement with what stands in for its question marks, in their order."""

    text: str
    parameters: tuple[Value, ...] = ()
    consistent_read: bool = False
    return_values_on_condition_check_failure: ReturnValuesOnFailure = "NONE"


@dataclass(frozen=True, slots=True)
class ExecuteStatement:
    statement: StatementText
    limit: int | None = None
    next_token: str | None = None
    return_consumed_capacity: ReturnConsumedCapacity = "NONE"


@dataclass(frozen=True, slots=True)
class BatchExecuteStatement:
    statements: tuple[StatementText, ...]
    return_consumed_capacity: ReturnConsumedCapacity = "NONE"


@dataclass(frozen=True, slots=True)
class ExecuteTransaction:
    statements: tuple[StatementText, ...]
    token: RequestToken | None = None
    return_consumed_capacity: ReturnConsumedCapacity = "NONE"


PartiqlRequest: TypeAlias = ExecuteStatement | BatchExecuteStatement | ExecuteTransaction
