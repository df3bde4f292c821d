"""A page of Query or Scan: rows of a range, one after another, until a bound is met.

A page ends with the item that meets Limit, or with the one that brings the sizes of all items read to 1 MB; both
count items before the filter. Where it ended so, LastEvaluatedKey is that item's key, though it may have been the
last. Items that nobody looks into are copied from their rows, not decoded.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import orjson

from backend_store.catalog import Table, size_of
from backend_store.images import Image
from backend_store.kv.engine import Reader
from backend_store.kv.keyspace import KeyRange
from backend_store.kv.records import read_record
from backend_store.operations.asked import shown
from backend_store.operations.capacity import consumed, read_units
from microdax.expressions.conditions import holds
from microdax.expressions.nodes import Condition, Projection
from microdax.model import limits
from microdax.model.errors import ValidationException
from microdax.model.keys import KeySchema, checked_key, key_of_item
from microdax.model.requests import ReturnConsumedCapacity
from microdax.model.values import Item, Key
from microdax.wire.dynamo_json import decode_item, encode_item


@dataclass(frozen=True, slots=True)
class Selection:
    """Which rows a page is made of, and what it shows of them."""

    table: Table
    rows: KeyRange
    is_reverse: bool = False
    limit: int | None = None
    condition: Condition | None = None
    projection: Projection | None = None
    is_count: bool = False
    consistent_read: bool = False
    return_consumed_capacity: ReturnConsumedCapacity = "NONE"


@dataclass(slots=True)
class Page:
    """What has been read so far. `last` is the document of the item that ended the page."""

    items: list[bytes]
    count: int = 0
    scanned_count: int = 0
    size_bytes: int = 0
    last: bytes | None = None


def read_page(reader: Reader, selection: Selection) -> bytes:
    """The reply's body."""
    # Asked of the snapshot: of a table deleted since the request came, rows may already be gone.
    size_of(reader, selection.table)
    rows = reader.scan(selection.rows.first, selection.rows.end, reverse=selection.is_reverse)
    return _body(_collect(rows, selection), selection)


def starting_key(schema: KeySchema, key: Item) -> Key:
    """An ExclusiveStartKey, checked against the schema."""
    try:
        if len(key) != len(schema.names):
            raise ValidationException("The provided key element does not match the schema")
        return checked_key(schema, key)
    except ValidationException as error:
        raise ValidationException(f"The provided starting key is invalid: {error.message}") from None


def check_no_index(name: str | None) -> None:
    if name is not None:
        raise ValidationException(f"The table does not have the specified index: {name}")


def _collect(rows: Iterator[tuple[bytes, bytes]], selection: Selection) -> Page:
    page = Page(items=[])
    is_plain = selection.condition is None and selection.projection is None
    for _, value in rows:
        document, item_bytes = read_record(value)
        page.scanned_count += 1
        page.size_bytes += item_bytes
        seen = document if is_plain else _kept(Image(document, item_bytes), selection)
        if seen is not None:
            page.count += 1
            if not selection.is_count:
                page.items.append(seen)
        if page.scanned_count == selection.limit or page.size_bytes >= limits.PAGE_BYTES_MAX:
            page.last = document
            break
    return page


def _kept(image: Image, selection: Selection) -> bytes | None:
    """The item as the page shows it, or None where the filter drops it."""
    if selection.condition is not None and not holds(selection.condition, image.item):
        return None
    return shown(image, None if selection.is_count else selection.projection)


def _body(page: Page, selection: Selection) -> bytes:
    members: dict[str, object] = {"Count": page.count, "ScannedCount": page.scanned_count}
    if not selection.is_count:
        members["Items"] = orjson.Fragment(b"[" + b",".join(page.items) + b"]")
    if page.last is not None:
        key = key_of_item(selection.table.key_schema, decode_item(page.last))
        members["LastEvaluatedKey"] = orjson.Fragment(encode_item(key))
    units = read_units(page.size_bytes, selection.consistent_read)
    return orjson.dumps(members | consumed(selection.table.name, units, selection.return_consumed_capacity))
