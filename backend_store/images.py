"""An item before or after a write, as a row holds it."""

from backend_store.kv.records import read_record, write_record
from microdax.model import limits
from microdax.model.errors import ValidationException
from microdax.model.values import Item, item_bytes
from microdax.wire.dynamo_json import decode_item, encode_item


class Image:
    """An item's DynamoDB JSON, its size, and, for who asks, its values, which are decoded once."""

    __slots__ = ("_item", "document", "size_bytes")

    def __init__(self, document: bytes, size_bytes: int, item: Item | None = None) -> None:
        self.document = document
        self.size_bytes = size_bytes
        self._item = item

    @classmethod
    def of_item(cls, item: Item) -> "Image":
        return cls(encode_item(item), item_bytes(item), item)

    @classmethod
    def of_put(cls, item: Item) -> "Image":
        """The image of an item that a caller puts, which may be too large."""
        image = cls.of_item(item)
        if image.size_bytes > limits.ITEM_BYTES_MAX:
            raise ValidationException("Item size has exceeded the maximum allowed size")
        return image

    @classmethod
    def of_row(cls, value: bytes | None) -> "Image | None":
        """The image in an engine's value; raises CorruptRecord where the value is damaged."""
        return None if value is None else cls.of_value(value)

    @classmethod
    def of_value(cls, value: bytes) -> "Image":
        """The same of a row that is there."""
        record = read_record(value)
        return cls(record.document, record.item_bytes)

    @property
    def item(self) -> Item:
        if self._item is None:
            self._item = decode_item(self.document)
        return self._item

    def row(self) -> bytes:
        """The engine's value; the inverse of `of_row`."""
        return write_record(self.document, self.size_bytes)


def document_of(image: Image | None) -> bytes | None:
    return None if image is None else image.document
