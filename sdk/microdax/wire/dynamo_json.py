"""DynamoDB JSON, the front of what reads and writes it: values and items (`item_json`), requests (`requests`)."""

from microdax.wire.item_json import (
    decode_item,
    encode_item,
    item_from_json,
    item_to_json,
    value_from_json,
    value_to_json,
)
from microdax.wire.requests import decode_request

__all__ = [
    "decode_item",
    "decode_request",
    "encode_item",
    "item_from_json",
    "item_to_json",
    "value_from_json",
    "value_to_json",
]
