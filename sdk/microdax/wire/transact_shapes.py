"""The shapes of the requests of transactions."""

from collections.abc import Mapping
from typing import Final

from microdax.model import limits
from microdax.wire.shapes import AttributeValues, Lengths, ListOf, MapOf, Member, Name, Shape, String, Structure

_TEXT: Final = String()
_VALUES: Final = AttributeValues()
_NAMES: Final = MapOf(String(), "java.lang.String")
_RETURN_CONSUMED_CAPACITY: Final = String(("INDEXES", "TOTAL", "NONE"))
_ACTIONS_LENGTHS: Final = Lengths(1, limits.TRANSACTION_ACTIONS_MAX)


def _structure(name: str, required: Mapping[str, Shape], optional: Mapping[str, Shape]) -> Structure:
    members = {member: Member(shape, required=True) for member, shape in required.items()}
    return Structure(name, members | {member: Member(shape) for member, shape in optional.items()})


_TABLE: Final[dict[str, Shape]] = {"TableName": Name(arn=True)}
_KEY: Final[dict[str, Shape]] = {**_TABLE, "Key": _VALUES}
_PLACEHOLDERS: Final[dict[str, Shape]] = {
    "ReturnValuesOnConditionCheckFailure": String(("ALL_OLD", "NONE")),
    "ExpressionAttributeValues": _VALUES,
    "ExpressionAttributeNames": _NAMES,
}
_CONDITION: Final[dict[str, Shape]] = {"ConditionExpression": _TEXT}

_TRANSACT_WRITE_ITEM: Final = _structure(
    "TransactWriteItem",
    {},
    {
        "ConditionCheck": _structure("ConditionCheck", _KEY | _CONDITION, _PLACEHOLDERS),
        "Delete": _structure("Delete", _KEY, _CONDITION | _PLACEHOLDERS),
        "Put": _structure("Put", _TABLE | {"Item": _VALUES}, _CONDITION | _PLACEHOLDERS),
        "Update": _structure("Update", _KEY | {"UpdateExpression": _TEXT}, _CONDITION | _PLACEHOLDERS),
    },
)
_TRANSACT_GET_ITEM: Final = _structure(
    "TransactGetItem",
    {"Get": _structure("Get", _KEY, {"ProjectionExpression": _TEXT, "ExpressionAttributeNames": _NAMES})},
    {},
)

SHAPES: Final[Mapping[str, Structure]] = {
    "TransactWriteItems": Structure(
        "TransactWriteItems",
        {
            "ClientRequestToken": Member(String(lengths=Lengths(1, limits.REQUEST_TOKEN_CHARS_MAX))),
            "ReturnConsumedCapacity": Member(_RETURN_CONSUMED_CAPACITY),
            "ReturnItemCollectionMetrics": Member(String(("SIZE", "NONE"))),
            "TransactItems": Member(ListOf(_TRANSACT_WRITE_ITEM, _ACTIONS_LENGTHS), required=True),
        },
    ),
    "TransactGetItems": Structure(
        "TransactGetItems",
        {
            "ReturnConsumedCapacity": Member(_RETURN_CONSUMED_CAPACITY),
            "TransactItems": Member(ListOf(_TRANSACT_GET_ITEM, _ACTIONS_LENGTHS), required=True),
        },
    ),
}
