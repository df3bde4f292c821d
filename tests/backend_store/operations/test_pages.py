"""A page: which rows it takes, what it shows of them, where it ends."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import orjson
import pytest

from backend_store.catalog import Catalog
from backend_store.kv import keyspace
from backend_store.kv.engine import CorruptRecord, Engine, Writer
from backend_store.kv.records import write_record
from backend_store.operations.pages import Selection, read_page
from backend_store.operations.sources import Source
from backend_store.table import Table
from microdax.expressions.nodes import AttributeExists, Path, Projection
from microdax.model import limits
from microdax.model.errors import ResourceNotFoundException, ValidationException
from microdax.model.keys import KeyAttribute, KeySchema
from microdax.model.requests import Projection as IndexProjection
from microdax.model.tables import Index, TableDescription

SCHEMA = KeySchema(KeyAttribute("id", "S"), KeyAttribute("r", "S"))
LOCAL = Index(
    "by_n", "local", KeySchema(KeyAttribute("id", "S"), KeyAttribute("n", "N")), IndexProjection("KEYS_ONLY"), 1
)


@pytest.fixture
async def table(engine: Engine) -> Table:
    description = TableDescription("main", SCHEMA, "arn", "id", created_s=0.0, indexes=(LOCAL,), following_index=2)
    return await Catalog(engine).create(description, tags={})


def page(engine: Engine, table: Table, index: Index | None = None, **wanted: Any) -> Any:
    source = Source(table, index)
    with engine.snapshot() as reader:
        return orjson.loads(read_page(reader, Selection(source, keyspace.space_range(source.space), **wanted)))


def put(engine: Engine, table: Table, rows: dict[str, tuple[bytes, int]]) -> None:
    """Rows with any documents and sizes, by their ids."""

    def job(writer: Writer) -> None:
        for name, (document, item_bytes) in rows.items():
            writer.put(keyspace.row_key(table.number, name, "r"), write_record(document, item_bytes))

    engine.write_now(job)


def documents(count: int, item_bytes: int) -> dict[str, tuple[bytes, int]]:
    return {str(number): (b'{"id":{"S":"%d"},"r":{"S":"r"}}' % number, item_bytes) for number in range(count)}


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

    read_page(Counting(engine), Selection(Source(table), keyspace.rows_range(table.number), limit=2))
    assert len(read) == 2


async def test_a_table_that_is_deleted_in_this_state_has_no_page(engine: Engine, table: Table) -> None:
    await Catalog(engine).delete("main", lambda _: None)
    with pytest.raises(ResourceNotFoundException):
        page(engine, table)


async def test_an_index_that_is_dropped_in_this_state_has_no_page(engine: Engine, table: Table) -> None:
    await Catalog(engine).update("main", lambda description: replace(description, indexes=()))
    with pytest.raises(ValidationException, match="The table does not have the specified index: by_n"):
        page(engine, table, LOCAL)


def put_indexed(engine: Engine, table: Table, count: int, item_bytes: int, row_bytes: int) -> None:
    """Items of any size, with rows of any size in the index."""

    def job(writer: Writer) -> None:
        for number in range(count):
            keys = b'"id":{"S":"a"},"n":{"N":"%d"},"r":{"S":"%d"}' % (number, number)
            writer.put(
                keyspace.row_key(table.number, "a", str(number)), write_record(b'{%b,"v":{"S":"v"}}' % keys, item_bytes)
            )
            base_key = keyspace.base_key("a", str(number))
            row_key = keyspace.index_row_key(table.number, LOCAL.number, "a", Decimal(number), base_key)
            writer.put(row_key, write_record(b"{%b}" % keys, row_bytes))

    engine.write_now(job)


async def test_what_is_fetched_stands_in_for_the_rows_and_is_paid_for_by_the_item(engine: Engine, table: Table) -> None:
    put_indexed(engine, table, count=3, item_bytes=5000, row_bytes=100)
    found = page(engine, table, LOCAL, fetches=True, consistent_read=True, return_consumed_capacity="INDEXES")
    assert [item["v"] for item in found["Items"]] == [{"S": "v"}] * 3
    assert found["ConsumedCapacity"] == {
        "TableName": "main",
        "CapacityUnits": 7.0,
        "Table": {"CapacityUnits": 6.0},
        "LocalSecondaryIndexes": {"by_n": {"CapacityUnits": 1.0}},
    }


async def test_what_the_filter_drops_is_not_fetched(engine: Engine, table: Table) -> None:
    put_indexed(engine, table, count=3, item_bytes=5000, row_bytes=100)
    absent = AttributeExists(Path(("x",)))
    found = page(engine, table, LOCAL, condition=absent, fetches=True, return_consumed_capacity="INDEXES")
    assert (found["Count"], found["ScannedCount"]) == (0, 3)
    assert found["ConsumedCapacity"]["Table"] == {"CapacityUnits": 0.0}


async def test_what_is_fetched_counts_for_the_end_of_the_page(engine: Engine, table: Table) -> None:
    put_indexed(engine, table, count=5, item_bytes=limits.PAGE_BYTES_MAX // 2, row_bytes=100)
    found = page(engine, table, LOCAL, fetches=True)
    assert found["Count"] == 2
    assert found["LastEvaluatedKey"] == {"id": {"S": "a"}, "n": {"N": "1"}, "r": {"S": "1"}}
    assert page(engine, table, LOCAL)["Count"] == 5


async def test_a_fetched_item_is_projected_like_any_other(engine: Engine, table: Table) -> None:
    put_indexed(engine, table, count=1, item_bytes=10, row_bytes=10)
    found = page(engine, table, LOCAL, fetches=True, projection=Projection((Path(("v",)),)))
    assert found["Items"] == [{"v": {"S": "v"}}]


async def test_a_row_of_an_index_whose_item_is_gone_is_a_fault(engine: Engine, table: Table) -> None:
    put_indexed(engine, table, count=1, item_bytes=10, row_bytes=10)
    engine.write_now(lambda writer: writer.delete(keyspace.row_key(table.number, "a", "0")))
    with pytest.raises(CorruptRecord):
        page(engine, table, LOCAL, fetches=True)
