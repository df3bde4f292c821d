"""Latencies in microseconds, kept in buckets that are never more than 1.6 % wide.

Locust rounds to whole milliseconds, and to tens of them above 100: a cache's answers would all be zeros and ones. Here
values below 128 have a bucket each; above, every doubling is cut into 64 buckets, as in an HDR histogram.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Final

_SUB_BUCKET_BITS: Final = 6
_EXACT_BELOW: Final = 2 << _SUB_BUCKET_BITS


class Histogram:
    """Counts of values, in whole microseconds."""

    def __init__(self, counts: Mapping[int, int] | None = None) -> None:
        self._counts = Counter(counts or {})

    def record(self, value_us: float) -> None:
        """Count one value, rounded down."""
        self._counts[_bucket(int(value_us))] += 1

    def add(self, other: "Histogram") -> None:
        """Count all that `other` has counted."""
        self._counts.update(other._counts)

    @property
    def count(self) -> int:
        return self._counts.total()

    def percentile(self, percent: float) -> int:
        """The smallest value, to the bucket, that `percent` of all values do not exceed; 0 where there are none."""
        wanted = self.count * percent / 100
        seen = 0
        for bucket in sorted(self._counts):
            seen += self._counts[bucket]
            if seen >= wanted:
                return _value(bucket)
        return 0

    def counts(self) -> dict[int, int]:
        """What the constructor takes, to be kept in a file."""
        return dict(self._counts)


def _bucket(value: int) -> int:
    """The number of the value's bucket; it rises with the value."""
    shift = max(value.bit_length() - _SUB_BUCKET_BITS - 1, 0)
    return (shift << _SUB_BUCKET_BITS) + (value >> shift)


def _value(bucket: int) -> int:
    """The middle of a bucket."""
    if bucket < _EXACT_BELOW:
        return bucket
    shift = (bucket >> _SUB_BUCKET_BITS) - 1
    first = (bucket - (shift << _SUB_BUCKET_BITS)) << shift
    return first + (1 << shift) // 2
