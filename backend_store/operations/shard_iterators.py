"""Shard iterators: a position in a shard as the opaque text that a caller brings back.

All that is needed to go on stands in the text, so the store keeps nothing for a reader and a restart ends no
iteration. A check sum tells a text of ours from any other.
"""

import base64
from dataclasses import dataclass
from hashlib import blake2b
from struct import Struct
from typing import Final

from microdax.model import limits
from microdax.model.errors import ExpiredIteratorException, ValidationException

_NUMBERS: Final = Struct(">3Q")
_CHECK_BYTES: Final = 8


@dataclass(frozen=True, slots=True)
class ShardIterator:
    """The next number to read of the shard that was opened with a number, as of when it was handed out."""

    stream_arn: str
    shard: int
    position: int
    issued_ms: int

    def text(self) -> str:
        numbers = _NUMBERS.pack(self.shard, self.position, self.issued_ms)
        return f"{self.stream_arn}|1|{base64.b64encode(numbers + _check(self.stream_arn, numbers)).decode()}"


def read_shard_iterator(text: str, now_ms: int) -> ShardIterator:
    """The inverse of `text`; raises ValidationException or ExpiredIteratorException."""
    stream_arn, _, rest = text.partition("|1|")
    try:
        content = base64.b64decode(rest, validate=True)
    except ValueError:  # no base64, or no ASCII
        raise _invalid() from None
    numbers = content[: _NUMBERS.size]
    if len(numbers) < _NUMBERS.size or content[_NUMBERS.size :] != _check(stream_arn, numbers):
        raise _invalid()
    iterator = ShardIterator(stream_arn, *_NUMBERS.unpack(numbers))
    if now_ms - iterator.issued_ms > limits.SHARD_ITERATOR_S * 1000:
        raise ExpiredIteratorException(
            "The iterator has expired: it was handed out more than "
            f"{limits.SHARD_ITERATOR_S // 60} minutes ago. Request a new shard iterator."
        )
    return iterator


def _check(stream_arn: str, numbers: bytes) -> bytes:
    return blake2b(numbers + stream_arn.encode(), digest_size=_CHECK_BYTES).digest()


def _invalid() -> ValidationException:
    return ValidationException("Invalid ShardIterator")
