"""Numbered records: the engine and memory agree, and no number comes twice."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

import pytest

from backend_store.kv.engine import Engine, StoreUnavailable, Writer
from backend_store.kv.memory_engine import MemoryEngine
from backend_store.ledger import Kind, Ledger, following_in, records_in
from microdax.model.errors import UnknownOutcome
from tests.support.writer_gate import WriterGate

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Note:
    number: int
    text: str


def read(document: Mapping[str, Any]) -> Note:
    return Note(**document)


KIND: Kind[Note] = Kind("note", asdict, read)


def noted(text: str) -> Callable[[int], Note]:
    return lambda number: Note(number, text)


async def test_records_are_found_by_number_and_come_in_order(engine: Engine) -> None:
    ledger = Ledger(engine, KIND)
    for text in "abc":
        await ledger.add(noted(text))
    assert list(ledger) == [Note(1, "a"), Note(2, "b"), Note(3, "c")]
    assert ledger.get(2) == Note(2, "b")
    assert ledger.get(4) is None
    assert len(ledger) == 3


async def test_a_ledger_opened_again_is_the_same(engine: Engine) -> None:
    ledger = Ledger(engine, KIND)
    for number in range(12):
        await ledger.add(noted(str(number)))
    await ledger.put(Note(3, "changed"))
    await ledger.remove(5)
    assert list(Ledger(engine, KIND)) == list(ledger)
    assert ledger.get(3) == Note(3, "changed")
    assert ledger.get(5) is None


async def test_a_number_never_comes_twice(engine: Engine) -> None:
    ledger = Ledger(engine, KIND)
    first = await ledger.add(noted("a"))
    await ledger.remove(first.number)
    assert (await Ledger(engine, KIND).add(noted("b"))).number == first.number + 1


async def test_kinds_whose_names_begin_alike_do_not_mix(engine: Engine) -> None:
    await Ledger(engine, KIND).add(noted("a"))
    await Ledger(engine, Kind("notes", asdict, read)).add(noted("b"))
    with engine.snapshot() as reader:
        assert list(records_in(reader, KIND)) == [Note(1, "a")]
        assert following_in(reader, "note") == 2


async def test_old_records_go_in_the_same_commit_that_brings_a_new_one(engine: Engine) -> None:
    ledger = Ledger(engine, KIND)
    await ledger.add(noted("a"))
    await ledger.add(noted("b"), instead_of=[1])
    assert list(ledger) == list(Ledger(engine, KIND)) == [Note(2, "b")]


async def test_a_change_goes_on_when_its_caller_is_cancelled(engine: Engine) -> None:
    ledger, gate = Ledger(engine, KIND), WriterGate()
    holding = asyncio.create_task(engine.write(gate.job))
    await gate.reached()
    adding = asyncio.create_task(ledger.add(noted("a")))
    await asyncio.sleep(0)
    adding.cancel()
    with pytest.raises(asyncio.CancelledError):
        await adding
    gate.open()
    await holding
    await ledger.settle()
    assert list(ledger) == [Note(1, "a")]


class FailingEngine(MemoryEngine):
    """An engine whose writes happen, or not, and then fail."""

    error: Exception | None = None
    happens = True

    async def write(self, job: Callable[[Writer], T]) -> T:
        if self.error is None:
            return await super().write(job)
        if self.happens:
            await super().write(job)
        raise self.error


async def test_a_write_that_failed_leaves_memory_as_it_was() -> None:
    engine = FailingEngine()
    ledger = Ledger(engine, KIND)
    engine.error, engine.happens = StoreUnavailable("full"), False
    with pytest.raises(StoreUnavailable):
        await ledger.add(noted("a"))
    assert list(ledger) == []
    engine.close()


async def test_after_an_unknown_outcome_memory_is_what_the_engine_holds() -> None:
    engine = FailingEngine()
    ledger = Ledger(engine, KIND)
    engine.error = UnknownOutcome("lost")
    with pytest.raises(UnknownOutcome):
        await ledger.add(noted("a"))
    assert list(ledger) == [Note(1, "a")]
    engine.error = None
    assert (await ledger.add(noted("b"))).number == 2
    engine.close()
