"""The only writer of rows: what it changes, what it counts, and that nothing comes between check and change."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from backend_store.catalog import Catalog
from backend_store.commit import Committed, RowWrite, carry_out, commit, plan
from backend_store.images import Image
from backend_store.kv.engine import Engine, Writer
from backend_store.table import Table
from backend_store.table_state import TableChanged, size_of, write_current
from microdax.expressions.nodes import Condition
from microdax.expressions.parser import Scope, parse_condition
from microdax.model.errors import ConditionalCheckFailedException, ResourceNotFoundException, ThrottlingException
from microdax.model.keys import KeyAttribute, KeySchema
from microdax.model.requests import Placeholders
from microdax.model.tables import TableDescription, TableSize
from microdax.model.values import Key
from tests.support.writer_gate import WriterGate

KEY: Key = {"id": "a"}
SCHEMA = KeySchema(KeyAttribute("id", "S"))


@pytest.fixture
def catalog(engine: Engine) -> Catalog:
    return Catalog(engine)


@pytest.fixture
async def table(catalog: Catalog) -> Table:
    return await catalog.create(TableDescription("main", SCHEMA, arn="arn", id="id", created_s=0.0), tags={})


def condition(text: str) -> Condition:
    return parse_condition("ConditionExpression", text, Scope(Placeholders()))


def put(table: Table, number: int, checked: Condition | None = None) -> RowWrite:
    new = Image.of_item({**KEY, "n": Decimal(number)})
    return RowWrite(table, KEY, change=lambda _: new, condition=checked)


def delete(table: Table) -> RowWrite:
    return RowWrite(table, KEY, change=lambda _: None)


async def committed(engine: Engine, write: RowWrite) -> Committed:
    return await engine.write(lambda writer: commit(writer, write))


async def test_a_write_tells_what_it_found_and_what_it_left(engine: Engine, table: Table) -> None:
    first = await committed(engine, put(table, 1))
    second = await committed(engine, put(table, 2))
    assert first.old is None and first.new is not None
    assert second.old is not None and second.old.document == first.new.document
    (change,) = second.changes
    assert (change.old, change.new) == (first.new.document, b'{"id":{"S":"a"},"n":{"N":"2"}}')
    assert second.sizes_bytes == (6, 6)


async def test_the_size_of_the_table_goes_with_each_write(engine: Engine, table: Table) -> None:
    sizes: list[TableSize] = []
    for write in (put(table, 1), put(table, 100_001), delete(table), delete(table)):
        await committed(engine, write)
        sizes.append(size_of(engine, table))
    assert sizes == [TableSize(1, 6), TableSize(1, 8), TableSize(), TableSize()]


async def test_what_changes_nothing_writes_nothing(engine: Engine, table: Table) -> None:
    await committed(engine, put(table, 1))
    again = await committed(engine, put(table, 1))
    assert again.changes == ()
    gone = await committed(engine, RowWrite(table, {"id": "b"}, change=lambda _: None))
    assert gone == Committed(None, None, ())


async def test_a_failed_condition_shows_the_item_only_to_who_asked(engine: Engine, table: Table) -> None:
    await committed(engine, put(table, 1))
    missing = condition("attribute_not_exists(id)")
    with pytest.raises(ConditionalCheckFailedException) as plain:
        await committed(engine, put(table, 2, missing))
    assert plain.value.item is None
    with pytest.raises(ConditionalCheckFailedException) as shown:
        await committed(engine, RowWrite(table, KEY, lambda _: None, missing, shows_item_on_failure=True))
    assert shown.value.item == {"id": {"S": "a"}, "n": {"N": "1"}}


async def test_a_plan_writes_nothing(engine: Engine, table: Table) -> None:
    planned = await engine.write(lambda writer: plan(writer, put(table, 1)))
    assert planned.old is None and planned.new is not None
    assert engine.get(table.row_key(KEY)) is None
    assert size_of(engine, table) == TableSize()


async def test_writes_planned_together_add_up_in_the_size_of_their_table(
    engine: Engine, catalog: Catalog, table: Table
) -> None:
    other = await catalog.create(TableDescription("other", SCHEMA, arn="arn", id="id", created_s=0.0), tags={})
    images = {name: Image.of_item({"id": name, "n": Decimal(1)}) for name in "abc"}
    writes = [
        RowWrite(table, {"id": "a"}, change=lambda _: images["a"]),
        RowWrite(other, {"id": "b"}, change=lambda _: images["b"]),
        RowWrite(table, {"id": "c"}, change=lambda _: images["c"]),
    ]
    done = await engine.write(lambda writer: carry_out(writer, [plan(writer, write) for write in writes]))
    assert [(change.table, change.key) for one in done for change in one.changes] == [
        ("main", {"id": "a"}),
        ("other", {"id": "b"}),
        ("main", {"id": "c"}),
    ]
    assert (size_of(engine, table), size_of(engine, other)) == (TableSize(2, 12), TableSize(1, 6))


async def test_a_change_that_raises_leaves_the_row_as_it_was(engine: Engine, table: Table) -> None:
    await committed(engine, put(table, 1))

    def fail(old: Image | None) -> Image | None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await committed(engine, RowWrite(table, KEY, change=fail))
    assert Image.of_row(engine.get(table.row_key(KEY))) is not None


async def test_the_condition_is_checked_inside_the_transaction(engine: Engine, table: Table) -> None:
    """Two writers that both found nothing, when they asked, may not both create the item.

    The writer is stopped in an earlier job until both writes are queued behind it: evaluated before queueing,
    both conditions would hold.
    """
    stop = WriterGate()
    blocker = asyncio.create_task(engine.write(stop.job))
    await stop.reached()
    missing = condition("attribute_not_exists(id)")
    writes = [asyncio.create_task(committed(engine, put(table, number, missing))) for number in (1, 2)]
    await asyncio.sleep(0)
    stop.open()
    await blocker
    outcomes = await asyncio.gather(*writes, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [Committed, ConditionalCheckFailedException]


async def test_an_increment_reads_what_the_write_before_it_left(engine: Engine, table: Table) -> None:
    """Read-modify-write in one transaction: of many at once none is lost."""

    def add_one(old: Image | None) -> Image | None:
        number = Decimal(0) if old is None else old.item["n"]
        assert isinstance(number, Decimal)
        return Image.of_item({**KEY, "n": number + 1})

    await asyncio.gather(*[committed(engine, RowWrite(table, KEY, change=add_one)) for _ in range(50)])
    last = Image.of_row(engine.get(table.row_key(KEY)))
    assert last is not None and last.item["n"] == 50


async def test_nothing_is_written_to_a_table_that_was_deleted_meanwhile(
    engine: Engine, catalog: Catalog, table: Table
) -> None:
    """The write found the table in the catalog, was queued behind its deletion, and must not leave a row."""
    stop = WriterGate()
    blocker = asyncio.create_task(engine.write(stop.job))
    await stop.reached()
    deletion = asyncio.create_task(catalog.delete("main", lambda _: None))
    await catalog_change_is_queued()
    write = asyncio.create_task(committed(engine, put(table, 1)))
    await asyncio.sleep(0)
    stop.open()
    await asyncio.gather(blocker, deletion)
    with pytest.raises(ResourceNotFoundException):
        await write
    assert engine.get(table.row_key(KEY)) is None


async def test_a_write_that_was_built_for_an_earlier_version_of_the_table_writes_nothing(
    engine: Engine, catalog: Catalog, table: Table
) -> None:
    await catalog.update("main", lambda description: replace(description, deletion_protection=True))
    with pytest.raises(TableChanged):
        await committed(engine, put(table, 1))
    assert engine.get(table.row_key(KEY)) is None
    await committed(engine, put(catalog.table("main"), 1))
    assert engine.get(table.row_key(KEY)) is not None


async def test_a_write_is_built_anew_until_its_table_is_the_one_that_is(engine: Engine, catalog: Catalog) -> None:
    """Each try finds the table changed again, until nobody changes it."""
    first = await catalog.create(TableDescription("main", SCHEMA, arn="arn", id="id", created_s=0.0), tags={})
    versions = [first]
    for number in range(3):
        versions.append(await catalog.update("main", lambda table: replace(table, arn=f"arn {number}")))  # noqa: B023
    tries = iter(versions)

    def build() -> Callable[[Writer], Committed]:
        write = put(next(tries), 1)
        return lambda writer: commit(writer, write)

    assert (await write_current(engine, build)).new is not None
    assert list(tries) == []
    with pytest.raises(ThrottlingException):
        await write_current(engine, lambda: lambda writer: commit(writer, put(first, 2)))


async def catalog_change_is_queued() -> None:
    """A change of the catalog takes a task of its own and a lock before its job is queued."""
    for _ in range(5):
        await asyncio.sleep(0)
