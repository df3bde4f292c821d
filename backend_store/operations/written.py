"""What the write operations share: what a write hands back, and the reply's members."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, TypeAlias

import orjson

from backend_store.commit import Committed
from backend_store.kv.engine import Writer
from backend_store.operations.capacity import consumed, index_units, write_units
from microdax.model.replies import Change
from microdax.model.requests import ReturnConsumedCapacity


@dataclass(frozen=True, slots=True)
class Written:
    """A write's reply and what it changed; None where that is not known."""

    body: bytes
    changes: tuple[Change, ...] | None


NO_METRICS: Final[Mapping[str, object]] = MappingProxyType({})

Job: TypeAlias = Callable[[Writer], Written]


def written(
    table: str,
    committed: Committed,
    attributes: bytes | None,
    wanted: ReturnConsumedCapacity,
    metrics: Mapping[str, object] = NO_METRICS,
) -> Written:
    """The reply to one item's write.

    `attributes` is the JSON that ReturnValues asked for, where there is any; `metrics` are the item collection's.
    """
    indexes = index_units(committed.index_changes)
    members = {**consumed(table, write_units(committed.sizes_bytes), wanted, indexes), **metrics}
    if attributes is not None:
        members["Attributes"] = orjson.Fragment(attributes)
    return Written(orjson.dumps(members), committed.changes)
