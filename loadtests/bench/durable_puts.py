"""Durable puts from 64 concurrent callers beside one caller at a time: what group commit is worth.

    python -m loadtests.bench.durable_puts [DIRECTORY]

At the level of the engine, on the disk that DIRECTORY is on (default: the current directory). Every put is answered
after the fsync that made it durable. The two take turns, so that a disk that changes its mind meets both.
"""

import asyncio
import os
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from backend_store.kv.engine import Writer
from backend_store.kv.group_commit import GroupCommit
from backend_store.kv.keyspace import row_key
from backend_store.kv.records import write_record
from backend_store.kv.sqlite_file import FILE_NAME, open_writer
from backend_store.kv.sqlite_journal import SqliteJournal

CALLERS: Final = 64
ROUNDS: Final = 4
ROUND_S: Final = 1.0
VALUE: Final = write_record(os.urandom(224), 224)  # the size of YCSB's smaller items


class CountingJournal(SqliteJournal):
    commits = 0

    def commit(self) -> None:
        super().commit()
        self.commits += 1


@dataclass(frozen=True, slots=True)
class Rate:
    """What a round reached, or the medians of several."""

    puts_per_s: float
    commits_per_s: float


def main() -> None:
    parent = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    with tempfile.TemporaryDirectory(dir=parent) as directory:
        alone, together = measure(Path(directory))
    print(f"durable puts of {len(VALUE)} bytes, medians of {ROUNDS} rounds of {ROUND_S:g} s each, in turns")
    print(f"  1 caller    {alone.puts_per_s:9,.0f} puts/s {alone.commits_per_s:9,.0f} commits/s")
    print(f"  {CALLERS} callers  {together.puts_per_s:9,.0f} puts/s {together.commits_per_s:9,.0f} commits/s")
    print(f"  ratio       {together.puts_per_s / alone.puts_per_s:9.1f}")


def measure(directory: Path, rounds: int = ROUNDS, round_s: float = ROUND_S) -> tuple[Rate, Rate]:
    """The rate of one caller and that of many."""
    connection = open_writer(directory / FILE_NAME)
    journal = CountingJournal(connection)
    commits = GroupCommit(journal)
    try:
        measured = [
            (asyncio.run(_round(commits, journal, 1, round_s)), asyncio.run(_round(commits, journal, CALLERS, round_s)))
            for _ in range(rounds)
        ]
    finally:
        commits.close()
        connection.close()
    alone, together = zip(*measured, strict=True)
    return _median(alone), _median(together)


async def _round(commits: GroupCommit, journal: CountingJournal, callers: int, round_s: float) -> Rate:
    commits_before, begun = journal.commits, time.perf_counter()
    puts = await asyncio.gather(*(_put_until(commits, begun + round_s) for _ in range(callers)))
    took_s = time.perf_counter() - begun
    return Rate(sum(puts) / took_s, (journal.commits - commits_before) / took_s)


async def _put_until(commits: GroupCommit, end: float) -> int:
    """Put new rows one after another; how many were answered."""
    puts = 0
    while time.perf_counter() < end:
        await commits.write(_put_new_row)
        puts += 1
    return puts


def _put_new_row(writer: Writer) -> None:
    writer.put(row_key(1, os.urandom(12)), VALUE)


def _median(rates: tuple[Rate, ...]) -> Rate:
    return Rate(median(rate.puts_per_s for rate in rates), median(rate.commits_per_s for rate in rates))


if __name__ == "__main__":
    main()
