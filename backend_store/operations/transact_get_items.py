"""TransactGetItems: up to 100 items of any tables, all as they were at one moment."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import orjson

from backend_store.catalog import Catalog
from backend_store.images import Image
from backend_store.kv.engine import Reader
from backend_store.operations.asked import check_key_paths
from backend_store.operations.capacity import consumed_by_transaction, read_units, units_by_table
from backend_store.operations.transaction import check_distinct, keys_or_cancellation, meter_reads
from backend_store.table import Table
from backend_store.table_state import size_of
from microdax.expressions.nodes import Projection
from microdax.expressions.parser import Scope, parse_projection
from microdax.expressions.projections import project
from microdax.model import limits
from microdax.model.errors import ValidationException
from microdax.model.keys import check_not_empty, checked_key
from microdax.model.requests import GetItem, ReturnConsumedCapacity
from microdax.model.transact_requests import TransactGetItems
from microdax.wire.dynamo_json import encode_item


@dataclass(frozen=True, slots=True)
class _Asked:
    """A read with its projection parsed and its table found."""

    get: GetItem
    table: Table
    projection: Projection | None


def transact_get_items(request: TransactGetItems, catalog: Catalog) -> Callable[[Reader], bytes]:
    """Check all that can be checked without reading, and return what reads the items."""
    asked = [_asked(get, catalog) for get in request.gets]
    keys = keys_or_cancellation([partial(checked_key, one.table.key_schema, one.get.key) for one in asked])
    row_keys = [one.table.row_key(key) for one, key in zip(asked, keys, strict=True)]
    check_distinct(row_keys)
    return partial(_read, asked=asked, row_keys=row_keys, wanted=request.return_consumed_capacity)


def _asked(get: GetItem, catalog: Catalog) -> _Asked:
    scope = Scope(get.placeholders)
    projection = None
    if get.projection_expression is not None:
        projection = parse_projection(get.projection_expression, scope)
        scope.check_all_used()
    table = catalog.table(get.table)
    check_key_paths(table, projection)
    check_not_empty(table.key_schema, get.key)
    return _Asked(get, table, projection)


def _read(reader: Reader, asked: list[_Asked], row_keys: list[bytes], wanted: ReturnConsumedCapacity) -> bytes:
    images = [_image(reader, one.table, row_key) for one, row_key in zip(asked, row_keys, strict=True)]
    if sum(image.size_bytes for image in images if image is not None) > limits.TRANSACTION_BYTES_MAX:
        raise ValidationException("Transaction payload size cannot exceed 4 MB")
    responses = [_response(image, one.projection) for one, image in zip(asked, images, strict=True)]
    costs = [read_units(image.size_bytes if image else 0, consistent=True) for image in images]
    meter_reads([(one.table, cost) for one, cost in zip(asked, costs, strict=True)])
    units = units_by_table((one.table.name, cost) for one, cost in zip(asked, costs, strict=True))
    members: dict[str, object] = {"Responses": responses}
    return orjson.dumps(members | consumed_by_transaction(units, "ReadCapacityUnits", wanted))


def _image(reader: Reader, table: Table, row_key: bytes) -> Image | None:
    # Asked of the snapshot: of a table deleted since the request came, rows may already be gone.
    size_of(reader, table)
    return Image.of_row(reader.get(row_key))


def _response(image: Image | None, projection: Projection | None) -> dict[str, object]:
    """Nothing where there is no item, nor where the projection keeps nothing of it."""
    if image is None:
        return {}
    if projection is None:
        return {"Item": orjson.Fragment(image.document)}
    kept = project(projection, image.item)
    return {"Item": orjson.Fragment(encode_item(kept))} if kept else {}
