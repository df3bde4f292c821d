"""An engine in memory that outlives its stores, so that a store can be opened again on what it has written."""

from backend_store.kv.memory_engine import MemoryEngine


class LastingMemory(MemoryEngine):
    """An engine in memory that is still there after its store was closed."""

    def close(self) -> None:
        """Stay open: the process does not end."""

    def end(self) -> None:
        super().close()
