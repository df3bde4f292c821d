"""Reads the text of an expression into a syntax tree, and keeps the trees of texts that come again.

The grammar is that of the developer guide. Operands are read by descent; their nesting is bounded. What is built
of conditions with AND, OR, NOT and parentheses is read with stacks of its own, so that four thousand parentheses
are refused like any other mistake and do not exhaust Python's stack.

"(" is the one word that does not say what it opens: `(a) = b` puts an operand in parentheses, `(a = b)` a
condition. So what stands in them is read first, and what follows decides.
"""

from functools import lru_cache
from typing import Final, NamedTuple

from microdax.expressions import usage
from microdax.expressions.lexer import InvalidExpression, syntax_error, tokenize
from microdax.expressions.nodes import Path, Step
from microdax.expressions.syntax import ActionText, Call, Clause, PathText, Syntax, ValueText
from microdax.model import limits

_TREES_KEPT: Final = 256  # of each sort of expression; a tree takes some fifty bytes for each byte of text
_PRECEDENCE: Final = {"(": 0, "OR": 1, "AND": 2}
_CALL_NESTING_MAX: Final = 64  # ours: DynamoDB names no limit, and only if_not_exists nests at all


@lru_cache(_TREES_KEPT)
def read_condition(text: str) -> Call:
    condition = _ConditionReader(_Reader(text)).condition()
    usage.check_condition(condition)
    return condition


@lru_cache(_TREES_KEPT)
def read_update(text: str) -> tuple[ActionText, ...]:
    """The actions of all clauses in the order written."""
    clauses = _Reader(text).update()
    usage.check_update(clauses)
    return tuple([action for clause in clauses for action in clause.actions])


@lru_cache(_TREES_KEPT)
def read_projection(text: str) -> tuple[Path | PathText, ...]:
    paths = _Reader(text).projection()
    for path in paths:
        usage.check_path(path)
    return paths


class _Reader:
    """A position among the tokens. `kind` is the kind of the token that comes next."""

    def __init__(self, text: str) -> None:
        _check_size(text)
        self._text = text
        self._tokens = tokenize(text)
        self._position = 0
        self._operators = 0
        self._calls_open = 0
        self.kind = self._tokens[0].kind

    def update(self) -> tuple[Clause, ...]:
        clauses = [self._clause()]
        while self.kind != "end":
            clauses.append(self._clause())
        return tuple(clauses)

    def projection(self) -> tuple[Path | PathText, ...]:
        paths = [self.path()]
        while self.accept(","):
            paths.append(self.path())
        self.expect("end")
        return tuple(paths)

    def operand(self) -> Syntax:
        """An operand, in parentheses or not."""
        opened = self.opening_parentheses()
        operand = self.bare_operand()
        self.closing_parentheses(opened)
        return operand

    def operands(self) -> tuple[Syntax, ...]:
        """A list of operands in parentheses: never an empty one."""
        self.expect("(")
        operands = [self.operand()]
        while self.accept(","):
            operands.append(self.operand())
        self.expect(")")
        return tuple(operands)

    def bare_operand(self) -> Syntax:
        if self.kind == "value":
            return ValueText(self.take())
        if self.kind == "word" and self._tokens[self._position + 1].kind == "(":
            return self._call()
        return self.path()

    def path(self) -> Path | PathText:
        steps: list[Step] = [self._name()]
        while True:
            if self.accept("."):
                steps.append(self._name())
            elif self.accept("["):
                steps.append(int(self.expect("index")))
                self.expect("]")
            else:
                break
        referring = any(isinstance(step, str) and step.startswith("#") for step in steps)
        return PathText(tuple(steps)) if referring else Path(tuple(steps))

    def opening_parentheses(self) -> int:
        opened = 0
        while self.accept("("):
            opened += 1
        return opened

    def closing_parentheses(self, count: int) -> None:
        for closed in range(count):
            self.expect(")")
            if closed:
                raise redundant_parentheses()

    def operator(self) -> str:
        """Take an operator, one of those that an expression may not have too many of."""
        self._operators += 1
        if self._operators > limits.EXPRESSION_OPERATORS_MAX:
            raise InvalidExpression(f"The expression contains too many operators; operator count: {self._operators}")
        kind = self.kind
        self.take()
        return kind

    def take(self) -> str:
        """Move on, and return the text of the token that was next."""
        text = self._tokens[self._position].text
        self._position += 1
        self.kind = self._tokens[self._position].kind
        return text

    def accept(self, kind: str) -> bool:
        """Take the next token if it is of this kind."""
        if self.kind != kind:
            return False
        self.take()
        return True

    def expect(self, kind: str) -> str:
        if self.kind != kind:
            raise self.unexpected()
        return self.take() if kind != "end" else ""

    def unexpected(self) -> InvalidExpression:
        return syntax_error(self._text, self._tokens, self._position)

    def _call(self) -> Call:
        self._calls_open += 1
        if self._calls_open > _CALL_NESTING_MAX:
            raise InvalidExpression("The expression has too many nested functions;")
        call = Call(self.take(), self.operands())
        self._calls_open -= 1
        return call

    def _name(self) -> str:
        return self.take() if self.kind == "name" else self.expect("word")

    def _clause(self) -> Clause:
        keyword = self.kind
        if keyword not in ("SET", "REMOVE", "ADD", "DELETE"):
            raise self.unexpected()
        self.take()
        actions = [self._action(keyword)]
        while self.accept(","):
            actions.append(self._action(keyword))
        return Clause(keyword, tuple(actions))

    def _action(self, clause: str) -> ActionText:
        path = self.path()
        if clause == "REMOVE":
            return ActionText(clause, path)
        if clause == "SET":
            self.expect("=")
            return ActionText(clause, path, self._new_value())
        return ActionText(clause, path, ValueText(self.expect("value")))

    def _new_value(self) -> Syntax:
        """An operand or the sum or difference of two; parentheses may be around each and around the whole."""
        opened = self.opening_parentheses()
        value = self.bare_operand()
        around_operand = min(opened, 1) if self.kind == ")" else 0
        self.closing_parentheses(around_operand)
        if self.kind in ("+", "-"):
            value = Call(self.operator(), (value, self.operand()))
        elif around_operand and opened > 1:
            raise redundant_parentheses() if self.kind == ")" else self.unexpected()
        self.closing_parentheses(opened - around_operand)
        return value


class _Term(NamedTuple):
    condition: Call
    in_parentheses: bool


class _ConditionReader:
    """Conditions by precedence: a stack of terms that were read, and one of operators that wait for their end."""

    def __init__(self, reader: _Reader) -> None:
        self._reader = reader
        self._terms: list[_Term] = []
        self._waiting: list[str] = []

    def condition(self) -> Call:
        while True:
            self._begin_term()
            self._terms.append(self._term())
            self._apply_nots()
            while self._reader.kind == ")":
                self._close()
            if self._reader.kind not in ("AND", "OR"):
                break
            self._apply(_PRECEDENCE[self._reader.kind])
            self._waiting.append(self._reader.operator())
        self._reader.expect("end")
        self._apply(_PRECEDENCE["OR"])
        if self._waiting:
            raise self._reader.unexpected()
        return self._terms.pop().condition

    def _begin_term(self) -> None:
        while True:
            if self._reader.kind == "NOT":
                self._waiting.append(self._reader.operator())
            elif self._reader.accept("("):
                self._waiting.append("(")
            else:
                return

    def _term(self) -> _Term:
        """A comparison or a function, after the parentheses that turn out to be around its first operand alone."""
        operand = self._reader.bare_operand()
        enclosed = False
        while self._reader.kind == ")" and self._waiting and self._waiting[-1] == "(":
            self._enclose(enclosed)
            enclosed = True
        kind = self._reader.kind
        if kind in usage.COMPARATORS:
            return _Term(Call(self._reader.operator(), (operand, self._reader.operand())), False)
        if kind == "BETWEEN":
            return _Term(Call(self._reader.operator(), (operand, *self._bounds())), False)
        if kind == "IN":
            return _Term(Call(self._reader.operator(), (operand, *self._reader.operands())), False)
        if isinstance(operand, Call):
            return _Term(operand, enclosed)
        raise self._reader.unexpected()

    def _bounds(self) -> tuple[Syntax, Syntax]:
        low = self._reader.operand()
        self._reader.expect("AND")
        return low, self._reader.operand()

    def _close(self) -> None:
        """A parenthesis around a condition closes."""
        self._apply(_PRECEDENCE["OR"])
        if not self._waiting:
            raise self._reader.unexpected()
        condition, in_parentheses = self._terms.pop()
        self._enclose(in_parentheses)
        self._terms.append(_Term(condition, True))
        self._apply_nots()

    def _enclose(self, again: bool) -> None:
        self._waiting.pop()
        self._reader.take()
        if again:
            raise redundant_parentheses()

    def _apply_nots(self) -> None:
        while self._waiting and self._waiting[-1] == "NOT":
            self._waiting.pop()
            self._terms.append(_Term(Call("NOT", (self._terms.pop().condition,)), False))

    def _apply(self, precedence: int) -> None:
        """Join terms by the waiting operators that bind at least as closely as `precedence`."""
        while self._waiting and _PRECEDENCE[self._waiting[-1]] >= precedence:
            operator = self._waiting.pop()
            right = self._terms.pop().condition
            left = self._terms.pop()
            # a AND b AND c is one AND of three.
            chained = left.condition.operator == operator and not left.in_parentheses
            operands = left.condition.operands if chained else (left.condition,)
            self._terms.append(_Term(Call(operator, (*operands, right)), False))


def redundant_parentheses() -> InvalidExpression:
    return InvalidExpression("The expression has redundant parentheses;")


def _check_size(text: str) -> None:
    if not text:
        raise InvalidExpression("The expression can not be empty;")
    size = len(text.encode())
    if size > limits.EXPRESSION_BYTES_MAX:
        raise InvalidExpression(f"Expression size has exceeded the maximum allowed size; expression size: {size}")
