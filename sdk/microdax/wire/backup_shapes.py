"""The shapes of the requests about backups and point-in-time recovery."""

from collections.abc import Mapping
from typing import Final

from microdax.model import limits
from microdax.wire.shapes import (
    Boolean,
    Integer,
    Lengths,
    ListOf,
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
_UNITS: Final = Member(Integer(1, type_name="Long"), required=True)
_KEY_NAME: Final = String(lengths=Lengths(1, limits.KEY_ATTRIBUTE_NAME_BYTES_MAX))
_THROUGHPUT: Final = Structure("ProvisionedThroughput", {"WriteCapacityUnits": _UNITS, "ReadCapacityUnits": _UNITS})
_INDEX: Final[Mapping[str, Member]] = {
    "IndexName": Member(Name(), required=True),
    "KeySchema": Member(
        ListOf(
            Structure(
                "KeySchemaElement",
                {
                    "AttributeName": Member(_KEY_NAME, required=True),
                    "KeyType": Member(String(("HASH", "RANGE")), required=True),
                },
            ),
            Lengths(1, 2),
        ),
        required=True,
    ),
    "Projection": Member(
        Structure(
            "Projection",
            {
                "ProjectionType": Member(String(("ALL", "INCLUDE", "KEYS_ONLY"))),
                "NonKeyAttributes": Member(ListOf(_KEY_NAME, Lengths(1, limits.INDEX_ATTRIBUTES_MAX))),
            },
        ),
        required=True,
    ),
}
_GLOBAL_INDEX: Final = Structure(
    "GlobalSecondaryIndex",
    {
        **_INDEX,
        "ProvisionedThroughput": Member(_THROUGHPUT),
        "OnDemandThroughput": Member(NotSupported("OnDemandThroughput")),
        "WarmThroughput": Member(NotSupported("WarmThroughput")),
    },
)
_OVERRIDES: Final[Mapping[str, Shape]] = {
    "BillingModeOverride": String(("PROVISIONED", "PAY_PER_REQUEST")),
    "ProvisionedThroughputOverride": _THROUGHPUT,
    "SSESpecificationOverride": Structure(
        "SSESpecification",
        {
            "Enabled": Member(Boolean()),
            "SSEType": Member(String(("AES256", "KMS"))),
            "KMSMasterKeyId": Member(String()),
        },
    ),
    "GlobalSecondaryIndexOverride": ListOf(_GLOBAL_INDEX),
    "LocalSecondaryIndexOverride": ListOf(Structure("LocalSecondaryIndex", _INDEX)),
    "OnDemandThroughputOverride": NotSupported("OnDemandThroughputOverride"),
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
