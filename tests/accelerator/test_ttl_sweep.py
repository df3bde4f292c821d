"""Expired items really go, from stores and caches in processes of their own, as often as `--ttl-sweep-s` says."""

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

import pytest

from accelerator.settings import ServeSettings, SettingsError, StoreSettings, load
from tests.support.boto import Client, Json, client_for, keyed
from tests.support.servers import RunningServer, running_accelerator, running_store
from tests.support.streamed_tables import StreamedTable, events_of

DEADLINE_S: Final = 30.0
LONG_AGO: Final = {"N": str(int(time.time()) - 3600)}
FAR_AHEAD: Final = {"N": "99999999999"}
SPECIFICATION: Final = {"AttributeName": "end", "Enabled": True}
RUNNING = (running_accelerator, running_store)


def until(holds: Callable[[], bool]) -> None:
    """Ask again and again until it holds."""
    late = threading.Event()
    timer = threading.Timer(DEADLINE_S, late.set)
    timer.start()
    try:
        while not holds():
            assert not late.is_set(), f"not so after {DEADLINE_S} s"
    finally:
        timer.cancel()


def found(client: Client, id: str) -> Json | None:
    """The item as it is read by default, through the cache where there is one."""
    item: Json | None = client.get_item(TableName="main", Key={"id": {"S": id}}).get("Item")
    return item


def table_of(server: RunningServer) -> StreamedTable:
    """The table main, whose stream is on and whose items expire by `end`."""
    client, streams = (client_for(server.url, service) for service in ("dynamodb", "dynamodbstreams"))
    specification = {"StreamEnabled": True, "StreamViewType": "OLD_IMAGE"}
    client.create_table(**keyed("main"), StreamSpecification=specification)
    client.update_time_to_live(TableName="main", TimeToLiveSpecification=SPECIFICATION)
    return StreamedTable(client, streams, "main")


@pytest.mark.parametrize("running", RUNNING)
def test_an_expired_item_is_swept_and_recorded_as_the_services_deletion(
    running: Callable[..., AbstractContextManager[RunningServer]], tmp_path: Path
) -> None:
    with running(tmp_path, "--ttl-sweep-s", "0.05") as server:
        table = table_of(server)
        table.put("kept", end=FAR_AHEAD)
        table.put("gone", end=LONG_AGO)
        until(lambda: found(table.client, "gone") is None)
        assert found(table.client, "kept") is not None
        records = table.records(3)
        assert events_of(records, "gone") == ["INSERT", "REMOVE"]
        assert records[-1]["userIdentity"] == {"PrincipalId": "dynamodb.amazonaws.com", "Type": "Service"}
        assert records[-1]["dynamodb"]["OldImage"] == {"id": {"S": "gone"}, "end": LONG_AGO}


def test_a_cached_item_that_expires_leaves_the_cache(tmp_path: Path) -> None:
    """It was read before it expired, and the cache would keep it for an hour."""
    with running_accelerator(tmp_path, "--ttl-sweep-s", "0.05", "--item-ttl-s", "3600") as server:
        client = client_for(server.url)
        client.create_table(**keyed("main"))
        client.put_item(TableName="main", Item={"id": {"S": "a"}, "end": LONG_AGO})
        for _ in range(3):
            assert found(client, "a") is not None
        client.update_time_to_live(TableName="main", TimeToLiveSpecification=SPECIFICATION)
        until(lambda: found(client, "a") is None)


@pytest.mark.parametrize("running", RUNNING)
def test_without_a_sweep_expired_items_stay(
    running: Callable[..., AbstractContextManager[RunningServer]], tmp_path: Path
) -> None:
    """The first sweep is before the item is there, the second one an hour later; a restart sweeps at once."""
    with running(tmp_path, "--ttl-sweep-s", "3600") as server:
        table = table_of(server)
        table.put("gone", end=LONG_AGO)
        assert found(table.client, "gone") is not None
        assert len(table.records(1)) == 1
    with running(tmp_path, "--ttl-sweep-s", "3600") as server:
        client = client_for(server.url)
        until(lambda: found(client, "gone") is None)


@pytest.mark.parametrize("model", [ServeSettings, StoreSettings])
def test_the_setting_is_three_seconds_unless_told_otherwise(
    model: type[ServeSettings] | type[StoreSettings], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert load(model, {}).ttl_sweep_s == 3.0
    assert load(model, {"ttl_sweep_s": "0.2"}).ttl_sweep_s == 0.2


@pytest.mark.parametrize("model", [ServeSettings, StoreSettings])
@pytest.mark.parametrize("value", ["0", "-1", "inf", "nan", "often"])
def test_what_is_no_pause_is_refused_by_name(
    model: type[ServeSettings] | type[StoreSettings], value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pause of zero would sweep without end."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsError, match=r"^--ttl-sweep-s: "):
        load(model, {"ttl_sweep_s": value})
