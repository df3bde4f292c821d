"""What CreateTable and UpdateTable make of a table's indexes.

An index that UpdateTable creates begins as CREATING, one that it deletes goes on as DELETING: `index_work` does
the rest. Of a table's indexes one at a time may be either.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from microdax.model import limits
from microdax.model.errors import (
    LimitExceededException,
    ResourceInUseException,
    ResourceNotFoundException,
    ValidationException,
)
from microdax.model.keys import KeyAttribute, KeySchema
from microdax.model.provisioning import NO_CAPACITY, NO_THROUGHPUT, Provisioning
from microdax.model.requests import CreateTable, IndexDeletion, IndexUpdate, NewIndex, Throughput, UpdateTable
from microdax.model.tables import Index, IndexStatus, TableDescription
from microdax.wire.capacity_requests import check_on_demand
from microdax.wire.index_requests import check_defined, check_projected

_INVALID: Final = "One or more parameter values were invalid: "


def with_indexes(table: TableDescription, request: CreateTable) -> TableDescription:
    """The table with the indexes that are created with it."""
    for new in request.indexes:
        table = _added(table, new, request.attributes, "ACTIVE")
    return table


def with_index_changes(table: TableDescription, request: UpdateTable, now_s: float) -> TableDescription:
    """The table after its billing was changed, with what is to become of its indexes."""
    _check_one_at_a_time(table, request)
    if table.billing_mode == "PAY_PER_REQUEST":
        table = _with_index(table, *(_provisioned(index, NO_THROUGHPUT, now_s) for index in table.indexes))
    else:
        table = _with_index(table, *(replace(index, capacity=index.capacity.unbounded()) for index in table.indexes))
    if request.billing_mode == "PROVISIONED":
        _check_all_provisioned(table, request)
    for change in request.index_changes:
        match change:
            case NewIndex():
                table = _created(table, change, request.attributes or ())
            case IndexUpdate():
                table = _updated(table, change, now_s)
            case IndexDeletion():
                table = _with_index(table, replace(_global(table, change.name, "delete"), status="DELETING"))
    return table


def shown_updating(table: TableDescription, request: UpdateTable) -> TableDescription:
    """The table as the reply shows it, where DescribeTable shows the change done already."""
    updated = {change.name for change in request.index_changes if isinstance(change, IndexUpdate)}
    changed = (index for index in table.indexes if index.name in updated and index.status == "ACTIVE")
    return _with_index(table, *(replace(index, status="UPDATING") for index in changed))


def activated(table: TableDescription, number: int) -> TableDescription:
    """The table when an index has been backfilled, unless it was deleted meanwhile."""
    return _with_index(
        table,
        *(
            replace(index, status="ACTIVE")
            for index in table.indexes
            if index.number == number and index.status == "CREATING"
        ),
    )


def without_index(table: TableDescription, number: int) -> TableDescription:
    """The table when nothing is left of a deleted index."""
    return replace(table, indexes=tuple(index for index in table.indexes if index.number != number))


def check_indexes_at_rest(table: TableDescription) -> None:
    """Refuse to delete a table while its indexes are changed."""
    if any(index.status != "ACTIVE" for index in table.indexes):
        raise ResourceInUseException(
            "Attempt to change a resource which is still in use: "
            "Cannot delete table while indexes are being created, updated, or deleted."
        )


def _check_one_at_a_time(table: TableDescription, request: UpdateTable) -> None:
    """One index may be created or deleted, and a creation may be given up by deleting the index."""
    named = [change.name for change in request.index_changes if not isinstance(change, IndexUpdate)]
    changing = [index for index in table.indexes if index.status != "ACTIVE"]
    others = [index for index in changing if index.name not in named or index.status == "DELETING"]
    if named and (len(named) > 1 or others):
        raise LimitExceededException(
            "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table"
        )


def _check_all_provisioned(table: TableDescription, request: UpdateTable) -> None:
    """A table that becomes provisioned says so of each of its global indexes."""
    updated = {change.name for change in request.index_changes if isinstance(change, IndexUpdate) and change.throughput}
    for index in table.indexes:
        if index.kind == "global" and index.provisioning.units == NO_THROUGHPUT and index.name not in updated:
            raise ValidationException(f"{_INVALID}ProvisionedThroughput must be specified for index: {index.name}")


def _created(table: TableDescription, new: NewIndex, attributes: Sequence[KeyAttribute]) -> TableDescription:
    if any(index.name == new.name for index in table.indexes):
        raise ValidationException("Attempting to create an index which already exists")
    if sum(index.kind == "global" for index in table.indexes) >= limits.GLOBAL_INDEXES_MAX:
        raise LimitExceededException(
            "Subscriber limit exceeded: Number of global secondary indexes exceeds per-table limit of "
            f"{limits.GLOBAL_INDEXES_MAX}"
        )
    _check_units(table, new)
    check_on_demand(new.on_demand, table.billing_mode, f"index: {new.name}")
    after = _added(table, new, (*attributes, *table.attributes), "CREATING")
    check_projected(index.projection for index in after.indexes)
    return after


def _check_units(table: TableDescription, new: NewIndex) -> None:
    if table.billing_mode == "PAY_PER_REQUEST" and new.throughput is not None:
        raise ValidationException(
            f"{_INVALID}Neither ReadCapacityUnits nor WriteCapacityUnits can be specified for index: {new.name} "
            "when BillingMode is PAY_PER_REQUEST"
        )
    if table.billing_mode == "PROVISIONED" and new.throughput is None:
        raise ValidationException(
            f"{_INVALID}Both ReadCapacityUnits and WriteCapacityUnits must be specified for index: {new.name}"
        )


def _added(
    table: TableDescription, new: NewIndex, attributes: Sequence[KeyAttribute], status: IndexStatus
) -> TableDescription:
    """The table with one more index; where an attribute is defined twice, the later definition is the table's."""
    defined = {attribute.name: attribute for attribute in attributes}
    check_defined(new.keys, list(defined))
    index = Index(
        name=new.name,
        kind=new.kind,
        key_schema=_key_schema(new, defined),
        projection=new.projection,
        number=table.following_index,
        status=status,
        provisioning=Provisioning(new.throughput or NO_THROUGHPUT),
        capacity=NO_CAPACITY.changed(new.on_demand, new.warm),
    )
    return replace(table, indexes=(*table.indexes, index), following_index=table.following_index + 1)


def _key_schema(new: NewIndex, defined: Mapping[str, KeyAttribute]) -> KeySchema:
    return KeySchema(*(defined[name] for name in new.keys))


def _updated(table: TableDescription, update: IndexUpdate, now_s: float) -> TableDescription:
    index = _global(table, update.name, "update")
    if index.status == "DELETING":
        raise ResourceInUseException(
            "Attempt to change a resource which is still in use: Index is being deleted. "
            f"Table: {table.name} Index: {index.name}"
        )
    check_on_demand(update.on_demand, table.billing_mode, f"index: {index.name}")
    after = replace(index, capacity=index.capacity.changed(update.on_demand, update.warm))
    if update.throughput is None:
        return _with_index(table, after)
    if table.billing_mode == "PAY_PER_REQUEST":
        raise ValidationException(
            f"{_INVALID}The only Updates for index: {index.name} when TableThroughputMode is PAY_PER_REQUEST "
            "can be to OnDemandThroughput, WarmThroughput"
        )
    if update.throughput == index.provisioning.units:
        raise _no_change(index)
    return _with_index(table, _provisioned(after, update.throughput, now_s))


def _provisioned(index: Index, units: Throughput, now_s: float) -> Index:
    return replace(index, provisioning=index.provisioning.changed(units, now_s))


def _with_index(table: TableDescription, *changed: Index) -> TableDescription:
    """The table with these indexes in place of those with their numbers."""
    by_number = {index.number: index for index in changed}
    return replace(table, indexes=tuple(by_number.get(index.number, index) for index in table.indexes))


def _global(table: TableDescription, name: str, what: str) -> Index:
    for index in table.indexes:
        if index.name == name:
            if index.kind == "local":
                raise ValidationException(f"Cannot {what} an index that is not a GlobalSecondaryIndex: {name}")
            return index
    raise ResourceNotFoundException(f"Requested resource not found: Index {name} for table {table.name}")


def _no_change(index: Index) -> ValidationException:
    units = index.provisioning.units
    return ValidationException(
        f"The provisioned throughput for the index {index.name} will not change. "
        "The requested value equals the current value. "
        f"Current ReadCapacityUnits provisioned for index {index.name}: {units.read_units}. "
        f"Requested ReadCapacityUnits: {units.read_units}. "
        f"Current WriteCapacityUnits provisioned for index {index.name}: {units.write_units}. "
        f"Requested WriteCapacityUnits: {units.write_units}. "
        "Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits."
    )
