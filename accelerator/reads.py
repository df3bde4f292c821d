"""The path of GetItem and BatchGetItem: from the cache what it holds, the rest by one upstream read for each key.

A request that a cache cannot answer as the upstream would (ConsistentRead, consumed capacity, anything unknown) reads
as None in `envelopes` and is passed on unchanged (C7).
"""

from collections.abc import Awaitable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import orjson

from accelerator import envelopes
from accelerator.cache.fills import Fetched, Fills, Outcome, Refused, Wanted
from accelerator.cache.item_cache import Entry, ItemCache
from accelerator.envelopes import Json, TableRead
from accelerator.upstream.base import Upstream, answer_of
from microdax.expressions.nodes import Projection
from microdax.expressions.projections import project
from microdax.model import limits
from microdax.model.replies import Reply, new_request_id
from microdax.wire.dynamo_json import decode_item, encode_item

ABSENT: Final = b"{}"


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply, and the cache entry that it was made from, if it was made from one alone."""

    reply: Reply
    entry: Entry | None = None


class Reads:
    """Answers reads of items."""

    def __init__(self, cache: ItemCache, fills: Fills, upstream: Upstream) -> None:
        self._cache = cache
        self._fills = fills
        self._upstream = upstream

    def get_item(self, target: str, body: bytes) -> Answer | Awaitable[Answer]:
        """Answer a GetItem; at once, if the item is cached."""
        wish = envelopes.get_item(body)
        if wish is None:
            return self._pass_on(target, body)
        read, projection = wish
        table = self._cache.table(read.table)
        key = self._cache.key(table, read.key)
        entry = self._cache.get(key)
        if entry is not None:
            return Answer(_item_reply(entry.item, entry.request_id, projection), entry)
        return self._get_missing(Wanted(table, key, read), projection, target, body)

    def batch_get_item(self, target: str, body: bytes) -> Answer | Awaitable[Answer]:
        """Answer a BatchGetItem; at once, if all its items are cached."""
        tables = envelopes.batch_get_item(body)
        if tables is None:
            return self._pass_on(target, body)
        batch = _Batch(tables)
        missing = self._look_up(batch)
        if not missing:
            return Answer(batch.reply())
        return self._batch_missing(batch, missing)

    async def _get_missing(self, wanted: Wanted, projection: Projection | None, target: str, body: bytes) -> Answer:
        outcome = await self._fills.fetch(wanted)
        if isinstance(outcome, Fetched):
            reply = _item_reply(outcome.item, outcome.request_id, projection)
            return Answer(reply, outcome.entry)
        if isinstance(outcome, Refused):
            return Answer(outcome.reply)
        # It travelled in somebody else's batch, which came back without it.
        return await self._pass_on(target, body)

    async def _batch_missing(self, batch: "_Batch", missing: Sequence[Wanted]) -> Answer:
        outcomes = await self._fills.fetch_many(missing)
        if isinstance(outcomes, Refused):
            return Answer(outcomes.reply)
        for wanted, outcome in zip(missing, outcomes, strict=True):
            batch.take(wanted, outcome)
        return Answer(batch.reply())

    def _look_up(self, batch: "_Batch") -> list[Wanted]:
        """Give the batch what is cached; return what is not."""
        missing: list[Wanted] = []
        for wanted in batch.wanted(self._cache):
            entry = self._cache.get(wanted.key)
            if entry is None:
                missing.append(wanted)
            else:
                batch.take(wanted, Fetched(entry.item, entry.request_id, entry))
        return missing

    async def _pass_on(self, target: str, body: bytes) -> Answer:
        return Answer(await answer_of(self._upstream, target, body))


class _Batch:
    """The reply to a BatchGetItem while its items come in."""

    def __init__(self, tables: Sequence[TableRead]) -> None:
        self._tables = {table.table: table for table in tables}
        self._items: dict[str, list[bytes]] = {table.table: [] for table in tables}
        self._unprocessed: dict[str, list[Json]] = {}
        self._bytes = 0

    def wanted(self, cache: ItemCache) -> Iterator[Wanted]:
        for wish in self._tables.values():
            table = cache.table(wish.table)
            for read in wish.reads:
                yield Wanted(table, cache.key(table, read.key), read)

    def take(self, wanted: Wanted, outcome: Outcome) -> None:
        """Add an item, or put its key with the unprocessed ones: where it is not known, or the reply is full."""
        table = wanted.read.table
        if not isinstance(outcome, Fetched) or self._bytes > limits.BATCH_GET_BYTES_MAX:
            self._unprocessed.setdefault(table, []).append(wanted.read.key_json)
        elif outcome.item is not None:
            self._items[table].append(_projected(outcome.item, self._tables[table].projection))
            self._bytes += len(outcome.item)  # whole, as the upstream counts it too

    def reply(self) -> Reply:
        responses = b",".join(
            orjson.dumps(table) + b":[" + b",".join(items) + b"]" for table, items in self._items.items()
        )
        unprocessed = {
            table: {"Keys": keys, **self._tables[table].options} for table, keys in self._unprocessed.items()
        }
        body = b'{"Responses":{' + responses + b'},"UnprocessedKeys":' + orjson.dumps(unprocessed) + b"}"
        return Reply(200, body, new_request_id(), changes=())


def _item_reply(item: bytes | None, request_id: str, projection: Projection | None) -> Reply:
    body = ABSENT if item is None else b'{"Item":' + _projected(item, projection) + b"}"
    return Reply(200, body, request_id, changes=())


def _projected(item: bytes, projection: Projection | None) -> bytes:
    return item if projection is None else encode_item(project(projection, decode_item(item)))
