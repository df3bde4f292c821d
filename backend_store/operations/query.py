"""Query: a page of one partition of a table or an index, or of the part of it that the key condition bounds."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from backend_store.catalog import Catalog
from backend_store.kv import keyspace
from backend_store.kv.engine import Reader
from backend_store.kv.keyspace import KeyRange
from backend_store.operations.asked import check_filters_no_key, check_key_paths, condition_in, projection_in
from backend_store.operations.pages import Selection, read_page
from backend_store.operations.sources import Source, check_filter_sees, must_fetch, source_of
from backend_store.operations.starting_keys import StartingKey
from microdax.expressions.key_conditions import Bound, KeyCondition, RangePrefix, key_condition
from microdax.expressions.legacy import key_condition_of
from microdax.expressions.parser import Scope, parse_condition
from microdax.model.errors import ValidationException
from microdax.model.keys import KeySchema
from microdax.model.requests import Query
from microdax.model.values import Key


def query(request: Query, catalog: Catalog) -> Callable[[Reader], bytes]:
    """Check all that can be checked without reading, and return what reads the page."""
    scope = Scope(request.placeholders)
    asked = _asked(request, scope)
    filter_condition = condition_in("FilterExpression", request.filter_expression, scope, request.legacy)
    projection = projection_in(request.projection_expression, scope, request.legacy)
    scope.check_all_used()
    table = catalog.table(request.table)
    source = source_of(table, request.index, consistent_read=request.consistent_read)
    rows = _rows(request, source, asked)
    check_key_paths(table, projection)
    check_filters_no_key(source.key_schema, filter_condition, request.legacy)
    fetches = must_fetch(source, request.select, projection)
    check_key_paths(table, filter_condition)
    check_filter_sees(source, filter_condition)
    selection = Selection(
        source=source,
        rows=rows,
        is_reverse=not request.scan_index_forward,
        limit=request.limit,
        condition=filter_condition,
        projection=projection,
        fetches=fetches,
        is_count=request.select == "COUNT",
        consistent_read=request.consistent_read,
        return_consumed_capacity=request.return_consumed_capacity,
    )
    return partial(read_page, selection=selection)


def key_range(source: Source, condition: KeyCondition) -> KeyRange:
    """The rows that a key condition bounds."""
    bounds = condition.range
    if bounds is None:
        return keyspace.partition_range(source.space, condition.hash)
    if isinstance(bounds, RangePrefix):
        return keyspace.begins_with_range(source.space, condition.hash, bounds.prefix)
    return keyspace.interval_range(source.space, condition.hash, _edge(bounds.low), _edge(bounds.high))


def _asked(request: Query, scope: Scope) -> Callable[[KeySchema], KeyCondition]:
    """What the request asks of the keys, as soon as it is known which attributes they are."""
    if request.legacy.key_conditions is not None:
        return partial(key_condition_of, request.legacy.key_conditions)
    assert request.key_condition_expression is not None, "a Query without either is no request"
    return partial(key_condition, parse_condition("KeyConditionExpression", request.key_condition_expression, scope))


def _rows(request: Query, source: Source, asked: Callable[[KeySchema], KeyCondition]) -> KeyRange:
    if request.exclusive_start_key is None:
        return key_range(source, asked(source.key_schema))
    # The service's order: a key of the wrong size, the hash keys of both, the range keys, then whether they fit.
    start = StartingKey(source, request.exclusive_start_key)
    start.check_size()
    start.check_element(source.key_schema.hash)
    condition = asked(source.key_schema)
    start.check_element(source.key_schema.range)
    rows, key = key_range(source, condition), start.checked()
    row_key = source.row_key(key)
    if not rows.holds(row_key):
        raise _outside(source, condition, key)
    return rows.resumed(row_key, reverse=not request.scan_index_forward)


def _edge(bound: Bound | None) -> keyspace.Bound | None:
    return None if bound is None else keyspace.Bound(bound.value, bound.inclusive)


def _outside(source: Source, condition: KeyCondition, start: Key) -> ValidationException:
    """The error for a starting key that is not among the rows asked for."""
    if condition.range is None:
        return ValidationException("The provided starting key is outside query boundaries based on provided conditions")
    hash_value = start[source.key_schema.hash.name]
    if not key_range(source, replace(condition, hash=hash_value)).holds(source.row_key(start)):
        return ValidationException("The provided starting key does not match the range key predicate")
    return ValidationException("The query can return at most one row and cannot be restarted")
