"""Servers as processes of their own: started on free ports, waited for, and stopped by their pid."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_START_TIMEOUT_S = 60.0
_STOP_TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A server that is ready."""

    url: str
    announcement: str
    process: subprocess.Popen[str]

    @property
    def pid(self) -> int:
        return self.process.pid

    def kill(self) -> None:
        """End it as a crash would: SIGKILL, nothing flushed or closed."""
        self.process.kill()
        self.process.wait(_STOP_TIMEOUT_S)


@contextmanager
def running_accelerator(directory: Path, *options: str) -> Generator[RunningServer, None, None]:
    """`microdax serve` with its data under `directory`, on a free port unless `options` say otherwise."""
    with running("serve", "--http-port", "0", "--data", str(directory / "data"), *options, cwd=directory) as server:
        yield server


@contextmanager
def running_store(directory: Path, *options: str) -> Generator[RunningServer, None, None]:
    """`microdax store` with its data under `directory`, on a free port unless `options` say otherwise."""
    with running("store", "--port", "0", "--data", str(directory / "data"), *options, cwd=directory) as server:
        yield server


@contextmanager
def running(
    *arguments: str, cwd: Path, variables: Mapping[str, str] | None = None
) -> Generator[RunningServer, None, None]:
    """`microdax` with these arguments until the block ends; it must then stop cleanly, if it still runs."""
    process = start(*arguments, cwd=cwd, variables=variables)
    try:
        server = _wait_until_ready(process)
        yield server
        if process.poll() is None:
            assert stop(process) == 0, f"{arguments} did not stop cleanly"
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def start(
    *arguments: str, cwd: Path, variables: Mapping[str, str] | None = None, stderr: int | None = None
) -> subprocess.Popen[str]:
    """Start `microdax` with these arguments and nobody else's settings; its standard error goes to ours by default."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MICRODAX_", "AWS_"))}
    return subprocess.Popen(
        [sys.executable, "-m", "accelerator.cli", *arguments],
        cwd=cwd,
        env={**environment, **(variables or {})},
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
    )


def stop(process: subprocess.Popen[str], number: signal.Signals = signal.SIGTERM) -> int:
    """Send the signal and return the exit code."""
    process.send_signal(number)
    return process.wait(_STOP_TIMEOUT_S)


def _wait_until_ready(process: subprocess.Popen[str]) -> RunningServer:
    assert process.stdout is not None
    lines: list[str] = []
    watchdog = threading.Timer(_START_TIMEOUT_S, process.kill)
    watchdog.start()
    try:
        for line in process.stdout:
            lines.append(line)
            if "list_tables" in line:  # the last line of the announcement
                break
    finally:
        watchdog.cancel()
    announcement = "".join(lines)
    url = re.search(r"listens on (http://\S+)", announcement)
    assert url is not None, f"the server did not become ready; it printed {announcement!r}"
    return RunningServer(url[1], announcement, process)
