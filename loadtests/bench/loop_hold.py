"""How long the embedded store's writes hold the event loop at a time.

    python -m loadtests.bench.loop_hold [--seconds N]

Every callback that asyncio's own event loop runs is timed: while 64 callers put small items, and while 4 callers write
batches of 25 items of 10 KB. The goal is a millisecond.
"""

import argparse
import asyncio
import gc
import itertools
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import orjson

from backend_store.kv.sqlite_engine import SqliteEngine
from backend_store.store import Store
from loadtests.bench.store import PARTITION, VALUE, preparations, put_bodies

LARGE_BYTES: Final = 10_000
BATCH_ITEMS: Final = 25
PREPARED_PER_CALLER: Final = 200
RUN: Final = "_run"  # what the event loop calls of a handle


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=5.0)
    options = parser.parse_args(arguments)
    loads: tuple[tuple[str, str, int, Callable[[], Iterator[bytes]]], ...] = (
        (f"64 callers put {len(VALUE)} bytes", "PutItem", 64, put_bodies),
        (f"4 callers write {BATCH_ITEMS} items of {LARGE_BYTES} bytes", "BatchWriteItem", 4, batch_bodies),
    )
    print(f"{'':44} {'p99 ms':>8} {'p99.9 ms':>9} {'longest ms':>11}")
    for name, operation, callers, bodies in loads:
        held = sorted(held_s(operation, callers, bodies(), options.seconds))
        p99, p999 = (held[int(len(held) * share)] for share in (0.99, 0.999))
        print(f"{name:44} {p99 * 1e3:8.2f} {p999 * 1e3:9.2f} {held[-1] * 1e3:11.2f}")


def batch_bodies() -> Iterator[bytes]:
    for first in itertools.count(0, BATCH_ITEMS):
        puts = [
            {"PutRequest": {"Item": {"id": {"S": PARTITION}, "n": {"N": str(number)}, "v": {"S": "v" * LARGE_BYTES}}}}
            for number in range(first, first + BATCH_ITEMS)
        ]
        yield orjson.dumps({"RequestItems": {"bench": puts}})


def held_s(operation: str, callers: int, bodies: Iterator[bytes], seconds: float) -> list[float]:
    """The length of every callback that the event loop ran, in its thread's CPU time: waiting for a core is no hold."""
    held: list[float] = []
    run: Callable[[asyncio.Handle], Any] = getattr(asyncio.Handle, RUN)

    def timed(handle: asyncio.Handle) -> Any:
        begun = time.thread_time()
        try:
            return run(handle)
        finally:
            held.append(time.thread_time() - begun)

    with tempfile.TemporaryDirectory(dir=".") as directory:
        setattr(asyncio.Handle, RUN, timed)
        try:
            asyncio.run(_load(Path(directory), operation, callers, bodies, seconds, held))
        finally:
            setattr(asyncio.Handle, RUN, run)
    return held


async def _load(
    directory: Path, operation: str, callers: int, bodies: Iterator[bytes], seconds: float, held: list[float]
) -> None:
    store = Store(SqliteEngine(directory / "data"))
    for preparation, body in preparations():
        await store.answer(f"DynamoDB_20120810.{preparation}", body)
    # Making them is no work of the store, and looking through them none of the collector's.
    prepared = list(itertools.islice(bodies, PREPARED_PER_CALLER * callers))
    gc.freeze()
    await asyncio.sleep(0)  # the preparations' own hold is not what is measured
    end = time.monotonic() + seconds
    held.clear()
    await asyncio.gather(*(_write(store, operation, prepared, end) for _ in range(callers)))
    measured = len(held)
    await store.close()
    del held[measured:]


async def _write(store: Store, operation: str, prepared: list[bytes], end: float) -> None:
    while prepared and time.monotonic() < end:
        body = prepared.pop()
        reply = await store.answer(f"DynamoDB_20120810.{operation}", body)
        assert reply.ok, reply.body


if __name__ == "__main__":
    main()
