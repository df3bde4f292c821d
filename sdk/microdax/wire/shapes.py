"""The shapes of requests: which JSON type a member has and which constraints its value obeys.

A shape works in the two steps of the service's front end. `read` makes typed members out of JSON and raises
SerializationException at the first wrong type. `check` adds a sentence for each violated constraint, and the
service reports them together, ten at most, in the order in which an operation declares its members.

Attribute values keep their JSON until both steps are done, because their rules come after all constraints;
`attribute_maps` finds them.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Literal, Protocol, TypeAlias

import orjson

from microdax.model import limits
from microdax.model.errors import ValidationException
from microdax.wire.json_types import (
    read_boolean,
    read_integer,
    read_list,
    read_map,
    read_string,
    read_structure,
    read_timestamp,
)

Members: TypeAlias = Mapping[str, Any]

_VIOLATIONS_MAX: Final = 10
_SHOWN_CHARS_MAX: Final = 1024
_NAME_PATTERN: Final = re.compile(r"[a-zA-Z0-9_.-]+")
_TABLE_ARN: Final = re.compile(r"arn:[^:]+:dynamodb:[^:]*:[^:]*:table/([^/]+)")


class Violations:
    """The violated constraints of one request."""

    __slots__ = ("_sentences",)

    def __init__(self) -> None:
        self._sentences: list[str] = []

    def add(self, path: str, value: object, constraint: str) -> None:
        self._add(f"Value {_shown(value)} at '{path}' failed to satisfy constraint: {constraint}")

    def add_of(self, member: str, constraint: str) -> None:
        """One that is told by its member's name, without its value."""
        self._add(f"Value at '{member}' failed to satisfy constraint: {constraint}")

    def _add(self, sentence: str) -> None:
        if len(self._sentences) < _VIOLATIONS_MAX:
            self._sentences.append(sentence)

    def report(self) -> None:
        """Raise ValidationException if there are any."""
        if self._sentences:
            count = len(self._sentences)
            errors = "error" if count == 1 else "errors"
            raise ValidationException(f"{count} validation {errors} detected: {'; '.join(self._sentences)}")


class Shape(Protocol):
    """`within` is whether the value stands directly in a list or map, for which some messages differ."""

    def read(self, json: object, within: bool = False) -> object: ...

    def check(self, value: Any, path: str, violations: Violations) -> None: ...


@dataclass(frozen=True, slots=True)
class Lengths:
    """How long a string, list or map may be."""

    least: int = 0
    most: int | None = None

    def violated(self, length: int) -> Iterator[str]:
        if length < self.least:
            yield self.least_text
        if self.most is not None and length > self.most:
            yield self.most_text

    @property
    def least_text(self) -> str:
        return f"Member must have length greater than or equal to {self.least}"

    @property
    def most_text(self) -> str:
        return f"Member must have length less than or equal to {self.most}"

    def __str__(self) -> str:
        return f"{self.most_text}, {self.least_text}"


NAME_LENGTHS: Final = Lengths(limits.TABLE_NAME_CHARS_MIN, limits.TABLE_NAME_CHARS_MAX)


@dataclass(frozen=True, slots=True)
class String:
    """A string of some length or pattern, or one of `values`, in the order in which the service lists them."""

    values: tuple[str, ...] = ()
    lengths: Lengths = Lengths()
    pattern: str | None = None

    def read(self, json: object, within: bool = False) -> str:
        return read_string(json)

    def check(self, value: str, path: str, violations: Violations) -> None:
        if self.values and value not in self.values:
            violations.add(path, value, f"Member must satisfy enum value set: [{', '.join(self.values)}]")
        if self.pattern is not None and not re.fullmatch(self.pattern, value):
            violations.add(path, value, f"Member must satisfy regular expression pattern: {self.pattern}")
        for constraint in self.lengths.violated(len(value)):
            violations.add(path, value, constraint)


@dataclass(frozen=True, slots=True)
class Name:
    """The name of a table or index; where `arn` is set, a table's ARN stands for its name."""

    arn: bool = False

    def read(self, json: object, within: bool = False) -> str:
        text = read_string(json)
        arn = _TABLE_ARN.fullmatch(text) if self.arn else None
        return arn[1] if arn else text

    def check(self, value: str, path: str, violations: Violations) -> None:
        for constraint in self.violated(value):
            violations.add(path, value, constraint)

    def violated(self, value: str) -> Iterator[str]:
        if not _NAME_PATTERN.fullmatch(value):
            yield self.pattern_text
        yield from NAME_LENGTHS.violated(len(value))

    @property
    def pattern_text(self) -> str:
        return f"Member must satisfy regular expression pattern: {_NAME_PATTERN.pattern}"


@dataclass(frozen=True, slots=True)
class Boolean:
    def read(self, json: object, within: bool = False) -> bool:
        return read_boolean(json)

    def check(self, value: bool, path: str, violations: Violations) -> None:
        pass


@dataclass(frozen=True, slots=True)
class Integer:
    least: int | None = None
    most: int | None = None
    type_name: Literal["Integer", "Long"] = "Integer"

    def read(self, json: object, within: bool = False) -> int:
        return read_integer(json, self.type_name)

    def check(self, value: int, path: str, violations: Violations) -> None:
        if self.least is not None and value < self.least:
            violations.add(path, value, f"Member must have value greater than or equal to {self.least}")
        if self.most is not None and value > self.most:
            violations.add(path, value, f"Member must have value less than or equal to {self.most}")


@dataclass(frozen=True, slots=True)
class QueryLimit(Integer):
    """A Limit as Query has it, which tells a violation in another way than all other operations do."""

    least: int | None = 1

    def check(self, value: int, path: str, violations: Violations) -> None:
        if value < 1:
            violations.add_of("Limit", "Member must have value greater than or equal to 1")


@dataclass(frozen=True, slots=True)
class Timestamp:
    """Seconds since the epoch, with a fraction or without."""

    def read(self, json: object, within: bool = False) -> float:
        return read_timestamp(json)

    def check(self, value: float, path: str, violations: Violations) -> None:
        pass


@dataclass(frozen=True, slots=True)
class AttributeValues:
    """A map of attribute values, such as an item or a key: left as JSON, which `wire.item_json` reads."""

    def read(self, json: object, within: bool = False) -> dict[str, object]:
        return read_map(json, "AttributeValue", inner=within)

    def check(self, value: object, path: str, violations: Violations) -> None:
        pass


@dataclass(frozen=True, slots=True)
class AttributeValue:
    """One attribute value: left as JSON likewise."""

    def read(self, json: object, within: bool = False) -> dict[str, object]:
        return read_structure(json, "AttributeValue", element=within)

    def check(self, value: object, path: str, violations: Violations) -> None:
        pass


@dataclass(frozen=True, slots=True)
class NotSupported:
    """A parameter of the API that this version does not implement; better refused than ignored."""

    name: str

    def read(self, json: object, within: bool = False) -> object:
        return json

    def check(self, value: object, path: str, violations: Violations) -> None:
        raise not_supported(self.name)


@dataclass(frozen=True, slots=True)
class ListOf:
    element: Shape
    lengths: Lengths = Lengths()

    def read(self, json: object, within: bool = False) -> list[object]:
        elements = read_list(json, inner=within)
        return [None if element is None else self.element.read(element, within=True) for element in elements]

    def check(self, value: list[object], path: str, violations: Violations) -> None:
        for constraint in self.lengths.violated(len(value)):
            violations.add(path, value, constraint)
        for number, element in enumerate(value, start=1):
            _check_element(self.element, element, f"{path}.{number}.member", violations)


@dataclass(frozen=True, slots=True)
class MapOf:
    """A map from strings; from the names of tables where `of_tables` is set."""

    value: Shape
    value_type: str
    lengths: Lengths = Lengths()
    value_lengths: Lengths | None = None
    of_tables: bool = False

    def read(self, json: object, within: bool = False) -> dict[str, object]:
        members = read_map(json, self.value_type, inner=within)
        values = {
            _TABLE_NAME.read(key) if self.of_tables else key: None if value is None else self.value.read(value, True)
            for key, value in members.items()
        }
        if len(values) != len(members):
            raise ValidationException("One or more parameter values were invalid: A table is named twice")
        return values

    def check(self, value: dict[str, Any], path: str, violations: Violations) -> None:
        for constraint in self.lengths.violated(len(value)):
            violations.add(path, value, constraint)
        if self.of_tables and any(any(_TABLE_NAME.violated(key)) for key in value):
            rules = f"{NAME_LENGTHS}, {_TABLE_NAME.pattern_text}"
            violations.add(path, value, f"Map keys must satisfy constraint: [{rules}]")
        if self.value_lengths and any(
            any(self.value_lengths.violated(len(element or ()))) for element in value.values()
        ):
            violations.add(path, value, f"Map value must satisfy constraint: [{self.value_lengths}]")
        for key, element in value.items():
            _check_element(self.value, element, f"{path}.{key}.member", violations)


@dataclass(frozen=True, slots=True)
class Member:
    shape: Shape
    required: bool = False


@dataclass(frozen=True, slots=True)
class Structure:
    """Members by name. Unknown ones are ignored, as the service does, and so are those that are null."""

    name: str
    members: Mapping[str, Member]

    def read(self, json: object, within: bool = False) -> dict[str, object]:
        return {
            name: self.members[name].shape.read(value)
            for name, value in read_structure(json, self.name, element=within).items()
            if value is not None and name in self.members
        }

    def check(self, value: Members, path: str, violations: Violations) -> None:
        prefix = path + "." if path else ""
        for name, member in self.members.items():
            if name in value:
                member.shape.check(value[name], prefix + _lower_first(name), violations)
            elif member.required:
                violations.add(prefix + _lower_first(name), None, "Member must not be null")


def attribute_maps(shape: Shape, value: Any) -> Iterator[object]:
    """The JSON of all maps of attribute values in what `shape` read; a value on its own makes a map of its own."""
    if value is None:
        return
    match shape:
        case AttributeValues():
            yield value
        case AttributeValue():
            yield {"": value}
        case ListOf():
            for element in value:
                yield from attribute_maps(shape.element, element)
        case MapOf():
            for element in value.values():
                yield from attribute_maps(shape.value, element)
        case Structure():
            for name, member in value.items():
                yield from attribute_maps(shape.members[name].shape, member)
        case _:
            return


def not_supported(parameter: str) -> ValidationException:
    return ValidationException(f"The parameter {parameter} is not supported by this version of microdax")


_TABLE_NAME: Final = Name(arn=True)


def _check_element(shape: Shape, element: object, path: str, violations: Violations) -> None:
    if element is None:
        violations.add(path, None, "Member must not be null")
    else:
        shape.check(element, path, violations)


@cache
def _lower_first(name: str) -> str:
    """The name as messages write it; only declared members are asked about, so that the cache is small."""
    return name[0].lower() + name[1:]


def _shown(value: object) -> str:
    """The value as a message shows it, in quotes, and no more of it than a message can bear."""
    if value is None:
        return "null"
    text = str(value) if isinstance(value, str | int) else _json_text(value)
    return f"'{text}'" if len(text) <= _SHOWN_CHARS_MAX else f"'{text[:_SHOWN_CHARS_MAX]}...'"


def _json_text(value: object) -> str:
    try:
        return orjson.dumps(value).decode()
    except orjson.JSONEncodeError:
        return "..."  # nested more deeply than orjson writes, though not than it reads
