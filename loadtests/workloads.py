"""YCSB's mixes of reads and writes over records whose popularity is Zipf's.

The record of rank r is asked for in proportion to 1 / r**0.99, as in YCSB; here by an exact table of sums instead of
YCSB's approximation. Ranks are scattered over the records, so that the popular ones are not neighbours.
"""

import math
import random
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

ZIPF_EXPONENT: Final = 0.99
VALUE_BYTES: Final = 224
TABLE: Final = "usertable"


@dataclass(frozen=True, slots=True)
class Mix:
    """Which part of the operations reads; the others write."""

    reads: float


MIXES: Final[Mapping[str, Mix]] = {"A": Mix(0.5), "B": Mix(0.95), "C": Mix(1.0)}


class Zipf:
    """Ranks from 0, the most popular, to `ranks - 1`."""

    def __init__(self, ranks: int, exponent: float = ZIPF_EXPONENT) -> None:
        self._sums = list(accumulate(math.pow(rank + 1, -exponent) for rank in range(ranks)))

    def rank(self, uniform: float) -> int:
        """The rank for a number drawn uniformly from [0, 1)."""
        return bisect_left(self._sums, uniform * self._sums[-1], hi=len(self._sums) - 1)

    def share(self, rank: int) -> float:
        """The part of all draws that this rank gets."""
        below = self._sums[rank - 1] if rank else 0.0
        return (self._sums[rank] - below) / self._sums[-1]


@dataclass(frozen=True, slots=True)
class Operation:
    """Read a record, or write it anew."""

    key: str
    value: str | None

    @property
    def reads(self) -> bool:
        return self.value is None


class Workload:
    """An endless stream of operations."""

    def __init__(self, mix: Mix, records: int, chance: random.Random) -> None:
        self._mix = mix
        self._zipf = Zipf(records)
        self._chance = chance
        self._scattered = scattered(records)

    def next(self) -> Operation:
        record = self._scattered[self._zipf.rank(self._chance.random())]
        is_read = self._chance.random() < self._mix.reads
        return Operation(key(record), None if is_read else value(self._chance))


def scattered(records: int) -> list[int]:
    """The record of each rank, the same in every process."""
    order = list(range(records))
    random.Random(records).shuffle(order)
    return order


def key(record: int) -> str:
    return f"user{record:012}"


def value(chance: random.Random) -> str:
    return chance.randbytes(VALUE_BYTES // 2).hex()
