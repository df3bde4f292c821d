"""Provisioned throughput that is enforced: a bucket of units for reads and one for writes, of each table and index.

A bucket fills at the provisioned rate and holds what 300 seconds bring, so what was not used is there for a burst. A
request is let through while there is anything left; what it takes beyond that is owed, and nobody is let through
until it is paid back. What a request costs is thus never refused for its size, as it is known only afterwards.

A table's write is refused also while one of its global indexes owes writes: the index has to follow the table.

On-demand tables are not limited. Buckets are not kept over a restart: they begin as if nothing had been used.
"""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, Protocol

from microdax.model.errors import ProvisionedThroughputExceededException
from microdax.model.tables import Index, TableDescription

BURST_S: Final = 300.0
BUCKETS_MAX: Final = 100_000

TABLE_EXCEEDED: Final = (
    "The level of configured provisioned throughput for the table was exceeded. "
    "Consider increasing your provisioning level with the UpdateTable API."
)
_INDEX_EXCEEDED: Final = (
    "The level of configured provisioned throughput for one or more global secondary indexes of the table was "
    "exceeded. Consider increasing your provisioning level for the under-provisioned global secondary indexes with "
    "the UpdateTable API"
)


class Metered(Protocol):
    """A table as it is throttled."""

    @property
    def number(self) -> int: ...

    @property
    def description(self) -> TableDescription: ...


@dataclass(slots=True)
class Bucket:
    """Units that are left, less than none where some are owed, as of a time."""

    left: float
    filled_s: float

    def fill(self, rate: int, now_s: float) -> None:
        """Add what the time since has brought at `rate` units a second."""
        self.left = min(rate * BURST_S, self.left + rate * max(0.0, now_s - self.filled_s))
        self.filled_s = now_s


class Throttle:
    """Counts what all tables consume. Its methods may be called from any thread."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._buckets: dict[tuple[int, int | None, str], Bucket] = {}
        self._lock = threading.Lock()

    def read(self, table: Metered, units: float, index: Index | None = None) -> None:
        """Count a read of the table, or of one of its indexes; raises ProvisionedThroughputExceededException."""
        if not _is_limited(table):
            return
        with self._lock:
            bucket = self._read_bucket(table, index)
            if bucket.left <= 0:
                raise ProvisionedThroughputExceededException(TABLE_EXCEEDED if index is None else _INDEX_EXCEEDED)
            bucket.left -= units

    def write(self, table: Metered, units: float) -> None:
        """Count a write of the table; raises ProvisionedThroughputExceededException."""
        if not _is_limited(table):
            return
        with self._lock:
            if any(self._index_write_bucket(table, index).left <= 0 for index in _global_indexes(table)):
                raise ProvisionedThroughputExceededException(_INDEX_EXCEEDED)
            bucket = self._write_bucket(table)
            if bucket.left <= 0:
                raise ProvisionedThroughputExceededException(TABLE_EXCEEDED)
            bucket.left -= units

    def follow(self, table: Metered, consumed: Iterable[tuple[Index, float]]) -> None:
        """Count what a write, that was let through, has consumed of the table's indexes; a local one is the table's."""
        if not _is_limited(table):
            return
        with self._lock:
            for index, units in consumed:
                is_global = index.kind == "global"
                bucket = self._index_write_bucket(table, index) if is_global else self._write_bucket(table)
                bucket.left -= units

    def _read_bucket(self, table: Metered, index: Index | None) -> Bucket:
        """A local index shares what its table has."""
        if index is None or index.kind == "local":
            return self._bucket(table, None, "read", table.description.provisioning.units.read_units)
        return self._bucket(table, index.number, "read", index.provisioning.units.read_units)

    def _write_bucket(self, table: Metered) -> Bucket:
        return self._bucket(table, None, "write", table.description.provisioning.units.write_units)

    def _index_write_bucket(self, table: Metered, index: Index) -> Bucket:
        return self._bucket(table, index.number, "write", index.provisioning.units.write_units)

    def _bucket(self, table: Metered, index: int | None, kind: str, rate: int) -> Bucket:
        """The bucket as it is now."""
        now_s = self._clock()
        key = (table.number, index, kind)
        bucket = self._buckets.get(key)
        if bucket is None:
            if len(self._buckets) >= BUCKETS_MAX:
                self._buckets.clear()
            # A table that was made just now has what its first second brings.
            bucket = self._buckets[key] = Bucket(float(rate), table.description.created_s)
        bucket.fill(rate, now_s)
        return bucket


def _is_limited(table: Metered) -> bool:
    return table.description.billing_mode == "PROVISIONED"


def _global_indexes(table: Metered) -> Iterable[Index]:
    return (index for index in table.description.indexes if index.kind == "global" and index.status != "DELETING")
