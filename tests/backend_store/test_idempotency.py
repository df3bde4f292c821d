"""Tokens of transactions: known for ten minutes, and gone some time after."""

from collections.abc import Callable
from typing import TypeVar

import pytest

from backend_store.idempotency import SWEPT_MAX, is_repeated, remember, token_faults
from backend_store.kv import keyspace
from backend_store.kv.engine import Engine, Writer
from backend_store.kv.records import write_record
from microdax.model.errors import IdempotentParameterMismatchException
from microdax.model.transact_requests import RequestToken

T = TypeVar("T")

ONCE = RequestToken("once", b"\x01")
NOW_S = 1000.25


def run(engine: Engine, job: Callable[[Writer], T]) -> T:
    return engine.write_now(job)


def remembered(engine: Engine, token: RequestToken = ONCE, now_s: float = NOW_S) -> None:
    run(engine, lambda writer: remember(writer, token, now_s))


def repeated(engine: Engine, token: RequestToken = ONCE, now_s: float = NOW_S) -> bool:
    with engine.snapshot() as reader:
        return is_repeated(reader, token, now_s)


def entries(engine: Engine) -> int:
    """How many entries there are, and that those of tokens and of expiries go together."""
    with engine.snapshot() as reader:
        assert list(token_faults(reader)) == []
        tokens, expiries = keyspace.tokens_range(), keyspace.token_expiries_range()
        counts = {len(list(reader.scan(span.first, span.end))) for span in (tokens, expiries)}
    assert len(counts) == 1
    return counts.pop()


def test_a_token_is_new_until_it_is_remembered(engine: Engine) -> None:
    assert not repeated(engine)
    remembered(engine)
    assert repeated(engine)
    assert not repeated(engine, RequestToken("another", b"\x01"))


def test_another_request_with_the_token_is_a_mistake(engine: Engine) -> None:
    remembered(engine)
    with pytest.raises(IdempotentParameterMismatchException):
        repeated(engine, RequestToken("once", b"\x02"))


def test_a_token_is_known_for_ten_minutes_and_no_second_longer(engine: Engine) -> None:
    remembered(engine)
    assert repeated(engine, now_s=NOW_S + 600)
    assert not repeated(engine, now_s=NOW_S + 601)
    assert not repeated(engine, RequestToken("once", b"\x02"), NOW_S + 601), "and then it may be another request's"


def test_a_token_that_is_used_again_after_its_time_lives_anew(engine: Engine) -> None:
    remembered(engine)
    remembered(engine, RequestToken("once", b"\x02"), NOW_S + 700)
    assert entries(engine) == 1
    assert repeated(engine, RequestToken("once", b"\x02"), NOW_S + 1200)


def test_what_has_expired_goes_with_the_next_tokens_a_few_at_a_time(engine: Engine) -> None:
    for number in range(10):
        remembered(engine, RequestToken(f"old {number}", b"\x01"))
    later_s = NOW_S + 601
    remembered(engine, RequestToken("new 0", b"\x01"), later_s)
    assert entries(engine) == 10 - SWEPT_MAX + 1
    for number in (1, 2, 3):
        remembered(engine, RequestToken(f"new {number}", b"\x01"), later_s)
    assert entries(engine) == 4
    assert repeated(engine, RequestToken("new 0", b"\x01"), later_s)


def test_what_has_not_expired_stays(engine: Engine) -> None:
    for number in range(10):
        remembered(engine, RequestToken(f"{number}", b"\x01"), NOW_S + number)
    remembered(engine, RequestToken("last", b"\x01"), NOW_S + 602)
    assert entries(engine) == 10 + 1 - 2, "those of the first two seconds are gone"


def test_any_text_is_a_token(engine: Engine) -> None:
    tokens = [RequestToken(text, b"\x01") for text in ("a", "a\x00", "a\x00b", "", "\U0001f600", "\xff")]
    for token in tokens:
        assert not repeated(engine, token)
        remembered(engine, token)
    assert all(repeated(engine, token) for token in tokens)
    assert entries(engine) == len(tokens)


def test_a_token_without_its_expiry_and_an_expiry_without_its_token_are_faults(engine: Engine) -> None:
    remembered(engine)
    run(engine, lambda writer: writer.delete(keyspace.token_expiry_key(1601, "once")))
    run(engine, lambda writer: writer.put(keyspace.token_expiry_key(7, "stray"), write_record(b"")))
    with engine.snapshot() as reader:
        assert list(token_faults(reader)) == [
            "the token stray of a transaction and its expiry at 7 do not go together",
            "the token once of a transaction and its expiry at 1601 do not go together",
        ]
