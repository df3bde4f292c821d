"""One request in, one reply out: DynamoDB's data and table operations on an ordered key-value engine.

What a request asks is checked first, as far as that goes without reading items: its shape, its expressions, its
table, its keys, in DynamoDB's order. What is left is a function of a state of the store, and where it runs depends on
what it may cost:

- GetItem reads one row, microseconds, on the event loop's thread.
- Query, Scan, BatchGetItem and TransactGetItems read up to a page on a snapshot, in one of a few worker threads.
- Writes are jobs of the engine's one writer; the reply is made when the job is durable.
- Table operations go through the catalog.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

import orjson

from backend_store import expiry, shards
from backend_store.buckets import Buckets
from backend_store.catalog import Catalog
from backend_store.index_work import IndexWork
from backend_store.kv.engine import Engine, Reader, StoreUnavailable
from backend_store.log_keeper import LogKeeper
from backend_store.operations.administration import Administration
from backend_store.operations.batch import batch_get_item, batch_write_item
from backend_store.operations.batch_execute_statement import batch_execute_statement
from backend_store.operations.copies import Copies
from backend_store.operations.delete_item import delete_item
from backend_store.operations.execute_statement import execute_statement
from backend_store.operations.execute_transaction import execute_transaction
from backend_store.operations.get_item import get_item
from backend_store.operations.put_item import put_item
from backend_store.operations.query import query
from backend_store.operations.scan import scan
from backend_store.operations.statements import Execution, Reading
from backend_store.operations.streams import describe_stream, get_records, get_shard_iterator, list_streams
from backend_store.operations.tables import TableRequest, Tables
from backend_store.operations.time_to_live import describe_time_to_live, update_time_to_live
from backend_store.operations.transact_get_items import transact_get_items
from backend_store.operations.transact_write_items import transact_write_items
from backend_store.operations.update_item import update_item
from backend_store.operations.written import Job
from backend_store.removal import Removal
from backend_store.rounds import Rounds
from backend_store.shards import DEFAULT_ROLLOVER, Rollover
from backend_store.sweeper import Sweeper
from backend_store.table_state import write_current
from backend_store.throttling import Throttle
from microdax.model.administration_requests import AdministrationRequest
from microdax.model.any_request import AnyRequest
from microdax.model.arns import Account
from microdax.model.backup_requests import BackupRequest
from microdax.model.errors import (
    DynamoDBError,
    InternalServerError,
    ThrottlingException,
    UnknownOperationException,
    UnknownOutcome,
)
from microdax.model.partiql_requests import BatchExecuteStatement, ExecuteStatement, ExecuteTransaction, PartiqlRequest
from microdax.model.replies import Change, Reply, new_request_id, refusal
from microdax.model.requests import (
    BatchGetItem,
    BatchWriteItem,
    DeleteItem,
    GetItem,
    PutItem,
    Query,
    Scan,
    UpdateItem,
    UpdateTable,
)
from microdax.model.stream_requests import DescribeStream, GetRecords, GetShardIterator, ListStreams
from microdax.model.transact_requests import TransactGetItems, TransactWriteItems
from microdax.model.transfer_requests import TransferRequest
from microdax.model.ttl_requests import DescribeTimeToLive, UpdateTimeToLive
from microdax.wire.dynamo_json import decode_request

READER_THREADS: Final = 4
READS_MAX: Final = 1024  # page reads running or waiting for a thread
API_VERSION: Final = "DynamoDB_20120810"
STREAMS_API_VERSION: Final = "DynamoDBStreams_20120810"
STREAM_OPERATIONS: Final = frozenset({"ListStreams", "DescribeStream", "GetShardIterator", "GetRecords"})
TTL_SWEEP_S: Final = 3.0
LOG_TIDY_S: Final = 60.0

_log = logging.getLogger(__name__)


class Store:
    """A DynamoDB of its own. Takes the engine over: `close` closes it.

    `on_change` hears, on the event loop, of the changes that no caller has asked for: deletions of expired items. It
    may hear of one that has not happened, where nobody can know.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        clock: Callable[[], float] = time.time,
        region: str = "us-east-1",
        account: str = "000000000000",
        enforce_throughput: bool = False,
        bucket_folder: Path | None = None,
        ttl_sweep_s: float = TTL_SWEEP_S,
        rollover: Rollover = DEFAULT_ROLLOVER,
    ) -> None:
        self._engine = engine
        self._clock = clock
        throttle = Throttle(clock) if enforce_throughput else None
        self._catalog = Catalog(engine, clock, (shards.follow, expiry.follow_table), throttle)
        self._account = Account(region, account)
        self._tables = Tables(self._catalog, self._account, clock)
        self._administration = Administration(self._catalog, self._account, clock)
        self._copies = Copies(engine, self._catalog, self._tables, Buckets(bucket_folder), self._account, clock)
        self._removal = Removal(engine, self._catalog)
        self._sweeper = Sweeper(engine, self._catalog, lambda changes: self.on_change(changes))
        self._log_keeper = LogKeeper(engine, self._catalog, rollover)
        self._rounds = (
            Rounds("Deleting expired items", self._sweeper.sweep, ttl_sweep_s),
            Rounds("Tidying change logs", self._log_keeper.tidy, LOG_TIDY_S),
        )
        self._index_work = IndexWork(engine, self._catalog)
        self._threads = ThreadPoolExecutor(READER_THREADS, thread_name_prefix="store-reader")
        self._reads = 0
        self.on_change: Callable[[Sequence[Change]], None] = lambda changes: None
        self._closed = False

    def start(self) -> None:
        """Begin what is done beside the requests, such as deleting expired items. Needs a running event loop."""
        for rounds in self._rounds:
            rounds.start()

    async def answer(self, target: str, body: bytes) -> Reply:
        """Answer one request. Never raises for what the request says or what the store holds."""
        request: AnyRequest | None = None
        try:
            request = decode_request(_operation(target), body, self._account)
            return await self._serve(request)
        except UnknownOutcome as error:
            return replace(refusal(error), changes=None)
        except DynamoDBError as error:
            return refusal(error)
        except Exception:
            _log.exception("%s failed because of a fault of ours", target)
            return _failed(request)

    async def removed(self) -> None:
        """Wait until nothing is left of deleted tables."""
        self._removal.go_on()
        await self._removal.finished()

    async def swept(self) -> None:
        """Do now what the rounds do: delete what has expired, keep change logs in bounds."""
        await self._sweeper.sweep()
        await self._log_keeper.tidy()

    async def indexed(self) -> None:
        """Wait until no index is being created or deleted."""
        self._index_work.go_on()
        await self._index_work.finished()

    async def copied(self) -> None:
        """Wait until backups, restores, exports and imports have come to their end."""
        await self._copies.finished()

    async def close(self) -> None:
        """Finish what is under way, let go of the engine. Closing twice is harmless."""
        self._closed = True
        await self._copies.stop()  # first, for these take the longest: they are told at once, and end with their batch
        for rounds in self._rounds:
            await rounds.stop()
        await self._removal.stop()
        await self._index_work.stop()
        await self._catalog.settle()
        await asyncio.to_thread(self._close)

    async def _serve(self, request: AnyRequest) -> Reply:
        self._removal.go_on()
        self._index_work.go_on()
        self._copies.go_on()
        match request:
            case GetItem():
                return _answered(get_item(request, self._catalog, self._engine.get))
            case Query():
                return await self._read(query(request, self._catalog))
            case Scan():
                return await self._read(scan(request, self._catalog))
            case BatchGetItem():
                return await self._read(batch_get_item(request, self._catalog))
            case PutItem():
                return await self._write(partial(put_item, request, self._catalog))
            case UpdateItem():
                return await self._write(partial(update_item, request, self._catalog))
            case DeleteItem():
                return await self._write(partial(delete_item, request, self._catalog))
            case BatchWriteItem():
                return await self._write(partial(batch_write_item, request, self._catalog))
            case TransactGetItems():
                return await self._read(transact_get_items(request, self._catalog))
            case ExecuteStatement():
                return await self._execute(execute_statement(request, self._catalog))
            case BatchExecuteStatement():
                return await self._execute(batch_execute_statement(request, self._catalog))
            case ExecuteTransaction():
                return await self._execute(execute_transaction(request, self._catalog, self._clock))
            case TransactWriteItems():
                return await self._write(partial(transact_write_items, request, self._catalog, self._clock))
            case ListStreams():
                return _answered(orjson.dumps(list_streams(request, self._catalog)))
            case DescribeStream():
                return await self._read(describe_stream(request, self._catalog))
            case GetShardIterator():
                return await self._read(get_shard_iterator(request, self._catalog))
            case GetRecords():
                return await self._read(get_records(request, self._catalog, round(self._clock() * 1000)))
            case UpdateTimeToLive():
                return _answered(orjson.dumps(await update_time_to_live(request, self._catalog, self._engine)))
            case DescribeTimeToLive():
                return _answered(orjson.dumps(describe_time_to_live(request, self._catalog, self._engine)))
            case _:
                return _answered(orjson.dumps(await self._manage(request)))

    async def _manage(self, request: BackupRequest | TransferRequest | AdministrationRequest | TableRequest) -> object:
        if isinstance(request, BackupRequest | TransferRequest):
            return await self._copies.answer(request)
        if isinstance(request, AdministrationRequest):
            return await self._administration.answer(request)
        members = await self._tables.answer(request)
        if isinstance(request, UpdateTable):
            await self._index_work.begin()
        self._removal.go_on()
        return members

    async def _read(self, work: Callable[[Reader], bytes]) -> Reply:
        if self._closed:
            raise StoreUnavailable("the store is closed")
        if self._reads >= READS_MAX:
            raise ThrottlingException(f"{READS_MAX} page reads are running or waiting already")
        self._reads += 1
        try:
            loop = asyncio.get_running_loop()
            return _answered(await loop.run_in_executor(self._threads, self._on_snapshot, work))
        finally:
            self._reads -= 1

    async def _execute(self, execution: Execution) -> Reply:
        """Carry out PartiQL, which says itself whether it reads or writes."""
        if isinstance(execution, Reading):
            return await self._read(execution.work)
        return await self._write(execution.build)

    def _on_snapshot(self, work: Callable[[Reader], bytes]) -> bytes:
        with self._engine.snapshot() as reader:
            return work(reader)

    async def _write(self, build: Callable[[], Job]) -> Reply:
        written = await write_current(self._engine, build)
        return Reply(200, written.body, new_request_id(), written.changes)

    def _close(self) -> None:
        self._threads.shutdown()
        self._engine.close()


def _operation(target: str) -> str:
    prefix, _, operation = target.partition(".")
    if prefix != (STREAMS_API_VERSION if operation in STREAM_OPERATIONS else API_VERSION):
        raise UnknownOperationException()
    return operation


def _answered(body: bytes) -> Reply:
    return Reply(200, body, new_request_id(), changes=())


def _failed(request: AnyRequest | None) -> Reply:
    """The reply where a bug of ours came in between: of a write nobody knows then what has become of it."""
    if isinstance(request, PutItem | UpdateItem | DeleteItem | BatchWriteItem | TransactWriteItems | PartiqlRequest):
        error = UnknownOutcome("An internal error occurred; whether the write has happened is unknown")
        return replace(refusal(error), changes=None)
    return refusal(InternalServerError())
