"""Shard iterators: an opaque text that holds a position, for 15 minutes, and no other text does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend_store.operations.shard_iterators import ShardIterator, read_shard_iterator
from microdax.model.errors import ExpiredIteratorException, ValidationException

ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/main/stream/2023-11-14T22:13:20.123"
ITERATOR = ShardIterator(ARN, shard=3, position=17, issued_ms=1_700_000_000_000)
numbers = st.integers(0, 2**64 - 1)


@given(numbers, numbers, st.integers(0, 2**48))
def test_a_position_is_read_back_from_its_text(shard: int, position: int, issued_ms: int) -> None:
    iterator = ShardIterator(ARN, shard, position, issued_ms)
    assert read_shard_iterator(iterator.text(), issued_ms) == iterator


def test_it_is_good_for_fifteen_minutes() -> None:
    assert read_shard_iterator(ITERATOR.text(), ITERATOR.issued_ms + 900_000) == ITERATOR
    with pytest.raises(ExpiredIteratorException):
        read_shard_iterator(ITERATOR.text(), ITERATOR.issued_ms + 900_001)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        ARN,
        f"{ARN}|1|",
        f"{ARN}|1|AAAA",
        f"{ARN}|1|not base64",
        f"{ARN}|1|é",
        ITERATOR.text()[:-4],
        ITERATOR.text().replace("main", "other"),
        ITERATOR.text().replace("|1|", "|2|"),
    ],
)
def test_no_other_text_is_one(text: str) -> None:
    with pytest.raises(ValidationException) as refused:
        read_shard_iterator(text, ITERATOR.issued_ms)
    assert refused.value.message == "Invalid ShardIterator"


@given(st.integers(0, 40), st.integers(0, 63))
def test_a_changed_character_is_noticed(at: int, number: int) -> None:
    text = ITERATOR.text()
    start = text.index("|1|") + 3
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    changed = text[: start + at] + alphabet[number] + text[start + at + 1 :]
    if changed != text:
        with pytest.raises(ValidationException):
            read_shard_iterator(changed, ITERATOR.issued_ms)
