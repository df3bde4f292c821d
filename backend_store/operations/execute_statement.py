"""ExecuteStatement: one statement of PartiQL, a page of a SELECT or one write."""

from functools import partial

import orjson

from backend_store.catalog import Catalog
from backend_store.commit import commit
from backend_store.kv.engine import Reader, Writer
from backend_store.operations.capacity import consumed, index_units, write_units
from backend_store.operations.select_statement import SelectPlan, consumed_by_select, plan_select, read_select
from backend_store.operations.statements import Execution, Reading, Writing, parsed
from backend_store.operations.write_statement import WriteStatement, returned, row_write
from backend_store.operations.written import Job, Written
from backend_store.partiql.next_tokens import Place, read_token, write_token
from backend_store.partiql.nodes import Exists, Select
from microdax.model.errors import ValidationException
from microdax.model.partiql_requests import ExecuteStatement
from microdax.wire.dynamo_json import encode_item


def execute_statement(request: ExecuteStatement, catalog: Catalog) -> Execution:
    statement = parsed(request.statement)
    if isinstance(statement, Select):
        plan = plan_select(statement, catalog, consistent_read=request.statement.consistent_read)
        start = read_token(request.next_token, request.statement)
        return Reading(partial(_read, request=request, plan=plan, start=start))
    if isinstance(statement, Exists):
        raise ValidationException("Unsupported operation: EXISTS can be used in transactions only")
    return Writing(partial(_job, request, statement, catalog))


def _read(reader: Reader, request: ExecuteStatement, plan: SelectPlan, start: Place) -> bytes:
    found = read_select(reader, plan, start, request.limit)
    members: dict[str, object] = {"Items": orjson.Fragment(b"[" + b",".join(found.items) + b"]")}
    if found.next is not None:
        members["NextToken"] = write_token(found.next, request.statement)
        if found.next.after is not None:
            members["LastEvaluatedKey"] = orjson.Fragment(encode_item(found.next.after))
    return orjson.dumps(members | consumed_by_select(plan, found, request.return_consumed_capacity))


def _job(request: ExecuteStatement, statement: WriteStatement, catalog: Catalog) -> Job:
    shows_item = request.statement.return_values_on_condition_check_failure == "ALL_OLD"
    write = row_write(statement, catalog, shows_item_on_failure=shows_item)

    def job(writer: Writer) -> Written:
        committed = commit(writer, write)
        item = returned(statement, committed)
        members: dict[str, object] = {"Items": [] if item is None else [orjson.Fragment(item)]}
        units = write_units(committed.sizes_bytes)
        indexes = index_units(committed.index_changes)
        members |= consumed(write.table.name, units, request.return_consumed_capacity, indexes)
        return Written(orjson.dumps(members), committed.changes)

    return job
