"""How large the items of a request may be: measured after the request is read, and only where its body is long."""

from microdax.model import limits
from microdax.model.any_request import AnyRequest
from microdax.model.errors import ValidationException
from microdax.model.requests import BatchPut, BatchWriteItem, PutItem
from microdax.model.transact_requests import TransactWriteItems
from microdax.model.values import Item, item_bytes
from microdax.wire.transact_requests import check_transaction_size


def check_item_sizes(request: AnyRequest) -> None:
    """Refuse a request with an item that is too large."""
    match request:
        case PutItem():
            _check_item_size(request.item)
        case TransactWriteItems():
            for action in request.actions:
                if isinstance(action, PutItem):
                    _check_item_size(action.item)
            check_transaction_size(request)
        case BatchWriteItem():
            for writes in request.tables.values():
                for write in writes:
                    if isinstance(write, BatchPut):
                        _check_item_size(write.item)
        case _:
            return


def _check_item_size(item: Item) -> None:
    if item_bytes(item) > limits.ITEM_BYTES_MAX:
        raise ValidationException("Item size has exceeded the maximum allowed size")
