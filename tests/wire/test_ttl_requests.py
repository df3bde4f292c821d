"""The requests about a time to live: what they are decoded to, and what is refused in them."""

from typing import Any

import orjson
import pytest

from microdax.model.errors import SerializationException, ValidationException
from microdax.model.ttl_requests import DescribeTimeToLive, UpdateTimeToLive
from microdax.wire.requests import decode_request

Json = dict[str, Any]
ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/films"


def update(**specification: object) -> bytes:
    return orjson.dumps({"TableName": "films", "TimeToLiveSpecification": specification})


@pytest.mark.parametrize("enabled", [True, False])
def test_an_update_is_decoded(enabled: bool) -> None:
    request = decode_request("UpdateTimeToLive", update(AttributeName="end", Enabled=enabled))
    assert request == UpdateTimeToLive("films", "end", enabled)


@pytest.mark.parametrize("name", ["films", ARN])
def test_a_description_is_asked_for_by_name_or_arn(name: str) -> None:
    request = decode_request("DescribeTimeToLive", orjson.dumps({"TableName": name}))
    assert request == DescribeTimeToLive("films")


@pytest.mark.parametrize(
    ("specification", "violation"),
    [
        ({"Enabled": True}, "Value null at 'timeToLiveSpecification.attributeName' {}: Member must not be null"),
        ({"AttributeName": "end"}, "Value null at 'timeToLiveSpecification.enabled' {}: Member must not be null"),
        (
            {"AttributeName": "", "Enabled": True},
            "Value '' at 'timeToLiveSpecification.attributeName' {}: "
            "Member must have length greater than or equal to 1",
        ),
        (
            {"AttributeName": "n" * 256, "Enabled": True},
            f"Value '{'n' * 256}' at 'timeToLiveSpecification.attributeName' {{}}: "
            "Member must have length less than or equal to 255",
        ),
    ],
)
def test_a_violated_constraint_is_told_in_the_services_words(specification: Json, violation: str) -> None:
    with pytest.raises(ValidationException) as refusal:
        decode_request("UpdateTimeToLive", update(**specification))
    expected = violation.format("failed to satisfy constraint")
    assert refusal.value.message == f"1 validation error detected: {expected}"


def test_what_is_missing_is_told_together() -> None:
    with pytest.raises(ValidationException) as refusal:
        decode_request("UpdateTimeToLive", b"{}")
    assert refusal.value.message.startswith("2 validation errors detected: ")


@pytest.mark.parametrize("specification", [{"AttributeName": 3, "Enabled": True}, {"AttributeName": "a", "Enabled": 1}])
def test_wrong_types_are_refused(specification: Json) -> None:
    with pytest.raises(SerializationException):
        decode_request("UpdateTimeToLive", update(**specification))
