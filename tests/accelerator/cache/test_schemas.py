import asyncio
from collections.abc import AsyncIterator

import pytest

from accelerator.cache import schemas as schemas_module
from accelerator.cache.schemas import KEPT_S, Schemas
from microdax.model.errors import ServiceUnavailable
from microdax.model.replies import Reply
from tests.support.assembled import TABLE, Assembled, assembled, create_table_request


@pytest.fixture
async def app() -> AsyncIterator[Assembled]:
    app = await assembled()
    yield app
    await app.upstream.close()


@pytest.fixture
def schemas(app: Assembled) -> Schemas:
    return Schemas(app.upstream, app.clock)


async def test_the_names_of_the_key_attributes_are_the_upstreams(schemas: Schemas) -> None:
    assert await schemas.key_names(TABLE) == ("id",)


async def test_a_schema_is_asked_for_once_in_its_time(schemas: Schemas, app: Assembled) -> None:
    for _ in range(3):
        await schemas.key_names(TABLE)
    assert app.upstream.count("DescribeTable") == 1
    app.clock.advance(KEPT_S)
    await schemas.key_names(TABLE)
    assert app.upstream.count("DescribeTable") == 2


async def test_what_was_forgotten_is_asked_for_again(schemas: Schemas, app: Assembled) -> None:
    await schemas.key_names(TABLE)
    schemas.forget(TABLE)
    await schemas.key_names(TABLE)
    schemas.forget_all()
    await schemas.key_names(TABLE)
    assert app.upstream.count("DescribeTable") == 3


async def test_a_schema_asked_for_before_the_table_changed_is_not_kept(schemas: Schemas, app: Assembled) -> None:
    gate = app.upstream.hold_after("DescribeTable")
    asking = asyncio.create_task(schemas.key_names(TABLE))
    await gate.reached()
    schemas.forget(TABLE)
    gate.open()
    await asking
    await schemas.key_names(TABLE)
    assert app.upstream.count("DescribeTable") == 2


async def test_a_missing_table_has_no_key_and_is_not_remembered_as_such(schemas: Schemas, app: Assembled) -> None:
    assert await schemas.key_names("books") is None
    await app.call("CreateTable", create_table_request("books"))
    assert await schemas.key_names("books") == ("id",)


async def test_an_upstream_that_fails_tells_no_key(schemas: Schemas, app: Assembled) -> None:
    app.upstream.fail(ServiceUnavailable(), "DescribeTable")
    assert await schemas.key_names(TABLE) is None


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"Table":{}}', b'{"Table":{"KeySchema":[{}]}}', b'{"Table":1}', b"?"])
async def test_a_reply_that_is_not_dynamodbs_tells_no_key(app: Assembled, body: bytes) -> None:
    assert await Schemas(Saying(body), app.clock).key_names(TABLE) is None


async def test_schemas_past_the_bound_cost_questions_and_no_memory(
    schemas: Schemas, app: Assembled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schemas_module, "TABLES_MAX", 2)
    for name in ("t-1", "t-2"):
        await app.call("CreateTable", create_table_request(name))
    for name in (TABLE, "t-1", "t-2", TABLE):
        assert await schemas.key_names(name) == ("id",)
    assert app.upstream.count("DescribeTable") == 4


class Saying:
    """An upstream that says the same to everything."""

    settle_s = 0.0

    def __init__(self, body: bytes) -> None:
        self._body = body

    async def call(self, target: str, body: bytes) -> Reply:
        return Reply(200, self._body, "request")

    async def ready(self) -> str | None:
        return None

    async def close(self) -> None:
        pass
