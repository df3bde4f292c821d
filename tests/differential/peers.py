"""Other implementations of the DynamoDB API, started where they are installed.

None is a dependency: `--peers-path` (and PATH) say where to look for their programs.
"""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx

_START_TIMEOUT_S = 60.0
_STOP_TIMEOUT_S = 10.0
_POLL_S = 0.1


@dataclass(frozen=True, slots=True)
class Peer:
    """How a peer is started. `tells_messages` where its messages are meant to be Amazon's own."""

    name: str
    program: str
    arguments: Callable[[int], list[str]]
    variables: Callable[[int], Mapping[str, str]] = field(default=lambda _port: {})
    runs_on_node: bool = False
    tells_messages: bool = False


PEERS: Final = (
    Peer(
        "dynalite",
        "dynalite",
        lambda port: ["--host", "127.0.0.1", "--port", str(port), "--createTableMs", "0", "--deleteTableMs", "0"],
        runs_on_node=True,
        tells_messages=True,
    ),
    Peer(
        "ministack",
        "ministack",
        lambda _port: [],
        lambda port: {"GATEWAY_PORT": str(port)},
    ),
    Peer("moto", "moto_server", lambda port: ["-H", "127.0.0.1", "-p", str(port)]),
)


def command_of(peer: Peer, path: str) -> list[str] | None:
    """What starts the peer, or None where it is not installed."""
    program = shutil.which(peer.program, path=path)
    if program is None:
        return None
    if not peer.runs_on_node:
        return [program]
    node = shutil.which("node", path=path)
    return None if node is None else [node, program]


class RunningPeer:
    """A peer's process on a port of its own."""

    def __init__(self, peer: Peer, command: list[str], directory: Path) -> None:
        port = _free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._command = [*command, *peer.arguments(port)]
        self._variables = {**os.environ, **peer.variables(port)}
        self._directory = directory
        self._log = directory / f"{peer.name}.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, empty, in place of a process that may be there still."""
        self.stop()
        with self._log.open("ab") as output:
            self._process = subprocess.Popen(
                self._command,
                cwd=self._directory,
                env=self._variables,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        _wait_until_it_answers(self._process, self.url, self._log)

    def stop(self) -> None:
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@contextmanager
def running_peer(peer: Peer, command: list[str], directory: Path) -> Generator[RunningPeer, None, None]:
    """The peer, until the block ends."""
    running = RunningPeer(peer, command, directory)
    try:
        running.start()
        yield running
    finally:
        running.stop()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _wait_until_it_answers(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    """Foreign programs announce themselves in ways of their own, if at all: so they are asked until they answer."""
    deadline = time.monotonic() + _START_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            httpx.get(url, timeout=1.0)
        except httpx.TransportError:
            time.sleep(_POLL_S)
        else:
            return
    raise AssertionError(f"{url} did not come up:\n{log.read_text(errors='replace')[-2000:]}")
