"""The declared shapes agree with the service's own model, as botocore ships it."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

import pytest
from botocore.loaders import Loader

from microdax.wire.operation_shapes import SHAPES
from microdax.wire.shapes import (
    AttributeValue,
    AttributeValues,
    Boolean,
    Integer,
    ListOf,
    MapOf,
    Name,
    NotSupported,
    Shape,
    String,
    Structure,
    Timestamp,
)

# Required by the service's behaviour, which its model has come to leave open or the other way round.
_REQUIRED_BEYOND_THE_MODEL: Final = {
    "CreateTable.AttributeDefinitions",  # only optional for replicas and multi-source tables, which come later
    "CreateTable.KeySchema",
}


@cache
def model() -> Mapping[str, Any]:
    streams, tables = (Loader().load_service_model(name, "service-2") for name in ("dynamodbstreams", "dynamodb"))
    return {part: {**streams[part], **tables[part]} for part in ("operations", "shapes")}


def model_shape(name: str) -> Mapping[str, Any]:
    shape: Mapping[str, Any] = model()["shapes"][name]
    return shape


def structures() -> Iterator[tuple[str, Structure, str]]:
    """Each declared structure: where it stands, itself, and the name of its shape in the model."""
    for operation, structure in SHAPES.items():
        yield from _structures(operation, structure, model()["operations"][operation]["input"]["shape"])


def _structures(path: str, shape: Shape, name: str) -> Iterator[tuple[str, Structure, str]]:
    theirs = model_shape(name)
    match shape:
        case ListOf():
            yield from _structures(path, shape.element, theirs["member"]["shape"])
        case MapOf():
            yield from _structures(path, shape.value, theirs["value"]["shape"])
        case Structure():
            yield path, shape, name
            for member_name, member in shape.members.items():
                inner = theirs["members"][member_name]["shape"]
                yield from _structures(f"{path}.{member_name}", member.shape, inner)
        case _:
            return


ALL: Final = list(structures())
IDS: Final = [path for path, _, _ in ALL]


@pytest.mark.parametrize(("path", "structure", "name"), ALL, ids=IDS)
def test_every_member_of_the_api_is_declared_or_refused(path: str, structure: Structure, name: str) -> None:
    assert set(structure.members) == set(model_shape(name)["members"])


@pytest.mark.parametrize(("path", "structure", "name"), ALL, ids=IDS)
def test_the_same_members_are_required(path: str, structure: Structure, name: str) -> None:
    required = {member_name for member_name, member in structure.members.items() if member.required}
    ours_alone = {member_name for member_name in required if f"{path}.{member_name}" in _REQUIRED_BEYOND_THE_MODEL}
    assert required - ours_alone == set(model_shape(name).get("required", ()))


@pytest.mark.parametrize(("path", "structure", "name"), ALL, ids=IDS)
def test_members_have_the_models_types(path: str, structure: Structure, name: str) -> None:
    for member_name, member in structure.members.items():
        theirs = model_shape(model_shape(name)["members"][member_name]["shape"])
        assert _type_of(member.shape) in (theirs["type"], None), member_name
        if isinstance(member.shape, String):
            assert set(member.shape.values) == set(theirs.get("enum", ())), member_name
        if isinstance(member.shape, Integer):
            assert (member.shape.least, member.shape.most) == (theirs.get("min"), theirs.get("max")), member_name


def _type_of(shape: Shape) -> str | None:
    match shape:
        case String() | Name():
            return "string"
        case Boolean():
            return "boolean"
        case Timestamp():
            return "timestamp"
        case Integer():
            return shape.type_name.lower()
        case ListOf():
            return "list"
        case MapOf() | AttributeValues():
            return "map"
        case Structure() | AttributeValue():
            return "structure"
        case NotSupported():
            return None
        case _:
            raise AssertionError(shape)


def test_each_shape_is_named_after_its_operation() -> None:
    assert all(structure.name == operation for operation, structure in SHAPES.items())
