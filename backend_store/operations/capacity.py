"""The capacity units that a request consumes, as "DynamoDB throughput capacity" in the developer guide counts them."""

from collections.abc import Iterable, Mapping

from microdax.model import limits
from microdax.model.requests import ReturnConsumedCapacity


def read_units(size_bytes: int, consistent: bool) -> float:
    """One unit for each 4 KB begun, half a unit where the read need not be consistent; at least one 4 KB."""
    return _units(size_bytes, limits.READ_UNIT_BYTES) * (1.0 if consistent else 0.5)


def write_units(sizes_bytes: Iterable[int]) -> float:
    """One unit for each 1 KB begun of the larger of the item's images before and after."""
    return float(_units(max(sizes_bytes, default=0), limits.WRITE_UNIT_BYTES))


def consumed(table: str, units: float, wanted: ReturnConsumedCapacity) -> dict[str, object]:
    """The member ConsumedCapacity, or nothing where the caller did not ask for it."""
    return {} if wanted == "NONE" else {"ConsumedCapacity": _of_table(table, units, wanted)}


def consumed_by_table(units: Mapping[str, float], wanted: ReturnConsumedCapacity) -> dict[str, object]:
    """The member ConsumedCapacity of a batch: one entry for each table."""
    if wanted == "NONE":
        return {}
    return {"ConsumedCapacity": [_of_table(table, used, wanted) for table, used in units.items()]}


def _units(size_bytes: int, unit_bytes: int) -> int:
    return max(1, -(-size_bytes // unit_bytes))


def _of_table(table: str, units: float, wanted: ReturnConsumedCapacity) -> dict[str, object]:
    total: dict[str, object] = {"TableName": table, "CapacityUnits": units}
    return {**total, "Table": {"CapacityUnits": units}} if wanted == "INDEXES" else total
