"""SIGKILL in the middle of concurrent writers loses nothing that was answered and leaves no half of a job."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random, randrange
from typing import IO

from backend_store.kv.engine import Reader
from backend_store.kv.sqlite_engine import SqliteEngine
from tests.crash.kv_writers import ROWS_KEPT, WRITERS, counter_key, read_counter, row_key, row_value


def test_kills_lose_nothing_acknowledged_and_leave_no_half(tmp_path: Path, kills: int) -> None:
    seed = randrange(2**32)
    print(f"seed {seed}")  # noqa: T201  shown where the test fails
    random = Random(seed)
    acknowledged = dict.fromkeys(range(WRITERS), 0)
    for _ in range(kills):
        acknowledged |= _write_and_kill(tmp_path, random)
        with closing(SqliteEngine(tmp_path)) as engine:
            with engine.snapshot() as reader:
                acknowledged = {number: _checked(reader, number, step) for number, step in acknowledged.items()}
            assert list(engine.verify()) == []


def _write_and_kill(directory: Path, random: Random) -> dict[int, int]:
    """The last step of each writer that was acknowledged before the kill."""
    answers_before, instant_s = random.randrange(1, 700), random.uniform(0, 0.01)
    print(f"killed {instant_s:.6f} s after {answers_before} answers")  # noqa: T201
    command = [sys.executable, "-m", "tests.crash.kv_writers", str(directory)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, bufsize=1) as process:
        assert process.stdout is not None
        try:
            last = dict(_answers(process.stdout, answers_before))
            time.sleep(instant_s)
        finally:
            process.kill()
        return last | dict(_answers(process.stdout))


def _answers(output: IO[str], number: int | None = None) -> Iterator[tuple[int, int]]:
    """Writer and step of the next answers, all that are left if no number is given."""
    while number != 0 and (line := output.readline()).endswith("\n"):
        writer_number, step = map(int, line.split())
        yield writer_number, step
        number = None if number is None else number - 1


def _checked(reader: Reader, writer_number: int, acknowledged: int) -> int:
    """The step that a writer has reached, all rows of which must be there and whole, and no other."""
    counter = read_counter(reader.get(counter_key(writer_number)))
    assert counter >= acknowledged, "an acknowledged write is lost"
    steps = range(max(1, counter - ROWS_KEPT + 1), counter + 1)
    rows = reader.scan(row_key(writer_number, 0), row_key(writer_number + 1, 0))
    expected = ((row_key(writer_number, step), row_value(writer_number, step)) for step in steps)
    assert all(row == wanted for row, wanted in zip(rows, expected, strict=True)), "half a job is there"
    return counter
