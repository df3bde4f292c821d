"""Rounds: the work is done again after each pause, whatever went wrong, until they are stopped."""

import asyncio
import logging

import pytest

from backend_store.rounds import Rounds
from microdax.model.errors import ServiceUnavailable


class Pauses:
    """A pause that a test ends."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        self._begun = asyncio.Event()
        self._over = asyncio.Event()

    async def __call__(self, pause_s: float) -> None:
        self.asked.append(pause_s)
        self._begun.set()
        await self._over.wait()
        self._over.clear()

    async def begun(self) -> None:
        async with asyncio.timeout(10):
            await self._begun.wait()
        self._begun.clear()

    def end(self) -> None:
        self._over.set()


async def test_the_work_is_done_again_after_each_pause() -> None:
    done: list[int] = []
    pauses = Pauses()

    async def work() -> None:
        done.append(len(done))

    rounds = Rounds("Working", work, 7.0, pause=pauses)
    rounds.start()
    rounds.start()
    for count in (1, 2, 3):
        await pauses.begun()
        assert len(done) == count
        pauses.end()
    await rounds.stop()
    assert pauses.asked[:3] == [7.0, 7.0, 7.0]


@pytest.mark.parametrize(
    ("error", "says"),
    [(ServiceUnavailable("the disk is full"), "the disk is full"), (ZeroDivisionError(), "a fault of ours")],
)
async def test_what_goes_wrong_is_logged_and_tried_again(
    error: Exception, says: str, caplog: pytest.LogCaptureFixture
) -> None:
    errors = [error]
    pauses = Pauses()
    worked = asyncio.Event()

    async def work() -> None:
        if errors:
            raise errors.pop()
        worked.set()

    rounds = Rounds("Working", work, 7.0, pause=pauses)
    with caplog.at_level(logging.WARNING):
        rounds.start()
        await pauses.begun()
    assert "Working failed" in caplog.text and says in caplog.text
    pauses.end()
    await worked.wait()
    await rounds.stop()


async def test_rounds_that_were_not_started_are_stopped_too() -> None:
    async def work() -> None:
        raise AssertionError("nobody has started this")

    await Rounds("Working", work, 1.0).stop()
