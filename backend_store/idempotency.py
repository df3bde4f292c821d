"""Which transactions have been done, by the tokens that their callers gave them.

A token is stored by the job that carries out its transaction, so there is either both or neither, also after a crash.
For ten minutes another request with the token is known for what it is: the same one again, which must not be done
again, or a mistake. Each token has a second entry by the time of its expiry, and each job that stores one takes a few
away that have expired; so as many can be left as came in the last ten minutes, or since the last one came.
"""

from collections.abc import Iterator
from itertools import islice
from math import ceil
from typing import Final

import orjson

from backend_store.kv import keyspace
from backend_store.kv.engine import Reader, Writer
from backend_store.kv.records import read_record, write_record
from microdax.model import limits
from microdax.model.errors import IdempotentParameterMismatchException
from microdax.model.transact_requests import RequestToken

SWEPT_MAX: Final = 4  # by a job: more than it stores, so that what has expired becomes less


def is_repeated(reader: Reader, token: RequestToken, now_s: float) -> bool:
    """Whether this very request has been done; raises where the token was another one's."""
    value = reader.get(keyspace.token_key(token.text))
    if value is None:
        return False
    expiry_s, request_hash = _read(value)
    if expiry_s <= now_s:
        return False
    if request_hash != token.request_hash.hex():
        raise IdempotentParameterMismatchException
    return True


def remember(writer: Writer, token: RequestToken, now_s: float) -> None:
    """The request with this token is done, as far as the job comes to its end."""
    _sweep(writer, now_s)
    _forget(writer, token.text)
    expiry_s = ceil(now_s) + limits.REQUEST_TOKEN_VALID_S
    document = orjson.dumps((expiry_s, token.request_hash.hex()))
    writer.put(keyspace.token_key(token.text), write_record(document))
    writer.put(keyspace.token_expiry_key(expiry_s, token.text), write_record(b""))


def token_faults(reader: Reader) -> Iterator[str]:
    """Describe each token that does not expire at its time, and each expiry of a token that is not there."""
    span = keyspace.tokens_range()
    tokens = {keyspace.token_of(key): _read(value)[0] for key, value in reader.scan(span.first, span.end)}
    span = keyspace.token_expiries_range()
    expiries = {keyspace.token_expiry_of(key) for key, _ in reader.scan(span.first, span.end)}
    for expiry_s, token in sorted({(expiry_s, token) for token, expiry_s in tokens.items()} ^ expiries):
        yield f"the token {token} of a transaction and its expiry at {expiry_s} do not go together"


def _sweep(writer: Writer, now_s: float) -> None:
    span = keyspace.token_expiries_range(until_s=int(now_s))
    for key, _ in list(islice(writer.scan(span.first, span.end), SWEPT_MAX)):
        _forget(writer, keyspace.token_expiry_of(key)[1])


def _forget(writer: Writer, token: str) -> None:
    value = writer.get(keyspace.token_key(token))
    if value is not None:
        writer.delete(keyspace.token_expiry_key(_read(value)[0], token))
        writer.delete(keyspace.token_key(token))


def _read(value: bytes) -> tuple[int, str]:
    """When a token expires, and the hash of its request."""
    expiry_s, request_hash = orjson.loads(read_record(value).document)
    return expiry_s, request_hash
