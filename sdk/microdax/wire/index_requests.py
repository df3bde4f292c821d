"""The rules of indexes in the requests that create and change tables, as far as they need no table to know.

An index that CreateTable makes is checked against the table that is made with it; the order of the rules is the
service's: definitions of attributes first, of all indexes, then each index by itself.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Final

from microdax.model import limits
from microdax.model.errors import ValidationException
from microdax.model.requests import IndexDeletion, IndexKind, IndexUpdate, NewIndex, Projection, Throughput
from microdax.wire.capacity_requests import check_on_demand, read_bounds, read_warm
from microdax.wire.shapes import Members

_INVALID: Final = "One or more parameter values were invalid: "
_LISTS: Final[Mapping[IndexKind, str]] = {"local": "LocalSecondaryIndexes", "global": "GlobalSecondaryIndexes"}
INDEX_LISTS: Final = frozenset(_LISTS.values())


# ---- with the table


def read_new_indexes(members: Members) -> tuple[NewIndex, ...]:
    """The indexes of a CreateTable whose own key schema is right."""
    asked: dict[IndexKind, Sequence[Members]] = {
        kind: members[name] for kind, name in _LISTS.items() if name in members
    }
    defined = [definition["AttributeName"] for definition in members["AttributeDefinitions"]]
    _check_keys_defined(asked, defined)
    _check_definitions_used(asked, defined, members["KeySchema"])
    indexes = [_read_index(kind, index) for kind, listed in asked.items() for index in listed]
    table_keys = [element["AttributeName"] for element in members["KeySchema"]]
    for index in indexes:
        _check_new(index, table_keys, members.get("BillingMode", "PROVISIONED"))
    _check_all(indexes)
    return tuple(indexes)


def _check_keys_defined(asked: Mapping[IndexKind, Sequence[Members]], defined: Sequence[str]) -> None:
    for kind, listed in asked.items():
        if not listed:
            raise ValidationException(f"{_INVALID}List of {_LISTS[kind]} is empty")
        for index in listed:
            check_defined(_names(index["KeySchema"]), defined)


def check_defined(names: Sequence[str], defined: Sequence[str]) -> None:
    """Refuse index keys without an attribute definition."""
    if not set(names) <= set(defined):
        raise ValidationException(
            f"{_INVALID}Some index key attributes are not defined in AttributeDefinitions. "
            f"Keys: [{', '.join(names)}], AttributeDefinitions: [{', '.join(defined)}]"
        )


def _check_definitions_used(
    asked: Mapping[IndexKind, Sequence[Members]], defined: Sequence[str], table_keys: Sequence[Members]
) -> None:
    schemas = [table_keys, *(index["KeySchema"] for listed in asked.values() for index in listed)]
    used = {name for schema in schemas for name in _names(schema)}
    # Without indexes the service has another message, which is the table's own.
    if asked and len(defined) > len(used):
        raise ValidationException(
            f"{_INVALID}Some AttributeDefinitions are not used. "
            f"AttributeDefinitions: [{', '.join(sorted(defined))}], keys used: [{', '.join(sorted(used))}]"
        )


def _check_new(index: NewIndex, table_keys: Sequence[str], billing_mode: str) -> None:
    if index.kind == "local":
        _check_local(index, table_keys)
    elif billing_mode == "PAY_PER_REQUEST" and index.throughput is not None:
        raise ValidationException(
            f"{_INVALID}ProvisionedThroughput should not be specified for index: {index.name} "
            "when BillingMode is PAY_PER_REQUEST"
        )
    elif billing_mode == "PROVISIONED" and index.throughput is None:
        raise ValidationException(f"{_INVALID}ProvisionedThroughput is not specified for index: {index.name}")
    else:
        check_on_demand(index.on_demand, billing_mode, f"index: {index.name}")


def _check_local(index: NewIndex, table_keys: Sequence[str]) -> None:
    if len(table_keys) < 2:
        raise ValidationException(
            f"{_INVALID}Table KeySchema does not have a range key, "
            "which is required when specifying a LocalSecondaryIndex"
        )
    if len(index.keys) < 2:
        raise ValidationException(f"{_INVALID}Index KeySchema does not have a range key for index: {index.name}")
    if index.keys[0] != table_keys[0]:
        raise ValidationException(
            f"{_INVALID}Index KeySchema does not have the same leading hash key as table KeySchema "
            f"for index: {index.name}. index hash key: {index.keys[0]}, table hash key: {table_keys[0]}"
        )


def _check_all(indexes: Sequence[NewIndex]) -> None:
    """What indexes may be together."""
    names = [index.name for index in indexes]
    for position, name in enumerate(names):
        if name in names[:position]:
            raise ValidationException(f"{_INVALID}Duplicate index name: {name}")
    kinds = [index.kind for index in indexes]
    if kinds.count("local") > limits.LOCAL_INDEXES_MAX:
        raise ValidationException(
            f"{_INVALID}Number of LocalSecondaryIndexes exceeds per-table limit of {limits.LOCAL_INDEXES_MAX}"
        )
    if kinds.count("global") > limits.GLOBAL_INDEXES_MAX:
        raise ValidationException(
            f"{_INVALID}GlobalSecondaryIndex count exceeds the per-table limit of {limits.GLOBAL_INDEXES_MAX}"
        )
    check_projected(index.projection for index in indexes)


def check_projected(projections: Iterable[Projection]) -> None:
    """Refuse more projected attributes than a table's indexes may have together; the wording is ours."""
    projected = sum(len(projection.attributes) for projection in projections)
    if projected > limits.PROJECTED_ATTRIBUTES_MAX:
        raise ValidationException(
            f"{_INVALID}Number of NonKeyAttributes of all indexes exceeds the per-table limit of "
            f"{limits.PROJECTED_ATTRIBUTES_MAX}"
        )


# ---- later


def read_index_changes(members: Members) -> tuple[NewIndex | IndexUpdate | IndexDeletion, ...]:
    """The index updates of an UpdateTable."""
    if "GlobalSecondaryIndexUpdates" not in members:
        return ()
    if not members["GlobalSecondaryIndexUpdates"]:
        raise ValidationException(f"{_INVALID}List of GlobalSecondaryIndexUpdates is empty")
    changes = tuple(map(_read_change, members["GlobalSecondaryIndexUpdates"]))
    names = [change.name for change in changes]
    for position, name in enumerate(names):
        if name in names[:position]:
            raise ValidationException(
                f"{_INVALID}Only one global secondary index update per index is allowed simultaneously. Index: {name}"
            )
    _check_alone(members, changes)
    return changes


def _read_change(members: Members) -> NewIndex | IndexUpdate | IndexDeletion:
    if not members:
        raise ValidationException(
            f"{_INVALID}One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, "
            "GlobalSecondaryIndexUpdate.Delete must not be null"
        )
    if len(members) > 1:
        raise ValidationException(
            f"{_INVALID}Only one global secondary index action is allowed per GlobalSecondaryIndexUpdate object"
        )
    if "Create" in members:
        return _read_index("global", members["Create"])
    if "Delete" in members:
        return IndexDeletion(members["Delete"]["IndexName"])
    return _read_update(members["Update"])


def _read_update(members: Members) -> IndexUpdate:
    name = members["IndexName"]
    throughput, of = _read_throughput(members), f"index: {name}"
    update = IndexUpdate(name, throughput, read_bounds(members, of), read_warm(members, of))
    if update == IndexUpdate(name):
        raise ValidationException(f"{_INVALID}ProvisionedThroughput must be specified for index: {name}")
    return update


def _check_alone(members: Members, changes: Iterable[object]) -> None:
    """Refuse what may not be changed together with indexes."""
    for member, what in _ALONE.items():
        if member in members:
            raise ValidationException(f"{_INVALID}{what} modification must be the only operation in the request")
    if all(isinstance(change, IndexUpdate) for change in changes):
        return
    if members.get("StreamSpecification") is not None:
        raise ValidationException(f"{_INVALID}You cannot create or delete index while changing stream status")
    if members.get("ProvisionedThroughput") is not None:
        raise ValidationException(f"{_INVALID}You cannot create or delete index while updating table IOPS")
    if "AttributeDefinitions" not in members:
        for change in changes:
            if isinstance(change, NewIndex):
                raise ValidationException(f"{_INVALID}AttributeDefinitions is not specified for index: {change.name}")


_ALONE: Final[Mapping[str, str]] = {
    "DeletionProtectionEnabled": "DeletionProtection",
    "SSESpecification": "Server-Side Encryption",
    "TableClass": "TableClass",
}


# ---- an index by itself


def _read_index(kind: IndexKind, members: Members) -> NewIndex:
    elements = members["KeySchema"]
    names = _names(elements)
    if len(set(names)) < len(names):
        raise ValidationException("Both the Hash Key and the Range Key element in the KeySchema have the same name")
    check_key_types([element["KeyType"] for element in elements])
    return NewIndex(
        name=members["IndexName"],
        kind=kind,
        keys=tuple(names),
        projection=_read_projection(members["Projection"]),
        throughput=_read_throughput(members),
        on_demand=read_bounds(members, f"index: {members['IndexName']}"),
        warm=read_warm(members, f"index: {members['IndexName']}"),
    )


def check_key_types(key_types: Sequence[str]) -> None:
    """Refuse a key schema whose elements are not HASH and then RANGE."""
    if key_types[0] != "HASH":
        raise ValidationException("Invalid KeySchema: The first KeySchemaElement is not a HASH key type")
    if len(key_types) > 1 and key_types[1] != "RANGE":
        raise ValidationException("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type")


def _read_projection(members: Members) -> Projection:
    kind, names = members.get("ProjectionType"), members.get("NonKeyAttributes")
    if kind is None:
        raise ValidationException(f"{_INVALID}Unknown ProjectionType: null")
    if kind == "INCLUDE" and names is None:
        raise ValidationException(f"{_INVALID}ProjectionType is INCLUDE, but NonKeyAttributes is not specified")
    if kind != "INCLUDE" and names is not None:
        raise ValidationException(f"{_INVALID}ProjectionType is {kind}, but NonKeyAttributes is specified")
    attributes = sorted(names or ())  # as DescribeTable shows them
    for name, following in pairwise(attributes):
        if name == following:
            raise ValidationException(f"{_INVALID}Duplicate element in NonKeyAttributes: {name}")
    return Projection(kind, tuple(attributes))


def _read_throughput(members: Members) -> Throughput | None:
    units = members.get("ProvisionedThroughput")
    if units is None:
        return None
    for name in ("ReadCapacityUnits", "WriteCapacityUnits"):
        if units[name] > limits.THROUGHPUT_UNITS_MAX:
            raise ValidationException(
                f"Given value {units[name]} for {name} is out of bounds for index {members['IndexName']}"
            )
    return Throughput(read_units=units["ReadCapacityUnits"], write_units=units["WriteCapacityUnits"])


def _names(elements: Sequence[Members]) -> list[str]:
    return [element["AttributeName"] for element in elements]
