"""Ready replies by raw request bytes: a hit is answered before anything of it is parsed.

Clients that send equal calls as equal bytes (the SDK does) are answered from here in one look-up. A reply hangs on
the cache entry that it was made from: it is served while that entry is alive, and forgotten when it leaves the cache.
So the memo needs no invalidation of its own, and cannot be staler than the item cache.

Room is made first in, first out: an entry worth its place is soon remembered again, and a hit stays one look-up.
"""

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from accelerator.cache.item_cache import Entry
from microdax.model.keys import ItemKey

CHUNKS_PER_ENTRY_MAX: Final = 16  # spellings of a request for one item: other projections, other clients' headers
OVERHEAD_BYTES: Final = 350  # of the objects around a chunk and its reply; 349 measured


class Memo:
    """Raw request bytes -> the reply's bytes. `touch` tells the eviction policy of a hit."""

    def __init__(self, bytes_max: int, clock: Callable[[], float], touch: Callable[[ItemKey, Entry], None]) -> None:
        # Not a dict: finding the oldest of a dict walks over everything that was deleted before it.
        self._ready: OrderedDict[bytes, tuple[Entry, bytes]] = OrderedDict()
        self._bytes_max = bytes_max
        self._clock = clock
        self._touch = touch
        self.bytes_used = 0
        self.hits = 0

    def get(self, chunk: bytes) -> bytes | None:
        """The reply to exactly these bytes, or None."""
        ready = self._ready.get(chunk)
        if ready is None:
            return None
        entry, reply = ready
        if self._clock() >= entry.expires_at:
            return None
        self._touch(entry.key, entry)
        self.hits += 1
        return reply

    def remember(self, chunk: bytes, entry: Entry, reply: bytes) -> None:
        """Answer `chunk` with `reply` for as long as `entry` lives."""
        if not entry.alive(self._clock()) or _weight(chunk, reply) > self._bytes_max:
            return
        if entry.chunks is None:
            entry.chunks = []
        if chunk in self._ready or len(entry.chunks) >= CHUNKS_PER_ENTRY_MAX:
            return
        entry.chunks.append(chunk)
        self._ready[chunk] = (entry, reply)
        self.bytes_used += _weight(chunk, reply)
        while self.bytes_used > self._bytes_max:
            self._forget_oldest()

    def forget(self, entry: Entry) -> None:
        """Drop the replies made from an entry that has left the cache."""
        for chunk in entry.chunks or ():
            _, reply = self._ready.pop(chunk)
            self.bytes_used -= _weight(chunk, reply)
        entry.chunks = None

    def clear(self) -> None:
        """Drop every reply."""
        for entry, _ in self._ready.values():
            entry.chunks = None
        self._ready = OrderedDict()
        self.bytes_used = 0

    def __len__(self) -> int:
        return len(self._ready)

    def _forget_oldest(self) -> None:
        chunk, (entry, reply) = self._ready.popitem(last=False)
        assert entry.chunks is not None
        entry.chunks.remove(chunk)
        self.bytes_used -= _weight(chunk, reply)


def _weight(chunk: bytes, reply: bytes) -> int:
    return OVERHEAD_BYTES + len(chunk) + len(reply)
