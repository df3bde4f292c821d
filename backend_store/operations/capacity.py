"""How a reply shows the capacity units that its request has consumed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from backend_store.indexes import IndexChange
from backend_store.units import read_units as read_units
from backend_store.units import write_units as write_units
from microdax.model.requests import IndexKind, ReturnConsumedCapacity

UnitKind = Literal["ReadCapacityUnits", "WriteCapacityUnits"]

_INDEX_MEMBERS: Final[Mapping[IndexKind, str]] = {"local": "LocalSecondaryIndexes", "global": "GlobalSecondaryIndexes"}


@dataclass(frozen=True, slots=True)
class IndexUnits:
    """What a request consumes of an index of its table."""

    kind: IndexKind
    name: str
    units: float


UnitsOfIndexes: TypeAlias = Mapping[str, Iterable[IndexUnits]]  # by table
NO_INDEXES: Final[UnitsOfIndexes] = MappingProxyType({})


def index_units(changes: Iterable[IndexChange]) -> list[IndexUnits]:
    """What writes cost each index that they changed: those that changed nothing in it cost it nothing."""
    sums: dict[tuple[IndexKind, str], float] = {}
    for change in changes:
        place = change.index.kind, change.index.name
        sums[place] = sums.get(place, 0.0) + sum(write_units((size,)) for size in change.writes_bytes)
    return [IndexUnits(kind, name, units) for (kind, name), units in sums.items()]


def index_units_by_table(changes: Iterable[tuple[str, Iterable[IndexChange]]]) -> dict[str, list[IndexUnits]]:
    """What writes of several tables cost their indexes."""
    by_table: dict[str, list[IndexChange]] = {}
    for table, some in changes:
        by_table.setdefault(table, []).extend(some)
    return {table: index_units(found) for table, found in by_table.items()}


def consumed(
    table: str, units: float, wanted: ReturnConsumedCapacity, indexes: Iterable[IndexUnits] = ()
) -> dict[str, object]:
    """The member ConsumedCapacity, or nothing where the caller did not ask for it; `units` are the table's own."""
    return {} if wanted == "NONE" else {"ConsumedCapacity": _of_table(table, units, wanted, indexes=indexes)}


def consumed_by_table(
    units: Mapping[str, float], wanted: ReturnConsumedCapacity, indexes: UnitsOfIndexes = NO_INDEXES
) -> dict[str, object]:
    """The member ConsumedCapacity of a batch: one entry for each table."""
    if wanted == "NONE":
        return {}
    tables = [_of_table(table, used, wanted, indexes=indexes.get(table, ())) for table, used in units.items()]
    return {"ConsumedCapacity": tables}


def units_by_table(units: Iterable[tuple[str, float]]) -> dict[str, float]:
    """The sums of the units that single items of these tables cost."""
    sums: dict[str, float] = {}
    for table, used in units:
        sums[table] = sums.get(table, 0.0) + used
    return sums


def consumed_by_transaction(
    units: Mapping[str, float], kind: UnitKind, wanted: ReturnConsumedCapacity, indexes: UnitsOfIndexes = NO_INDEXES
) -> dict[str, object]:
    """The member ConsumedCapacity of a transaction: doubled, for each item is prepared, then read or written.

    What it costs the indexes is not.
    """
    if wanted == "NONE":
        return {}
    tables = [_of_table(table, 2 * used, wanted, kind, indexes.get(table, ())) for table, used in units.items()]
    return {"ConsumedCapacity": tables}


def _of_table(
    table: str,
    units: float,
    wanted: ReturnConsumedCapacity,
    kind: UnitKind | None = None,
    indexes: Iterable[IndexUnits] = (),
) -> dict[str, object]:
    """Of one table and its indexes; only transactions say which kind of units they are."""
    by_member: dict[str, dict[str, object]] = {}
    total = units
    for index in indexes:
        total += index.units
        by_member.setdefault(_INDEX_MEMBERS[index.kind], {})[index.name] = _used(index.units, kind)
    whole: dict[str, object] = {"TableName": table, **_used(total, kind)}
    return {**whole, "Table": _used(units, kind), **by_member} if wanted == "INDEXES" else whole


def _used(units: float, kind: UnitKind | None) -> dict[str, float]:
    return {"CapacityUnits": units} if kind is None else {"CapacityUnits": units, kind: units}
