"""A map bounded in bytes, whose values expire and whose user is told of each that leaves.

Which value leaves for room is the policy's (`admission`). Expiry is one comparison on a read, and a calendar finds
what expired unread; cachetools' own TTL caches pay for it on every read.
"""

from collections.abc import Callable, Hashable
from typing import Generic, Protocol, TypeVar

from cachetools import Cache

from microdax.caching.admission import peek, toucher
from microdax.caching.expiry import Calendar


class Kept(Protocol):
    """What can be kept: it counts its hits, and neither its expiry nor its size changes while it is kept."""

    visits: int

    @property
    def expires_at(self) -> float: ...


K = TypeVar("K", bound=Hashable)
V = TypeVar("V", bound=Kept)


class Bounded(Generic[K, V]):
    """Values by key in the room that `cache` has, which belongs to this map from now on.

    `on_remove` is called once for each value that leaves, whatever the reason: evicted, replaced, expired, removed
    or cleared. The map is whole by then, but must not be changed from within.

    `touch(key, value)` counts a hit on a value that its user found without `get`.
    """

    def __init__(self, cache: Cache[K, V], on_remove: Callable[[V], None] = lambda value: None) -> None:
        self._cache = cache
        self.on_remove = on_remove
        self._calendar: Calendar[K] = Calendar()
        self.touch: Callable[[K, V], None] = toucher(cache)
        self.evictions = 0

    def __len__(self) -> int:
        return len(self._cache)

    @property
    def bytes_used(self) -> int:
        return int(self._cache.currsize)

    def get(self, key: K, now: float) -> V | None:
        """The value of `key` unless it has expired; a hit."""
        value = peek(self._cache, key)
        if value is None:
            return None
        if value.expires_at <= now:
            self.remove(key)
            return None
        self.touch(key, value)
        return value

    def put(self, key: K, value: V) -> bool:
        """Keep `value` in place of what was kept for `key`; false if it is larger than the whole cache."""
        if self._cache.getsizeof(value) > self._cache.maxsize:
            self.remove(key)
            return False
        old = self._make_room(key, value)
        entries = len(self._cache) + (old is None)
        self._cache[key] = value
        assert len(self._cache) == entries, "a value's size changed while it was kept"
        if old is not None:
            self._calendar.strike(key, old.expires_at)
        self._calendar.enter(key, value.expires_at)
        if old is not None:
            self.on_remove(old)
        return True

    def remove(self, key: K) -> V | None:
        """Forget `key` and return what was kept for it, expired or not."""
        value = peek(self._cache, key)
        if value is not None:
            del self._cache[key]
            self._leave(key, value)
        return value

    def clear(self) -> None:
        values = [peek(self._cache, key) for key in self._cache]
        self._cache.clear()
        self._calendar.clear()
        for value in values:
            assert value is not None, "a key of the cache has a value"
            self.on_remove(value)

    def reap(self, now: float, most: int) -> int:
        """Remove up to `most` values that have expired for at least a second; return how many."""
        for reaped in range(most):
            key = self._calendar.expired(now)
            if key is None:
                return reaped
            self.remove(key)
        return most

    def _make_room(self, key: K, value: V) -> V | None:
        """Evict until `value` fits in place of what is kept for `key`; return that, unless it went too."""
        cache = self._cache
        size = cache.getsizeof(value)
        old = peek(cache, key)
        while cache.currsize + size - (0 if old is None else cache.getsizeof(old)) > cache.maxsize:
            evicted_key, evicted = cache.popitem()
            if evicted is old:
                old = None
            self.evictions += 1
            self._leave(evicted_key, evicted)
        return old

    def _leave(self, key: K, value: V) -> None:
        self._calendar.strike(key, value.expires_at)
        self.on_remove(value)
