"""Whether two endpoints did the same: replies by what they mean, errors by code and, where they are told, message."""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final, cast

import httpx
import orjson

from tests.differential.differences import Difference
from tests.differential.endpoint import Call, Endpoint, Json, Outcome

# What no two endpoints need to agree on: DynamoDB promises no order of sets, nor of items in batches and scans.
_SETS: Final = frozenset({"SS", "NS", "BS"})
_UNORDERED: Final = frozenset({"BatchGetItem", "Scan"})
# Peers count capacity in ways of their own, and tell it unasked.
_COSTS: Final = frozenset({"ConsumedCapacity", "ItemCollectionMetrics"})
_NUMBER: Final = re.compile(r"\d+")


def _cannot_die() -> None:
    raise AssertionError("the other store of ours is gone")


@dataclass(slots=True)
class Comparison:
    """Two endpoints and what they were found to differ in. `revive` starts a peer again that a call has killed."""

    ours: Endpoint
    theirs: Endpoint
    compares_messages: bool
    known: tuple[Difference, ...]
    revive: Callable[[], None] = _cannot_die
    found: dict[str, str] = field(default_factory=dict[str, str])
    met: Counter[str] = field(default_factory=Counter[str])

    def run(self, prologue: Iterable[Call], calls: Iterable[Call]) -> None:
        """Make the same calls of both. After one that differed, the two hold different things: no more of these."""
        for call in prologue:
            assert self.ours.call(call).ok, call
            assert self.theirs.call(call).ok, call
        for call in calls:
            ours = self.ours.call(call)
            try:
                theirs = self.theirs.call(call)
            except httpx.TransportError:
                self.met["the peer died"] += 1
                self.revive()
                return
            if not self._same(call, ours, theirs):
                self._note(call, ours, theirs)
                return

    def report(self) -> str:
        lines = [f"{len(self.found)} differences that are not known:", *self.found.values()]
        lines += [f"known: {name} ({count} times)" for name, count in self.met.most_common()]
        return "\n\n".join(lines)

    def _same(self, call: Call, ours: Outcome, theirs: Outcome) -> bool:
        if ours.ok and theirs.ok:
            return normalised(call.operation, ours.reply) == normalised(call.operation, theirs.reply)
        if ours.code != theirs.code:
            return False
        return not self.compares_messages or ours.message == theirs.message

    def _note(self, call: Call, ours: Outcome, theirs: Outcome) -> None:
        for difference in self.known:
            if difference.explains(call, ours, theirs):
                self.met[difference.name] += 1
                return
        kind = _NUMBER.sub("#", f"{call.operation} {ours.code}{ours.message[:60]} {theirs.code}{theirs.message[:60]}")
        text = f"{call}\n    ours:   {ours}\n    theirs: {theirs}"
        # The shortest of a kind tells most.
        if kind not in self.found or len(text) < len(self.found[kind]):
            self.found[kind] = text


def normalised(operation: str, reply: Json) -> Json:
    """The reply in one form of the many that mean the same, without what it cost."""
    plain: Json = {name: _plain(member) for name, member in reply.items() if name not in _COSTS}
    if operation in _UNORDERED:
        _sort_items(plain)
    return plain


def _plain(value: object) -> object:
    if isinstance(value, list):
        return [_plain(element) for element in cast(list[object], value)]
    if not isinstance(value, dict):
        return value
    members = cast(dict[str, object], value)
    return {
        name: sorted(cast(list[str], member)) if name in _SETS and isinstance(member, list) else _plain(member)
        for name, member in members.items()
    }


def _sort_items(reply: Json) -> None:
    if "Items" in reply:
        reply["Items"].sort(key=_bytes)
    for items in reply.get("Responses", {}).values():
        items.sort(key=_bytes)


def _bytes(item: object) -> bytes:
    return orjson.dumps(item, option=orjson.OPT_SORT_KEYS)
