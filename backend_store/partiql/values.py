"""Reads the values of a statement: literals, and parameters in place of question marks."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from backend_store.partiql.cursor import Cursor
from microdax.model import limits
from microdax.model.errors import ValidationException
from microdax.model.values import Item, NumberSet, StringSet, Value, parse_number

_TOO_DEEP: Final = (
    "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit"
)


class ValueReader(Cursor):
    """A cursor over a statement that comes with these parameters."""

    def __init__(self, text: str, parameters: Sequence[Value]) -> None:
        super().__init__(text)
        self._parameters = parameters
        self._asked = 0

    def end(self) -> None:
        """The statement is over: refuse what follows it, and parameters that it asked for and was not given."""
        super().end()
        if self._asked > len(self._parameters):
            raise ValidationException("Number of parameters in request and statement don't match.")

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


def _levels(value: Value) -> int:
    """How many maps and lists are in one another; a parameter has at most what an item may have."""
    if isinstance(value, dict):
        return 1 + max(map(_levels, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(_levels, value), default=0)
    return 0
