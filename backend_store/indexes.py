"""The rows of secondary indexes: what an index holds of an item, and how it follows the table's rows.

An index row is an item of its own: the part of the base item that the index projects, with its own size, at a key
made of its index key attributes and its base key. An item that lacks an index key attribute, or has it with another
type, an empty value or one that is too long (as only a backfill meets it), has no row in the index.
"""

from collections.abc import Iterable, Mapping

from backend_store.images import Image
from microdax.model import limits
from microdax.model.keys import KeySchema
from microdax.model.tables import Index
from microdax.model.values import Item, Value, type_name, value_bytes


def index_image(index: Index, key_names: Iterable[str], item: Item) -> Image | None:
    """What the index holds of the item of a table with these key attributes; None where it is not in the index."""
    if not has_key(index.key_schema, item):
        return None
    if index.projection.type == "ALL":
        return Image.of_item(item)
    projected = {*key_names, *index.key_schema.names, *index.projection.attributes}
    return Image.of_item({name: value for name, value in item.items() if name in projected})


def has_key(schema: KeySchema, item: Mapping[str, Value]) -> bool:
    """Whether the item has values for all key attributes of an index, each of which can be one."""
    value_bytes_max = (limits.HASH_KEY_BYTES_MAX, limits.RANGE_KEY_BYTES_MAX)
    return all(
        attribute.name in item
        and type_name(value := item[attribute.name]) == attribute.type
        and 0 < value_bytes(value) <= most
        for attribute, most in zip(schema.attributes, value_bytes_max, strict=False)
    )
