"""boto3's resource on a thin client. What its calls return is compared with boto3's in test_same_as_boto3.py."""

from collections.abc import Generator
from contextlib import closing
from decimal import Decimal
from typing import Any

import pytest

import microdax
from microdax.clients import ThinClient
from microdax.resources import resource
from tests.support.raw_peer import RawPeer, answers, raw_peer, reply


@pytest.fixture
def peer() -> Generator[RawPeer, None, None]:
    with raw_peer(answers(reply(b'{"Item":{"n":{"N":"1.5"}}}'))) as started:
        yield started


@pytest.fixture
def dynamodb(peer: RawPeer) -> Generator[Any, None, None]:
    made = resource(peer.url)
    with closing(made.meta.client):
        yield made


def test_the_package_gives_it_by_name() -> None:
    made: object = microdax.resource
    assert made is resource


def test_its_calls_take_the_thin_path(dynamodb: Any, peer: RawPeer) -> None:
    """boto3's own handlers, which convert the values, must not send them botocore's way."""
    table = dynamodb.Table("t")
    assert isinstance(table.meta.client, ThinClient)
    assert table.get_item(Key={"id": 7})["Item"] == {"n": Decimal("1.5")}
    assert peer.requests[0].endswith(b'{"TableName":"t","Key":{"id":{"N":"7"}}}')
    assert b"User-Agent: microdax/" in peer.requests[0]


def test_equal_calls_send_equal_bytes(dynamodb: Any, peer: RawPeer) -> None:
    for _ in range(3):
        dynamodb.Table("t").get_item(Key={"id": 7})
    assert len({*peer.requests}) == 1
    assert peer.connections == 1


def test_options_reach_the_client(peer: RawPeer) -> None:
    made = resource(endpoint_url=peer.url, region_name="eu-west-1")
    with closing(made.meta.client):
        assert made.meta.client.meta.region_name == "eu-west-1"
        assert made.meta.client.meta.endpoint_url == peer.url
