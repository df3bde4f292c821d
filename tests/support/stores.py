"""A store in this process, called as the wire calls it."""

from dataclasses import dataclass
from typing import Any

import orjson

from backend_store.store import API_VERSION, STREAM_OPERATIONS, STREAMS_API_VERSION, Store
from microdax.model.replies import Reply


class Refusal(Exception):
    """A reply that is an error, as a test wants to look at it."""

    def __init__(self, status: int, document: dict[str, Any]) -> None:
        self.status = status
        self.document = document
        self.code = document["__type"].rpartition("#")[2]
        self.message = document.get("message", document.get("Message", ""))
        super().__init__(f"{self.code}: {self.message}")


@dataclass(frozen=True, slots=True)
class Calls:
    """Turns `call("GetItem", TableName=..., Key=...)` into bytes, and the bytes that come back into JSON."""

    store: Store

    async def __call__(self, operation: str, **members: Any) -> Any:
        """The reply's document; raises Refusal for an error."""
        return orjson.loads((await self.accepted(operation, **members)).body)

    async def reply(self, operation: str, **members: Any) -> Reply:
        version = STREAMS_API_VERSION if operation in STREAM_OPERATIONS else API_VERSION
        return await self.store.answer(f"{version}.{operation}", orjson.dumps(members))

    async def accepted(self, operation: str, **members: Any) -> Reply:
        """The reply as it is; raises Refusal for an error."""
        reply = await self.reply(operation, **members)
        if not reply.ok:
            raise Refusal(reply.status, orjson.loads(reply.body))
        return reply

    async def create_table(self, name: str, hash_key: str = "id:S", range_key: str | None = None) -> None:
        """Create an on-demand table whose keys are written `name:type`."""
        keys = [key.split(":") for key in (hash_key, range_key) if key is not None]
        await self(
            "CreateTable",
            TableName=name,
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": kind} for key, kind in keys],
            KeySchema=[
                {"AttributeName": key, "KeyType": role} for (key, _), role in zip(keys, ("HASH", "RANGE"), strict=False)
            ],
            BillingMode="PAY_PER_REQUEST",
        )

    async def items(self, table: str) -> list[dict[str, Any]]:
        """All items of a table that fits in a page."""
        items: list[dict[str, Any]] = (await self("Scan", TableName=table))["Items"]
        return items
