"""ExclusiveStartKey: whether it is the key that a page of this source could have ended with.

It holds the attributes of the source's key and those of the table's, which of an index are more. The first are judged
before the second, with messages of their own, and a Query looks at its key condition in between: the order is
Amazon's.
"""

from dataclasses import dataclass
from typing import Final

from backend_store.operations.sources import Source
from microdax.model.errors import ValidationException
from microdax.model.keys import KeyAttribute, KeySchema, checked_key
from microdax.model.values import Item, Key, type_name

_INVALID: Final = "The provided starting key is invalid"
_NOT_THE_KEY: Final = "The provided key element does not match the schema"


@dataclass(frozen=True, slots=True)
class StartingKey:
    """An ExclusiveStartKey as it was sent, to be judged against what it shall continue."""

    source: Source
    attributes: Item

    def check_size(self) -> None:
        if len(self.attributes) != len(self.source.key_names):
            raise ValidationException(_INVALID)

    def check_element(self, attribute: KeyAttribute | None) -> None:
        """Whether it has this attribute of the source's key; a source without range key has nothing there to check."""
        if attribute is None:
            return
        if attribute.name not in self.attributes:
            raise ValidationException(_INVALID)
        if type_name(self.attributes[attribute.name]) != attribute.type:
            raise ValidationException(_NOT_THE_KEY)

    def checked(self) -> Key:
        """The key, if all of it is right."""
        try:
            if len(self.attributes) != len(self.source.key_names):
                raise ValidationException(_NOT_THE_KEY)
            table_key = self._part(self.source.table.key_schema)
        except ValidationException as error:
            raise ValidationException(f"{_INVALID}: {error.message}") from None
        return {**table_key, **self._part(self.source.key_schema)}

    def _part(self, schema: KeySchema) -> Key:
        if any(name not in self.attributes for name in schema.names):
            raise ValidationException(_NOT_THE_KEY)
        return checked_key(schema, {name: self.attributes[name] for name in schema.names})
