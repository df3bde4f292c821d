"""Exports: a table's items, or what has changed in it, as files in a bucket, laid out as Amazon lays them out.

=====================================  =======================================================================
AWSDynamoDB/ID/_started                empty: the bucket can be written to
AWSDynamoDB/ID/data/NAME.json.gz       items of a full export, a line of DynamoDB JSON each
AWSDynamoDB/data/NAME.json.gz          changes of an incremental export, likewise
AWSDynamoDB/ID/manifest-files.json     a line for each data file: its key, items and MD5
AWSDynamoDB/ID/manifest-summary.json   what was exported, written last: where it is, all is
=====================================  =======================================================================

Beside each manifest stands its MD5 in a file that ends with .md5. All of it stands under the prefix of the request.
"""

import base64
import gzip
import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import BinaryIO, Final

import orjson

from backend_store.buckets import Buckets
from backend_store.images import Image
from backend_store.past import NetChange
from microdax.model import limits
from microdax.model.tables import Document
from microdax.model.transfer_requests import ExportView

FILE_BYTES_MAX: Final = 64 * limits.MIB  # of lines, before they are compressed
LINES_PER_STEP: Final = 1_000
_COMPRESSION: Final = 6


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a data file, and what it counts for in the export's size."""

    text: bytes
    size_bytes: int


@dataclass(frozen=True, slots=True)
class DataFile:
    """A data file that has been written."""

    key: str
    lines: int
    size_bytes: int
    md5: bytes
    is_full: bool

    def document(self) -> Document:
        return {
            "itemCount": self.lines,
            "md5Checksum": base64.b64encode(self.md5).decode(),
            "etag": self.md5.hex(),
            "dataFileS3Key": self.key,
        }


@dataclass(frozen=True, slots=True)
class Written:
    """What an export has written: how many items, of how many bytes."""

    items: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where an export goes: `id` is its ARN's end."""

    buckets: Buckets
    bucket: str
    prefix: str
    id: str

    def key(self, rest: str) -> str:
        return f"{self.prefix}AWSDynamoDB/{rest}"

    @property
    def summary_key(self) -> str:
        return self.key(f"{self.id}/manifest-summary.json")

    def write(self, key: str, content: bytes) -> None:
        with self.buckets.new_object(self.bucket, key) as file:
            file.write(content)

    def write_manifest(self, name: str, content: bytes) -> None:
        self.write(self.key(f"{self.id}/{name}.json"), content)
        digest = hashlib.md5(content, usedforsecurity=False).digest()
        self.write(self.key(f"{self.id}/{name}.md5"), base64.b64encode(digest))


def full_line(row: bytes) -> Line:
    image = Image.of_value(row)
    return Line(b'{"Item":' + image.document + b"}\n", image.size_bytes)


def change_line(change: NetChange, view: ExportView) -> Line:
    images = {"OldImage": change.old if view == "NEW_AND_OLD_IMAGES" else None, "NewImage": change.new}
    there = {name: image for name, image in images.items() if image is not None}
    document = {
        "Metadata": {"WriteTimestampMicros": {"N": str(change.at_ms * 1000)}},
        "Keys": orjson.Fragment(change.key),
        **{name: orjson.Fragment(image.document) for name, image in there.items()},
    }
    return Line(orjson.dumps(document) + b"\n", sum(image.size_bytes for image in there.values()))


def write_export(
    place: Place, data: str, lines: Iterable[Line], summary: Callable[[Written], Document], step: Callable[[], None]
) -> Written:
    """Write a whole export, in a worker thread; `data` is the folder of its data files. Raises OSError."""
    place.write(place.key(f"{place.id}/_started"), b"")
    files: list[DataFile] = []
    source = iter(lines)
    while not files or files[-1].is_full:
        key = place.key(f"{data}/{place.id}-{len(files):06}.json.gz")
        files.append(_write_file(place, key, source, step))
    place.write_manifest("manifest-files", b"".join(orjson.dumps(file.document()) + b"\n" for file in files))
    written = Written(sum(file.lines for file in files), sum(file.size_bytes for file in files))
    place.write_manifest("manifest-summary", orjson.dumps(summary(written)))
    return written


def iso_time(time_s: float) -> str:
    """The time as manifests write it."""
    return datetime.fromtimestamp(time_s, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class _Hashed:
    """A file that is written, and the MD5 of what has been."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._digest = hashlib.md5(usedforsecurity=False)

    def write(self, data: bytes) -> int:
        self._digest.update(data)
        return self._file.write(data)

    def flush(self) -> None:
        self._file.flush()

    def md5(self) -> bytes:
        return self._digest.digest()


def _write_file(place: Place, key: str, source: Iterator[Line], step: Callable[[], None]) -> DataFile:
    """Write lines until the file is full or there are no more."""
    lines = size_bytes = text_bytes = 0
    step()
    with place.buckets.new_object(place.bucket, key) as file:
        hashed = _Hashed(file)
        with gzip.GzipFile(fileobj=hashed, mode="wb", compresslevel=_COMPRESSION, mtime=0) as packed:
            for line in source:
                packed.write(line.text)
                lines, size_bytes, text_bytes = lines + 1, size_bytes + line.size_bytes, text_bytes + len(line.text)
                if text_bytes >= FILE_BYTES_MAX:
                    break
                if lines % LINES_PER_STEP == 0:
                    step()
    return DataFile(key, lines, size_bytes, hashed.md5(), is_full=text_bytes >= FILE_BYTES_MAX)
