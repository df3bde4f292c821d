"""A backup is one moment of its table, however long it takes; what is left of one goes in the background."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest

from backend_store import batches
from backend_store.backups import KIND, Backups
from backend_store.check import check_engine
from backend_store.chores import Chores
from backend_store.kv import keyspace
from backend_store.kv.engine import Engine
from backend_store.ledger import Ledger, records_in
from backend_store.store import Store
from microdax.model import limits
from tests.support.copied_tables import backed_up, fill, item, items_of
from tests.support.held_engine import HeldEngine
from tests.support.stores import Calls, Refusal


def rows_left(engine: Engine) -> int:
    span = keyspace.backups_range()
    with engine.snapshot() as reader:
        return sum(1 for _ in reader.scan(span.first, span.end))


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[HeldEngine]:
    """An engine whose batches are of ten rows."""
    monkeypatch.setattr(batches, "BATCH_ROWS_MAX", 10)
    engine = HeldEngine()
    yield engine
    assert list(check_engine(engine)) == []
    engine.end()


async def being_backed_up(store: Store, held: HeldEngine, rows: int) -> str:
    """Fill a table and back it up until the second of its batches waits; the backup's ARN."""
    call = Calls(store)
    await call.create_table("main")
    await fill(call, "main", rows)
    held.hold(1)
    reply = await call("CreateBackup", TableName="main", BackupName="nightly")
    await held.reached()
    arn: str = reply["BackupDetails"]["BackupArn"]
    return arn


async def test_a_backup_is_the_table_before_the_answer_and_none_of_what_comes_after(held: HeldEngine) -> None:
    """The copy stands still after its first batch while the table is changed in front of it and behind it."""
    store = Store(held)
    call = Calls(store)
    arn = await being_backed_up(store, held, rows=60)
    before = await items_of(call, "main")
    for row in before[:30]:
        await call("DeleteItem", TableName="main", Key={"id": row["id"]})
    await fill(call, "main", 90, "later")
    held.let_go()
    await store.copied()
    await call("RestoreTableFromBackup", BackupArn=arn, TargetTableName="copy")
    await store.copied()
    assert await items_of(call, "copy") == before
    await store.close()


async def test_a_backup_that_is_being_created_can_neither_be_deleted_nor_restored(held: HeldEngine) -> None:
    store = Store(held)
    call = Calls(store)
    arn = await being_backed_up(store, held, rows=60)
    described = (await call("DescribeBackup", BackupArn=arn))["BackupDescription"]["BackupDetails"]
    assert described["BackupStatus"] == "CREATING"
    for operation, members in (("DeleteBackup", {}), ("RestoreTableFromBackup", {"TargetTableName": "copy"})):
        with pytest.raises(Refusal, match="BackupInUseException: Backup is being created"):
            await call(operation, BackupArn=arn, **members)
    held.let_go()
    await store.copied()
    await call("DeleteBackup", BackupArn=arn)
    await store.close()


async def test_the_rows_of_a_deleted_backup_are_removed_and_then_its_record(
    engine: Engine, store: Store, call: Calls
) -> None:
    await call.create_table("main")
    await fill(call, "main", 250)
    arns = [await backed_up(call, "main") for _ in range(2)]
    assert rows_left(engine) == 500
    await call("DeleteBackup", BackupArn=arns[0])
    await store.copied()
    assert rows_left(engine) == 250
    with engine.snapshot() as reader:
        assert [backup.arn for backup in records_in(reader, KIND)] == arns[1:]


async def test_the_number_of_a_deleted_backup_is_not_used_again(store: Store, call: Calls) -> None:
    await call.create_table("main")
    arn = await backed_up(call, "main")
    await call("DeleteBackup", BackupArn=arn)
    await store.copied()
    assert await backed_up(call, "main") != arn


async def test_a_backup_that_a_restart_has_interrupted_was_never_made(held: HeldEngine) -> None:
    store = Store(held)
    arn = await being_backed_up(store, held, rows=60)
    closing = asyncio.create_task(store.close())
    await asyncio.sleep(0)
    held.let_go()
    await closing
    assert 0 < rows_left(held) < 60
    assert list(check_engine(held)) == []
    again = Store(held)
    with pytest.raises(Refusal, match="BackupNotFoundException"):
        await Calls(again)("DescribeBackup", BackupArn=arn)
    assert (await Calls(again)("ListBackups"))["BackupSummaries"] == []
    await again.copied()
    assert rows_left(held) == 0
    await again.close()


async def test_a_removal_that_a_restart_has_interrupted_goes_on(held: HeldEngine) -> None:
    store = Store(held)
    call = Calls(store)
    await call.create_table("main")
    await fill(call, "main", 50)
    arn = await backed_up(call, "main")
    # Deleted, and not a row removed yet: as a process leaves it that ends there.
    (record,) = Backups(held, Chores())
    await Ledger(held, KIND).put(replace(record, status="DELETED"))
    await store.close()
    assert list(check_engine(held)) == []
    again = Store(held)
    with pytest.raises(Refusal, match="BackupNotFoundException"):
        await Calls(again)("DescribeBackup", BackupArn=arn)
    await again.copied()
    assert rows_left(held) == 0
    await again.close()


async def test_a_backup_that_the_disk_has_no_room_for_is_refused_and_leaves_nothing(held: HeldEngine) -> None:
    store = Store(held)
    call = Calls(store)
    await call.create_table("main")
    await fill(call, "main", 10)
    held.is_full = True
    with pytest.raises(Refusal, match="ServiceUnavailable: the disk is full"):
        await call("CreateBackup", TableName="main", BackupName="nightly")
    await store.copied()
    assert (await call("ListBackups"))["BackupSummaries"] == []
    with held.snapshot() as reader:
        assert list(records_in(reader, KIND)) == []
    await store.close()


async def test_there_are_only_so_many_backups(call: Calls, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "BACKUPS_MAX", 1)
    await call.create_table("main")
    await backed_up(call, "main")
    with pytest.raises(Refusal, match="LimitExceededException"):
        await call("CreateBackup", TableName="main", BackupName="nightly")


async def test_an_empty_table_is_backed_up_too(store: Store, call: Calls) -> None:
    await call.create_table("main")
    arn = await backed_up(call, "main")
    await call("RestoreTableFromBackup", BackupArn=arn, TargetTableName="copy")
    await call("PutItem", TableName="copy", Item=item(1))
    assert await items_of(call, "copy") == [item(1)]
