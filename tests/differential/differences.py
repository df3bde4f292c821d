"""Where we differ from a peer on purpose. docs/differences.md says of each who is right and by what.

A difference is known by what both say; where a peer lets pass or overlooks a whole kind of error, by the kind.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from tests.differential.endpoint import Call, Outcome

Explains: TypeAlias = Callable[[Call, Outcome, Outcome], bool]


@dataclass(frozen=True, slots=True)
class Difference:
    """A known difference from `peer`; `name` stands in docs/differences.md."""

    peer: str
    name: str
    explains: Explains


def _we_say(pattern: str) -> Explains:
    """Our message begins so, whatever the peer does."""
    expression = re.compile(pattern)
    return lambda _call, ours, _theirs: expression.match(ours.message) is not None


def _they_say(pattern: str) -> Explains:
    expression = re.compile(pattern)
    return lambda _call, _ours, theirs: expression.match(theirs.message) is not None


def _both_say(ours_pattern: str, theirs_pattern: str) -> Explains:
    ours_expression, theirs_expression = re.compile(ours_pattern), re.compile(theirs_pattern)
    return lambda _call, ours, theirs: (
        ours_expression.match(ours.message) is not None and theirs_expression.match(theirs.message) is not None
    )


def _legacy_condition_differs(call: Call, ours: Outcome, theirs: Outcome) -> bool:
    """NE and NOT_CONTAINS, which ask of an attribute that is not there; that it is not there is not looked up."""
    asked = str(call.members.get("Expected", "")) + str(
        call.members.get("ScanFilter", call.members.get("QueryFilter", ""))
    )
    refused = {outcome.code for outcome in (ours, theirs)} <= {"", "ConditionalCheckFailedException"}
    return refused and ("'NE'" in asked or "'NOT_CONTAINS'" in asked)


def _empty_attributes(_call: Call, ours: Outcome, theirs: Outcome) -> bool:
    return ours.ok and theirs.ok and "Attributes" not in ours.reply and theirs.reply.get("Attributes") == {}


def _nothing_returned(call: Call, ours: Outcome, theirs: Outcome) -> bool:
    return call.operation == "UpdateItem" and ours.reply == {} and list(theirs.reply) == ["Attributes"]


def _last_page(_call: Call, ours: Outcome, theirs: Outcome) -> bool:
    return ours.ok and theirs.ok and "LastEvaluatedKey" in ours.reply and "LastEvaluatedKey" not in theirs.reply


def _accepts(_call: Call, ours: Outcome, theirs: Outcome) -> bool:
    return ours.code in ("ValidationException", "SerializationException") and theirs.ok


def _asks_later(_call: Call, ours: Outcome, theirs: Outcome) -> bool:
    """We refuse the request, and the peer says that its condition failed or its table is missing."""
    late = ("ConditionalCheckFailedException", "ResourceNotFoundException")
    return ours.code in ("ValidationException", "SerializationException") and theirs.code in late


def _fails(_call: Call, _ours: Outcome, theirs: Outcome) -> bool:
    return theirs.code.startswith("HTTP 5") or theirs.code in ("InternalServerError", "InternalFailure")


def _another_code(_call: Call, ours: Outcome, theirs: Outcome) -> bool:
    return ours.code == "SerializationException" and theirs.code == "ValidationException"


_LEGACY: Final = frozenset(
    {"AttributesToGet", "AttributeUpdates", "Expected", "ScanFilter", "QueryFilter", "KeyConditions"}
)
_SELECTS: Final = (
    r"(1 validation error detected: )?(Cannot specify the \w+ when|ALL_PROJECTED_ATTRIBUTES can|Must specify the Attr)"
)
_INVALID: Final = "One or more parameter values were invalid: "
_MISPLACED: Final = r"Invalid \w+: The function is not allowed in"
_OPERAND: Final = r"Invalid \w+: Incorrect operand type for operator or function"

DIFFERENCES: Final[tuple[Difference, ...]] = (
    Difference("dynalite", "ConditionalOperator", _we_say("ConditionalOperator c|.*ConditionalOperator[,}]")),
    Difference("dynalite", "Syntax errors", _both_say(r"Invalid \w+: Syntax error", r"Invalid \w+: Syntax error")),
    Difference("dynalite", "Names that begin with an underscore", _we_say(r'Invalid \w+: Syntax error; token: "_"')),
    Difference("dynalite", "Operands that equal the first", _we_say(r"Invalid \w+: The first operand must be d")),
    Difference("dynalite", "ReturnValues of DeleteItem", _we_say("ReturnValues can only be ALL_OLD or NONE")),
    Difference("dynalite", "Select and projections", _we_say(_SELECTS)),
    Difference("dynalite", "Empty names in AttributesToGet", _we_say(".*An attribute name may not be empty")),
    Difference(
        "dynalite",
        "Types that ADD and DELETE take",
        _both_say(r"Invalid UpdateExpression: .*, typeSet: ALLOWED_FOR", "Invalid UpdateExpression: Incorrect operand"),
    ),
    Difference("dynalite", "Functions of the other kind", _both_say(_MISPLACED, r"Invalid \w+: Invalid function name")),
    Difference("dynalite", "Operands of a type that has no order", _we_say(_OPERAND)),
    Difference("dynalite", "NOT NOT", lambda call, _ours, _theirs: "NOT NOT" in str(call)),
    Difference("dynalite", "Parentheses", _both_say(r"Invalid \w+: .*redundant parentheses", r"Invalid \w+: Syntax")),
    Difference("dynalite", "Keys of other attributes in a batch", _both_say(".*does not match the schema", ".*duplic")),
    Difference("dynalite", "No attributes to return", _empty_attributes),
    Difference("dynalite", "Paths into a key", _we_say("Key attributes must be scalars")),
    Difference("dynalite", "Types that an operator takes", _we_say(f"{_INVALID}ComparisonOperator .* is not")),
    Difference("dynalite", "CONTAINS takes BOOL and NULL", _they_say(f"{_INVALID}ComparisonOperator .*CONTAINS")),
    Difference("dynalite", "EQ and NE take all types", _they_say(f"{_INVALID}ComparisonOperator (EQ|NE) is not")),
    Difference("dynalite", "Attributes that are not there", _legacy_condition_differs),
    Difference("dynalite", "A Limit of zero", _we_say("1 validation error detected: Value at 'Limit' failed")),
    Difference("dynalite", "Empty keys", _we_say(".*The AttributeValue for a key attribute cannot contain an empty")),
    Difference("ministack", "Accepts what is refused", _accepts),
    Difference("ministack", "Validates late", _asks_later),
    Difference("ministack", "No attributes to return", _empty_attributes),
    Difference("ministack", "Wrong JSON types", _another_code),
    Difference("ministack", "Fails", _fails),
    Difference("ministack", "Operands of functions", _they_say(r"Invalid \w+: Expected \w+, got")),
    Difference("ministack", "Items that were not created", _nothing_returned),
    Difference("ministack", "CONTAINS of a number", lambda call, ours, _: ours.ok and "CONTAINS" in str(call)),
    Difference("ministack", "Values of GetItem", lambda call, ours, _: call.operation == "GetItem" and ours.ok),
    Difference("moto", "Legacy parameters are overlooked", lambda call, _ours, _: bool(_LEGACY & call.members.keys())),
    Difference("moto", "The end of a limited page", _last_page),
    Difference("moto", "Two values that are not there", lambda call, ours, _: ours.ok and " in (" in str(call)),
    Difference("moto", "Removing from no item", _both_say("$", "The document path provided in the update expression")),
    Difference("moto", "Accepts what is refused", _accepts),
    Difference("moto", "Validates late", _asks_later),
    Difference("moto", "Wrong JSON types", _another_code),
    Difference("moto", "Fails", _fails),
)


def known_of(peer: str) -> tuple[Difference, ...]:
    return tuple(difference for difference in DIFFERENCES if difference.peer == peer)
