"""Imports: every format and what is wrong with items, what is refused, and how one fails or begins again."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from backend_store import batches, imports
from backend_store.catalog import Catalog
from backend_store.check import check_engine
from backend_store.kv.engine import Engine
from backend_store.store import Store
from backend_store.transfers import Transfers
from tests.support.clock import SteppedClock
from tests.support.copied_tables import Json, items_of
from tests.support.held_engine import HeldEngine
from tests.support.stores import Calls, Refusal

TABLE: Json = {
    "TableName": "copy",
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}
JSON_LINES = b'{"Item":{"id":{"S":"a"},"n":{"N":"1"}}}\n{"Item":{"id":{"S":"b"}}}\n'
ITEMS: list[Json] = [{"id": {"S": "a"}, "n": {"N": "1"}}, {"id": {"S": "b"}}]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "buckets"


@pytest.fixture
async def store(engine: Engine, clock: SteppedClock, folder: Path) -> AsyncIterator[Store]:
    store = Store(engine, clock=clock, bucket_folder=folder)
    yield store
    assert list(check_engine(engine)) == []
    await store.close()


def put(folder: Path, key: str, content: bytes) -> None:
    path = folder / "bucket" / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def asked(input_format: str = "DYNAMODB_JSON", prefix: str = "", table: Json = TABLE, **members: Any) -> Json:
    source = {"S3Bucket": "bucket", "S3KeyPrefix": prefix}
    return {"S3BucketSource": source, "InputFormat": input_format, "TableCreationParameters": table, **members}


async def imported(call: Calls, request: Json) -> Json:
    """The description of an import that has ended."""
    reply = (await call("ImportTable", **request))["ImportTableDescription"]
    assert reply["ImportStatus"] == "IN_PROGRESS"
    await call.store.copied()
    described: Json = (await call("DescribeImport", ImportArn=reply["ImportArn"]))["ImportTableDescription"]
    return described


async def refused(call: Calls, operation: str, **members: Any) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        await call(operation, **members)
    return refusal.value


async def test_dynamodb_json_is_imported_into_a_new_table(call: Calls, folder: Path) -> None:
    put(folder, "one.json", JSON_LINES)
    described = await imported(call, asked())
    arn = "arn:aws:dynamodb:us-east-1:000000000000:table/copy"
    table = (await call("DescribeTable", TableName="copy"))["Table"]
    assert described == {
        "ImportArn": f"{arn}/import/01700000000000-00000001",
        "ImportStatus": "COMPLETED",
        "TableArn": arn,
        "TableId": table["TableId"],
        "S3BucketSource": {"S3Bucket": "bucket", "S3KeyPrefix": ""},
        "InputFormat": "DYNAMODB_JSON",
        "InputCompressionType": "NONE",
        "TableCreationParameters": TABLE,
        "StartTime": 1_700_000_000,
        "EndTime": 1_700_000_000,
        "ProcessedSizeBytes": len(JSON_LINES),
        "ProcessedItemCount": 2,
        "ImportedItemCount": 2,
        "ErrorCount": 0,
    }
    assert (table["TableStatus"], table["ItemCount"]) == ("ACTIVE", 2)
    assert await items_of(call, "copy") == ITEMS


async def test_every_file_with_the_prefix_is_imported_and_no_other(call: Calls, folder: Path) -> None:
    for number, key in enumerate(("in/a.json", "in/deep/b.json", "in.json", "out/c.json")):
        put(folder, key, b'{"Item":{"id":{"S":"%d"}}}\n' % number)
    await imported(call, asked(prefix="in"))
    assert [found["id"]["S"] for found in await items_of(call, "copy")] == ["0", "1", "2"]


async def test_gzip_is_unpacked(call: Calls, folder: Path) -> None:
    put(folder, "one.json.gz", gzip.compress(JSON_LINES))
    described = await imported(call, asked(InputCompressionType="GZIP"))
    assert described["InputCompressionType"] == "GZIP"
    assert await items_of(call, "copy") == ITEMS


async def test_csv_has_its_headers_in_the_first_line(call: Calls, folder: Path) -> None:
    put(folder, "one.csv", b'\xef\xbb\xbfid,text\na,"one, two"\nb,\n\nc\n')
    await imported(call, asked("CSV"))
    assert await items_of(call, "copy") == [
        {"id": {"S": "a"}, "text": {"S": "one, two"}},
        {"id": {"S": "b"}, "text": {"S": ""}},
        {"id": {"S": "c"}},
    ]


async def test_csv_takes_its_headers_and_its_delimiter_from_the_request(call: Calls, folder: Path) -> None:
    put(folder, "one.csv", b"a;1\nb;2\n")
    options = {"Csv": {"Delimiter": ";", "HeaderList": ["id", "n"]}}
    described = await imported(call, asked("CSV", InputFormatOptions=options))
    assert described["InputFormatOptions"] == options
    assert await items_of(call, "copy") == [{"id": {"S": "a"}, "n": {"S": "1"}}, {"id": {"S": "b"}, "n": {"S": "2"}}]


async def test_key_attributes_in_csv_have_the_types_of_the_table(call: Calls, folder: Path) -> None:
    put(folder, "one.csv", b"id,r,n\nYQ==,1.0,1.0\n")
    table = {
        **TABLE,
        "AttributeDefinitions": [
            {"AttributeName": "id", "AttributeType": "B"},
            {"AttributeName": "r", "AttributeType": "N"},
        ],
        "KeySchema": [*TABLE["KeySchema"], {"AttributeName": "r", "KeyType": "RANGE"}],
    }
    await imported(call, asked("CSV", table=table))
    assert await call.items("copy") == [{"id": {"B": "YQ=="}, "r": {"N": "1"}, "n": {"S": "1.0"}}]


@pytest.mark.parametrize(
    "line",
    [
        b"no JSON",
        b"[]",
        b'{"item":{}}',
        b'{"Item":{"n":{"N":"1"}}}',
        b'{"Item":{"id":{"N":"1"}}}',
        b'{"Item":{"id":{"S":""}}}',
        b'{"Item":{"id":{"S":"c"},"n":{"N":"one"}}}',
        b'{"Item":{"id":{"S":"c"},"n":"one"}}',
        b'{"Item":{"id":{"S":"c"},"text":{"S":"' + b"x" * 409_600 + b'"}}}',
    ],
)
async def test_what_is_no_item_is_counted_and_the_rest_imported(call: Calls, folder: Path, line: bytes) -> None:
    put(folder, "one.json", line + b"\n" + JSON_LINES)
    described = await imported(call, asked())
    assert (described["ImportStatus"], described["FailureCode"]) == ("FAILED", "ItemValidationError")
    assert [described[f"{name}Count"] for name in ("ProcessedItem", "ImportedItem", "Error")] == [3, 2, 1]
    assert await items_of(call, "copy") == ITEMS
    assert (await call("DescribeTable", TableName="copy"))["Table"]["TableStatus"] == "ACTIVE"


@pytest.mark.parametrize("row", [b"c,1,2", b",1"])
async def test_rows_of_csv_that_are_no_item_are_counted(call: Calls, folder: Path, row: bytes) -> None:
    put(folder, "one.csv", b"id,n\na,1\n" + row + b"\nb,2\n")
    described = await imported(call, asked("CSV"))
    assert [described[f"{name}Count"] for name in ("ProcessedItem", "ImportedItem", "Error")] == [3, 2, 1]


async def test_a_line_that_is_too_long_is_one_error(call: Calls, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "LINE_BYTES_MAX", 100)
    put(folder, "one.json", b'{"Item":{"id":{"S":"' + b"x" * 1000 + b'"}}}\n' + JSON_LINES)
    described = await imported(call, asked())
    assert [described[f"{name}Count"] for name in ("ProcessedItem", "ImportedItem", "Error")] == [3, 2, 1]


async def test_a_packed_file_that_ends_early_is_one_error(call: Calls, folder: Path) -> None:
    put(folder, "one.json.gz", gzip.compress(JSON_LINES)[:-9])
    put(folder, "two.json.gz", b"not gzip")
    described = await imported(call, asked(InputCompressionType="GZIP"))
    assert (described["ImportStatus"], described["ErrorCount"]) == ("FAILED", 2)


async def test_of_two_items_with_one_key_the_last_stays(call: Calls, folder: Path) -> None:
    put(folder, "one.json", JSON_LINES + b'{"Item":{"id":{"S":"a"},"n":{"N":"2"}}}')
    described = await imported(call, asked())
    assert (described["ImportedItemCount"], described["ImportStatus"]) == (3, "COMPLETED")
    assert (await items_of(call, "copy"))[0]["n"] == {"N": "2"}


async def test_indexes_are_created_and_their_keys_checked(call: Calls, folder: Path) -> None:
    table = {
        **TABLE,
        "AttributeDefinitions": [*TABLE["AttributeDefinitions"], {"AttributeName": "n", "AttributeType": "N"}],
        "GlobalSecondaryIndexes": [
            {
                "IndexName": "by-n",
                "KeySchema": [{"AttributeName": "n", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    }
    put(folder, "one.json", JSON_LINES + b'{"Item":{"id":{"S":"c"},"n":{"S":"no number"}}}')
    described = await imported(call, asked(table=table))
    assert described["ErrorCount"] == 1
    assert (await call("Scan", TableName="copy", IndexName="by-n"))["Items"] == ITEMS[:1]


@pytest.mark.parametrize(
    ("key", "code"), [(None, "S3NoSuchBucket"), ("other/one.json", "S3NoSuchKey"), ("link", "S3NoSuchKey")]
)
async def test_where_there_is_nothing_to_import_there_is_no_table(
    call: Calls, folder: Path, tmp_path: Path, key: str | None, code: str
) -> None:
    if key == "link":
        put(tmp_path / "outside", "one.json", JSON_LINES)
        (folder / "bucket").mkdir(parents=True)
        (folder / "bucket" / "in").symlink_to(tmp_path / "outside" / "bucket" / "one.json")
    elif key is not None:
        put(folder, key, JSON_LINES)
    described = await imported(call, asked(prefix="in"))
    assert (described["ImportStatus"], described["FailureCode"]) == ("FAILED", code)
    assert (await call("ListTables"))["TableNames"] == []


@pytest.mark.parametrize(
    "members",
    [
        asked("ION"),
        asked(InputCompressionType="ZSTD"),
        asked(prefix="../outside/"),
        asked(prefix="/"),
        asked("DYNAMODB_JSON", InputFormatOptions={"Csv": {"Delimiter": ";"}}),
        asked("CSV", InputFormatOptions={"Csv": {"Delimiter": "x"}}),
        asked(table={**TABLE, "BillingMode": "PROVISIONED"}),
    ],
)
async def test_what_cannot_be_imported_is_refused(call: Calls, members: Json) -> None:
    assert (await refused(call, "ImportTable", **members)).code == "ValidationException"
    assert (await call("ListImports"))["ImportSummaryList"] == []
    assert (await call("ListTables"))["TableNames"] == []


async def test_a_table_that_is_there_is_not_imported_into(call: Calls, folder: Path) -> None:
    put(folder, "one.json", JSON_LINES)
    await call.create_table("copy")
    refusal = await refused(call, "ImportTable", **asked())
    assert (refusal.code, refusal.message) == ("ResourceInUseException", "Table already exists: copy")
    assert (await call("ListImports"))["ImportSummaryList"] == []


async def test_without_a_folder_for_buckets_the_setting_is_named(engine: Engine) -> None:
    store = Store(engine)
    assert "--bucket-folder" in (await refused(Calls(store), "ImportTable", **asked())).message
    await store.close()


async def test_a_token_stands_for_its_request(call: Calls, folder: Path) -> None:
    put(folder, "one.json", JSON_LINES)
    first = await imported(call, asked(ClientToken="once"))
    again = (await call("ImportTable", **asked(ClientToken="once")))["ImportTableDescription"]
    assert again == first
    refusal = await refused(call, "ImportTable", **asked(prefix="other", ClientToken="once"))
    assert refusal.code == "ImportConflictException"


async def test_a_missing_import_is_told(call: Calls) -> None:
    arn = "arn:aws:dynamodb:us-east-1:000000000000:table/copy/import/01700000000000-00000009"
    assert (await refused(call, "DescribeImport", ImportArn=arn)).code == "ImportNotFoundException"


async def test_imports_are_listed_in_pages_with_tokens_that_boto3_takes(call: Calls, folder: Path) -> None:
    put(folder, "one.json", JSON_LINES)
    arns = [(await imported(call, asked(table={**TABLE, "TableName": name})))["ImportArn"] for name in ("one", "two")]
    page = await call("ListImports", PageSize=1)
    assert [one["ImportArn"] for one in page["ImportSummaryList"]] == arns[:1]
    assert len(page["NextToken"]) >= 112
    rest = await call("ListImports", PageSize=1, NextToken=page["NextToken"])
    assert [one["ImportArn"] for one in rest["ImportSummaryList"]] == arns[1:]
    assert "NextToken" not in rest


async def test_an_import_that_a_restart_has_interrupted_begins_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "BATCH_ROWS_MAX", 10)
    put(folder, "one.json", b"".join(b'{"Item":{"id":{"S":"%03d"}}}\n' % row for row in range(60)))
    engine = HeldEngine()
    store = Store(engine, bucket_folder=folder)
    engine.hold(2)
    reply = await Calls(store)("ImportTable", **asked())
    arn = reply["ImportTableDescription"]["ImportArn"]
    await engine.reached()
    closing = asyncio.create_task(store.close())
    await asyncio.sleep(0)
    engine.let_go()
    await closing
    again = Store(engine, bucket_folder=folder)
    call = Calls(again)
    assert (await call("DescribeTable", TableName="copy"))["Table"]["TableStatus"] == "CREATING"
    await again.copied()
    described = (await call("DescribeImport", ImportArn=arn))["ImportTableDescription"]
    assert (described["ImportStatus"], described["ImportedItemCount"]) == ("COMPLETED", 60)
    assert len(await items_of(call, "copy")) == 60
    assert list(check_engine(engine)) == []
    await again.close()
    engine.end()


async def test_an_import_that_has_ended_is_not_begun_again_for_its_table(
    engine: Engine, clock: SteppedClock, folder: Path
) -> None:
    """As a process leaves it that ends between the end of the import and that of the loading."""
    put(folder, "one.json", JSON_LINES)
    store = Store(engine, clock=clock, bucket_folder=folder)
    arn = (await imported(Calls(store), asked()))["ImportArn"]
    await store.copied()
    catalog = Catalog(engine)
    await catalog.alter("copy", lambda table: replace(table, load={"kind": "import", "import": 1}))
    put(folder, "two.json", b'{"Item":{"id":{"S":"c"}}}')
    again = Store(engine, clock=clock, bucket_folder=folder)
    call = Calls(again)
    await again.copied()
    assert await items_of(call, "copy") == ITEMS
    described = (await call("DescribeImport", ImportArn=arn))["ImportTableDescription"]
    assert (described["ImportStatus"], described["ImportedItemCount"]) == ("COMPLETED", 2)
    await again.close()


async def test_an_import_that_was_noted_and_never_begun_has_failed(engine: Engine, folder: Path) -> None:
    described: Json = {"StartTime": 1_700_000_000.0}
    transfer = await Transfers(engine, "Import").begin("copy", "arn:of:table/copy", described, asked())
    store = Store(engine, bucket_folder=folder)
    await store.copied()
    arn = transfer.document["ImportArn"]
    found = (await Calls(store)("DescribeImport", ImportArn=arn))["ImportTableDescription"]
    assert found["ImportStatus"] == "FAILED"
    await store.close()
