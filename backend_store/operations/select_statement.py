"""SELECT: the rows that a statement reads, and a page of them.

Where the WHERE gives the hash key its value, or several, only those partitions are read, and of each only the part that
a condition on the range key bounds; else all rows are. What else it asks is a filter. So a SELECT is a GetItem, a
Query, several or a Scan, in one form: ranges of rows one after another. A page ends as those of Query and Scan do, with
the last row of a range or in it, and its NextToken says where the next one begins.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from backend_store.catalog import Catalog
from backend_store.kv import keyspace
from backend_store.kv.engine import Reader
from backend_store.kv.keyspace import KeyRange
from backend_store.kv.ordered import order_value
from backend_store.operations.asked import check_key_paths
from backend_store.operations.capacity import IndexUnits, consumed, read_units
from backend_store.operations.pages import Page, Selection, collect
from backend_store.operations.query import key_range
from backend_store.operations.sources import Source, check_filter_sees, must_fetch, source_of
from backend_store.operations.starting_keys import StartingKey
from backend_store.partiql.next_tokens import Place
from backend_store.partiql.nodes import Ordering, Select
from backend_store.partiql.projections import roots, select
from backend_store.partiql.wheres import Where, read_named_item, read_where
from backend_store.table import Table
from microdax.expressions.key_conditions import key_condition
from microdax.expressions.nodes import And, Comparison, Condition, Literal, Path
from microdax.model import limits
from microdax.model.errors import ValidationException
from microdax.model.keys import KeySchema
from microdax.model.requests import ReturnConsumedCapacity
from microdax.model.values import KeyValue, Value
from microdax.wire.dynamo_json import decode_item, encode_item


@dataclass(frozen=True, slots=True)
class SelectPlan:
    """What a SELECT reads: rows of each of the ranges, and the paths it shows of them.

    `is_item` where it can be but one, of a table: then there is no next page, whatever the limit.
    """

    selection: Selection
    ranges: tuple[KeyRange, ...]
    paths: tuple[Path, ...] | None
    is_item: bool


@dataclass(slots=True)
class Found:
    """A page of a SELECT. `next` is where the next one begins, if this one ended before the last row."""

    items: list[bytes] = field(default_factory=list[bytes])
    next: Place | None = None
    scanned_count: int = 0
    size_bytes: int = 0
    row_units: float = 0.0
    fetched_units: float = 0.0

    def take(self, page: Page, consistent_read: bool) -> None:
        self.items += page.items
        self.scanned_count += page.scanned_count
        self.size_bytes += page.rows_bytes + page.fetched_bytes
        self.row_units += read_units(page.rows_bytes, consistent_read)
        self.fetched_units += page.fetched_units


def plan_select(statement: Select, catalog: Catalog, *, consistent_read: bool) -> SelectPlan:
    """Check all that can be checked without reading."""
    table = catalog.table(statement.source.table)
    source = _source(table, statement.source.index, consistent_read=consistent_read)
    where = read_where(statement.where, source.key_schema)
    _check_order(statement, where, source.key_schema)
    projection = None if statement.paths is None else roots(statement.paths)
    check_key_paths(table, statement.where)
    if where.hashes is not None:
        check_filter_sees(source, where.rest)
    selection = Selection(
        source=source,
        rows=keyspace.space_range(source.space),
        is_reverse=_is_reverse(statement.order, source.key_schema),
        condition=where.rest,
        projection=projection,
        fetches=must_fetch(source, None, projection),
        consistent_read=consistent_read,
    )
    is_item = source.index is None and read_named_item(statement.where, source.key_schema) is not None
    return SelectPlan(selection, tuple(_ranges(where, statement.order, source)), statement.paths, is_item)


def read_select(reader: Reader, plan: SelectPlan, start: Place, limit: int | None) -> Found:
    """Read a page that begins at `start`."""
    plan.selection.source.check_stands(reader)
    found = Found()
    for number, rows in _ranges_left(plan, start):
        left = None if limit is None else limit - found.scanned_count
        if left == 0 or found.size_bytes >= limits.PAGE_BYTES_MAX:
            found.next = Place(number)
            break
        page = collect(reader, replace(plan.selection, rows=rows, limit=left))
        found.take(page, plan.selection.consistent_read)
        if page.last is not None and not plan.is_item:
            found.next = Place(number, dict(plan.selection.source.key_of(decode_item(page.last))))
            break
    found.items = _shown(plan.paths, found.items)
    return found


def consumed_by_select(plan: SelectPlan, found: Found, wanted: ReturnConsumedCapacity) -> dict[str, object]:
    """The member ConsumedCapacity: of the table, or of the index that was read and the items that were fetched."""
    source = plan.selection.source
    if source.index is None:
        return consumed(source.table.name, found.row_units, wanted)
    of_index = IndexUnits(source.index.kind, source.index.name, found.row_units)
    return consumed(source.table.name, found.fetched_units, wanted, [of_index])


def _source(table: Table, index_name: str | None, *, consistent_read: bool) -> Source:
    """The source, with PartiQL's own messages for what Query and Scan refuse too."""
    found = [index for index in table.description.indexes if index.name == index_name and index.status != "DELETING"]
    if index_name is not None and not found:
        raise ValidationException("The table does not have the specified index")
    if consistent_read and any(index.kind == "global" for index in found):
        raise ValidationException("Strongly consistent read is not supported on Global Secondary Indexes")
    return source_of(table, index_name, consistent_read=consistent_read)


def _ranges(where: Where, order: Sequence[Ordering], source: Source) -> Iterator[KeyRange]:
    if where.hashes is None:
        yield keyspace.space_range(source.space)
        return
    for value in _in_order(where.hashes, order, source.key_schema):
        equality = Comparison("=", Path((source.key_schema.hash.name,)), Literal(value))
        asked: Condition = equality if where.range is None else And((equality, where.range))
        yield key_range(source, key_condition(asked, source.key_schema))


def _in_order(values: tuple[Value, ...], order: Sequence[Ordering], schema: KeySchema) -> Sequence[Value]:
    """The values of the hash key in the order of the statement's list, unless it asks for another one."""
    directions = [ordering.direction for ordering in order if ordering.attribute == schema.hash.name]
    if not directions:
        return values
    keys = [value for value in values if isinstance(value, KeyValue)]
    return sorted(keys, key=order_value, reverse=directions[0] == "DESC")


def _check_order(statement: Select, where: Where, schema: KeySchema) -> None:
    """Whether the order that the statement asks for can be had from the keys."""
    if not statement.order:
        return
    if statement.where is None:
        raise ValidationException("Must have WHERE clause in the statement when using ORDER BY clause.")
    names = [ordering.attribute for ordering in statement.order]
    for name in names:
        if name not in schema.names:
            raise ValidationException(f"Attribute {name} in ORDER BY clause must be part of the primary key")
    if where.hashes is None:
        raise ValidationException(
            "Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause."
        )
    if len(where.hashes) > 1 and schema.hash.name not in names:
        raise ValidationException(
            "Must have hash key in ORDER BY clause when more than one hash key condition specified in WHERE clause."
        )


def _is_reverse(order: Sequence[Ordering], schema: KeySchema) -> bool:
    name = None if schema.range is None else schema.range.name
    return any(ordering.attribute == name and ordering.direction == "DESC" for ordering in order)


def _ranges_left(plan: SelectPlan, start: Place) -> Iterator[tuple[int, KeyRange]]:
    """The ranges from `start` on, with their numbers; the first without what has been read of it."""
    if start.range_number >= len(plan.ranges):
        raise _invalid_token()
    for number in range(start.range_number, len(plan.ranges)):
        rows = plan.ranges[number]
        if number == start.range_number and start.after is not None:
            rows = _resumed(plan, rows, start)
        yield number, rows


def _resumed(plan: SelectPlan, rows: KeyRange, start: Place) -> KeyRange:
    source = plan.selection.source
    try:
        row_key = source.row_key(StartingKey(source, start.after or {}).checked())
    except ValidationException:
        raise _invalid_token() from None
    if not rows.holds(row_key):
        raise _invalid_token()
    return rows.resumed(row_key, reverse=plan.selection.is_reverse)


def _invalid_token() -> ValidationException:
    return ValidationException("Invalid NextToken")


def _shown(paths: tuple[Path, ...] | None, items: list[bytes]) -> list[bytes]:
    """The items under the names of the paths; whole attributes have been cut out of them already."""
    if paths is None or all(len(path.steps) == 1 for path in paths):
        return items
    return [encode_item(select(paths, decode_item(item))) for item in items]
