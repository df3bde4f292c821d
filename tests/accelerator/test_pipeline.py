"""Which path a request takes, seen from what reaches the upstream and what the cache holds afterwards."""

from collections.abc import AsyncIterator

import orjson
import pytest

from accelerator.reads import Answer
from microdax.model.errors import ServiceUnavailable
from microdax.model.replies import Reply
from tests.support.assembled import KEY, TABLE, Assembled, Json, Refusal, assembled, create_table_request


@pytest.fixture
async def app() -> AsyncIterator[Assembled]:
    app = await assembled()
    yield app
    await app.upstream.close()


class Obliging:
    """An upstream that answers whatever it is asked: one that knows operations which our store does not."""

    settle_s = 0.0

    async def call(self, target: str, body: bytes) -> Reply:
        return Reply(200, b"{}", "request")

    async def ready(self) -> str | None:
        return None

    async def close(self) -> None:
        pass


async def answered(app: Assembled, target: str, body: bytes) -> Answer:
    answer = app.parts.pipeline.answer(target, body)
    return answer if isinstance(answer, Answer) else await answer


async def is_cached(app: Assembled, id: str = "a") -> bool:
    before = app.reads_upstream()
    await app.get(id)
    return app.reads_upstream() == before


async def call_obliged(app: Assembled, operation: str, request: Json) -> None:
    """Call with an upstream that answers anything, then put the store back."""
    store, app.upstream.inner = app.upstream.inner, Obliging()
    await app.call(operation, request)
    app.upstream.inner = store


async def test_a_request_is_passed_on_as_it_came(app: Assembled) -> None:
    body = b'{ "TableName" : "films" }'
    await answered(app, "DynamoDB_20120810.DescribeTable", body)
    assert app.upstream.calls[-1].body == body


async def test_a_refusal_is_passed_back_as_it_came(app: Assembled) -> None:
    request = {"TableName": "no-such-table", "Key": KEY}
    direct = await app.upstream.inner.call("DynamoDB_20120810.GetItem", orjson.dumps(request))
    through = (await app.answer("GetItem", request)).reply
    assert (through.status, through.body) == (direct.status, direct.body)


async def test_an_unreachable_upstream_is_an_error_document_and_no_exception(app: Assembled) -> None:
    for operation in ("GetItem", "Query", "PutItem", "DescribeTable", "FutureOperation"):
        app.upstream.fail(ServiceUnavailable("nobody there"), operation)
        with pytest.raises(Refusal) as refusal:
            await app.call(operation, {"TableName": TABLE, "Key": KEY, "Item": KEY})
        assert refusal.value == Refusal(503, "ServiceUnavailable")


@pytest.mark.parametrize(
    "operation",
    [
        "TransactGetItems",
        "Query",
        "Scan",
        "ListTables",
        "DescribeTable",
        "ListTagsOfResource",
        "GetResourcePolicy",
        "UpdateTimeToLive",
        "ListStreams",
        "DescribeStream",
        "GetShardIterator",
        "GetRecords",
    ],
)
async def test_operations_that_only_look_leave_the_cache_alone(app: Assembled, operation: str) -> None:
    await app.put(1)
    await call_obliged(app, operation, {"TableName": TABLE})
    assert await is_cached(app)


@pytest.mark.parametrize("operation", ["UpdateTable", "FutureWriteOfATable"])
async def test_what_may_change_a_table_forgets_that_table_only(app: Assembled, operation: str) -> None:
    await app.call("CreateTable", create_table_request("books"))
    await app.put(1)
    await app.call("PutItem", {"TableName": "books", "Item": KEY})
    await call_obliged(app, operation, {"TableName": "books"})
    assert await is_cached(app)
    before = app.reads_upstream()
    await app.call("GetItem", {"TableName": "books", "Key": KEY})
    assert app.reads_upstream() == before + 1


@pytest.mark.parametrize("operation", ["RestoreTableFromBackup", "RestoreTableToPointInTime"])
async def test_a_restored_table_is_forgotten_under_the_name_it_is_restored_to(app: Assembled, operation: str) -> None:
    await app.put(1)
    await call_obliged(app, operation, {"TargetTableName": TABLE, "SourceTableName": "another"})
    assert not await is_cached(app)


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("FutureWrite", {"Whatever": 1}),
        ("ExecuteStatement", {"Statement": "DELETE FROM films WHERE id = 'a'"}),
        ("BatchExecuteStatement", {"Statements": [{"Statement": "UPDATE films SET v = 2 WHERE id = 'a'"}]}),
        ("ExecuteTransaction", {"TransactStatements": [{"Statement": "INSERT INTO films VALUE {'id': 'b'}"}]}),
    ],
)
async def test_what_may_change_anything_forgets_everything(app: Assembled, operation: str, request_: Json) -> None:
    await app.put(1)
    await call_obliged(app, operation, request_)
    assert not await is_cached(app)


async def test_a_partiql_select_forgets_nothing(app: Assembled) -> None:
    await app.put(1)
    await call_obliged(app, "ExecuteStatement", {"Statement": "SELECT * FROM films"})
    assert await is_cached(app)


async def test_a_refused_operation_forgets_nothing_known_or_unknown(app: Assembled) -> None:
    await app.put(1)
    for operation in ("FutureOperation", "UpdateTable"):
        with pytest.raises(Refusal):
            await app.call(operation, {"TableName": TABLE, "BillingMode": "NO_SUCH_MODE"})
    assert await is_cached(app)


async def test_a_target_of_another_api_version_is_not_taken_for_ours(app: Assembled) -> None:
    await app.put(1)
    calls = len(app.upstream.calls)
    answer = await answered(app, "DynamoDB_20111205.GetItem", orjson.dumps({"TableName": TABLE, "Key": KEY}))
    assert len(app.upstream.calls) == calls + 1, "it was passed on, not answered from the cache"
    assert answer.reply.status == 400
