"""The shapes of the requests about backups and point-in-time recovery."""

from collections.abc import Mapping
from typing import Final

from microdax.model import limits
from microdax.wire import index_shapes
from microdax.wire.shapes import (
    Boolean,
    Integer,
    Lengths,
    Member,
    Name,
    NotSupported,
    Shape,
    String,
    Structure,
    Timestamp,
)

_ARN_TEXT: Final = String(lengths=Lengths(limits.BACKUP_ARN_CHARS_MIN, limits.BACKUP_ARN_CHARS_MAX))
_ARN: Final = Member(_ARN_TEXT, required=True)
_TABLE: Final = Member(Name(arn=True), required=True)
_OVERRIDES: Final[Mapping[str, Shape]] = {
    "BillingModeOverride": String(("PROVISIONED", "PAY_PER_REQUEST")),
    "ProvisionedThroughputOverride": index_shapes.THROUGHPUT,
    "SSESpecificationOverride": Structure(
        "SSESpecification",
        {
            "Enabled": Member(Boolean()),
            "SSEType": Member(String(("AES256", "KMS"))),
            "KMSMasterKeyId": Member(String()),
        },
    ),
    "GlobalSecondaryIndexOverride": index_shapes.GLOBAL_INDEXES,
    "LocalSecondaryIndexOverride": index_shapes.LOCAL_INDEXES,
    "OnDemandThroughputOverride": index_shapes.ON_DEMAND,
    "VectorIndexOverride": NotSupported("VectorIndexOverride"),
}
_RECOVERY: Final = Structure(
    "PointInTimeRecoverySpecification",
    {
        "PointInTimeRecoveryEnabled": Member(Boolean(), required=True),
        "RecoveryPeriodInDays": Member(Integer(1, limits.RECOVERY_DAYS_MAX)),
    },
)


def _structure(name: str, members: Mapping[str, Member | Shape]) -> Structure:
    """A structure of these members; a bare shape is a member that may be absent."""
    return Structure(
        name, {key: member if isinstance(member, Member) else Member(member) for key, member in members.items()}
    )


SHAPES: Final[Mapping[str, Structure]] = {
    shape.name: shape
    for shape in (
        _structure("CreateBackup", {"TableName": _TABLE, "BackupName": Member(Name(), required=True)}),
        _structure("DescribeBackup", {"BackupArn": _ARN}),
        _structure("DeleteBackup", {"BackupArn": _ARN}),
        _structure(
            "ListBackups",
            {
                "TableName": Name(arn=True),
                "Limit": Integer(1, limits.LIST_BACKUPS_MAX),
                "TimeRangeLowerBound": Timestamp(),
                "TimeRangeUpperBound": Timestamp(),
                "ExclusiveStartBackupArn": _ARN_TEXT,
                "BackupType": String(("USER", "SYSTEM", "AWS_BACKUP", "ALL")),
            },
        ),
        _structure(
            "RestoreTableFromBackup",
            {"TargetTableName": Member(Name(), required=True), "BackupArn": _ARN, **_OVERRIDES},
        ),
        _structure(
            "RestoreTableToPointInTime",
            {
                "SourceTableArn": Name(arn=True),
                "SourceTableName": Name(),
                "TargetTableName": Member(Name(), required=True),
                "UseLatestRestorableTime": Boolean(),
                "RestoreDateTime": Timestamp(),
                **_OVERRIDES,
            },
        ),
        _structure("DescribeContinuousBackups", {"TableName": _TABLE}),
        _structure(
            "UpdateContinuousBackups",
            {"TableName": _TABLE, "PointInTimeRecoverySpecification": Member(_RECOVERY, required=True)},
        ),
    )
}
