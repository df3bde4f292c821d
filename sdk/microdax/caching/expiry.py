"""When what was kept expires: a calendar that finds the expired without looking at the rest.

Each key stands in the bucket of the interval in which it expires, and a heap holds the buckets' numbers. So to
enter, to strike out and to find one expired key are each a step or two, however many keys there are.
"""

import heapq
import math
from collections.abc import Hashable
from typing import Final, Generic, TypeVar

BUCKET_S: Final = 1.0

K = TypeVar("K", bound=Hashable)


class Calendar(Generic[K]):
    """Keys by the second in which they expire; the caller says with each key when that is."""

    def __init__(self) -> None:
        self._buckets: dict[int, set[K]] = {}
        self._numbers: list[int] = []  # a heap of the buckets' numbers, emptied ones among them

    def enter(self, key: K, expires_at: float) -> None:
        """Note that `key` expires then; never, if that is infinity."""
        if math.isinf(expires_at):
            return
        number = _number(expires_at)
        bucket = self._buckets.get(number)
        if bucket is None:
            self._buckets[number] = {key}
            heapq.heappush(self._numbers, number)
        else:
            bucket.add(key)

    def strike(self, key: K, expires_at: float) -> None:
        """Take out `key`, which was entered with the same `expires_at`."""
        if not math.isinf(expires_at):
            self._buckets[_number(expires_at)].remove(key)

    def expired(self, now: float) -> K | None:
        """Some key whose whole bucket lies in the past, if there is one; it stays until it is struck out."""
        while self._numbers and self._numbers[0] < _number(now):
            bucket = self._buckets[self._numbers[0]]
            if bucket:
                return next(iter(bucket))
            del self._buckets[heapq.heappop(self._numbers)]
        return None

    def clear(self) -> None:
        self._buckets.clear()
        self._numbers.clear()


def _number(at: float) -> int:
    return int(at // BUCKET_S)
