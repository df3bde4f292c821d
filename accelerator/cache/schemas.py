"""Which attributes are the key of a table: what a put must be asked to find the item that it replaces.

Learnt from the upstream's DescribeTable and kept for a while, since a table may be deleted and created anew past us;
a table operation that comes through us forgets at once, and grounds what was asked before it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import orjson

from accelerator.upstream.base import Upstream
from microdax.caching.flights import Flights
from microdax.model.errors import DynamoDBError

KEPT_S: Final = 60.0
TABLES_MAX: Final = 10_000


@dataclass(frozen=True, slots=True)
class _Schema:
    names: tuple[str, ...]
    expires_at: float


class Schemas:
    """Key attribute names by table."""

    def __init__(self, upstream: Upstream, clock: Callable[[], float]) -> None:
        self._upstream = upstream
        self._clock = clock
        self._schemas: dict[str, _Schema] = {}
        self._flights: Flights[str, object] = Flights()

    async def key_names(self, table: str) -> tuple[str, ...] | None:
        """The names of the key attributes, or None where the upstream will not say."""
        schema = self._schemas.get(table)
        if schema is not None and self._clock() < schema.expires_at:
            return schema.names
        flight = self._flights.board(table, object)
        names = await self._describe(table)
        if self._flights.land(table, flight) and names is not None:
            self._keep(table, names)
        return names

    def forget(self, table: str) -> None:
        """The table may have changed."""
        self._schemas.pop(table, None)
        self._flights.ground(table)

    def forget_all(self) -> None:
        """Any table may have changed."""
        self._schemas.clear()
        self._flights.ground_all()

    def _keep(self, table: str, names: tuple[str, ...]) -> None:
        if len(self._schemas) >= TABLES_MAX:
            self._schemas.clear()
        self._schemas[table] = _Schema(names, self._clock() + KEPT_S)

    async def _describe(self, table: str) -> tuple[str, ...] | None:
        try:
            reply = await self._upstream.call("DynamoDB_20120810.DescribeTable", orjson.dumps({"TableName": table}))
            if not reply.ok:
                return None
            return tuple(element["AttributeName"] for element in orjson.loads(reply.body)["Table"]["KeySchema"])
        except (DynamoDBError, orjson.JSONDecodeError, LookupError, TypeError):
            return None
