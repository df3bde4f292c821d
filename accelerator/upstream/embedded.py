"""The bundled store in this process as the upstream: no HTTP in between."""

from collections.abc import Callable, Sequence

from accelerator.upstream.base import PROBE
from backend_store.store import Store
from microdax.model.replies import Change, Reply


class EmbeddedUpstream:
    """Passes calls to `store`, which belongs to this upstream from now on."""

    settle_s = 0.0  # its reads see every write that it has acknowledged

    def __init__(self, store: Store) -> None:
        self._store = store
        self._closed = False

    async def call(self, target: str, body: bytes) -> Reply:
        """Let the store answer; it turns every error into a reply itself."""
        return await self._store.answer(target, body)

    def start(self, on_change: Callable[[Sequence[Change]], None]) -> None:
        """Let the store do what it does beside the calls; `on_change` hears of the changes that come of it."""
        self._store.on_change = on_change
        self._store.start()

    async def ready(self) -> str | None:
        """Whether the store is open and answers."""
        if self._closed:
            return "The store is closed"
        reply = await self.call(*PROBE)
        return None if reply.ok else f"The store answers with status {reply.status}"

    async def close(self) -> None:
        """Let the store finish what it has begun, and close its files."""
        self._closed = True
        await self._store.close()
