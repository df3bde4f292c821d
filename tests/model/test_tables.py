"""Table descriptions: what DescribeTable shows, and reading it back."""

from dataclasses import replace

import orjson
from hypothesis import given
from hypothesis import strategies as st

from microdax.model.keys import KeyAttribute, KeySchema
from microdax.model.provisioning import Capacity, Provisioning
from microdax.model.requests import Throughput
from microdax.model.tables import (
    Recovery,
    Restore,
    TableDescription,
    TableSize,
    TableStatus,
    read_description,
    read_key_schema,
)

NOON_S = 1_700_000_000.25
NEXT_DAY_S = NOON_S + 86_400

TABLE = TableDescription(
    name="music",
    key_schema=KeySchema(KeyAttribute("artist", "S"), KeyAttribute("year", "N")),
    arn="arn:aws:dynamodb:us-east-1:000000000000:table/music",
    id="8f1c2a34-0000-4000-8000-000000000000",
    created_s=NOON_S,
    provisioning=Provisioning(Throughput(5, 6)),
)


def test_a_provisioned_table_shows_the_members_that_amazon_returns() -> None:
    assert TABLE.document("ACTIVE", TableSize(3, 400), NOON_S) == {
        "AttributeDefinitions": [
            {"AttributeName": "artist", "AttributeType": "S"},
            {"AttributeName": "year", "AttributeType": "N"},
        ],
        "TableName": "music",
        "KeySchema": [
            {"AttributeName": "artist", "KeyType": "HASH"},
            {"AttributeName": "year", "KeyType": "RANGE"},
        ],
        "TableStatus": "ACTIVE",
        "CreationDateTime": NOON_S,
        "ProvisionedThroughput": {"NumberOfDecreasesToday": 0, "ReadCapacityUnits": 5, "WriteCapacityUnits": 6},
        "TableSizeBytes": 400,
        "ItemCount": 3,
        "TableArn": "arn:aws:dynamodb:us-east-1:000000000000:table/music",
        "TableId": "8f1c2a34-0000-4000-8000-000000000000",
        "DeletionProtectionEnabled": False,
    }


def test_a_table_without_range_key_shows_one_key_element() -> None:
    table = replace(TABLE, key_schema=KeySchema(KeyAttribute("id", "B")))
    document = table.document("ACTIVE", TableSize(), NOON_S)
    assert document["KeySchema"] == [{"AttributeName": "id", "KeyType": "HASH"}]
    assert document["AttributeDefinitions"] == [{"AttributeName": "id", "AttributeType": "B"}]


def test_an_on_demand_table_shows_its_billing_mode_and_no_units() -> None:
    table = TABLE.billed("PAY_PER_REQUEST", None, NEXT_DAY_S)
    document = table.document("ACTIVE", TableSize(), NEXT_DAY_S)
    assert document["BillingModeSummary"] == {
        "BillingMode": "PAY_PER_REQUEST",
        "LastUpdateToPayPerRequestDateTime": NEXT_DAY_S,
    }
    assert table.provisioning.units == Throughput(0, 0)


def test_a_table_that_was_on_demand_once_goes_on_saying_when() -> None:
    table = TABLE.billed("PAY_PER_REQUEST", None, NOON_S).billed("PROVISIONED", Throughput(1, 1), NEXT_DAY_S)
    document = table.document("ACTIVE", TableSize(), NEXT_DAY_S)
    assert document["BillingModeSummary"] == {
        "BillingMode": "PROVISIONED",
        "LastUpdateToPayPerRequestDateTime": NOON_S,
    }


def test_making_an_on_demand_table_on_demand_again_keeps_the_time() -> None:
    table = TABLE.billed("PAY_PER_REQUEST", None, NOON_S)
    assert table.billed("PAY_PER_REQUEST", None, NEXT_DAY_S) == table


def test_a_provisioned_table_keeps_its_units_where_none_are_given() -> None:
    assert TABLE.billed("PROVISIONED", None, NEXT_DAY_S) == TABLE


def test_raising_units_is_dated_as_an_increase() -> None:
    document = TABLE.provisioning.changed(Throughput(5, 7), NOON_S).document(NOON_S)
    assert document == {
        "NumberOfDecreasesToday": 0,
        "ReadCapacityUnits": 5,
        "WriteCapacityUnits": 7,
        "LastIncreaseDateTime": NOON_S,
    }


def test_lowering_one_unit_and_raising_the_other_is_both() -> None:
    changed = TABLE.provisioning.changed(Throughput(9, 1), NOON_S)
    assert (changed.increased_s, changed.decreased_s) == (NOON_S, NOON_S)
    assert changed.decreases_today(NOON_S) == 1


def test_decreases_are_counted_by_the_day() -> None:
    once = TABLE.provisioning.changed(Throughput(4, 6), NOON_S)
    twice = once.changed(Throughput(3, 6), NOON_S + 1)
    assert twice.decreases_today(NOON_S + 2) == 2
    assert twice.decreases_today(NEXT_DAY_S) == 0
    assert twice.changed(Throughput(2, 6), NEXT_DAY_S).decreases_today(NEXT_DAY_S) == 1


def test_units_that_stay_are_neither_raised_nor_lowered() -> None:
    assert TABLE.provisioning.changed(Throughput(5, 6), NOON_S) == TABLE.provisioning


def test_a_class_is_shown_where_it_is_not_the_default_or_was_changed() -> None:
    plain = TABLE.document("ACTIVE", TableSize(), NOON_S)
    assert "TableClassSummary" not in plain
    infrequent = TABLE.classed("STANDARD_INFREQUENT_ACCESS", NOON_S)
    assert infrequent.document("ACTIVE", TableSize(), NOON_S)["TableClassSummary"] == {
        "TableClass": "STANDARD_INFREQUENT_ACCESS",
        "LastUpdateDateTime": NOON_S,
    }
    back = infrequent.classed("STANDARD", NEXT_DAY_S)
    assert back.document("ACTIVE", TableSize(), NEXT_DAY_S)["TableClassSummary"] == {
        "TableClass": "STANDARD",
        "LastUpdateDateTime": NEXT_DAY_S,
    }


times = st.floats(min_value=0, max_value=4e9, allow_nan=False)
units = st.builds(Throughput, st.integers(1, 40_000), st.integers(1, 40_000))
bounds = st.none() | st.integers(1, 40_000)
names = st.text(min_size=1, max_size=8)
key_attributes = st.builds(KeyAttribute, names, st.sampled_from(("S", "N", "B")))


@st.composite
def descriptions(draw: st.DrawFn) -> TableDescription:
    """Descriptions as a life of creation and updates leaves them."""
    hash_key = draw(key_attributes)
    range_key = draw(st.none() | key_attributes.filter(lambda attribute: attribute.name != hash_key.name))
    table = TableDescription(
        name=draw(names),
        key_schema=KeySchema(hash_key, range_key),
        arn="arn",
        id="id",
        created_s=draw(times),
        provisioning=Provisioning(draw(units)),
        deletion_protection=draw(st.booleans()),
        kms_key_arn=draw(st.none() | names),
        capacity=draw(st.builds(Capacity, bounds, bounds, st.none() | units)),
    )
    for now_s in draw(st.lists(times, max_size=4)):
        table = table.billed(draw(st.sampled_from(("PROVISIONED", "PAY_PER_REQUEST"))), draw(units), now_s)
        table = table.classed(draw(st.sampled_from(("STANDARD", "STANDARD_INFREQUENT_ACCESS"))), now_s)
    return table


@given(descriptions())
def test_reading_a_kept_document_gives_the_description_back(table: TableDescription) -> None:
    assert read_description(orjson.loads(orjson.dumps(table.kept()))) == table


def test_the_key_schema_is_read_from_any_server_s_document() -> None:
    document = {
        "KeySchema": [{"AttributeName": "b", "KeyType": "RANGE"}, {"AttributeName": "a", "KeyType": "HASH"}],
        "AttributeDefinitions": [
            {"AttributeName": "gsi", "AttributeType": "B"},
            {"AttributeName": "b", "AttributeType": "N"},
            {"AttributeName": "a", "AttributeType": "S"},
        ],
    }
    assert read_key_schema(document) == KeySchema(KeyAttribute("a", "S"), KeyAttribute("b", "N"))


def test_point_in_time_recovery_is_kept_and_not_shown() -> None:
    table = replace(TABLE, recovery=Recovery(since_s=NOON_S, period_days=7))
    assert read_description(table.kept()) == table
    assert table.document("ACTIVE", TableSize(), NOON_S) == TABLE.document("ACTIVE", TableSize(), NOON_S)


def test_what_a_table_was_restored_from_is_shown_and_kept() -> None:
    table = replace(TABLE, restore=Restore("source arn", NOON_S, "backup arn"))
    assert read_description(table.kept()) == table
    summary = {"SourceBackupArn": "backup arn", "SourceTableArn": "source arn", "RestoreDateTime": NOON_S}
    progress: dict[TableStatus, bool] = {"CREATING": True, "ACTIVE": False}
    for status, is_in_progress in progress.items():
        document = table.document(status, TableSize(), NOON_S)
        assert document["RestoreSummary"] == {**summary, "RestoreInProgress": is_in_progress}


def test_a_restore_to_a_point_in_time_names_no_backup() -> None:
    assert "SourceBackupArn" not in Restore("source arn", NOON_S).document(is_in_progress=False)


def test_recovery_reaches_back_to_the_second_in_which_it_was_switched_on() -> None:
    assert Recovery(since_s=NOON_S).earliest_s(NOON_S + 0.5) == 1_700_000_000
    assert Recovery(since_s=NOON_S).earliest_s(NEXT_DAY_S) == 1_700_000_000


def test_recovery_reaches_no_further_back_than_its_period() -> None:
    recovery = Recovery(since_s=NOON_S, period_days=1)
    assert recovery.earliest_s(NEXT_DAY_S + 10) == 1_700_000_011
