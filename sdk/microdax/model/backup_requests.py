"""The requests about backups and point-in-time recovery, checked for shape. Times are seconds since the epoch."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from microdax.model.requests import BillingMode, Throughput, UnitsChange

BackupType = Literal["USER", "SYSTEM", "AWS_BACKUP", "ALL"]


@dataclass(frozen=True, slots=True)
class CreateBackup:
    table: str
    name: str


@dataclass(frozen=True, slots=True)
class DescribeBackup:
    arn: str


@dataclass(frozen=True, slots=True)
class DeleteBackup:
    arn: str


@dataclass(frozen=True, slots=True)
class ListBackups:
    """`from_s` is the first moment that is asked for, `until_s` the first that no longer is."""

    table: str | None = None
    type: BackupType = "ALL"
    from_s: float | None = None
    until_s: float | None = None
    exclusive_start_arn: str | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class IndexOverride:
    """An index as a restored table shall have it, in the words of CreateTable: it must be one of the source's."""

    name: str
    key_names: tuple[str, ...]
    projection: str | None
    non_key_attributes: frozenset[str]
    throughput: Throughput | None = None
    on_demand: UnitsChange | None = None
    warm: UnitsChange | None = None


@dataclass(frozen=True, slots=True)
class Overrides:
    """What of the source a restored table shall not take over; None is nothing, an empty tuple is no indexes."""

    billing_mode: BillingMode | None = None
    throughput: Throughput | None = None
    on_demand: UnitsChange | None = None
    global_indexes: tuple[IndexOverride, ...] | None = None
    local_indexes: tuple[IndexOverride, ...] | None = None


@dataclass(frozen=True, slots=True)
class RestoreTableFromBackup:
    table: str
    backup_arn: str
    overrides: Overrides = Overrides()


@dataclass(frozen=True, slots=True)
class RestoreTableToPointInTime:
    """`time_s` None is the latest restorable time."""

    table: str
    source: str
    time_s: float | None = None
    overrides: Overrides = Overrides()


@dataclass(frozen=True, slots=True)
class UpdateContinuousBackups:
    table: str
    is_enabled: bool
    period_days: int | None = None


@dataclass(frozen=True, slots=True)
class DescribeContinuousBackups:
    table: str


BackupRequest: TypeAlias = (
    CreateBackup
    | DescribeBackup
    | DeleteBackup
    | ListBackups
    | RestoreTableFromBackup
    | RestoreTableToPointInTime
    | UpdateContinuousBackups
    | DescribeContinuousBackups
)
