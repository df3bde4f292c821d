"""SIGKILL in the middle of backups and restores: a backup is whole or was never made, a restore comes to its end."""

import subprocess
import sys
import time
from pathlib import Path
from random import Random, randrange
from typing import Final

from tests.support.backups import active, backed_up, recoverable
from tests.support.boto import Client, Json, client_for, keyed
from tests.support.servers import running_store

KILLS: Final = 4
ROWS: Final = 1500
TABLE: Final = "main"


def test_kills_in_the_middle_of_backups_and_restores(tmp_path: Path) -> None:
    seed = randrange(2**32)
    print(f"seed {seed}")  # noqa: T201  shown where the test fails
    random = Random(seed)
    with running_store(tmp_path) as server:
        client = client_for(server.url)
        client.create_table(**keyed(TABLE))
        recoverable(client, TABLE)
        _fill(client)
        rows = _rows(client, TABLE)
        arn = backed_up(client, TABLE, "whole")
    for kill in range(KILLS):
        with running_store(tmp_path) as server:
            client = client_for(server.url)
            client.create_backup(TableName=TABLE, BackupName=f"killed-{kill}")
            client.restore_table_from_backup(TargetTableName=f"backup-{kill}", BackupArn=arn)
            client.restore_table_to_point_in_time(
                SourceTableName=TABLE, TargetTableName=f"past-{kill}", UseLatestRestorableTime=True
            )
            time.sleep(random.uniform(0, 0.1))
            server.kill()
        _check(tmp_path / "data")
    with running_store(tmp_path) as server:
        client = client_for(server.url)
        for kill in range(KILLS):
            for source in ("backup", "past"):
                active(client, f"{source}-{kill}")
                assert _rows(client, f"{source}-{kill}") == rows
        for backup in client.list_backups()["BackupSummaries"]:
            assert backup["BackupStatus"] == "AVAILABLE"
            copy = backup["BackupName"] + "-copy"
            client.restore_table_from_backup(TargetTableName=copy, BackupArn=backup["BackupArn"])
            active(client, copy)
            assert _rows(client, copy) == rows
    _check(tmp_path / "data")


def _fill(client: Client) -> None:
    for first in range(0, ROWS, 25):
        puts = [
            {"PutRequest": {"Item": {"id": {"S": str(row)}, "n": {"N": str(row)}}}} for row in range(first, first + 25)
        ]
        client.batch_write_item(RequestItems={TABLE: puts})


def _rows(client: Client, table: str) -> dict[str, Json]:
    pages = client.get_paginator("scan").paginate(TableName=table)
    return {item["id"]["S"]: item for page in pages for item in page["Items"]}


def _check(data: Path) -> None:
    command = [sys.executable, "-m", "accelerator.cli", "store", "check", "--data", str(data)]
    checked = subprocess.run(command, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr
