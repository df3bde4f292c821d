"""The placeholders of expressions, from a request's members."""

from microdax.model.errors import ValidationException
from microdax.model.requests import NO_PLACEHOLDERS, Placeholders
from microdax.model.values import Value
from microdax.wire.item_json import value_from_json
from microdax.wire.shapes import Members


def read_placeholders(members: Members) -> Placeholders:
    names, values = members.get("ExpressionAttributeNames"), members.get("ExpressionAttributeValues")
    if names is None and values is None:
        return NO_PLACEHOLDERS
    return Placeholders(
        names=names,
        values=None if values is None else {key: _read_value(key, json) for key, json in values.items()},
    )


def _read_value(key: str, json: object) -> Value:
    try:
        return value_from_json(json)
    except ValidationException as refusal:
        raise ValidationException(
            f"ExpressionAttributeValues contains invalid value: {refusal.message} for key {key}"
        ) from None
