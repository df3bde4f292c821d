"""UpdateItem: the actions of an update expression on an item, which is created with its key where there is none."""

from backend_store.catalog import Catalog
from backend_store.commit import Committed, RowWrite, commit
from backend_store.images import Image, document_of
from backend_store.index_keys import check_update_of_index_keys, check_updated_index_keys
from backend_store.kv.engine import Writer
from backend_store.operations.asked import check_key_paths, condition_in, update_in
from backend_store.operations.item_collections import collection_metrics
from backend_store.operations.written import Job, Written, written
from backend_store.table import Table
from microdax.expressions.nodes import Update
from microdax.expressions.parser import Scope
from microdax.expressions.updates import apply, check_keys, touched
from microdax.model import limits
from microdax.model.errors import ValidationException
from microdax.model.keys import checked_key
from microdax.model.requests import ReturnValues, UpdateItem
from microdax.model.values import Key
from microdax.wire.dynamo_json import encode_item


def update_item(request: UpdateItem, catalog: Catalog) -> Job:
    scope = Scope(request.placeholders)
    update = update_in(request.update_expression, scope, request.legacy)
    condition = condition_in("ConditionExpression", request.condition_expression, scope, request.legacy)
    scope.check_all_used()
    table = catalog.table(request.table)
    check_keys(update, table.key_schema.names)
    key = checked_key(table.key_schema, request.key)
    check_update_of_index_keys(table.description, update)
    check_key_paths(table, update, condition)
    write = RowWrite(
        table=table,
        key=key,
        change=lambda old: updated(table, update, key, old),
        condition=condition,
        shows_item_on_failure=request.return_values_on_condition_check_failure == "ALL_OLD",
    )

    def job(writer: Writer) -> Written:
        committed = commit(writer, write)
        attributes = returned_attributes(request.return_values, update, committed)
        metrics = collection_metrics(writer, table, write.key, request.return_item_collection_metrics)
        return written(table.name, committed, attributes, request.return_consumed_capacity, metrics)

    return job


def updated(table: Table, update: Update, key: Key, old: Image | None) -> Image | None:
    """The item as an update of it leaves it; None is no item."""
    item = apply(update, old.item if old else {}, tuple(key))
    # An update that only takes away makes no item where there is none; one that does nothing at all does.
    if old is None and update.actions and not item:
        return None
    new = Image.of_item({**key, **item})
    check_updated_index_keys(table.description, old.item if old else {}, new.item)
    if new.size_bytes > limits.ITEM_BYTES_MAX:
        raise ValidationException("Item size to update has exceeded the maximum allowed size")
    return new


def returned_attributes(wanted: ReturnValues, update: Update, committed: Committed) -> bytes | None:
    """What ReturnValues asks for; None where that is nothing."""
    if wanted == "NONE":
        return None
    image = committed.old if wanted in ("ALL_OLD", "UPDATED_OLD") else committed.new
    if image is None or wanted in ("ALL_OLD", "ALL_NEW"):
        return document_of(image)
    updated = touched(update, image.item)
    return encode_item(updated) if updated else None
