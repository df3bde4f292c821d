"""DeleteItem: the row goes; where there is none, nothing happens and that is a success."""

from backend_store.catalog import Catalog
from backend_store.commit import RowWrite, commit
from backend_store.images import document_of
from backend_store.kv.engine import Writer
from backend_store.operations.asked import check_key_paths, condition_of
from backend_store.operations.item_collections import collection_metrics
from backend_store.operations.written import Job, Written, written
from microdax.model.keys import checked_key
from microdax.model.requests import DeleteItem


def delete_item(request: DeleteItem, catalog: Catalog) -> Job:
    condition = condition_of(request.condition_expression, request.placeholders, request.legacy)
    table = catalog.table(request.table)
    check_key_paths(table, condition)
    write = RowWrite(
        table=table,
        key=checked_key(table.key_schema, request.key),
        change=lambda _: None,
        condition=condition,
        shows_item_on_failure=request.return_values_on_condition_check_failure == "ALL_OLD",
    )

    def job(writer: Writer) -> Written:
        committed = commit(writer, write)
        shown = committed.old if request.return_values == "ALL_OLD" else None
        metrics = collection_metrics(writer, table, write.key, request.return_item_collection_metrics)
        return written(table.name, committed, document_of(shown), request.return_consumed_capacity, metrics)

    return job
