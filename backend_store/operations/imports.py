"""ImportTable, DescribeImport and ListImports.

The new table is loaded from the files of a bucket, beside the requests; a restart begins the import again. Items that
cannot be stored are counted and left out, and the import is FAILED at the end, though the table has all the others.
Where there is nothing to import, there is no table either.
"""

import errno
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from backend_store.buckets import DENIED, Buckets, NoSuchBucket, TooManyObjects
from backend_store.catalog import Catalog
from backend_store.chores import Chore, Chores
from backend_store.imports import Counts, Source, read_images
from backend_store.kv.engine import Engine
from backend_store.loads import Loads, SourceGone, put_rows
from backend_store.table import Table
from backend_store.transfers import Conflict, Transfer, Transfers
from microdax.model import limits
from microdax.model.errors import DynamoDBError, ImportConflictException, ImportNotFoundException
from microdax.model.requests import CreateTable
from microdax.model.tables import Document, TableDescription
from microdax.model.transfer_requests import DescribeImport, ImportTable, ListImports
from microdax.wire.dynamo_json import decode_request

_SUMMARY_NAMES: Final = (
    "ImportArn",
    "ImportStatus",
    "TableArn",
    "S3BucketSource",
    "InputFormat",
    "StartTime",
    "EndTime",
)
_TOLD_AS_ASKED: Final = (
    "ClientToken",
    "S3BucketSource",
    "InputFormat",
    "InputFormatOptions",
    "TableCreationParameters",
)


class Imports:
    """The imports of one store, each from its request to the members of its reply."""

    def __init__(
        self,
        engine: Engine,
        catalog: Catalog,
        chores: Chores,
        buckets: Buckets,
        describe: Callable[[CreateTable], TableDescription],
        clock: Callable[[], float],
    ) -> None:
        self._engine = engine
        self._catalog = catalog
        self._chores = chores
        self._buckets = buckets
        self._describe = describe
        self._clock = clock
        self._transfers = Transfers(engine, "Import")
        self._counts: dict[int, Counts] = {}

    async def begin(self, request: ImportTable, loads: Loads) -> Mapping[str, object]:
        now_s = self._now_s()
        try:
            repeated = self._transfers.repeated(request.client_token, request.members, now_s)
        except Conflict:
            raise ImportConflictException("There is an import with this ClientToken and other parameters") from None
        if repeated is not None:
            return self._told(repeated)
        self._buckets.check(request.bucket, request.prefix)
        self._chores.check_room()
        table = self._describe(request.table)
        transfer = await self._transfers.begin(
            table.name, table.arn, _described(table, request, now_s), request.members
        )
        try:
            await loads.begin(table, {"kind": "import", "import": transfer.number})
        except DynamoDBError:
            if self._table_of(transfer) is None:  # it was not created
                await self._transfers.forget(transfer.number)
            raise
        return self._told(transfer)

    def describe(self, request: DescribeImport) -> Mapping[str, object]:
        transfer = self._transfers.find(request.arn)
        if transfer is None:
            raise ImportNotFoundException(f"Import not found: {request.arn}")
        return self._told(transfer)

    def list(self, request: ListImports) -> Mapping[str, object]:
        page, token = self._transfers.page(request.table, request.page_size, request.next_token)
        summaries = [{name: one.document[name] for name in _SUMMARY_NAMES if name in one.document} for one in page]
        members: Document = {"ImportSummaryList": summaries}
        return members if token is None else {**members, "NextToken": token}

    async def load(self, chore: Chore, table: Table) -> None:
        """Load a table: the loader of its kind."""
        transfer = self._transfers.get(int(str((table.load or {})["import"])))
        if transfer is None:
            raise SourceGone("the import is not known")
        if transfer.is_in_progress:  # otherwise a restart came between its end and that of the loading
            await self._import(chore, table, transfer)

    async def _import(self, chore: Chore, table: Table, transfer: Transfer) -> None:
        try:
            counts = await self._chores.in_thread(partial(self._load, chore, table, transfer))
        except (OSError, NoSuchBucket, TooManyObjects) as error:
            await self._fail(transfer, *_why(error))
            raise SourceGone("the import failed") from error
        if counts.errors:
            message = "Some of the items failed validation checks and were not imported."
            await self._fail(transfer, "ItemValidationError", message)
        else:
            await self._end(transfer, "COMPLETED", {})

    async def settle(self) -> None:
        """Wait until the changes under way have come to their end."""
        await self._transfers.settle()

    def go_on(self) -> None:
        """What an earlier start has noted and has no table for has failed. Needs a running event loop."""
        for transfer in self._transfers:
            if transfer.is_in_progress and self._table_of(transfer) is None:
                self._chores.begin("An import that was interrupted", partial(self._give_up, transfer=transfer))

    def _load(self, chore: Chore, table: Table, transfer: Transfer) -> Counts:
        """Read the files into the table, in a worker thread."""
        counts = self._counts[transfer.number] = Counts()
        request = _request(transfer)
        source = Source(self._buckets, request.bucket, request.format, request.compression, request.csv)
        keys = self._buckets.keys(request.bucket, request.prefix)
        if not keys:
            raise FileNotFoundError(errno.ENOENT, "No object has the prefix")
        put_rows(self._engine, table, read_images(source, keys, table.description, counts), chore)
        return counts

    async def _give_up(self, _: Chore, transfer: Transfer) -> None:
        await self._fail(transfer, "InternalServerError", "The store was restarted before the import had begun")

    async def _fail(self, transfer: Transfer, code: str, message: str) -> None:
        await self._end(transfer, "FAILED", {"FailureCode": code, "FailureMessage": message})

    async def _end(self, transfer: Transfer, status: str, told: Document) -> None:
        while True:
            try:
                counted = _counted(self._counts.get(transfer.number, Counts()))
                await self._transfers.end(transfer.number, status, self._now_s(), {**counted, **told})
                self._counts.pop(transfer.number, None)
                return
            except DynamoDBError:
                await self._chores.pause()

    def _table_of(self, transfer: Transfer) -> Table | None:
        """The table that is being loaded by this import."""
        tables = (table for table in self._catalog.loading() if (table.load or {}).get("import") == transfer.number)
        return next(tables, None)

    def _told(self, transfer: Transfer) -> Mapping[str, object]:
        counts = self._counts.get(transfer.number)
        live = {} if counts is None else _counted(counts)
        return {"ImportTableDescription": {**transfer.document, **live}}

    def _now_s(self) -> float:
        """The time in whole milliseconds, as the API shows it."""
        return round(self._clock(), 3)


def _request(transfer: Transfer) -> ImportTable:
    request = decode_request("ImportTable", transfer.request.encode())
    assert isinstance(request, ImportTable)
    return request


def _described(table: TableDescription, request: ImportTable, now_s: float) -> Document:
    return {
        "StartTime": now_s,
        "TableArn": table.arn,
        "TableId": table.id,
        "InputCompressionType": request.compression,
        **_counted(Counts()),
        **{name: request.members[name] for name in _TOLD_AS_ASKED if name in request.members},
    }


def _counted(counts: Counts) -> Document:
    return {
        "ProcessedSizeBytes": counts.size_bytes,
        "ProcessedItemCount": counts.processed,
        "ImportedItemCount": counts.imported,
        "ErrorCount": counts.errors,
    }


def _why(error: Exception) -> tuple[str, str]:
    """Code and message of what has made an import impossible."""
    match error:
        case NoSuchBucket():
            return "S3NoSuchBucket", "The specified bucket does not exist"
        case TooManyObjects():
            return "S3ServiceError", f"More than {limits.IMPORT_FILES_MAX} objects have the prefix"
        case FileNotFoundError():
            return "S3NoSuchKey", "No object has the prefix"
        case OSError() if error.errno in DENIED:
            return "S3AccessDenied", str(error.strerror)
        case _:
            return "S3ServiceError", str(error)
