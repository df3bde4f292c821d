"""Capacity units: what the bytes that a request reads or writes count for."""

from collections.abc import Iterable

from microdax.model import limits


def read_units(size_bytes: int, consistent: bool) -> float:
    """One unit for each 4 KB begun, half a unit where the read need not be consistent; at least one 4 KB."""
    return _units(size_bytes, limits.READ_UNIT_BYTES) * (1.0 if consistent else 0.5)


def write_units(sizes_bytes: Iterable[int]) -> float:
    """One unit for each 1 KB begun of the larger of the item's images before and after."""
    return float(_units(max(sizes_bytes, default=0), limits.WRITE_UNIT_BYTES))


def _units(size_bytes: int, unit_bytes: int) -> int:
    return max(1, -(-size_bytes // unit_bytes))
