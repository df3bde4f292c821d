"""The shapes of the requests about exports and imports."""

from collections.abc import Mapping
from typing import Final

from microdax.model import limits
from microdax.wire import index_shapes
from microdax.wire.shapes import (
    Boolean,
    Integer,
    Lengths,
    ListOf,
    Member,
    Name,
    NotSupported,
    Shape,
    String,
    Structure,
    Timestamp,
)


def _structure(name: str, members: Mapping[str, Member | Shape]) -> Structure:
    """A structure of these members; a bare shape is a member that may be absent."""
    return Structure(
        name, {key: member if isinstance(member, Member) else Member(member) for key, member in members.items()}
    )


_TEXT: Final = String()
_TABLE: Final = Name(arn=True)
_ARN: Final = Member(String(lengths=Lengths(limits.BACKUP_ARN_CHARS_MIN, limits.BACKUP_ARN_CHARS_MAX)), required=True)
_TOKEN: Final = String(pattern=r"^[^\$]+$")
_BUCKET: Final = Member(String(lengths=Lengths(0, 255), pattern=r"^[a-z0-9A-Z]+[\.\-\w]*[a-z0-9A-Z]+$"), required=True)
_OWNER: Final = String(pattern="[0-9]{12}")
_PREFIX: Final = String(lengths=Lengths(0, limits.S3_PREFIX_CHARS_MAX))
_KEY_NAME: Final = Member(String(lengths=Lengths(1, limits.KEY_ATTRIBUTE_NAME_BYTES_MAX)), required=True)
_PERIOD: Final = _structure(
    "IncrementalExportSpecification",
    {
        "ExportFromTime": Timestamp(),
        "ExportToTime": Timestamp(),
        "ExportViewType": String(("NEW_IMAGE", "NEW_AND_OLD_IMAGES")),
    },
)
_SOURCE: Final = _structure("S3BucketSource", {"S3BucketOwner": _OWNER, "S3Bucket": _BUCKET, "S3KeyPrefix": _PREFIX})
_CSV: Final = _structure(
    "CsvOptions",
    {
        "Delimiter": String(lengths=Lengths(1, 1), pattern=r"[,;:|\t ]"),
        "HeaderList": ListOf(
            String(lengths=Lengths(1, limits.CSV_HEADER_CHARS_MAX), pattern=r"[\x20-\x21\x23-\x2B\x2D-\x7E]*"),
            Lengths(1, limits.CSV_HEADERS_MAX),
        ),
    },
)
_NEW_TABLE: Final = _structure(
    "TableCreationParameters",
    {
        "TableName": Member(Name(), required=True),
        "AttributeDefinitions": Member(
            ListOf(
                _structure(
                    "AttributeDefinition",
                    {"AttributeName": _KEY_NAME, "AttributeType": Member(String(("B", "N", "S")), required=True)},
                )
            ),
            required=True,
        ),
        "KeySchema": index_shapes.KEY_SCHEMA,
        "BillingMode": String(("PROVISIONED", "PAY_PER_REQUEST")),
        "ProvisionedThroughput": index_shapes.THROUGHPUT,
        "SSESpecification": _structure(
            "SSESpecification", {"Enabled": Boolean(), "SSEType": String(("AES256", "KMS")), "KMSMasterKeyId": _TEXT}
        ),
        "GlobalSecondaryIndexes": index_shapes.GLOBAL_INDEXES,
        "OnDemandThroughput": index_shapes.ON_DEMAND,
        "VectorIndexes": NotSupported("VectorIndexes"),
    },
)

SHAPES: Final[Mapping[str, Structure]] = {
    shape.name: shape
    for shape in (
        _structure(
            "ExportTableToPointInTime",
            {
                "TableArn": Member(_TABLE, required=True),
                "ExportTime": Timestamp(),
                "ClientToken": _TOKEN,
                "S3Bucket": _BUCKET,
                "S3BucketOwner": _OWNER,
                "S3Prefix": _PREFIX,
                "S3SseAlgorithm": String(("AES256", "KMS")),
                "S3SseKmsKeyId": String(lengths=Lengths(1, 2048)),
                "ExportFormat": String(("DYNAMODB_JSON", "ION")),
                "ExportType": String(("FULL_EXPORT", "INCREMENTAL_EXPORT")),
                "IncrementalExportSpecification": _PERIOD,
                "FilterSpecification": NotSupported("FilterSpecification"),
            },
        ),
        _structure("DescribeExport", {"ExportArn": _ARN}),
        _structure(
            "ListExports",
            {"TableArn": _TABLE, "MaxResults": Integer(1, limits.LIST_TRANSFERS_MAX), "NextToken": _TEXT},
        ),
        _structure(
            "ImportTable",
            {
                "ClientToken": _TOKEN,
                "S3BucketSource": Member(_SOURCE, required=True),
                "InputFormat": Member(String(("DYNAMODB_JSON", "ION", "CSV")), required=True),
                "InputFormatOptions": _structure("InputFormatOptions", {"Csv": _CSV}),
                "InputCompressionType": String(("GZIP", "ZSTD", "NONE")),
                "TableCreationParameters": Member(_NEW_TABLE, required=True),
            },
        ),
        _structure("DescribeImport", {"ImportArn": _ARN}),
        _structure(
            "ListImports",
            {"TableArn": _TABLE, "PageSize": Integer(1, limits.LIST_TRANSFERS_MAX), "NextToken": _TEXT},
        ),
    )
}
