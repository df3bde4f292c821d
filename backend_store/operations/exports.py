"""ExportTableToPointInTime, DescribeExport and ListExports.

An export runs beside the requests on one snapshot. What stops it, a full disk or the end of the process, it does not
survive: it is FAILED then, and its description says why.
"""

import math
from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Final

from backend_store.buckets import DENIED, Buckets
from backend_store.catalog import Catalog
from backend_store.chores import Chore, Chores
from backend_store.exports import Line, Place, Written, change_line, full_line, iso_time, write_export
from backend_store.kv.engine import Engine, Reader
from backend_store.operations.backups import table_to_back_up
from backend_store.operations.recovery import moment_ms, recovery_of
from backend_store.past import changes_between, rows_at
from backend_store.table import Table
from backend_store.transfers import Conflict, Transfer, Transfers
from microdax.model import limits
from microdax.model.errors import (
    DynamoDBError,
    ExportConflictException,
    ExportNotFoundException,
    InvalidExportTimeException,
)
from microdax.model.tables import Document
from microdax.model.transfer_requests import DescribeExport, ExportTable, ExportView, ListExports, Period

_SUMMARY_NAMES: Final = ("ExportArn", "ExportStatus", "ExportType")
_TOLD_AS_ASKED: Final = ("S3Bucket", "S3BucketOwner", "S3Prefix", "S3SseAlgorithm", "S3SseKmsKeyId", "ClientToken")


@dataclass(frozen=True, slots=True)
class Full:
    """All items at a time."""

    time_s: float
    moment_ms: int

    def data(self, export_id: str) -> str:
        return f"{export_id}/data"

    def lines(self, reader: Reader, table: Table) -> Generator[Line, None, None]:
        with closing(rows_at(reader, table, self.moment_ms)) as rows:
            yield from map(full_line, rows)

    def described(self) -> Document:
        return {"ExportType": "FULL_EXPORT", "ExportTime": self.time_s}

    def manifest(self) -> Document:
        return {"version": "2020-06-30", "exportTime": iso_time(self.time_s), "exportType": "FULL_EXPORT"}


@dataclass(frozen=True, slots=True)
class Incremental:
    """All changes of a period."""

    from_s: float
    until_s: float
    view: ExportView

    def data(self, export_id: str) -> str:
        return "data"

    def lines(self, reader: Reader, table: Table) -> Generator[Line, None, None]:
        from_ms, until_ms = math.floor(self.from_s * 1000), math.floor(self.until_s * 1000)
        with closing(changes_between(reader, table, from_ms, until_ms)) as changes:
            yield from map(partial(change_line, view=self.view), changes)

    def described(self) -> Document:
        period = {"ExportFromTime": self.from_s, "ExportToTime": self.until_s, "ExportViewType": self.view}
        return {"ExportType": "INCREMENTAL_EXPORT", "IncrementalExportSpecification": period}

    def manifest(self) -> Document:
        return {
            "version": "2023-08-01",
            "exportFromTime": iso_time(self.from_s),
            "exportToTime": iso_time(self.until_s),
            "outputView": self.view,
            "exportType": "INCREMENTAL_EXPORT",
        }


class Exports:
    """The exports of one store, each from its request to the members of its reply."""

    def __init__(
        self, engine: Engine, catalog: Catalog, chores: Chores, buckets: Buckets, clock: Callable[[], float]
    ) -> None:
        self._engine = engine
        self._catalog = catalog
        self._chores = chores
        self._buckets = buckets
        self._clock = clock
        self._transfers = Transfers(engine, "Export")

    async def begin(self, request: ExportTable) -> Mapping[str, object]:
        table, now_s = table_to_back_up(self._catalog, request.table), self._now_s()
        try:
            repeated = self._transfers.repeated(request.client_token, request.members, now_s)
        except Conflict:
            raise ExportConflictException("There is an export with this ClientToken and other parameters") from None
        if repeated is not None:
            return {"ExportDescription": repeated.document}
        content = self._content(request, table, now_s)
        self._buckets.check(request.bucket, _prefix(request))
        self._chores.check_room()
        arn = table.description.arn
        described = _described(table, request, content, now_s)
        transfer = await self._transfers.begin(table.name, arn, described, request.members)
        place = Place(self._buckets, request.bucket, _prefix(request), _id(transfer))
        work = partial(self._export, transfer=transfer, table=table, content=content, place=place)
        await self._chores.begin(f"Export {transfer.document['ExportArn']}", work).under_way()
        return {"ExportDescription": transfer.document}

    def describe(self, request: DescribeExport) -> Mapping[str, object]:
        transfer = self._transfers.find(request.arn)
        if transfer is None:
            raise ExportNotFoundException(f"Export not found: {request.arn}")
        return {"ExportDescription": transfer.document}

    def list(self, request: ListExports) -> Mapping[str, object]:
        page, token = self._transfers.page(request.table, request.max_results, request.next_token)
        members: Document = {"ExportSummaries": [{name: one.document[name] for name in _SUMMARY_NAMES} for one in page]}
        return members if token is None else {**members, "NextToken": token}

    def go_on(self) -> None:
        """What an earlier start has not finished has failed. Needs a running event loop."""
        for transfer in self._transfers:
            if transfer.is_in_progress:
                self._chores.begin("An export that was interrupted", partial(self._give_up, transfer=transfer))

    async def settle(self) -> None:
        """Wait until the changes under way have come to their end."""
        await self._transfers.settle()

    async def _export(
        self, chore: Chore, transfer: Transfer, table: Table, content: Full | Incremental, place: Place
    ) -> None:
        work = partial(self._write, chore, transfer, table, content, place)
        try:
            told = await self._chores.in_thread(work)
        except OSError as error:
            code = "S3AccessDenied" if error.errno in DENIED else "S3ServiceError"
            await self._end(transfer, "FAILED", _failure(code, error.strerror or str(error)))
        except DynamoDBError as error:
            await self._end(transfer, "FAILED", _failure(error.code, error.message))
        else:
            await self._end(transfer, "COMPLETED", told)

    def _write(
        self, chore: Chore, transfer: Transfer, table: Table, content: Full | Incremental, place: Place
    ) -> Document:
        """Write the files, in a worker thread, and return what there is to tell of them."""

        def summary(written: Written) -> Document:
            return {**_summary(transfer.document, place, written, iso_time(self._clock())), **content.manifest()}

        with self._engine.snapshot() as reader, closing(content.lines(reader, table)) as lines:
            written = write_export(place, content.data(place.id), lines, summary, chore.step)
        return {
            "ExportManifest": place.summary_key,
            "ItemCount": written.items,
            "BilledSizeBytes": written.size_bytes,
        }

    async def _give_up(self, _: Chore, transfer: Transfer) -> None:
        why = _failure("InternalServerError", "The store was restarted while the export was under way")
        await self._end(transfer, "FAILED", why)

    async def _end(self, transfer: Transfer, status: str, told: Document) -> None:
        while True:
            try:
                return await self._transfers.end(transfer.number, status, self._now_s(), told)
            except DynamoDBError:
                await self._chores.pause()

    def _content(self, request: ExportTable, table: Table, now_s: float) -> Full | Incremental:
        """What is to be exported; raises InvalidExportTimeException where that is not known."""
        earliest_s = recovery_of(table).earliest_s(now_s)
        if request.period is not None:
            return _period(request.period, earliest_s, now_s)
        time_s = now_s if request.time_s is None else request.time_s
        if not earliest_s <= time_s <= now_s:
            raise InvalidExportTimeException
        return Full(time_s, moment_ms(self._engine, table, request.time_s, now_s))

    def _now_s(self) -> float:
        """The time in whole milliseconds, as the API shows it."""
        return round(self._clock(), 3)


def _period(period: Period, earliest_s: float, now_s: float) -> Incremental:
    until_s = float(math.floor(now_s)) if period.until_s is None else period.until_s
    if not earliest_s <= period.from_s or not until_s <= now_s:
        raise InvalidExportTimeException
    minutes = (until_s - period.from_s) / 60
    if minutes < limits.EXPORT_MINUTES_MIN:
        raise InvalidExportTimeException(
            "Difference between export from time and export to time is less than 15 minutes"
        )
    if minutes > limits.EXPORT_MINUTES_MAX:
        raise InvalidExportTimeException("Difference between export from time and export to time is more than 24 hours")
    return Incremental(period.from_s, until_s, period.view)


def _prefix(request: ExportTable) -> str:
    """What stands before the keys: the prefix and a slash, or nothing."""
    prefix = (request.prefix or "").removesuffix("/")
    return f"{prefix}/" if prefix else ""


def _id(transfer: Transfer) -> str:
    return str(transfer.document["ExportArn"]).rpartition("/")[2]


def _described(table: Table, request: ExportTable, content: Full | Incremental, now_s: float) -> Document:
    return {
        "StartTime": now_s,
        "TableArn": table.description.arn,
        "TableId": table.description.id,
        "ExportFormat": "DYNAMODB_JSON",
        **content.described(),
        **{name: request.members[name] for name in _TOLD_AS_ASKED if name in request.members},
    }


def _summary(shown: Document, place: Place, written: Written, ended: str) -> Document:
    """What the summary manifests of all exports have."""
    started_s = shown["StartTime"]
    assert isinstance(started_s, float)
    return {
        "exportArn": shown["ExportArn"],
        "startTime": iso_time(started_s),
        "endTime": ended,
        "tableArn": shown["TableArn"],
        "tableId": shown["TableId"],
        "s3Bucket": place.bucket,
        "s3Prefix": shown.get("S3Prefix"),
        "s3SseAlgorithm": shown.get("S3SseAlgorithm", "AES256"),
        "s3SseKmsKeyId": shown.get("S3SseKmsKeyId"),
        "manifestFilesS3Key": place.key(f"{place.id}/manifest-files.json"),
        "billedSizeBytes": written.size_bytes,
        "itemCount": written.items,
        "outputFormat": "DYNAMODB_JSON",
    }


def _failure(code: str, message: str) -> Document:
    return {"FailureCode": code, "FailureMessage": message}
