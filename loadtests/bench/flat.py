"""What a GetItem costs as a table grows: a table of numbers, and a plot of them.

    python -m loadtests.bench.flat [--items-max N] [--directory DIRECTORY] [--plot FILE]

One store in this process, on the disk of DIRECTORY, is filled step by step, 10 thousand items, 30, 100, 300 and so on
up to N (`--items-max 5000000` takes its time). At each step items are read whose keys are drawn from all that are
there, one after the other as the accelerator reads them, and each read is timed. Where the cost is flat, the line is.
CPU time does not count what other processes make a read wait; on a busy machine the 99th percentile is mostly that.
"""

import argparse
import asyncio
import itertools
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log10
from pathlib import Path
from statistics import quantiles
from typing import Final

import orjson

from backend_store.kv.sqlite_engine import SqliteEngine
from backend_store.store import Store

TABLE: Final = "flat"
VALUE: Final = "v" * 224  # the size of YCSB's smaller items
BATCH: Final = 25
LOADERS: Final = 16
READS: Final = 30_000
WARM_UP: Final = 3_000
STEPS: Final = (10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000, 5_000_000)

WIDTH: Final = 640
HEIGHT: Final = 360
MARGIN: Final = 60


@dataclass(frozen=True, slots=True)
class Cost:
    """What a read took with so many items in the table, in microseconds: of CPU on average, and of time."""

    items: int
    cpu_us: float
    median_us: float
    p99_us: float


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items-max", type=int, default=300_000)
    parser.add_argument("--directory", type=Path, default=Path())
    parser.add_argument("--plot", type=Path, default=Path("bench/flat.svg"))
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(dir=options.directory) as directory:
        costs = asyncio.run(measured(Path(directory), options.items_max))
    options.plot.parent.mkdir(parents=True, exist_ok=True)
    options.plot.write_text(plot(costs), encoding="utf-8")
    print(f"the plot is {options.plot}")


def steps(items_max: int) -> list[int]:
    """The numbers of items at which is measured, the last of them `items_max`."""
    return [*itertools.takewhile(lambda items: items < items_max, STEPS), items_max]


async def measured(directory: Path, items_max: int) -> list[Cost]:
    """Fill a store and measure on the way; each line is printed when it is known."""
    store = Store(SqliteEngine(directory / "data"))
    costs: list[Cost] = []
    try:
        await answered(store, "CreateTable", table())
        print(f"{'items':>12} {'CPU us':>8} {'median us':>10} {'p99 us':>8} {'items/s loaded':>15}", flush=True)
        for there, wanted in itertools.pairwise([0, *steps(items_max)]):
            begun = time.perf_counter()
            await load(store, there, wanted)
            per_s = (wanted - there) / (time.perf_counter() - begun)
            costs.append(await cost(store, wanted))
            print(line(costs[-1], per_s), flush=True)
    finally:
        await store.close()
    return costs


def line(cost: Cost, loaded_per_s: float) -> str:
    return f"{cost.items:12,} {cost.cpu_us:8.1f} {cost.median_us:10.1f} {cost.p99_us:8.1f} {loaded_per_s:15,.0f}"


async def cost(store: Store, items: int) -> Cost:
    """Time reads of random items of those that are there."""
    draw = random.Random(items)
    bodies = [orjson.dumps({"TableName": TABLE, "Key": key(draw.randrange(items))}) for _ in range(READS)]
    for body in bodies[:WARM_UP]:
        await answered(store, "GetItem", body)
    took_us: list[float] = []
    cpu_s = time.thread_time()
    for body in bodies[WARM_UP:]:
        begun = time.perf_counter()
        await answered(store, "GetItem", body)
        took_us.append((time.perf_counter() - begun) * 1e6)
    cpu_s = time.thread_time() - cpu_s
    percentiles = quantiles(took_us, n=100)
    return Cost(items, cpu_s / len(took_us) * 1e6, percentiles[49], percentiles[98])


async def load(store: Store, first: int, end: int) -> None:
    """Put the items from `first` to before `end`, in batches of several callers at a time."""
    waiting = batches(first, end)
    await asyncio.gather(*(_load(store, waiting) for _ in range(LOADERS)))


async def _load(store: Store, waiting: Iterator[bytes]) -> None:
    for body in waiting:
        await answered(store, "BatchWriteItem", body)


async def answered(store: Store, operation: str, body: bytes) -> None:
    reply = await store.answer(f"DynamoDB_20120810.{operation}", body)
    assert reply.ok, reply.body


# ---- what is asked


def key(number: int) -> dict[str, object]:
    return {"id": {"S": f"item{number:09}"}}


def batches(first: int, end: int) -> Iterator[bytes]:
    for begin in range(first, end, BATCH):
        numbers = range(begin, min(begin + BATCH, end))
        puts = [{"PutRequest": {"Item": {**key(number), "value": {"S": VALUE}}}} for number in numbers]
        yield orjson.dumps({"RequestItems": {TABLE: puts}})


def table() -> bytes:
    return orjson.dumps(
        {
            "TableName": TABLE,
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
        }
    )


# ---- what is drawn


def plot(costs: Sequence[Cost]) -> str:
    """The costs as an SVG picture: the number of items on a logarithmic axis, microseconds on one that begins at 0."""
    top_us = max(max(cost.cpu_us, cost.median_us) for cost in costs) * 1.5
    across = [_across(cost.items, costs[0].items, costs[-1].items) for cost in costs]
    parts = [
        f'<text x="{MARGIN}" y="24">GetItem in process, microseconds, by the number of items in the table</text>',
        f'<path d="M{MARGIN} {MARGIN}V{HEIGHT - MARGIN}H{WIDTH - MARGIN}" stroke="gray" fill="none"/>',
        *(
            f'<text x="{x:.1f}" y="{HEIGHT - 38}" text-anchor="middle">{_short(cost.items)}</text>'
            for x, cost in zip(across, costs, strict=True)
        ),
        *_line("median", "seagreen", across, [cost.median_us for cost in costs], top_us),
        *_line("CPU", "peru", across, [cost.cpu_us for cost in costs], top_us),
    ]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif"'
    return (
        f'{head} font-size="12">\n<rect width="100%" height="100%" fill="white"/>\n' + "\n".join(parts) + "\n</svg>\n"
    )


def _across(items: int, fewest: int, most: int) -> float:
    """Where a number of items is on the axis."""
    share = log10(items / fewest) / log10(most / fewest) if most > fewest else 0.0
    return MARGIN + share * (WIDTH - 2 * MARGIN)


def _line(name: str, colour: str, across: Sequence[float], values_us: Sequence[float], top_us: float) -> Iterator[str]:
    """A line with its values, and its name at the end."""
    down = [HEIGHT - MARGIN - value / top_us * (HEIGHT - 2 * MARGIN) for value in values_us]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(across, down, strict=True))
    yield f'<polyline points="{points}" stroke="{colour}" stroke-width="2" fill="none"/>'
    for x, y, value in zip(across, down, values_us, strict=True):
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>'
        yield f'<text x="{x:.1f}" y="{y - 8:.1f}" fill="{colour}" text-anchor="middle">{value:.0f}</text>'
    yield f'<text x="{across[-1] + 8:.1f}" y="{down[-1] + 16:.1f}" fill="{colour}">{name}</text>'


def _short(items: int) -> str:
    """A number of items as people write it: 10k, 3M."""
    if items >= 1_000_000:
        return f"{items / 1e6:g}M"
    return f"{items / 1e3:g}k"


if __name__ == "__main__":
    main()
