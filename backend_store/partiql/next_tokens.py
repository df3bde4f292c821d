"""NextToken: where a SELECT goes on, for the caller to hand back.

It holds which of the statement's ranges of rows comes next, the key of the last row read in it, and a hash of the
statement and its parameters. A token of another statement is refused by the hash. One that a caller has made up can
only begin in another place of what the statement reads, for the key in it is checked like any ExclusiveStartKey.
"""

import base64
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

import orjson

from microdax.model.errors import DynamoDBError, ValidationException
from microdax.model.partiql_requests import StatementText
from microdax.model.values import Item
from microdax.wire.dynamo_json import encode_item, item_from_json, value_to_json

_HASH_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Place:
    """Behind `after` in the range of this number; at its beginning where that is None."""

    range_number: int = 0
    after: Item | None = None


def write_token(place: Place, statement: StatementText) -> str:
    after = None if place.after is None else orjson.Fragment(encode_item(place.after))
    return base64.urlsafe_b64encode(orjson.dumps([_hash(statement), place.range_number, after])).decode()


def read_token(token: str | None, statement: StatementText) -> Place:
    """The inverse of `write_token`; the beginning where there is none."""
    if token is None:
        return Place()
    try:
        statement_hash, range_number, after = orjson.loads(base64.b64decode(token, altchars=b"-_", validate=True))
        place = Place(range_number, None if after is None else item_from_json(after))
    except (ValueError, TypeError, DynamoDBError):
        raise ValidationException("Invalid NextToken") from None
    if not isinstance(range_number, int) or range_number < 0:
        raise ValidationException("Invalid NextToken")
    if statement_hash != _hash(statement):
        raise ValidationException("NextToken does not match request")
    return place


def _hash(statement: StatementText) -> str:
    parameters = [value_to_json(parameter) for parameter in statement.parameters]
    document = orjson.dumps([statement.text, parameters], option=orjson.OPT_SORT_KEYS)
    return blake2b(document, digest_size=_HASH_BYTES).hexdigest()
