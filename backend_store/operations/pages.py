"""A page of Query or Scan: rows of a range, one after another, until a bound is met.

A page ends with the item that meets Limit, or with the one that brings the sizes of all that was read to 1 MB; both
count items before the filter. Where it ended so, LastEvaluatedKey is that item's key, though it may have been the
last. Items that nobody looks into are copied from their rows, not decoded.
"""

from dataclasses import dataclass, field

import orjson

from backend_store.images import Image
from backend_store.kv.engine import Reader
from backend_store.kv.keyspace import KeyRange
from backend_store.kv.records import read_record
from backend_store.operations.asked import shown
from backend_store.operations.capacity import IndexUnits, consumed, read_units
from backend_store.operations.sources import Source
from microdax.expressions.conditions import holds
from microdax.expressions.nodes import Condition, Projection
from microdax.model import limits
from microdax.model.requests import ReturnConsumedCapacity
from microdax.wire.dynamo_json import decode_item, encode_item


@dataclass(frozen=True, slots=True)
class Selection:
    """Which rows of a source a page is made of, and what it shows of them.

    `fetches` where it shows more than the rows of an index hold: the table's items then stand in for them, behind
    the filter.
    """

    source: Source
    rows: KeyRange
    is_reverse: bool = False
    limit: int | None = None
    condition: Condition | None = None
    projection: Projection | None = None
    fetches: bool = False
    is_count: bool = False
    consistent_read: bool = False
    return_consumed_capacity: ReturnConsumedCapacity = "NONE"

    @property
    def is_plain(self) -> bool:
        """Whether rows are shown as they are."""
        return self.condition is None and self.projection is None and not self.fetches


@dataclass(slots=True)
class Page:
    """What has been read so far. `last` is the document of the row that ended the page."""

    items: list[bytes] = field(default_factory=list[bytes])
    count: int = 0
    scanned_count: int = 0
    rows_bytes: int = 0
    fetched_bytes: int = 0
    fetched_units: float = 0.0
    last: bytes | None = None


def read_page(reader: Reader, selection: Selection) -> bytes:
    """The reply's body."""
    selection.source.check_stands(reader)
    return _body(collect(reader, selection), selection)


def collect(reader: Reader, selection: Selection) -> Page:
    """Read a page of a table that is known to be there."""
    page = Page()
    is_plain, is_count, limit = selection.is_plain, selection.is_count, selection.limit
    for _, value in reader.scan(selection.rows.first, selection.rows.end, reverse=selection.is_reverse):
        document, item_bytes = read_record(value)
        page.scanned_count += 1
        page.rows_bytes += item_bytes
        seen = document if is_plain else _seen(reader, Image(document, item_bytes), selection, page)
        if seen is not None:
            page.count += 1
            if not is_count:
                page.items.append(seen)
        if page.scanned_count == limit or page.rows_bytes + page.fetched_bytes >= limits.PAGE_BYTES_MAX:
            page.last = document
            break
    _meter(page, selection)
    return page


def _seen(reader: Reader, row: Image, selection: Selection, page: Page) -> bytes | None:
    """The item as the page shows it, or None where the filter drops it."""
    if selection.condition is not None and not holds(selection.condition, row.item):
        return None
    if not selection.fetches:
        return shown(row, selection.projection)
    item = selection.source.fetch(reader, row)
    page.fetched_bytes += item.size_bytes
    page.fetched_units += read_units(item.size_bytes, selection.consistent_read)
    return shown(item, selection.projection)


def _meter(page: Page, selection: Selection) -> None:
    table, index = selection.source.table, selection.source.index
    if table.throttle is not None:
        table.throttle.read(table, read_units(page.rows_bytes, selection.consistent_read), index)
        if page.fetched_units:
            table.throttle.read(table, page.fetched_units)


def _body(page: Page, selection: Selection) -> bytes:
    members: dict[str, object] = {"Count": page.count, "ScannedCount": page.scanned_count}
    if not selection.is_count:
        members["Items"] = orjson.Fragment(b"[" + b",".join(page.items) + b"]")
    if page.last is not None:
        members["LastEvaluatedKey"] = orjson.Fragment(encode_item(selection.source.key_of(decode_item(page.last))))
    return orjson.dumps(members | _consumed(page, selection))


def _consumed(page: Page, selection: Selection) -> dict[str, object]:
    """What the rows cost goes to the table or to the index that they are of; what was fetched goes to the table."""
    table, index = selection.source.table, selection.source.index
    units = read_units(page.rows_bytes, selection.consistent_read)
    if index is None:
        return consumed(table.name, units, selection.return_consumed_capacity)
    of_index = IndexUnits(index.kind, index.name, units)
    return consumed(table.name, page.fetched_units, selection.return_consumed_capacity, [of_index])
