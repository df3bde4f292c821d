"""Images: an item as a row holds it."""

from decimal import Decimal

import pytest

from backend_store.images import Image, document_of
from backend_store.kv.engine import CorruptRecord
from microdax.model import limits
from microdax.model.errors import ValidationException
from microdax.model.values import Item

ITEM: Item = {"id": "a", "n": Decimal(12)}


def test_the_image_of_an_item_has_its_document_and_its_size() -> None:
    image = Image.of_item(ITEM)
    assert image.document == b'{"id":{"S":"a"},"n":{"N":"12"}}'
    assert image.size_bytes == 2 + 1 + 1 + 2
    assert image.item is ITEM


def test_what_a_caller_puts_has_400_kb_at_most() -> None:
    largest: Item = {"id": "a", "v": "x" * (limits.ITEM_BYTES_MAX - 4)}
    assert Image.of_put(largest).size_bytes == limits.ITEM_BYTES_MAX
    with pytest.raises(ValidationException, match="Item size has exceeded the maximum allowed size"):
        Image.of_put({**largest, "w": None})


def test_a_row_gives_back_the_image_it_was_made_of() -> None:
    image = Image.of_row(Image.of_item(ITEM).row())
    assert image is not None
    assert (image.item, image.size_bytes) == (ITEM, Image.of_item(ITEM).size_bytes)


def test_an_item_is_decoded_once() -> None:
    image = Image(b'{"l":{"L":[]}}', 4)
    assert image.item is image.item


def test_no_row_is_no_image_and_no_document() -> None:
    assert Image.of_row(None) is None
    assert document_of(None) is None
    assert document_of(Image(b"{}", 0)) == b"{}"


def test_a_damaged_row_is_noticed() -> None:
    row = bytearray(Image.of_item(ITEM).row())
    row[-3] ^= 1
    with pytest.raises(CorruptRecord):
        Image.of_row(bytes(row))
