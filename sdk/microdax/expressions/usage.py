"""What can be refused from an expression's text alone: reserved words, list indexes, unknown or misplaced functions.

DynamoDB looks for these in the order written, after the syntax and before any placeholder.
"""

from collections.abc import Iterable
from typing import Final

from microdax.expressions.lexer import InvalidExpression
from microdax.expressions.nodes import Path
from microdax.expressions.reserved_words import is_reserved
from microdax.expressions.syntax import Call, Clause, PathText, Syntax
from microdax.model import limits

COMPARATORS: Final = frozenset({"=", "<>", "<", "<=", ">", ">="})
_LOGIC: Final = frozenset({"AND", "OR", "NOT"})
_COMPARISONS: Final = COMPARATORS | {"BETWEEN", "IN"}
_ARITHMETIC: Final = frozenset({"+", "-"})
_TESTS: Final = frozenset({"attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains"})
_MEASURES: Final = frozenset({"size"})
_CONDITION_FUNCTIONS: Final = _TESTS | _MEASURES
_UPDATE_FUNCTIONS: Final = frozenset({"if_not_exists", "list_append"})
_INDEX_MAX: Final = 2**31 - 1


def check_condition(condition: Syntax) -> None:
    assert isinstance(condition, Call), "the reader lets nothing else stand for a condition"
    if condition.operator in _LOGIC:
        for part in condition.operands:
            check_condition(part)
    elif condition.operator in _COMPARISONS:
        for part in condition.operands:
            _check_operand(part)
    else:
        _check_condition_function(condition, _TESTS)


def check_update(clauses: Iterable[Clause]) -> None:
    seen = set[str]()
    for clause in clauses:
        for action in clause.actions:
            check_path(action.path)
            if action.value is not None:
                _check_new_value(action.value)
        if clause.keyword in seen:
            raise InvalidExpression(f'The "{clause.keyword}" section can only be used once in an update expression;')
        seen.add(clause.keyword)


def check_path(path: Path | PathText) -> None:
    for step in path.steps:
        if isinstance(step, int):
            if step > _INDEX_MAX:
                raise InvalidExpression(f"List index is not within the allowable range; index: [{step}]")
        elif is_reserved(step):
            raise InvalidExpression(f"Attribute name is a reserved keyword; reserved keyword: {step}")
    if len(path.steps) > limits.NESTING_LEVELS_MAX:
        raise InvalidExpression(f"The document path has too many nesting levels; nesting levels: {len(path.steps)}")


def _check_operand(operand: Syntax) -> None:
    if isinstance(operand, Path | PathText):
        check_path(operand)
    elif isinstance(operand, Call):
        _check_condition_function(operand, _MEASURES)


def _check_condition_function(call: Call, fitting: frozenset[str]) -> None:
    _check_known(call)
    if call.operator in _UPDATE_FUNCTIONS:
        raise InvalidExpression(f"The function is not allowed in a condition expression; function: {call.operator}")
    if call.operator not in fitting:
        raise _misplaced(call)
    for operand in call.operands:
        _check_operand(operand)


def _check_new_value(value: Syntax) -> None:
    if isinstance(value, Path | PathText):
        check_path(value)
    elif isinstance(value, Call):
        if value.operator not in _ARITHMETIC:
            _check_update_function(value)
        for operand in value.operands:
            _check_new_value(operand)


def _check_update_function(call: Call) -> None:
    _check_known(call)
    if call.operator in _CONDITION_FUNCTIONS:
        raise InvalidExpression(f"The function is not allowed in an update expression; function: {call.operator}")
    if call.operator == "list_append":
        for operand in call.operands:
            if isinstance(operand, Call) and operand.operator == "list_append":
                raise _misplaced(operand)


def _check_known(call: Call) -> None:
    if call.operator not in _CONDITION_FUNCTIONS and call.operator not in _UPDATE_FUNCTIONS:
        raise InvalidExpression(f"Invalid function name; function: {call.operator}")


def _misplaced(call: Call) -> InvalidExpression:
    return InvalidExpression(
        f"The function is not allowed to be used this way in an expression; function: {call.operator}"
    )
