"""Chores run beside the requests, are waited for as long as that is worth it, and stop where they are."""

import asyncio
import threading

import pytest

from backend_store.chores import CHORES_MAX, Chore, Chores, Stopped
from backend_store.kv.engine import StoreUnavailable
from microdax.model.errors import InternalServerError, LimitExceededException, ResourceNotFoundException

PATIENCE_S = 10.0


class Batches:
    """Work of some batches, each of which waits until it is let go."""

    def __init__(self, chores: Chores, count: int) -> None:
        self._chores = chores
        self._gates = [threading.Event() for _ in range(count)]
        self.done = 0

    async def work(self, chore: Chore) -> None:
        await self._chores.in_thread(lambda: self._run(chore))

    def let_go(self, *batches: int) -> None:
        for batch in batches:
            self._gates[batch].set()

    def _run(self, chore: Chore) -> None:
        for gate in self._gates:
            chore.step()
            assert gate.wait(PATIENCE_S)
            self.done += 1


async def test_a_chore_of_one_batch_is_waited_for_whole() -> None:
    chores = Chores()
    batches = Batches(chores, 1)
    chore = chores.begin("it", batches.work)
    batches.let_go(0)
    await chore.under_way()
    assert batches.done == 1
    await chores.stop()


async def test_a_long_chore_is_waited_for_until_its_second_batch() -> None:
    chores = Chores()
    batches = Batches(chores, 3)
    chore = chores.begin("it", batches.work)
    batches.let_go(0)
    await chore.under_way()
    assert batches.done == 1
    batches.let_go(1, 2)
    await chores.finished()
    assert batches.done == 3
    await chores.stop()


async def test_stopping_ends_a_chore_before_its_next_batch() -> None:
    chores = Chores()
    batches = Batches(chores, 3)
    chore = chores.begin("it", batches.work)
    batches.let_go(0)
    await chore.under_way()
    stopping = asyncio.create_task(chores.stop())
    await asyncio.sleep(0)
    batches.let_go(1, 2)
    await stopping
    assert batches.done == 2


async def test_whoever_waits_hears_what_has_ended_a_chore() -> None:
    chores = Chores()

    async def fail(_: Chore) -> None:
        raise ResourceNotFoundException

    with pytest.raises(ResourceNotFoundException):
        await chores.begin("it", fail).under_way()
    await chores.stop()


async def test_a_fault_of_ours_is_logged_and_is_an_internal_error_to_others(caplog: pytest.LogCaptureFixture) -> None:
    chores = Chores()

    async def fail(_: Chore) -> None:
        raise ZeroDivisionError

    with pytest.raises(InternalServerError):
        await chores.begin("The counting", fail).under_way()
    assert "The counting failed because of a fault of ours" in caplog.text
    await chores.stop()


async def test_there_are_only_so_many_chores_at_once() -> None:
    chores = Chores()
    batches = Batches(chores, 1)
    for _ in range(CHORES_MAX - 1):
        chores.begin("it", batches.work)
    chores.check_room()
    chores.begin("it", batches.work)
    with pytest.raises(LimitExceededException, match="Subscriber limit exceeded"):
        chores.check_room()
    batches.let_go(0)
    await chores.finished()
    chores.check_room()
    await chores.stop()


async def test_nothing_is_begun_once_the_store_closes() -> None:
    chores = Chores()
    await chores.stop()
    with pytest.raises(StoreUnavailable):
        chores.check_room()


async def test_a_pause_ends_after_its_time_or_with_the_store() -> None:
    short = Chores(retry_s=0.0)
    await short.pause()
    await short.stop()
    long = Chores(retry_s=3600.0)
    waiting = asyncio.create_task(long.pause())
    await asyncio.sleep(0)
    await long.stop()
    with pytest.raises(Stopped):
        await waiting
