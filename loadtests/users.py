"""The locustfile: users that run a YCSB mix, over plain connections or over the SDK.

Locust's own clients cost several times what a cache's hit does, so that they would measure themselves. `WireUser`
sends ready bytes over a socket of its own and reads no more of a reply than its length; many operations go into one
Locust task. Latencies go into our histogram beside Locust's, which ends up in the file named by `--result`.

Run by loadtests/run.py, in a process of its own: importing Locust replaces the standard library's sockets.
"""

# Locust annotates itself in part: its events and options are Any at best.
# mypy: disable-error-code="untyped-decorator"
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import json
import random
import socket
import time
from argparse import Namespace
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from locust import User, constant, events, task
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment

import microdax
from loadtests.histogram import Histogram
from loadtests.workloads import MIXES, TABLE, Operation, Workload

OPERATIONS_A_TASK: Final = 64
TIMEOUT_S: Final = 30.0

HEADERS: Final = (
    "POST / HTTP/1.1\r\nHost: {host}\r\nX-Amz-Target: DynamoDB_20120810.{operation}\r\n"
    "Content-Type: application/x-amz-json-1.0\r\n"
    "Authorization: AWS4-HMAC-SHA256 Credential=any/20240101/us-east-1/dynamodb/aws4_request, "
    "SignedHeaders=host, Signature=0\r\nContent-Length: {length}\r\n\r\n"
)


class Results:
    """What all users of this process have measured, by kind of operation."""

    def __init__(self) -> None:
        self.latencies = {"read": Histogram(), "write": Histogram()}
        self.failures: list[str] = []

    def write(self, path: Path) -> None:
        latencies = {kind: histogram.counts() for kind, histogram in self.latencies.items()}
        path.write_text(json.dumps({"latencies": latencies, "failures": self.failures[:10]}), encoding="utf-8")


results = Results()


@events.init_command_line_parser.add_listener
def add_options(parser: LocustArgumentParser, **_: Any) -> None:
    parser.add_argument("--mix", choices=sorted(MIXES), default="B")
    parser.add_argument("--records", type=int, default=10_000)
    parser.add_argument("--result", default="")


@events.request.add_listener
def record(request_type: str, response_time: float, exception: Exception | None, **_: Any) -> None:
    if exception is None:
        results.latencies[request_type].record(response_time * 1000)
    else:
        results.failures.append(repr(exception))


@events.quitting.add_listener
def keep_results(environment: Environment, **_: Any) -> None:
    options: Namespace | None = environment.parsed_options
    if options is not None and options.result:
        results.write(Path(options.result))


class YcsbUser(User):
    """Runs operations one after another, as fast as they are answered."""

    abstract = True
    wait_time = constant(0)

    def on_start(self) -> None:
        options = self.environment.parsed_options
        assert options is not None
        self.workload = Workload(MIXES[options.mix], options.records, random.Random(id(self)))

    def perform(self, operation: Operation) -> int:
        """Carry it out and return the reply's bytes; raises for a reply that is not a success."""
        raise NotImplementedError

    @task
    def operations(self) -> None:
        for _ in range(OPERATIONS_A_TASK):
            self._timed(self.workload.next())

    def _timed(self, operation: Operation) -> None:
        kind = "read" if operation.reads else "write"
        exception: Exception | None = None
        length = 0
        began = time.perf_counter()
        try:
            length = self.perform(operation)
        except Exception as error:
            exception = error
        self.environment.events.request.fire(
            request_type=kind,
            name=TABLE,
            response_time=(time.perf_counter() - began) * 1000,
            response_length=length,
            exception=exception,
            context={},
        )


class WireUser(YcsbUser):
    """Speaks DynamoDB's HTTP in as few steps as can be."""

    def on_start(self) -> None:
        super().on_start()
        assert self.host is not None
        address = urlsplit(self.host)
        assert address.hostname is not None
        self._host = address.netloc
        self._socket = socket.create_connection((address.hostname, address.port or 80), timeout=TIMEOUT_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._reads: dict[str, bytes] = {}

    def on_stop(self) -> None:
        self._socket.close()

    def perform(self, operation: Operation) -> int:
        self._socket.sendall(self._read_request(operation.key) if operation.reads else self._put_request(operation))
        return self._receive()

    def _read_request(self, key: str) -> bytes:
        request = self._reads.get(key)
        if request is None:
            body = json.dumps({"TableName": TABLE, "Key": {"id": {"S": key}}})
            request = self._reads[key] = self._request("GetItem", body)
        return request

    def _put_request(self, operation: Operation) -> bytes:
        item = {"id": {"S": operation.key}, "value": {"S": operation.value}}
        return self._request("PutItem", json.dumps({"TableName": TABLE, "Item": item}))

    def _request(self, operation: str, body: str) -> bytes:
        return (HEADERS.format(host=self._host, operation=operation, length=len(body)) + body).encode()

    def _receive(self) -> int:
        reply = bytearray()
        end = -1
        while end < 0 or len(reply) < end:
            chunk = self._socket.recv(65536)
            if not chunk:
                raise ConnectionError("the server closed the connection")
            reply += chunk
            if end < 0:
                end = _reply_bytes(reply)
        if not reply.startswith(b"HTTP/1.1 200 "):
            raise ValueError(f"refused: {reply[:300].decode(errors='replace')}")
        return end


class SdkUser(YcsbUser):
    """Uses microdax's client, with what its conversions cost."""

    def on_start(self) -> None:
        super().on_start()
        self._client = microdax.client(endpoint=self.host)

    def perform(self, operation: Operation) -> int:
        if operation.value is None:
            self._client.get_item(TableName=TABLE, Key={"id": {"S": operation.key}})
        else:
            item = {"id": {"S": operation.key}, "value": {"S": operation.value}}
            self._client.put_item(TableName=TABLE, Item=item)
        return 0


def _reply_bytes(reply: bytearray) -> int:
    """Where the reply ends, or -1 while its head is not all there."""
    head = reply.find(b"\r\n\r\n")
    if head < 0:
        return -1
    length = reply.lower().find(b"content-length:", 0, head)
    assert length >= 0, "a reply without a length"
    return head + 4 + int(reply[length + 15 : reply.find(b"\r\n", length)])
