"""A process that writes until it is killed: `python -m tests.crash.kv_writers DIRECTORY`.

Some writers at once, each counting up: one job puts the writer's next row, moves its counter and takes away the row
that has grown old. When the engine has answered, and not before, a line says so on standard output.
"""

import asyncio
import os
import sys
from pathlib import Path
from random import Random
from typing import Final

from backend_store.kv.engine import Writer
from backend_store.kv.records import read_record, write_record
from backend_store.kv.sqlite_engine import SqliteEngine

WRITERS: Final = 8
ROWS_KEPT: Final = 200


def counter_key(writer_number: int) -> bytes:
    return b"counter %d" % writer_number


def row_key(writer_number: int, step: int) -> bytes:
    return b"row %d %012d" % (writer_number, step)


def row_value(writer_number: int, step: int) -> bytes:
    """What the row must hold: a length and a content of its own."""
    random = Random(f"{writer_number} {step}")
    return write_record(random.randbytes(random.choice((0, 200, 200, 200, 3000, 40_000))))


def read_counter(value: bytes | None) -> int:
    return 0 if value is None else int(read_record(value).document)


def _step(writer: Writer, writer_number: int, step: int, value: bytes) -> None:
    writer.put(row_key(writer_number, step), value)
    writer.put(counter_key(writer_number), write_record(b"%d" % step))
    writer.delete(row_key(writer_number, step - ROWS_KEPT))


async def _write_on(engine: SqliteEngine, writer_number: int) -> None:
    step = read_counter(engine.get(counter_key(writer_number)))
    while True:
        step += 1
        value = row_value(writer_number, step)
        await engine.write(lambda writer, step=step, value=value: _step(writer, writer_number, step, value))  # type: ignore[misc]
        os.write(sys.stdout.fileno(), b"%d %d\n" % (writer_number, step))


async def _main(directory: Path) -> None:
    engine = SqliteEngine(directory)
    await asyncio.gather(*(_write_on(engine, number) for number in range(WRITERS)))


if __name__ == "__main__":
    asyncio.run(_main(Path(sys.argv[1])))
