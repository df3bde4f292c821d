"""Reads the paths and expressions of a PartiQL statement by recursive descent.

An expression becomes the syntax tree that the expression language has too (`microdax.expressions.syntax`), from which
`expressions.binding` makes the nodes and says what is wrong with operands: a value in the statement or a parameter
becomes a placeholder of that tree, kept in `values`.

    expression  = conjunction {OR conjunction}
    conjunction = negation {AND negation}
    negation    = NOT negation | predicate
    predicate   = sum [comparator sum | [NOT] BETWEEN sum AND sum | [NOT] IN list | IS [NOT] (MISSING | NULL)]
    sum         = term {("+" | "-") term}
    term        = value | path | function "(" sum {"," sum} ")" | "(" expression ")"

The grammar does not tell conditions from operands, since a parenthesis may open either; so each place checks that it
was given what it needs. Nesting is bounded: what a caller nests is on Python's stack here and wherever the tree is
walked.
"""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Final

from backend_store.partiql.lexer import malformed
from backend_store.partiql.values import ValueReader
from microdax.expressions.nodes import Path, Step
from microdax.expressions.syntax import Call, Syntax, ValueText
from microdax.model import limits
from microdax.model.errors import ValidationException
from microdax.model.values import Value

NESTING_MAX: Final = 40  # ours: parentheses, NOTs, functions and terms of a sum, one in the other
_INDEX_MAX: Final = 2**31 - 1
_COMPARATORS: Final = frozenset({"=", "<>", "<", "<=", ">", ">="})
_TESTS: Final = frozenset({"attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains"})
_CONDITIONS: Final = _COMPARATORS | _TESTS | {"BETWEEN", "IN", "AND", "OR", "NOT"}
_SET_FUNCTIONS: Final = frozenset({"list_append", "set_add", "set_delete"})
_FUNCTIONS: Final = _TESTS | _SET_FUNCTIONS | {"size"}


class Reader(ValueReader):
    """Reads from a statement; `values` are what the placeholders of the trees that it has read stand for."""

    def __init__(self, text: str, parameters: Sequence[Value]) -> None:
        super().__init__(text, parameters)
        self._nesting = 0
        self.values: dict[str, Value] = {}

    def path(self) -> Path:
        steps: list[Step] = [self.name()]
        while True:
            if self.accept("."):
                steps.append(self.name())
            elif self.accept("["):
                steps.append(self._subscript())
                self.expect("]")
            else:
                break
        if len(steps) > limits.NESTING_LEVELS_MAX:
            raise ValidationException(f"The document path has too many nesting levels; nesting levels: {len(steps)}")
        return Path(tuple(steps))

    def _subscript(self) -> Step:
        if self.kind == "string":
            return self.take().text
        text = self.expect("number").text
        if not text.isdigit():
            raise malformed("Unexpected path component")
        # Not before its length is known: thousands of digits are no number to Python.
        if len(text) > len(str(_INDEX_MAX)) or int(text) > _INDEX_MAX:
            raise ValidationException(f"List index is not within the allowable range; index: [{text}]")
        return int(text)

    def condition(self) -> Call:
        return _as_condition(self._expression())

    def new_value(self) -> Syntax:
        """What SET assigns."""
        return self._sum()

    def _expression(self) -> Syntax:
        return self._joined("OR", lambda: self._joined("AND", self._negation))

    def _joined(self, operator: str, read: Callable[[], Syntax]) -> Syntax:
        first = read()
        if self.kind != operator:
            return first
        parts = [_as_condition(first)]
        while self.accept(operator):
            parts.append(_as_condition(read()))
        return Call(operator, tuple(parts))

    def _negation(self) -> Syntax:
        if not self.accept("NOT"):
            return self._predicate()
        with self._nested():
            return Call("NOT", (_as_condition(self._negation()),))

    def _predicate(self) -> Syntax:
        left = self._sum()
        kind = "<>" if self.kind == "!=" else self.kind
        if kind in _COMPARATORS:
            self.take()
            return Call(kind, (_as_operand(left), _as_operand(self._sum())))
        if kind == "IS":
            return self._is(_as_operand(left))
        negated = kind == "NOT" and self.accept("NOT")
        if self.kind in ("BETWEEN", "IN"):
            test = self._range_or_choice(_as_operand(left))
            return Call("NOT", (test,)) if negated else test
        if self.kind == "LIKE":
            raise unsupported("LIKE")
        if negated:
            raise self.unexpected()
        return left

    def _range_or_choice(self, operand: Syntax) -> Call:
        if self.take().kind == "IN":
            return Call("IN", (operand, *self._choices()))
        low = _as_operand(self._sum())
        self.expect("AND")
        return Call("BETWEEN", (operand, low, _as_operand(self._sum())))

    def _choices(self) -> list[Syntax]:
        """The list of IN, in brackets or in parentheses."""
        closing = ")" if self.accept("(") else "]"
        if closing == "]":
            self.expect("[")
        choices = self.separated(lambda: _as_operand(self._sum()))
        self.expect(closing)
        return choices

    def _is(self, operand: Syntax) -> Call:
        self.take()
        negated = self.accept("NOT")
        if self.accept("MISSING"):
            return Call("attribute_exists" if negated else "attribute_not_exists", (operand,))
        self.expect("NULL")
        test = Call("attribute_type", (operand, self._placeholder("NULL")))
        return Call("NOT", (test,)) if negated else test

    def _sum(self) -> Syntax:
        left = self._term()
        terms = 1
        while self.kind in ("+", "-"):
            terms += 1
            if terms > NESTING_MAX:
                raise _nested_too_deeply()
            left = Call(self.take().kind, (left, self._term()))
        return left

    def _term(self) -> Syntax:
        if self.accept("("):
            with self._nested():
                inside = self._expression()
                self.expect(")")
                return inside
        if self.kind == "name" and self.following == "(":
            return self._call()
        if self.kind in ("name", "quoted"):
            return self.path()
        return self._placeholder(self.value())

    def _call(self) -> Call:
        function = self.take().text
        if function.lower() not in _FUNCTIONS:
            raise unsupported(f"function {function}")
        with self._nested():
            self.expect("(")
            operands = self.separated(self._sum)
            self.expect(")")
        if function.lower() not in _SET_FUNCTIONS:
            operands = [_as_operand(operand) for operand in operands]
        return Call(function.lower(), tuple(operands))

    def _placeholder(self, value: Value) -> ValueText:
        placeholder = f":{len(self.values)}"
        self.values[placeholder] = value
        return ValueText(placeholder)

    @contextmanager
    def _nested(self) -> Generator[None, None, None]:
        self._nesting += 1
        if self._nesting > NESTING_MAX:
            raise _nested_too_deeply()
        yield
        self._nesting -= 1


def unsupported(what: str) -> ValidationException:
    """The refusal of something that PartiQL has and DynamoDB does not."""
    return ValidationException(f"Unsupported operation: {what}")


def _as_condition(syntax: Syntax) -> Call:
    if isinstance(syntax, Call) and syntax.operator in _CONDITIONS:
        return syntax
    raise unsupported("a condition has to be a comparison, a function of conditions, or made of such")


def _as_operand(syntax: Syntax) -> Syntax:
    """What a comparison or function of conditions can be about: a value, a path or a size."""
    if isinstance(syntax, Call) and syntax.operator != "size":
        raise unsupported(f"{syntax.operator} inside a condition's operand")
    return syntax


def _nested_too_deeply() -> ValidationException:
    return malformed(f"The statement has more than {NESTING_MAX} levels of nesting")
