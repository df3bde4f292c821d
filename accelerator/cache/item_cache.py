"""The item cache: what is known of items, by key, until it expires, is evicted or is invalidated.

An entry holds an item as DynamoDB JSON, or None where the upstream has no such item: a negative result is cached like
any other. Ready replies in the doors' memo hang on their entry and must die with it; so an entry that leaves the
cache, for whatever reason, is marked expired and its leaving is announced.

A table that is deleted or restored takes all its entries with it at once, however many they are: each table has a
number that is part of its entries' keys, and a dropped table's successor gets another one. What is left of the old
entries can no longer be found and makes room like any entry that nobody asks for.
"""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from cachetools import Cache

from microdax.caching.bounded import Bounded
from microdax.model.keys import ItemKey, item_key
from microdax.model.values import KeyValue

TABLES_MAX: Final = 10_000  # names that the cache remembers; any request can name a new one
ENTRY_OVERHEAD_BYTES: Final = 650  # of the objects around an item: entry, ids, queues, calendar; 641 measured


class CachedTable:
    """A table as the cache knows it, from its first mention until it is dropped."""

    __slots__ = ("dropped", "name", "prefix", "ttl_s")

    def __init__(self, name: str, number: int, ttl_s: float) -> None:
        self.name = name
        self.prefix = f"{number}@{name}"
        self.ttl_s = ttl_s
        self.dropped = False


class Entry:
    """One item as it was at the upstream. `chunks` are the raw requests that the memo answers from it."""

    __slots__ = ("chunks", "expires_at", "item", "key", "request_id", "table", "visits")

    def __init__(
        self, table: CachedTable, key: ItemKey, item: bytes | None, request_id: str, expires_at: float
    ) -> None:
        self.table = table
        self.key = key
        self.item = item
        self.request_id = request_id
        self.expires_at = expires_at
        self.visits = 0
        self.chunks: list[bytes] | None = None

    def alive(self, now: float) -> bool:
        """Whether the entry may still be served, and replies made from it be kept."""
        return now < self.expires_at and not self.table.dropped


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long an entry may be served, in seconds: for each table named, and for all others."""

    default_s: float
    tables_s: Mapping[str, float]

    def of(self, table: str) -> float:
        return self.tables_s.get(table, self.default_s)


class ItemCache:
    """Items by key, in the room of `policy`.

    `on_remove` hears of every entry that leaves, `on_drop` that a table was dropped with all that it had.
    """

    def __init__(self, policy: Cache[ItemKey, Entry], lifetimes: Lifetimes, clock: Callable[[], float]) -> None:
        self._entries = Bounded(policy, self._removed)
        self._lifetimes = lifetimes
        self._clock = clock
        self._tables: dict[str, CachedTable] = {}
        self._numbers = itertools.count(1)
        self.on_remove: Callable[[Entry], None] = lambda entry: None
        self.on_drop: Callable[[], None] = lambda: None
        self.touch: Callable[[ItemKey, Entry], None] = self._entries.touch
        self.hits = 0
        self.misses = 0

    def table(self, name: str) -> CachedTable:
        """The table as it is now; ask again after anything was awaited."""
        table = self._tables.get(name)
        if table is None:
            if len(self._tables) >= TABLES_MAX:
                self.drop_all()
            table = CachedTable(name, next(self._numbers), self._lifetimes.of(name))
            self._tables[name] = table
        return table

    def key(self, table: CachedTable, attributes: Mapping[str, KeyValue]) -> ItemKey:
        """Name the item of `table` that has these key attributes."""
        return item_key(table.prefix, attributes)

    def get(self, key: ItemKey) -> Entry | None:
        """The entry of `key`, counted as a hit or a miss."""
        entry = self._entries.get(key, self._clock())
        if entry is None:
            self.misses += 1
        else:
            self.hits += 1
        return entry

    def put(self, table: CachedTable, key: ItemKey, item: bytes | None, request_id: str) -> Entry | None:
        """Keep what the upstream is known to hold now; None where it may not or cannot be kept."""
        if table.dropped or table.ttl_s <= 0:
            self._entries.remove(key)
            return None
        entry = Entry(table, key, item, request_id, self._clock() + table.ttl_s)
        return entry if self._entries.put(key, entry) else None

    def remove(self, key: ItemKey) -> None:
        """Forget one item."""
        self._entries.remove(key)

    def drop_table(self, name: str) -> None:
        """Forget a table and all its items."""
        table = self._tables.pop(name, None)
        if table is not None:
            table.dropped = True
            self.on_drop()

    def drop_all(self) -> None:
        """Forget everything."""
        for table in self._tables.values():
            table.dropped = True
        self._tables.clear()
        self._entries.clear()
        self.on_drop()

    def reap(self, most: int) -> int:
        """Forget up to `most` entries that have expired; tell how many."""
        return self._entries.reap(self._clock(), most)

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def bytes_used(self) -> int:
        return self._entries.bytes_used

    @property
    def evictions(self) -> int:
        return self._entries.evictions

    def _removed(self, entry: Entry) -> None:
        entry.expires_at = float("-inf")
        self.on_remove(entry)


def entry_bytes(entry: Entry) -> int:
    """What an entry weighs against the cache's bytes."""
    return ENTRY_OVERHEAD_BYTES + len(entry.key) + len(entry.item or b"")
