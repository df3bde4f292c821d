"""A transaction: writes of one job that all happen, or none of them.

Every write is planned before the first is carried out; where one cannot be done, all of them are asked for their
reasons. The job is one of the engine's one writer: nothing comes between, so two transactions never conflict, and none
is in progress when another begins.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

import orjson

from backend_store.commit import Committed, Planned, RowWrite, carry_out, plan
from backend_store.idempotency import is_repeated, remember
from backend_store.images import Image
from backend_store.kv.engine import Reader, Writer
from backend_store.operations.capacity import (
    consumed_by_transaction,
    index_units_by_table,
    read_units,
    units_by_table,
    write_units,
)
from backend_store.operations.item_collections import collection_metrics_by_table
from backend_store.operations.written import Job, Written
from backend_store.table import Table
from backend_store.throttling import THROTTLED
from microdax.model.errors import (
    CancellationReason,
    ConditionalCheckFailedException,
    DuplicateItemException,
    DynamoDBError,
    ProvisionedThroughputExceededException,
    ThrottlingException,
    TransactionCanceledException,
    ValidationException,
)
from microdax.model.requests import ReturnConsumedCapacity, ReturnItemCollectionMetrics
from microdax.model.transact_requests import RequestToken
from microdax.model.values import Key

_NO_REASON: Final = CancellationReason()


def transaction(
    writes: Sequence[RowWrite],
    token: RequestToken | None,
    wanted: ReturnConsumedCapacity,
    clock: Callable[[], float],
    wanted_metrics: ReturnItemCollectionMetrics = "NONE",
) -> Job:
    """The job that does these writes, each of another item; with a token it does them once."""

    def job(writer: Writer) -> Written:
        now_s = clock()
        if token is not None and is_repeated(writer, token, now_s):
            # What the first request changed is not known any more, and its caller may never have heard of it.
            return Written(_repeated_body(writer, writes, wanted), changes=None)
        done = carry_out(writer, plan_all(writer, writes))
        if token is not None:
            remember(writer, token, now_s)
        pairs = list(zip(writes, done, strict=True))
        written_to = [(write.table, write.key) for write, one in pairs if one.changes]
        members = _consumed(pairs, wanted) | collection_metrics_by_table(writer, written_to, wanted_metrics)
        return Written(orjson.dumps(members), tuple(change for one in done for change in one.changes))

    return job


def plan_all(writer: Writer, writes: Iterable[RowWrite]) -> list[Planned]:
    """Plan writes of different items; raises TransactionCanceledException with the reasons of all of them."""
    plans: list[Planned] = []
    reasons: list[CancellationReason] = []
    for write in writes:
        try:
            plans.append(plan(writer, write))
            reasons.append(_NO_REASON)
        except (ConditionalCheckFailedException, DuplicateItemException, ValidationException, *THROTTLED) as error:
            reasons.append(reason_of(error))
    if len(plans) < len(reasons):
        raise TransactionCanceledException(reasons)
    return plans


def meter_reads(reads: Sequence[tuple[Table, float]]) -> None:
    """Count reads that are let through together or not at all; raises TransactionCanceledException.

    `reads` are tables with the units of a read outside of a transaction, which costs half of one within.
    """
    throttle = reads[0][0].throttle
    if throttle is None:
        return
    refused = throttle.read_all((table, 2 * units) for table, units in reads)
    if refused:
        raise TransactionCanceledException([_NO_REASON if error is None else reason_of(error) for error in refused])


def reason_of(error: DynamoDBError) -> CancellationReason:
    if isinstance(error, ConditionalCheckFailedException):
        return CancellationReason("ConditionalCheckFailed", error.message, error.item)
    if isinstance(error, DuplicateItemException):
        return CancellationReason("DuplicateItem", error.message)
    if isinstance(error, ProvisionedThroughputExceededException):
        return CancellationReason("ProvisionedThroughputExceeded", error.message)
    if isinstance(error, ThrottlingException):
        return CancellationReason("ThrottlingError", error.message)
    return CancellationReason("ValidationError", error.message)


def keys_or_cancellation(reads: Sequence[Callable[[], Key]]) -> list[Key]:
    """The keys of a transaction's items; the first that is not one of its table cancels it, whatever comes behind."""
    keys: list[Key] = []
    for read in reads:
        try:
            keys.append(read())
        except ValidationException as error:
            behind = [_NO_REASON] * (len(reads) - len(keys) - 1)
            raise TransactionCanceledException([_NO_REASON] * len(keys) + [reason_of(error)] + behind) from None
    return keys


def check_distinct(row_keys: Sequence[bytes]) -> None:
    """Refuse a transaction that names an item twice."""
    if len(set(row_keys)) < len(row_keys):
        raise ValidationException("Transaction request cannot include multiple operations on one item")


def _consumed(pairs: Sequence[tuple[RowWrite, Committed]], wanted: ReturnConsumedCapacity) -> dict[str, object]:
    units = units_by_table((write.table.name, write_units(one.sizes_bytes)) for write, one in pairs)
    indexes = index_units_by_table((write.table.name, one.index_changes) for write, one in pairs)
    return consumed_by_transaction(units, "WriteCapacityUnits", wanted, indexes)


def _repeated_body(reader: Reader, writes: Iterable[RowWrite], wanted: ReturnConsumedCapacity) -> bytes:
    """The reply to a request that has been done before: to say so costs the reading of the items as they are now."""
    units = units_by_table((write.table.name, _read_units(reader, write)) for write in writes)
    return orjson.dumps(consumed_by_transaction(units, "ReadCapacityUnits", wanted))


def _read_units(reader: Reader, write: RowWrite) -> float:
    image = Image.of_row(reader.get(write.table.row_key(write.key)))
    return read_units(image.size_bytes if image else 0, consistent=True)
