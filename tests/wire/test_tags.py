"""Tags as the service takes and refuses them; the messages are those that it was seen to send."""

import pytest

from microdax.model.errors import ValidationException
from microdax.wire.tags import check_set, read_tag_keys, read_tags

Tag = dict[str, str]
TOO_MANY = "Number of Tags exceed the current limit for the provided ResourceArn"


def tag(key: str, value: str = "") -> Tag:
    return {"Key": key, "Value": value}


def refusal_of(tags: list[Tag | None]) -> str:
    with pytest.raises(ValidationException) as refusal:
        read_tags(tags)
    return refusal.value.message


def test_tags_are_read_in_order_and_as_they_are() -> None:
    assert list(read_tags([tag("b", "1"), tag(" Key ", ""), tag("key")]).items()) == [
        ("b", "1"),
        (" Key ", ""),
        ("key", ""),
    ]
    assert read_tags([]) == {}


@pytest.mark.parametrize("text", ["a+b-c=d.e_f:g/h@i", "ключ", "café", "表", "a\u00a0b\u3000c", "٣", "k" * 128])
def test_letters_digits_and_blanks_of_any_script_and_a_few_marks_are_allowed(text: str) -> None:
    assert read_tags([tag(text, text)]) == {text: text}


@pytest.mark.parametrize(
    "text", ["🔑", "100%", "a,b", "it's", "(x)", "a&b", "a*b", "a;b", "a?b", "a|b", "<a>", "~", "a\tb"]
)
def test_other_characters_are_refused_in_keys_and_values(text: str) -> None:
    assert refusal_of([tag(text)]) == f"The Tag Key provided is invalid, Key: {text}"
    assert refusal_of([tag("key", text)]) == f"The Tag Value provided is invalid, Value: {text}"
    with pytest.raises(ValidationException, match="The Tag Key provided is invalid, Key: "):
        read_tag_keys([text])


def test_lengths_are_bounded() -> None:
    read_tags([tag("k" * 128, "v" * 256)])
    assert refusal_of([tag("k" * 129)]) == f"The Tag Key provided is invalid, Key: {'k' * 129}"
    assert refusal_of([tag("")]) == "The Tag Key provided is invalid, Key: "
    assert refusal_of([tag("k", "v" * 257)]) == f"The Tag Value provided is invalid, Value: {'v' * 257}"


def test_what_is_missing_reads_as_null() -> None:
    for empty in ({}, None, {"Value": "v"}):
        assert refusal_of([empty]) == "The Tag Key provided is invalid, Key: null"
    assert refusal_of([{"Key": "k"}]) == "The Tag Value provided is invalid, Value: null"
    with pytest.raises(ValidationException, match="The Tag Key provided is invalid, Key: null"):
        read_tag_keys([None])


@pytest.mark.parametrize("key", ["aws:cost", "AWS:cost", "aws:"])
def test_the_services_own_prefix_is_reserved_also_for_removal(key: str) -> None:
    message = f"Tag Key cannot be prefixed with aws:, Key: {key}"
    assert refusal_of([tag(key)]) == message
    with pytest.raises(ValidationException, match=message):
        read_tag_keys([key])
    assert read_tags([tag("myaws:cost")]) == {"myaws:cost": ""}


def test_no_key_is_given_twice() -> None:
    message = "Duplicate Tag Keys provided as input: Duplicate Tag Key found a"
    assert refusal_of([tag("a", "1"), tag("b"), tag("a", "2")]) == message


def test_fifty_tags_are_the_most() -> None:
    tags: list[Tag | None] = [tag(f"k{number}") for number in range(51)]
    assert len(read_tags(tags[:50])) == 50
    assert refusal_of(tags) == TOO_MANY


def test_so_are_fifty_keys_to_remove() -> None:
    keys = [f"k{number}" for number in range(51)]
    assert read_tag_keys([*keys[:50], "k0"]) == set(keys[:50])
    with pytest.raises(ValidationException, match=TOO_MANY):
        read_tag_keys(keys)


def test_a_set_of_tags_has_a_size_counted_in_bytes() -> None:
    tags = {f"{number:02}": "é" * 127 for number in range(40)}
    check_set(tags)
    with pytest.raises(ValidationException, match="Tag set size 10242 bytes is above max size limit of 10240 bytes"):
        check_set({**tags, "ab": ""})
