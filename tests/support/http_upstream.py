"""An HTTP upstream in front of a scripted peer, and scripts that many tests need."""

import asyncio
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

from accelerator.upstream.http import Endpoint, HttpLimits, HttpUpstream
from accelerator.upstream.signing import PLACEHOLDER, Signer
from tests.support.scripted_peer import Conversation, ScriptedPeer

READ: Final = "DynamoDB_20120810.GetItem"
WRITE: Final = "DynamoDB_20120810.PutItem"


@asynccontextmanager
async def upstream_to(
    peer: ScriptedPeer, limits: HttpLimits | None = None, *, tls: ssl.SSLContext | None = None, https: bool = False
) -> AsyncGenerator[HttpUpstream]:
    endpoint = Endpoint("127.0.0.1", peer.port, tls=https)
    signer = Signer(endpoint.authority, "us-east-1", PLACEHOLDER)
    upstream = HttpUpstream(endpoint, signer, settle_s=2.0, limits=limits or HttpLimits(), tls=tls)
    try:
        yield upstream
    finally:
        await upstream.close()


async def never_called(conversation: Conversation) -> None:
    raise AssertionError("a connection that should not have been opened")


class answering:  # noqa: N801  (reads as the script that it is)
    """A script that sends these replies, one for each request, and keeps the requests' bodies."""

    def __init__(self, *replies: bytes) -> None:
        self._replies = replies
        self.bodies: list[bytes] = []

    async def __call__(self, conversation: Conversation) -> None:
        for reply in self._replies:
            self.bodies.append((await conversation.answer(reply)).body)
        await conversation.gone()


async def until_connections(upstream: HttpUpstream, number: int) -> None:
    """Let the event loop run until the upstream has noticed."""
    async with asyncio.timeout(10):
        while upstream.connections != number:  # noqa: ASYNC110  (what is waited for is the upstream's own event)
            await asyncio.sleep(0)
