"""What a cache hit costs the server in CPU, beside redis-server's GET of as many bytes.

`python -m loadtests.bench.hit_cpu` starts both on free ports, loads them in turn (A B A B ...) with the same
replayer, 50 connections with one request in the air on each, and prints the medians of the CPU time (user and system)
that a request took in the server's process.
"""

import argparse
import contextlib
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import orjson

from loadtests.bench.replayer import Exchange, ReplyLength, ask, http_reply_length, learn, replay, resp_reply_length

TABLE: Final = "bench"
KEYS: Final = 1_000
VALUE: Final = "v" * 224
START_S: Final = 10.0
TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Contender:
    """A running server, what to send it, and what each round took."""

    name: str
    pid: int
    port: int
    exchanges: Sequence[Exchange]
    cpu_us: list[float] = field(default_factory=list[float])
    per_s: list[float] = field(default_factory=list[float])


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--requests", type=int, default=100_000, help="in each round")
    parser.add_argument("--connections", type=int, default=50)
    options = parser.parse_args(arguments)
    with contextlib.ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        contenders = [stack.enter_context(microdax(directory))]
        redis_server = shutil.which("redis-server")
        if redis_server is None:
            print("redis-server is not installed; measuring microdax alone")
        else:
            contenders.append(stack.enter_context(redis(redis_server)))
        for _ in range(options.rounds):
            for contender in contenders:
                load(contender, options.connections, options.requests)
    report(contenders)


def load(contender: Contender, connections: int, requests: int) -> None:
    """One round: how long the server's process computes for this many requests."""
    before = cpu_s(contender.pid)
    replayed = replay(contender.port, contender.exchanges, connections, requests)
    contender.cpu_us.append((cpu_s(contender.pid) - before) / replayed.requests * 1e6)
    contender.per_s.append(replayed.requests / replayed.seconds)


def cpu_s(pid: int) -> float:
    """The CPU time that a process has used, in user and system mode, all threads."""
    after_name = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / TICKS_PER_S


def report(contenders: Sequence[Contender]) -> None:
    print(f"{'':10} {'CPU us/request':>15} {'lowest':>8} {'highest':>8} {'requests/s':>11}")
    for contender in contenders:
        cpu = contender.cpu_us
        median = statistics.median(cpu)
        per_s = statistics.median(contender.per_s)
        print(f"{contender.name:10} {median:15.1f} {min(cpu):8.1f} {max(cpu):8.1f} {per_s:11,.0f}")
    if len(contenders) == 2:
        pairs = zip(contenders[0].cpu_us, contenders[1].cpu_us, strict=True)
        ratio = statistics.median(ours / theirs for ours, theirs in pairs)
        print(f"microdax / redis: {ratio:.2f} (median over the rounds)")


# The two servers


@contextlib.contextmanager
def microdax(directory: Path) -> Generator[Contender, None, None]:
    """The accelerator with its bundled store, every item in the cache and every request in the memo."""
    command = [sys.executable, "-m", "accelerator.cli", "serve", "--http-port", "0", "--data", str(directory / "data")]
    with process(command, stdout=subprocess.PIPE) as running:
        assert running.stdout is not None
        announced = re.search(rb"listens on http://[^ ]*:(\d+)", running.stdout.readline())
        assert announced is not None, "microdax did not start"
        port = int(announced[1])
        fill(port)
        gets = [call("GetItem", {"TableName": TABLE, "Key": {"id": {"S": key(number)}}}) for number in range(KEYS)]
        yield Contender("microdax", running.pid, port, learn_all(port, gets, http_reply_length))


def fill(port: int) -> None:
    """Make the table and its items."""
    schema = {
        "TableName": TABLE,
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
    }
    calls = [call("CreateTable", schema)]
    for number in range(KEYS):
        item = {"id": {"S": key(number)}, "value": {"S": VALUE}}
        calls.append(call("PutItem", {"TableName": TABLE, "Item": item}))
    for request in calls:
        reply = ask(port, request, http_reply_length)
        assert reply.startswith(b"HTTP/1.1 200 "), reply


def call(operation: str, arguments: object) -> bytes:
    """A call as the SDK sends it: fixed headers, equal bytes for equal arguments."""
    body = orjson.dumps(arguments)
    head = (
        f"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.0\r\n"
        f"X-Amz-Target: DynamoDB_20120810.{operation}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


@contextlib.contextmanager
def redis(command: str) -> Generator[Contender, None, None]:
    """redis-server, holding under each key what a GetItem's body holds."""
    port = free_port()
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    with process([command, *options], stdout=subprocess.DEVNULL) as running:
        wait_for(port)
        for number in range(KEYS):
            item = orjson.dumps({"Item": {"id": {"S": key(number)}, "value": {"S": VALUE}}})
            assert ask(port, resp(b"SET", key(number).encode(), item), resp_reply_length) == b"+OK\r\n"
        gets = [resp(b"GET", key(number).encode()) for number in range(KEYS)]
        yield Contender("redis", running.pid, port, learn_all(port, gets, resp_reply_length))


def resp(*words: bytes) -> bytes:
    """A command in Redis' protocol."""
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in words)


def key(number: int) -> str:
    return f"user{number:08d}"


def learn_all(port: int, requests: Sequence[bytes], reply_length: ReplyLength) -> list[Exchange]:
    return [learn(port, request, reply_length) for request in requests]


@contextlib.contextmanager
def process(
    command: Sequence[str], stdout: int, stderr: int | None = None
) -> Generator[subprocess.Popen[bytes], None, None]:
    """A process that is stopped when the block ends."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MICRODAX_")}
    with subprocess.Popen(command, stdout=stdout, stderr=stderr, env=environment) as running:
        try:
            yield running
        finally:
            running.terminate()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int) -> None:
    """Until somebody listens on the port."""
    give_up = time.monotonic() + START_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except ConnectionRefusedError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.05)


if __name__ == "__main__":
    main()
