"""Upstreams whose default reads lag behind their writes (C11): lately written keys are filled by strong reads."""

import orjson
import pytest

from microdax.model.errors import UnknownOutcome
from tests.support.assembled import KEY, TABLE, Assembled, Refusal, assembled


async def lagging() -> Assembled:
    app = await assembled(settle_s=2.0, hears_changes=False)
    app.clock.advance(10.0)  # creating the table was a write, too
    return app


def read_strongly(app: Assembled) -> list[bool]:
    """For each read that the upstream was asked for: whether it was a strong one."""
    reads = [orjson.loads(call.body) for call in app.upstream.calls if "GetItem" in call.operation]
    return [
        read.get("ConsistentRead", read.get("RequestItems", {}).get(TABLE, {}).get("ConsistentRead", False))
        for read in reads
    ]


async def test_a_key_written_just_now_is_filled_by_a_strong_read() -> None:
    app = await lagging()
    await app.put(1)
    assert await app.get_version() == 1
    assert read_strongly(app) == [True]


async def test_a_batch_with_a_key_written_just_now_is_a_strong_read() -> None:
    app = await lagging()
    await app.put(1)
    await app.call("BatchGetItem", {"RequestItems": {TABLE: {"Keys": [KEY]}}})
    assert read_strongly(app) == [True]


async def test_a_key_nobody_wrote_lately_is_filled_by_a_default_read() -> None:
    app = await lagging()
    await app.put(1, "another")
    await app.get_version()
    assert read_strongly(app) == [False]


async def test_after_the_settling_time_a_default_read_will_do() -> None:
    app = await lagging()
    await app.put(1)
    app.clock.advance(2.0)
    await app.get_version()
    assert read_strongly(app) == [False]


async def test_a_write_of_unknown_outcome_is_followed_by_strong_reads() -> None:
    app = await lagging()
    app.upstream.fail(UnknownOutcome(), "PutItem", happens=True)
    with pytest.raises(Refusal):
        await app.put(1)
    await app.get_version()
    assert read_strongly(app) == [True]


async def test_a_table_created_just_now_is_read_strongly() -> None:
    app = await lagging()
    await app.call("UpdateTable", {"TableName": TABLE, "DeletionProtectionEnabled": True})
    await app.get_version()
    assert read_strongly(app) == [True]
