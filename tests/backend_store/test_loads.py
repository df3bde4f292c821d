"""Loading goes on after a restart and after a full disk; where the source is gone, so is the table."""

import asyncio
from collections.abc import Iterator

import pytest

from backend_store import batches
from backend_store.check import check_engine
from backend_store.store import Store
from tests.support.clock import SteppedClock
from tests.support.copied_tables import backed_up, fill, items_of
from tests.support.held_engine import HeldEngine
from tests.support.stores import Calls, Refusal

ROWS = 60


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[HeldEngine]:
    """An engine whose batches are of ten rows."""
    monkeypatch.setattr(batches, "BATCH_ROWS_MAX", 10)
    engine = HeldEngine()
    yield engine
    assert list(check_engine(engine)) == []
    engine.end()


async def filled(store: Store) -> Calls:
    """A table main that can be recovered."""
    call = Calls(store)
    await call.create_table("main")
    specification = {"PointInTimeRecoveryEnabled": True}
    await call("UpdateContinuousBackups", TableName="main", PointInTimeRecoverySpecification=specification)
    await fill(call, "main", ROWS)
    return call


async def stop_at_the_gate(store: Store, held: HeldEngine) -> None:
    await held.reached()
    closing = asyncio.create_task(store.close())
    await asyncio.sleep(0)
    held.let_go()
    await closing


async def test_a_table_that_is_being_restored_is_there_for_table_operations_alone(held: HeldEngine) -> None:
    store = Store(held)
    call = await filled(store)
    arn = await backed_up(call, "main")
    held.hold(1)
    await call("RestoreTableFromBackup", BackupArn=arn, TargetTableName="copy")
    await held.reached()
    table = (await call("DescribeTable", TableName="copy"))["Table"]
    assert (table["TableStatus"], table["RestoreSummary"]["RestoreInProgress"]) == ("CREATING", True)
    for operation, members, code in (
        ("Scan", {}, "ResourceNotFoundException"),
        ("GetItem", {"Key": {"id": {"S": "a"}}}, "ResourceNotFoundException"),
        ("PutItem", {"Item": {"id": {"S": "a"}}}, "ResourceNotFoundException"),
        ("DeleteTable", {}, "ResourceInUseException"),
        ("UpdateTable", {"DeletionProtectionEnabled": True}, "ResourceInUseException"),
        ("CreateBackup", {"BackupName": "nightly"}, "TableInUseException"),
    ):
        with pytest.raises(Refusal, match=code):
            await call(operation, TableName="copy", **members)
    with pytest.raises(Refusal, match="BackupInUseException"):
        await call("DeleteBackup", BackupArn=arn)
    held.let_go()
    await store.copied()
    assert await items_of(call, "copy") == await items_of(call, "main")
    await call("DeleteBackup", BackupArn=arn)
    await store.close()


@pytest.mark.parametrize("source", ["backup", "past"])
async def test_a_restore_that_a_restart_has_interrupted_ends_with_the_same_rows(
    held: HeldEngine, clock: SteppedClock, source: str
) -> None:
    store = Store(held, clock=clock)
    call = await filled(store)
    before = await items_of(call, "main")
    arn = await backed_up(call, "main")
    clock.advance(10)
    await fill(call, "main", ROWS + 30, "later")
    held.hold(2)
    if source == "backup":
        await call("RestoreTableFromBackup", BackupArn=arn, TargetTableName="copy")
    else:
        await call(
            "RestoreTableToPointInTime",
            SourceTableName="main",
            TargetTableName="copy",
            RestoreDateTime=1_700_000_005,
        )
    await stop_at_the_gate(store, held)
    again = Store(held, clock=clock)
    call = Calls(again)
    assert (await call("DescribeTable", TableName="copy"))["Table"]["TableStatus"] == "CREATING"
    await fill(call, "main", ROWS, "even later")
    await again.copied()
    assert await items_of(call, "copy") == before
    await again.close()


async def test_a_restore_waits_for_room_on_the_disk(held: HeldEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend_store.chores.RETRY_S", 0.0)
    store = Store(held)
    call = await filled(store)
    arn = await backed_up(call, "main")
    held.hold(1)
    await call("RestoreTableFromBackup", BackupArn=arn, TargetTableName="copy")
    await held.reached()
    held.is_full = True
    held.let_go()
    await asyncio.to_thread(held.refused.wait, 10.0)
    assert (await call("DescribeTable", TableName="copy"))["Table"]["TableStatus"] == "CREATING"
    held.is_full = False
    await store.copied()
    assert await items_of(call, "copy") == await items_of(call, "main")
    await store.close()


@pytest.mark.parametrize("end", ["DeleteTable", "UpdateContinuousBackups"])
async def test_a_table_whose_source_is_gone_after_a_restart_is_given_up(
    held: HeldEngine, end: str, caplog: pytest.LogCaptureFixture
) -> None:
    store = Store(held)
    call = await filled(store)
    held.hold(1)
    await call(
        "RestoreTableToPointInTime", SourceTableName="main", TargetTableName="copy", UseLatestRestorableTime=True
    )
    await held.reached()
    members = {"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": False}}
    await call(end, TableName="main", **({} if end == "DeleteTable" else members))
    await stop_at_the_gate(store, held)
    again = Store(held)
    await again.copied()
    await again.removed()
    assert "copy" not in (await Calls(again)("ListTables"))["TableNames"]
    assert "cannot be loaded and is given up" in caplog.text
    await again.close()


async def test_another_table_of_the_source_s_name_is_not_the_source(held: HeldEngine, clock: SteppedClock) -> None:
    store = Store(held, clock=clock)
    call = await filled(store)
    held.hold(1)
    await call(
        "RestoreTableToPointInTime", SourceTableName="main", TargetTableName="copy", UseLatestRestorableTime=True
    )
    await held.reached()
    await call("DeleteTable", TableName="main")
    await filled(store)
    await stop_at_the_gate(store, held)
    again = Store(held, clock=clock)
    await again.copied()
    await again.removed()
    assert (await Calls(again)("ListTables"))["TableNames"] == ["main"]
    await again.close()


async def test_a_source_that_is_deleted_meanwhile_is_no_loss(held: HeldEngine) -> None:
    store = Store(held)
    call = await filled(store)
    before = await items_of(call, "main")
    held.hold(1)
    await call(
        "RestoreTableToPointInTime", SourceTableName="main", TargetTableName="copy", UseLatestRestorableTime=True
    )
    await held.reached()
    await call("DeleteTable", TableName="main")
    await store.removed()
    held.let_go()
    await store.copied()
    assert await items_of(call, "copy") == before
    await store.close()
