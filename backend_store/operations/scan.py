"""Scan: a page of all items of a table or an index, or of one segment of it."""

from collections.abc import Callable
from functools import partial

from backend_store.catalog import Catalog
from backend_store.kv import keyspace
from backend_store.kv.engine import Reader
from backend_store.kv.keyspace import KeyRange
from backend_store.operations.asked import check_key_paths, condition_in, projection_in
from backend_store.operations.pages import Selection, read_page
from backend_store.operations.sources import Source, must_fetch, source_of
from backend_store.operations.starting_keys import StartingKey
from microdax.expressions.parser import Scope
from microdax.model.errors import ValidationException
from microdax.model.requests import Scan


def scan(request: Scan, catalog: Catalog) -> Callable[[Reader], bytes]:
    """Check all that can be checked without reading, and return what reads the page."""
    scope = Scope(request.placeholders)
    filter_condition = condition_in("FilterExpression", request.filter_expression, scope, request.legacy)
    projection = projection_in(request.projection_expression, scope, request.legacy)
    scope.check_all_used()
    table = catalog.table(request.table)
    source = source_of(table, request.index, consistent_read=request.consistent_read)
    _check_start_in_index(request, source)
    fetches = must_fetch(source, request.select, projection)
    rows = _rows(request, source)
    check_key_paths(table, projection, filter_condition)
    selection = Selection(
        source=source,
        rows=rows,
        limit=request.limit,
        condition=filter_condition,
        projection=projection,
        fetches=fetches,
        is_count=request.select == "COUNT",
        consistent_read=request.consistent_read,
        return_consumed_capacity=request.return_consumed_capacity,
    )
    return partial(read_page, selection=selection)


def _check_start_in_index(request: Scan, source: Source) -> None:
    """An index's part of the starting key has messages of its own."""
    if source.index is not None and request.exclusive_start_key is not None:
        start = StartingKey(source, request.exclusive_start_key)
        start.check_size()
        start.check_element(source.key_schema.hash)
        start.check_element(source.key_schema.range)


def _rows(request: Scan, source: Source) -> KeyRange:
    rows = _segment(request, source)
    if request.exclusive_start_key is None:
        return rows
    row_key = source.row_key(StartingKey(source, request.exclusive_start_key).checked())
    if not rows.holds(row_key):
        raise ValidationException(
            "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with "
            f"correct Segment. TotalSegments: {request.total_segments} Segment: {request.segment}"
        )
    return rows.resumed(row_key)


def _segment(request: Scan, source: Source) -> KeyRange:
    if request.segment is None or request.total_segments is None:
        return keyspace.space_range(source.space)
    return keyspace.segment_range(source.space, request.segment, request.total_segments)
