"""The rules of tags, whose messages are not those of the common constraints."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from microdax.model import limits
from microdax.model.errors import ValidationException
from microdax.wire.shapes import Members

_MARKS: Final = frozenset("+-=._:/@")
_RESERVED: Final = "aws:"


def read_tags(tags: Sequence[Members | None]) -> dict[str, str]:
    """Tags by their keys; raises ValidationException."""
    for tag in tags:
        _check_tag(tag or {})
    values: dict[str, str] = {}
    for tag in tags:
        assert tag is not None, "has a key"
        if tag["Key"] in values:
            raise ValidationException(f"Duplicate Tag Keys provided as input: Duplicate Tag Key found {tag['Key']}")
        values[tag["Key"]] = tag["Value"]
    check_set(values)
    return values


def read_tag_keys(keys: Iterable[str | None]) -> frozenset[str]:
    """The keys of tags that are to go; raises ValidationException."""
    read: set[str] = set()
    for key in keys:
        read.add(_checked_key(key))
    _check_count(len(read))
    return frozenset(read)


def check_set(tags: Mapping[str, str]) -> None:
    """Refuse more tags than a table may have."""
    _check_count(len(tags))
    size_bytes = sum(len(key.encode()) + len(value.encode()) for key, value in tags.items())
    if size_bytes > limits.TAGS_BYTES_MAX:
        raise ValidationException(
            f"Tag set size {size_bytes} bytes is above max size limit of {limits.TAGS_BYTES_MAX} bytes"
        )


def _check_tag(tag: Members) -> None:
    _checked_key(tag.get("Key"))
    value: str | None = tag.get("Value")
    if value is None or len(value) > limits.TAG_VALUE_CHARS_MAX or not _is_plain(value):
        raise ValidationException(f"The Tag Value provided is invalid, Value: {_text(value)}")


def _checked_key(key: str | None) -> str:
    if key is None or not 1 <= len(key) <= limits.TAG_KEY_CHARS_MAX or not _is_plain(key):
        raise ValidationException(f"The Tag Key provided is invalid, Key: {_text(key)}")
    if key.lower().startswith(_RESERVED):
        raise ValidationException(f"Tag Key cannot be prefixed with aws:, Key: {key}")
    return key


def _check_count(count: int) -> None:
    if count > limits.TAGS_MAX:
        raise ValidationException("Number of Tags exceed the current limit for the provided ResourceArn")


def _is_plain(text: str) -> bool:
    """Letters, digits and blanks of any script, and a few marks."""
    return all(character in _MARKS or unicodedata.category(character)[0] in "LNZ" for character in text)


def _text(value: str | None) -> str:
    return "null" if value is None else value
