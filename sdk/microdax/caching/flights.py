"""Who is fetching what: one board of flights is both the single-flight and the lease of a fill.

A flight is a fill in the air, whatever the caller makes of it (a task, a future, an event). To board shares a
fetch: of all that want one key only the first takes off. An invalidation grounds the key:

    reader A   boards `k`, takes off, reads the old value
    writer     writes `k` upstream, grounds `k`, acknowledges
    reader B   boards `k`: a new flight, for the old one may carry what was read before the write
    reader A   lands: false, so the old value is answered to those who waited for it and not kept
    reader B   lands: true, its value was read after the write

The board knows neither asyncio nor threads. Callers of several threads hold a lock around each call.
"""

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
F = TypeVar("F")


class Flights(Generic[K, F]):
    """The flights in the air, at most one that may be kept for each key; how many may fly is the caller's to bound."""

    def __init__(self) -> None:
        self._in_air: dict[K, F] = {}

    def __len__(self) -> int:
        return len(self._in_air)

    def board(self, key: K, take_off: Callable[[], F]) -> F:
        """Return the flight in the air for `key`, taking off if there is none.

        `take_off` starts the fetch and must not yet read: until it has returned there is no flight to ground.
        """
        if key not in self._in_air:
            self._in_air[key] = take_off()
        return self._in_air[key]

    def land(self, key: K, flight: F) -> bool:
        """Take `flight` off the board; false if it was grounded, so must not be kept.

        A flight that failed lands too, or those who come later would board it.
        """
        if self._in_air.get(key) is not flight:
            return False
        del self._in_air[key]
        return True

    def ground(self, key: K) -> None:
        """Whatever is in the air for `key` was asked for before the key changed."""
        self._in_air.pop(key, None)

    def ground_where(self, changed: Callable[[K], bool]) -> None:
        """Ground each key that `changed` holds for: those of a table that was dropped."""
        for key in [key for key in self._in_air if changed(key)]:
            del self._in_air[key]

    def ground_all(self) -> None:
        """Ground every key, where invalidations may have been missed."""
        self._in_air.clear()
