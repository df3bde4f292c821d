"""PutItem: an item in place of the one with its key."""

from backend_store.catalog import Catalog
from backend_store.commit import RowWrite, commit
from backend_store.images import Image, document_of
from backend_store.index_keys import check_index_keys
from backend_store.kv.engine import Writer
from backend_store.operations.asked import check_key_paths, condition_of
from backend_store.operations.item_collections import collection_metrics
from backend_store.operations.written import Job, Written, written
from microdax.model.keys import key_of_item
from microdax.model.requests import PutItem


def put_item(request: PutItem, catalog: Catalog) -> Job:
    condition = condition_of(request.condition_expression, request.placeholders, request.legacy)
    table = catalog.table(request.table)
    new = Image.of_put(request.item)
    check_key_paths(table, condition)
    check_index_keys(table.description, request.item)
    write = RowWrite(
        table=table,
        key=key_of_item(table.key_schema, request.item),
        change=lambda _: new,
        condition=condition,
        shows_item_on_failure=request.return_values_on_condition_check_failure == "ALL_OLD",
    )

    def job(writer: Writer) -> Written:
        committed = commit(writer, write)
        shown = committed.old if request.return_values == "ALL_OLD" else None
        metrics = collection_metrics(writer, table, write.key, request.return_item_collection_metrics)
        return written(table.name, committed, document_of(shown), request.return_consumed_capacity, metrics)

    return job
