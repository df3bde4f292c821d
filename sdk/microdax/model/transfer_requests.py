"""The requests about exports and imports, checked for shape. Times are seconds since the epoch."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from microdax.model.requests import CreateTable

ExportView = Literal["NEW_IMAGE", "NEW_AND_OLD_IMAGES"]
InputFormat = Literal["DYNAMODB_JSON", "CSV"]
Compression = Literal["NONE", "GZIP"]


@dataclass(frozen=True, slots=True)
class Period:
    """What an incremental export is of: the changes at and after `from_s` and before `until_s`, None being now."""

    from_s: float
    until_s: float | None
    view: ExportView = "NEW_AND_OLD_IMAGES"


@dataclass(frozen=True, slots=True)
class ExportTable:
    """`time_s` None is now. `members` is the request as it was sent, which its ClientToken stands for."""

    table: str
    bucket: str
    prefix: str | None
    members: Mapping[str, object]
    client_token: str | None = None
    time_s: float | None = None
    period: Period | None = None


@dataclass(frozen=True, slots=True)
class DescribeExport:
    arn: str


@dataclass(frozen=True, slots=True)
class ListExports:
    table: str | None = None
    max_results: int | None = None
    next_token: str | None = None


@dataclass(frozen=True, slots=True)
class CsvOptions:
    """`headers` None is the first line of each file."""

    delimiter: str = ","
    headers: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class ImportTable:
    """`members` is the request as it was sent, which its ClientToken stands for and its description shows."""

    table: CreateTable
    bucket: str
    prefix: str
    format: InputFormat
    members: Mapping[str, object]
    compression: Compression = "NONE"
    csv: CsvOptions = CsvOptions()
    client_token: str | None = None


@dataclass(frozen=True, slots=True)
class DescribeImport:
    arn: str


@dataclass(frozen=True, slots=True)
class ListImports:
    table: str | None = None
    page_size: int | None = None
    next_token: str | None = None


TransferRequest: TypeAlias = ExportTable | DescribeExport | ListExports | ImportTable | DescribeImport | ListImports
