"""botocore's model of an operation, compiled: is this input plain, and where is the binary in this output?

**Plain input.** botocore validates arguments and converts them by walking its model for every value, which takes longer
than the request. Here each shape becomes a closure that answers one question: would botocore certainly accept this, and
is its JSON the same as orjson's? Exact types only: a subclass, an enum, a date, text for binary (botocore encodes it),
a file, a number out of range, an unknown or missing member all answer no. What is not plain goes to botocore's own
validator and serializer, which refuse it in their own words, or accept and convert it. So no rule of botocore's is
written down twice, and none is missed.

**Binary output.** JSON has no bytes: B is base64, and only the model says which text is a B and which an attribute
called "B". A shape that can hold binary becomes a closure that decodes it in place; the others are never visited.
"""

from base64 import b64decode
from collections.abc import Callable
from typing import Any, TypeAlias

from botocore.model import ListShape, MapShape, Shape, StructureShape

IsPlain: TypeAlias = Callable[[Any], bool]
Decode: TypeAlias = Callable[[Any], Any]

_DICT = (dict,)
_LISTS = (list, tuple)


class InputShapes:
    """Compiles input shapes, each once: an AttributeValue holds lists and maps of its own kind."""

    def __init__(self) -> None:
        self._structures: dict[str, IsPlain] = {}

    def is_plain(self, shape: Shape) -> IsPlain:
        """The function that says whether a value of this shape is plain."""
        if isinstance(shape, StructureShape):
            return self._structure(shape)
        if isinstance(shape, ListShape):
            return _is_plain_list(self.is_plain(shape.member), _least(shape))
        if isinstance(shape, MapShape):
            return _is_plain_map(self.is_plain(shape.key), self.is_plain(shape.value))
        return _SCALARS.get(shape.type_name, _never)(_least(shape))

    def _structure(self, shape: StructureShape) -> IsPlain:
        if shape.is_document_type or shape.is_tagged_union:
            return _never(None)
        known = self._structures.get(shape.name)
        if known is None:
            members: dict[str, IsPlain] = {}
            known = _is_plain_structure(members, frozenset(shape.required_members))
            # Entered before its members are compiled, which may hold it again.
            self._structures[shape.name] = known
            members.update((name, self._member(member)) for name, member in shape.members.items())
        return known

    def _member(self, shape: Shape) -> IsPlain:
        # A member that goes by another name on the wire is botocore's to write.
        return _never(None) if "name" in shape.serialization else self.is_plain(shape)


class OutputShapes:
    """Compiles output shapes, each once; None stands for a shape that holds no binary."""

    def __init__(self) -> None:
        self._structures: dict[str, Decode | None] = {}

    def decoder(self, shape: Shape) -> Decode | None:
        """The function that decodes all binary in a value of this shape, in place, and returns the value."""
        if isinstance(shape, StructureShape):
            return self._structure(shape)
        if isinstance(shape, ListShape):
            inner = self.decoder(shape.member)
            return None if inner is None else _decode_list(inner)
        if isinstance(shape, MapShape):
            inner = self.decoder(shape.value)
            return None if inner is None else _decode_map(inner)
        return b64decode if shape.type_name == "blob" else None

    def _structure(self, shape: StructureShape) -> Decode | None:
        if shape.name not in self._structures:
            members: dict[str, Decode] = {}
            # While its members are compiled it must count as holding binary: it may, further in.
            self._structures[shape.name] = _decode_structure(members)
            for name, member in shape.members.items():
                if (decode := self.decoder(member)) is not None:
                    members[name] = decode
            if not members:
                self._structures[shape.name] = None
        return self._structures[shape.name]


def _least(shape: Shape) -> int | None:
    """botocore checks a least length or value, and no greatest."""
    return shape.metadata.get("min")


def _is_plain_structure(members: dict[str, IsPlain], required: frozenset[str]) -> IsPlain:
    def is_plain(value: Any) -> bool:
        if type(value) not in _DICT or not required <= value.keys():
            return False
        for name, inner in value.items():
            member = members.get(name)
            if member is None or not member(inner):
                return False
        return True

    return is_plain


def _is_plain_map(key: IsPlain, value: IsPlain) -> IsPlain:
    def is_plain(mapping: Any) -> bool:
        return type(mapping) in _DICT and all(key(name) and value(inner) for name, inner in mapping.items())

    return is_plain


def _is_plain_list(member: IsPlain, length_min: int | None) -> IsPlain:
    least = length_min or 0

    def is_plain(elements: Any) -> bool:
        return type(elements) in _LISTS and len(elements) >= least and all(map(member, elements))

    return is_plain


def _is_plain_string(length_min: int | None) -> IsPlain:
    if length_min:
        return lambda value: type(value) is str and len(value) >= length_min
    return lambda value: type(value) is str


def _is_plain_integer(value_min: int | None) -> IsPlain:
    if value_min is not None:
        return lambda value: type(value) is int and value >= value_min
    return lambda value: type(value) is int


def _is_plain_boolean(_: int | None) -> IsPlain:
    return lambda value: type(value) is bool


def _is_plain_blob(_: int | None) -> IsPlain:
    return lambda value: type(value) is bytes or type(value) is bytearray


def _never(_: int | None) -> IsPlain:
    return lambda _: False


_SCALARS: dict[str, Callable[[int | None], IsPlain]] = {
    "blob": _is_plain_blob,
    "boolean": _is_plain_boolean,
    "integer": _is_plain_integer,
    "long": _is_plain_integer,
    "string": _is_plain_string,
}


def _decode_structure(members: dict[str, Decode]) -> Decode:
    def decode(value: Any) -> Any:
        for name in members.keys() & value.keys():
            value[name] = members[name](value[name])
        return value

    return decode


def _decode_map(inner: Decode) -> Decode:
    def decode(value: Any) -> Any:
        for name, element in value.items():
            value[name] = inner(element)
        return value

    return decode


def _decode_list(inner: Decode) -> Decode:
    return lambda value: [inner(element) for element in value]
