"""ExportTableToPointInTime, DescribeExport and ListExports, as Amazon does them, to a folder that stands for S3."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

from tests.support.backups import exported, recoverable
from tests.support.boto import Client, refused


def arn_of(client: Client, table: str) -> str:
    arn: str = client.describe_table(TableName=table)["Table"]["TableArn"]
    return arn


def test_a_table_is_exported(client: Client, new_table: Callable[..., str], bucket_folder: Path) -> None:
    table = new_table()
    recoverable(client, table)
    items = [{"id": {"S": str(number)}} for number in range(5)]
    for item in items:
        client.put_item(TableName=table, Item=item)
    begun = client.export_table_to_point_in_time(TableArn=arn_of(client, table), S3Bucket="exports", S3Prefix=table)
    assert begun["ExportDescription"]["ExportStatus"] == "IN_PROGRESS"
    ended = exported(client, begun["ExportDescription"]["ExportArn"])
    assert (ended["ExportStatus"], ended["ItemCount"]) == ("COMPLETED", 5)
    assert ended["ExportManifest"].startswith(f"{table}/AWSDynamoDB/")
    (data,) = (bucket_folder / "exports" / table).rglob("*.json.gz")
    lines = gzip.decompress(data.read_bytes()).splitlines()
    found = [json.loads(line)["Item"] for line in lines]
    assert sorted(found, key=lambda item: item["id"]["S"]) == items
    (summary,) = client.list_exports(TableArn=arn_of(client, table))["ExportSummaries"]
    assert summary == {
        "ExportArn": ended["ExportArn"],
        "ExportStatus": "COMPLETED",
        "ExportType": "FULL_EXPORT",
    }


def test_a_table_without_recovery_cannot_be_exported(client: Client, new_table: Callable[..., str]) -> None:
    arn = arn_of(client, new_table())
    refusal = refused(client.export_table_to_point_in_time, TableArn=arn, S3Bucket="exports")
    assert refusal.code == "PointInTimeRecoveryUnavailableException"


def test_a_missing_table_and_a_missing_export_are_told(client: Client, table: str) -> None:
    arn = arn_of(client, table)
    refusal = refused(client.export_table_to_point_in_time, TableArn=arn + "-missing", S3Bucket="exports")
    assert refusal.code == "TableNotFoundException"
    missing = f"{arn}/export/01489173575360-b308cd7d"
    assert refused(client.describe_export, ExportArn=missing).code == "ExportNotFoundException"
