"""Exports: the files as Amazon lays them out, what is refused, and how one fails."""

import base64
import gzip
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from backend_store import exports
from backend_store.check import check_engine
from backend_store.kv.engine import Engine
from backend_store.store import Store
from backend_store.transfers import Transfers
from microdax.model import limits
from tests.support.clock import SteppedClock
from tests.support.copied_tables import Json, fill, item, items_of
from tests.support.stores import Calls, Refusal

ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/main"
START_S = 1_700_000_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "buckets"


@pytest.fixture
async def store(engine: Engine, clock: SteppedClock, folder: Path) -> AsyncIterator[Store]:
    store = Store(engine, clock=clock, bucket_folder=folder)
    yield store
    assert list(check_engine(engine)) == []
    await store.close()


async def recoverable(call: Calls, rows: int) -> None:
    await call.create_table("main")
    specification = {"PointInTimeRecoveryEnabled": True}
    await call("UpdateContinuousBackups", TableName="main", PointInTimeRecoverySpecification=specification)
    await fill(call, "main", rows)


async def exported(call: Calls, **members: Any) -> Json:
    """The description of an export that has ended."""
    reply = await call("ExportTableToPointInTime", TableArn=ARN, S3Bucket="bucket", **members)
    assert reply["ExportDescription"]["ExportStatus"] == "IN_PROGRESS"
    await call.store.copied()
    described: Json = await call("DescribeExport", ExportArn=reply["ExportDescription"]["ExportArn"])
    return dict(described["ExportDescription"])


async def refused(call: Calls, operation: str, **members: Any) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        await call(operation, **members)
    return refusal.value


def lines(bucket: Path, description: Json) -> list[Json]:
    """All lines of an export's data files, found from its summary down, each file compared with its checksum."""
    summary_file = bucket / description["ExportManifest"]
    summary = orjson.loads(summary_file.read_bytes())
    files_file = bucket / summary["manifestFilesS3Key"]
    for manifest in (summary_file, files_file):
        digest = hashlib.md5(manifest.read_bytes()).digest()
        assert base64.b64decode(manifest.with_suffix(".md5").read_bytes()) == digest
    found: list[Json] = []
    for line in files_file.read_bytes().splitlines():
        data = orjson.loads(line)
        packed = (bucket / data["dataFileS3Key"]).read_bytes()
        assert base64.b64decode(data["md5Checksum"]) == hashlib.md5(packed).digest()
        texts = gzip.decompress(packed).splitlines()
        assert data["itemCount"] == len(texts)
        found += map(orjson.loads, texts)
    assert summary["itemCount"] == description["ItemCount"] == len(found)
    return found


def is_there(path: Path) -> bool:
    return path.exists()


def make_file(path: Path) -> None:
    path.parent.mkdir()
    path.touch()


async def test_a_full_export_is_all_items_as_amazon_writes_them(call: Calls, folder: Path) -> None:
    await recoverable(call, 30)
    table = (await call("DescribeTable", TableName="main"))["Table"]
    description = await exported(call, S3Prefix="some/prefix")
    export_id = "01700000000000-00000001"
    assert description == {
        "ExportArn": f"{ARN}/export/{export_id}",
        "ExportStatus": "COMPLETED",
        "StartTime": START_S,
        "EndTime": START_S,
        "ExportManifest": f"some/prefix/AWSDynamoDB/{export_id}/manifest-summary.json",
        "TableArn": ARN,
        "TableId": table["TableId"],
        "ExportTime": START_S,
        "S3Bucket": "bucket",
        "S3Prefix": "some/prefix",
        "ExportFormat": "DYNAMODB_JSON",
        "ExportType": "FULL_EXPORT",
        "BilledSizeBytes": table["TableSizeBytes"],
        "ItemCount": 30,
    }
    found = [line["Item"] for line in lines(folder / "bucket", description)]
    assert sorted(found, key=lambda one: one["id"]["S"]) == await items_of(call, "main")
    place = folder / "bucket" / "some" / "prefix" / "AWSDynamoDB" / export_id
    assert (place / "_started").read_bytes() == b""
    summary = orjson.loads((place / "manifest-summary.json").read_bytes())
    assert summary == {
        "version": "2020-06-30",
        "exportArn": description["ExportArn"],
        "startTime": "2023-11-14T22:13:20.000Z",
        "endTime": "2023-11-14T22:13:20.000Z",
        "tableArn": ARN,
        "tableId": table["TableId"],
        "exportTime": "2023-11-14T22:13:20.000Z",
        "s3Bucket": "bucket",
        "s3Prefix": "some/prefix",
        "s3SseAlgorithm": "AES256",
        "s3SseKmsKeyId": None,
        "manifestFilesS3Key": f"some/prefix/AWSDynamoDB/{export_id}/manifest-files.json",
        "billedSizeBytes": table["TableSizeBytes"],
        "itemCount": 30,
        "outputFormat": "DYNAMODB_JSON",
        "exportType": "FULL_EXPORT",
    }


async def test_an_export_is_of_the_time_that_is_asked(call: Calls, clock: SteppedClock, folder: Path) -> None:
    await recoverable(call, 3)
    clock.advance(10)
    await call("DeleteItem", TableName="main", Key={"id": item(0)["id"]})
    await fill(call, "main", 5, "later")
    found = lines(folder / "bucket", await exported(call, ExportTime=START_S + 5))
    assert sorted(line["Item"]["text"]["S"] for line in found) == ["0", "1", "2"]


async def test_a_large_export_is_many_files(call: Calls, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "FILE_BYTES_MAX", 500)
    await recoverable(call, 40)
    description = await exported(call)
    assert len(lines(folder / "bucket", description)) == 40
    assert len(list((folder / "bucket").rglob("*.json.gz"))) > 2


async def test_an_empty_table_is_one_empty_file(call: Calls, folder: Path) -> None:
    await recoverable(call, 0)
    assert lines(folder / "bucket", await exported(call)) == []
    assert len(list((folder / "bucket").rglob("*.json.gz"))) == 1


async def test_an_incremental_export_is_what_has_changed(call: Calls, clock: SteppedClock, folder: Path) -> None:
    await recoverable(call, 3)
    clock.advance(60)
    await call("PutItem", TableName="main", Item=item(1, "changed"))
    await call("DeleteItem", TableName="main", Key={"id": item(2)["id"]})
    await call("PutItem", TableName="main", Item=item(3))
    await call("PutItem", TableName="main", Item=item(4))
    await call("DeleteItem", TableName="main", Key={"id": item(4)["id"]})
    clock.advance(1000)
    await call("PutItem", TableName="main", Item=item(5))
    period = {"ExportFromTime": START_S + 60, "ExportToTime": START_S + 1060}
    description = await exported(call, ExportType="INCREMENTAL_EXPORT", IncrementalExportSpecification=period)
    written = {"Metadata": {"WriteTimestampMicros": {"N": str((START_S + 60) * 1_000_000)}}}
    keys = [{"Keys": {"id": item(row)["id"]}} for row in range(4)]
    assert lines(folder / "bucket", description) == [
        {**written, **keys[1], "OldImage": item(1), "NewImage": item(1, "changed")},
        {**written, **keys[2], "OldImage": item(2)},
        {**written, **keys[3], "NewImage": item(3)},
    ]
    view = {**period, "ExportViewType": "NEW_IMAGE"}
    description = await exported(call, ExportType="INCREMENTAL_EXPORT", IncrementalExportSpecification=view)
    assert lines(folder / "bucket", description) == [
        {**written, **keys[1], "NewImage": item(1, "changed")},
        {**written, **keys[2]},
        {**written, **keys[3], "NewImage": item(3)},
    ]
    summary = orjson.loads((folder / "bucket" / description["ExportManifest"]).read_bytes())
    assert (summary["version"], summary["exportType"]) == ("2023-08-01", "INCREMENTAL_EXPORT")
    assert (summary["exportFromTime"], summary["outputView"]) == ("2023-11-14T22:14:20.000Z", "NEW_IMAGE")


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"ExportFormat": "ION"}, "ValidationException"),
        ({"ExportTime": START_S - 1}, "InvalidExportTimeException"),
        ({"ExportTime": START_S + 4000}, "InvalidExportTimeException"),
        ({"IncrementalExportSpecification": {"ExportFromTime": START_S}}, "ValidationException"),
        ({"ExportType": "INCREMENTAL_EXPORT"}, "ValidationException"),
        (
            {
                "ExportType": "INCREMENTAL_EXPORT",
                "IncrementalExportSpecification": {"ExportFromTime": START_S, "ExportToTime": START_S + 899},
            },
            "InvalidExportTimeException",
        ),
        (
            {
                "ExportType": "INCREMENTAL_EXPORT",
                "IncrementalExportSpecification": {"ExportFromTime": START_S - 60, "ExportToTime": START_S + 900},
            },
            "InvalidExportTimeException",
        ),
        ({"S3Prefix": "../elsewhere"}, "ValidationException"),
        ({"S3Prefix": "/absolute"}, "ValidationException"),
        ({"S3Prefix": "a/../../b/"}, "ValidationException"),
        ({"S3Bucket": "../elsewhere"}, "ValidationException"),
    ],
)
async def test_what_cannot_be_exported_is_refused(
    call: Calls, clock: SteppedClock, folder: Path, members: Json, code: str
) -> None:
    await recoverable(call, 1)
    clock.advance(3600)
    refusal = await refused(call, "ExportTableToPointInTime", **{"TableArn": ARN, "S3Bucket": "bucket", **members})
    assert refusal.code == code
    assert (await call("ListExports"))["ExportSummaries"] == []
    assert not is_there(folder)


async def test_a_table_without_recovery_cannot_be_exported(call: Calls) -> None:
    await call.create_table("main")
    refusal = await refused(call, "ExportTableToPointInTime", TableArn=ARN, S3Bucket="bucket")
    assert refusal.code == "PointInTimeRecoveryUnavailableException"


async def test_a_missing_table_and_a_missing_export_are_told(call: Calls) -> None:
    refusal = await refused(call, "ExportTableToPointInTime", TableArn=ARN, S3Bucket="bucket")
    assert refusal.code == "TableNotFoundException"
    refusal = await refused(call, "DescribeExport", ExportArn=f"{ARN}/export/01700000000000-00000009")
    assert refusal.code == "ExportNotFoundException"


async def test_without_a_folder_for_buckets_the_setting_is_named(engine: Engine, clock: SteppedClock) -> None:
    store = Store(engine, clock=clock)
    call = Calls(store)
    await recoverable(call, 1)
    refusal = await refused(call, "ExportTableToPointInTime", TableArn=ARN, S3Bucket="bucket")
    assert "--bucket-folder" in refusal.message
    await store.close()


async def test_a_token_stands_for_its_request_for_eight_hours(call: Calls, clock: SteppedClock) -> None:
    await recoverable(call, 1)
    first = await exported(call, ClientToken="once")
    again = await call("ExportTableToPointInTime", TableArn=ARN, S3Bucket="bucket", ClientToken="once")
    assert again["ExportDescription"] == first
    refusal = await refused(call, "ExportTableToPointInTime", TableArn=ARN, S3Bucket="other", ClientToken="once")
    assert refusal.code == "ExportConflictException"
    clock.advance(8 * 3600)
    assert (await exported(call, ClientToken="once"))["ExportArn"] != first["ExportArn"]


async def test_exports_are_listed_in_pages_and_by_table(call: Calls) -> None:
    await recoverable(call, 1)
    arns = [(await exported(call))["ExportArn"] for _ in range(3)]
    page = await call("ListExports", MaxResults=2)
    assert [one["ExportArn"] for one in page["ExportSummaries"]] == arns[:2]
    rest = await call("ListExports", MaxResults=2, NextToken=page["NextToken"])
    assert rest["ExportSummaries"] == [{"ExportArn": arns[2], "ExportStatus": "COMPLETED", "ExportType": "FULL_EXPORT"}]
    assert "NextToken" not in rest
    assert (await call("ListExports", TableArn=f"{ARN}s"))["ExportSummaries"] == []


async def test_old_exports_are_forgotten(call: Calls, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "TRANSFERS_KEPT_MAX", 2)
    await recoverable(call, 1)
    arns = [(await exported(call))["ExportArn"] for _ in range(3)]
    assert [one["ExportArn"] for one in (await call("ListExports"))["ExportSummaries"]] == arns[1:]


async def test_an_export_fails_where_it_cannot_write(
    call: Calls, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await recoverable(call, 30)
    make_file(folder / "bucket")  # where a folder is needed
    description = await exported(call)
    assert (description["ExportStatus"], description["FailureCode"]) == ("FAILED", "S3AccessDenied")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("backend_store.exports.Place.write_manifest", full)
    (folder / "bucket").unlink()
    description = await exported(call)
    assert description["ExportStatus"] == "FAILED"
    assert description["FailureMessage"] == "No space left on device"
    assert "ExportManifest" not in description


async def test_an_export_that_a_restart_has_interrupted_has_failed(
    engine: Engine, clock: SteppedClock, tmp_path: Path
) -> None:
    arn = "arn:of:table/main"
    members = {"TableArn": arn}
    transfer = await Transfers(engine, "Export").begin("main", arn, {"StartTime": 1_700_000_000.0}, members)
    store = Store(engine, clock=clock, bucket_folder=tmp_path)
    call = Calls(store)
    await store.copied()
    described = (await call("DescribeExport", ExportArn=transfer.document["ExportArn"]))["ExportDescription"]
    assert described["ExportStatus"] == "FAILED"
    assert "restarted" in described["FailureMessage"]
    await store.close()
