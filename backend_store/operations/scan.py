"""Scan: a page of all items of a table, or of one segment of it."""

from collections.abc import Callable
from functools import partial

from backend_store.catalog import Catalog, Table
from backend_store.kv import keyspace
from backend_store.kv.engine import Reader
from backend_store.kv.keyspace import KeyRange
from backend_store.operations.asked import check_key_paths
from backend_store.operations.pages import Selection, check_no_index, read_page, starting_key
from microdax.expressions.parser import Scope, parse_condition, parse_projection
from microdax.model.errors import ValidationException
from microdax.model.requests import Scan


def scan(request: Scan, catalog: Catalog) -> Callable[[Reader], bytes]:
    """Check all that can be checked without reading, and return what reads the page."""
    scope = Scope(request.placeholders)
    projection = filter_condition = None
    if request.projection_expression is not None:
        projection = parse_projection(request.projection_expression, scope)
    if request.filter_expression is not None:
        filter_condition = parse_condition("FilterExpression", request.filter_expression, scope)
    scope.check_all_used()
    table = catalog.table(request.table)
    check_no_index(request.index)
    rows = _rows(request, table)
    check_key_paths(table.key_schema, projection, filter_condition)
    selection = Selection(
        table=table,
        rows=rows,
        limit=request.limit,
        condition=filter_condition,
        projection=projection,
        is_count=request.select == "COUNT",
        consistent_read=request.consistent_read,
        return_consumed_capacity=request.return_consumed_capacity,
    )
    return partial(read_page, selection=selection)


def _rows(request: Scan, table: Table) -> KeyRange:
    rows = _segment(request, table)
    if request.exclusive_start_key is None:
        return rows
    row_key = table.row_key(starting_key(table.key_schema, request.exclusive_start_key))
    if not rows.holds(row_key):
        raise ValidationException(
            "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with "
            f"correct Segment. TotalSegments: {request.total_segments} Segment: {request.segment}"
        )
    return rows.resumed(row_key)


def _segment(request: Scan, table: Table) -> KeyRange:
    if request.segment is None or request.total_segments is None:
        return keyspace.rows_range(table.number)
    return keyspace.segment_range(keyspace.rows_space(table.number), request.segment, request.total_segments)
