import pytest

from accelerator.upstream import counted
from accelerator.upstream.counted import CountedUpstream
from microdax.model.errors import ServiceUnavailable
from microdax.model.replies import Reply
from tests.support.clock import SteppedClock


class Slow:
    """An upstream that takes two seconds, and answers with the status it is told."""

    settle_s = 1.5

    def __init__(self, clock: SteppedClock) -> None:
        self._clock = clock
        self.status = 200
        self.error: Exception | None = None
        self.closed = False

    async def call(self, target: str, body: bytes) -> Reply:
        self._clock.advance(2.0)
        if self.error is not None:
            raise self.error
        return Reply(self.status, body, "request")

    async def ready(self) -> str | None:
        return "resting"

    async def close(self) -> None:
        self.closed = True


@pytest.fixture
def slow() -> Slow:
    return Slow(SteppedClock())


@pytest.fixture
def upstream(slow: Slow) -> CountedUpstream:
    return CountedUpstream(slow, slow._clock)  # pyright: ignore[reportPrivateUsage]


async def test_calls_are_counted_by_operation_and_outcome(upstream: CountedUpstream, slow: Slow) -> None:
    await upstream.call("DynamoDB_20120810.GetItem", b"")
    slow.status = 400
    await upstream.call("DynamoDB_20120810.GetItem", b"")
    slow.error = ServiceUnavailable()
    with pytest.raises(ServiceUnavailable):
        await upstream.call("DynamoDB_20120810.Query", b"")
    assert upstream.calls == {("GetItem", "ok"): 1, ("GetItem", "400"): 1, ("Query", "failed"): 1}


async def test_the_time_waited_is_added_up_whatever_the_outcome(upstream: CountedUpstream, slow: Slow) -> None:
    await upstream.call("DynamoDB_20120810.GetItem", b"")
    slow.error = ServiceUnavailable()
    with pytest.raises(ServiceUnavailable):
        await upstream.call("DynamoDB_20120810.GetItem", b"")
    assert upstream.waited_s == {"GetItem": 4.0}


async def test_made_up_operations_do_not_grow_the_counts_without_end(
    upstream: CountedUpstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counted, "OPERATIONS_MAX", 3)
    for number in range(10):
        await upstream.call(f"DynamoDB_20120810.Made{number}Up", b"")
    assert len(upstream.waited_s) == 4
    assert upstream.calls["other", "ok"] == 7


async def test_all_else_is_the_upstreams_own(upstream: CountedUpstream, slow: Slow) -> None:
    assert upstream.settle_s == 1.5
    assert await upstream.ready() == "resting"
    assert (await upstream.call("x", b"body")).body == b"body"
    await upstream.close()
    assert slow.closed
