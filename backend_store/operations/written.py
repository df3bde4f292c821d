"""What the write operations share: what a write hands back, and the reply's members."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import orjson

from backend_store.commit import Committed
from backend_store.kv.engine import Writer
from backend_store.operations.capacity import consumed, write_units
from microdax.model.replies import Change
from microdax.model.requests import ReturnConsumedCapacity


@dataclass(frozen=True, slots=True)
class Written:
    """A write's reply and what it changed; None where that is not known."""

    body: bytes
    changes: tuple[Change, ...] | None


Job: TypeAlias = Callable[[Writer], Written]


def written(table: str, committed: Committed, attributes: bytes | None, wanted: ReturnConsumedCapacity) -> Written:
    """The reply to one item's write; `attributes` is the JSON that ReturnValues asked for, where there is any."""
    members = consumed(table, write_units(committed.sizes_bytes), wanted)
    if attributes is not None:
        members["Attributes"] = orjson.Fragment(attributes)
    return Written(orjson.dumps(members), committed.changes)
