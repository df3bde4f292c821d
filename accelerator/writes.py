"""The path of a write: upstream first, then replace or forget, then answer.

What the caches hold of a written key when the caller is answered:

==============================  ==========================================================
the upstream says               the caches
==============================  ==========================================================
done, and what stands there     hold the new item (or that there is none)
done                            have forgotten the key
refused: nothing changed        are as they were
nothing, or "internal error"    have forgotten the key, and keep nothing for it until the
                                write must have settled (C4)
==============================  ==========================================================

Whatever was done, the fills in the air for the key are grounded *before* the caller is answered (C1, C3).

Which items a statement of PartiQL writes is known from its answer alone, if that tells: those are forgotten.

Two writes of one key may be answered in another order than the upstream did them. So a new item replaces the old one
only if no other write of the key was in the air meanwhile; otherwise the key is forgotten.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from accelerator import envelopes
from accelerator.cache.fills import Fills
from accelerator.cache.item_cache import CachedTable, ItemCache
from accelerator.cache.schemas import Schemas
from accelerator.cache.settling import Settling
from accelerator.envelopes import ItemWrite
from accelerator.upstream.base import Upstream, outcome_unknown
from microdax.model.errors import DynamoDBError, UnknownOutcome
from microdax.model.keys import ItemKey
from microdax.model.replies import Change, Reply, new_request_id, refusal
from microdax.model.values import KeyValue


class WritesInAir:
    """Which keys are being written, and by more than one."""

    def __init__(self) -> None:
        self._writers: Counter[ItemKey] = Counter()
        self._contested: set[ItemKey] = set()

    def take_off(self, key: ItemKey) -> None:
        """A write of `key` goes upstream."""
        self._writers[key] += 1
        if self._writers[key] > 1:
            self._contested.add(key)

    def contest(self, key: ItemKey) -> None:
        """Another write of `key`, of which nobody knew, has been answered: those in the air were not alone."""
        if key in self._writers:
            self._contested.add(key)

    def land(self, key: ItemKey) -> bool:
        """It has been answered. False if another one was in the air at any time meanwhile."""
        alone = key not in self._contested
        self._writers[key] -= 1
        if not self._writers[key]:
            del self._writers[key]
            self._contested.discard(key)
        return alone

    def __len__(self) -> int:
        return len(self._writers)


class Verdict(Enum):
    """What an upstream's answer to a write says of its effect."""

    DONE = "done"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class _Written:
    """An item that a write may change, named as the cache named it when the write went upstream."""

    table: CachedTable
    attributes: Mapping[str, KeyValue]
    key: ItemKey


@dataclass(frozen=True, slots=True)
class _Targets:
    """What a write may change: single items, and tables in which it cannot be told which."""

    items: tuple[_Written, ...]
    tables: frozenset[str]


class Writes:
    """Sends writes upstream and keeps the item cache coherent with them."""

    def __init__(
        self, upstream: Upstream, cache: ItemCache, fills: Fills, settling: Settling, schemas: Schemas
    ) -> None:
        self._upstream = upstream
        self._cache = cache
        self._fills = fills
        self._settling = settling
        self._schemas = schemas
        self._in_air = WritesInAir()

    async def write_items(self, target: str, operation: str, body: bytes) -> Reply:
        """Answer a write of items that its request names."""
        items = envelopes.written_items(operation, body)
        if items is None:
            return await self.write_table(target, envelopes.table_name(body), body)
        targets = await self._targets(items)
        for written in targets.items:
            self._in_air.take_off(written.key)
        verdict, changes = Verdict.UNKNOWN, None
        try:
            verdict, reply = await self._ask(target, body)
            changes = reply.changes
        finally:
            self._settle(targets, verdict, changes)
        return reply

    async def write_table(self, target: str, table: str | None, body: bytes) -> Reply:
        """Answer a call that may change anything in `table`, or in any table where that is None."""
        verdict = Verdict.UNKNOWN
        try:
            verdict, reply = await self._ask(target, body)
        finally:
            if verdict is not Verdict.REFUSED:
                self._forget_table(table, verdict)
        return reply

    async def write_statements(self, target: str, body: bytes) -> Reply:
        """Answer PartiQL that writes. Which items it writes only the answer can tell; where it does not, any may be."""
        verdict, changes = Verdict.UNKNOWN, None
        try:
            verdict, reply = await self._ask(target, body)
            changes = reply.changes
        finally:
            if verdict is Verdict.DONE and changes is not None:
                self._forget_items(changes)
            elif verdict is not Verdict.REFUSED:
                self._forget_table(None, verdict)
        return reply

    def changed_past_us(self, changes: Sequence[Change]) -> None:
        """Forget items that may have changed without having been written here, as expired ones that were deleted.

        A write of ours that is in the air may have come before that change, so what it leaves is not kept either.
        """
        for change in changes:
            key = self._cache.key(self._cache.table(change.table), change.key)
            self._in_air.contest(key)
            self._fills.ground(key)
            self._settling.written(key)
            self._cache.remove(key)

    @property
    def in_air(self) -> int:
        """Keys that are being written."""
        return len(self._in_air)

    async def _ask(self, target: str, body: bytes) -> tuple[Verdict, Reply]:
        try:
            reply = await self._upstream.call(target, body)
        except UnknownOutcome as error:
            return Verdict.UNKNOWN, refusal(error)
        except DynamoDBError as error:
            return Verdict.REFUSED, refusal(error)
        if reply.ok:
            return Verdict.DONE, reply
        return Verdict.UNKNOWN if outcome_unknown(reply) else Verdict.REFUSED, reply

    async def _targets(self, items: Sequence[ItemWrite]) -> _Targets:
        keys = [(item.table, await self._key(item)) for item in items]
        tables = frozenset(name for name, key in keys if key is None)
        return _Targets(
            tuple(self._name(name, key) for name, key in keys if key is not None and name not in tables), tables
        )

    async def _key(self, item: ItemWrite) -> Mapping[str, KeyValue] | None:
        if not item.whole:
            return envelopes.key_of(item.attributes)
        names = await self._schemas.key_names(item.table)
        return None if names is None else envelopes.key_in(item.attributes, names)

    def _name(self, table_name: str, key: Mapping[str, KeyValue]) -> _Written:
        table = self._cache.table(table_name)
        return _Written(table, key, self._cache.key(table, key))

    def _settle(self, targets: _Targets, verdict: Verdict, changes: Sequence[Change] | None) -> None:
        landed = [(written, self._in_air.land(written.key)) for written in targets.items]
        if verdict is Verdict.REFUSED:
            return
        for table in targets.tables:
            self._forget_table(table, verdict)
        images = None if changes is None else self._images(changes)
        for written, alone in landed:
            self._settle_item(written, alone, verdict, images)

    def _settle_item(
        self, written: _Written, alone: bool, verdict: Verdict, images: Mapping[ItemKey, bytes | None] | None
    ) -> None:
        now = written
        if written.table.dropped:  # meanwhile: what was written may be in its successor
            now, alone = self._name(written.table.name, written.attributes), False
        self._fills.ground(now.key)
        if verdict is Verdict.UNKNOWN:
            self._settling.unknown(now.key)
            self._cache.remove(now.key)
            return
        self._settling.written(now.key)
        if images is not None and now.key not in images:
            return  # this item did not change
        if images is not None and alone and self._settling.may_keep(now.table.name, now.key):
            self._cache.put(now.table, now.key, images[now.key], new_request_id())
        else:
            self._cache.remove(now.key)

    def _images(self, changes: Sequence[Change]) -> dict[ItemKey, bytes | None]:
        return {self._cache.key(self._cache.table(change.table), change.key): change.new for change in changes}

    def _forget_items(self, changes: Sequence[Change]) -> None:
        """Forget items of whose write nobody knew before it was answered.

        They are not replaced, and what other writes in the air bring of them is not kept either: had one of those been
        done before this write and been answered after it, it would put the older item in the newer one's place.
        """
        for key in self._images(changes):
            self._fills.ground(key)
            self._in_air.contest(key)
            self._settling.written(key)
            self._cache.remove(key)

    def _forget_table(self, name: str | None, verdict: Verdict) -> None:
        if name is None:
            self._cache.drop_all()
            self._schemas.forget_all()
        else:
            self._cache.drop_table(name)
            self._schemas.forget(name)
        if verdict is Verdict.UNKNOWN:
            self._settling.unknown(name)
        else:
            self._settling.written(name)
