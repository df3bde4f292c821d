"""The store as a service: DynamoDB over HTTP, straight from the wire to the store and back."""

from microdax.serving.http_connection import Answerer, ConnectionLimits, HttpConnection
from microdax.serving.http_server import Listener, listen


async def serve(answer: Answerer, host: str, port: int) -> Listener:
    """Answer DynamoDB calls on `host` and `port`, 0 for any free one. Raises CannotListen.

    The listener's `port` says which; its `close(grace_s)` ends the service.
    """
    limits = ConnectionLimits()
    return await listen(lambda server: HttpConnection(answer, server, limits), host, port)
