"""What may be sent again, how often, and after what pause."""

from types import SimpleNamespace

import pytest
from botocore.exceptions import (
    ChecksumError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
    SSLError,
)

from microdax.retries import PAUSE_S_MAX, Pauses, attempts_max, repeats_after_error, repeats_after_refusal

URL = "http://x"


@pytest.mark.parametrize(
    ("error", "read_repeats", "write_repeats"),
    [
        (EndpointConnectionError(endpoint_url=URL), True, True),
        (ConnectTimeoutError(endpoint_url=URL), True, True),
        (ConnectionClosedError(endpoint_url=URL), True, False),
        (ReadTimeoutError(endpoint_url=URL), True, False),
        (ChecksumError(checksum_type="crc32", expected_checksum="1", actual_checksum="2"), True, False),
        (SSLError(endpoint_url=URL, error=OSError("certificate")), False, False),
        (ValueError(), False, False),
    ],
)
def test_a_write_is_repeated_only_if_nothing_was_sent(
    error: Exception, read_repeats: bool, write_repeats: bool
) -> None:
    assert repeats_after_error(error, is_read=True) is read_repeats
    assert repeats_after_error(error, is_read=False) is write_repeats


@pytest.mark.parametrize(
    ("status", "code", "read_repeats", "write_repeats"),
    [
        (503, "ServiceUnavailable", True, True),
        (400, "ThrottlingException", True, True),
        (400, "ProvisionedThroughputExceededException", True, True),
        (500, "InternalServerError", True, False),
        (503, "503", True, False),  # a gateway's, without DynamoDB's document
        (502, "502", True, False),
        (504, "504", True, False),
        (400, "ConditionalCheckFailedException", False, False),
        (400, "ValidationException", False, False),
        (404, "404", False, False),
    ],
)
def test_a_write_is_repeated_only_if_the_server_says_that_nothing_was_done(
    status: int, code: str, read_repeats: bool, write_repeats: bool
) -> None:
    assert repeats_after_refusal(status, code, is_read=True) is read_repeats
    assert repeats_after_refusal(status, code, is_read=False) is write_repeats


@pytest.mark.parametrize(
    ("retries", "attempts"),
    [
        ({"mode": "legacy"}, 10),
        ({}, 10),
        (None, 10),
        ({"mode": "standard"}, 3),
        ({"mode": "standard", "total_max_attempts": 7}, 7),
        ({"mode": "legacy", "total_max_attempts": 1}, 1),
        ({"mode": "legacy", "total_max_attempts": 0}, 1),
    ],
)
def test_there_are_as_many_attempts_as_boto3_makes(retries: dict[str, object] | None, attempts: int) -> None:
    assert attempts_max(SimpleNamespace(retries=retries)) == attempts


class Time:
    """A clock that only sleeping moves, and a fraction to choose."""

    def __init__(self, fraction: float) -> None:
        self.now = 0.0
        self.slept: list[float] = []
        self.fraction = fraction

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def pauses(self, attempts: int) -> Pauses:
        return Pauses(attempts, clock=lambda: self.now, sleep=self.sleep, fraction=lambda: self.fraction)


def test_pauses_double_up_to_a_limit() -> None:
    time = Time(1.0)
    pauses = time.pauses(12)
    assert all(pauses.wait(attempt, 1000.0) for attempt in range(1, 10))
    assert time.slept == pytest.approx([0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, PAUSE_S_MAX, PAUSE_S_MAX])


def test_jitter_is_full() -> None:
    """From no pause at all, so that callers who failed together do not come back together."""
    for fraction in (0.0, 0.5):
        time = Time(fraction)
        assert time.pauses(3).wait(1, 1000.0)
        assert time.slept == [fraction * 0.05]


def test_no_pause_is_begun_that_would_pass_the_deadline() -> None:
    time = Time(1.0)
    assert not time.pauses(10).wait(3, 0.2)
    assert time.pauses(10).wait(3, 0.21)
    assert time.slept == pytest.approx([0.2])


def test_attempts_are_counted_from_one() -> None:
    time = Time(1.0)
    pauses = time.pauses(3)
    assert [pauses.wait(attempt, 1000.0) for attempt in (1, 2, 3)] == [True, True, False]
    assert [pauses.are_used_up(attempt) for attempt in (1, 2, 3)] == [False, False, True]
    assert len(time.slept) == 2
