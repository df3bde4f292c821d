"""The rows of secondary indexes: what an index holds of an item, and how it follows the table's rows.

An index row is an item of its own: the part of the base item that the index projects, with its own size, at a key
made of its index key attributes and its base key. An item that lacks an index key attribute has no row in the index.
Nor has one whose attribute cannot be a key there (of another type, empty, too long), which only a backfill meets:
writes of such items are refused.

An index follows the rows that its state covers. Of an index that is being backfilled these are the rows up to where
the backfill has come; a write behind that place leaves the index alone, for the backfill will find what it wrote. So
each row comes into the index once, whenever it is written.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from backend_store.images import Image
from backend_store.kv.engine import Writer
from backend_store.table import Table
from backend_store.table_state import IndexState, TableState
from microdax.model import limits
from microdax.model.keys import KeySchema
from microdax.model.tables import Index
from microdax.model.values import Item, Value, type_name, value_bytes


@dataclass(frozen=True, slots=True)
class Entry:
    """An index row: where it stands, and what the index holds there."""

    key: bytes
    image: Image

    def equals(self, other: "Entry") -> bool:
        return self.key == other.key and self.image.document == other.image.document


@dataclass(frozen=True, slots=True)
class IndexChange:
    """What a write changed in an index: the row before and after it; None is no row."""

    index: Index
    old: Entry | None
    new: Entry | None

    @property
    def old_bytes(self) -> int | None:
        return None if self.old is None else self.old.image.size_bytes

    @property
    def new_bytes(self) -> int | None:
        return None if self.new is None else self.new.image.size_bytes

    @property
    def writes_bytes(self) -> tuple[int, ...]:
        """The size of each write that this is: a row that moves is deleted in one place and put in another."""
        sizes_bytes = tuple(size for size in (self.old_bytes, self.new_bytes) if size is not None)
        stays = self.old is not None and self.new is not None and self.old.key == self.new.key
        return (max(sizes_bytes),) if stays else sizes_bytes


def follow(
    writer: Writer, table: Table, state: TableState, row_key: bytes, old: Image | None, new: Image | None
) -> tuple[IndexChange, ...]:
    """Write what a change of the row means to the table's indexes; `state` is the table's before it."""
    changes: list[IndexChange] = []
    for index in table.description.indexes:
        index_state = state.indexes.get(index.number)
        if index_state is None or not index_state.covers(row_key):
            continue
        before, after = entry_of(table, index, old), entry_of(table, index, new)
        if not _same(before, after):
            changes.append(IndexChange(index, before, after))
            _put(writer, before, after)
    return tuple(changes)


def followed(state: TableState, changes: Iterable[IndexChange]) -> Mapping[int, IndexState]:
    """The states of the table's indexes after these changes."""
    states = dict(state.indexes)
    for change in changes:
        before = states[change.index.number]
        states[change.index.number] = replace(before, size=before.size.after(change.old_bytes, change.new_bytes))
    return states


def entry_of(table: Table, index: Index, image: Image | None) -> Entry | None:
    """The index row of an item; None where there is none."""
    if image is None:
        return None
    held = index_image(index, table.key_schema.names, image.item)
    return None if held is None else Entry(table.index_row_key(index, image.item), held)


def index_image(index: Index, key_names: Iterable[str], item: Item) -> Image | None:
    """What the index holds of the item of a table with these key attributes; None where it is not in the index."""
    if not _has_key(index.key_schema, item):
        return None
    if index.projection.type == "ALL":
        return Image.of_item(item)
    projected = {*key_names, *index.key_schema.names, *index.projection.attributes}
    return Image.of_item({name: value for name, value in item.items() if name in projected})


def _has_key(schema: KeySchema, item: Mapping[str, Value]) -> bool:
    """Whether the item has values for all key attributes of an index, each of which can be one."""
    return all(
        attribute.name in item
        and type_name(value := item[attribute.name]) == attribute.type
        and 0 < value_bytes(value) <= most
        for attribute, most in zip(schema.attributes, limits.KEY_BYTES_MAX, strict=False)
    )


def _same(before: Entry | None, after: Entry | None) -> bool:
    if before is None or after is None:
        return before is after
    return before.equals(after)


def _put(writer: Writer, before: Entry | None, after: Entry | None) -> None:
    if before is not None and (after is None or after.key != before.key):
        writer.delete(before.key)
    if after is not None:
        writer.put(after.key, after.image.row())
