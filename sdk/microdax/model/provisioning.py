"""How much a table or an index may be used: units that are provisioned, and what is set beside them.

An on-demand table may be given bounds (OnDemandThroughput). A table is warm when it is ready for so many units a second
from now on (WarmThroughput); here each is at any time, so that this is kept and shown only.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from microdax.model.requests import Throughput, UnitsChange

DAY_S: Final = 86_400
NO_THROUGHPUT: Final = Throughput(read_units=0, write_units=0)
UNBOUNDED: Final = -1  # as the API shows it, and asks for it
WARM_AT_FIRST: Final = Throughput(read_units=12_000, write_units=4_000)  # of every new on-demand table at Amazon's


@dataclass(frozen=True, slots=True)
class Provisioning:
    """Provisioned units, all zero for an on-demand table, and when they were last raised and lowered."""

    units: Throughput = NO_THROUGHPUT
    increased_s: float | None = None
    decreased_s: float | None = None
    decreases_that_day: int = 0

    def changed(self, units: Throughput, now_s: float) -> "Provisioning":
        """The same table's provisioning after its units were set at `now_s`."""
        before = self.units
        raised = units.read_units > before.read_units or units.write_units > before.write_units
        lowered = units.read_units < before.read_units or units.write_units < before.write_units
        after = replace(self, units=units, increased_s=now_s if raised else self.increased_s)
        if not lowered:
            return after
        return replace(after, decreased_s=now_s, decreases_that_day=self.decreases_today(now_s) + 1)

    def decreases_today(self, now_s: float) -> int:
        """How often the units were lowered on the UTC day of `now_s`."""
        if self.decreased_s is None or self.decreased_s // DAY_S != now_s // DAY_S:
            return 0
        return self.decreases_that_day

    def document(self, now_s: float) -> dict[str, object]:
        document: dict[str, object] = {
            "NumberOfDecreasesToday": self.decreases_today(now_s),
            "ReadCapacityUnits": self.units.read_units,
            "WriteCapacityUnits": self.units.write_units,
        }
        put_time(document, "LastIncreaseDateTime", self.increased_s)
        put_time(document, "LastDecreaseDateTime", self.decreased_s)
        return document

    def kept(self) -> dict[str, object]:
        """The document that all of this is read back from: as of the last decrease."""
        return self.document(0.0 if self.decreased_s is None else self.decreased_s)


UNPROVISIONED: Final = Provisioning()


@dataclass(frozen=True, slots=True)
class Capacity:
    """The most units a second of an on-demand table or index, and how many it is warm for; None was never set."""

    read_units_max: int | None = None
    write_units_max: int | None = None
    warm: Throughput | None = None

    def changed(self, bounds: UnitsChange | None, warm: UnitsChange | None) -> "Capacity":
        """The capacity with what a request sets of it."""
        after = self if bounds is None else self._bounded(bounds)
        return after if warm is None else replace(after, warm=_warmed(self.warm or WARM_AT_FIRST, warm))

    def unbounded(self) -> "Capacity":
        """The capacity of what is not on-demand any more."""
        return replace(self, read_units_max=None, write_units_max=None)

    def document(self) -> dict[str, object]:
        """The members of DescribeTable; `read_capacity` reads them back."""
        document: dict[str, object] = {}
        if self.read_units_max is not None or self.write_units_max is not None:
            document["OnDemandThroughput"] = {
                "MaxReadRequestUnits": self.read_units_max or UNBOUNDED,
                "MaxWriteRequestUnits": self.write_units_max or UNBOUNDED,
            }
        if self.warm is not None:
            document["WarmThroughput"] = {
                "ReadUnitsPerSecond": self.warm.read_units,
                "WriteUnitsPerSecond": self.warm.write_units,
                "Status": "ACTIVE",
            }
        return document

    def _bounded(self, change: UnitsChange) -> "Capacity":
        return replace(
            self,
            read_units_max=_bound(self.read_units_max, change.read_units),
            write_units_max=_bound(self.write_units_max, change.write_units),
        )


NO_CAPACITY: Final = Capacity()


def _bound(before: int | None, wanted: int | None) -> int | None:
    if wanted is None:
        return before
    return None if wanted == UNBOUNDED else wanted


def _warmed(before: Throughput, change: UnitsChange) -> Throughput:
    return Throughput(change.read_units or before.read_units, change.write_units or before.write_units)


def read_provisioning(document: Mapping[str, Any]) -> Provisioning:
    """What `kept` has shown."""
    return Provisioning(
        units=Throughput(document["ReadCapacityUnits"], document["WriteCapacityUnits"]),
        increased_s=document.get("LastIncreaseDateTime"),
        decreased_s=document.get("LastDecreaseDateTime"),
        decreases_that_day=document["NumberOfDecreasesToday"],
    )


def read_capacity(document: Mapping[str, Any]) -> Capacity:
    """What a document of DescribeTable shows of a table or an index."""
    bounds, warm = document.get("OnDemandThroughput", {}), document.get("WarmThroughput")
    return Capacity(
        read_units_max=_bound(None, bounds.get("MaxReadRequestUnits")),
        write_units_max=_bound(None, bounds.get("MaxWriteRequestUnits")),
        warm=None if warm is None else Throughput(warm["ReadUnitsPerSecond"], warm["WriteUnitsPerSecond"]),
    )


def put_time(document: dict[str, object], name: str, time_s: float | None) -> None:
    """Show a time that there is."""
    if time_s is not None:
        document[name] = time_s
