"""A store behind HTTP in this process, on a thread of its own, for clients that block."""

import asyncio
import threading
from collections.abc import Generator
from concurrent.futures import Future
from contextlib import contextmanager

from backend_store.kv.memory_engine import MemoryEngine
from backend_store.server import serve
from backend_store.store import Store

_START_TIMEOUT_S = 30.0


@contextmanager
def store_on_thread() -> Generator[str, None, None]:
    """The URL of an empty store, until the block ends."""
    port: Future[int] = Future()
    loop = asyncio.new_event_loop()
    ended = asyncio.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=(_serve_until(ended, port),))
    thread.start()
    try:
        yield f"http://127.0.0.1:{port.result(_START_TIMEOUT_S)}"
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join()
        loop.close()


async def _serve_until(ended: asyncio.Event, port: Future[int]) -> None:
    store = Store(MemoryEngine())
    try:
        listener = await serve(store.answer, "127.0.0.1", 0)
        port.set_result(listener.port)
        await ended.wait()
        await listener.close(0)
    except BaseException as error:
        if not port.done():
            port.set_exception(error)
        raise
    finally:
        await store.close()
