"""GetItem: one row, copied into the reply where the whole item is asked for."""

from collections.abc import Callable

import orjson

from backend_store.catalog import Catalog
from backend_store.images import Image
from backend_store.operations.asked import check_key_paths, projection_of, shown
from backend_store.operations.capacity import consumed, read_units
from microdax.model.keys import checked_key
from microdax.model.requests import GetItem


def get_item(request: GetItem, catalog: Catalog, get: Callable[[bytes], bytes | None]) -> bytes:
    projection = projection_of(request.projection_expression, request.placeholders, request.legacy)
    table = catalog.table(request.table)
    key = checked_key(table.key_schema, request.key)
    check_key_paths(table, projection)
    image = Image.of_row(get(table.row_key(key)))
    if table.throttle is not None:
        table.throttle.read(table, read_units(image.size_bytes if image else 0, request.consistent_read))
    document = None if image is None else shown(image, projection)
    if request.return_consumed_capacity == "NONE":
        return b"{}" if document is None else b'{"Item":' + document + b"}"
    units = read_units(image.size_bytes if image else 0, request.consistent_read)
    members = consumed(table.name, units, request.return_consumed_capacity)
    return orjson.dumps(members if document is None else {"Item": orjson.Fragment(document), **members})
