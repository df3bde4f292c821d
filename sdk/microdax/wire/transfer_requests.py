"""The rules of requests about exports and imports."""

from collections.abc import Callable, Mapping
from typing import Final

from microdax.model.errors import ValidationException
from microdax.model.transfer_requests import (
    CsvOptions,
    DescribeExport,
    DescribeImport,
    ExportTable,
    ImportTable,
    ListExports,
    ListImports,
    Period,
    TransferRequest,
)
from microdax.wire.shapes import Members
from microdax.wire.table_requests import read_create_table

_INVALID: Final = "One or more parameter values were invalid: "


def _read_export_table(members: Members) -> ExportTable:
    if members.get("ExportFormat") == "ION":
        raise ValidationException("ExportFormat ION is not supported by this version of microdax: use DYNAMODB_JSON")
    return ExportTable(
        table=members["TableArn"],
        bucket=members["S3Bucket"],
        prefix=members.get("S3Prefix"),
        members=members,
        client_token=members.get("ClientToken"),
        time_s=members.get("ExportTime"),
        period=_read_period(members),
    )


def _read_period(members: Members) -> Period | None:
    specification: Members | None = members.get("IncrementalExportSpecification")
    if members.get("ExportType") != "INCREMENTAL_EXPORT":
        if specification is not None:
            raise ValidationException(
                f"{_INVALID}IncrementalExportSpecification can only be specified for an INCREMENTAL_EXPORT"
            )
        return None
    if "ExportTime" in members:
        raise ValidationException(f"{_INVALID}ExportTime cannot be specified for an INCREMENTAL_EXPORT")
    if specification is None or "ExportFromTime" not in specification:
        raise ValidationException(f"{_INVALID}ExportFromTime must be specified for an INCREMENTAL_EXPORT")
    return Period(
        from_s=specification["ExportFromTime"],
        until_s=specification.get("ExportToTime"),
        view=specification.get("ExportViewType", "NEW_AND_OLD_IMAGES"),
    )


def _read_describe_export(members: Members) -> DescribeExport:
    return DescribeExport(members["ExportArn"])


def _read_list_exports(members: Members) -> ListExports:
    return ListExports(members.get("TableArn"), members.get("MaxResults"), members.get("NextToken"))


def _read_import_table(members: Members) -> ImportTable:
    source = members["S3BucketSource"]
    if members["InputFormat"] == "ION":
        raise ValidationException(
            "InputFormat ION is not supported by this version of microdax: use DYNAMODB_JSON or CSV"
        )
    if members.get("InputCompressionType") == "ZSTD":
        raise ValidationException(
            "InputCompressionType ZSTD is not supported by this version of microdax: use GZIP or NONE"
        )
    return ImportTable(
        table=read_create_table(members["TableCreationParameters"]),
        bucket=source["S3Bucket"],
        prefix=source.get("S3KeyPrefix", ""),
        format=members["InputFormat"],
        members=members,
        compression=members.get("InputCompressionType", "NONE"),
        csv=_read_csv_options(members),
        client_token=members.get("ClientToken"),
    )


def _read_csv_options(members: Members) -> CsvOptions:
    options: Members | None = members.get("InputFormatOptions", {}).get("Csv")
    if options is None:
        return CsvOptions()
    if members["InputFormat"] != "CSV":
        raise ValidationException(f"{_INVALID}InputFormatOptions.Csv can only be specified for the InputFormat CSV")
    headers = options.get("HeaderList")
    return CsvOptions(options.get("Delimiter", ","), None if headers is None else tuple(headers))


def _read_describe_import(members: Members) -> DescribeImport:
    return DescribeImport(members["ImportArn"])


def _read_list_imports(members: Members) -> ListImports:
    return ListImports(members.get("TableArn"), members.get("PageSize"), members.get("NextToken"))


READERS: Final[Mapping[str, Callable[[Members], TransferRequest]]] = {
    "ExportTableToPointInTime": _read_export_table,
    "DescribeExport": _read_describe_export,
    "ListExports": _read_list_exports,
    "ImportTable": _read_import_table,
    "DescribeImport": _read_describe_import,
    "ListImports": _read_list_imports,
}
