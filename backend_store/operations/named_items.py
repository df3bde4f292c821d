"""SELECTs of single items, named by their whole keys: those of batches and of transactions."""

from collections.abc import Iterable
from dataclasses import dataclass

import orjson

from backend_store.catalog import Catalog
from backend_store.images import Image
from backend_store.kv.engine import Reader
from backend_store.operations.asked import check_key_paths
from backend_store.partiql.nodes import Select
from backend_store.partiql.projections import select
from backend_store.partiql.wheres import read_named_item
from backend_store.table import Table
from backend_store.table_state import size_of
from microdax.expressions.conditions import holds
from microdax.expressions.nodes import Condition, Path
from microdax.model.errors import ValidationException
from microdax.model.keys import checked_key
from microdax.wire.dynamo_json import encode_item


@dataclass(frozen=True, slots=True)
class ItemRead:
    """One item, what has to hold of it, and the paths to show; None shows it whole."""

    table: Table
    row_key: bytes
    condition: Condition | None
    paths: tuple[Path, ...] | None

    def image(self, reader: Reader) -> Image | None:
        # Asked of the snapshot: of a table deleted since the request came, rows may already be gone.
        size_of(reader, self.table)
        return Image.of_row(reader.get(self.row_key))

    def response(self, image: Image | None) -> dict[str, object]:
        """The member Item, if the item is there and its condition holds."""
        if image is None or (self.condition is not None and not holds(self.condition, image.item)):
            return {}
        shown = image.document if self.paths is None else encode_item(select(self.paths, image.item))
        return {"Item": orjson.Fragment(shown)}


def item_read(statement: Select, catalog: Catalog, operation: str) -> ItemRead:
    """Check all that can be checked without reading; `operation` is the one that takes no other SELECTs."""
    if statement.source.index is not None:
        raise ValidationException(f"Reads on indices are not supported within {_PLACES[operation]}.")
    table = catalog.table(statement.source.table)
    named = read_named_item(statement.where, table.key_schema)
    if named is None or statement.order:
        raise ValidationException(
            f"Select statements within {operation} must specify the primary key in the where clause."
        )
    check_key_paths(table, named.rest)
    row_key = table.row_key(checked_key(table.key_schema, named.key))
    return ItemRead(table, row_key, named.rest, statement.paths)


def check_one_kind(operation: str, are_reads: Iterable[bool]) -> None:
    """Refuse a request that both reads and writes."""
    if len(set(are_reads)) > 1:
        raise ValidationException(
            f"{operation} API does not support both read and write operations in the same request."
        )


_PLACES = {"ExecuteTransaction": "transactions", "BatchExecuteStatement": "batches"}
