"""Transactions against each other and against reads: nobody sees half of one, and none is lost.

Of one interleaving the steps are the test's; of many, hypothesis draws what is asked for at once.
"""

import asyncio
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend_store.catalog import Catalog
from backend_store.check import check_engine
from backend_store.kv.engine import Engine
from backend_store.kv.memory_engine import MemoryEngine
from backend_store.kv.sqlite_engine import SqliteEngine
from backend_store.store import Store
from tests.support.gated_engine import GatedEngine
from tests.support.stores import Calls, Refusal

Account = tuple[str, str]

TABLES: Final[tuple[str, ...]] = ("one", "two")
ACCOUNTS: Final[tuple[Account, ...]] = tuple((table, id) for table in TABLES for id in ("a", "b"))
A: Final[Account] = ("one", "a")
B: Final[Account] = ("two", "b")
OPENING: Final = 100


@dataclass(frozen=True, slots=True)
class Bank:
    """Accounts in two tables, on an engine that can be stopped."""

    engine: GatedEngine
    call: Calls

    def row_key(self, account: Account) -> bytes:
        return Catalog(self.engine).table(account[0]).row_key({"id": account[1]})

    async def transfer(self, source: Account, target: Account, amount: int, **more: Any) -> bool:
        """Move it from one account to the other; false where there is not enough."""
        actions = [changed(source, -amount, least=amount), changed(target, amount)]
        try:
            await self.call("TransactWriteItems", TransactItems=actions, **more)
        except Refusal as refused:
            assert refused.code == "TransactionCanceledException"
            return False
        return True

    async def balances(self) -> dict[Account, int]:
        """All of them at one moment."""
        gets = [{"Get": {"TableName": table, "Key": {"id": {"S": id}}}} for table, id in ACCOUNTS]
        found = (await self.call("TransactGetItems", TransactItems=gets))["Responses"]
        return {account: int(one["Item"]["n"]["N"]) for account, one in zip(ACCOUNTS, found, strict=True)}

    async def balance(self, account: Account) -> int:
        table, id = account
        return int((await self.call("GetItem", TableName=table, Key={"id": {"S": id}}))["Item"]["n"]["N"])


def changed(account: Account, by: int, least: int | None = None) -> dict[str, Any]:
    """The action that adds to an account, if there is at least so much on it."""
    table, id = account
    action: dict[str, Any] = {
        "TableName": table,
        "Key": {"id": {"S": id}},
        "UpdateExpression": "ADD n :by",
        "ExpressionAttributeValues": {":by": {"N": str(by)}},
    }
    if least is not None:
        action["ConditionExpression"] = "n >= :least"
        action["ExpressionAttributeValues"][":least"] = {"N": str(least)}
    return {"Update": action}


def opened(account: Account) -> dict[str, Any]:
    table, id = account
    return {"Put": {"TableName": table, "Item": {"id": {"S": id}, "n": {"N": str(OPENING)}}}}


@asynccontextmanager
async def open_bank(inner: Engine) -> AsyncGenerator[Bank]:
    engine = GatedEngine(inner)
    store = Store(engine)
    call = Calls(store)
    for table in TABLES:
        await call.create_table(table)
    await call("TransactWriteItems", TransactItems=[opened(account) for account in ACCOUNTS])
    yield Bank(engine, call)
    assert list(check_engine(engine)) == []
    await store.close()


@pytest.fixture(params=["memory", "disk"])
async def bank(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bank]:
    inner = MemoryEngine() if request.param == "memory" else SqliteEngine(tmp_path)
    async with open_bank(inner) as bank:
        yield bank


async def test_a_read_that_is_overtaken_by_a_transaction_sees_nothing_of_it(bank: Bank) -> None:
    """It has read the one account when the transfer is done, and then reads the other."""
    gate = bank.engine.hold_before_reading(bank.row_key(B))
    reading = asyncio.create_task(bank.balances())
    await gate.reached()
    assert await bank.transfer(A, B, 30)
    assert (await bank.balance(A), await bank.balance(B)) == (70, 130)
    gate.open()
    assert await reading == dict.fromkeys(ACCOUNTS, OPENING)
    assert await bank.balances() == {**dict.fromkeys(ACCOUNTS, OPENING), A: 70, B: 130}


async def test_a_read_in_the_middle_of_a_transaction_sees_nothing_of_it(bank: Bank) -> None:
    """The one account is written, the other not yet."""
    gate = bank.engine.hold_before_writing(bank.row_key(B))
    writing = asyncio.create_task(bank.transfer(A, B, 30))
    await gate.reached()
    assert await bank.balances() == dict.fromkeys(ACCOUNTS, OPENING)
    assert await bank.balance(A) == OPENING
    gate.open()
    assert await writing
    assert await bank.balances() == {**dict.fromkeys(ACCOUNTS, OPENING), A: 70, B: 130}


async def test_of_two_transactions_that_want_the_same_money_one_gets_it(bank: Bank) -> None:
    """The second is asked for while the first is half written, and its condition held when it was asked for."""
    gate = bank.engine.hold_before_writing(bank.row_key(B))
    first = asyncio.create_task(bank.transfer(A, B, 80))
    await gate.reached()
    second = asyncio.create_task(bank.transfer(A, ("two", "a"), 80))
    await asyncio.sleep(0)
    gate.open()
    assert (await first, await second) == (True, False)
    assert await bank.balance(A) == 20


async def test_a_write_of_one_item_waits_for_a_transaction_that_has_begun(bank: Bank) -> None:
    gate = bank.engine.hold_before_writing(bank.row_key(B))
    transfer = asyncio.create_task(bank.transfer(A, B, 30))
    await gate.reached()
    update = asyncio.create_task(bank.call("UpdateItem", **changed(A, 1)["Update"]))
    await asyncio.sleep(0)
    assert not update.done()
    gate.open()
    await asyncio.gather(transfer, update)
    assert await bank.balance(A) == 71


# ---- many at once


@dataclass(frozen=True, slots=True)
class Transfer:
    source: Account
    target: Account
    amount: int
    times: int  # that it is asked for, with one token


transfers = st.builds(
    Transfer,
    source=st.sampled_from(ACCOUNTS),
    target=st.sampled_from(ACCOUNTS),
    amount=st.integers(1, 70),
    times=st.integers(1, 3),
).filter(lambda transfer: transfer.source != transfer.target)
# Each inner list is asked for at once, with reads in between.
histories = st.lists(st.lists(transfers, min_size=1, max_size=6), min_size=1, max_size=6)


async def run(open_engine: Callable[[], Engine], history: list[list[Transfer]]) -> None:
    async with open_bank(open_engine()) as bank:
        expected: dict[Account, int] = dict.fromkeys(ACCOUNTS, OPENING)
        for round_number, wishes in enumerate(history):
            for number in await do_at_once(bank, wishes, f"round {round_number}"):
                expected[wishes[number].source] -= wishes[number].amount
                expected[wishes[number].target] += wishes[number].amount
            assert await bank.balances() == expected, "a transfer was lost, or done twice"


async def do_at_once(bank: Bank, wishes: list[Transfer], token: str) -> set[int]:
    """Which of the transfers were done; each is asked for as many times as it says, and reads go on meanwhile."""
    numbers: list[int] = []
    asked: list[asyncio.Task[bool]] = []
    reads: list[asyncio.Task[dict[Account, int]]] = []
    for number, wish in enumerate(wishes):
        for _ in range(wish.times):
            of_its_own = {"ClientRequestToken": f"{token}: {number}"}
            transfer = bank.transfer(wish.source, wish.target, wish.amount, **of_its_own)
            numbers.append(number)
            asked.append(asyncio.create_task(transfer))
            reads.append(asyncio.create_task(bank.balances()))
    for seen in await asyncio.gather(*reads):
        assert sum(seen.values()) == OPENING * len(ACCOUNTS), "half of a transfer was seen"
        assert min(seen.values()) >= 0, "a condition did not hold when its write was done"
    answers = await asyncio.gather(*asked)
    return {number for number, was_done in zip(numbers, answers, strict=True) if was_done}


@given(histories)
@settings(max_examples=60, deadline=None)
def test_no_history_in_memory_makes_or_loses_money(history: list[list[Transfer]]) -> None:
    asyncio.run(run(MemoryEngine, history))


@given(histories)
@settings(max_examples=20, deadline=None)
def test_no_history_on_disk_makes_or_loses_money(history: list[list[Transfer]]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory)
        asyncio.run(run(lambda: SqliteEngine(path), history))
