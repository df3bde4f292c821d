"""One call over the sockets: attempts and the pauses between them, until there is a result, an error or no time left.

The path is closed, and calls go botocore's way, where the server wants signatures or a proxy stands between.
"""

import logging
import math
import ssl
import threading
import time
from typing import Any

from botocore.exceptions import BotoCoreError
from botocore.httpsession import where
from botocore.utils import get_environ_proxies

from microdax.calls import Calls, Operation, Result, error_code
from microdax.endpoints import Endpoint
from microdax.reply_reader import HttpReply
from microdax.retries import Pauses, attempts_max, repeats_after_error, repeats_after_refusal
from microdax.sockets import Clock, Pool, SocketLimits, TcpConnector

_log = logging.getLogger("microdax")


class ThinPath:
    """Carries a client's data operations; any number of threads may ask at once."""

    def __init__(
        self, calls: Calls, pool: Pool, pauses: Pauses, limits: SocketLimits, clock: Clock = time.monotonic
    ) -> None:
        self._calls = calls
        self._pool = pool
        self._pauses = pauses
        self._limits = limits
        self._clock = clock
        self._closing = threading.Lock()
        self.is_open = True

    def ask(self, operation: Operation, request: bytes) -> tuple[HttpReply, Result]:
        """Send the request, again where that is safe; raises botocore's errors where no reply comes."""
        give_up_at = self._clock() + self._limits.call_s
        attempt = 1
        while True:
            try:
                reply = self._pool.exchange(request, give_up_at)
                result = self._calls.result(operation, reply)
            except BotoCoreError as error:
                is_repeated = repeats_after_error(error, is_read=operation.is_read)
                if not is_repeated or not self._pauses.wait(attempt, give_up_at):
                    raise
            else:
                if reply.status == 200 or not self._is_repeated(operation, reply, result, attempt, give_up_at):
                    result["ResponseMetadata"]["RetryAttempts"] = attempt - 1
                    return reply, result
            attempt += 1

    def shut(self, reason: str) -> None:
        """Send no more calls this way, and say so once."""
        with self._closing:
            if self.is_open:
                self.is_open = False
                _log.warning("DynamoDB calls to %s go through botocore, many times slower: %s", self._pool.url, reason)
        self._pool.close()

    def close(self) -> None:
        self._pool.close()

    def _is_repeated(
        self, operation: Operation, reply: HttpReply, result: Result, attempt: int, give_up_at: float
    ) -> bool:
        if not repeats_after_refusal(reply.status, error_code(result), is_read=operation.is_read):
            return False
        if self._pauses.are_used_up(attempt):
            result["ResponseMetadata"]["MaxAttemptsReached"] = True
            return False
        return self._pauses.wait(attempt, give_up_at)


def thin_path(endpoint: Endpoint, config: Any, calls: Calls, verify: bool | str) -> ThinPath:
    """The path to `endpoint`, with the limits of botocore's resolved `config`; shut where it cannot be taken.

    (botocore sets the attributes of its Config by name, so type checkers do not know them.)
    """
    limits = SocketLimits(
        connect_s=_seconds(config.connect_timeout),
        read_s=_seconds(config.read_timeout),
        idle_max=config.max_pool_connections,
    )
    tls = _tls_context(verify, config.client_cert) if endpoint.is_tls else None
    connect = TcpConnector(endpoint, tls, keepalive=bool(config.tcp_keepalive))
    path = ThinPath(calls, Pool(endpoint, limits, connect), Pauses(attempts_max(config)), limits)
    if endpoint.is_amazon:
        path.shut("the service takes signed requests only")
    elif _is_proxied(endpoint, config):
        path.shut("a proxy is configured for this endpoint")
    return path


def _seconds(timeout: float | None) -> float:
    return math.inf if timeout is None else float(timeout)


def _is_proxied(endpoint: Endpoint, config: Any) -> bool:
    proxies: dict[str, Any] = get_environ_proxies(endpoint.url) if config.proxies is None else config.proxies
    return bool(proxies.get(endpoint.scheme))


def _tls_context(verify: bool | str, certificate: str | tuple[str, str] | None) -> ssl.SSLContext:
    """Trusts what botocore trusts: `verify` is False, True for its bundle of authorities, or the path of another."""
    context = ssl.create_default_context(cafile=where() if verify is True else verify or None)
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if certificate is not None:
        context.load_cert_chain(*((certificate,) if isinstance(certificate, str) else certificate))
    return context
