"""What is known of an operation by its name and of a write by its reply."""

import pytest

from accelerator.upstream.base import is_read, operation_name, outcome_unknown
from microdax.model.errors import InternalServerError, ServiceUnavailable, UnknownOutcome, ValidationException
from microdax.model.replies import Reply, refusal


def reply(status: int) -> Reply:
    return Reply(status, b"{}", "ID")


def test_an_operation_is_named_by_what_follows_the_last_dot() -> None:
    assert operation_name("DynamoDB_20120810.GetItem") == "GetItem"
    assert operation_name("GetItem") == "GetItem"
    assert operation_name("") == ""


@pytest.mark.parametrize("operation", ["GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems", "ListTables"])
def test_reads_are_known_as_such(operation: str) -> None:
    assert is_read(f"DynamoDB_20120810.{operation}")


@pytest.mark.parametrize("operation", ["PutItem", "UpdateItem", "TransactWriteItems", "Tomorrow", ""])
def test_what_is_not_known_to_be_a_read_may_be_a_write(operation: str) -> None:
    assert not is_read(f"DynamoDB_20120810.{operation}")


@pytest.mark.parametrize("status", [200, 400, 403, 413, 429, 499, 503])
def test_an_acknowledgement_and_a_refusal_are_known_outcomes(status: int) -> None:
    assert not outcome_unknown(reply(status))


@pytest.mark.parametrize("status", [204, 302, 500, 502, 504, 599])
def test_any_other_status_says_nothing_of_what_happened(status: int) -> None:
    assert outcome_unknown(reply(status))


def test_our_own_errors_read_as_they_are_meant() -> None:
    assert outcome_unknown(refusal(UnknownOutcome()))
    assert outcome_unknown(refusal(InternalServerError()))
    assert not outcome_unknown(refusal(ServiceUnavailable()))
    assert not outcome_unknown(refusal(ValidationException("no")))
