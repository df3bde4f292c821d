"""What a write may put into an attribute that is a key of a secondary index: nothing, or a value that can be a key.

Three places find out. A whole item, as PutItem has it, is checked before anything is read. So is an update, as far as
its expression tells what it will set. What only the item as it stands can tell, such as the value that `SET a = b`
copies, is checked when it is known, and then the service does not name the index.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from microdax.expressions.nodes import (
    Action,
    AddAction,
    Difference,
    IfNotExists,
    ListAppend,
    Literal,
    NewValue,
    SetAction,
    Sum,
    Update,
)
from microdax.model import limits
from microdax.model.errors import ValidationException
from microdax.model.keys import KeyAttribute
from microdax.model.tables import Index, TableDescription
from microdax.model.values import Value, equal, type_name, value_bytes

_INVALID: Final = "One or more parameter values were invalid: "
_NOT_VALID: Final = "One or more parameter values are not valid. "


def check_index_keys(table: TableDescription, item: Mapping[str, Value]) -> None:
    """Refuse to store an item whose index key attributes cannot be keys."""
    for index, attribute, most in _keys(table):
        if attribute.name in item:
            _check_type(index, attribute, type_name(item[attribute.name]))
            _check_size(item[attribute.name], most)
    check_index_keys_not_empty(table, item)


def check_index_keys_not_empty(table: TableDescription, item: Mapping[str, Value]) -> None:
    """The part of that which a transaction tells of the request and not of the item."""
    for index, attribute, _ in _keys(table):
        if attribute.name in item:
            _check_not_empty(index, attribute, item[attribute.name])


def check_update_of_index_keys(table: TableDescription, update: Update) -> None:
    """Refuse an update that cannot but set an index key attribute to a value of another type, or to an empty one."""
    for index, attribute, action in _actions(table, update):
        _check_action(index, attribute, action)
    check_update_not_empty(table, update)


def check_update_not_empty(table: TableDescription, update: Update) -> None:
    """The part of that which a transaction tells of the request and not of the item."""
    for _, _, action in _actions(table, update):
        if isinstance(action, SetAction) and isinstance(action.value, Literal):
            _check_updated_not_empty(action.value.value)


def check_updated_index_keys(table: TableDescription, old: Mapping[str, Value], new: Mapping[str, Value]) -> None:
    """Refuse what an update has made of an index key attribute; one that it left alone may be what it is."""
    for _, attribute, most in _keys(table):
        value = new.get(attribute.name)
        if attribute.name not in new or (attribute.name in old and equal(value, old[attribute.name])):
            continue
        if type_name(value) != attribute.type:
            raise ValidationException(
                "The update expression attempted to update the secondary index key to unsupported type"
            )
        _check_updated_not_empty(value)
        if value_bytes(value) > most:
            raise ValidationException(
                "The update expression attempted to update the secondary index key beyond allowed size limits."
            )


def _keys(table: TableDescription) -> Iterator[tuple[Index, KeyAttribute, int]]:
    """The key attributes of indexes and how long each may be; of an attribute's indexes the first by name is named."""
    for index in sorted(table.indexes, key=lambda index: index.name):
        if index.status != "DELETING":
            for attribute, most in zip(index.key_schema.attributes, limits.KEY_BYTES_MAX, strict=False):
                yield index, attribute, most


def _actions(table: TableDescription, update: Update) -> Iterator[tuple[Index, KeyAttribute, Action]]:
    """What an update does to whole index key attributes."""
    for index, attribute, _ in _keys(table):
        for action in update.actions:
            if action.path.steps == (attribute.name,):
                yield index, attribute, action


def _check_action(index: Index, attribute: KeyAttribute, action: Action) -> None:
    match action:
        case SetAction(value=value):
            _check_new_value(index, attribute, value)
        case AddAction(value=value):
            _check_type(index, attribute, type_name(value))
        case _:
            return


def _check_new_value(index: Index, attribute: KeyAttribute, value: NewValue) -> None:
    match value:
        case Literal(value=literal):
            _check_type(index, attribute, type_name(literal))
        case Sum() | Difference():
            _check_type(index, attribute, "N")
        case ListAppend():
            _check_type(index, attribute, "L")
        case IfNotExists(default=default):
            _check_new_value(index, attribute, default)
        case _:
            return


def _check_type(index: Index, attribute: KeyAttribute, actual: str) -> None:
    if actual != attribute.type:
        raise ValidationException(
            f"{_INVALID}Type mismatch for Index Key {attribute.name} "
            f"Expected: {attribute.type} Actual: {actual} IndexName: {index.name}"
        )


def _check_not_empty(index: Index, attribute: KeyAttribute, value: Value) -> None:
    if value in ("", b""):
        raise ValidationException(
            f"{_NOT_VALID}A value specified for a secondary index key is not supported. "
            f"The AttributeValue for a key attribute cannot contain an empty {_kind(value)} value. "
            f"IndexName: {index.name}, IndexKey: {attribute.name}"
        )


def _check_updated_not_empty(value: Value) -> None:
    if value in ("", b""):
        raise ValidationException(
            f"{_NOT_VALID}The update expression attempted to update a secondary index key to a value that is not "
            f"supported. The AttributeValue for a key attribute cannot contain an empty {_kind(value)} value."
        )


def _check_size(value: Value, most: int) -> None:
    if value_bytes(value) <= most:
        return
    if most == limits.HASH_KEY_BYTES_MAX:
        # The missing blank is the service's.
        raise ValidationException(f"{_INVALID}Size of hashkey has exceeded the maximum size limit of{most} bytes")
    raise ValidationException(
        f"{_INVALID}Aggregated size of all range keys has exceeded the size limit of {most} bytes"
    )


def _kind(value: Value) -> str:
    return "string" if value == "" else "binary"
