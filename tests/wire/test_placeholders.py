"""Placeholders from a request's members."""

from decimal import Decimal

import pytest

from microdax.model.errors import ValidationException
from microdax.model.requests import Placeholders
from microdax.wire.placeholders import read_placeholders


def test_what_is_not_given_is_told_from_what_is_empty() -> None:
    assert read_placeholders({}) == Placeholders()
    empty: dict[str, dict[str, str]] = {"ExpressionAttributeNames": {}, "ExpressionAttributeValues": {}}
    assert read_placeholders(empty) == Placeholders({}, {})


def test_values_are_read_and_names_are_left() -> None:
    members = {"ExpressionAttributeNames": {"#a": "b"}, "ExpressionAttributeValues": {":v": {"N": "1.0"}}}
    assert read_placeholders(members) == Placeholders({"#a": "b"}, {":v": Decimal(1)})


def test_a_value_that_is_none_is_refused_with_its_key() -> None:
    with pytest.raises(ValidationException) as refusal:
        read_placeholders({"ExpressionAttributeValues": {":v": {}}})
    assert refusal.value.message == (
        "ExpressionAttributeValues contains invalid value: Supplied AttributeValue is empty, "
        "must contain exactly one of the supported datatypes for key :v"
    )
