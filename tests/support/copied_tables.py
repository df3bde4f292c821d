"""Tables with rows, for the tests of what copies them."""

from typing import Any, TypeAlias

from tests.support.stores import Calls

Json: TypeAlias = dict[str, Any]


def item(row: int, text: str = "") -> Json:
    return {"id": {"S": f"row {row:04}"}, "text": {"S": text or str(row)}}


async def fill(call: Calls, table: str, rows: int, text: str = "") -> None:
    """Put that many items into a table whose hash key is the string id."""
    for first in range(0, rows, 25):
        puts = [{"PutRequest": {"Item": item(row, text)}} for row in range(first, min(rows, first + 25))]
        await call("BatchWriteItem", RequestItems={table: puts})


async def items_of(call: Calls, table: str) -> list[Json]:
    """All items of a table, in the order of their keys."""
    return sorted(await call.items(table), key=lambda found: str(found["id"]["S"]))


async def backed_up(call: Calls, table: str, name: str = "nightly") -> str:
    """Back a table up, wait until that is done, and return the backup's ARN."""
    reply = await call("CreateBackup", TableName=table, BackupName=name)
    await call.store.copied()
    arn: str = reply["BackupDetails"]["BackupArn"]
    return arn
