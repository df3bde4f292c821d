"""What Query and Scan read: a table, or one of its indexes.

An index is rows of a space of its own under a key schema of its own, and its rows hold what it projects. To both
operations that is all the difference there is, so a `Source` is either, and there is one way through it.

What an index does not hold is another matter. Of a local index it is fetched from the table, item by item, and paid
for; a global one is refused for it. A filter sees the index's rows in either case, so a Query may not filter by what
they lack. (A Scan may: it finds nothing then. So Amazon's does.)
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from backend_store.images import Image
from backend_store.kv import keyspace
from backend_store.kv.engine import CorruptRecord, Reader
from backend_store.kv.keyspace import Space
from backend_store.operations.asked import paths_in
from backend_store.table import Table
from backend_store.table_state import check_index_stands, state_of
from microdax.expressions.nodes import Condition, Projection
from microdax.model.errors import ValidationException
from microdax.model.keys import KeySchema, key_of_item
from microdax.model.requests import Select
from microdax.model.tables import Index
from microdax.model.values import Item, Key, KeyValue

_INVALID: Final = "One or more parameter values were invalid: "


@dataclass(frozen=True, slots=True)
class Source:
    """A table, or one of its indexes where there is one."""

    table: Table
    index: Index | None = None

    @property
    def key_schema(self) -> KeySchema:
        return self.table.key_schema if self.index is None else self.index.key_schema

    @property
    def key_names(self) -> tuple[str, ...]:
        """What tells a row from all others, and so is in a LastEvaluatedKey: its key here and its key in the table."""
        return tuple(dict.fromkeys((*self.key_schema.names, *self.table.key_schema.names)))

    @property
    def space(self) -> Space:
        if self.index is None:
            return keyspace.rows_space(self.table.number)
        return keyspace.index_space(self.table.number, self.index.number)

    def check_stands(self, reader: Reader) -> None:
        """Asked of the snapshot that is read: of what was deleted since the request came, rows may already be gone."""
        if self.index is None:
            state_of(reader, self.table)
        else:
            check_index_stands(reader, self.table, self.index)

    def row_key(self, key: Key) -> bytes:
        """Where the row with these key attributes, checked, stands in the engine."""
        return self.table.row_key(key) if self.index is None else self.table.index_row_key(self.index, key)

    def key_of(self, item: Item) -> Key:
        """The key attributes of an item that one of the rows holds."""
        return {name: value for name in self.key_names if isinstance(value := item[name], KeyValue)}

    def fetch(self, reader: Reader, row: Image) -> Image:
        """The whole item that a row of the index is of."""
        key = key_of_item(self.table.key_schema, row.item)
        image = Image.of_row(reader.get(self.table.row_key(key)))
        if image is None:
            raise CorruptRecord(f"an index of table {self.table.name} has a row of an item that is not there")
        return image

    def lacking(self, names: Iterable[str]) -> list[str]:
        """Those of the attributes that the rows do not hold even if the items do, each once."""
        if self.index is None or self.index.projection.type == "ALL":
            return []
        held = {*self.key_names, *self.index.projection.attributes}
        return [name for name in dict.fromkeys(names) if name not in held]


def source_of(table: Table, index_name: str | None, *, consistent_read: bool) -> Source:
    """The source that a request names, if it can be read so."""
    if index_name is None:
        return Source(table)
    index = table.index(index_name)
    if index.kind == "global" and consistent_read:
        raise ValidationException("Consistent reads are not supported on global secondary indexes")
    return Source(table, index)


def must_fetch(source: Source, select: Select | None, projection: Projection | None) -> bool:
    """Whether what is asked for is more than the rows hold; of a global index that is refused."""
    index = source.index
    if index is None or index.projection.type == "ALL":
        return False
    if select == "ALL_ATTRIBUTES":
        if index.kind == "local":
            return True
        raise ValidationException(
            f"{_INVALID}Select type ALL_ATTRIBUTES is not supported for global secondary index {index.name} "
            "because its projection type is not ALL"
        )
    lacking = source.lacking(_roots(projection))
    if lacking and index.kind == "global":
        raise ValidationException(
            f"{_INVALID}Global secondary index {index.name} does not project [{', '.join(lacking)}]"
        )
    return bool(lacking)


def check_filter_sees(source: Source, condition: Condition | None) -> None:
    """Refuse a Query's filter by attributes that the rows lack."""
    lacking = source.lacking(_roots(condition))
    if lacking and source.index is not None:
        raise ValidationException(
            f"{_INVALID}Secondary index {source.index.name} does not project one or more filter attributes: "
            f"[{', '.join(lacking)}]"
        )


def _roots(expression: Condition | Projection | None) -> Iterator[str]:
    """The attributes that an expression looks at or into."""
    for path in paths_in(expression):
        yield str(path.steps[0])
