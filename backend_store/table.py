"""A table as the store knows it: what its owner decided, and the number that all it holds stands under."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from backend_store.attachments import NO_ATTACHMENTS, Attachments
from backend_store.kv import keyspace
from backend_store.throttling import Throttle
from microdax.model.errors import ValidationException
from microdax.model.keys import KeySchema, key_value
from microdax.model.tables import Index, TableDescription, TableStatus
from microdax.model.values import Key, KeyValue, Value


@dataclass(frozen=True, slots=True)
class Table:
    """A table and the number that its rows stand under; `clock` is what commits to it go by."""

    number: int
    description: TableDescription
    tags: Mapping[str, str]
    attachments: Attachments = NO_ATTACHMENTS
    version: int = 0
    load: Mapping[str, object] | None = None
    clock: Callable[[], float] = field(default=time.time, compare=False, repr=False)
    throttle: Throttle | None = field(default=None, compare=False, repr=False)

    @property
    def name(self) -> str:
        return self.description.name

    @property
    def status(self) -> TableStatus:
        """CREATING as long as the table is being loaded: `load` is then from what, as `loads` reads it."""
        return "ACTIVE" if self.load is None else "CREATING"

    @property
    def key_schema(self) -> KeySchema:
        return self.description.key_schema

    def row_key(self, key: Key) -> bytes:
        """Where the item with this key, checked against the schema, stands in the engine."""
        range_key = self.key_schema.range
        range_value = None if range_key is None else key[range_key.name]
        return keyspace.row_key(self.number, self.hash_value(key), range_value)

    def hash_value(self, key: Key) -> KeyValue:
        return key[self.key_schema.hash.name]

    def now_ms(self) -> int:
        return round(self.clock() * 1000)

    def index(self, name: str) -> Index:
        """The index that a read names."""
        for index in self.description.indexes:
            if index.name == name and index.status != "DELETING":
                if index.is_backfilling:
                    raise ValidationException(f"Cannot read from backfilling global secondary index: {name}")
                return index
        raise no_such_index(name)

    def index_row_key(self, index: Index, item: Mapping[str, Value]) -> bytes:
        """Where an item that has all key attributes stands in an index; also of an ExclusiveStartKey."""
        schema = index.key_schema
        return keyspace.index_row_key(
            self.number,
            index.number,
            key_value(item, schema.hash),
            None if schema.range is None else key_value(item, schema.range),
            keyspace.base_key(*(key_value(item, attribute) for attribute in self.key_schema.attributes)),
        )


def no_such_index(name: str) -> ValidationException:
    return ValidationException(f"The table does not have the specified index: {name}")
