"""ExecuteTransaction: up to 100 statements of PartiQL, all reads or all writes, as of one moment and all or nothing."""

from collections.abc import Callable, Sequence
from functools import partial

import orjson

from backend_store.catalog import Catalog
from backend_store.kv.engine import Reader, Writer
from backend_store.operations.capacity import consumed_by_transaction, read_units, units_by_table
from backend_store.operations.named_items import ItemRead, check_one_kind, item_read
from backend_store.operations.statements import Execution, Reading, Writing, parsed
from backend_store.operations.transaction import check_distinct, meter_reads, transaction
from backend_store.operations.write_statement import WriteStatement, row_write
from backend_store.operations.written import Job, Written
from backend_store.partiql.nodes import Delete, Select, Update
from microdax.model import limits
from microdax.model.errors import ValidationException
from microdax.model.partiql_requests import ExecuteTransaction
from microdax.model.requests import ReturnConsumedCapacity
from microdax.model.values import value_bytes

_OPERATION = "ExecuteTransaction"


def execute_transaction(request: ExecuteTransaction, catalog: Catalog, clock: Callable[[], float]) -> Execution:
    _check_size(request)
    statements = [parsed(statement) for statement in request.statements]
    reads = [statement for statement in statements if isinstance(statement, Select)]
    writes = [statement for statement in statements if not isinstance(statement, Select)]
    check_one_kind(_OPERATION, (isinstance(statement, Select) for statement in statements))
    if writes:
        _check_returns_nothing(writes)
        return Writing(partial(_job, request, writes, catalog, clock))
    items = [item_read(read, catalog, _OPERATION) for read in reads]
    check_distinct([item.row_key for item in items])
    return Reading(partial(_read, items=items, wanted=request.return_consumed_capacity))


def _check_size(request: ExecuteTransaction) -> None:
    """Refuse a transaction that brings too much; a statement's text can bring but 8 KB."""
    brought = sum(value_bytes(value) for statement in request.statements for value in statement.parameters)
    if brought > limits.TRANSACTION_BYTES_MAX:
        raise ValidationException("Transaction payload size cannot exceed 4 MB")


def _check_returns_nothing(writes: Sequence[WriteStatement]) -> None:
    for write in writes:
        if isinstance(write, Update | Delete) and write.returning != "NONE":
            raise ValidationException("Unsupported operation: RETURNING in a transaction")


def _job(
    request: ExecuteTransaction, writes: Sequence[WriteStatement], catalog: Catalog, clock: Callable[[], float]
) -> Job:
    rows = [
        row_write(write, catalog, shows_item_on_failure=asked.return_values_on_condition_check_failure == "ALL_OLD")
        for write, asked in zip(writes, request.statements, strict=True)
    ]
    check_distinct([row.table.row_key(row.key) for row in rows])
    transact = transaction(rows, request.token, request.return_consumed_capacity, clock)

    def job(writer: Writer) -> Written:
        done = transact(writer)
        responses: list[dict[str, object]] = [{} for _ in rows]
        return Written(orjson.dumps({"Responses": responses, **orjson.loads(done.body)}), done.changes)

    return job


def _read(reader: Reader, items: Sequence[ItemRead], wanted: ReturnConsumedCapacity) -> bytes:
    images = [item.image(reader) for item in items]
    if sum(image.size_bytes for image in images if image is not None) > limits.TRANSACTION_BYTES_MAX:
        raise ValidationException("Transaction payload size cannot exceed 4 MB")
    costs = [read_units(image.size_bytes if image else 0, consistent=True) for image in images]
    meter_reads([(item.table, cost) for item, cost in zip(items, costs, strict=True)])
    units = units_by_table((item.table.name, cost) for item, cost in zip(items, costs, strict=True))
    members: dict[str, object] = {
        "Responses": [item.response(image) for item, image in zip(items, images, strict=True)]
    }
    return orjson.dumps(members | consumed_by_transaction(units, "ReadCapacityUnits", wanted))
