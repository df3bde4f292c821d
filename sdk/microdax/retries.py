"""When to send a request again, and after what pause.

A read may always be repeated: it changes nothing. A write is repeated only where the first attempt is known to have
done nothing: no connection could be made, or the server refused it with an error that says so. Where bytes were sent
and no reply came, where the server failed (500) and where something in between answers (a gateway's 502 or 503 without
DynamoDB's error document), the write may have happened, and the caller is told. boto3 repeats writes there.

Pauses grow exponentially with full jitter: anything between none and base x 2^(attempt - 1).
"""

import random
import time
from collections.abc import Callable
from typing import Any

from botocore.exceptions import (
    ChecksumError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)

PAUSE_BASE_S = 0.05
PAUSE_S_MAX = 5.0
ATTEMPTS_MAX_LEGACY = 10  # botocore's default for DynamoDB in its default mode, "legacy"
ATTEMPTS_MAX = 3  # and in the modes "standard" and "adaptive"

_NOTHING_WAS_SENT = (EndpointConnectionError, ConnectTimeoutError)
_OUTCOME_IS_UNKNOWN = (ConnectionClosedError, ReadTimeoutError, ChecksumError)

_NOTHING_WAS_DONE = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "ReplicatedWriteConflictException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "ServiceUnavailable",
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "TransactionInProgressException",
    }
)
_SERVER_FAILED = frozenset({429, 500, 502, 503, 504, 509})


def attempts_max(config: Any) -> int:
    """The attempts, the first included, that a client's resolved configuration allows."""
    retries: dict[str, Any] = config.retries or {}
    default = ATTEMPTS_MAX_LEGACY if retries.get("mode", "legacy") == "legacy" else ATTEMPTS_MAX
    return max(1, int(retries.get("total_max_attempts", default)))


def repeats_after_error(error: Exception, *, is_read: bool) -> bool:
    """Whether a request that brought this error instead of a reply may be sent again."""
    return isinstance(error, _NOTHING_WAS_SENT) or (is_read and isinstance(error, _OUTCOME_IS_UNKNOWN))


def repeats_after_refusal(status: int, code: str, *, is_read: bool) -> bool:
    """Whether a request that was answered with this error may be sent again."""
    return code in _NOTHING_WAS_DONE or (is_read and status in _SERVER_FAILED)


class Pauses:
    """Waits between attempts, as long as attempts and time are left."""

    def __init__(
        self,
        attempts_max: int,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        fraction: Callable[[], float] = random.random,
    ) -> None:
        self._attempts_max = attempts_max
        self._clock = clock
        self._sleep = sleep
        self._fraction = fraction

    def are_used_up(self, attempt: int) -> bool:
        return attempt >= self._attempts_max

    def wait(self, attempt: int, give_up_at: float) -> bool:
        """Pause after `attempt` (1 is the first); False, without pausing, where there may be no other."""
        pause_s = self._fraction() * min(PAUSE_S_MAX, PAUSE_BASE_S * 2 ** (attempt - 1))
        if self.are_used_up(attempt) or self._clock() + pause_s >= give_up_at:
            return False
        self._sleep(pause_s)
        return True
