"""What a get_item takes through microdax's client and through boto3, on one server, beside redis-py's GET.

`python -m loadtests.bench.sdk_latency` starts `microdax serve` and redis-server on free ports, puts the same items into
both, and calls them in turn (A B C D A B C D ...), one call at a time. Every item is in the cache. It prints the
medians, over the rounds, of each round's median and 99th percentile.

- "socket" is the floor for Python: the request's bytes are ready, the reply is cut by its length and parsed by orjson;
  nothing is validated, no header is read, no error is expected.
- "redis-py" is GET and orjson.loads of the same document.
"""

import argparse
import contextlib
import itertools
import os
import shutil
import socket
import statistics
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import boto3
import orjson
import redis as redis_py

import microdax
from loadtests.bench import hit_cpu

Get: TypeAlias = Callable[[str], object]

PLACEHOLDERS = {"region_name": "us-east-1", "aws_access_key_id": "any", "aws_secret_access_key": "any"}


@dataclass(frozen=True, slots=True)
class Contender:
    """A way to get an item by its id, and what each round took."""

    name: str
    get: Get
    p50_us: list[float] = field(default_factory=list[float])
    p99_us: list[float] = field(default_factory=list[float])


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--calls", type=int, default=2_000, help="in each round")
    options = parser.parse_args(arguments)
    with contextlib.ExitStack() as stack:
        contenders = started(stack)
        for _ in range(options.rounds):
            for contender in contenders:
                measure(contender, options.calls)
    report(contenders)


def started(stack: contextlib.ExitStack) -> list[Contender]:
    """The servers, until the stack is closed, and the clients to compare."""
    directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    port = stack.enter_context(hit_cpu.microdax(directory)).port
    contenders = [
        Contender("microdax", stack.enter_context(through_microdax(port))),
        Contender("boto3", stack.enter_context(through_boto3(port))),
        Contender("socket", stack.enter_context(through_a_socket(port))),
    ]
    redis_server = shutil.which("redis-server")
    if redis_server is None:
        print("redis-server is not installed: measured without it")
        return contenders
    redis_port = stack.enter_context(hit_cpu.redis(redis_server)).port
    return [*contenders, Contender("redis-py", stack.enter_context(through_redis(redis_port)))]


@contextlib.contextmanager
def through_microdax(port: int) -> Generator[Get, None, None]:
    with microdax.client(f"http://127.0.0.1:{port}") as client:
        yield lambda key: client.get_item(TableName=hit_cpu.TABLE, Key={"id": {"S": key}})["Item"]


@contextlib.contextmanager
def through_boto3(port: int) -> Generator[Get, None, None]:
    library: Any = boto3
    with closing(library.client("dynamodb", endpoint_url=f"http://127.0.0.1:{port}", **PLACEHOLDERS)) as client:
        yield lambda key: client.get_item(TableName=hit_cpu.TABLE, Key={"id": {"S": key}})["Item"]


@contextlib.contextmanager
def through_a_socket(port: int) -> Generator[Get, None, None]:
    with socket.create_connection(("127.0.0.1", port)) as connected:
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

        def get(key: str) -> object:
            connected.sendall(hit_cpu.call("GetItem", {"TableName": hit_cpu.TABLE, "Key": {"id": {"S": key}}}))
            return orjson.loads(connected.recv(65536).partition(b"\r\n\r\n")[2])["Item"]

        yield get


@contextlib.contextmanager
def through_redis(port: int) -> Generator[Get, None, None]:
    client: Any = redis_py.Redis(port=port)
    with closing(client):
        yield lambda key: orjson.loads(client.get(key))["Item"]


def measure(contender: Contender, calls: int) -> None:
    """One round: so many calls, one after the other, of which the first tenth warms up."""
    keys = itertools.islice(itertools.cycle(map(hit_cpu.key, range(hit_cpu.KEYS))), calls)
    took_us: list[float] = []
    for key in keys:
        begun = time.perf_counter()
        item = contender.get(key)
        took_us.append((time.perf_counter() - begun) * 1e6)
        assert item == {"id": {"S": key}, "value": {"S": hit_cpu.VALUE}}
    percentiles = statistics.quantiles(took_us[calls // 10 :], n=100)
    contender.p50_us.append(percentiles[49])
    contender.p99_us.append(percentiles[98])


def report(contenders: list[Contender]) -> None:
    ours = statistics.median(contenders[0].p50_us)
    print(f"get_item of {len(hit_cpu.VALUE)} bytes, one call at a time, {os.cpu_count()} cores")
    print(f"{'':10} {'p50 us':>8} {'lowest':>8} {'highest':>8} {'p99 us':>8} {'microdax / it':>14}")
    for contender in contenders:
        p50, p99 = statistics.median(contender.p50_us), statistics.median(contender.p99_us)
        lowest, highest = min(contender.p50_us), max(contender.p50_us)
        print(f"{contender.name:10} {p50:8.1f} {lowest:8.1f} {highest:8.1f} {p99:8.1f} {ours / p50:14.2f}")


if __name__ == "__main__":
    main()
