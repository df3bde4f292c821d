"""Latencies are kept closely enough, and added up without loss."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.histogram import Histogram

latencies = st.lists(st.integers(0, 10_000_000), min_size=1, max_size=200)


def histogram_of(values: list[int]) -> Histogram:
    histogram = Histogram()
    for value in values:
        histogram.record(value)
    return histogram


@given(latencies, st.sampled_from([0.1, 50, 90, 99, 99.9, 100]))
def test_a_percentile_is_the_sorted_lists_to_within_a_bucket(values: list[int], percent: float) -> None:
    ordered = sorted(values)
    wanted = len(ordered) * percent / 100
    exact = next(value for seen, value in enumerate(ordered, 1) if seen >= wanted)
    assert histogram_of(values).percentile(percent) == pytest.approx(exact, rel=1 / 64)


@given(st.integers(0, 127))
def test_small_values_are_exact(value: int) -> None:
    assert histogram_of([value]).percentile(50) == value


def test_microseconds_and_milliseconds_are_told_apart() -> None:
    histogram = histogram_of([180] * 99 + [123_456])
    assert histogram.percentile(50) == pytest.approx(180, rel=1 / 64)
    assert histogram.percentile(100) == pytest.approx(123_456, rel=1 / 64)


def test_fractions_are_rounded_down() -> None:
    histogram = Histogram()
    histogram.record(12.9)
    assert histogram.percentile(50) == 12


@given(latencies, latencies)
def test_added_histograms_are_the_histogram_of_both(left: list[int], right: list[int]) -> None:
    added = histogram_of(left)
    added.add(histogram_of(right))
    assert added.counts() == histogram_of(left + right).counts()


def test_counts_survive_a_file() -> None:
    chance = random.Random(1)
    histogram = histogram_of([chance.randrange(1_000_000) for _ in range(1000)])
    again = Histogram(histogram.counts())
    assert (again.count, again.percentile(99)) == (1000, histogram.percentile(99))


def test_an_empty_histogram_has_no_latency() -> None:
    assert (Histogram().count, Histogram().percentile(99)) == (0, 0)
