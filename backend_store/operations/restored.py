"""What a restored table is like: its source, with what the request overrides.

It has the source's keys, indexes, billing and class. As at Amazon's it does not have its tags, stream, time to live,
point-in-time recovery, nor its protection against deletion.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from microdax.model.backup_requests import IndexOverride, Overrides
from microdax.model.errors import ValidationException
from microdax.model.provisioning import NO_THROUGHPUT, Capacity, Provisioning
from microdax.model.requests import BillingMode, IndexKind, Throughput
from microdax.model.tables import Index, Restore, TableDescription
from microdax.wire.capacity_requests import check_on_demand

_INVALID: Final = "One or more parameter values were invalid: "


@dataclass(frozen=True, slots=True)
class Identity:
    """What every new table has of its own."""

    name: str
    arn: str
    id: str
    created_s: float


def restored(identity: Identity, source: TableDescription, restore: Restore, overrides: Overrides) -> TableDescription:
    """Describe the new table; raises ValidationException where the source has nothing to override so."""
    mode = overrides.billing_mode or source.billing_mode
    units = _units(source, mode, overrides)
    check_on_demand(overrides.on_demand, mode)
    return TableDescription(
        name=identity.name,
        key_schema=source.key_schema,
        arn=identity.arn,
        id=identity.id,
        created_s=identity.created_s,
        billing_mode=mode,
        on_demand_s=identity.created_s if mode == "PAY_PER_REQUEST" else None,
        provisioning=Provisioning(units),
        capacity=_kept(source.capacity, mode).changed(overrides.on_demand, None),
        table_class=source.table_class,
        indexes=(
            *_indexes(source, "local", overrides.local_indexes, NO_THROUGHPUT, mode),
            *_indexes(source, "global", overrides.global_indexes, units, mode),
        ),
        following_index=source.following_index,
        restore=restore,
    )


def _units(source: TableDescription, mode: BillingMode, overrides: Overrides) -> Throughput:
    if mode == "PROVISIONED":
        return overrides.throughput or source.provisioning.units
    if overrides.throughput is not None:
        raise ValidationException(
            f"{_INVALID}ProvisionedThroughputOverride can only be specified for a table whose billing is PROVISIONED"
        )
    return NO_THROUGHPUT


def _kept(capacity: Capacity, mode: BillingMode) -> Capacity:
    """What a new table keeps of the source's, or of the capacity of one of its indexes."""
    return capacity if mode == "PAY_PER_REQUEST" else capacity.unbounded()


def _indexes(
    source: TableDescription,
    kind: IndexKind,
    wanted: tuple[IndexOverride, ...] | None,
    units: Throughput,
    mode: BillingMode,
) -> Iterator[Index]:
    """The indexes of one kind: those that are wanted, or all."""
    there = {index.name: index for index in source.indexes if index.kind == kind and index.status != "DELETING"}
    if wanted is None:
        yield from (_new(index, None, units, mode) for index in there.values())
        return
    for override in wanted:
        index = there.get(override.name)
        if index is None or not _matches(index, override):
            raise ValidationException(
                f"{_INVALID}The index {override.name} does not match a {kind} secondary index of the source table"
            )
        check_on_demand(override.on_demand, mode, f"index: {override.name}")
        new = _new(index, override.throughput, units, mode)
        yield replace(new, capacity=new.capacity.changed(override.on_demand, override.warm))


def _matches(index: Index, override: IndexOverride) -> bool:
    return (
        index.key_schema.names == override.key_names
        and index.projection.type == override.projection
        and frozenset(index.projection.attributes) == override.non_key_attributes
    )


def _new(index: Index, wanted: Throughput | None, table_units: Throughput, mode: BillingMode) -> Index:
    """The index of a new table, complete from the start; where it had no units of its own, it has the table's."""
    units = NO_THROUGHPUT
    if table_units != NO_THROUGHPUT:
        had = index.provisioning.units
        units = wanted or (table_units if had == NO_THROUGHPUT else had)
    return replace(index, status="ACTIVE", provisioning=Provisioning(units), capacity=_kept(index.capacity, mode))
