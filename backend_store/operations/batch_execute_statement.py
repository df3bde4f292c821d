"""BatchExecuteStatement: up to 25 statements of PartiQL, all reads of single items or all writes.

Each statement is on its own: what is wrong with one is told in its place, and the others are done. The writes share a
job, one after another, so that they share an fsync: a statement that is refused has written nothing, for a write is
planned before it is carried out.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final, TypeVar

import orjson

from backend_store.catalog import Catalog
from backend_store.commit import RowWrite, commit
from backend_store.indexes import IndexChange
from backend_store.kv.engine import Reader, Writer
from backend_store.operations.capacity import consumed_by_table, index_units_by_table, read_units, write_units
from backend_store.operations.named_items import ItemRead, check_one_kind, item_read
from backend_store.operations.statements import Execution, Reading, Writing, parsed
from backend_store.operations.write_statement import WriteStatement, returned, row_write
from backend_store.operations.written import Job, Written
from backend_store.partiql.nodes import Exists, Select, Statement
from microdax.model.errors import (
    ConditionalCheckFailedException,
    DuplicateItemException,
    DynamoDBError,
    ProvisionedThroughputExceededException,
    ResourceNotFoundException,
    ThrottlingException,
    ValidationException,
)
from microdax.model.partiql_requests import BatchExecuteStatement, StatementText
from microdax.model.replies import Change

T = TypeVar("T")

_OPERATION: Final = "BatchExecuteStatement"
_CODES: Final[Mapping[type[DynamoDBError], str]] = {
    ConditionalCheckFailedException: "ConditionalCheckFailed",
    DuplicateItemException: "DuplicateItem",
    ProvisionedThroughputExceededException: "ProvisionedThroughputExceeded",
    ResourceNotFoundException: "ResourceNotFound",
    ThrottlingException: "ThrottlingError",
    ValidationException: "ValidationError",
}
_TOLD: Final = tuple(_CODES)


@dataclass(frozen=True, slots=True)
class _Failed:
    """A statement that was refused before anything was read or written; `table` where it got as far as that."""

    error: DynamoDBError
    table: str | None = None

    def response(self) -> dict[str, object]:
        return _failure(self.error, self.table)


@dataclass(frozen=True, slots=True)
class _RowStatement:
    statement: WriteStatement
    write: RowWrite


@dataclass(slots=True)
class _Answers:
    """The responses so far, in the order of the statements, and what they cost."""

    responses: list[dict[str, object]] = field(default_factory=list[dict[str, object]])
    units: dict[str, float] = field(default_factory=dict[str, float])
    changes: list[Change] = field(default_factory=list[Change])
    index_changes: list[tuple[str, tuple[IndexChange, ...]]] = field(
        default_factory=list[tuple[str, tuple[IndexChange, ...]]]
    )

    def pay(self, table: str, units: float) -> None:
        self.units[table] = self.units.get(table, 0.0) + units

    def body(self, request: BatchExecuteStatement) -> bytes:
        members: dict[str, object] = {"Responses": self.responses}
        indexes = index_units_by_table(self.index_changes)
        return orjson.dumps(members | consumed_by_table(self.units, request.return_consumed_capacity, indexes))


def batch_execute_statement(request: BatchExecuteStatement, catalog: Catalog) -> Execution:
    statements = [_parsed(statement) for statement in request.statements]
    sound = [statement for statement in statements if not isinstance(statement, _Failed)]
    check_one_kind(_OPERATION, (isinstance(statement, Select) for statement in sound))
    if any(not isinstance(statement, Select) for statement in sound):
        return Writing(partial(_job, request, statements, catalog))
    reads = [_prepared(statement, partial(_item_read, catalog=catalog)) for statement in statements]
    return Reading(partial(_read, request=request, reads=reads))


def _parsed(statement: StatementText) -> Statement | _Failed:
    try:
        return parsed(statement)
    except ValidationException as error:
        return _Failed(error)


def _prepared(statement: Statement | _Failed, prepare: Callable[[Statement], T]) -> T | _Failed:
    """What `prepare` makes of a sound statement, or its refusal."""
    if isinstance(statement, _Failed):
        return statement
    try:
        return prepare(statement)
    except _TOLD as error:
        return _Failed(error, _table_name(statement))


def _item_read(statement: Statement, catalog: Catalog) -> ItemRead:
    assert isinstance(statement, Select), "a batch of reads"
    return item_read(statement, catalog, _OPERATION)


def _read(reader: Reader, request: BatchExecuteStatement, reads: Sequence[ItemRead | _Failed]) -> bytes:
    answers = _Answers()
    for read, asked in zip(reads, request.statements, strict=True):
        answered = read.response() if isinstance(read, _Failed) else _read_item(reader, read, asked, answers)
        answers.responses.append(answered)
    return answers.body(request)


def _read_item(reader: Reader, read: ItemRead, asked: StatementText, answers: _Answers) -> dict[str, object]:
    try:
        image = read.image(reader)
        units = read_units(image.size_bytes if image else 0, asked.consistent_read)
        if read.table.throttle is not None:
            read.table.throttle.read(read.table, units)
    except _TOLD as error:
        return _failure(error, read.table.name)
    answers.pay(read.table.name, units)
    return {"TableName": read.table.name, **read.response(image)}


def _job(request: BatchExecuteStatement, statements: Sequence[Statement | _Failed], catalog: Catalog) -> Job:
    asked = zip(statements, request.statements, strict=True)
    writes = [_prepared(statement, partial(_row_statement, text=text, catalog=catalog)) for statement, text in asked]

    def job(writer: Writer) -> Written:
        answers = _Answers()
        for write in writes:
            answers.responses.append(write.response() if isinstance(write, _Failed) else _write(writer, write, answers))
        return Written(answers.body(request), tuple(answers.changes))

    return job


def _row_statement(statement: Statement, text: StatementText, catalog: Catalog) -> _RowStatement:
    assert not isinstance(statement, Select), "a batch of writes"
    if isinstance(statement, Exists):
        raise ValidationException("Unsupported operation: EXISTS can be used in transactions only")
    shows_item = text.return_values_on_condition_check_failure == "ALL_OLD"
    return _RowStatement(statement, row_write(statement, catalog, shows_item_on_failure=shows_item))


def _write(writer: Writer, asked: _RowStatement, answers: _Answers) -> dict[str, object]:
    """Do one write. What commit refuses it refuses before it writes, so the job may go on."""
    table = asked.write.table.name
    try:
        committed = commit(writer, asked.write)
    except _TOLD as error:
        return _failure(error, table)
    answers.changes += committed.changes
    answers.index_changes.append((table, committed.index_changes))
    answers.pay(table, write_units(committed.sizes_bytes))
    item = returned(asked.statement, committed)
    return {"TableName": table, **({} if item is None else {"Item": orjson.Fragment(item)})}


def _failure(error: DynamoDBError, table: str | None) -> dict[str, object]:
    told: dict[str, object] = {"Code": _CODES[type(error)], "Message": error.message}
    if isinstance(error, ConditionalCheckFailedException) and error.item is not None:
        told["Item"] = error.item
    return {"Error": told, **({} if table is None else {"TableName": table})}


def _table_name(statement: Statement) -> str:
    return statement.select.source.table if isinstance(statement, Exists) else statement.source.table
