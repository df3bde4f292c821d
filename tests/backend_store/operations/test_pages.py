"""A page: which rows it takes, what it shows of them, where it ends."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from backend_store.catalog import Catalog, Table
from backend_store.kv import keyspace
from backend_store.kv.engine import Engine, Writer
from backend_store.kv.records import write_record
from backend_store.operations.pages import Selection, check_no_index, read_page, starting_key
from microdax.model import limits
from microdax.model.errors import ResourceNotFoundException, ValidationException
from microdax.model.keys import KeyAttribute, KeySchema
from microdax.model.tables import TableDescription
from microdax.model.values import Item

SCHEMA = KeySchema(KeyAttribute("id", "S"))


@pytest.fixture
async def table(engine: Engine) -> Table:
    return await Catalog(engine).create(TableDescription("main", SCHEMA, "arn", "id", created_s=0.0), tags={})


def page(engine: Engine, table: Table, **wanted: Any) -> Any:
    with engine.snapshot() as reader:
        return orjson.loads(read_page(reader, Selection(table, keyspace.rows_range(table.number), **wanted)))


def put(engine: Engine, table: Table, rows: dict[str, tuple[bytes, int]]) -> None:
    """Rows with any documents and sizes, by their ids."""

    def job(writer: Writer) -> None:
        for name, (document, item_bytes) in rows.items():
            writer.put(keyspace.row_key(table.number, name), write_record(document, item_bytes))

    engine.write_now(job)


def documents(count: int, item_bytes: int) -> dict[str, tuple[bytes, int]]:
    return {str(number): (b'{"id":{"S":"%d"}}' % number, item_bytes) for number in range(count)}


async def test_items_that_nobody_looks_into_are_not_decoded(engine: Engine, table: Table) -> None:
    """What is no item at all comes out as it is: the documents were copied."""
    put(engine, table, {"a": (b'"opaque"', 3)})
    assert page(engine, table) == {"Count": 1, "ScannedCount": 1, "Items": ["opaque"]}
    assert page(engine, table, is_count=True) == {"Count": 1, "ScannedCount": 1}


@pytest.mark.parametrize(("item_bytes", "count"), [(limits.PAGE_BYTES_MAX, 1), (limits.PAGE_BYTES_MAX // 2, 2)])
async def test_a_page_ends_where_the_sizes_reach_1_mb(
    engine: Engine, table: Table, item_bytes: int, count: int
) -> None:
    put(engine, table, documents(5, item_bytes))
    found = page(engine, table)
    assert found["Count"] == count
    assert found["LastEvaluatedKey"] == found["Items"][-1]


async def test_a_page_just_below_1_mb_goes_on_to_the_end(engine: Engine, table: Table) -> None:
    put(engine, table, documents(1, limits.PAGE_BYTES_MAX - 1))
    assert "LastEvaluatedKey" not in page(engine, table)


async def test_no_more_rows_are_read_than_the_page_has(engine: Engine, table: Table) -> None:
    put(engine, table, documents(5, 10))
    read: list[bytes] = []

    class Counting:
        """A reader that remembers what was read."""

        def __init__(self, engine: Engine) -> None:
            self._engine = engine

        def get(self, key: bytes) -> bytes | None:
            return self._engine.get(key)

        def scan(self, first: bytes, end: bytes, *, reverse: bool = False) -> Iterator[tuple[bytes, bytes]]:
            with self._engine.snapshot() as reader:
                for pair in reader.scan(first, end, reverse=reverse):
                    read.append(pair[0])
                    yield pair

    read_page(Counting(engine), Selection(table, keyspace.rows_range(table.number), limit=2))
    assert len(read) == 2


async def test_a_table_that_is_deleted_in_this_state_has_no_page(engine: Engine, table: Table) -> None:
    await Catalog(engine).delete("main", lambda _: None)
    with pytest.raises(ResourceNotFoundException):
        page(engine, table)


def test_a_starting_key_is_a_key_of_the_schema() -> None:
    assert starting_key(SCHEMA, {"id": "a"}) == {"id": "a"}
    refused: list[Item] = [{}, {"x": "a"}, {"id": b"a"}, {"id": "a", "x": "a"}]
    for key in refused:
        with pytest.raises(ValidationException, match=r"^ValidationException: The provided starting key is invalid: "):
            starting_key(SCHEMA, key)


def test_tables_have_no_indexes() -> None:
    check_no_index(None)
    with pytest.raises(ValidationException, match="The table does not have the specified index: by_name"):
        check_no_index("by_name")
