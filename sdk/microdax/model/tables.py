"""A table and its indexes as DescribeTable returns them.

A `TableDescription` is what the caller decided about a table and when; how many items it and its indexes hold and
which state it is in are told to `document`. `read_description` is the inverse for all that a description holds, so
that a store can keep tables in the form in which it shows them.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from types import MappingProxyType
from typing import Any, Final, Literal, TypeAlias

from microdax.model import limits
from microdax.model.encryption import encryption_document
from microdax.model.errors import ValidationException
from microdax.model.keys import KeyAttribute, KeySchema
from microdax.model.provisioning import (
    DAY_S,
    NO_CAPACITY,
    NO_THROUGHPUT,
    UNPROVISIONED,
    Capacity,
    Provisioning,
    put_time,
    read_capacity,
    read_provisioning,
)
from microdax.model.requests import BillingMode, IndexKind, Projection, TableClass, Throughput
from microdax.model.streams import KEPT_S, NO_STREAMS, Streams, StreamSpecification, read_streams
from microdax.model.time_to_live import NO_TIME_TO_LIVE, TimeToLive

TableStatus = Literal["CREATING", "UPDATING", "DELETING", "ACTIVE"]
IndexStatus = Literal["CREATING", "UPDATING", "DELETING", "ACTIVE"]
Document: TypeAlias = dict[str, object]

_INDEX_MEMBERS: Final[Mapping[str, IndexKind]] = {"LocalSecondaryIndexes": "local", "GlobalSecondaryIndexes": "global"}


@dataclass(frozen=True, slots=True)
class TableSize:
    """How many items a table holds and the sum of their sizes."""

    items: int = 0
    size_bytes: int = 0

    def after(self, old_bytes: int | None, new_bytes: int | None) -> "TableSize":
        """The size when an item of `old_bytes` has become one of `new_bytes`; None is no item."""
        items = self.items + (new_bytes is not None) - (old_bytes is not None)
        return TableSize(items, self.size_bytes + (new_bytes or 0) - (old_bytes or 0))


NO_INDEX_SIZES: Final[Mapping[int, TableSize]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Index:
    """A secondary index. `number` tells it from every index that its table has ever had.

    One that UpdateTable creates is CREATING until it holds all rows that were there before it. One that is dropped is
    DELETING, and written no more, until its rows are gone. `provisioning` is a global index's.
    """

    name: str
    kind: IndexKind
    key_schema: KeySchema
    projection: Projection
    number: int
    status: IndexStatus = "ACTIVE"
    provisioning: Provisioning = UNPROVISIONED
    capacity: Capacity = NO_CAPACITY

    @property
    def is_backfilling(self) -> bool:
        return self.status == "CREATING"

    def document(self, table_arn: str, table_status: TableStatus, size: TableSize, now_s: float) -> Document:
        """The index as the API shows it at `now_s`."""
        document: Document = {
            "IndexName": self.name,
            "KeySchema": key_schema_document(self.key_schema),
            "Projection": _projection(self.projection),
            "IndexSizeBytes": size.size_bytes,
            "ItemCount": size.items,
            "IndexArn": f"{table_arn}/index/{self.name}",
        }
        if self.kind == "global":
            document["IndexStatus"] = "CREATING" if table_status == "CREATING" else self.status
            document["ProvisionedThroughput"] = self.provisioning.document(now_s)
            document.update(self.capacity.document())
        if self.is_backfilling:
            document["Backfilling"] = True
        return document

    def kept(self) -> Document:
        """The document that `read_description` reads all of this back from."""
        document = self.document("", "ACTIVE", TableSize(), now_s=0.0)
        return {**document, "ProvisionedThroughput": self.provisioning.kept(), "Number": self.number}


@dataclass(frozen=True, slots=True)
class Recovery:
    """Point-in-time recovery: since when it has been on without a break, and how far back it reaches."""

    since_s: float
    period_days: int = limits.RECOVERY_DAYS_MAX

    def earliest_s(self, now_s: float) -> float:
        """The first moment that can be recovered, in whole seconds as the API counts them.

        Of the second in which it was switched on, the state at that moment is what can be recovered.
        """
        return float(max(math.floor(self.since_s), math.ceil(now_s - self.period_days * DAY_S)))

    def moment_ms(self, time_s: float) -> int:
        """The moment that is meant by a time that can be recovered."""
        return max(math.floor(self.since_s * 1000), math.floor(time_s * 1000))

    def reaches(self, moment_ms: int, now_s: float) -> bool:
        """Whether what has changed since that moment is still known."""
        return self.moment_ms(now_s - self.period_days * DAY_S) <= moment_ms


@dataclass(frozen=True, slots=True)
class Restore:
    """What a table was restored from, and as of when: the backup, where it was one, and the backed up table."""

    table_arn: str
    time_s: float
    backup_arn: str | None = None

    def document(self, is_in_progress: bool) -> Document:
        document: Document = {
            "SourceTableArn": self.table_arn,
            "RestoreDateTime": self.time_s,
            "RestoreInProgress": is_in_progress,
        }
        return document if self.backup_arn is None else {"SourceBackupArn": self.backup_arn, **document}


@dataclass(frozen=True, slots=True)
class TableDescription:
    """One table, without its items. `on_demand_s` is when it was last made on-demand, if it ever was.

    `following_index` is the number that its next index gets.
    """

    name: str
    key_schema: KeySchema
    arn: str
    id: str
    created_s: float
    billing_mode: BillingMode = "PROVISIONED"
    on_demand_s: float | None = None
    provisioning: Provisioning = UNPROVISIONED
    capacity: Capacity = NO_CAPACITY
    deletion_protection: bool = False
    table_class: TableClass = "STANDARD"
    class_changed_s: float | None = None
    indexes: tuple[Index, ...] = ()
    following_index: int = 1
    recovery: Recovery | None = None
    restore: Restore | None = None
    streams: Streams = NO_STREAMS
    time_to_live: TimeToLive = NO_TIME_TO_LIVE
    kms_key_arn: str | None = None

    @property
    def attributes(self) -> tuple[KeyAttribute, ...]:
        """The key attributes of the table and its indexes, each once, in the order in which Amazon shows them."""
        schemas = (self.key_schema, *(index.key_schema for index in self.indexes))
        return tuple(sorted({attribute for schema in schemas for attribute in schema.attributes}, key=_name))

    @property
    def keeps_log(self) -> bool:
        """Whether each change is recorded: for the stream, or for point-in-time recovery."""
        return self.streams.enabled is not None or self.recovery is not None

    @property
    def log_kept_s(self) -> int:
        """For how long a recorded change is kept."""
        return KEPT_S if self.recovery is None else max(KEPT_S, self.recovery.period_days * DAY_S)

    def streamed(self, wanted: StreamSpecification, now_s: float) -> "TableDescription":
        """The table after its stream was switched at `now_s`; raises ValidationException where it is so already."""
        if wanted.enabled == (self.streams.enabled is not None):
            state = "already has an enabled stream" if wanted.enabled else "has no stream to disable"
            raise ValidationException(f"Table {state}: TableName: {self.name}")
        return replace(self, streams=self.streams.switched(wanted.view_type, now_s))

    def billed(self, mode: BillingMode, units: Throughput | None, now_s: float) -> "TableDescription":
        """The table after its billing was set at `now_s`; `units` None leaves those of a provisioned table."""
        on_demand = mode == "PAY_PER_REQUEST"
        wanted = NO_THROUGHPUT if on_demand else units or self.provisioning.units
        return replace(
            self,
            billing_mode=mode,
            on_demand_s=now_s if on_demand and self.billing_mode != mode else self.on_demand_s,
            provisioning=self.provisioning.changed(wanted, now_s),
            capacity=self.capacity if on_demand else self.capacity.unbounded(),
        )

    def classed(self, table_class: TableClass, now_s: float) -> "TableDescription":
        """The table after its class was set at `now_s`."""
        return replace(self, table_class=table_class, class_changed_s=now_s)

    def document(
        self,
        status: TableStatus,
        size: TableSize,
        now_s: float,
        index_sizes: Mapping[int, TableSize] = NO_INDEX_SIZES,
    ) -> Document:
        """The table as the API shows it at `now_s`; of an index that `index_sizes` does not know, the size is 0."""
        document: Document = {
            "AttributeDefinitions": [_definition(attribute) for attribute in self.attributes],
            "TableName": self.name,
            "KeySchema": key_schema_document(self.key_schema),
            "TableStatus": status,
            "CreationDateTime": self.created_s,
            "ProvisionedThroughput": self.provisioning.document(now_s),
            "TableSizeBytes": size.size_bytes,
            "ItemCount": size.items,
            "TableArn": self.arn,
            "TableId": self.id,
            "DeletionProtectionEnabled": self.deletion_protection,
            **self.capacity.document(),
        }
        self._put_billing(document)
        self._put_class(document)
        if self.kms_key_arn is not None:
            document["SSEDescription"] = encryption_document(self.kms_key_arn)
        document.update(self.streams.document(self.arn))
        if self.restore is not None:
            document["RestoreSummary"] = self.restore.document(is_in_progress=status == "CREATING")

        def shown(index: Index) -> Document:
            return index.document(self.arn, status, index_sizes.get(index.number, TableSize()), now_s)

        return {**document, **self._listed_indexes(shown)}

    def kept(self) -> Document:
        """The document that `read_description` reads all of this back from: with what DescribeTable does not show."""
        return {
            **self.document("ACTIVE", TableSize(), self.created_s),
            **self._listed_indexes(Index.kept),
            "ProvisionedThroughput": self.provisioning.kept(),
            "FollowingIndexNumber": self.following_index,
            "PointInTimeRecovery": None if self.recovery is None else asdict(self.recovery),
            "Streams": self.streams.kept(),
            "TimeToLive": asdict(self.time_to_live),
        }

    def _put_billing(self, document: Document) -> None:
        """A table that has always been provisioned shows no summary, as at Amazon's."""
        if self.on_demand_s is None:
            return
        summary: Document = {"BillingMode": self.billing_mode}
        put_time(summary, "LastUpdateToPayPerRequestDateTime", self.on_demand_s)
        document["BillingModeSummary"] = summary

    def _put_class(self, document: Document) -> None:
        if self.table_class == "STANDARD" and self.class_changed_s is None:
            return
        summary: Document = {"TableClass": self.table_class}
        put_time(summary, "LastUpdateDateTime", self.class_changed_s)
        document["TableClassSummary"] = summary

    def _listed_indexes(self, shown: Callable[[Index], Document]) -> Document:
        """The lists of local and of global indexes; where there are none of a kind, no list."""
        lists: Document = {}
        for member, kind in _INDEX_MEMBERS.items():
            of_kind = [shown(index) for index in self.indexes if index.kind == kind]
            if of_kind:
                lists[member] = of_kind
        return lists


def read_description(document: Mapping[str, Any]) -> TableDescription:
    """The description that a document of DescribeTable shows; raises KeyError where it lacks a member.

    Of decreases the document tells today's, so those of an earlier day are none.
    """
    billing = document.get("BillingModeSummary", {})
    table_class = document.get("TableClassSummary", {})
    return TableDescription(
        name=document["TableName"],
        key_schema=read_key_schema(document),
        arn=document["TableArn"],
        id=document["TableId"],
        created_s=document["CreationDateTime"],
        billing_mode=billing.get("BillingMode", "PROVISIONED"),
        on_demand_s=billing.get("LastUpdateToPayPerRequestDateTime"),
        provisioning=read_provisioning(document["ProvisionedThroughput"]),
        capacity=read_capacity(document),
        deletion_protection=document["DeletionProtectionEnabled"],
        table_class=table_class.get("TableClass", "STANDARD"),
        class_changed_s=table_class.get("LastUpdateDateTime"),
        indexes=tuple(sorted(_read_indexes(document), key=lambda index: index.number)),
        following_index=document["FollowingIndexNumber"],
        recovery=_read_recovery(document["PointInTimeRecovery"]),
        restore=_read_restore(document.get("RestoreSummary")),
        streams=read_streams(document["Streams"]),
        time_to_live=TimeToLive(**document["TimeToLive"]),
        kms_key_arn=document.get("SSEDescription", {}).get("KMSMasterKeyArn"),
    )


def read_key_schema(document: Mapping[str, Any]) -> KeySchema:
    """The key schema of a table's document, which of all members every DynamoDB-compatible server sends."""
    return _read_elements(document["KeySchema"], document["AttributeDefinitions"])


def _read_elements(elements: Sequence[Mapping[str, Any]], definitions: Sequence[Mapping[str, Any]]) -> KeySchema:
    types = {definition["AttributeName"]: definition["AttributeType"] for definition in definitions}
    attributes = {
        element["KeyType"]: KeyAttribute(element["AttributeName"], types[element["AttributeName"]])
        for element in elements
    }
    return KeySchema(attributes["HASH"], attributes.get("RANGE"))


def _read_indexes(document: Mapping[str, Any]) -> Iterator[Index]:
    for member, kind in _INDEX_MEMBERS.items():
        for kept in document.get(member, ()):
            yield Index(
                name=kept["IndexName"],
                kind=kind,
                key_schema=_read_elements(kept["KeySchema"], document["AttributeDefinitions"]),
                projection=_read_projection(kept["Projection"]),
                number=kept["Number"],
                status=kept.get("IndexStatus", "ACTIVE"),
                provisioning=read_provisioning(kept["ProvisionedThroughput"]),
                capacity=read_capacity(kept),
            )


def _read_projection(document: Mapping[str, Any]) -> Projection:
    return Projection(document["ProjectionType"], tuple(document.get("NonKeyAttributes", ())))


def _read_recovery(document: Mapping[str, Any] | None) -> Recovery | None:
    return None if document is None else Recovery(**document)


def _read_restore(document: Mapping[str, Any] | None) -> Restore | None:
    if document is None:
        return None
    return Restore(document["SourceTableArn"], document["RestoreDateTime"], document.get("SourceBackupArn"))


def _definition(attribute: KeyAttribute) -> Document:
    return {"AttributeName": attribute.name, "AttributeType": attribute.type}


def _name(attribute: KeyAttribute) -> str:
    return attribute.name


def _projection(projection: Projection) -> Document:
    document: Document = {"ProjectionType": projection.type}
    return {**document, "NonKeyAttributes": list(projection.attributes)} if projection.attributes else document


def key_schema_document(schema: KeySchema) -> list[Document]:
    kinds = ("HASH", "RANGE")
    return [{"AttributeName": name, "KeyType": kind} for name, kind in zip(schema.names, kinds, strict=False)]
