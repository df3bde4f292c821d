"""The shapes of the requests that carry PartiQL."""

from collections.abc import Mapping
from typing import Final

from microdax.model import limits
from microdax.wire.shapes import AttributeValue, Boolean, Integer, Lengths, ListOf, Member, String, Structure

_STATEMENT: Final = Member(String(lengths=Lengths(1, limits.STATEMENT_CHARS_MAX)), required=True)
_PARAMETERS: Final = Member(ListOf(AttributeValue(), Lengths(1)))
_CONSISTENT_READ: Final = Member(Boolean())
_RETURN_ON_FAILURE: Final = Member(String(("ALL_OLD", "NONE")))
_RETURN_CONSUMED_CAPACITY: Final = Member(String(("INDEXES", "TOTAL", "NONE")))

_BATCH_STATEMENT: Final = Structure(
    "BatchStatementRequest",
    {
        "Statement": _STATEMENT,
        "Parameters": _PARAMETERS,
        "ConsistentRead": _CONSISTENT_READ,
        "ReturnValuesOnConditionCheckFailure": _RETURN_ON_FAILURE,
    },
)
_TRANSACT_STATEMENT: Final = Structure(
    "ParameterizedStatement",
    {
        "Statement": _STATEMENT,
        "Parameters": _PARAMETERS,
        "ReturnValuesOnConditionCheckFailure": _RETURN_ON_FAILURE,
    },
)

SHAPES: Final[Mapping[str, Structure]] = {
    "ExecuteStatement": Structure(
        "ExecuteStatement",
        {
            "Statement": _STATEMENT,
            "Parameters": _PARAMETERS,
            "ConsistentRead": _CONSISTENT_READ,
            "NextToken": Member(String(lengths=Lengths(1, limits.NEXT_TOKEN_CHARS_MAX))),
            "ReturnConsumedCapacity": _RETURN_CONSUMED_CAPACITY,
            "Limit": Member(Integer(1)),
            "ReturnValuesOnConditionCheckFailure": _RETURN_ON_FAILURE,
        },
    ),
    "BatchExecuteStatement": Structure(
        "BatchExecuteStatement",
        {
            "Statements": Member(ListOf(_BATCH_STATEMENT, Lengths(1, limits.BATCH_STATEMENTS_MAX)), required=True),
            "ReturnConsumedCapacity": _RETURN_CONSUMED_CAPACITY,
        },
    ),
    "ExecuteTransaction": Structure(
        "ExecuteTransaction",
        {
            "TransactStatements": Member(
                ListOf(_TRANSACT_STATEMENT, Lengths(1, limits.TRANSACTION_ACTIONS_MAX)), required=True
            ),
            "ClientRequestToken": Member(String(lengths=Lengths(1, limits.REQUEST_TOKEN_CHARS_MAX))),
            "ReturnConsumedCapacity": _RETURN_CONSUMED_CAPACITY,
        },
    ),
}
