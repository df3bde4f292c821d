"""How a value is framed: every value in the store is a record.

=========  =============================================================================================
format     1 byte; a version that cannot read a record can at least say so
checksum   4 bytes, CRC-32 of all that follows, so that a damaged file is noticed and never served
size       4 bytes, what the item counts for DynamoDB's limits, pages and capacity, without decoding it
document   the rest: an item's DynamoDB JSON, or what the catalog keeps
=========  =============================================================================================
"""

from collections.abc import Iterable, Iterator
from struct import Struct
from typing import Final, NamedTuple
from zlib import crc32

from backend_store.kv.engine import CorruptRecord

_FORMAT: Final = 1
_HEAD: Final = Struct(">BII")
_SIZE: Final = Struct(">I")
_CHECKED_FROM: Final = _HEAD.size - _SIZE.size


class Record(NamedTuple):
    """A document and its size as DynamoDB counts it."""

    document: bytes
    item_bytes: int


def write_record(document: bytes, item_bytes: int = 0) -> bytes:
    checksum = crc32(document, crc32(_SIZE.pack(item_bytes)))
    return _HEAD.pack(_FORMAT, checksum, item_bytes) + document


def read_record(value: bytes) -> Record:
    """The inverse of `write_record`; raises CorruptRecord where the value is not what was written."""
    if len(value) < _HEAD.size:
        raise CorruptRecord(f"a record of {len(value)} bytes is shorter than its head")
    record_format, checksum, item_bytes = _HEAD.unpack_from(value)
    if record_format != _FORMAT:
        raise CorruptRecord(f"a record has the unknown format {record_format}")
    if crc32(memoryview(value)[_CHECKED_FROM:]) != checksum:
        raise CorruptRecord("a record does not match its checksum")
    return Record(value[_HEAD.size :], item_bytes)


def record_faults(pairs: Iterable[tuple[bytes, bytes]]) -> Iterator[str]:
    """Describe each value that is not a sound record."""
    for key, value in pairs:
        try:
            read_record(value)
        except CorruptRecord as error:
            yield f"at key {key.hex()}: {error.message}"
