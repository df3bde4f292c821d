"""What the `microdax store` commands do: serve a data directory, check one. Their options are read elsewhere."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from backend_store import check as checker
from backend_store import server
from backend_store.kv.sqlite_engine import SqliteEngine
from backend_store.store import TTL_SWEEP_S, Store

GRACE_S: Final = 10.0  # in which requests that are being answered may end


@dataclass(frozen=True, slots=True)
class Service:
    """What is served where; port 0 stands for any free one."""

    data: Path
    region: str
    host: str
    port: int
    enforce_throughput: bool = False
    bucket_folder: Path | None = None
    ttl_sweep_s: float = TTL_SWEEP_S


async def run(service: Service, announce: Callable[[int], None], stop: asyncio.Event) -> None:
    """Serve until `stop` is set; `announce` is told the port once it is listened on.

    Raises DataDirectoryError or CannotListen where it cannot begin.
    """
    store = Store(
        SqliteEngine(service.data),
        region=service.region,
        enforce_throughput=service.enforce_throughput,
        bucket_folder=service.bucket_folder,
        ttl_sweep_s=service.ttl_sweep_s,
    )
    try:
        store.start()
        listener = await server.serve(store.answer, service.host, service.port)
        announce(listener.port)
        await stop.wait()
        await listener.close(GRACE_S)
    finally:
        await store.close()


def check(data: Path) -> tuple[str, ...]:
    """What is wrong with the store in `data`, a sentence for each fault."""
    return tuple(checker.check(data))
