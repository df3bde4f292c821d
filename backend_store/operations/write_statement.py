"""INSERT, UPDATE, DELETE and EXISTS as writes of rows.

INSERT is a put of an item that must not be there, UPDATE an update of one that must be. DELETE asks its conditions of
the item only if there is one. EXISTS writes nothing: it is a condition that a transaction depends on.
"""

from dataclasses import replace
from typing import TypeAlias

from backend_store.catalog import Catalog
from backend_store.commit import Committed, RowWrite
from backend_store.images import Image, document_of
from backend_store.index_keys import check_index_keys, check_update_of_index_keys
from backend_store.operations.asked import check_key_paths
from backend_store.operations.update_item import returned_attributes, updated
from backend_store.partiql.nodes import Delete, Exists, Insert, Update
from backend_store.partiql.wheres import NamedItem, read_named_item
from backend_store.table import Table
from microdax.expressions.nodes import And, AttributeExists, AttributeNotExists, Condition, Or, Path
from microdax.expressions.updates import check_keys
from microdax.model import limits
from microdax.model.errors import DuplicateItemException, ValidationException
from microdax.model.keys import checked_key, key_of_item
from microdax.model.values import item_bytes

WriteStatement: TypeAlias = Insert | Update | Delete | Exists


def row_write(statement: WriteStatement, catalog: Catalog, *, shows_item_on_failure: bool) -> RowWrite:
    """Check all that can be checked without reading, and return the write."""
    match statement:
        case Insert():
            return _insertion(statement, _table(statement, catalog))
        case Update():
            write = _update(statement, _table(statement, catalog))
        case Delete():
            write = _deletion(statement, _table(statement, catalog))
        case Exists():
            write = _check(statement, catalog)
    return replace(write, shows_item_on_failure=shows_item_on_failure)


def returned(statement: WriteStatement, committed: Committed) -> bytes | None:
    """What RETURNING asks for; None where that is nothing."""
    match statement:
        case Update():
            return returned_attributes(statement.returning, statement.actions, committed)
        case Delete(returning="ALL_OLD"):
            return document_of(committed.old)
        case _:
            return None


def _insertion(statement: Insert, table: Table) -> RowWrite:
    if item_bytes(statement.item) > limits.ITEM_BYTES_MAX:
        raise ValidationException("Item size has exceeded the maximum allowed size")
    check_index_keys(table.description, statement.item)
    new = Image.of_item(statement.item)

    def inserted(old: Image | None) -> Image:
        if old is not None:
            raise DuplicateItemException
        return new

    return RowWrite(table, key_of_item(table.key_schema, statement.item), inserted)


def _update(statement: Update, table: Table) -> RowWrite:
    named = _named(statement.where, table)
    check_keys(statement.actions, table.key_schema.names)
    check_update_of_index_keys(table.description, statement.actions)
    key = checked_key(table.key_schema, named.key)
    return RowWrite(
        table=table,
        key=key,
        change=lambda old: updated(table, statement.actions, key, old),
        condition=_both(_is_there(table), named.rest),
    )


def _deletion(statement: Delete, table: Table) -> RowWrite:
    named = _named(statement.where, table)
    condition = None if named.rest is None else Or((AttributeNotExists(_is_there(table).path), named.rest))
    return RowWrite(table, checked_key(table.key_schema, named.key), lambda _: None, condition)


def _check(statement: Exists, catalog: Catalog) -> RowWrite:
    if statement.select.source.index is not None:
        raise ValidationException("Operations on indices are not supported in transactions")
    table = catalog.table(statement.select.source.table)
    named = read_named_item(statement.select.where, table.key_schema)
    if named is None or named.rest is None:
        raise ValidationException("EXISTS() must contain a single item read with additional condition")
    check_key_paths(table, named.rest)
    key = checked_key(table.key_schema, named.key)
    return RowWrite(table, key, lambda old: old, _both(_is_there(table), named.rest))


def _table(statement: Insert | Update | Delete, catalog: Catalog) -> Table:
    if statement.source.index is not None:
        raise ValidationException("This operation is not supported on an index")
    return catalog.table(statement.source.table)


def _named(where: Condition | None, table: Table) -> NamedItem:
    named = read_named_item(where, table.key_schema)
    if named is None:
        raise ValidationException("Where clause does not contain a mandatory equality on all key attributes")
    check_key_paths(table, named.rest)
    return named


def _is_there(table: Table) -> AttributeExists:
    return AttributeExists(Path((table.key_schema.hash.name,)))


def _both(one: Condition, other: Condition | None) -> Condition:
    return one if other is None else And((one, other))
