"""What to keep when there is not room for all: S3-FIFO, and the policies of cachetools beside it.

S3-FIFO is Yang, Zhang, Qiu, Yue and Vinayak, "FIFO queues are all you need for cache eviction", SOSP 2023. Most
keys of a trace are asked for once, so a newcomer has to show that it is not one of them before it takes the place
of what is:

    small   a tenth of the bytes. Newcomers enter here; the oldest goes to main if it was hit more than once since,
            and leaves otherwise, its hash staying among the ghosts.
    main    the rest. The oldest leaves if it was not hit; otherwise it enters again with one visit less.
    ghost   hashes of keys that left small. A key that comes back while it is remembered enters main at once.

A hit changes no queue: it adds one to the value's own `visits`, so that whoever holds the value can count a hit
without asking the cache at all. Capped when read, for the sake of the hit: at the third visit more is only noise.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Final, Protocol, TypeVar

from cachetools import Cache, FIFOCache, LFUCache, LRUCache

SMALL_SHARE: Final = 0.1
VISITS_MAX: Final = 3
# Where every entry is hot, the search for one that is not would go around all of main up to three times, and the
# event loop stand still meanwhile. After so many steps the next in the queue leaves, hot or not.
STEPS_MAX: Final = 256


class Visited(Protocol):
    """A value that counts its own hits."""

    visits: int


K = TypeVar("K", bound=Hashable)
V = TypeVar("V", bound=Visited)


class S3FIFO(Cache[K, V]):
    """S3-FIFO as a cachetools cache: bounded by the sum of `getsizeof`, evicting by `popitem`."""

    def __init__(self, maxsize: float, getsizeof: Callable[[V], float] | None = None) -> None:
        super().__init__(maxsize, getsizeof)
        self._small_bytes_max = maxsize * SMALL_SHARE
        self._small_bytes = 0.0
        # Key to size, oldest first. OrderedDict, because a plain dict finds its first key by walking over all that
        # were deleted before it.
        self._small: OrderedDict[K, float] = OrderedDict()
        self._main: OrderedDict[K, float] = OrderedDict()
        self._ghosts: OrderedDict[int, None] = OrderedDict()

    def __getitem__(self, key: K) -> V:
        value = super().__getitem__(key)
        value.visits += 1
        return value

    def __setitem__(self, key: K, value: V) -> None:
        """Keep `value`; in place of another it keeps that one's place in the queue, and its visits."""
        old = self._peek(key) if key in self else None
        super().__setitem__(key, value)  # makes room by popitem, which may move or evict `key` itself
        size = self.getsizeof(value)
        if key in self._main:
            self._main[key] = size
        elif key in self._small:
            self._small_bytes += size - self._small[key]
            self._small[key] = size
        else:
            self._enter(key, size)
            return
        assert old is not None, "a key in a queue has a value"
        value.visits = max(value.visits, old.visits)  # as they are now: making room may have taken some

    def __delitem__(self, key: K) -> None:
        super().__delitem__(key)
        if self._main.pop(key, None) is None:
            self._small_bytes -= self._small.pop(key)

    def popitem(self) -> tuple[K, V]:
        """Evict what is least worth keeping, and return it with its key."""
        if not self:
            raise KeyError(f"{type(self).__name__} is empty")
        for _ in range(STEPS_MAX):
            if (left := self._step()) is not None:
                break
        else:
            left = next(iter(self._main or self._small))
        value = self._peek(left)
        del self[left]
        return left, value

    def clear(self) -> None:
        super().clear()
        self._small.clear()
        self._main.clear()
        self._ghosts.clear()
        self._small_bytes = 0.0

    def _peek(self, key: K) -> V:
        """The value of `key`, without a visit."""
        return super().__getitem__(key)

    def _enter(self, key: K, size: float) -> None:
        ghost = hash(key)
        if ghost in self._ghosts:
            del self._ghosts[ghost]
            self._main[key] = size
        else:
            self._small[key] = size
            self._small_bytes += size

    def _step(self) -> K | None:
        """Look at one entry: return its key if it is to leave, otherwise move it on."""
        if (self._small_bytes >= self._small_bytes_max and self._small) or not self._main:
            return self._step_small()
        return self._step_main()

    def _step_small(self) -> K | None:
        key = next(iter(self._small))
        value = self._peek(key)
        if value.visits <= 1:
            self._remember(key)
            return key
        value.visits = 0
        size = self._small.pop(key)
        self._small_bytes -= size
        self._main[key] = size
        return None

    def _step_main(self) -> K | None:
        key = next(iter(self._main))
        value = self._peek(key)
        if not value.visits:
            return key
        value.visits = min(value.visits, VISITS_MAX) - 1
        self._main.move_to_end(key)
        return None

    def _remember(self, key: K) -> None:
        """Add a ghost; there are at most as many as main holds entries when each queue has its share."""
        self._ghosts[hash(key)] = None
        while len(self._ghosts) > len(self) * (1 - SMALL_SHARE):
            self._ghosts.popitem(last=False)


POLICY_NAMES: Final = ("s3fifo", "lru", "lfu", "fifo")


def policy(
    name: str,
    bytes_max: int,
    getsizeof: Callable[[V], int],
) -> Cache[K, V]:  # pyright: ignore[reportInvalidTypeVarUse]  (K is that of the map it is made for)
    """A cache of at most `bytes_max` bytes that evicts by the policy of that name."""
    match name:
        case "s3fifo":
            return S3FIFO(bytes_max, getsizeof)
        case "lru":
            return LRUCache(bytes_max, getsizeof)
        case "lfu":
            return LFUCache(bytes_max, getsizeof)
        case "fifo":
            return FIFOCache(bytes_max, getsizeof)
        case _:
            raise ValueError(f"no eviction policy {name!r}: choose one of {', '.join(POLICY_NAMES)}")


def peek(cache: Cache[K, V], key: K) -> V | None:
    """The value of `key`, None if there is none; not a hit, which `cache[key]` would be."""
    base: type[Cache[K, V]] = Cache  # whose look-up no policy hears of
    return base.__getitem__(cache, key) if key in cache else None


def toucher(cache: Cache[K, V]) -> Callable[[K, V], None]:
    """How to count a hit on a value of `cache` that was found by other means than `cache[key]`."""
    if isinstance(cache, S3FIFO):
        return _visit

    def touch(key: K, value: V) -> None:
        cache.get(key)

    return touch


def _visit(key: Hashable, value: Visited) -> None:
    value.visits += 1
