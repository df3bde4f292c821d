"""The size of an item is checked where it is put, by whatever request puts it."""

from collections.abc import Callable

import pytest

from microdax.model import limits
from microdax.model.any_request import AnyRequest
from microdax.model.errors import ValidationException
from microdax.model.requests import BatchDelete, BatchPut, BatchWriteItem, GetItem, PutItem
from microdax.model.transact_requests import TransactWriteItems
from microdax.model.values import Item
from microdax.wire.item_sizes import check_item_sizes

LARGEST: Item = {"id": "a", "b": "x" * (limits.ITEM_BYTES_MAX - 4)}
TOO_LARGE: Item = {**LARGEST, "c": None}

PUTS: list[Callable[[Item], AnyRequest]] = [
    lambda item: PutItem("films", item),
    lambda item: BatchWriteItem({"films": (BatchDelete({"id": "a"}), BatchPut(item))}),
    lambda item: TransactWriteItems((PutItem("films", item),)),
]


@pytest.mark.parametrize("put", PUTS)
def test_an_item_has_400_kb_at_most(put: Callable[[Item], AnyRequest]) -> None:
    check_item_sizes(put(LARGEST))
    with pytest.raises(ValidationException, match="Item size has exceeded the maximum allowed size"):
        check_item_sizes(put(TOO_LARGE))


def test_a_request_that_puts_nothing_is_of_any_size() -> None:
    check_item_sizes(GetItem("films", TOO_LARGE))
