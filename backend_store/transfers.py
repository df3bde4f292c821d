"""The records of exports and of imports: what each was asked, how far it has come, how it ended.

A record keeps the description that the API shows. One that is IN_PROGRESS ends COMPLETED or FAILED, once. Finished
ones are forgotten, the oldest first, when there are too many. A client token stands for its request for eight hours.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Literal

import orjson

from backend_store.kv.engine import Engine
from backend_store.ledger import Kind, Ledger
from microdax.model import limits
from microdax.model.errors import ValidationException
from microdax.model.tables import Document

What = Literal["Export", "Import"]

TOKEN_S: Final = 8 * 3600
_TOKEN_DIGITS: Final = 112  # as long as Amazon's: boto3 refuses shorter ones for imports
_IN_PROGRESS: Final = "IN_PROGRESS"


@dataclass(frozen=True, slots=True)
class Transfer:
    """An export or import. `document` is its description, `request` the request's JSON with its keys in order."""

    number: int
    table: str
    document: Document
    request: str

    @property
    def is_in_progress(self) -> bool:
        return _IN_PROGRESS in (self.document.get("ExportStatus"), self.document.get("ImportStatus"))


def read_transfer(document: Mapping[str, Any]) -> Transfer:
    return Transfer(**document)


KINDS: Final[Mapping[What, Kind[Transfer]]] = {
    "Export": Kind("export", asdict, read_transfer),
    "Import": Kind("import", asdict, read_transfer),
}


class Conflict(Exception):
    """The client token stands for another request."""


class Transfers:
    """The exports, or the imports, of one store. Its methods are for the event loop's thread."""

    def __init__(self, engine: Engine, what: What) -> None:
        self._what = what
        self._ledger = Ledger(engine, KINDS[what])

    def __iter__(self) -> Iterator[Transfer]:
        """All, the oldest first."""
        return iter(self._ledger)

    def get(self, number: int) -> Transfer | None:
        return self._ledger.get(number)

    def find(self, arn: str) -> Transfer | None:
        return next((transfer for transfer in self._ledger if transfer.document[f"{self._what}Arn"] == arn), None)

    def repeated(self, token: str | None, members: Mapping[str, object], now_s: float) -> Transfer | None:
        """What the token has begun already; raises Conflict where that was something else."""
        if token is None:
            return None
        for transfer in reversed(list(self._ledger)):
            document = transfer.document
            ended_s = document.get("EndTime", now_s)
            if document.get("ClientToken") == token and isinstance(ended_s, float) and now_s - ended_s < TOKEN_S:
                if transfer.request != _request_text(members):
                    raise Conflict
                return transfer
        return None

    async def begin(self, table: str, table_arn: str, described: Document, members: Mapping[str, object]) -> Transfer:
        """Note a new one that is in progress; the ARN is added to its description, and made of its start and number."""
        started_s = described["StartTime"]
        assert isinstance(started_s, float)

        def make(number: int) -> Transfer:
            arn = f"{table_arn}/{self._what.lower()}/{int(started_s * 1000):014d}-{number:08x}"
            shown = {f"{self._what}Arn": arn, f"{self._what}Status": _IN_PROGRESS, **described}
            return Transfer(number, table, shown, _request_text(members))

        return await self._ledger.add(make, instead_of=self._too_old())

    async def end(self, number: int, status: str, now_s: float, told: Mapping[str, object]) -> None:
        """Note how one has ended."""
        transfer = self._ledger.get(number)
        assert transfer is not None
        ended: Document = {f"{self._what}Status": status, "EndTime": now_s}
        await self._ledger.put(replace(transfer, document={**transfer.document, **told, **ended}))

    async def forget(self, number: int) -> None:
        await self._ledger.remove(number)

    def page(self, table: str | None, size: int | None, token: str | None) -> tuple[list[Transfer], str | None]:
        """Some of them, the oldest first, and the token of the next page."""
        behind = _read_token(token)
        asked = [one for one in self._ledger if one.number > behind and table in (None, one.table)]
        size = size or limits.LIST_TRANSFERS_MAX
        page = asked[:size]
        return page, f"{page[-1].number:0{_TOKEN_DIGITS}x}" if len(asked) > size else None

    async def settle(self) -> None:
        """Wait until the changes under way have come to their end."""
        await self._ledger.settle()

    def _too_old(self) -> list[int]:
        finished = [transfer.number for transfer in self._ledger if not transfer.is_in_progress]
        return finished[: max(0, len(self._ledger) + 1 - limits.TRANSFERS_KEPT_MAX)]


def _read_token(token: str | None) -> int:
    if token is None:
        return 0
    try:
        return int(token, 16)
    except ValueError:
        raise ValidationException("Invalid NextToken") from None


def _request_text(members: Mapping[str, object]) -> str:
    return orjson.dumps(members, option=orjson.OPT_SORT_KEYS).decode()
