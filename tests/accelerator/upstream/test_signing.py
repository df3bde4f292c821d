"""Signatures are those of botocore's signer, and credentials are renewed in time."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import botocore.auth
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials, InstanceMetadataProvider
from hypothesis import given
from hypothesis import strategies as st

from accelerator.upstream import signing
from accelerator.upstream.signing import PLACEHOLDER, Signer, find_credentials, region_of
from microdax.model.errors import ServiceUnavailable
from tests.support.role import Role

TARGET = "DynamoDB_20120810.GetItem"
MOMENT = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)
SECRETS = st.text(st.characters(codec="ascii", exclude_categories=["C", "Z"]), min_size=1, max_size=40)


def headers_of(head: bytes) -> dict[str, str]:
    line, *lines = head.decode().split("\r\n")[:-2]
    assert line == "POST / HTTP/1.1"
    return dict(text.split(":", 1) for text in lines)


def botocore_authorization(host: str, region: str, credentials: Credentials, target: str, body: bytes) -> str:
    """What botocore's signer puts into the Authorization header of the same request at the same moment."""
    request = AWSRequest(
        "POST", f"http://{host}/", {"Content-Type": signing.CONTENT_TYPE, "X-Amz-Target": target}, body
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.auth, "get_current_datetime", lambda: MOMENT.replace(tzinfo=None))
        SigV4Auth(credentials, "dynamodb", region).add_auth(request)
    return request.headers["Authorization"]


@given(
    host=st.sampled_from(["127.0.0.1:8000", "dynamodb.eu-west-1.amazonaws.com", "localhost", "[::1]:8000"]),
    region=st.sampled_from(["us-east-1", "eu-west-1"]),
    secret=SECRETS,
    token=st.none() | SECRETS,
    target=st.sampled_from([TARGET, "DynamoDB_20120810.PutItem", "Unknown.Thing"]),
    body=st.binary(max_size=100),
)
def test_a_signature_is_that_of_botocore(
    host: str, region: str, secret: str, token: str | None, target: str, body: bytes
) -> None:
    credentials = Credentials("AKID", secret, token)
    head = Signer(host, region, credentials, MOMENT.timestamp).head(target, body)
    assert headers_of(head)["authorization"] == botocore_authorization(host, region, credentials, target, body)


def test_a_head_says_all_that_the_request_needs() -> None:
    headers = headers_of(Signer("db:8000", "us-east-1", Credentials("AKID", "s"), MOMENT.timestamp).head(TARGET, b"{}"))
    del headers["authorization"]
    assert headers == {
        "content-type": "application/x-amz-json-1.0",
        "host": "db:8000",
        "x-amz-date": "20260203T040506Z",
        "x-amz-target": TARGET,
        "accept-encoding": "identity",
        "content-length": "2",
    }


def test_the_session_token_is_sent_and_signed() -> None:
    headers = headers_of(Signer("db", "us-east-1", Credentials("AKID", "s", "TOKEN")).head(TARGET, b"{}"))
    assert headers["x-amz-security-token"] == "TOKEN"
    assert "x-amz-security-token" in headers["authorization"]


def test_the_next_day_is_signed_with_its_own_key() -> None:
    now = [MOMENT.timestamp()]
    signer = Signer("db", "us-east-1", Credentials("AKID", "s"), lambda: now[0])
    signer.head(TARGET, b"{}")
    now[0] += 86_400
    fresh = Signer("db", "us-east-1", Credentials("AKID", "s"), lambda: now[0])
    assert signer.head(TARGET, b"{}") == fresh.head(TARGET, b"{}")


def test_secrets_do_not_show() -> None:
    signer = Signer("db", "us-east-1", Credentials("AKID", "hush-hush"))
    assert "hush-hush" not in repr(signer) + signer.head(TARGET, b"{}").decode()


@pytest.mark.parametrize(
    ("host", "region"),
    [
        ("dynamodb.eu-west-1.amazonaws.com", "eu-west-1"),
        ("dynamodb.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        ("dynamodb-fips.us-gov-west-1.amazonaws.com", "us-gov-west-1"),
        ("123456789012.ddb.ap-southeast-2.amazonaws.com", "ap-southeast-2"),
        ("vpce-1.dynamodb.us-east-2.vpce.amazonaws.com", "us-east-2"),
        ("localhost", "us-east-1"),
        ("127.0.0.1", "us-east-1"),
        ("scylla-node-1.internal", "us-east-1"),
    ],
)
def test_the_region_is_read_from_the_name_of_an_aws_host(host: str, region: str) -> None:
    assert region_of(host) == region


@pytest.fixture
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """A machine that knows no credentials, and asks no network for them."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_ROLE_ARN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("BOTO_CONFIG", str(tmp_path / "boto"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return monkeypatch


def test_without_credentials_the_placeholder_signs(bare_environment: pytest.MonkeyPatch) -> None:
    assert find_credentials("127.0.0.1") is PLACEHOLDER


@pytest.mark.parametrize(
    ("host", "asked"), [("127.0.0.1", False), ("db.example.com", False), ("dynamodb.eu-west-1.amazonaws.com", True)]
)
def test_a_machines_role_is_asked_for_amazons_hosts_only(
    bare_environment: pytest.MonkeyPatch, host: str, asked: bool
) -> None:
    questions: list[InstanceMetadataProvider] = []

    def load(provider: InstanceMetadataProvider) -> None:
        questions.append(provider)

    bare_environment.setattr(InstanceMetadataProvider, "load", load)
    assert find_credentials(host) is PLACEHOLDER
    assert bool(questions) is asked


def test_a_configuration_that_cannot_be_used_is_told_in_a_sentence(bare_environment: pytest.MonkeyPatch) -> None:
    bare_environment.setenv("AWS_PROFILE", "no-such-profile")
    with pytest.raises(ServiceUnavailable, match="no-such-profile"):
        find_credentials("127.0.0.1")


def test_credentials_of_the_environment_are_found(bare_environment: pytest.MonkeyPatch) -> None:
    bare_environment.setenv("AWS_ACCESS_KEY_ID", "AKID")
    bare_environment.setenv("AWS_SECRET_ACCESS_KEY", "s")
    assert find_credentials("127.0.0.1").access_key == "AKID"


async def test_credentials_that_hold_are_not_renewed() -> None:
    role = Role()
    await role.signer.freshen()
    assert (role.renewals, role.access_key) == (0, "OLD")


async def test_credentials_that_soon_run_out_are_used_while_they_are_renewed() -> None:
    role = Role()
    role.now = Role.RUNS_OUT - timedelta(minutes=5)
    await role.signer.freshen()  # does not wait for the renewal, which is held
    assert role.access_key == "OLD"
    role.now = Role.RUNS_OUT - timedelta(seconds=5)
    role.proceed.set()
    await role.signer.freshen()  # waits for that same renewal
    assert (role.renewals, role.access_key) == (1, "NEW")


async def test_credentials_that_have_run_out_are_renewed_once_for_all_who_wait() -> None:
    role = Role()
    role.now = Role.RUNS_OUT + timedelta(hours=1)
    tasks = len(asyncio.all_tasks())
    waiting = [asyncio.create_task(role.signer.freshen()) for _ in range(5)]
    await asyncio.sleep(0)
    assert len(asyncio.all_tasks()) == tasks + 5 + 1
    role.proceed.set()
    await asyncio.gather(*waiting)
    assert (role.renewals, role.access_key) == (1, "NEW")


async def test_credentials_that_cannot_be_renewed_are_an_upstream_that_cannot_be_asked() -> None:
    role = Role()
    role.now = Role.RUNS_OUT
    role.fails = True
    role.proceed.set()
    with pytest.raises(ServiceUnavailable, match="no role today"):
        await role.signer.freshen()


async def test_a_renewal_that_failed_is_tried_again() -> None:
    role = Role()
    role.now = Role.RUNS_OUT
    role.fails = True
    role.proceed.set()
    with pytest.raises(ServiceUnavailable):
        await role.signer.freshen()
    role.fails = False
    await role.signer.freshen()
    assert role.access_key == "NEW"
