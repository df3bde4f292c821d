"""CreateTable, DescribeTable, ListTables, UpdateTable and DeleteTable.

A change is done when its reply is sent, and DescribeTable says so at once. The reply itself says CREATING, UPDATING
or DELETING, as Amazon's does, since programs wait for the end of that state.
"""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeAlias

from backend_store.catalog import Catalog
from backend_store.operations.index_changes import (
    check_indexes_at_rest,
    shown_updating,
    with_index_changes,
    with_indexes,
)
from backend_store.table import Table
from microdax.model import limits
from microdax.model.arns import Account
from microdax.model.encryption import kms_key_arn
from microdax.model.errors import ValidationException
from microdax.model.provisioning import NO_CAPACITY, NO_THROUGHPUT, Provisioning
from microdax.model.requests import CreateTable, DeleteTable, DescribeTable, ListTables, Throughput, UpdateTable
from microdax.model.tables import Document, TableDescription, TableSize, TableStatus
from microdax.wire.capacity_requests import check_on_demand

TableRequest: TypeAlias = CreateTable | DescribeTable | ListTables | UpdateTable | DeleteTable


class Tables:
    """The table operations of one store, each from its request to the members of its reply."""

    def __init__(self, catalog: Catalog, account: Account, clock: Callable[[], float]) -> None:
        self._catalog = catalog
        self._account = account
        self._clock = clock

    async def answer(self, request: TableRequest) -> Mapping[str, object]:
        match request:
            case CreateTable():
                return await self._create(request)
            case DescribeTable():
                return self._describe(request)
            case ListTables():
                return self._list(request)
            case UpdateTable():
                return await self._update(request)
            case DeleteTable():
                return await self._delete(request)

    async def _create(self, request: CreateTable) -> Mapping[str, object]:
        table = await self._catalog.create(self.described(request), request.tags)
        document = table.description.document("CREATING", TableSize(), self._now_s())
        return {"TableDescription": document}

    def _describe(self, request: DescribeTable) -> Mapping[str, object]:
        table = self._catalog.table_to_manage(request.table)
        return {"Table": self._document(table, table.status)}

    def _list(self, request: ListTables) -> Mapping[str, object]:
        start = request.exclusive_start_table_name
        names = [name for name in self._catalog.names() if start is None or name > start]
        limit = request.limit or limits.LIST_TABLES_MAX
        if len(names) <= limit:
            return {"TableNames": names}
        return {"TableNames": names[:limit], "LastEvaluatedTableName": names[limit - 1]}

    async def _update(self, request: UpdateTable) -> Mapping[str, object]:
        now_s = self._now_s()
        table = await self._catalog.update(request.table, lambda table: updated(table, request, now_s))
        shown = replace(table, description=shown_updating(table.description, request))
        return {"TableDescription": self._document(shown, "UPDATING")}

    async def _delete(self, request: DeleteTable) -> Mapping[str, object]:
        table, size = await self._catalog.delete(request.table, check_deletable)
        return {"TableDescription": table.description.document("DELETING", size, self._now_s())}

    def described(self, request: CreateTable) -> TableDescription:
        """The table that a request creates, as it is from now on."""
        now_s, arn = self._now_s(), self._account.table_arn(request.table)
        on_demand = request.billing_mode == "PAY_PER_REQUEST"
        table = TableDescription(
            name=request.table,
            key_schema=request.key_schema,
            arn=arn,
            id=str(uuid.uuid4()),
            created_s=now_s,
            billing_mode=request.billing_mode,
            on_demand_s=now_s if on_demand else None,
            provisioning=Provisioning(request.throughput or NO_THROUGHPUT),
            capacity=NO_CAPACITY.changed(request.on_demand, request.warm),
            deletion_protection=request.deletion_protection,
            table_class=request.table_class,
            kms_key_arn=kms_key_arn(arn, request.kms_key) if request.sse_enabled else None,
        )
        streamed = table.streamed(request.stream, now_s) if request.stream and request.stream.enabled else table
        return with_indexes(streamed, request)

    def _document(self, table: Table, status: TableStatus) -> Document:
        size, index_sizes = self._catalog.size(table), self._catalog.index_sizes(table)
        return table.description.document(status, size, self._now_s(), index_sizes)

    def _now_s(self) -> float:
        """The time in whole milliseconds, as the API shows it."""
        return round(self._clock(), 3)


def updated(table: TableDescription, request: UpdateTable, now_s: float) -> TableDescription:
    """The table as UpdateTable wants it; raises ValidationException where that is impossible or no change."""
    mode = request.billing_mode or table.billing_mode
    _check_billing(table, request)
    check_on_demand(request.on_demand, mode)
    after = table.billed(mode, request.throughput, now_s)
    after = replace(after, capacity=after.capacity.changed(request.on_demand, request.warm))
    if request.deletion_protection is not None:
        after = replace(after, deletion_protection=request.deletion_protection)
    if request.sse_enabled is not None:
        after = replace(after, kms_key_arn=kms_key_arn(table.arn, request.kms_key) if request.sse_enabled else None)
    if request.table_class is not None:
        after = after.classed(request.table_class, now_s)
    if request.stream is not None:
        after = after.streamed(request.stream, now_s)
    return with_index_changes(after, request, now_s)


def check_deletable(table: Table) -> None:
    check_indexes_at_rest(table.description)
    if table.description.deletion_protection:
        raise ValidationException(
            "Resource cannot be deleted as it is currently protected against deletion. "
            "Disable deletion protection first."
        )


def _check_billing(table: TableDescription, request: UpdateTable) -> None:
    mode = request.billing_mode or table.billing_mode
    if mode == "PAY_PER_REQUEST" and request.throughput is not None:
        raise ValidationException(
            "One or more parameter values were invalid: "
            "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"
        )
    if mode == "PROVISIONED" and table.billing_mode != mode and request.throughput is None:
        raise ValidationException(
            "One or more parameter values were invalid: "
            "ReadCapacityUnits and WriteCapacityUnits must be specified when BillingMode is PROVISIONED"
        )
    if mode == "PROVISIONED" and request.throughput == table.provisioning.units:
        raise _no_change(table.provisioning.units)


def _no_change(units: Throughput) -> ValidationException:
    return ValidationException(
        "The provisioned throughput for the table will not change. The requested value equals the current value. "
        f"Current ReadCapacityUnits provisioned for the table: {units.read_units}. "
        f"Requested ReadCapacityUnits: {units.read_units}. "
        f"Current WriteCapacityUnits provisioned for the table: {units.write_units}. "
        f"Requested WriteCapacityUnits: {units.write_units}. "
        "Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits."
    )
