"""What stands behind the accelerator, and how it may fail."""

from typing import Final, Protocol

from microdax.model.errors import DynamoDBError
from microdax.model.replies import Reply, refusal

# Operations that change nothing, so that a request can be repeated whatever became of it.
READ_OPERATIONS: Final = frozenset(
    {
        "GetItem",
        "BatchGetItem",
        "TransactGetItems",
        "Query",
        "Scan",
        "DescribeTable",
        "ListTables",
        "ListStreams",
        "DescribeStream",
        "GetShardIterator",
        "GetRecords",
    }
)

# A request that any upstream can answer at little cost, to see whether it answers.
PROBE: Final = ("DynamoDB_20120810.ListTables", b'{"Limit":1}')


class Upstream(Protocol):
    """Answers requests of the DynamoDB API: the bundled store, or a service over HTTP."""

    @property
    def settle_s(self) -> float:
        """How long after a write its default reads may still answer with the state before; 0 if never."""
        ...

    async def call(self, target: str, body: bytes) -> Reply:
        """Return the upstream's answer, whether it is a success or a refusal.

        `target` is the X-Amz-Target header, `body` the DynamoDB JSON. Raises UnknownOutcome when the request may
        have reached the upstream and no answer came, ServiceUnavailable when it certainly did nothing.
        """
        ...

    async def ready(self) -> str | None:
        """Why it cannot answer now, in words; None if it can."""
        ...

    async def close(self) -> None:
        """Let go of connections and files. Calls still in progress end as they can."""
        ...


def operation_name(target: str) -> str:
    """`GetItem` of `DynamoDB_20120810.GetItem`."""
    return target.rpartition(".")[2]


def is_read(target: str) -> bool:
    """Whether the operation is known to change nothing."""
    return operation_name(target) in READ_OPERATIONS


def outcome_unknown(reply: Reply) -> bool:
    """Whether a write that was answered so may nevertheless have happened, or happen yet.

    A 4xx refuses the request and a 503 (unavailable, throttled) has not begun it. What else is not a 200 claims
    neither: the API reference says so of InternalServerError, and a 502 or 504 comes from something in between.
    """
    return reply.status != 200 and reply.status != 503 and not 400 <= reply.status < 500


async def answer_of(upstream: Upstream, target: str, body: bytes) -> Reply:
    """The upstream's answer, or in its place the error document that says why there is none."""
    try:
        return await upstream.call(target, body)
    except DynamoDBError as error:
        return refusal(error)
