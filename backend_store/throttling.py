"""Provisioned throughput that is enforced: a bucket of units for reads and one for writes, of each table and index.

A bucket fills at the provisioned rate and holds what 300 seconds bring, so what was not used is there for a burst. A
request is let through while there is anything left; what it takes beyond that is owed, and nobody is let through
until it is paid back. What a request costs is thus never refused for its size, as it is known only afterwards.

A table's write is refused also while one of its global indexes owes writes: the index has to follow the table.

On-demand tables are limited where they are given bounds, each like a rate that is provisioned. Buckets are not kept
over a restart: they begin as if nothing had been used.
"""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, Literal, Protocol, TypeAlias

from microdax.model.errors import DynamoDBError, ProvisionedThroughputExceededException, ThrottlingException
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

_BOUND_EXCEEDED: Final = "Throughput exceeds the maximum OnDemandThroughput configured on table or index."

THROTTLED: Final = (ProvisionedThroughputExceededException, ThrottlingException)
Kind: TypeAlias = Literal["read", "write"]


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
        self._buckets: dict[tuple[int, int | None, Kind], Bucket] = {}
        self._lock = threading.Lock()

    def read(self, table: Metered, units: float, index: Index | None = None) -> None:
        """Count a read of the table, or of one of its indexes; raises one of THROTTLED."""
        with self._lock:
            self._take(table, _own(index), "read", units)

    def read_all(self, reads: Iterable[tuple[Metered, float]]) -> list[DynamoDBError | None]:
        """Count reads of tables that are let through together or not at all: what is told of each where they are not.

        An empty list says that all were let through.
        """
        asked = list(reads)
        with self._lock:
            refused = [self._refusal(table, None, "read") for table, _ in asked]
            if any(refused):
                return refused
            for table, units in asked:
                self._pay(table, None, "read", units)
            return []

    def write(self, table: Metered, units: float) -> None:
        """Count a write of the table; raises one of THROTTLED."""
        with self._lock:
            for index in _global_indexes(table):
                self._check(table, index, "write")
            self._take(table, None, "write", units)

    def follow(self, table: Metered, consumed: Iterable[tuple[Index, float]]) -> None:
        """Count what a write, that was let through, has consumed of the table's indexes; a local one is the table's."""
        with self._lock:
            for index, units in consumed:
                self._pay(table, _own(index), "write", units)

    def _take(self, table: Metered, index: Index | None, kind: Kind, units: float) -> None:
        self._check(table, index, kind)
        self._pay(table, index, kind, units)

    def _check(self, table: Metered, index: Index | None, kind: Kind) -> None:
        refusal = self._refusal(table, index, kind)
        if refusal is not None:
            raise refusal

    def _refusal(self, table: Metered, index: Index | None, kind: Kind) -> DynamoDBError | None:
        bucket = self._bucket(table, index, kind)
        if bucket is None or bucket.left > 0:
            return None
        if table.description.billing_mode == "PAY_PER_REQUEST":
            return ThrottlingException(_BOUND_EXCEEDED)
        return ProvisionedThroughputExceededException(TABLE_EXCEEDED if index is None else _INDEX_EXCEEDED)

    def _pay(self, table: Metered, index: Index | None, kind: Kind, units: float) -> None:
        bucket = self._bucket(table, index, kind)
        if bucket is not None:
            bucket.left -= units

    def _bucket(self, table: Metered, index: Index | None, kind: Kind) -> Bucket | None:
        """The bucket as it is now; None where nothing is limited."""
        rate = _rate(table.description, index, kind)
        if rate is None:
            return None
        now_s = self._clock()
        key = (table.number, None if index is None else index.number, kind)
        bucket = self._buckets.get(key)
        if bucket is None:
            if len(self._buckets) >= BUCKETS_MAX:
                self._buckets.clear()
            # A table that was made just now has what its first second brings.
            bucket = self._buckets[key] = Bucket(float(rate), table.description.created_s)
        bucket.fill(rate, now_s)
        return bucket


def _own(index: Index | None) -> Index | None:
    """The index that has units of its own; a local one shares what its table has."""
    return None if index is None or index.kind == "local" else index


def _rate(table: TableDescription, index: Index | None, kind: Kind) -> int | None:
    """The units that a second brings; None is no limit."""
    limited = table if index is None else index
    if table.billing_mode == "PROVISIONED":
        units = limited.provisioning.units
        return units.read_units if kind == "read" else units.write_units
    capacity = limited.capacity
    return capacity.read_units_max if kind == "read" else capacity.write_units_max


def _global_indexes(table: Metered) -> Iterable[Index]:
    return (index for index in table.description.indexes if index.kind == "global" and index.status != "DELETING")
