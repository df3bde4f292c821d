"""The catalog: which tables there are, in memory and in the engine."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import NoReturn, TypeVar

import pytest

from backend_store.catalog import Catalog, Numbers, entries_in, numbers_in
from backend_store.kv import keyspace
from backend_store.kv.engine import Engine, Writer
from backend_store.kv.memory_engine import MemoryEngine
from backend_store.table import Table
from backend_store.table_state import TableState, has_state, put_state, size_of
from microdax.model import limits
from microdax.model.errors import (
    LimitExceededException,
    ResourceInUseException,
    ResourceNotFoundException,
    UnknownOutcome,
    ValidationException,
)
from microdax.model.keys import KeyAttribute, KeySchema
from microdax.model.requests import Projection
from microdax.model.tables import Index, IndexStatus, TableDescription, TableSize
from tests.support.writer_gate import WriterGate

SCHEMA = KeySchema(KeyAttribute("id", "S"), KeyAttribute("seq", "N"))

T = TypeVar("T")


def described(name: str) -> TableDescription:
    return TableDescription(name, SCHEMA, arn=f"arn/{name}", id=f"id of {name}", created_s=1.5)


async def created(catalog: Catalog, name: str) -> Table:
    return await catalog.create(described(name), tags={"owner": "tests"})


def anything(table: Table) -> None:
    """Lets every table be deleted."""


async def test_a_created_table_is_found_by_name_with_all_that_was_said_of_it(engine: Engine) -> None:
    catalog = Catalog(engine)
    table = await created(catalog, "main")
    assert catalog.table("main") == catalog.table_to_manage("main") == table
    assert (table.description, table.tags) == (described("main"), {"owner": "tests"})
    assert catalog.size(table) == TableSize()


async def test_a_missing_table_is_named_only_to_table_operations(engine: Engine) -> None:
    catalog = Catalog(engine)
    with pytest.raises(ResourceNotFoundException, match=r"Requested resource not found$"):
        catalog.table("main")
    with pytest.raises(ResourceNotFoundException, match=r"Requested resource not found: Table: main not found$"):
        catalog.table_to_manage("main")


async def test_a_catalog_opened_again_is_the_same(engine: Engine) -> None:
    before = Catalog(engine)
    for name in ("one", "two", "three"):
        await created(before, name)
    await before.delete("two", anything)
    after = Catalog(engine)
    assert after.names() == before.names() == ["one", "three"]
    assert [after.table(name) for name in after.names()] == [before.table(name) for name in before.names()]
    assert after.removing == before.removing == {2}


async def test_a_number_is_never_given_twice(engine: Engine) -> None:
    catalog = Catalog(engine)
    numbers: list[int] = []
    for _ in range(3):
        numbers.append((await created(catalog, "main")).number)
        await catalog.delete("main", anything)
        await catalog.forget(numbers[-1])
        catalog = Catalog(engine)
    assert numbers == [1, 2, 3]


async def test_a_name_cannot_be_taken_twice_even_at_once(engine: Engine) -> None:
    catalog = Catalog(engine)
    outcomes = await asyncio.gather(*[created(catalog, "main") for _ in range(3)], return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [Table, ResourceInUseException, ResourceInUseException]
    with engine.snapshot() as reader:
        assert [table.number for _, table in entries_in(reader)] == [1]


async def test_updates_at_once_are_made_one_after_another(engine: Engine) -> None:
    catalog = Catalog(engine)
    await created(catalog, "main")

    def longer(table: TableDescription) -> TableDescription:
        return TableDescription(table.name, table.key_schema, table.arn + "x", table.id, table.created_s)

    await asyncio.gather(*[catalog.update("main", longer) for _ in range(5)])
    assert catalog.table("main").description.arn == "arn/mainxxxxx"
    assert Catalog(engine).table("main") == catalog.table("main")


async def test_a_change_that_is_refused_changes_nothing(engine: Engine) -> None:
    catalog = Catalog(engine)
    table = await created(catalog, "main")

    def refuse(_: object) -> NoReturn:
        raise ValidationException("no")

    with pytest.raises(ValidationException, match="no"):
        await catalog.update("main", refuse)
    with pytest.raises(ValidationException, match="no"):
        await catalog.delete("main", refuse)
    assert catalog.table("main") == Catalog(engine).table("main") == table


async def test_a_deleted_table_is_noted_for_removal_and_has_no_size(engine: Engine) -> None:
    catalog = Catalog(engine)
    table = await created(catalog, "main")
    await engine.write(lambda writer: put_state(writer, table, TableState(TableSize(2, 30))))
    assert await catalog.delete("main", anything) == (table, TableSize(2, 30))
    with engine.snapshot() as reader:
        assert numbers_in(reader) == Numbers(following=2, removing=frozenset({1}))
        assert not has_state(reader, table.number)
        with pytest.raises(ResourceNotFoundException):
            size_of(reader, table)
    await catalog.forget(1)
    assert Catalog(engine).removing == frozenset()


async def test_a_change_goes_on_when_its_caller_is_cancelled(engine: Engine) -> None:
    """The engine does not stop either: what is in memory must become what is durable."""
    catalog = Catalog(engine)
    gate = WriterGate()
    blocker = asyncio.create_task(engine.write(gate.job))
    await gate.reached()
    creation = asyncio.create_task(created(catalog, "main"))
    await asyncio.sleep(0)
    creation.cancel()
    with pytest.raises(asyncio.CancelledError):
        await creation
    gate.open()
    await blocker
    await catalog.settle()
    assert catalog.names() == Catalog(engine).names() == ["main"]


class DoubtfulEngine(MemoryEngine):
    """An engine whose writes happen, and which says of some that nobody can know."""

    is_doubtful = False

    async def write(self, job: Callable[[Writer], T]) -> T:
        result = await super().write(job)
        if self.is_doubtful:
            raise UnknownOutcome()
        return result


async def test_after_a_change_of_unknown_outcome_memory_is_what_the_engine_holds() -> None:
    engine = DoubtfulEngine()
    catalog = Catalog(engine)
    engine.is_doubtful = True
    with pytest.raises(UnknownOutcome):
        await created(catalog, "main")
    assert catalog.names() == ["main"]
    engine.is_doubtful = False
    assert (await created(catalog, "other")).number == 2
    engine.close()


async def test_tables_and_changes_at_once_are_limited(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    catalog = Catalog(engine)
    monkeypatch.setattr(limits, "TABLES_MAX", 2)
    for name in ("one", "two"):
        await created(catalog, name)
    with pytest.raises(LimitExceededException, match="there may be 2 tables"):
        await created(catalog, "three")
    monkeypatch.setattr(limits, "TABLE_CHANGES_MAX", 1)
    outcomes = await asyncio.gather(
        catalog.delete("one", anything), catalog.delete("two", anything), return_exceptions=True
    )
    assert [type(outcome) for outcome in outcomes] == [tuple, LimitExceededException]
    assert catalog.names() == ["two"]


async def test_rows_stand_where_their_keys_say(engine: Engine) -> None:
    table = await created(Catalog(engine), "main")
    assert table.row_key({"seq": Decimal(7), "id": "a"}) == keyspace.row_key(table.number, "a", Decimal(7))
    assert table.hash_value({"seq": Decimal(7), "id": "a"}) == "a"


async def test_a_table_that_is_being_loaded_is_there_for_table_operations_alone(engine: Engine) -> None:
    catalog = Catalog(engine)
    table = await catalog.create(described("main"), tags={}, load={"from": "a backup"})
    assert table.status == "CREATING"
    assert catalog.table_to_manage("main") == table
    assert catalog.loading() == [table]
    with pytest.raises(ResourceNotFoundException):
        catalog.table("main")


async def test_a_table_that_is_being_loaded_can_neither_be_changed_nor_deleted(engine: Engine) -> None:
    catalog = Catalog(engine)
    await catalog.create(described("main"), tags={}, load={})
    in_use = "Attempt to change a resource which is still in use: Table is being created: main"
    with pytest.raises(ResourceInUseException, match=in_use):
        await catalog.update("main", lambda description: description)
    with pytest.raises(ResourceInUseException, match=in_use):
        await catalog.delete("main", anything)


async def test_a_catalog_opened_again_knows_what_tables_are_being_loaded_from(engine: Engine) -> None:
    table = await Catalog(engine).create(described("main"), tags={}, load={"backup": 7})
    again = Catalog(engine)
    assert again.loading() == [table]
    assert again.table_to_manage("main").load == {"backup": 7}


async def test_a_loaded_table_is_like_any_other(engine: Engine) -> None:
    catalog = Catalog(engine)
    await catalog.create(described("main"), tags={}, load={})
    await catalog.loaded("main")
    assert catalog.table("main").status == "ACTIVE"
    assert catalog.loading() == []
    assert Catalog(engine).table("main") == catalog.table("main")


async def test_a_table_that_cannot_be_loaded_is_taken_away(engine: Engine) -> None:
    catalog = Catalog(engine)
    table = await catalog.create(described("main"), tags={}, load={})
    await catalog.abandon("main")
    assert catalog.names() == []
    assert catalog.removing == {table.number}


async def test_an_index_is_read_when_it_is_active_and_not_before_or_after(engine: Engine) -> None:
    key_schema = KeySchema(KeyAttribute("seq", "N"))
    statuses: tuple[IndexStatus, ...] = ("ACTIVE", "CREATING", "DELETING")
    indexes = tuple(
        Index(status.lower(), "global", key_schema, Projection("ALL"), number, status)
        for number, status in enumerate(statuses, 1)
    )
    table = await Catalog(engine).create(replace(described("main"), indexes=indexes, following_index=4), tags={})
    assert table.index("active") is indexes[0]
    with pytest.raises(ValidationException, match=r"^ValidationException: Cannot read from backfilling .* creating$"):
        table.index("creating")
    for name in ("deleting", "missing"):
        with pytest.raises(ValidationException, match=f"The table does not have the specified index: {name}"):
            table.index(name)
