"""What a store, an upstream and the pipeline answer: a status, a body, and what is known to have changed."""

import itertools
import os
from dataclasses import dataclass

from microdax.model.errors import DynamoDBError
from microdax.model.values import Key

# 52 characters in all, as long as DynamoDB's own ids: a random prefix for the process and a number.
_process = os.urandom(18).hex().upper()
_numbers = itertools.count(1)


def new_request_id() -> str:
    """An id that no other reply of this process has, nor (but for chance) one of another process."""
    return f"{_process}{next(_numbers):016X}"


@dataclass(frozen=True, slots=True)
class Change:
    """One item before and after a write, each as DynamoDB JSON; None where there was, or is, no item."""

    table: str
    key: Key
    old: bytes | None
    new: bytes | None


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer to one request.

    `changes` are the items that a write changed, all of them; empty where nothing changed; None where the
    answerer cannot know them (an upstream over HTTP).
    """

    status: int
    body: bytes
    request_id: str
    changes: tuple[Change, ...] | None = None

    @property
    def ok(self) -> bool:
        return self.status == 200


def refusal(error: DynamoDBError) -> Reply:
    """The reply that tells a caller of this error. It changed nothing that we know of."""
    return Reply(error.http_status, error.document(), new_request_id(), changes=())
