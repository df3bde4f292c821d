"""ListStreams, DescribeStream, GetShardIterator and GetRecords: the change log as DynamoDB Streams show it.

A stream is the part of its table's log between the numbers of its shards, and of that the last 24 hours. What is
older may still be in the log, for recovery to a point in time, but is trimmed as far as a reader of the stream can
see.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

import orjson

from backend_store import change_log, shards
from backend_store.catalog import Catalog
from backend_store.change_log import ChangeRecord
from backend_store.images import Image
from backend_store.kv.engine import Reader
from backend_store.operations.shard_iterators import ShardIterator, read_shard_iterator
from backend_store.shards import Shard
from backend_store.table import Table
from backend_store.table_state import state_of
from microdax.model import limits
from microdax.model.errors import ResourceNotFoundException, TrimmedDataAccessException, ValidationException
from microdax.model.stream_requests import DescribeStream, GetRecords, GetShardIterator, ListStreams
from microdax.model.streams import KEPT_S, Stream
from microdax.model.tables import key_schema_document

_STREAM_ARN: Final = re.compile(r"arn:[^:]+:dynamodb:[^:]*:[^:]*:table/([a-zA-Z0-9_.-]+)/stream/.+")
_SEQUENCE_OFFSET: Final = 10**20  # so that all sequence numbers have the 21 digits that the API asks for
_TIMESTAMP_MAX_S: Final = 2.0**40  # later than any record
_READ_BYTES_MAX: Final = 4 * limits.MIB  # of whole records for one page, of which the stream may show only the keys
_SERVICE: Final = {"PrincipalId": "dynamodb.amazonaws.com", "Type": "Service"}


@dataclass(frozen=True, slots=True)
class _OpenStream:
    """A stream that can be read, and its table."""

    table: Table
    stream: Stream

    @property
    def arn(self) -> str:
        return self.stream.arn(self.table.description.arn)

    def horizon(self, reader: Reader) -> int:
        """The number behind the newest change that the stream shows no more."""
        before_ms = self.table.now_ms() - KEPT_S * 1000
        return change_log.sequence_at(reader, self.table, state_of(reader, self.table), before_ms)

    def shards(self, reader: Reader) -> list[Shard]:
        return shards.shards_of(reader, self.table, self.stream.label)

    def shard_id(self, opened: int) -> str:
        """The name of the shard that was opened with this number."""
        return f"shardId-{opened:020d}-{blake2b(self.stream.label.encode(), digest_size=4).hexdigest()}"


def list_streams(request: ListStreams, catalog: Catalog) -> Mapping[str, object]:
    found = sorted(_listed(catalog, request.table), key=lambda stream: stream.arn)
    start = request.exclusive_start_stream_arn
    if start is not None:
        _table_name(start)
    left = [stream for stream in found if start is None or stream.arn > start]
    page = left[: request.limit or limits.STREAMS_PAGE_MAX]
    members: dict[str, object] = {
        "Streams": [
            {"StreamArn": one.arn, "TableName": one.table.name, "StreamLabel": one.stream.label} for one in page
        ]
    }
    return members if len(page) == len(left) else {**members, "LastEvaluatedStreamArn": page[-1].arn}


def describe_stream(request: DescribeStream, catalog: Catalog) -> Callable[[Reader], bytes]:
    found = _find(catalog, request.stream_arn)

    def work(reader: Reader) -> bytes:
        page, last = _page_of_shards(request, found, found.shards(reader))
        stream, table = found.stream, found.table
        description: dict[str, object] = {
            "StreamArn": found.arn,
            "StreamLabel": stream.label,
            "StreamStatus": "ENABLED" if stream.enabled else "DISABLED",
            "StreamViewType": stream.view_type,
            "CreationRequestDateTime": stream.created_s,
            "TableName": table.name,
            "KeySchema": key_schema_document(table.key_schema),
            "Shards": [_shard_document(found, shard) for shard in page],
        }
        if last is not None:
            description["LastEvaluatedShardId"] = last
        return orjson.dumps({"StreamDescription": description})

    return work


def get_shard_iterator(request: GetShardIterator, catalog: Catalog) -> Callable[[Reader], bytes]:
    found = _find(catalog, request.stream_arn)

    def work(reader: Reader) -> bytes:
        shard = next((one for one in found.shards(reader) if found.shard_id(one.opened) == request.shard_id), None)
        if shard is None:
            raise ResourceNotFoundException(
                f"Requested resource not found: Shard: {request.shard_id} in Stream: {found.arn} not found"
            )
        position = _position(request, reader, found, shard)
        iterator = ShardIterator(found.arn, shard.opened, position, found.table.now_ms())
        return orjson.dumps({"ShardIterator": iterator.text()})

    return work


def get_records(request: GetRecords, catalog: Catalog, now_ms: int) -> Callable[[Reader], bytes]:
    iterator = read_shard_iterator(request.shard_iterator, now_ms)
    found = _find(catalog, iterator.stream_arn)

    def work(reader: Reader) -> bytes:
        shard = next((one for one in found.shards(reader) if one.opened == iterator.shard), None)
        if shard is None:
            raise ResourceNotFoundException("Requested resource not found: the iterator's shard is no longer kept")
        if iterator.position < found.horizon(reader):
            raise _trimmed()
        records = change_log.records(reader, found.table, iterator.position, shard.closed)
        page, is_last = _page_of_records(found, records, request.limit or limits.STREAM_RECORDS_MAX)
        members: dict[str, object] = {"Records": [_record_document(found, record) for record in page]}
        if not is_last or shard.closed is None:
            position = page[-1].sequence + 1 if page else iterator.position
            members["NextShardIterator"] = ShardIterator(found.arn, shard.opened, position, now_ms).text()
        return orjson.dumps(members)

    return work


def _listed(catalog: Catalog, table_name: str | None) -> Iterator[_OpenStream]:
    """The streams of all tables, or of one; a table that is not there has none."""
    for table in catalog.tables():
        if table_name in (None, table.name):
            for stream in table.description.streams.readable(table.clock()):
                yield _OpenStream(table, stream)


def _table_name(stream_arn: str) -> str:
    """The name of the stream's table; raises ValidationException for what is no stream's ARN."""
    match = _STREAM_ARN.fullmatch(stream_arn)
    if match is None:
        raise ValidationException(f"Invalid StreamArn: {stream_arn}")
    return match[1]


def _find(catalog: Catalog, stream_arn: str) -> _OpenStream:
    for found in _listed(catalog, _table_name(stream_arn)):
        if found.arn == stream_arn:
            return found
    raise ResourceNotFoundException(f"Requested resource not found: Stream: {stream_arn} not found")


def _page_of_shards(
    request: DescribeStream, found: _OpenStream, all_shards: Sequence[Shard]
) -> tuple[list[Shard], str | None]:
    """The shards asked for, and the last one's name where there are more."""
    start, parent = request.exclusive_start_shard_id, request.children_of
    left = [
        shard
        for shard in all_shards
        if (start is None or found.shard_id(shard.opened) > start)
        and (parent is None or (shard.parent is not None and found.shard_id(shard.parent) == parent))
    ]
    page = left[: request.limit or limits.STREAMS_PAGE_MAX]
    return page, None if len(page) == len(left) else found.shard_id(page[-1].opened)


def _shard_document(found: _OpenStream, shard: Shard) -> dict[str, object]:
    numbers = {"StartingSequenceNumber": _sequence_text(shard.opened)}
    if shard.closed is not None:
        numbers["EndingSequenceNumber"] = _sequence_text(shard.closed)
    document: dict[str, object] = {"ShardId": found.shard_id(shard.opened), "SequenceNumberRange": numbers}
    return document if shard.parent is None else {**document, "ParentShardId": found.shard_id(shard.parent)}


def _position(request: GetShardIterator, reader: Reader, found: _OpenStream, shard: Shard) -> int:
    """The number that is to be read first."""
    state, horizon = state_of(reader, found.table), found.horizon(reader)
    if request.type == "LATEST":
        return state.sequence + 1 if shard.closed is None else shard.closed
    if request.type == "TRIM_HORIZON":
        return max(shard.opened, horizon)
    if request.timestamp_s is not None and request.type == "AT_TIMESTAMP":
        at_s = min(max(0.0, request.timestamp_s), _TIMESTAMP_MAX_S)
        at = change_log.sequence_at(reader, found.table, state, round(at_s * 1000))
        return max(shard.opened, horizon, at)
    number = _read_sequence(request.sequence_number or "")
    if not shard.opened <= number <= (state.sequence if shard.closed is None else shard.closed):
        raise ValidationException("Invalid SequenceNumber: it is not in the range of the shard")
    position = number + (request.type == "AFTER_SEQUENCE_NUMBER")
    if position < horizon:
        raise _trimmed()
    return position


def _page_of_records(
    found: _OpenStream, records: Iterator[ChangeRecord], limit: int
) -> tuple[list[ChangeRecord], bool]:
    """As many records as a reply may hold, and whether there are no more."""
    page: list[ChangeRecord] = []
    shown_bytes = read_bytes = 0
    for record in records:
        shown_bytes += _record_bytes(found.stream, record)
        read_bytes += sum(image.size_bytes for image in (record.old, record.new) if image is not None)
        is_full = len(page) == limit or shown_bytes > limits.PAGE_BYTES_MAX or read_bytes > _READ_BYTES_MAX
        if page and is_full:
            return page, False
        page.append(record)
    return page, True


def _record_document(found: _OpenStream, record: ChangeRecord) -> dict[str, object]:
    change: dict[str, object] = {
        "ApproximateCreationDateTime": record.at_ms // 1000,
        "Keys": orjson.Fragment(record.key),
    }
    for name, image in _images(found.stream, record):
        change[name] = orjson.Fragment(image.document)
    change["SequenceNumber"] = _sequence_text(record.sequence)
    change["SizeBytes"] = _record_bytes(found.stream, record)
    change["StreamViewType"] = found.stream.view_type
    document: dict[str, object] = {
        "eventID": blake2b(f"{found.arn}/{record.sequence}".encode(), digest_size=16).hexdigest(),
        "eventName": record.event,
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": found.arn.split(":")[3],
        "dynamodb": change,
    }
    return {**document, "userIdentity": _SERVICE} if record.by_service else document


def _images(stream: Stream, record: ChangeRecord) -> Iterator[tuple[str, Image]]:
    """The images that the stream shows."""
    if record.new is not None and stream.view_type in ("NEW_IMAGE", "NEW_AND_OLD_IMAGES"):
        yield "NewImage", record.new
    if record.old is not None and stream.view_type in ("OLD_IMAGE", "NEW_AND_OLD_IMAGES"):
        yield "OldImage", record.old


def _record_bytes(stream: Stream, record: ChangeRecord) -> int:
    return record.key_bytes + sum(image.size_bytes for _, image in _images(stream, record))


def _sequence_text(sequence: int) -> str:
    return str(_SEQUENCE_OFFSET + sequence)


def _read_sequence(text: str) -> int:
    """The inverse of `_sequence_text`; what it did not write is in no shard's range."""
    return int(text) - _SEQUENCE_OFFSET if text.isascii() and text.isdigit() else -1


def _trimmed() -> TrimmedDataAccessException:
    return TrimmedDataAccessException("The data you are trying to access has been trimmed.")
