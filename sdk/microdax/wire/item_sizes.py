"""How large the items of a transaction may be: measured after it is read, and only where its body is long.

Items that are put alone or in a batch are measured by the store, for of them the service says first that there is no
such table.
"""

from microdax.model import limits
from microdax.model.any_request import AnyRequest
from microdax.model.errors import ValidationException
from microdax.model.requests import PutItem
from microdax.model.transact_requests import TransactWriteItems
from microdax.model.values import Item, item_bytes
from microdax.wire.transact_requests import check_transaction_size


def check_item_sizes(request: AnyRequest) -> None:
    """Refuse a request with an item that is too large."""
    match request:
        case TransactWriteItems():
            for action in request.actions:
                if isinstance(action, PutItem):
                    _check_item_size(action.item)
            check_transaction_size(request)
        case _:
            return


def _check_item_size(item: Item) -> None:
    if item_bytes(item) > limits.ITEM_BYTES_MAX:
        raise ValidationException("Item size has exceeded the maximum allowed size")
