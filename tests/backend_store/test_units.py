"""Capacity units, against the numbers of the developer guide."""

import pytest

from backend_store.units import read_units, write_units


@pytest.mark.parametrize(
    ("size_bytes", "consistent", "units"),
    [
        (0, True, 1.0),
        (0, False, 0.5),
        (1, True, 1.0),
        (4096, True, 1.0),
        (4096, False, 0.5),
        (4097, True, 2.0),
        (4097, False, 1.0),
        (400 * 1024, True, 100.0),
        (1024 * 1024, False, 128.0),
    ],
)
def test_reads_cost_a_unit_for_each_4_kb_and_half_of_it_when_eventual(
    size_bytes: int, consistent: bool, units: float
) -> None:
    assert read_units(size_bytes, consistent) == units


@pytest.mark.parametrize(
    ("sizes_bytes", "units"),
    [((), 1.0), ((1,), 1.0), ((1024,), 1.0), ((1025,), 2.0), ((5000, 10), 5.0), ((10, 5000), 5.0)],
)
def test_writes_cost_a_unit_for_each_1_kb_of_the_larger_image(sizes_bytes: tuple[int, ...], units: float) -> None:
    assert write_units(sizes_bytes) == units
