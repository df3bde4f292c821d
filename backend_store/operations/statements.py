"""What a request that carries PartiQL comes to: a read, or a write.

Which of the two it is stands in its text. So each of the three operations parses its statements and hands one of these
to the store, which runs reads on a snapshot and writes as jobs of the one writer.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from backend_store.kv.engine import Reader
from backend_store.operations.written import Job
from backend_store.partiql.nodes import Statement
from backend_store.partiql.parser import parse_statement
from microdax.model.partiql_requests import StatementText


@dataclass(frozen=True, slots=True)
class Reading:
    """What reads the reply's body from a snapshot."""

    work: Callable[[Reader], bytes]


@dataclass(frozen=True, slots=True)
class Writing:
    """What builds the job; again, should a table change before the job runs."""

    build: Callable[[], Job]


Execution: TypeAlias = Reading | Writing


def parsed(statement: StatementText) -> Statement:
    return parse_statement(statement.text, statement.parameters)
