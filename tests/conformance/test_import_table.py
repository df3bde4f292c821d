"""ImportTable, DescribeImport and ListImports, as Amazon does them, from a folder that stands for S3."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.backups import imported
from tests.support.boto import Client, keyed, refused, unique


def asked(table: str, prefix: str, **members: Any) -> dict[str, Any]:
    source = {"S3Bucket": "imports", "S3KeyPrefix": prefix}
    return {
        "S3BucketSource": source,
        "InputFormat": "DYNAMODB_JSON",
        "TableCreationParameters": keyed(table),
        **members,
    }


@pytest.fixture
def prefix(bucket_folder: Path) -> Iterator[str]:
    """A prefix that one file has, with an item and a line that is none."""
    name = unique("prefix")
    folder = bucket_folder / "imports" / name
    folder.mkdir(parents=True)
    (folder / "items.json").write_text('{"Item":{"id":{"S":"a"}}}\n{"Item":{"id":{"N":"1"}}}\n')
    (folder / "items.csv").write_text("id,text\na,one\nb,two\n")
    yield name


def test_items_are_imported_and_faults_counted(client: Client, prefix: str, created: list[str]) -> None:
    table = unique("imported")
    created.append(table)
    begun = client.import_table(**asked(table, f"{prefix}/items.json"))["ImportTableDescription"]
    assert begun["ImportStatus"] == "IN_PROGRESS"
    ended = imported(client, begun["ImportArn"])
    assert (ended["ProcessedItemCount"], ended["ImportedItemCount"], ended["ErrorCount"]) == (2, 1, 1)
    assert (ended["ImportStatus"], ended["FailureCode"]) == ("FAILED", "ItemValidationError")
    client.get_waiter("table_exists").wait(TableName=table)
    assert client.scan(TableName=table)["Items"] == [{"id": {"S": "a"}}]


def test_csv_is_imported(client: Client, prefix: str, created: list[str]) -> None:
    table = unique("imported")
    created.append(table)
    begun = client.import_table(**asked(table, f"{prefix}/items.csv", InputFormat="CSV"))["ImportTableDescription"]
    ended = imported(client, begun["ImportArn"])
    assert (ended["ImportStatus"], ended["ImportedItemCount"]) == ("COMPLETED", 2)
    client.get_waiter("table_exists").wait(TableName=table)
    items = client.scan(TableName=table)["Items"]
    assert {item["id"]["S"]: item["text"]["S"] for item in items} == {"a": "one", "b": "two"}
    arns = [one["ImportArn"] for one in client.list_imports(TableArn=ended["TableArn"])["ImportSummaryList"]]
    assert arns == [begun["ImportArn"]]


def test_a_table_that_is_there_is_not_imported_into(client: Client, table: str, prefix: str) -> None:
    assert refused(client.import_table, **asked(table, prefix)).code == "ResourceInUseException"


def test_a_missing_import_is_told(client: Client, table: str) -> None:
    arn = client.describe_table(TableName=table)["Table"]["TableArn"] + "/import/01489173575360-b308cd7d"
    assert refused(client.describe_import, ImportArn=arn).code == "ImportNotFoundException"
