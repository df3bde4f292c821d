"""A thin client is a botocore client, in all that a program may do with one."""

import copy
import logging
import pickle
import subprocess
import sys
from collections.abc import Generator
from contextlib import closing
from typing import Any

import botocore.session
import pytest
from botocore import UNSIGNED
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    EndpointConnectionError,
    ParamValidationError,
    PartialCredentialsError,
    SSLError,
)
from botocore.stub import Stubber

import microdax
from microdax.clients import ThinClient, client
from tests.support.raw_peer import CERTIFICATE, Conversation, RawPeer, answers, raw_peer, refusal, reply
from tests.support.store_on_thread import store_on_thread

KEY: dict[str, Any] = {"pk": {"S": "a"}}
ONE_ATTEMPT = Config(retries={"max_attempts": 0})
ITEM = b'{"Item":{"pk":{"S":"a"}}}'


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without any AWS account, region, credentials, files or settings."""
    for name in ("HOME", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/nonexistent")
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    for name in ("MICRODAX_ENDPOINT", "AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def peer() -> Generator[RawPeer, None, None]:
    with raw_peer(answers(reply(ITEM))) as started:
        yield started


@pytest.fixture
def thin(peer: RawPeer) -> Generator[ThinClient, None, None]:
    with client(peer.url, config=ONE_ATTEMPT) as made:
        yield made


def test_it_is_a_botocore_client(thin: ThinClient) -> None:
    assert isinstance(thin, BaseClient)
    assert thin.meta.service_model.service_name == "dynamodb"
    assert thin.can_paginate("scan")
    assert "table_exists" in thin.waiter_names
    errors: Any = thin.exceptions
    assert issubclass(errors.ConditionalCheckFailedException, ClientError)


def test_the_package_gives_it_by_name() -> None:
    made: object = microdax.client
    assert made is client
    assert not hasattr(microdax, "no_such_name")


def test_botocore_itself_is_left_as_it_was(thin: ThinClient) -> None:
    ordinary = botocore.session.get_session().create_client("dynamodb", "eu-central-1")
    with closing(ordinary):
        assert not isinstance(ordinary, ThinClient)


def test_equal_calls_send_equal_bytes_in_one_piece_each(thin: ThinClient, peer: RawPeer) -> None:
    for _ in range(3):
        assert thin.get_item(TableName="t", Key=KEY)["Item"] == KEY
    assert len(peer.requests) == 3
    assert len({*peer.requests}) == 1
    assert peer.connections == 1


def test_the_endpoint_may_come_from_the_environment(peer: RawPeer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ENDPOINT_URL_DYNAMODB", "MICRODAX_ENDPOINT"):
        monkeypatch.setenv(name, peer.url)
        with client() as made:
            assert made.get_item(TableName="t", Key=KEY)["Item"] == KEY
            assert made.meta.endpoint_url == peer.url
        monkeypatch.setenv(name, "http://127.0.0.1:1")


def test_the_endpoint_may_have_boto3s_name(peer: RawPeer) -> None:
    with client(endpoint_url=peer.url) as made:
        assert made.meta.endpoint_url == peer.url
    with pytest.raises(TypeError, match="the same option"):
        client(peer.url, endpoint_url=peer.url)


@pytest.mark.parametrize("endpoint", ["127.0.0.1:8000", "ftp://host", "http://"])
def test_an_endpoint_that_is_no_url_is_refused_at_once(endpoint: str) -> None:
    with pytest.raises(ValueError, match="Invalid endpoint"):
        client(endpoint)


def test_nothing_of_aws_need_be_configured() -> None:
    """Operations that go botocore's way are signed, with placeholders."""
    with store_on_thread() as url, client(url) as made:
        assert made.list_tables()["TableNames"] == []
        assert made.meta.region_name == "us-east-1"


def test_what_is_configured_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    with client() as made:
        assert made.meta.region_name == "eu-west-1"
    with client(config=Config(region_name="eu-west-2")) as made:
        assert made.meta.region_name == "eu-west-2"
    with client(region_name="eu-west-3", config=Config(region_name="eu-west-2")) as made:
        assert made.meta.region_name == "eu-west-3"


def authorization(options: dict[str, Any]) -> bytes | None:
    """What a call that goes botocore's way is signed with."""
    found: list[bytes | None] = []

    def note(request: Any, **_: Any) -> None:
        found.append(request.headers.get("Authorization"))

    with (
        raw_peer(answers(reply())) as peer,
        client(peer.url, config=options.pop("config", ONE_ATTEMPT), **options) as made,
    ):
        made.meta.events.register("before-send", note)
        made.get_item(TableName="t", Key=KEY)
    return found[0]


def test_keys_are_the_arguments_or_the_users_own_or_placeholders(monkeypatch: pytest.MonkeyPatch) -> None:
    assert b"Credential=microdax/" in (authorization({}) or b"")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "users")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "own")
    assert b"Credential=users/" in (authorization({}) or b"")
    assert b"Credential=mine/" in (authorization({"aws_access_key_id": "mine", "aws_secret_access_key": "x"}) or b"")
    assert authorization({"config": Config(signature_version=UNSIGNED)}) is None


def test_a_metadata_service_is_asked_for_keys_to_the_service_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine that has none it would take seconds to say so."""
    asked: list[str] = []

    def load(provider: object) -> None:
        asked.append(type(provider).__name__)

    monkeypatch.setattr("botocore.credentials.InstanceMetadataProvider.load", load)
    with client("http://127.0.0.1:8000"):
        assert asked == []
    with client("https://dynamodb.eu-central-1.amazonaws.com"):
        assert asked == ["InstanceMetadataProvider"]


def test_half_a_pair_of_keys_is_refused_as_by_boto3() -> None:
    with pytest.raises(PartialCredentialsError):
        client(aws_access_key_id="half")


# Errors


def test_a_refusal_is_a_client_error_of_the_class_that_the_client_names() -> None:
    with raw_peer(answers(refusal("ConditionalCheckFailedException"))) as peer, client(peer.url) as made:
        errors: Any = made.exceptions
        with pytest.raises(errors.ConditionalCheckFailedException) as caught:
            made.put_item(TableName="t", Item=KEY)
        assert caught.value.operation_name == "PutItem"
        assert caught.value.response["Error"] == {"Code": "ConditionalCheckFailedException", "Message": "no"}
        with pytest.raises(ClientError):
            made.put_item(TableName="t", Item=KEY)


def test_arguments_that_botocore_refuses_are_not_sent(thin: ThinClient, peer: RawPeer) -> None:
    with pytest.raises(ParamValidationError):
        thin.get_item(TableName="t")
    assert peer.requests == []


def test_validation_can_be_turned_off_as_with_boto3(peer: RawPeer) -> None:
    config = Config(parameter_validation=False)
    with client(peer.url, config=config) as made:
        made.get_item(TableName="t")
    assert peer.requests[0].endswith(b'{"TableName": "t"}')


def test_nobody_there_is_an_endpoint_connection_error() -> None:
    with client("http://127.0.0.1:1", config=ONE_ATTEMPT) as made, pytest.raises(EndpointConnectionError):
        made.get_item(TableName="t", Key=KEY)


def test_a_write_that_got_no_reply_was_sent_once() -> None:
    def vanishes(conversation: Conversation) -> None:
        conversation.request()

    with raw_peer(vanishes) as peer, client(peer.url) as made:
        with pytest.raises(ConnectionClosedError):
            made.put_item(TableName="t", Item=KEY)
        assert len(peer.requests) == 1


def test_a_read_that_got_no_reply_is_sent_again() -> None:
    def vanishes(conversation: Conversation) -> None:
        conversation.request()

    with raw_peer(vanishes, answers(reply(ITEM))) as peer, client(peer.url) as made:
        assert made.get_item(TableName="t", Key=KEY)["ResponseMetadata"]["RetryAttempts"] == 1
        assert len(peer.requests) == 2


# Events


def test_events_come_in_botocores_order_with_its_arguments(thin: ThinClient) -> None:
    heard: list[tuple[str, list[str]]] = []

    def note(event_name: str, **arguments: Any) -> None:
        heard.append((event_name, sorted(arguments)))

    for kind in ("provide-client-params", "before-parameter-build", "after-call", "after-call-error"):
        thin.meta.events.register(f"{kind}.dynamodb", note)
    thin.get_item(TableName="t", Key=KEY)
    assert heard == [
        ("provide-client-params.dynamodb.GetItem", ["context", "model", "params"]),
        ("before-parameter-build.dynamodb.GetItem", ["context", "model", "params"]),
        ("after-call.dynamodb.GetItem", ["context", "http_response", "model", "parsed"]),
    ]


def test_handlers_may_change_arguments_and_results(thin: ThinClient, peer: RawPeer) -> None:
    def other_arguments(params: dict[str, Any], **_: Any) -> Any:
        return {**params, "TableName": "provided"}

    def add_suffix(params: dict[str, Any], **_: Any) -> None:
        params["TableName"] += "-and-built"

    def stamp(parsed: dict[str, Any], http_response: Any, context: dict[str, Any], **_: Any) -> None:
        parsed["Stamp"] = (http_response.status_code, http_response.content, context["client_region"])

    thin.meta.events.register("provide-client-params.dynamodb.GetItem", other_arguments)
    thin.meta.events.register("before-parameter-build.dynamodb.GetItem", add_suffix)
    thin.meta.events.register("after-call.dynamodb.GetItem", stamp)
    assert thin.get_item(TableName="t", Key=KEY)["Stamp"] == (200, ITEM, "us-east-1")
    assert b'"TableName":"provided-and-built"' in peer.requests[0]
    assert b"User-Agent: microdax/" in peer.requests[0]


def test_handlers_hear_of_errors_and_of_calls_that_failed() -> None:
    heard: list[object] = []

    def note(parsed: Any = None, exception: Any = None, **_: Any) -> None:
        heard.append(parsed["Error"]["Code"] if parsed else repr(exception))

    with raw_peer(answers(refusal("ValidationException"))) as peer, client(peer.url, config=ONE_ATTEMPT) as made:
        made.meta.events.register("after-call", note)
        made.meta.events.register("after-call-error", note)
        with pytest.raises(ClientError):
            made.get_item(TableName="t", Key=KEY)
    with pytest.raises(EndpointConnectionError):
        made.get_item(TableName="t", Key=KEY)
    assert heard[0] == "ValidationException"
    assert str(heard[1]).startswith("EndpointConnectionError")


def test_a_token_is_made_for_a_transaction_as_by_boto3(peer: RawPeer) -> None:
    with client(peer.url) as made:
        made.transact_write_items(TransactItems=[{"Delete": {"TableName": "t", "Key": KEY}}])
    assert b'"ClientRequestToken":"' in peer.requests[0]


def test_whoever_needs_botocores_request_gets_it_and_the_thin_path_comes_back(thin: ThinClient, peer: RawPeer) -> None:
    def add_header(request: Any, **_: Any) -> None:
        request.headers["X-Mine"] = "1"

    thin.meta.events.register("before-send.dynamodb.GetItem", add_header)
    assert thin.get_item(TableName="t", Key=KEY)["Item"] == KEY
    thin.meta.events.unregister("before-send.dynamodb.GetItem", add_header)
    assert thin.get_item(TableName="t", Key=KEY)["Item"] == KEY
    assert [b"X-Mine: 1" in request for request in peer.requests] == [True, False]
    assert [b"User-Agent: microdax/" in request for request in peer.requests] == [False, True]


def test_botocores_stubber_works(thin: ThinClient, peer: RawPeer) -> None:
    with Stubber(thin) as stubber:
        stubber.add_response("get_item", {"Item": {"pk": {"S": "stubbed"}}}, {"TableName": "t", "Key": KEY})
        stubber.add_client_error("get_item", "ThrottlingException")
        assert thin.get_item(TableName="t", Key=KEY)["Item"] == {"pk": {"S": "stubbed"}}
        with pytest.raises(ClientError):
            thin.get_item(TableName="t", Key=KEY)
    assert peer.requests == []
    assert thin.get_item(TableName="t", Key=KEY)["Item"] == KEY


@pytest.mark.parametrize("mode", ["standard", "adaptive", "legacy"])
def test_botocores_own_handlers_do_not_keep_calls_from_the_thin_path(peer: RawPeer, mode: Any) -> None:
    with client(peer.url, config=Config(retries={"mode": mode})) as made:
        made.get_item(TableName="t", Key=KEY)
    assert b"User-Agent: microdax/" in peer.requests[0]


# Servers that want signatures


def signs(request: bytes) -> bool:
    return b"\r\nAuthorization: AWS4-HMAC-SHA256" in request


def wants_signatures(conversation: Conversation) -> None:
    while True:
        is_signed = signs(conversation.request())
        conversation.send(reply(ITEM) if is_signed else refusal("MissingAuthenticationTokenException"))


def test_a_server_that_wants_signatures_gets_them_from_then_on(caplog: pytest.LogCaptureFixture) -> None:
    with raw_peer(wants_signatures) as peer, client(peer.url) as made:
        with caplog.at_level(logging.WARNING, "microdax"):
            for _ in range(3):
                assert made.put_item(TableName="t", Item=KEY)["ResponseMetadata"]["HTTPStatusCode"] == 200
        assert [signs(request) for request in peer.requests] == [False, True, True, True]
    assert [record.name for record in caplog.records] == ["microdax"]


def test_the_service_itself_is_never_asked_without_a_signature(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "microdax"):
        made = client(
            "https://dynamodb.eu-central-1.amazonaws.com",
            config=ONE_ATTEMPT,
            aws_access_key_id="a",
            aws_secret_access_key="b",
        )
    sent: list[Any] = []

    def answer(request: Any, **_: Any) -> Any:
        sent.append(request)
        raise EndpointConnectionError(endpoint_url="kept from the network by the test")

    made.meta.events.register("before-send", answer)
    with closing(made), pytest.raises(EndpointConnectionError):
        made.get_item(TableName="t", Key=KEY)
    assert sent[0].headers["Authorization"].startswith(b"AWS4-HMAC-SHA256")
    assert "signed requests only" in caplog.text


# TLS


@pytest.mark.parametrize("verify", [str(CERTIFICATE), False])
def test_https_takes_the_thin_path_too(verify: Any) -> None:
    with raw_peer(answers(reply(ITEM)), tls=True) as peer, client(peer.url, verify=verify) as made:
        for _ in range(3):
            assert made.get_item(TableName="t", Key=KEY)["Item"] == KEY
        assert len({*peer.requests}) == 1
        assert peer.connections == 1
        assert made.meta.endpoint_url.startswith("https://")


def test_authorities_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE"):
        monkeypatch.setenv(name, str(CERTIFICATE))
        with raw_peer(answers(reply(ITEM)), tls=True) as peer, client(peer.url) as made:
            assert made.get_item(TableName="t", Key=KEY)["Item"] == KEY
        monkeypatch.setenv(name, "/no/such/file")


def test_a_certificate_of_nobody_we_trust_is_an_ssl_error_and_nothing_is_sent() -> None:
    with raw_peer(answers(reply(ITEM)), tls=True) as peer, client(peer.url) as made:
        with pytest.raises(SSLError, match="CERTIFICATE_VERIFY_FAILED"):
            made.get_item(TableName="t", Key=KEY)
        assert peer.requests == []
        assert peer.connections == 1


# What else programs do with clients


def test_a_closed_client_works_and_keeps_no_connection(thin: ThinClient, peer: RawPeer) -> None:
    thin.get_item(TableName="t", Key=KEY)
    thin.close()
    assert thin.get_item(TableName="t", Key=KEY)["Item"] == KEY
    assert peer.connections == 2


def test_a_client_can_no_more_be_pickled_or_deeply_copied_than_boto3s(thin: ThinClient) -> None:
    with pytest.raises(pickle.PicklingError):
        pickle.dumps(thin)
    with pytest.raises(TypeError, match="cannot pickle"):
        copy.deepcopy(thin)


def test_importing_it_brings_in_no_server_and_botocore_only_when_used() -> None:
    program = """
import sys, microdax
assert microdax.__version__
assert "botocore" not in sys.modules
microdax.client, microdax.resource
servers = {"fastapi", "uvicorn", "uvloop", "httptools", "httpx", "accelerator", "backend_store"}
assert not servers & sys.modules.keys(), servers & sys.modules.keys()
"""
    subprocess.run([sys.executable, "-c", program], check=True)
