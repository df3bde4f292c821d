"""Expressions from their text to nodes.

    scope = Scope(request.placeholders)
    condition = parse_condition("ConditionExpression", request.condition_expression, scope)
    update = parse_update(request.update_expression, scope)
    scope.check_all_used()

Two passes: `reader` turns text into a syntax tree, which it keeps for texts that come again, and `binding` puts in
what this request's placeholders stand for. The passes are also DynamoDB's order of complaint: the syntax first,
then reserved words and functions, then placeholders, then the operands' types.
"""

from microdax.expressions import binding, nodes, reader
from microdax.expressions.lexer import InvalidExpression
from microdax.expressions.scope import Scope, check_have_expressions
from microdax.model.errors import ValidationException

__all__ = ["Scope", "check_have_expressions", "parse_condition", "parse_projection", "parse_update"]


def parse_condition(parameter: str, text: str, scope: Scope) -> nodes.Condition:
    """The condition in a ConditionExpression, FilterExpression or KeyConditionExpression, as `parameter` says."""
    try:
        return binding.bind_condition(reader.read_condition(text), scope)
    except InvalidExpression as problem:
        raise _refusal(parameter, problem) from None


def parse_update(text: str, scope: Scope) -> nodes.Update:
    try:
        return binding.bind_update(reader.read_update(text), scope)
    except InvalidExpression as problem:
        raise _refusal("UpdateExpression", problem) from None


def parse_projection(text: str, scope: Scope) -> nodes.Projection:
    try:
        return nodes.Projection(binding.bind_paths(reader.read_projection(text), scope))
    except InvalidExpression as problem:
        raise _refusal("ProjectionExpression", problem) from None


def _refusal(parameter: str, problem: InvalidExpression) -> ValidationException:
    return ValidationException(f"Invalid {parameter}: {problem}")
