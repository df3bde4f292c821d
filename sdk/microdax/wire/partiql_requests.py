"""Requests that carry PartiQL, from their members."""

from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Final

import orjson

from microdax.model.partiql_requests import (
    BatchExecuteStatement,
    ExecuteStatement,
    ExecuteTransaction,
    PartiqlRequest,
    StatementText,
)
from microdax.model.transact_requests import RequestToken
from microdax.wire.item_json import value_from_json
from microdax.wire.shapes import Members


def _read_execute_statement(members: Members) -> ExecuteStatement:
    return ExecuteStatement(
        statement=_read_statement(members),
        limit=members.get("Limit"),
        next_token=members.get("NextToken"),
        return_consumed_capacity=members.get("ReturnConsumedCapacity", "NONE"),
    )


def _read_batch_execute_statement(members: Members) -> BatchExecuteStatement:
    return BatchExecuteStatement(
        statements=tuple(map(_read_statement, members["Statements"])),
        return_consumed_capacity=members.get("ReturnConsumedCapacity", "NONE"),
    )


def _read_execute_transaction(members: Members) -> ExecuteTransaction:
    return ExecuteTransaction(
        statements=tuple(map(_read_statement, members["TransactStatements"])),
        token=_read_token(members),
        return_consumed_capacity=members.get("ReturnConsumedCapacity", "NONE"),
    )


def _read_statement(members: Members) -> StatementText:
    return StatementText(
        text=members["Statement"],
        parameters=tuple(map(value_from_json, members.get("Parameters", ()))),
        consistent_read=members.get("ConsistentRead", False),
        return_values_on_condition_check_failure=members.get("ReturnValuesOnConditionCheckFailure", "NONE"),
    )


def _read_token(members: Members) -> RequestToken | None:
    """The token and a hash of the statements; SDKs that try again may send an object's members in another order."""
    if "ClientRequestToken" not in members:
        return None
    canonical = orjson.dumps(members["TransactStatements"], option=orjson.OPT_SORT_KEYS)
    return RequestToken(members["ClientRequestToken"], blake2b(canonical, digest_size=32).digest())


READERS: Final[Mapping[str, Callable[[Members], PartiqlRequest]]] = {
    "ExecuteStatement": _read_execute_statement,
    "BatchExecuteStatement": _read_batch_execute_statement,
    "ExecuteTransaction": _read_execute_transaction,
}
