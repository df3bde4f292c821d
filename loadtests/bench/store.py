"""The store's operations: in this process, over HTTP, and beside dynalite and ministack where these are installed.

    python -m loadtests.bench.store [--rounds N] [--directory DIRECTORY]

All contenders take turns, round by round, and what is printed are medians: operations a second, megabytes for Scan.
A dash is where a contender does not know the operation. Each write of the store is answered after the fsync that made
it durable; dynalite and ministack do not fsync. Data lie on the disk of DIRECTORY. Over HTTP one process sends
prepared requests and counts replies, on the server's cores.
"""

import argparse
import asyncio
import contextlib
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isnan, nan
from pathlib import Path
from statistics import median
from typing import Final, Protocol

import orjson

from backend_store.kv.sqlite_engine import SqliteEngine
from backend_store.store import Store
from loadtests.bench.hit_cpu import free_port, process, wait_for
from loadtests.bench.replayer import Exchange, ask, http_reply_length, replay
from microdax.wire.dynamo_json import decode_item, encode_item, item_from_json

TABLE: Final = "bench"
VALUE: Final = "v" * 224  # the size of YCSB's smaller items
KEYS: Final = 1_000
PAGE_ITEMS: Final = 100
PARTITION: Final = "partition"
BATCH: Final = 25
TRANSACTION_ITEMS: Final = 10
PUT_CALLERS: Final = (1, 8, 64)
READ_CALLERS: Final = 64
TRANSACT_CALLERS: Final = (1, 64)
WRITES: Final = frozenset({"PutItem", "TransactWriteItems"})
START_TRIES: Final = 200

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing to measure: requests that `callers` send, so many of them; each reply counts for `amount` of `unit`."""

    name: str
    operation: str
    callers: int
    requests: int
    bodies: Callable[[], Iterator[bytes]]
    amount: float = 1.0
    unit: str = "/s"


class Contender(Protocol):
    """Who answers."""

    @property
    def name(self) -> str: ...

    def rate(self, measure: Measure) -> float:
        """How many replies a second; not a number where the contender does not know the operation."""
        ...


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--directory", type=Path, default=Path())
    options = parser.parse_args(arguments)
    with contextlib.ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=options.directory)))
        contenders = [stack.enter_context(start(directory)) for start in (in_process, over_http)]
        for name, start in (("dynalite", dynalite), ("ministack", ministack)):
            if shutil.which(name) is None:
                print(f"{name} is not installed; measuring without it")
            else:
                contenders.append(stack.enter_context(start(directory)))
        report(contenders, [measured(contenders, measure, options.rounds) for measure in MEASURES])
        report_page_cost(contenders[0])


def measured(contenders: Sequence[Contender], measure: Measure, rounds: int) -> list[float]:
    """The medians of the contenders, which take turns."""
    rates = [[contender.rate(measure) for contender in contenders] for _ in range(rounds)]
    return [median(of_one) * measure.amount for of_one in zip(*rates, strict=True)]


def report(contenders: Sequence[Contender], rows: Sequence[Sequence[float]]) -> None:
    print(f"{'':24}" + "".join(f"{contender.name:>14}" for contender in contenders))
    for measure, row in zip(MEASURES, rows, strict=True):
        rates = "".join(f"{'-':>14}" if isnan(rate) else f"{rate:14,.0f}" for rate in row)
        print(f"{measure.name:24}{rates}  {measure.unit}")


def report_page_cost(contender: Contender) -> None:
    """A page of a Query beside what decoding its items costs."""
    document = encode_item(item_from_json(item(PARTITION, 0)))
    begun = time.perf_counter()
    for _ in range(KEYS * 10):
        decode_item(document)
    decode_s = (time.perf_counter() - begun) / (KEYS * 10) * PAGE_ITEMS
    alone = Measure("", "Query", 1, 300, query_bodies)
    page_s = 1 / contender.rate(alone)
    print(
        f"a Query page of {PAGE_ITEMS} items takes {page_s * 1e6:,.0f} us in process, "
        f"decoding its items {decode_s * 1e6:,.0f} us: {page_s / decode_s:.2f} times"
    )


# ---- what is asked


def item(partition: str, number: int) -> dict[str, object]:
    return {"id": {"S": partition}, "n": sort_key(number), "value": {"S": VALUE}}


def sort_key(number: int) -> dict[str, object]:
    """Of the same length for all."""
    return {"N": str(KEYS + number)}


def put_bodies() -> Iterator[bytes]:
    """Always new items, so that each put has something to write."""
    for number in _numbers:
        yield orjson.dumps({"TableName": TABLE, "Item": item(f"put{number:09}", 0)})


def transact_bodies() -> Iterator[bytes]:
    """Always new items, several in each transaction."""
    for number in _numbers:
        items = [item(f"transact{number:09}", of_these) for of_these in range(TRANSACTION_ITEMS)]
        puts = [{"Put": {"TableName": TABLE, "Item": one}} for one in items]
        yield orjson.dumps({"TransactItems": puts})


def get_bodies() -> Iterator[bytes]:
    for number in itertools.cycle(range(PAGE_ITEMS)):
        key = {"id": {"S": PARTITION}, "n": sort_key(number)}
        yield orjson.dumps({"TableName": TABLE, "Key": key})


def query_bodies() -> Iterator[bytes]:
    yield from itertools.repeat(
        orjson.dumps(
            {
                "TableName": TABLE,
                "KeyConditionExpression": "id = :id",
                "ExpressionAttributeValues": {":id": {"S": PARTITION}},
            }
        )
    )


def scan_bodies() -> Iterator[bytes]:
    yield from itertools.repeat(orjson.dumps({"TableName": "scanned"}))


ITEM_BYTES: Final = len("id" + PARTITION + "n" + "value" + VALUE) + 2
MEASURES: Final = (
    *(
        Measure(f"PutItem, {callers} callers", "PutItem", callers, min(3_000, 300 * callers), put_bodies)
        for callers in PUT_CALLERS
    ),
    *(
        Measure(
            f"Transact of {TRANSACTION_ITEMS}, {callers} call.",
            "TransactWriteItems",
            callers,
            min(1_500, 150 * callers),
            transact_bodies,
        )
        for callers in TRANSACT_CALLERS
    ),
    Measure(f"GetItem, {READ_CALLERS} callers", "GetItem", READ_CALLERS, 4_000, get_bodies),
    Measure(f"Query of {PAGE_ITEMS} items", "Query", 8, 300, query_bodies),
    Measure("Scan", "Scan", 1, 10, scan_bodies, KEYS * ITEM_BYTES / 1e6, "MB/s"),
)


def preparations() -> Iterator[tuple[str, bytes]]:
    """The calls that make the tables and what is read of them."""
    for name in (TABLE, "scanned"):
        schema = {
            "TableName": name,
            "AttributeDefinitions": [
                {"AttributeName": "id", "AttributeType": "S"},
                {"AttributeName": "n", "AttributeType": "N"},
            ],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "n", "KeyType": "RANGE"}],
            "BillingMode": "PAY_PER_REQUEST",
        }
        yield "CreateTable", orjson.dumps(schema)
    for name, count in ((TABLE, PAGE_ITEMS), ("scanned", KEYS)):
        for first in range(0, count, BATCH):
            puts = [{"PutRequest": {"Item": item(PARTITION, number)}} for number in range(first, first + BATCH)]
            yield "BatchWriteItem", orjson.dumps({"RequestItems": {name: puts}})


# ---- who is asked


@dataclass(frozen=True, slots=True)
class InProcess:
    """The store as the accelerator has it."""

    store: Store
    runner: asyncio.Runner
    name: str = "in process"

    def rate(self, measure: Measure) -> float:
        return self.runner.run(self._rate(measure))

    async def _rate(self, measure: Measure) -> float:
        target = f"DynamoDB_20120810.{measure.operation}"
        bodies = list(itertools.islice(measure.bodies(), measure.requests))
        waiting = iter(bodies)
        begun = time.perf_counter()
        await asyncio.gather(*(self._call(target, waiting) for _ in range(measure.callers)))
        return measure.requests / (time.perf_counter() - begun)

    async def _call(self, target: str, bodies: Iterator[bytes]) -> None:
        for body in bodies:
            reply = await self.store.answer(target, body)
            assert reply.ok, reply.body


@contextlib.contextmanager
def in_process(directory: Path) -> Generator[Contender, None, None]:
    with asyncio.Runner() as runner:
        store = Store(SqliteEngine(directory / "in-process"))
        try:
            for operation, body in preparations():
                reply = runner.run(store.answer(f"DynamoDB_20120810.{operation}", body))
                assert reply.ok, reply.body
            yield InProcess(store, runner)
        finally:
            runner.run(store.close())


@dataclass(frozen=True, slots=True)
class Server:
    """Whoever listens on a port of this machine."""

    name: str
    port: int

    def rate(self, measure: Measure) -> float:
        bodies = list(itertools.islice(measure.bodies(), measure.requests + 1))
        requests = [call(measure.operation, body) for body in bodies]
        if not self._knows(requests[0]):
            return nan
        # Replies to writes are all alike; of reads each is learnt, since the digits of a checksum are more or fewer.
        is_write = measure.operation in WRITES
        lengths = {request: self._reply_bytes(request) for request in (requests[:1] if is_write else set(requests))}
        exchanges = [Exchange(request, lengths[requests[0] if is_write else request]) for request in requests[1:]]
        with contextlib.suppress(ValueError):  # ministack's first replies differ in length from its later ones
            return measure.requests / replay(self.port, exchanges, measure.callers, measure.requests).seconds
        return self.rate(measure)

    def _knows(self, request: bytes) -> bool:
        return b"UnknownOperationException" not in ask(self.port, request, http_reply_length)

    def _reply_bytes(self, request: bytes) -> int:
        reply = ask(self.port, request, http_reply_length)
        assert reply.startswith(b"HTTP/1.1 200"), reply
        return len(reply)

    def prepare(self) -> None:
        for operation, body in preparations():
            reply = b""
            for _ in range(START_TRIES):  # a table may take a while to become active
                reply = ask(self.port, call(operation, body), http_reply_length)
                if reply.startswith(b"HTTP/1.1 200"):
                    break
                time.sleep(0.05)
            else:
                raise RuntimeError(f"{self.name} refused {operation}: {reply!r}")


def call(operation: str, body: bytes) -> bytes:
    """A request with what looks like a signature, without which dynalite answers nobody."""
    head = (
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.0\r\n"
        f"X-Amz-Target: DynamoDB_20120810.{operation}\r\nX-Amz-Date: 20260101T000000Z\r\n"
        "Authorization: AWS4-HMAC-SHA256 Credential=any/20260101/us-east-1/dynamodb/aws4_request, "
        "SignedHeaders=host;x-amz-date;x-amz-target, Signature=0\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


@contextlib.contextmanager
def over_http(directory: Path) -> Generator[Contender, None, None]:
    port = free_port()
    data = str(directory / "over-http")
    command = [sys.executable, "-m", "accelerator.cli", "store", "--port", str(port), "--data", data]
    with serving(Server("over HTTP", port), command) as server:
        yield server


@contextlib.contextmanager
def dynalite(directory: Path) -> Generator[Contender, None, None]:
    port = free_port()
    command = ["dynalite", "--port", str(port), "--path", str(directory / "dynalite"), "--createTableMs", "0"]
    with serving(Server("dynalite", port), command) as server:
        yield server


@contextlib.contextmanager
def ministack(_: Path) -> Generator[Contender, None, None]:
    port = free_port()
    with serving(Server("ministack", port), ["ministack"], {"GATEWAY_PORT": str(port)}) as server:
        yield server


@contextlib.contextmanager
def serving(
    server: Server, command: Sequence[str], variables: Mapping[str, str] | None = None
) -> Generator[Server, None, None]:
    os.environ.update(variables or {})
    with process(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
        wait_for(server.port)
        server.prepare()
        yield server


if __name__ == "__main__":
    main()
