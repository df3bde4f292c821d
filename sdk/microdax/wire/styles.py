"""The two styles of a request, expressions and the parameters that they have replaced, and what needs which."""

from typing import Final

from microdax.expressions.scope import check_have_expressions
from microdax.model.requests import Placeholders
from microdax.wire.legacy_requests import LEGACY_PARAMETERS, check_conditional_operator, check_one_style
from microdax.wire.shapes import Members

_STYLED: Final = frozenset(
    {
        *LEGACY_PARAMETERS,
        "ConditionExpression",
        "ExpressionAttributeNames",
        "ExpressionAttributeValues",
        "FilterExpression",
        "KeyConditionExpression",
        "ProjectionExpression",
        "UpdateExpression",
    }
)


def check_styles(members: Members, *parameters: str) -> None:
    """Refuse two styles in one request, and placeholders where there is no expression to use them.

    Whether expressions and placeholders are right is not asked yet.
    """
    if _STYLED.isdisjoint(members):
        return  # the usual case of a plain GetItem or PutItem
    check_one_style(members, parameters)
    given = Placeholders(
        names=members.get("ExpressionAttributeNames"),
        values={} if "ExpressionAttributeValues" in members else None,
    )
    check_have_expressions(given, {parameter: members.get(parameter) for parameter in parameters})
    check_conditional_operator(members)
