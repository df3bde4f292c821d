"""TransactWriteItems: puts, updates, deletes and checks of conditions on up to 100 items, all or nothing.

What is wrong with the request itself is told of the request, and so is an empty key. What is wrong with a key
otherwise is a reason of its action for a cancellation, and so is all that only the items show. Amazon's service draws
the line there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from backend_store.catalog import Catalog
from backend_store.commit import RowWrite
from backend_store.images import Image
from backend_store.index_keys import (
    check_index_keys,
    check_index_keys_not_empty,
    check_update_not_empty,
    check_update_of_index_keys,
)
from backend_store.operations.asked import check_key_paths
from backend_store.operations.transaction import check_distinct, keys_or_cancellation, transaction
from backend_store.operations.update_item import updated
from backend_store.operations.written import Job
from backend_store.table import Table
from microdax.expressions.nodes import Condition, Update
from microdax.expressions.parser import Scope, parse_condition, parse_update
from microdax.expressions.updates import check_keys
from microdax.model.keys import check_not_empty, checked_key, key_of_item
from microdax.model.requests import PutItem, UpdateItem
from microdax.model.transact_requests import Action, ConditionCheck, TransactWriteItems
from microdax.model.values import Item, Key


@dataclass(frozen=True, slots=True)
class _Asked:
    """An action with its expressions parsed and its table found."""

    action: Action
    table: Table
    condition: Condition | None
    update: Update | None


def transact_write_items(request: TransactWriteItems, catalog: Catalog, clock: Callable[[], float]) -> Job:
    asked = [_asked(action, catalog) for action in request.actions]
    keys = keys_or_cancellation([partial(_key, one) for one in asked])
    writes = [_row_write(one, key) for one, key in zip(asked, keys, strict=True)]
    check_distinct([write.table.row_key(write.key) for write in writes])
    wanted = request.return_consumed_capacity
    return transaction(writes, request.token, wanted, clock, request.return_item_collection_metrics)


def _asked(action: Action, catalog: Catalog) -> _Asked:
    scope = Scope(action.placeholders)
    update_text = action.update_expression if isinstance(action, UpdateItem) else None
    text = action.condition_expression
    update = None if update_text is None else parse_update(update_text, scope)
    condition = None if text is None else parse_condition("ConditionExpression", text, scope)
    if update is not None or condition is not None:
        scope.check_all_used()
    table = catalog.table(action.table)
    if update is not None:
        check_keys(update, table.key_schema.names)
        check_update_not_empty(table.description, update)
    if isinstance(action, PutItem):
        check_index_keys_not_empty(table.description, action.item)
    check_key_paths(table, condition)
    check_not_empty(table.key_schema, _attributes(action))
    return _Asked(action, table, condition, update)


def _key(asked: _Asked) -> Key:
    read = key_of_item if isinstance(asked.action, PutItem) else checked_key
    key = read(asked.table.key_schema, _attributes(asked.action))
    if isinstance(asked.action, PutItem):
        check_index_keys(asked.table.description, asked.action.item)
    if asked.update is not None:
        check_update_of_index_keys(asked.table.description, asked.update)
    return key


def _attributes(action: Action) -> Item:
    return action.item if isinstance(action, PutItem) else action.key


def _row_write(asked: _Asked, key: Key) -> RowWrite:
    return RowWrite(
        table=asked.table,
        key=key,
        change=_change(asked, key),
        condition=asked.condition,
        shows_item_on_failure=asked.action.return_values_on_condition_check_failure == "ALL_OLD",
    )


def _change(asked: _Asked, key: Key) -> Callable[[Image | None], Image | None]:
    if isinstance(asked.action, PutItem):
        new = Image.of_put(asked.action.item)
        return lambda _: new
    if isinstance(asked.action, ConditionCheck):
        return lambda old: old
    update = asked.update
    return (lambda _: None) if update is None else lambda old: updated(asked.table, update, key, old)
