"""What the tests of the store share: an engine in memory, a store on it, and a check of it at the end."""

from collections.abc import AsyncIterator, Iterator

import pytest

from backend_store.check import check_engine
from backend_store.kv.engine import Engine
from backend_store.kv.memory_engine import MemoryEngine
from backend_store.store import Store
from tests.support.clock import SteppedClock
from tests.support.stores import Calls


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock(1_700_000_000.0)


@pytest.fixture
def engine() -> Iterator[Engine]:
    engine = MemoryEngine()
    yield engine
    engine.close()


@pytest.fixture
async def store(engine: Engine, clock: SteppedClock) -> AsyncIterator[Store]:
    """A store that is whole when the test is over."""
    store = Store(engine, clock=clock)
    yield store
    assert list(check_engine(engine)) == []
    await store.close()


@pytest.fixture
def call(store: Store) -> Calls:
    return Calls(store)
