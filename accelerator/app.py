"""Builds all parts and joins them; the only file that knows them all.

`assemble` makes the path from the pipeline to the upstream, without a socket: the tests use it too. `run` puts a door
in front and serves until it is told to stop.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry

from accelerator.cache.fills import Fills
from accelerator.cache.item_cache import ItemCache, Lifetimes, entry_bytes
from accelerator.cache.schemas import Schemas
from accelerator.cache.settling import OUTCOME_SETTLES_S, Doubts, Settling
from accelerator.doors.admin import admin_app
from accelerator.doors.http import open_door
from accelerator.doors.memo import Memo
from accelerator.metrics import Counts, registry
from accelerator.pipeline import Pipeline
from accelerator.reads import Reads
from accelerator.settings import ServeSettings
from accelerator.upstream.base import Upstream
from accelerator.upstream.counted import CountedUpstream
from accelerator.upstream.embedded import EmbeddedUpstream
from accelerator.upstream.http import Endpoint, HttpLimits, HttpUpstream
from accelerator.upstream.signing import Signer, find_credentials, region_of
from accelerator.writes import Writes
from backend_store.kv.sqlite_engine import SqliteEngine
from backend_store.store import Store
from microdax.caching.admission import policy

GRACE_S: Final = 10.0  # in which requests that are being answered may end
REAP_EVERY_S: Final = 1.0
REAP_MOST: Final = 100  # expired entries forgotten at a time: half a millisecond


@dataclass(frozen=True, slots=True)
class Ready:
    """Where it listens and what is behind it: a data directory, or an upstream's URL."""

    host: str
    http_port: int
    data: Path | None
    upstream: str | None


@dataclass(frozen=True, slots=True)
class Parts:
    """The caches and the paths through them."""

    pipeline: Pipeline
    cache: ItemCache
    memo: Memo
    fills: Fills
    writes: Writes
    registry: CollectorRegistry


def assemble(upstream: Upstream, settings: ServeSettings, clock: Callable[[], float] = time.monotonic) -> Parts:
    """Join the parts between a door and `upstream`."""
    counted = CountedUpstream(upstream, clock)
    lifetimes = Lifetimes(settings.item_ttl_s, settings.table_ttls)
    cache = ItemCache(policy(settings.eviction, settings.item_cache_bytes, entry_bytes), lifetimes, clock)
    memo = Memo(settings.memo_bytes, clock, cache.touch)
    cache.on_remove = memo.forget
    cache.on_drop = memo.clear
    settling = Settling(recent=Doubts(upstream.settle_s, clock), barred=Doubts(OUTCOME_SETTLES_S, clock))
    fills = Fills(counted, cache, settling)
    writes = Writes(counted, cache, fills, settling, Schemas(counted, clock))
    pipeline = Pipeline(Reads(cache, fills, counted), writes, counted)
    return Parts(pipeline, cache, memo, fills, writes, registry(Counts(cache, memo, fills, writes, counted)))


async def run(settings: ServeSettings, announce: Callable[[Ready], None], stop: asyncio.Event) -> None:
    """Serve until `stop` is set. Raises DataDirectoryError or OSError where it cannot begin."""
    async with _upstream(settings) as upstream:
        parts = assemble(upstream, settings)
        if isinstance(upstream, EmbeddedUpstream):
            upstream.start(parts.writes.changed_past_us)
        admin = admin_app(parts.pipeline.answer, parts.registry, upstream.ready)
        door = await open_door(parts.pipeline.answer, parts.memo, admin, settings.host, settings.http_port)
        data = settings.data if settings.upstream is None else None
        announce(Ready(settings.host, door.port, data, settings.upstream))
        async with asyncio.TaskGroup() as chores:
            reaping = chores.create_task(_reap(parts.cache))
            await stop.wait()
            reaping.cancel()
        await door.close(GRACE_S)


@contextlib.asynccontextmanager
async def _upstream(settings: ServeSettings) -> AsyncGenerator[Upstream]:
    upstream = await _http(settings, settings.upstream) if settings.upstream else _embedded(settings)
    try:
        yield upstream
    finally:
        await upstream.close()


def _embedded(settings: ServeSettings) -> Upstream:
    return EmbeddedUpstream(
        Store(
            SqliteEngine(settings.data),
            region=settings.region,
            enforce_throughput=settings.enforce_throughput,
            bucket_folder=settings.bucket_folder,
            ttl_sweep_s=settings.ttl_sweep_s,
        )
    )


async def _http(settings: ServeSettings, url: str) -> Upstream:
    endpoint = Endpoint.parse(url)
    region = settings.region if "region" in settings.model_fields_set else region_of(endpoint.host)
    credentials = await asyncio.to_thread(find_credentials, endpoint.host)
    bounds = HttpLimits(
        connections_max=settings.upstream_connections,
        connect_s=settings.upstream_connect_timeout_s,
        total_s=settings.upstream_timeout_s,
    )
    signer = Signer(endpoint.authority, region, credentials)
    return HttpUpstream(endpoint, signer, settings.settling_s, bounds)


async def _reap(cache: ItemCache) -> None:
    """Forget expired entries that nobody asks for, so that an idle cache does not hold their memory."""
    while True:
        reaped = cache.reap(REAP_MOST)
        await asyncio.sleep(0 if reaped == REAP_MOST else REAP_EVERY_S)
