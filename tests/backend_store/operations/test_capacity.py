from backend_store.operations.capacity import IndexUnits, consumed, consumed_by_table


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
