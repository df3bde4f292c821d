"""What the `microdax store` commands do: serve a data directory, check one. Their options are read elsewhere."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from backend_store import check as checker
from backend_store import server
from backend_store.kv.sqlite_engine import SqliteEngine
from backend_store.store import Store


async def run(data: Path, host: str, port: int, announce: Callable[[int], None], stop: asyncio.Event) -> None:
    """Serve the store in `data` until `stop`; `announce` is told the port once it is listened on."""
    engine = SqliteEngine(data)
    try:
        listening = await server.serve(Store(engine).answer, host, port)
        try:
            announce(listening.port)
            await stop.wait()
        finally:
            await listening.close()
    finally:
        engine.close()


def check(data: Path) -> tuple[str, ...]:
    """What is wrong with the store in `data`, a sentence for each fault."""
    return tuple(checker.check(data))
