"""The admin app by itself, over ASGI."""

import zlib
from collections.abc import AsyncIterator, Awaitable

import httpx
import pytest
from prometheus_client import CollectorRegistry, Counter

from accelerator.doors import admin
from accelerator.doors.admin import admin_app
from accelerator.reads import Answer
from microdax.model.replies import Reply
from tests.support.http_client import GET_ITEM


def at_once(target: str, body: bytes) -> Answer:
    return Answer(Reply(200, body, target))


async def awaited(target: str, body: bytes) -> Answer:
    return Answer(Reply(400, body, target))


def pipe(target: str, body: bytes) -> Answer | Awaitable[Answer]:
    return awaited(target, body) if body == b"await" else at_once(target, body)


class Upstream:
    """Ready, or not for this reason."""

    def __init__(self) -> None:
        self.reason: str | None = None

    async def ready(self) -> str | None:
        return self.reason


@pytest.fixture
def upstream() -> Upstream:
    return Upstream()


@pytest.fixture
async def client(upstream: Upstream) -> AsyncIterator[httpx.AsyncClient]:
    registry = CollectorRegistry()
    Counter("films_seen", "Films seen.", registry=registry).inc(3)
    transport = httpx.ASGITransport(admin_app(pipe, registry, upstream.ready))
    async with httpx.AsyncClient(transport=transport, base_url="http://microdax") as client:
        yield client


@pytest.mark.parametrize("path", ["/health", "/health/ready"])
async def test_ready_is_200_and_not_ready_503_with_the_reason(
    client: httpx.AsyncClient, upstream: Upstream, path: str
) -> None:
    reply = await client.get(path)
    assert (reply.status_code, reply.json()) == (200, {"live": True, "ready": True, "reason": None})
    upstream.reason = "the upstream refuses connections"
    reply = await client.get(path)
    assert (reply.status_code, reply.json()) == (503, {"live": True, "ready": False, "reason": upstream.reason})


async def test_live_does_not_depend_on_the_upstream(client: httpx.AsyncClient, upstream: Upstream) -> None:
    upstream.reason = "down"
    reply = await client.get("/health/live")
    assert (reply.status_code, reply.json()) == (200, {"live": True})


async def test_metrics_are_the_registry_s_as_prometheus_reads_them(client: httpx.AsyncClient) -> None:
    reply = await client.get("/metrics")
    assert reply.headers["content-type"].startswith("text/plain; version=")
    assert "films_seen_total 3.0\n" in reply.text


async def test_the_documentation_lists_what_the_admin_side_has(client: httpx.AsyncClient) -> None:
    assert (await client.get("/docs")).status_code == 200
    document = (await client.get("/openapi.json")).json()
    assert set(document["paths"]) == {"/health", "/health/live", "/health/ready", "/metrics"}


@pytest.mark.parametrize(("body", "status"), [(b'{"a":1}', 200), (b"await", 400)])
async def test_a_call_is_answered_by_the_pipeline(client: httpx.AsyncClient, body: bytes, status: int) -> None:
    reply = await client.post("/", content=body, headers={"X-Amz-Target": GET_ITEM})
    assert (reply.status_code, reply.content) == (status, body)
    assert reply.headers["content-type"] == "application/x-amz-json-1.0"
    assert reply.headers["x-amzn-requestid"] == GET_ITEM
    assert reply.headers["x-amz-crc32"] == str(zlib.crc32(body))


async def test_a_call_without_a_target_names_an_unknown_operation(client: httpx.AsyncClient) -> None:
    reply = await client.post("/", content=b"{}")
    assert (reply.status_code, reply.json()["__type"]) == (400, "com.amazon.coral.service#UnknownOperationException")


async def test_a_body_that_is_too_large_is_refused_announced_or_not(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admin, "BODY_BYTES_MAX", 10)

    async def unannounced() -> AsyncIterator[bytes]:
        yield b"x" * 6
        yield b"x" * 6

    headers = {"X-Amz-Target": GET_ITEM}
    assert (await client.post("/", content=b"x" * 10, headers=headers)).status_code == 200
    assert (await client.post("/", content=b"x" * 11, headers=headers)).status_code == 413
    assert (await client.post("/", content=unannounced(), headers=headers)).status_code == 413


async def test_what_there_is_not_is_not_found(client: httpx.AsyncClient) -> None:
    assert (await client.get("/none")).status_code == 404
