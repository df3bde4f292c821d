from dataclasses import replace

import pytest

from backend_store.images import Image
from backend_store.indexes import Entry, IndexChange
from backend_store.operations.capacity import (
    IndexUnits,
    consumed,
    consumed_by_table,
    consumed_by_transaction,
    index_units,
    index_units_by_table,
)
from microdax.model.keys import KeyAttribute, KeySchema
from microdax.model.requests import Projection
from microdax.model.tables import Index


def test_nothing_is_said_of_capacity_unless_it_is_asked_for() -> None:
    assert consumed("t", 0.5, "NONE") == {}
    assert consumed_by_table({"t": 0.5}, "NONE") == {}


def test_total_names_the_table_and_the_units() -> None:
    assert consumed("t", 0.5, "TOTAL") == {"ConsumedCapacity": {"TableName": "t", "CapacityUnits": 0.5}}


def test_indexes_adds_the_part_of_the_table() -> None:
    assert consumed("t", 2.0, "INDEXES") == {
        "ConsumedCapacity": {"TableName": "t", "CapacityUnits": 2.0, "Table": {"CapacityUnits": 2.0}}
    }


def test_what_indexes_consume_is_in_the_total_and_told_by_kind_and_name() -> None:
    indexes = [IndexUnits("local", "l", 1.0), IndexUnits("global", "g", 0.5), IndexUnits("global", "h", 2.5)]
    whole = {"TableName": "t", "CapacityUnits": 7.0}
    assert consumed("t", 3.0, "TOTAL", indexes) == {"ConsumedCapacity": whole}
    assert consumed("t", 3.0, "INDEXES", indexes) == {
        "ConsumedCapacity": {
            **whole,
            "Table": {"CapacityUnits": 3.0},
            "LocalSecondaryIndexes": {"l": {"CapacityUnits": 1.0}},
            "GlobalSecondaryIndexes": {"g": {"CapacityUnits": 0.5}, "h": {"CapacityUnits": 2.5}},
        }
    }
    assert consumed("t", 3.0, "NONE", indexes) == {}


def test_a_batch_says_it_for_each_table() -> None:
    assert consumed_by_table({"a": 1.0, "b": 2.5}, "TOTAL") == {
        "ConsumedCapacity": [
            {"TableName": "a", "CapacityUnits": 1.0},
            {"TableName": "b", "CapacityUnits": 2.5},
        ]
    }


INDEX = Index("g", "global", KeySchema(KeyAttribute("name", "S")), Projection("ALL"), number=1)


def entry(key: bytes, size_bytes: int) -> Entry:
    return Entry(key, Image(b"{}", size_bytes))


@pytest.mark.parametrize(
    ("old", "new", "units"),
    [
        (None, entry(b"a", 1500), 2.0),
        (entry(b"a", 1500), None, 2.0),
        (entry(b"a", 1500), entry(b"a", 10), 2.0),
        (entry(b"a", 10), entry(b"a", 1500), 2.0),
        (entry(b"a", 1500), entry(b"b", 10), 3.0),
    ],
)
def test_an_index_is_paid_for_each_row_that_is_deleted_put_or_changed(
    old: Entry | None, new: Entry | None, units: float
) -> None:
    assert index_units([IndexChange(INDEX, old, new)]) == [IndexUnits("global", "g", units)]


def test_what_many_writes_cost_an_index_is_summed_by_table() -> None:
    change = IndexChange(INDEX, None, entry(b"a", 10))
    local = IndexChange(replace(INDEX, name="l", kind="local"), None, entry(b"a", 10))
    assert index_units_by_table([("t", (change, local)), ("u", ()), ("t", (change,))]) == {
        "t": [IndexUnits("global", "g", 2.0), IndexUnits("local", "l", 1.0)],
        "u": [],
    }


def test_a_transaction_doubles_the_table_s_units_and_not_the_indexes() -> None:
    indexes = {"t": [IndexUnits("global", "g", 1.0)]}
    assert consumed_by_transaction({"t": 3.0}, "WriteCapacityUnits", "INDEXES", indexes) == {
        "ConsumedCapacity": [
            {
                "TableName": "t",
                "CapacityUnits": 7.0,
                "WriteCapacityUnits": 7.0,
                "Table": {"CapacityUnits": 6.0, "WriteCapacityUnits": 6.0},
                "GlobalSecondaryIndexes": {"g": {"CapacityUnits": 1.0, "WriteCapacityUnits": 1.0}},
            }
        ]
    }
