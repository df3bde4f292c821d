"""SIGKILL of the store's server while ten clients write over HTTP: what was answered is there, and whole.

Three clients put items, three put batches of them, two count up in an item of their own by conditional updates, two
in two items at once by transactions, which have to stay equal and put and delete a third. Each goes on from where it
is found after the kill, one step past its last answer at most; what each was answered is known to this process, which
is not killed.

The table has a local and two global indexes, one of them on what the counters count, so that each count moves its rows,
and a stream. That they agree with the rows is the check's to say, which runs after each kill.
"""

import asyncio
import itertools
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from random import Random, randrange
from typing import Any, Final, TypeAlias

import orjson

from tests.support.http_client import RawClient, call, connected
from tests.support.servers import RunningServer, running_store

PUTTERS: Final = ("put 0", "put 1", "put 2")
BATCHERS: Final = ("batch 0", "batch 1", "batch 2")
COUNTERS: Final = ("count 0", "count 1")
TRANSACTORS: Final = ("transaction 0", "transaction 1")
BATCH_ITEMS: Final = 5
COUNTER_ROW: Final = 0
TWIN_ROW: Final = 1
ODD_ROW: Final = 2  # is there after odd steps only
SHELVES: Final = 7
LENGTHS_BYTES: Final = (0, 100, 100, 1000) * 10 + (
    20_000,
)  # long ones are rare: each kill is followed by a check of all
TABLE: Final = "steps"

Document: TypeAlias = Mapping[str, Any]


class Answered:
    """The last step that each client was answered, and whether that is enough for this round."""

    def __init__(self) -> None:
        self.last_step: dict[str, int] = dict.fromkeys((*PUTTERS, *BATCHERS, *COUNTERS, *TRANSACTORS), 0)
        self._wanted = 0
        self._enough = asyncio.Event()

    def want(self, answers: int) -> None:
        self._wanted = answers
        self._enough.clear()

    def note(self, client: str, step: int) -> None:
        self.last_step[client] = step
        self._wanted -= 1
        if self._wanted == 0:
            self._enough.set()

    async def enough(self) -> None:
        await self._enough.wait()


async def test_kills_of_the_server_lose_nothing_that_was_answered(tmp_path: Path, kills: int) -> None:
    seed = randrange(2**32)
    print(f"seed {seed}")  # noqa: T201  shown where the test fails
    random, answered = Random(seed), Answered()
    for kill in range(kills):
        with running_store(tmp_path) as server:
            if kill == 0:
                await _create_table(server)
            answered.last_step = await _found(server, answered.last_step)
            await _write_and_kill(server, answered, random)
        _check(tmp_path / "data")
    with running_store(tmp_path) as server:
        await _found(server, answered.last_step)


def _check(data: Path) -> None:
    command = [sys.executable, "-m", "accelerator.cli", "store", "check", "--data", str(data)]
    checked = subprocess.run(command, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr


# Writing


async def _write_and_kill(server: RunningServer, answered: Answered, random: Random) -> None:
    answers, instant_s = random.randrange(1, 200), random.uniform(0, 0.01)
    print(f"killed {instant_s:.6f} s after {answers} answers")  # noqa: T201
    answered.want(answers)
    enough = asyncio.create_task(answered.enough())
    writers = [asyncio.create_task(_write_on(server, client, answered)) for client in answered.last_step]
    await asyncio.wait([enough, *writers], return_when=asyncio.FIRST_COMPLETED)
    await asyncio.sleep(instant_s)
    server.kill()
    await asyncio.gather(*writers)
    assert enough.done(), "the server went away before it was killed"


async def _write_on(server: RunningServer, client: str, answered: Answered) -> None:
    """One step after the other until the connection breaks."""
    async with connected(_port(server)) as connection:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            for step in itertools.count(answered.last_step[client] + 1):
                await _ask(connection, *_write(client, step))
                answered.note(client, step)


def _write(client: str, step: int) -> tuple[str, Document]:
    """Operation and request of a client's step."""
    if client in PUTTERS:
        return "PutItem", {"TableName": TABLE, "Item": _item(client, step)}
    if client in BATCHERS:
        puts = [{"PutRequest": {"Item": _item(client, row)}} for row in _rows(client, step)]
        return "BatchWriteItem", {"RequestItems": {TABLE: puts}}
    if client in TRANSACTORS:
        counts = [{"Update": _count(client, row, step)} for row in (COUNTER_ROW, TWIN_ROW)]
        odd = {"TableName": TABLE, "Item": {**_key(client, ODD_ROW), "counted": {"N": str(step)}}}
        even = {"TableName": TABLE, "Key": _key(client, ODD_ROW)}
        actions = [*counts, {"Put": odd} if step % 2 else {"Delete": even}]
        return "TransactWriteItems", {"TransactItems": actions, "ClientRequestToken": f"{client} {step}"}
    return "UpdateItem", _count(client, COUNTER_ROW, step)


def _count(client: str, row: int, step: int) -> Document:
    """The update of a counter that is one step behind."""
    values = {":next": {"N": str(step)}, ":last": {"N": str(step - 1)}}
    return {
        "TableName": TABLE,
        "Key": _key(client, row),
        "UpdateExpression": "SET counted = :next",
        "ConditionExpression": "counted = :last" if step > 1 else "attribute_not_exists(counted)",
        "ExpressionAttributeValues": values if step > 1 else {":next": values[":next"]},
    }


def _rows(client: str, step: int) -> range:
    """The rows that a step writes."""
    height = BATCH_ITEMS if client in BATCHERS else 1
    return range((step - 1) * height + 1, step * height + 1)


def _key(client: str, row: int) -> Document:
    return {"writer": {"S": client}, "row": {"N": str(row)}}


def _item(client: str, row: int) -> Document:
    """What the row must hold: a length and a content of its own."""
    random = Random(f"{client} {row}")
    text = random.randbytes(random.choice(LENGTHS_BYTES)).hex()
    return {**_key(client, row), "shelf": {"N": str(row % SHELVES)}, "text": {"S": text}}


# Reading


async def _found(server: RunningServer, answered: Mapping[str, int]) -> dict[str, int]:
    """The step that each client has reached; all that it was answered must be there, and whole."""
    async with connected(_port(server)) as connection:
        return {client: await _found_of(connection, client, step) for client, step in answered.items()}


async def _found_of(connection: RawClient, client: str, answered: int) -> int:
    items = await _partition(connection, client)
    found = _steps(client, items) if client in (*PUTTERS, *BATCHERS) else _counted(client, items)
    assert answered <= found <= answered + 1, f"{client}: {answered} steps were answered, {found} are there"
    return found


def _counted(client: str, items: Sequence[Document]) -> int:
    """Where the counter stands, or both of a transaction's."""
    counters = {int(item["counted"]["N"]) for item in items} or {0}
    assert len(counters) == 1, "half a transaction is there"
    count = counters.pop()
    whole = 2 + count % 2 if client in TRANSACTORS else 1
    assert len(items) == (whole if count else 0), "half a transaction is there"
    return count


def _steps(client: str, items: Sequence[Document]) -> int:
    """How many steps made these items, which must be the first rows, whole, and all of the last step."""
    assert items == [_item(client, row) for row in range(1, len(items) + 1)]
    steps, rest = divmod(len(items), len(_rows(client, 1)))
    assert rest == 0, "half a request is there"
    return steps


async def _partition(connection: RawClient, client: str) -> list[Document]:
    request = {
        "TableName": TABLE,
        "KeyConditionExpression": "writer = :writer",
        "ExpressionAttributeValues": {":writer": {"S": client}},
    }
    page = await _ask(connection, "Query", request)
    items = list(page["Items"])
    while "LastEvaluatedKey" in page:
        page = await _ask(connection, "Query", {**request, "ExclusiveStartKey": page["LastEvaluatedKey"]})
        items += page["Items"]
    return items


async def _create_table(server: RunningServer) -> None:
    request = {
        "TableName": TABLE,
        "AttributeDefinitions": [
            {"AttributeName": "writer", "AttributeType": "S"},
            {"AttributeName": "row", "AttributeType": "N"},
            {"AttributeName": "shelf", "AttributeType": "N"},
            {"AttributeName": "counted", "AttributeType": "N"},
        ],
        "KeySchema": [
            {"AttributeName": "writer", "KeyType": "HASH"},
            {"AttributeName": "row", "KeyType": "RANGE"},
        ],
        "LocalSecondaryIndexes": [_index("of-writer-by-shelf", "writer", "shelf", "KEYS_ONLY")],
        "GlobalSecondaryIndexes": [
            _index("by-shelf", "shelf", "row", "ALL"),
            _index("by-count", "counted", "writer", "ALL"),
        ],
        "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        "BillingMode": "PAY_PER_REQUEST",
    }
    async with connected(_port(server)) as connection:
        await _ask(connection, "CreateTable", request)


def _index(name: str, hash_key: str, range_key: str, projection: str) -> Document:
    return {
        "IndexName": name,
        "KeySchema": [
            {"AttributeName": hash_key, "KeyType": "HASH"},
            {"AttributeName": range_key, "KeyType": "RANGE"},
        ],
        "Projection": {"ProjectionType": projection},
    }


async def _ask(connection: RawClient, operation: str, request: Document) -> Document:
    reply = await connection.ask(call(orjson.dumps(request), f"DynamoDB_20120810.{operation}"))
    assert reply.status == 200, reply.body
    document: Document = orjson.loads(reply.body)
    return document


def _port(server: RunningServer) -> int:
    return int(server.url.rpartition(":")[2])
