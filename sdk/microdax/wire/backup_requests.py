"""The rules of requests about backups and point-in-time recovery."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from microdax.model import limits
from microdax.model.backup_requests import (
    BackupRequest,
    CreateBackup,
    DeleteBackup,
    DescribeBackup,
    DescribeContinuousBackups,
    IndexOverride,
    ListBackups,
    Overrides,
    RestoreTableFromBackup,
    RestoreTableToPointInTime,
    UpdateContinuousBackups,
)
from microdax.model.errors import ValidationException
from microdax.model.requests import Throughput
from microdax.wire.capacity_requests import read_bounds, read_warm
from microdax.wire.shapes import Members

_INVALID: Final = "One or more parameter values were invalid: "


def _read_create_backup(members: Members) -> CreateBackup:
    return CreateBackup(members["TableName"], members["BackupName"])


def _read_describe_backup(members: Members) -> DescribeBackup:
    return DescribeBackup(members["BackupArn"])


def _read_delete_backup(members: Members) -> DeleteBackup:
    return DeleteBackup(members["BackupArn"])


def _read_list_backups(members: Members) -> ListBackups:
    from_s, until_s = members.get("TimeRangeLowerBound"), members.get("TimeRangeUpperBound")
    if from_s is not None and until_s is not None and from_s > until_s:
        raise ValidationException("TimeRangeLowerBound must not be greater than TimeRangeUpperBound")
    return ListBackups(
        table=members.get("TableName"),
        type=members.get("BackupType", "ALL"),
        from_s=from_s,
        until_s=until_s,
        exclusive_start_arn=members.get("ExclusiveStartBackupArn"),
        limit=members.get("Limit"),
    )


def _read_restore_from_backup(members: Members) -> RestoreTableFromBackup:
    return RestoreTableFromBackup(members["TargetTableName"], members["BackupArn"], _read_overrides(members))


def _read_restore_to_point_in_time(members: Members) -> RestoreTableToPointInTime:
    source = members.get("SourceTableArn") or members.get("SourceTableName")
    if source is None:
        raise ValidationException("One of SourceTableName or SourceTableArn must be specified")
    is_latest = members.get("UseLatestRestorableTime", False)
    if is_latest == ("RestoreDateTime" in members):
        raise ValidationException("Exactly one of UseLatestRestorableTime and RestoreDateTime must be specified")
    return RestoreTableToPointInTime(
        table=members["TargetTableName"],
        source=source,
        time_s=members.get("RestoreDateTime"),
        overrides=_read_overrides(members),
    )


def _read_overrides(members: Members) -> Overrides:
    mode = members.get("BillingModeOverride")
    throughput = _read_throughput(members.get("ProvisionedThroughputOverride"))
    if mode == "PROVISIONED" and throughput is None:
        raise ValidationException(
            f"{_INVALID}ProvisionedThroughputOverride must be specified when BillingModeOverride is PROVISIONED"
        )
    if mode == "PAY_PER_REQUEST" and throughput is not None:
        raise ValidationException(
            f"{_INVALID}ProvisionedThroughputOverride cannot be specified when BillingModeOverride is PAY_PER_REQUEST"
        )
    return Overrides(
        billing_mode=mode,
        throughput=throughput,
        on_demand=read_bounds(members, name="OnDemandThroughputOverride"),
        global_indexes=_read_indexes(members.get("GlobalSecondaryIndexOverride")),
        local_indexes=_read_indexes(members.get("LocalSecondaryIndexOverride")),
    )


def _read_indexes(indexes: Sequence[Members] | None) -> tuple[IndexOverride, ...] | None:
    if indexes is None:
        return None
    if len({index["IndexName"] for index in indexes}) != len(indexes):
        raise ValidationException(f"{_INVALID}Duplicate index name")
    return tuple(map(_read_index, indexes))


def _read_index(index: Members) -> IndexOverride:
    projection = index["Projection"]
    return IndexOverride(
        name=index["IndexName"],
        key_names=tuple(element["AttributeName"] for element in index["KeySchema"]),
        projection=projection.get("ProjectionType"),
        non_key_attributes=frozenset(projection.get("NonKeyAttributes", ())),
        throughput=_read_throughput(index.get("ProvisionedThroughput")),
        on_demand=read_bounds(index, f"index: {index['IndexName']}"),
        warm=read_warm(index, f"index: {index['IndexName']}"),
    )


def _read_throughput(units: Members | None) -> Throughput | None:
    if units is None:
        return None
    for name in ("ReadCapacityUnits", "WriteCapacityUnits"):
        if units[name] > limits.THROUGHPUT_UNITS_MAX:
            raise ValidationException(f"Given value {units[name]} for {name} is out of bounds")
    return Throughput(read_units=units["ReadCapacityUnits"], write_units=units["WriteCapacityUnits"])


def _read_describe_continuous_backups(members: Members) -> DescribeContinuousBackups:
    return DescribeContinuousBackups(members["TableName"])


def _read_update_continuous_backups(members: Members) -> UpdateContinuousBackups:
    specification = members["PointInTimeRecoverySpecification"]
    return UpdateContinuousBackups(
        table=members["TableName"],
        is_enabled=specification["PointInTimeRecoveryEnabled"],
        period_days=specification.get("RecoveryPeriodInDays"),
    )


READERS: Final[Mapping[str, Callable[[Members], BackupRequest]]] = {
    "CreateBackup": _read_create_backup,
    "DescribeBackup": _read_describe_backup,
    "DeleteBackup": _read_delete_backup,
    "ListBackups": _read_list_backups,
    "RestoreTableFromBackup": _read_restore_from_backup,
    "RestoreTableToPointInTime": _read_restore_to_point_in_time,
    "DescribeContinuousBackups": _read_describe_continuous_backups,
    "UpdateContinuousBackups": _read_update_continuous_backups,
}
