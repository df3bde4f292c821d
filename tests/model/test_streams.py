from dataclasses import replace

import pytest

from microdax.model.errors import ValidationException
from microdax.model.keys import KeyAttribute, KeySchema
from microdax.model.streams import KEPT_S, Stream, Streams, StreamSpecification, new_label, read_streams
from microdax.model.tables import Recovery, TableDescription, TableSize, read_description

NOW_S = 1_700_000_000.123
TABLE = TableDescription("main", KeySchema(KeyAttribute("id", "S")), arn="arn:table/main", id="id", created_s=0.0)
ENABLED = StreamSpecification(enabled=True, view_type="NEW_IMAGE")
DISABLED = StreamSpecification(enabled=False)


def test_a_label_is_the_time_to_the_millisecond() -> None:
    assert new_label(NOW_S, frozenset()) == "2023-11-14T22:13:20.123"


def test_a_label_that_is_taken_is_not_given_again() -> None:
    first = new_label(NOW_S, frozenset())
    second = new_label(NOW_S, frozenset([first]))
    assert second == "2023-11-14T22:13:20.124"
    assert new_label(NOW_S, frozenset([first, second])) == "2023-11-14T22:13:20.125"


def test_a_stream_is_enabled_until_it_is_disabled() -> None:
    on = Streams().switched("KEYS_ONLY", 1.0)
    assert on.enabled == Stream(new_label(1.0, frozenset()), "KEYS_ONLY", 1.0)
    off = on.switched(None, 2.0)
    assert off.enabled is None
    assert off.all[0].disabled_s == 2.0


def test_a_disabled_stream_is_readable_for_a_day() -> None:
    off = Streams().switched("KEYS_ONLY", 1.0).switched(None, 2.0)
    assert off.readable(2.0 + KEPT_S - 1) == off.all
    assert off.readable(2.0 + KEPT_S) == ()


def test_a_new_stream_takes_the_place_of_those_that_cannot_be_read() -> None:
    off = Streams().switched("KEYS_ONLY", 1.0).switched(None, 2.0)
    assert len(off.switched("NEW_IMAGE", 3.0).all) == 2
    assert len(off.switched("NEW_IMAGE", 3.0 + KEPT_S).all) == 1


def test_streams_are_read_back_from_what_is_kept() -> None:
    streams = Streams().switched("KEYS_ONLY", 1.0).switched(None, 2.0).switched("OLD_IMAGE", 3.0)
    assert read_streams(streams.kept()) == streams  # type: ignore[arg-type]


def test_a_table_shows_its_stream_and_after_that_was_disabled_only_which_it_was() -> None:
    on = TABLE.streamed(ENABLED, NOW_S)
    shown = on.document("ACTIVE", TableSize(), NOW_S)
    assert shown["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    assert shown["LatestStreamLabel"] == "2023-11-14T22:13:20.123"
    assert shown["LatestStreamArn"] == "arn:table/main/stream/2023-11-14T22:13:20.123"
    shown = on.streamed(DISABLED, NOW_S).document("ACTIVE", TableSize(), NOW_S)
    assert "StreamSpecification" not in shown
    assert shown["LatestStreamLabel"] == "2023-11-14T22:13:20.123"


def test_a_table_without_a_stream_shows_none() -> None:
    shown = TABLE.document("ACTIVE", TableSize(), NOW_S)
    assert not {"StreamSpecification", "LatestStreamArn", "LatestStreamLabel"} & shown.keys()


def test_a_stream_is_not_enabled_twice_nor_disabled_twice() -> None:
    with pytest.raises(ValidationException) as refused:
        TABLE.streamed(ENABLED, NOW_S).streamed(ENABLED, NOW_S)
    assert refused.value.message == "Table already has an enabled stream: TableName: main"
    with pytest.raises(ValidationException) as refused:
        TABLE.streamed(DISABLED, NOW_S)
    assert refused.value.message == "Table has no stream to disable: TableName: main"


def test_a_description_is_read_back_with_its_streams() -> None:
    table = TABLE.streamed(ENABLED, NOW_S).streamed(DISABLED, NOW_S).streamed(ENABLED, NOW_S)
    assert read_description(table.kept()) == table


@pytest.mark.parametrize(
    ("streamed", "recovery", "keeps", "kept_s"),
    [
        (False, None, False, KEPT_S),
        (True, None, True, KEPT_S),
        (False, Recovery(since_s=0.0), True, 35 * KEPT_S),
        (True, Recovery(since_s=0.0, period_days=1), True, KEPT_S),
    ],
)
def test_a_log_is_kept_for_a_stream_and_for_recovery(
    streamed: bool, recovery: Recovery | None, keeps: bool, kept_s: int
) -> None:
    table = replace(TABLE.streamed(ENABLED, NOW_S) if streamed else TABLE, recovery=recovery)
    assert (table.keeps_log, table.log_kept_s) == (keeps, kept_s)
