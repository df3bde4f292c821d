"""`make load`: one workload against the store and through the accelerator, side by side.

First `microdax store` serves a new data directory, then `microdax serve` the same one, with the store in its own
process as `make run` has it: one server process each time, on a free port, and a read that the cache answers is one
that the store is spared. Each run is a headless Locust in a process of its own, after a shorter one that warms up.
Locust shares this machine's cores with the server and takes most of them: the absolute numbers are a lower bound.
"""

import argparse
import html
import json
import random
import re
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from loadtests.histogram import Histogram
from loadtests.workloads import MIXES, TABLE, VALUE_BYTES, key, value

HERE: Final = Path(__file__).parent
BATCH_ITEMS: Final = 25
PERCENTILES: Final = (50, 90, 99, 99.9)


@dataclass(frozen=True, slots=True)
class Options:
    """What to run, for how long, and where the report goes."""

    mix: str = "B"
    client: str = "wire"
    records: int = 10_000
    users: int = 8
    seconds: int = 20
    report: Path = HERE / "report.html"


@dataclass(frozen=True, slots=True)
class Cache:
    """How the accelerator's reads were answered, and how many requests it made of the store for them."""

    reads: int
    hits: int
    store_reads: int

    def since(self, before: "Cache") -> "Cache":
        return Cache(self.reads - before.reads, self.hits - before.hits, self.store_reads - before.store_reads)


@dataclass(frozen=True, slots=True)
class Run:
    """What one Locust run measured."""

    seconds: int
    latencies: dict[str, Histogram]
    cache: Cache | None = None

    @property
    def requests_per_s(self) -> float:
        return sum(histogram.count for histogram in self.latencies.values()) / self.seconds


def main(arguments: list[str] | None = None) -> None:
    options = parse(arguments)
    print(
        f"YCSB-{options.mix}: {MIXES[options.mix].reads:.0%} reads, Zipf 0.99 over {options.records:,} records of"
        f" {VALUE_BYTES} bytes, {options.users} users over the {options.client} client, {options.seconds} s each"
    )
    with tempfile.TemporaryDirectory() as directory:
        direct, cached = compare(options, Path(directory))
    rows = table(direct, cached)
    print(text(rows))
    options.report.write_text(page(options, rows), encoding="utf-8")
    print(f"\nreport: {options.report}")


def parse(arguments: list[str] | None) -> Options:
    defaults = Options()
    parser = argparse.ArgumentParser(
        prog="loadtests.run", description="The store directly and through the accelerator."
    )
    parser.add_argument("--mix", choices=sorted(MIXES), default=defaults.mix, help="YCSB's workload")
    parser.add_argument(
        "--client", choices=("wire", "sdk"), default=defaults.client, help="plain connections or the SDK"
    )
    parser.add_argument("--records", type=int, default=defaults.records)
    parser.add_argument("--users", type=int, default=defaults.users)
    parser.add_argument("--seconds", type=int, default=defaults.seconds, help="of each run")
    parser.add_argument("--report", type=Path, default=defaults.report, help="where the HTML goes")
    return Options(**vars(parser.parse_args(arguments)))


def compare(options: Options, directory: Path) -> tuple[Run, Run]:
    """The same load on the store, and on the accelerator with that store behind it."""
    warm_up = replace(options, seconds=max(1, options.seconds // 4))
    data, result = str(directory / "data"), directory / "result.json"
    with server("store", "--port", "0", "--data", data) as store:
        fill(store, options.records)
        locust(warm_up, store, result)
        direct = locust(options, store, result)
    with server("serve", "--http-port", "0", "--data", data) as accelerator:
        locust(warm_up, accelerator, result)
        before = cache_counts(accelerator)
        cached = locust(options, accelerator, result)
        counts = cache_counts(accelerator).since(before)
    return direct, replace(cached, cache=counts)


@contextmanager
def server(*arguments: str) -> Generator[str, None, None]:
    """`microdax` with these arguments until the block ends; yields its URL once it listens."""
    command = [sys.executable, "-m", "accelerator.cli", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = re.search(r"listens on (http://\S+)", process.stdout.readline())
            if url is None:
                raise SystemExit(f"{' '.join(arguments)} did not start")
            yield url[1]
        finally:
            process.terminate()


def fill(url: str, records: int) -> None:
    """Create the table and write every record once."""
    call(
        url,
        "CreateTable",
        {
            "TableName": TABLE,
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
        },
    )
    chance = random.Random(0)
    puts = [{"PutRequest": {"Item": {"id": {"S": key(n)}, "value": {"S": value(chance)}}}} for n in range(records)]
    for first in range(0, records, BATCH_ITEMS):
        reply = call(url, "BatchWriteItem", {"RequestItems": {TABLE: puts[first : first + BATCH_ITEMS]}})
        assert not reply["UnprocessedItems"]


def call(url: str, operation: str, body: dict[str, Any]) -> dict[str, Any]:
    request = urllib.request.Request(
        url,
        json.dumps(body).encode(),
        {"X-Amz-Target": f"DynamoDB_20120810.{operation}", "Content-Type": "application/x-amz-json-1.0"},
    )
    with urllib.request.urlopen(request, timeout=60) as reply:
        answer: dict[str, Any] = json.load(reply)
        return answer


def locust(options: Options, url: str, result: Path) -> Run:
    """Run Locust headless against `url`; `result` is the file that it leaves its histograms in."""
    result.unlink(missing_ok=True)
    command = [sys.executable, "-m", "locust", "--locustfile", str(HERE / "users.py"), "--headless", "--only-summary"]
    command += ["--host", url, "--run-time", f"{options.seconds}s", "--mix", options.mix, "--result", str(result)]
    command += ["--users", str(options.users), "--spawn-rate", str(options.users), "--records", str(options.records)]
    finished = subprocess.run(
        [*command, f"{options.client.title()}User"], cwd=HERE.parent, capture_output=True, text=True, check=False
    )
    if not result.exists():
        raise SystemExit(f"locust failed:\n{finished.stdout}{finished.stderr}")
    document = json.loads(result.read_text(encoding="utf-8"))
    if document["failures"]:
        raise SystemExit(f"requests to {url} failed, the first of them: {document['failures'][0]}")
    latencies = {
        kind: Histogram({int(bucket): count for bucket, count in counts.items()})
        for kind, counts in document["latencies"].items()
    }
    return Run(options.seconds, latencies)


def cache_counts(url: str) -> Cache:
    """The accelerator's counters, from /metrics."""
    with urllib.request.urlopen(f"{url}/metrics", timeout=60) as reply:
        lines = reply.read().decode().splitlines()
    reads = {
        by: counted(lines, "microdax_item_reads_total", f'answered_by="{by}"') for by in ("memo", "cache", "upstream")
    }
    return Cache(
        reads=sum(reads.values()),
        hits=reads["memo"] + reads["cache"],
        store_reads=counted(lines, "microdax_upstream_calls_total", 'operation="GetItem"'),
    )


def counted(lines: Iterable[str], metric: str, label: str) -> int:
    """The sum over the samples of a metric that have the label."""
    return int(sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(metric + "{") and label in line))


Row = tuple[str, str, str]


def table(direct: Run, cached: Run) -> list[Row]:
    """The rows of the comparison, the head first."""
    rows = [("", "store directly", "through the accelerator")]
    rows.append(_row("requests/s", direct, cached, lambda run: f"{run.requests_per_s:,.0f}"))
    for kind in direct.latencies:
        for percent in PERCENTILES:
            rows.append(_row(f"{kind} p{percent:g} µs", direct, cached, _percentile(kind, percent)))
    rows.append(_row("hit ratio", direct, cached, lambda run: f"{_ratio(run.cache):.1%}" if run.cache else "-"))
    rows.append(_row("reads", direct, cached, lambda run: f"{run.latencies['read'].count:,}"))
    rows.append(_row("reads the store was spared", direct, cached, _spared))
    return rows


def _row(name: str, direct: Run, cached: Run, show: Callable[[Run], str]) -> Row:
    return name, show(direct), show(cached)


def _percentile(kind: str, percent: float) -> Callable[[Run], str]:
    return lambda run: f"{run.latencies[kind].percentile(percent):,}"


def _ratio(cache: Cache) -> float:
    return cache.hits / cache.reads if cache.reads else 0.0


def _spared(run: Run) -> str:
    return f"{run.cache.reads - run.cache.store_reads:,}" if run.cache else "0"


def text(rows: list[Row]) -> str:
    return "\n".join(f"{name:<28}{direct:>18}{cached:>26}" for name, direct, cached in rows)


def page(options: Options, rows: list[Row]) -> str:
    """The report: one table in one file."""
    (_, *heads), *body = rows
    head = "".join(f"<th>{html.escape(cell)}</th>" for cell in ("", *heads))
    lines = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>\n" for row in body)
    return f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><title>microdax load test</title>
<style>body{{font:16px sans-serif;margin:2rem}}td,th{{padding:.3rem 1rem;text-align:right}}
td:first-child{{text-align:left}}tr:nth-child(even){{background:#f0f0f0}}</style>
<h1>YCSB-{options.mix}</h1>
<p>{MIXES[options.mix].reads:.0%} reads, Zipf 0.99 over {options.records:,} records of {VALUE_BYTES} bytes;
{options.users} users over the {options.client} client, {options.seconds} s each, on the servers' own cores.</p>
<table><tr>{head}</tr>
{lines}</table></html>
"""


if __name__ == "__main__":
    main()
