"""Fetching what the item cache lacks: one upstream read for a key however many ask, and none kept that came too late.

The board of flights is single-flight and lease in one. Who misses a key boards the flight in the air for it, or takes
off. A write grounds the keys it changed: later readers start anew, and what the old flight brings is answered to
those who had boarded but not kept. So no value is installed that was read before an invalidation of its key (C3).

A flight lands even if everybody who boarded has left, and is never cancelled by a caller.
"""

import asyncio
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias, cast

import orjson

from accelerator.cache.item_cache import CachedTable, Entry, ItemCache
from accelerator.cache.settling import Settling
from accelerator.envelopes import ItemRead, Json, document, is_object, key_in
from accelerator.upstream.base import Upstream
from microdax.caching.flights import Flights
from microdax.model.errors import DynamoDBError, InternalServerError
from microdax.model.keys import ItemKey, item_key
from microdax.model.replies import Reply, refusal

GET_ITEM: Final = "DynamoDB_20120810.GetItem"
BATCH_GET_ITEM: Final = "DynamoDB_20120810.BatchGetItem"


@dataclass(frozen=True, slots=True)
class Fetched:
    """What the upstream holds; `entry` where it was kept."""

    item: bytes | None
    request_id: str
    entry: Entry | None


@dataclass(frozen=True, slots=True)
class Refused:
    """The upstream's refusal, or ours where it could not be asked."""

    reply: Reply


# None: the batch that carried this key came back without it, which says nothing about the key.
Outcome: TypeAlias = Fetched | Refused | None
Flight: TypeAlias = "asyncio.Future[Outcome]"


@dataclass(frozen=True, slots=True)
class Wanted:
    """An item that the cache lacks."""

    table: CachedTable
    key: ItemKey
    read: ItemRead


class Fills:
    """Reads on behalf of the item cache."""

    def __init__(self, upstream: Upstream, cache: ItemCache, settling: Settling) -> None:
        self._upstream = upstream
        self._cache = cache
        self._settling = settling
        self._flights: Flights[ItemKey, Flight] = Flights()
        self._batches: set[asyncio.Task[Refused | None]] = set()
        self.landed = 0
        self.grounded = 0

    def fetch(self, wanted: Wanted) -> Awaitable[Outcome]:
        """Board the flight for this item. None where somebody else's batch came back without it: ask again."""
        flight = self._flights.board(wanted.key, lambda: asyncio.ensure_future(self._fly(wanted)))
        return asyncio.shield(flight)

    async def fetch_many(self, wanted: Sequence[Wanted]) -> list[Outcome] | Refused:
        """Fetch these items; those that nobody fetches yet travel in one BatchGetItem.

        None stands for an item that is not known now: it was left unprocessed, or somebody else's fetch of it failed.
        Refused, if our own batch was.
        """
        taking_off: list[tuple[Wanted, Flight]] = []
        flights = [self._board_batch(one, taking_off) for one in wanted]
        if taking_off:
            batch = asyncio.ensure_future(self._fly_batch(taking_off))
            self._batches.add(batch)
            batch.add_done_callback(self._batches.discard)
            refused = await asyncio.shield(batch)
            if refused is not None:
                return refused
        return [await asyncio.shield(flight) for flight in flights]

    def ground(self, key: ItemKey) -> None:
        """The item has changed: nobody else may board what is in the air for it, and it shall not be kept."""
        self._flights.ground(key)

    @property
    def in_air(self) -> int:
        """Keys that are being fetched."""
        return len(self._flights)

    def _board_batch(self, one: Wanted, taking_off: list[tuple[Wanted, Flight]]) -> Flight:
        def take_off() -> Flight:
            flight: Flight = asyncio.get_running_loop().create_future()
            taking_off.append((one, flight))
            return flight

        return self._flights.board(one.key, take_off)

    async def _fly(self, wanted: Wanted) -> Outcome:
        flight = asyncio.current_task()
        assert flight is not None
        strongly = self._settling.must_read_strongly(wanted.table.name, wanted.key)
        in_time = False
        try:
            reply = await self._upstream.call(GET_ITEM, _get_item_body(wanted.read, strongly))
            item = _item_in(reply.body) if reply.ok else None
        except DynamoDBError as error:
            return Refused(refusal(error))
        finally:
            in_time = self._land(wanted.key, flight)
        return self._fetched(wanted, item, reply.request_id, in_time) if reply.ok else Refused(reply)

    async def _fly_batch(self, flying: Sequence[tuple[Wanted, Flight]]) -> Refused | None:
        outcomes: Mapping[ItemKey, Outcome] = {}
        try:
            body = self._batch_body([one for one, _ in flying])
            reply = await self._upstream.call(BATCH_GET_ITEM, body)
            if not reply.ok:
                return Refused(reply)
            found = _items_in(reply.body, [one for one, _ in flying])
            outcomes = {
                one.key: self._fetched(one, found[one.key], reply.request_id, self._land(one.key, flight))
                for one, flight in flying
                if one.key in found
            }
        except DynamoDBError as error:
            return Refused(refusal(error))
        finally:
            for one, flight in flying:
                if one.key not in outcomes:
                    self._land(one.key, flight)
                flight.set_result(outcomes.get(one.key))
        return None

    def _land(self, key: ItemKey, flight: Flight) -> bool:
        in_time = self._flights.land(key, flight)
        if in_time:
            self.landed += 1
        else:
            self.grounded += 1
        return in_time

    def _fetched(self, wanted: Wanted, item: bytes | None, request_id: str, in_time: bool) -> Fetched:
        entry = None
        if in_time and self._settling.may_keep(wanted.table.name, wanted.key):
            entry = self._cache.put(wanted.table, wanted.key, item, request_id)
        return Fetched(item, request_id, entry)

    def _batch_body(self, wanted: Sequence[Wanted]) -> bytes:
        tables: dict[str, dict[str, object]] = {}
        keys: dict[str, list[Json]] = {}
        for one in wanted:
            name = one.table.name
            table = tables.setdefault(name, {"Keys": keys.setdefault(name, [])})
            keys[name].append(one.read.key_json)
            if self._settling.must_read_strongly(name, one.key):
                table["ConsistentRead"] = True
        return orjson.dumps({"RequestItems": tables})


def _get_item_body(read: ItemRead, strongly: bool) -> bytes:
    request: dict[str, object] = {"TableName": read.table, "Key": read.key_json}
    if strongly:
        request["ConsistentRead"] = True
    return orjson.dumps(request)


def _item_in(body: bytes) -> bytes | None:
    """The item in GetItem's reply as bytes of DynamoDB JSON, or None where there is none."""
    reply = _reply_object(body)
    if "Item" not in reply:
        return None
    # What our own store sends needs no second encoding.
    if len(reply) == 1 and body.startswith(b'{"Item":{') and body.endswith(b"}}"):
        return body[8:-1]
    return orjson.dumps(reply["Item"])


def _items_in(body: bytes, wanted: Sequence[Wanted]) -> dict[ItemKey, bytes | None]:
    """What BatchGetItem's reply says of each item; an item left unprocessed is left out."""
    reply = _reply_object(body)
    found: dict[ItemKey, bytes | None] = dict.fromkeys(one.key for one in wanted)
    examples = {one.table.name: one for one in wanted}
    for name, left in _object(reply.get("UnprocessedKeys", {})).items():
        for key in _objects(_object(left).get("Keys")):
            found.pop(_key_like(examples.get(name), key), None)
    for name, items in _object(reply.get("Responses", {})).items():
        for item in _objects(items):
            found[_key_like(examples.get(name), item)] = orjson.dumps(item)
    return found


def _key_like(example: Wanted | None, attributes: Json) -> ItemKey:
    """The ItemKey of what has these attributes, in the same table as `example`."""
    key = None if example is None else key_in(attributes, tuple(example.read.key))
    if example is None or key is None:
        raise _malformed()
    return item_key(example.table.prefix, key)


def _reply_object(body: bytes) -> Json:
    reply = document(body)
    if reply is None:
        raise _malformed()
    return reply


def _object(value: object) -> Json:
    if not is_object(value):
        raise _malformed()
    return value


def _objects(value: object) -> Iterator[Json]:
    if not isinstance(value, list):
        raise _malformed()
    return map(_object, cast(list[object], value))


def _malformed() -> InternalServerError:
    return InternalServerError("The upstream's reply is not one of DynamoDB's")
