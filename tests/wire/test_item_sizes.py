"""The size of a transaction's items is checked as it is read."""

import pytest

from microdax.model import limits
from microdax.model.any_request import AnyRequest
from microdax.model.errors import ValidationException
from microdax.model.requests import BatchPut, BatchWriteItem, GetItem, PutItem
from microdax.model.transact_requests import TransactWriteItems
from microdax.model.values import Item
from microdax.wire.item_sizes import check_item_sizes

LARGEST: Item = {"id": "a", "b": "x" * (limits.ITEM_BYTES_MAX - 4)}
TOO_LARGE: Item = {**LARGEST, "c": None}


def test_an_item_of_a_transaction_has_400_kb_at_most() -> None:
    check_item_sizes(TransactWriteItems((PutItem("films", LARGEST),)))
    with pytest.raises(ValidationException, match="Item size has exceeded the maximum allowed size"):
        check_item_sizes(TransactWriteItems((PutItem("films", TOO_LARGE),)))


@pytest.mark.parametrize(
    "request_",
    [PutItem("films", TOO_LARGE), BatchWriteItem({"films": (BatchPut(TOO_LARGE),)}), GetItem("films", TOO_LARGE)],
)
def test_other_requests_are_left_to_the_store(request_: AnyRequest) -> None:
    check_item_sizes(request_)
