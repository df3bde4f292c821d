"""The workload has Zipf's popularity, YCSB's mix and records of the stated size."""

import random
from collections import Counter

import pytest

from loadtests.workloads import MIXES, VALUE_BYTES, Workload, Zipf, key, scattered, value

RECORDS = 1000


def test_a_ranks_share_falls_as_zipf_says() -> None:
    zipf = Zipf(RECORDS, exponent=0.99)
    for rank in (1, 9, 99, 999):
        assert zipf.share(0) / zipf.share(rank) == pytest.approx((rank + 1) ** 0.99)
    assert sum(map(zipf.share, range(RECORDS))) == pytest.approx(1)


def test_draws_come_in_proportion_to_the_shares() -> None:
    zipf = Zipf(RECORDS)
    draws = 100_000
    drawn = Counter(zipf.rank((n + 0.5) / draws) for n in range(draws))
    for rank in (0, 1, 10, 100, 999):
        assert drawn[rank] == pytest.approx(draws * zipf.share(rank), abs=1.5)


def test_every_rank_can_be_drawn_and_no_other() -> None:
    zipf = Zipf(3)
    assert zipf.rank(0.0) == 0
    assert zipf.rank(0.9999999999999999) == 2
    assert {zipf.rank(n / 100) for n in range(100)} == {0, 1, 2}


def test_without_an_exponent_all_ranks_are_equal() -> None:
    zipf = Zipf(4, exponent=0)
    assert [zipf.share(rank) for rank in range(4)] == [0.25] * 4


def test_the_popular_records_are_scattered_and_each_is_there_once() -> None:
    order = scattered(RECORDS)
    assert sorted(order) == list(range(RECORDS))
    assert order == scattered(RECORDS)
    assert max(order[:10]) - min(order[:10]) > RECORDS / 2


@pytest.mark.parametrize(("name", "reads"), [("A", 0.5), ("B", 0.95), ("C", 1.0)])
def test_a_mix_reads_as_often_as_ycsb_says(name: str, reads: float) -> None:
    workload = Workload(MIXES[name], RECORDS, random.Random(1))
    operations = [workload.next() for _ in range(20_000)]
    assert sum(operation.reads for operation in operations) / len(operations) == pytest.approx(reads, abs=0.01)


def test_one_seed_gives_one_stream() -> None:
    one, other = (Workload(MIXES["A"], RECORDS, random.Random(7)) for _ in range(2))
    assert [one.next() for _ in range(100)] == [other.next() for _ in range(100)]


def test_operations_are_on_records_that_exist() -> None:
    workload = Workload(MIXES["B"], RECORDS, random.Random(1))
    assert {workload.next().key for _ in range(10_000)} <= {key(record) for record in range(RECORDS)}


def test_values_have_the_stated_size_and_differ() -> None:
    chance = random.Random(1)
    assert len(value(chance)) == VALUE_BYTES
    assert value(chance) != value(chance)
