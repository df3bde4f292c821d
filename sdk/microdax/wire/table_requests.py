"""The rules of requests about tables: names, key schemas against attribute definitions, billing, tags."""

from collections.abc import Mapping, Sequence
from typing import Final

from microdax.model import limits
from microdax.model.errors import ValidationException
from microdax.model.keys import KeyAttribute, KeySchema
from microdax.model.requests import (
    CreateTable,
    DeleteTable,
    DescribeTable,
    ListTables,
    Throughput,
    UpdateTable,
)
from microdax.model.streams import StreamSpecification
from microdax.wire.capacity_requests import check_on_demand, read_bounds, read_warm
from microdax.wire.index_requests import INDEX_LISTS, check_key_types, read_index_changes, read_new_indexes
from microdax.wire.shapes import NAME_LENGTHS, Members
from microdax.wire.tags import read_tags

_INVALID: Final = "One or more parameter values were invalid: "


def check_table_name_first(members: Members) -> None:
    """What operations on one table say about its name, before and instead of the common constraints."""
    if "TableName" not in members:
        raise ValidationException("The parameter 'TableName' is required but was not present in the request")
    if any(NAME_LENGTHS.violated(len(members["TableName"]))):
        raise ValidationException(
            f"TableName must be at least {NAME_LENGTHS.least} characters long "
            f"and at most {NAME_LENGTHS.most} characters long"
        )


def read_create_table(members: Members) -> CreateTable:
    throughput = _read_throughput(members)
    _check_billing(members, throughput)
    bounds = read_bounds(members)
    check_on_demand(bounds, members.get("BillingMode", "PROVISIONED"))
    attributes = _read_attributes(members["AttributeDefinitions"])
    return CreateTable(
        table=members["TableName"],
        attributes=attributes,
        key_schema=_read_key_schema(members, attributes),
        indexes=read_new_indexes(members),
        billing_mode=members.get("BillingMode", "PROVISIONED"),
        throughput=throughput,
        deletion_protection=members.get("DeletionProtectionEnabled", False),
        table_class=members.get("TableClass", "STANDARD"),
        tags=read_tags(members.get("Tags", [])),
        sse_enabled=_read_sse_enabled(members) or False,
        kms_key=_read_kms_key(members),
        stream=_read_stream(members),
        on_demand=bounds,
        warm=read_warm(members),
    )


def read_describe_table(members: Members) -> DescribeTable:
    return DescribeTable(members["TableName"])


def read_delete_table(members: Members) -> DeleteTable:
    return DeleteTable(members["TableName"])


def read_list_tables(members: Members) -> ListTables:
    return ListTables(members.get("ExclusiveStartTableName"), members.get("Limit"))


def read_update_table(members: Members) -> UpdateTable:
    if members.keys().isdisjoint(_CHANGES) and not members.get("GlobalSecondaryIndexUpdates"):
        raise ValidationException(
            "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, "
            "GlobalSecondaryIndexUpdates or SSESpecification is required"
        )
    throughput = _read_throughput(members)
    _check_no_throughput_on_demand(members, throughput)
    definitions = members.get("AttributeDefinitions")
    return UpdateTable(
        table=members["TableName"],
        attributes=None if definitions is None else _read_attributes(definitions),
        billing_mode=members.get("BillingMode"),
        throughput=throughput,
        deletion_protection=members.get("DeletionProtectionEnabled"),
        table_class=members.get("TableClass"),
        sse_enabled=_read_sse_enabled(members),
        kms_key=_read_kms_key(members),
        stream=_read_stream(members),
        index_changes=read_index_changes(members),
        on_demand=read_bounds(members),
        warm=read_warm(members),
    )


_CHANGES: Final = (
    "ProvisionedThroughput",
    "BillingMode",
    "StreamSpecification",
    "SSESpecification",
    "TableClass",
    "DeletionProtectionEnabled",
    "OnDemandThroughput",
    "WarmThroughput",
)


# ---- billing


def _read_throughput(members: Members) -> Throughput | None:
    units = members.get("ProvisionedThroughput")
    if units is None:
        return None
    for name in ("ReadCapacityUnits", "WriteCapacityUnits"):
        if units[name] > limits.THROUGHPUT_UNITS_MAX:
            raise ValidationException(f"Given value {units[name]} for {name} is out of bounds")
    return Throughput(read_units=units["ReadCapacityUnits"], write_units=units["WriteCapacityUnits"])


def _check_billing(members: Members, throughput: Throughput | None) -> None:
    _check_no_throughput_on_demand(members, throughput)
    if members.get("BillingMode") != "PAY_PER_REQUEST" and throughput is None:
        raise ValidationException(
            f"{_INVALID}ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED"
        )


def _check_no_throughput_on_demand(members: Members, throughput: Throughput | None) -> None:
    if members.get("BillingMode") == "PAY_PER_REQUEST" and throughput is not None:
        raise ValidationException(
            f"{_INVALID}Neither ReadCapacityUnits nor WriteCapacityUnits can be specified "
            "when BillingMode is PAY_PER_REQUEST"
        )


# ---- keys


def _read_attributes(definitions: Sequence[Members]) -> tuple[KeyAttribute, ...]:
    return tuple(KeyAttribute(definition["AttributeName"], definition["AttributeType"]) for definition in definitions)


def _read_key_schema(members: Members, attributes: Sequence[KeyAttribute]) -> KeySchema:
    """The key schema, whose attributes must be those that are defined: without indexes, no others."""
    elements: Sequence[Members] = members["KeySchema"]
    names = [element["AttributeName"] for element in elements]
    defined = {attribute.name: attribute for attribute in attributes}
    _check_defined(names, defined)
    if len(set(names)) != len(names):
        raise ValidationException("Both the Hash Key and the Range Key element in the KeySchema have the same name")
    check_key_types([element["KeyType"] for element in elements])
    if len(names) != len(attributes) and members.keys().isdisjoint(INDEX_LISTS):
        raise ValidationException(
            f"{_INVALID}Number of attributes in KeySchema does not "
            "exactly match number of attributes defined in AttributeDefinitions"
        )
    return KeySchema(*(defined[name] for name in names))


def _check_defined(names: Sequence[str], defined: Mapping[str, KeyAttribute]) -> None:
    complete = all(name in defined for name in names)
    # Two keys of one name and one definition: the service counts before it compares.
    if len(names) > 1 and (not complete or len(defined) < len(names)):
        raise ValidationException("Invalid KeySchema: Some index key attribute have no definition")
    if not complete:
        raise ValidationException(
            f"{_INVALID}Some index key attributes are not defined in AttributeDefinitions. "
            f"Keys: [{', '.join(names)}], AttributeDefinitions: [{', '.join(defined)}]"
        )


# ---- the rest


def _read_stream(members: Members) -> StreamSpecification | None:
    specification = members.get("StreamSpecification")
    if specification is None:
        return None
    enabled, view_type = specification["StreamEnabled"], specification.get("StreamViewType")
    # "UpdateViewType" is the service's word for it.
    if enabled and view_type is None:
        raise ValidationException(f"{_INVALID}If stream is being enabled then UpdateViewType is required")
    if not enabled and view_type is not None:
        raise ValidationException(f"{_INVALID}If stream is being disabled, then UpdateViewType must not be specified")
    return StreamSpecification(enabled, view_type)


def _read_sse_enabled(members: Members) -> bool | None:
    specification = members.get("SSESpecification")
    return None if specification is None else specification.get("Enabled", False)


def _read_kms_key(members: Members) -> str | None:
    key: str | None = members.get("SSESpecification", {}).get("KMSMasterKeyId")
    return key
