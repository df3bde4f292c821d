"""An upstream whose calls can be stopped before and after they happen, failed, and counted.

A test arms what shall become of the next call of an operation, starts the work, waits until the call stands where
it was to stop, lets other work run in between, and opens the gate: the interleaving is the test's, with no sleeps.

    gate = upstream.hold_after("GetItem")       # it has read, and its answer waits
    fill = asyncio.create_task(reads.get(...))
    await gate.reached()
    await writes.put(...)                       # overtakes it
    gate.open()
"""

import asyncio
from dataclasses import dataclass, field
from typing import Final

from accelerator.upstream.base import Upstream, operation_name
from microdax.model.replies import Reply

PATIENCE_S: Final = 10.0  # how long a call that never comes is waited for before the test fails


@dataclass(frozen=True, slots=True)
class Call:
    """A request as it reached the upstream."""

    operation: str
    body: bytes


class Gate:
    """A place in one call where it stops until the gate is opened."""

    def __init__(self) -> None:
        self._reached = asyncio.Event()
        self._opened = asyncio.Event()

    async def reached(self) -> None:
        """Wait until a call stands at this gate."""
        async with asyncio.timeout(PATIENCE_S):
            await self._reached.wait()

    def open(self) -> None:
        """Let the call go on, or not stop at all if it has not come yet."""
        self._opened.set()

    async def pass_through(self) -> None:
        self._reached.set()
        await self._opened.wait()


@dataclass(frozen=True, slots=True)
class _Plan:
    """What shall become of one call: stop before it happens, happen or not, stop after, fail or answer."""

    operation: str | None
    before: Gate | None = None
    happens: bool = True
    after: Gate | None = None
    error: Exception | None = None

    def is_for(self, call: Call) -> bool:
        return self.operation is None or self.operation == call.operation


@dataclass(slots=True)
class GatedUpstream:
    """An upstream in front of `inner`. Each plan is for one call: the next of its operation, or the next of any."""

    inner: Upstream
    settle_s: float = 0.0
    calls: list[Call] = field(default_factory=list[Call])
    closed: bool = False
    not_ready: str | None = None
    _plans: list[_Plan] = field(default_factory=list[_Plan])

    def hold_before(self, operation: str | None = None) -> Gate:
        """Stop the next call before the upstream does anything."""
        gate = Gate()
        self._plans.append(_Plan(operation, before=gate))
        return gate

    def hold_after(self, operation: str | None = None) -> Gate:
        """Stop the next call when the upstream has read or written, its answer on the way back."""
        gate = Gate()
        self._plans.append(_Plan(operation, after=gate))
        return gate

    def hold_around(self, operation: str | None = None) -> tuple[Gate, Gate]:
        """Stop the next call both before and after it happens."""
        before, after = Gate(), Gate()
        self._plans.append(_Plan(operation, before=before, after=after))
        return before, after

    def fail(self, error: Exception, operation: str | None = None, *, happens: bool = False) -> None:
        """Raise `error` from the next call; the request is carried out first if it `happens`."""
        self._plans.append(_Plan(operation, happens=happens, error=error))

    def count(self, operation: str) -> int:
        """How many calls of `operation` have come."""
        return sum(call.operation == operation for call in self.calls)

    async def call(self, target: str, body: bytes) -> Reply:
        call = Call(operation_name(target), body)
        self.calls.append(call)
        plan = self._take_plan(call)
        if plan.before is not None:
            await plan.before.pass_through()
        reply = await self.inner.call(target, body) if plan.happens else None
        if plan.after is not None:
            await plan.after.pass_through()
        if plan.error is not None:
            raise plan.error
        assert reply is not None, "a call that does not happen fails"
        return reply

    async def ready(self) -> str | None:
        return self.not_ready

    async def close(self) -> None:
        self.closed = True
        await self.inner.close()

    def _take_plan(self, call: Call) -> _Plan:
        for plan in self._plans:
            if plan.is_for(call):
                self._plans.remove(plan)
                return plan
        return _Plan(call.operation)
