"""An upstream that counts what is asked of another."""

from collections import Counter
from collections.abc import Callable
from typing import Final

from accelerator.upstream.base import Upstream, operation_name
from microdax.model.replies import Reply

OPERATIONS_MAX: Final = 200  # names counted apart; anybody may send another one, which is counted as "other"


class CountedUpstream:
    """Passes calls on and counts them by operation and outcome: "ok", the HTTP status of a refusal, or "failed"."""

    def __init__(self, upstream: Upstream, clock: Callable[[], float]) -> None:
        self._upstream = upstream
        self._clock = clock
        self.calls: Counter[tuple[str, str]] = Counter()
        self.waited_s: dict[str, float] = {}

    @property
    def settle_s(self) -> float:
        return self._upstream.settle_s

    async def call(self, target: str, body: bytes) -> Reply:
        operation = self._counted_name(target)
        begun = self._clock()
        outcome = "failed"
        try:
            reply = await self._upstream.call(target, body)
            outcome = "ok" if reply.ok else str(reply.status)
            return reply
        finally:
            self.calls[operation, outcome] += 1
            self.waited_s[operation] += self._clock() - begun

    async def ready(self) -> str | None:
        return await self._upstream.ready()

    async def close(self) -> None:
        await self._upstream.close()

    def _counted_name(self, target: str) -> str:
        name = operation_name(target)
        if name not in self.waited_s:
            if len(self.waited_s) >= OPERATIONS_MAX:
                name = "other"
            self.waited_s.setdefault(name, 0.0)
        return name
