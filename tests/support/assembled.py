"""The accelerator without a socket: pipeline and caches over a gated upstream, with a clock to be stepped."""

import asyncio
import dataclasses
import inspect
from dataclasses import dataclass, field
from typing import Any

import orjson

from accelerator.app import Parts, assemble
from accelerator.reads import Answer
from accelerator.settings import ServeSettings
from accelerator.upstream.embedded import EmbeddedUpstream
from backend_store.kv.memory_engine import MemoryEngine
from backend_store.store import Store
from tests.support.clock import SteppedClock
from tests.support.gated_upstream import GatedUpstream

Json = dict[str, Any]

TABLE = "films"
KEY: Json = {"id": {"S": "a"}}


@dataclass
class Refusal(Exception):
    """The pipeline's reply was an error document."""

    status: int
    code: str


@dataclass
class Assembled:
    """What a test drives. The table `films` (hash key `id`, a string) exists."""

    upstream: GatedUpstream
    clock: SteppedClock
    parts: Parts
    tasks: list["asyncio.Task[Json]"] = field(default_factory=list["asyncio.Task[Json]"])

    async def answer(self, operation: str, request: Json) -> Answer:
        """Call the pipeline as a door does."""
        answer = self.parts.pipeline.answer(f"DynamoDB_20120810.{operation}", orjson.dumps(request))
        return await answer if inspect.isawaitable(answer) else answer

    async def call(self, operation: str, request: Json) -> Json:
        """The decoded reply; raises Refusal for an error document."""
        reply = (await self.answer(operation, request)).reply
        document: Json = orjson.loads(reply.body)
        if not reply.ok:
            raise Refusal(reply.status, document["__type"].rpartition("#")[2])
        return document

    def start(self, operation: str, request: Json) -> "asyncio.Task[Json]":
        """Begin a call that shall wait at a gate."""
        task = asyncio.create_task(self.call(operation, request))
        self.tasks.append(task)
        return task

    async def get(self, id: str = "a", **more: Any) -> Json | None:
        """GetItem: the item, or None."""
        item: Json | None = (await self.call("GetItem", get_request(id, **more))).get("Item")
        return item

    async def get_version(self, id: str = "a") -> int | None:
        """The number that `put` wrote last, as far as the caller can see."""
        item = await self.get(id)
        return None if item is None else int(item["v"]["N"])

    async def put(self, version: int, id: str = "a") -> None:
        await self.call("PutItem", put_request(version, id))

    async def put_past_us(self, version: int, id: str = "a") -> None:
        """Another writer changes the item at the upstream; the accelerator does not hear of it."""
        await self.upstream.inner.call("DynamoDB_20120810.PutItem", orjson.dumps(put_request(version, id)))

    def start_get(self, id: str = "a") -> "asyncio.Task[Json]":
        return self.start("GetItem", get_request(id))

    def start_put(self, version: int, id: str = "a") -> "asyncio.Task[Json]":
        return self.start("PutItem", put_request(version, id))

    def reads_upstream(self) -> int:
        """How many reads of items the upstream has been asked for."""
        return self.upstream.count("GetItem") + self.upstream.count("BatchGetItem")


def get_request(id: str = "a", **more: Any) -> Json:
    return {"TableName": TABLE, "Key": {"id": {"S": id}}, **more}


def put_request(version: int, id: str = "a") -> Json:
    return {"TableName": TABLE, "Item": {"id": {"S": id}, "v": {"N": str(version)}}}


def version_in(reply: Json) -> int | None:
    """The version in GetItem's reply."""
    return int(reply["Item"]["v"]["N"]) if "Item" in reply else None


async def assembled(settle_s: float = 0.0, *, hears_changes: bool = True, **settings: Any) -> Assembled:
    """Build it, over the bundled store in memory. Where it `hears_changes` not, replies come as over HTTP."""
    inner: Any = EmbeddedUpstream(Store(MemoryEngine()))
    upstream = GatedUpstream(inner if hears_changes else WithoutChanges(inner), settle_s=settle_s)
    clock = SteppedClock()
    app = Assembled(upstream, clock, assemble(upstream, ServeSettings(**settings), clock))
    await app.call("CreateTable", create_table_request())
    upstream.calls.clear()
    return app


def create_table_request(table: str = TABLE) -> Json:
    return {
        "TableName": table,
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
    }


class WithoutChanges:
    """An upstream that tells of no images, as one over HTTP does not."""

    def __init__(self, inner: EmbeddedUpstream) -> None:
        self._inner = inner
        self.settle_s = 0.0

    async def call(self, target: str, body: bytes) -> Any:
        return dataclasses.replace(await self._inner.call(target, body), changes=None)

    async def ready(self) -> str | None:
        return await self._inner.ready()

    async def close(self) -> None:
        await self._inner.close()
