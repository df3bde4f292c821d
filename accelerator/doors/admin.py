"""The admin side of the HTTP port: health, metrics and the API's documentation, as a FastAPI app.

Beside them, one route for DynamoDB calls. Connections that have asked for something of the admin side stay with it
(see `http`), and clients that pool connections may send a call on one of those next.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Final, Literal
from zlib import crc32

from fastapi import FastAPI, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from pydantic import BaseModel

from accelerator.doors.http import Pipe
from accelerator.reads import Answer
from microdax._version import __version__
from microdax.model import limits
from microdax.model.errors import UnknownOperationException
from microdax.model.replies import Reply, refusal

Readiness = Callable[[], Awaitable[str | None]]

BODY_BYTES_MAX: Final = limits.REQUEST_BYTES_MAX + limits.REQUEST_SLACK_BYTES


class Live(BaseModel):
    """That the process runs."""

    live: Literal[True] = True


class Health(Live):
    """Whether calls can be answered now; if not, why."""

    ready: bool
    reason: str | None = None


def admin_app(pipe: Pipe, registry: CollectorRegistry, why_not_ready: Readiness) -> FastAPI:
    """The app; `why_not_ready` says in words why calls cannot be answered now, None if they can."""
    app = FastAPI(title="microdax", version=__version__, redoc_url=None)
    _add_health(app, why_not_ready)
    _add_metrics(app, registry)
    _add_calls(app, pipe)
    return app


def _add_health(app: FastAPI, why_not_ready: Readiness) -> None:
    async def health(response: Response) -> Health:
        """Whether this node is live and ready; 503 if it is not ready."""
        reason = await why_not_ready()
        response.status_code = 200 if reason is None else 503
        return Health(ready=reason is None, reason=reason)

    async def live() -> Live:
        """Answers while the process runs."""
        return Live()

    not_ready: dict[int | str, dict[str, Any]] = {503: {"model": Health, "description": "Not ready; see `reason`"}}
    app.get("/health", responses=not_ready)(health)
    app.get("/health/ready", responses=not_ready)(health)
    app.get("/health/live")(live)


def _add_metrics(app: FastAPI, registry: CollectorRegistry) -> None:
    async def metrics() -> Response:
        """What has been counted, in Prometheus' text format."""
        return Response(generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app.get("/metrics", response_class=Response)(metrics)


def _add_calls(app: FastAPI, pipe: Pipe) -> None:
    async def call(request: Request) -> Response:
        body = await _body(request)
        if body is None:
            return Response(status_code=413, headers={"Connection": "close"})
        return _response(await _reply(pipe, request.headers.get("x-amz-target"), body))

    app.post("/", include_in_schema=False)(call)


async def _body(request: Request) -> bytes | None:
    """The body, or None if it is larger than a request may be."""
    if int(request.headers.get("content-length", "0")) > BODY_BYTES_MAX:
        return None
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > BODY_BYTES_MAX:
            return None
    return bytes(body)


async def _reply(pipe: Pipe, target: str | None, body: bytes) -> Reply:
    if target is None:
        return refusal(UnknownOperationException())
    answered = pipe(target, body)
    return (answered if isinstance(answered, Answer) else await answered).reply


def _response(reply: Reply) -> Response:
    headers = {
        "Content-Type": "application/x-amz-json-1.0",
        "x-amzn-RequestId": reply.request_id,
        "x-amz-crc32": str(crc32(reply.body)),
    }
    return Response(reply.body, reply.status, headers)
