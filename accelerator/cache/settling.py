"""What was written so lately that the upstream may not show it yet, or may yet change again.

Two kinds of doubt, both about a key or about a whole table, both for a while:

- *recent*: a write was acknowledged, but an upstream whose default reads lag may still show the item as it was before
  (C11). A fill asks for a strong read.
- *barred*: a write was sent and no answer came (C4). It may still happen, so nothing that is read now may be kept.

Doubts are kept in the order in which they end, so that ended ones leave from the front. Past `DOUBTS_MAX` the oldest
ones are replaced by a doubt about everything, which is safe and costs hits, not truth.
"""

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

DOUBTS_MAX: Final = 100_000
OUTCOME_SETTLES_S: Final = 60.0  # until when a write without an answer has happened, or will not: as long as SDKs wait


class Doubts:
    """Names in doubt for `lasting_s` seconds from when they were last entered."""

    def __init__(self, lasting_s: float, clock: Callable[[], float], most: int = DOUBTS_MAX) -> None:
        self._lasting_s = lasting_s
        self._clock = clock
        self._most = most
        self._until: OrderedDict[str, float] = OrderedDict()
        self._everything_until = float("-inf")

    def enter(self, name: str | None) -> None:
        """Doubt `name` from now on; everything, if that is None."""
        if self._lasting_s <= 0:
            return
        now = self._clock()
        if name is None:
            self._everything_until = now + self._lasting_s
        else:
            self._until[name] = now + self._lasting_s
            self._until.move_to_end(name)
        self._leave(now)

    def holds(self, name: str) -> bool:
        """Whether `name` is in doubt."""
        return self._clock() < max(self._until.get(name, self._everything_until), self._everything_until)

    def __len__(self) -> int:
        return len(self._until)

    def _leave(self, now: float) -> None:
        while self._until:
            name, until = next(iter(self._until.items()))
            if until > now and len(self._until) <= self._most:
                return
            del self._until[name]
            if until > now:
                self._everything_until = max(self._everything_until, until)


class Settling:
    """The doubts about items and tables. Names are ItemKeys and table names: neither can be the other."""

    def __init__(self, recent: Doubts, barred: Doubts) -> None:
        self._recent = recent
        self._barred = barred

    def written(self, name: str | None) -> None:
        """A write of this item, or to this table, or (None) to any, was acknowledged."""
        self._recent.enter(name)

    def unknown(self, name: str | None) -> None:
        """A write of this item, or to this table, or (None) to any, has an unknown outcome."""
        self._barred.enter(name)
        self._recent.enter(name)

    def must_read_strongly(self, table: str, key: str) -> bool:
        """Whether a default read of this item may show a state from before an acknowledged write."""
        return self._recent.holds(key) or self._recent.holds(table)

    def may_keep(self, table: str, key: str) -> bool:
        """Whether what is read of this item now may be kept."""
        return not (self._barred.holds(key) or self._barred.holds(table))
