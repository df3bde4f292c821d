"""Reading the files of an import: lines of DynamoDB JSON, or CSV, whole or packed by gzip.

A file is read as a stream, so its length does not matter; a line longer than any item's is an error like one that is
no item. What is wrong with an item is counted, and the rest goes on.
"""

import base64
import binascii
import csv
import gzip
import os
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final, Protocol, TypeAlias, cast

import orjson

from backend_store.buckets import Buckets
from backend_store.images import Image
from backend_store.index_keys import check_index_keys
from microdax.model import limits
from microdax.model.errors import DynamoDBError, ValidationException
from microdax.model.keys import key_of_item
from microdax.model.tables import TableDescription
from microdax.model.transfer_requests import Compression, CsvOptions, InputFormat
from microdax.model.values import Item, Value, parse_number
from microdax.wire.dynamo_json import item_from_json

LINE_BYTES_MAX: Final = 16 * limits.ITEM_BYTES_MAX  # JSON of an item, however many of its bytes are escaped

csv.field_size_limit(LINE_BYTES_MAX)  # the module's own is less than an attribute may have

# The items of a file in their order; None for what is none.
Items: TypeAlias = Iterator[Item | None]


class Lines(Protocol):
    """A stream that is read by its lines."""

    def readline(self, size: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Source:
    """Where an import reads, and how."""

    buckets: Buckets
    bucket: str
    format: InputFormat
    compression: Compression
    csv: CsvOptions


@dataclass(slots=True)
class Counts:
    """How far an import has come. Written by its thread, read by others."""

    processed: int = 0
    imported: int = 0
    errors: int = 0
    size_bytes: int = 0


def read_images(source: Source, keys: Sequence[str], table: TableDescription, counts: Counts) -> Iterator[Image]:
    """The images of all items that are right, in a worker thread; `counts` counts them, and what is wrong."""
    for key in keys:
        with source.buckets.object(source.bucket, key) as file:
            for item in _items(source, file, table):
                counts.processed += 1
                image = None if item is None else _checked(item, table)
                if image is None:
                    counts.errors += 1
                else:
                    counts.imported += 1
                    yield image
            counts.size_bytes += os.fstat(file.fileno()).st_size


def _checked(item: Item, table: TableDescription) -> Image | None:
    try:
        key_of_item(table.key_schema, item)
        check_index_keys(table, item)
    except ValidationException:
        return None
    image = Image.of_item(item)
    return image if image.size_bytes <= limits.ITEM_BYTES_MAX else None


def _items(source: Source, file: BinaryIO, table: TableDescription) -> Items:
    """The items of one file. Where the rest of it cannot be read, that is one error."""
    stream = gzip.GzipFile(fileobj=file) if source.compression == "GZIP" else file
    try:
        yield from _csv_items(stream, source.csv, table) if source.format == "CSV" else _json_items(stream)
    except (EOFError, gzip.BadGzipFile, zlib.error, csv.Error):
        yield None


def _lines(stream: Lines) -> Iterator[bytes | None]:
    """The lines, with their ends; None for one that is too long."""
    while line := stream.readline(LINE_BYTES_MAX + 1):
        if len(line) <= LINE_BYTES_MAX:
            yield line
            continue
        while line and not line.endswith(b"\n"):
            line = stream.readline(LINE_BYTES_MAX)
        yield None


# ---- DynamoDB JSON


def _json_items(stream: Lines) -> Items:
    return (None if line is None else _json_item(line) for line in _lines(stream) if line is None or line.strip())


def _json_item(line: bytes) -> Item | None:
    try:
        document: object = orjson.loads(line)
        return item_from_json(cast(dict[str, object], document)["Item"]) if isinstance(document, dict) else None
    except (orjson.JSONDecodeError, KeyError, DynamoDBError):
        return None


# ---- CSV


def _csv_items(stream: Lines, options: CsvOptions, table: TableDescription) -> Items:
    """Key attributes have the types that the table gives them, all others are strings."""
    types: dict[str, str] = {attribute.name: attribute.type for attribute in table.attributes}
    rows = csv.reader(_texts(stream), delimiter=options.delimiter)
    headers = next(rows, None) if options.headers is None else options.headers
    for row in rows:
        if row and headers is not None:
            yield _csv_item(headers, row, types)


def _texts(stream: Lines) -> Iterator[str]:
    for number, line in enumerate(_lines(stream)):
        if line is None:
            raise csv.Error("a line is too long")
        try:
            yield line.decode("utf-8-sig" if number == 0 else "utf-8")
        except UnicodeDecodeError as error:
            raise csv.Error("not UTF-8") from error


def _csv_item(headers: Sequence[str], row: Sequence[str], types: Mapping[str, str]) -> Item | None:
    """The item of a row; what a row lacks at its end is not in the item."""
    if len(row) > len(headers):
        return None
    try:
        return {name: _csv_value(text, types.get(name, "S")) for name, text in zip(headers, row, strict=False)}
    except (ValidationException, binascii.Error):
        return None


def _csv_value(text: str, type_name: str) -> Value:
    if type_name == "N":
        return parse_number(text)
    return base64.b64decode(text, validate=True) if type_name == "B" else text
