"""What the accelerator counts, in Prometheus' terms.

The parts count in plain attributes, because a hit has room for one addition and no more; the collector reads those
when somebody asks. Names end in their unit, as Prometheus wants it.
"""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from accelerator.cache.fills import Fills
from accelerator.cache.item_cache import ItemCache
from accelerator.doors.memo import Memo
from accelerator.upstream.counted import CountedUpstream
from accelerator.writes import Writes


class Counts(Collector):
    """Reads the parts' counters when a scrape comes."""

    def __init__(self, cache: ItemCache, memo: Memo, fills: Fills, writes: Writes, upstream: CountedUpstream) -> None:
        self._cache = cache
        self._memo = memo
        self._fills = fills
        self._writes = writes
        self._upstream = upstream

    def collect(self) -> Iterator[Metric]:
        yield from self._item_cache()
        yield from self._fills_and_writes()
        yield from self._upstream_calls()

    def _item_cache(self) -> Iterator[Metric]:
        cache, memo = self._cache, self._memo
        reads = CounterMetricFamily(
            "microdax_item_reads", "Items asked for that a cache may answer, by what answered.", labels=["answered_by"]
        )
        reads.add_metric(["memo"], memo.hits)
        reads.add_metric(["cache"], cache.hits)
        reads.add_metric(["upstream"], cache.misses)
        yield reads
        entries = GaugeMetricFamily("microdax_cache_entries", "Entries kept.", labels=["cache"])
        entries.add_metric(["item"], len(cache))
        entries.add_metric(["memo"], len(memo))
        yield entries
        kept = GaugeMetricFamily("microdax_cache_bytes", "Bytes kept, with their overhead.", labels=["cache"])
        kept.add_metric(["item"], cache.bytes_used)
        kept.add_metric(["memo"], memo.bytes_used)
        yield kept
        yield CounterMetricFamily("microdax_cache_evictions", "Items forgotten for room.", value=cache.evictions)

    def _fills_and_writes(self) -> Iterator[Metric]:
        fills = CounterMetricFamily(
            "microdax_fills",
            "Items fetched from the upstream, by whether they came in time to be kept.",
            labels=["came"],
        )
        fills.add_metric(["in time"], self._fills.landed)
        fills.add_metric(["grounded"], self._fills.grounded)
        yield fills
        in_air = GaugeMetricFamily("microdax_keys_in_air", "Keys being fetched or written.", labels=["why"])
        in_air.add_metric(["fill"], self._fills.in_air)
        in_air.add_metric(["write"], self._writes.in_air)
        yield in_air

    def _upstream_calls(self) -> Iterator[Metric]:
        calls = CounterMetricFamily(
            "microdax_upstream_calls", "Requests sent upstream.", labels=["operation", "outcome"]
        )
        seconds = CounterMetricFamily(
            "microdax_upstream_seconds", "Time in which those requests waited for their answers.", labels=["operation"]
        )
        for (operation, outcome), count in self._upstream.calls.items():
            calls.add_metric([operation, outcome], count)
        for operation, waited_s in self._upstream.waited_s.items():
            seconds.add_metric([operation], waited_s)
        yield calls
        yield seconds


def registry(counts: Counts) -> CollectorRegistry:
    """A registry with our counts and those of the process (memory, CPU, open files)."""
    registered = CollectorRegistry()
    registered.register(counts)
    ProcessCollector(registry=registered)
    return registered
