"""Attempts: what is sent how often, and what the caller is told."""

import logging
import ssl
import threading
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ChecksumError, ConnectionClosedError, EndpointConnectionError, ReadTimeoutError

from microdax.calls import Calls, Operation, Result
from microdax.endpoints import parse_endpoint
from microdax.reply_reader import HttpReply
from microdax.retries import Pauses
from microdax.sockets import Pool, SocketLimits, TcpConnector
from microdax.thin_path import ThinPath, thin_path
from tests.support.botocore_model import botocores_body, dynamodb

URL = "http://127.0.0.1:1"
ENDPOINT = parse_endpoint(URL)
CALLS = Calls(dynamodb(), botocores_body, ENDPOINT)

CLOSED = ConnectionClosedError(endpoint_url=URL)
REFUSED = EndpointConnectionError(endpoint_url=URL)
LATE = ReadTimeoutError(endpoint_url=URL)
FOUND = HttpReply(200, {}, b'{"Item":{}}', True)
TORN = HttpReply(200, {"x-amz-crc32": "1"}, b'{"Item":{}}', True)


def refused(code: str, status: int) -> HttpReply:
    return HttpReply(status, {}, b'{"__type":"x#%s","message":"no"}' % code.encode(), True)


BUSY = refused("ServiceUnavailable", 503)
FAILED = refused("InternalServerError", 500)
UNMET = refused("ConditionalCheckFailedException", 400)


class ScriptedPool(Pool):
    """Gives these answers in turn, and counts how often it was asked."""

    def __init__(self, *answers: HttpReply | Exception) -> None:
        super().__init__(ENDPOINT, SocketLimits(), TcpConnector(ENDPOINT))
        self.answers = answers
        self.asked = 0
        self.deadlines: list[float] = []

    def exchange(self, request: bytes, give_up_at: float) -> HttpReply:
        answer = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        self.deadlines.append(give_up_at)
        if isinstance(answer, Exception):
            raise answer
        return answer


def path_over(pool: Pool, attempts: int = 4, sleeps: list[float] | None = None) -> ThinPath:
    slept: list[float] = [] if sleeps is None else sleeps
    pauses = Pauses(attempts, clock=lambda: 100.0 + sum(slept), sleep=slept.append, fraction=lambda: 1.0)
    return ThinPath(CALLS, pool, pauses, SocketLimits(connect_s=10, read_s=20), clock=lambda: 100.0)


def operation(name: str) -> Operation:
    known = CALLS.operation(name)
    assert known is not None
    return known


def ask(pool: Pool, name: str = "GetItem", attempts: int = 4) -> Result:
    return path_over(pool, attempts).ask(operation(name), b"")[1]


@pytest.mark.parametrize("trouble", [CLOSED, REFUSED, LATE, BUSY, FAILED, TORN])
def test_a_read_is_repeated_after_any_trouble(trouble: HttpReply | Exception) -> None:
    pool = ScriptedPool(trouble, trouble, FOUND)
    result = ask(pool)
    assert result["Item"] == {}
    assert result["ResponseMetadata"]["RetryAttempts"] == 2
    assert pool.asked == 3


@pytest.mark.parametrize("trouble", [REFUSED, BUSY, refused("ThrottlingException", 400)])
def test_a_write_is_repeated_when_it_certainly_did_not_happen(trouble: HttpReply | Exception) -> None:
    pool = ScriptedPool(trouble, HttpReply(200, {}, b"{}", True))
    assert ask(pool, "PutItem")["ResponseMetadata"]["RetryAttempts"] == 1
    assert pool.asked == 2


@pytest.mark.parametrize("name", ["PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"])
@pytest.mark.parametrize("trouble", [CLOSED, LATE])
def test_a_write_that_may_have_happened_is_not_repeated(name: str, trouble: Exception) -> None:
    pool = ScriptedPool(trouble, FOUND)
    with pytest.raises(type(trouble)):
        ask(pool, name)
    assert pool.asked == 1


def test_a_write_whose_reply_is_torn_is_not_repeated() -> None:
    pool = ScriptedPool(TORN, FOUND)
    with pytest.raises(ChecksumError):
        ask(pool, "PutItem")
    assert pool.asked == 1


def test_a_write_that_the_server_failed_is_not_repeated() -> None:
    pool = ScriptedPool(FAILED, FOUND)
    result = ask(pool, "PutItem")
    assert result["Error"]["Code"] == "InternalServerError"
    assert result["ResponseMetadata"]["RetryAttempts"] == 0
    assert pool.asked == 1


def test_a_refusal_for_good_is_not_repeated() -> None:
    pool = ScriptedPool(UNMET, FOUND)
    assert ask(pool, "PutItem")["Error"]["Code"] == "ConditionalCheckFailedException"
    assert pool.asked == 1


def test_the_last_refusal_says_that_there_were_no_attempts_left() -> None:
    pool = ScriptedPool(BUSY)
    metadata = ask(pool, attempts=3)["ResponseMetadata"]
    assert (metadata["RetryAttempts"], metadata["MaxAttemptsReached"]) == (2, True)
    assert pool.asked == 3


def test_the_last_error_is_raised_when_there_are_no_attempts_left() -> None:
    pool = ScriptedPool(CLOSED)
    with pytest.raises(ConnectionClosedError):
        ask(pool, attempts=3)
    assert pool.asked == 3


def test_all_attempts_have_one_deadline() -> None:
    pool = ScriptedPool(CLOSED, CLOSED, FOUND)
    ask(pool)
    assert pool.deadlines == [130.0] * 3


def test_pauses_end_at_the_deadline() -> None:
    """30 s for the call, and pauses of 0.05, 0.1, ..., 5 s, each in full: the next would pass it."""
    sleeps: list[float] = []
    pool = ScriptedPool(REFUSED)
    with pytest.raises(EndpointConnectionError):
        path_over(pool, 1000, sleeps).ask(operation("GetItem"), b"")
    assert 25.0 < sum(sleeps) < 30.0


def test_a_path_is_shut_once_however_many_threads_find_out(caplog: pytest.LogCaptureFixture) -> None:
    path = path_over(ScriptedPool(FOUND))
    assert path.is_open
    threads = [threading.Thread(target=path.shut, args=("it wants signatures",)) for _ in range(8)]
    with caplog.at_level(logging.WARNING, "microdax"):
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not path.is_open
    assert [record.getMessage() for record in caplog.records] == [
        f"DynamoDB calls to {URL} go through botocore, many times slower: it wants signatures"
    ]


def config(**settings: Any) -> SimpleNamespace:
    defaults: dict[str, Any] = {
        "connect_timeout": 60,
        "read_timeout": 60,
        "max_pool_connections": 10,
        "tcp_keepalive": None,
        "client_cert": None,
        "proxies": None,
        "retries": {},
    }
    return SimpleNamespace(**{**defaults, **settings})


@pytest.mark.parametrize(
    ("url", "settings", "is_open"),
    [
        ("http://127.0.0.1:8000", {}, True),
        ("https://127.0.0.1:8000", {}, True),
        ("http://127.0.0.1:8000", {"connect_timeout": None, "read_timeout": None}, True),
        ("https://dynamodb.eu-central-1.amazonaws.com", {}, False),
        ("http://db.example", {"proxies": {"http": "http://proxy:3128"}}, False),
        ("https://db.example", {"proxies": {"http": "http://proxy:3128"}}, True),
        ("http://db.example", {"proxies": {}}, True),
    ],
)
def test_the_path_is_open_to_a_server_that_is_reached_directly(
    url: str, settings: dict[str, Any], is_open: bool
) -> None:
    assert thin_path(parse_endpoint(url), config(**settings), CALLS, True).is_open is is_open


def test_a_proxy_of_the_environment_shuts_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy:3128")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert not thin_path(parse_endpoint("http://db.example"), config(), CALLS, True).is_open
    assert thin_path(parse_endpoint("http://127.0.0.1:8000"), config(), CALLS, True).is_open


def test_verification_is_on_unless_it_is_turned_off(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[ssl.SSLContext] = []

    class WatchedConnector(TcpConnector):
        def __init__(self, endpoint: Any, tls: ssl.SSLContext, **rest: Any) -> None:
            super().__init__(endpoint, tls, **rest)
            made.append(tls)

    monkeypatch.setattr("microdax.thin_path.TcpConnector", WatchedConnector)
    for verify in (True, False):
        thin_path(parse_endpoint("https://127.0.0.1:8000"), config(), CALLS, verify)
    assert [(tls.verify_mode, tls.check_hostname) for tls in made] == [
        (ssl.CERT_REQUIRED, True),
        (ssl.CERT_NONE, False),
    ]
    assert made[0].get_ca_certs()


def test_a_bundle_of_authorities_that_is_not_there_is_an_error() -> None:
    with pytest.raises(FileNotFoundError):
        thin_path(parse_endpoint("https://127.0.0.1:8000"), config(), CALLS, "/no/such/bundle.pem")
