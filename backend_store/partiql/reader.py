"""Reads values, paths and expressions of a PartiQL statement by recursive descent.

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
from decimal import Decimal
from typing import Final, TypeVar

from backend_store.partiql.lexer import Token, malformed, tokenize
from microdax.expressions.nodes import Path, Step
from microdax.expressions.syntax import Call, Syntax, ValueText
from microdax.model import limits
from microdax.model.errors import ValidationException
from microdax.model.values import Item, NumberSet, StringSet, Value, parse_number

T = TypeVar("T")

NESTING_MAX: Final = 40  # ours: parentheses, NOTs, functions and terms of a sum, one in the other
_COMPARATORS: Final = frozenset({"=", "<>", "<", "<=", ">", ">="})
_TESTS: Final = frozenset({"attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains"})
_CONDITIONS: Final = _COMPARATORS | _TESTS | {"BETWEEN", "IN", "AND", "OR", "NOT"}
_SET_FUNCTIONS: Final = frozenset({"list_append", "set_add", "set_delete"})
_FUNCTIONS: Final = _TESTS | _SET_FUNCTIONS | {"size"}
_TOO_DEEP: Final = (
    "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit"
)
_TOKEN_NAMES: Final = {
    "(": "LEFT_PAREN",
    ")": "RIGHT_PAREN",
    "[": "LEFT_BRACKET",
    "]": "RIGHT_BRACKET",
    "{": "LEFT_CURLY",
    "}": "RIGHT_CURLY",
    "<<": "LEFT_DOUBLE_ANGLE_BRACKET",
    ">>": "RIGHT_DOUBLE_ANGLE_BRACKET",
    ",": "COMMA",
    ".": "DOT",
    ":": "COLON",
    "*": "STAR",
    "=": "OPERATOR",
}


class Reader:
    """A position among the tokens, and the values that have been met. `kind` is the kind of the token that comes next.

    `values` are what the placeholders of the trees stand for.
    """

    def __init__(self, text: str, parameters: Sequence[Value]) -> None:
        self._tokens = tokenize(text)
        self._position = 0
        self._parameters = parameters
        self._asked = 0
        self._nesting = 0
        self.values: dict[str, Value] = {}

    # ---- tokens

    @property
    def kind(self) -> str:
        return self._tokens[self._position].kind

    @property
    def following(self) -> str:
        """The kind of the token after the next one."""
        return self._tokens[min(self._position + 1, len(self._tokens) - 1)].kind

    def take(self) -> Token:
        token = self._tokens[self._position]
        if token.kind != "end":
            self._position += 1
        return token

    def accept(self, kind: str) -> bool:
        """Take the next token if it is of this kind."""
        if self.kind != kind:
            return False
        self.take()
        return True

    def expect(self, kind: str) -> Token:
        if self.kind != kind:
            raise malformed(f"Expected {_TOKEN_NAMES.get(kind, kind.upper())}")
        return self.take()

    def accept_word(self, word: str) -> bool:
        """Take the next token if it is this word, which is a keyword in this place alone."""
        token = self._tokens[self._position]
        if token.kind != "name" or token.text.upper() != word:
            return False
        self.take()
        return True

    def expect_word(self, *words: str) -> str:
        for word in words:
            if self.accept_word(word):
                return word
        raise malformed(f"Expected {' or '.join(words)}")

    def end(self) -> None:
        """The statement is over: refuse what follows it, and parameters that it asked for and was not given."""
        self.accept(";")
        if self.kind != "end":
            raise malformed("Unexpected token after expression")
        if self._asked > len(self._parameters):
            raise ValidationException("Number of parameters in request and statement don't match.")

    # ---- names and paths

    def name(self) -> str:
        if self.kind not in ("name", "quoted"):
            raise malformed("Expected identifier")
        text = self.take().text
        if not text:
            raise ValidationException("Path component cannot be an empty string")
        return text

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
        return int(text)

    # ---- values

    def value(self, level: int = 1) -> Value:
        """A value of the statement; `level` is how many maps and lists it is in, the item itself included."""
        match self.kind:
            case "?":
                return self._parameter(level)
            case "string":
                return self.take().text
            case "number" | "+" | "-":
                return self._number()
            case "TRUE" | "FALSE":
                return self.take().kind == "TRUE"
            case "NULL":
                self.take()
                return None
            case "[":
                return self._list(level)
            case "{":
                return self.map(level)
            case "<<":
                return self._bag()
            case _:
                raise self.unexpected()

    def map(self, level: int = 1) -> Item:
        self._check_level(level)
        self.expect("{")
        members = [] if self.kind == "}" else self.separated(lambda: self._member(level))
        self.expect("}")
        names = [name for name, _ in members]
        if len(set(names)) < len(names):
            raise ValidationException("Input map contains duplicate attribute names")
        return dict(members)

    def unexpected(self) -> ValidationException:
        """The refusal of the next token where a value or a path should begin."""
        return malformed("Unexpected keyword" if self.kind.isalpha() and self.kind.isupper() else "Unexpected term")

    def _member(self, level: int) -> tuple[str, Value]:
        name = self.take().text if self.kind == "string" else self.name()
        if not name:
            raise ValidationException("One or more parameter values were invalid: An attribute name may not be empty")
        self.expect(":")
        return name, self.value(level + 1)

    def _list(self, level: int) -> list[Value]:
        self._check_level(level)
        self.expect("[")
        elements = [] if self.kind == "]" else self.separated(lambda: self.value(level + 1))
        self.expect("]")
        return elements

    def _bag(self) -> StringSet | NumberSet:
        self.expect("<<")
        if self.kind == ">>":
            raise ValidationException("Empty bags are not supported")
        elements = self.separated(self._bag_element)
        self.expect(">>")
        if len(set(elements)) < len(elements):
            raise ValidationException("Input collection contains duplicates")
        strings = [element for element in elements if isinstance(element, str)]
        numbers = [element for element in elements if isinstance(element, Decimal)]
        if strings and numbers:
            raise ValidationException("DynamoDB only supports either numbers or strings in bags")
        return StringSet(strings) if strings else NumberSet(numbers)

    def _bag_element(self) -> str | Decimal:
        if self.kind not in ("string", "number", "+", "-"):
            raise ValidationException("Unsupported data type in Bag")
        return self.take().text if self.kind == "string" else self._number()

    def _number(self) -> Decimal:
        sign = "" if self.kind == "number" else self.take().kind
        return parse_number(sign + self.expect("number").text)

    def _parameter(self, level: int) -> Value:
        """The next of the request's parameters; NULL stands for one that is missing until `end` refuses it."""
        self.take()
        self._asked += 1
        if self._asked > len(self._parameters):
            return None
        parameter = self._parameters[self._asked - 1]
        if level > 1:
            self._check_level(level - 1 + _levels(parameter))
        return parameter

    def _check_level(self, level: int) -> None:
        if level > limits.NESTING_LEVELS_MAX:
            raise ValidationException(_TOO_DEEP)

    # ---- expressions

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

    def separated(self, read: Callable[[], T]) -> list[T]:
        """One or more of what `read` reads, between commas."""
        found = [read()]
        while self.accept(","):
            found.append(read())
        return found

    @contextmanager
    def _nested(self) -> Generator[None, None, None]:
        self._nesting += 1
        if self._nesting > NESTING_MAX:
            raise _nested_too_deeply()
        yield
        self._nesting -= 1


def _levels(value: Value) -> int:
    """How many maps and lists are in one another; a parameter has at most what an item may have."""
    if isinstance(value, dict):
        return 1 + max(map(_levels, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(_levels, value), default=0)
    return 0


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
