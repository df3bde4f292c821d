"""Query: a page of one partition, or of the part of it that the key condition bounds."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from backend_store.catalog import Catalog, Table
from backend_store.kv import keyspace
from backend_store.kv.engine import Reader
from backend_store.kv.keyspace import KeyRange
from backend_store.operations.asked import check_filters_no_key, check_key_paths
from backend_store.operations.pages import Selection, check_no_index, read_page, starting_key
from microdax.expressions.key_conditions import Bound, KeyCondition, RangePrefix, key_condition
from microdax.expressions.parser import Scope, parse_condition, parse_projection
from microdax.model.errors import ValidationException
from microdax.model.keys import KeySchema
from microdax.model.requests import Query
from microdax.model.values import Item, Key


def query(request: Query, catalog: Catalog) -> Callable[[Reader], bytes]:
    """Check all that can be checked without reading, and return what reads the page."""
    scope = Scope(request.placeholders)
    projection = filter_condition = None
    if request.projection_expression is not None:
        projection = parse_projection(request.projection_expression, scope)
    if request.filter_expression is not None:
        filter_condition = parse_condition("FilterExpression", request.filter_expression, scope)
    assert request.key_condition_expression is not None, "a Query without one is no request"
    asked = parse_condition("KeyConditionExpression", request.key_condition_expression, scope)
    scope.check_all_used()
    table = catalog.table(request.table)
    check_no_index(request.index)
    rows = _rows(request, table, key_condition(asked, table.key_schema))
    check_key_paths(table.key_schema, projection)
    check_filters_no_key(table.key_schema, filter_condition)
    selection = Selection(
        table=table,
        rows=rows,
        is_reverse=not request.scan_index_forward,
        limit=request.limit,
        condition=filter_condition,
        projection=projection,
        is_count=request.select == "COUNT",
        consistent_read=request.consistent_read,
        return_consumed_capacity=request.return_consumed_capacity,
    )
    return partial(read_page, selection=selection)


def _rows(request: Query, table: Table, condition: KeyCondition) -> KeyRange:
    rows = _bounded(table, condition)
    if request.exclusive_start_key is None:
        return rows
    _check_names(table.key_schema, request.exclusive_start_key)
    start = starting_key(table.key_schema, request.exclusive_start_key)
    row_key = table.row_key(start)
    if not rows.holds(row_key):
        raise _outside(table, condition, start)
    return rows.resumed(row_key, reverse=not request.scan_index_forward)


def _bounded(table: Table, condition: KeyCondition) -> KeyRange:
    bounds = condition.range
    if bounds is None:
        return keyspace.partition_range(keyspace.rows_space(table.number), condition.hash)
    if isinstance(bounds, RangePrefix):
        return keyspace.begins_with_range(keyspace.rows_space(table.number), condition.hash, bounds.prefix)
    return keyspace.interval_range(
        keyspace.rows_space(table.number), condition.hash, _edge(bounds.low), _edge(bounds.high)
    )


def _edge(bound: Bound | None) -> keyspace.Bound | None:
    return None if bound is None else keyspace.Bound(bound.value, bound.inclusive)


def _check_names(schema: KeySchema, key: Item) -> None:
    if set(key) != set(schema.names):
        raise ValidationException("The provided starting key is invalid")


def _outside(table: Table, condition: KeyCondition, start: Key) -> ValidationException:
    """The error for a starting key that is not among the rows asked for."""
    if condition.range is None:
        return ValidationException("The provided starting key is outside query boundaries based on provided conditions")
    hash_value = table.hash_value(start)
    if not _bounded(table, replace(condition, hash=hash_value)).holds(table.row_key(start)):
        return ValidationException("The provided starting key does not match the range key predicate")
    return ValidationException("The query can return at most one row and cannot be restarted")
