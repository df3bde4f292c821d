"""PartiQL writes against fills and other writes: which items they change is known only when they are answered."""

from collections.abc import AsyncIterator

import pytest

from microdax.model.errors import UnknownOutcome
from tests.support.assembled import KEY, Assembled, Json, Refusal, assembled, put_request, version_in

UPDATE: Json = {"Statement": "UPDATE films SET v = 9 WHERE id = 'a'"}


@pytest.fixture
async def app() -> AsyncIterator[Assembled]:
    app = await assembled()
    yield app
    await app.upstream.close()


async def is_cached(app: Assembled, id: str) -> bool:
    before = app.reads_upstream()
    await app.get(id)
    return app.reads_upstream() == before


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("ExecuteStatement", UPDATE),
        ("BatchExecuteStatement", {"Statements": [UPDATE, {"Statement": "UPDATE films SET v = 1 WHERE id = 'none'"}]}),
        ("ExecuteTransaction", {"TransactStatements": [UPDATE]}),
    ],
)
async def test_only_the_items_that_statements_changed_are_forgotten(
    app: Assembled, operation: str, request_: Json
) -> None:
    await app.put(1, "a")
    await app.put(1, "b")
    await app.call(operation, request_)
    assert await is_cached(app, "b")
    assert not await is_cached(app, "a")
    assert await app.get_version("a") == 9


async def test_a_statement_that_changes_nothing_forgets_nothing(app: Assembled) -> None:
    await app.put(9)
    await app.call("ExecuteStatement", UPDATE)
    await app.call("ExecuteStatement", {"Statement": "DELETE FROM films WHERE id = 'none'"})
    assert await is_cached(app, "a")


async def test_a_refused_statement_forgets_nothing(app: Assembled) -> None:
    await app.put(1)
    with pytest.raises(Refusal):
        await app.call("ExecuteStatement", {"Statement": "UPDATE films SET v = 9 WHERE id = 'a' AND v = 2"})
    assert await is_cached(app, "a")


async def test_an_upstream_that_tells_no_images_makes_a_statement_forget_everything() -> None:
    app = await assembled(hears_changes=False)
    await app.put(1, "b")
    await app.get("b")
    await app.put(1, "a")
    await app.get("a")
    await app.call("ExecuteStatement", UPDATE)
    assert not await is_cached(app, "b")
    assert await app.get_version("a") == 9
    await app.upstream.close()


async def test_a_repeated_transaction_forgets_everything_for_nobody_knows_what_it_has_changed(app: Assembled) -> None:
    once: Json = {"TransactStatements": [UPDATE], "ClientRequestToken": "once"}
    await app.put(1)
    await app.call("ExecuteTransaction", once)
    await app.put(2)
    await app.call("ExecuteTransaction", once)
    assert not await is_cached(app, "a")
    assert await app.get_version() == 2


async def test_a_statement_of_unknown_outcome_leaves_nothing_cached_and_lets_nothing_in(app: Assembled) -> None:
    await app.put(1)
    app.upstream.fail(UnknownOutcome("no answer"), "ExecuteStatement", happens=True)
    with pytest.raises(Refusal):
        await app.call("ExecuteStatement", UPDATE)
    assert await app.get_version() == 9
    assert not await is_cached(app, "a")


async def test_a_fill_begun_before_a_statement_is_not_kept(app: Assembled) -> None:
    await app.put_past_us(1)
    gate = app.upstream.hold_after("GetItem")
    early = app.start_get()
    await gate.reached()  # it has read version 1
    await app.call("ExecuteStatement", UPDATE)
    gate.open()
    assert version_in(await early) == 1, "it began before the write, so it may be answered so"
    assert await app.get_version() == 9


async def test_a_put_that_was_done_before_a_statement_and_is_answered_after_it_is_not_kept(app: Assembled) -> None:
    """The put brings the image of version 2; the statement has written version 9 upon it."""
    await app.put(1)
    gate = app.upstream.hold_after("PutItem")
    put = app.start_put(2)
    await gate.reached()
    await app.call("ExecuteStatement", UPDATE)
    gate.open()
    await put
    assert await app.get_version() == 9


async def test_a_put_that_is_answered_while_a_statement_is_in_the_air_is_forgotten_with_it(app: Assembled) -> None:
    await app.put(1)
    gate = app.upstream.hold_after("ExecuteStatement")
    statement = app.start("ExecuteStatement", UPDATE)
    await gate.reached()  # version 9 is written
    await app.put(10)
    assert await app.get_version() == 10
    gate.open()
    await statement
    assert not await is_cached(app, "a"), "which of the two came last is not known here"
    assert await app.get_version() == 10


async def test_puts_are_kept_again_when_all_that_met_a_statement_have_been_answered(app: Assembled) -> None:
    await app.put(1)
    gate = app.upstream.hold_before("PutItem")
    put = app.start_put(2)
    await gate.reached()
    await app.call("ExecuteStatement", UPDATE)
    gate.open()
    await put
    await app.put(3)
    assert await is_cached(app, "a")


async def test_what_a_statement_changed_is_read_strongly_for_a_while_where_reads_lag() -> None:
    app = await assembled(settle_s=2.0)
    await app.put(1, "b")
    await app.put(1)
    app.clock.advance(3.0)
    await app.call("ExecuteStatement", UPDATE)
    assert await app.get_version() == 9
    assert b"ConsistentRead" in app.upstream.calls[-1].body
    await app.upstream.close()


async def test_a_deleted_item_is_gone_at_once(app: Assembled) -> None:
    await app.put(1)
    await app.call("ExecuteStatement", {"Statement": "DELETE FROM films WHERE id = 'a'"})
    assert await app.get() is None
    await app.call("PutItem", put_request(2))
    assert (await app.call("GetItem", {"TableName": "films", "Key": KEY}))["Item"]["v"] == {"N": "2"}
