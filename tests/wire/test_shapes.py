"""Shapes make typed members of JSON and report the constraints that their values violate, together."""

import pytest

from microdax.model.errors import SerializationException, ValidationException
from microdax.wire.shapes import (
    AttributeValue,
    AttributeValues,
    Boolean,
    Integer,
    Lengths,
    ListOf,
    MapOf,
    Member,
    Name,
    NotSupported,
    QueryLimit,
    Shape,
    String,
    Structure,
    Violations,
    attribute_maps,
)

PATTERN = "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"
AT_LEAST = "Member must have length greater than or equal to {}"
AT_MOST = "Member must have length less than or equal to {}"
NOT_NULL = "Member must not be null"
TABLE_KEYS = f"Map keys must satisfy constraint: [{AT_MOST.format(255)}, {AT_LEAST.format(3)}, {PATTERN}]"

ELEMENT = Structure("Element", {"AttributeName": Member(String(), required=True), "Kind": Member(String(("A", "B")))})
NESTED = Structure(
    "Nested",
    {
        "Keys": Member(ListOf(AttributeValues())),
        "Tables": Member(MapOf(Structure("Inner", {"Key": Member(AttributeValues())}), "Inner")),
        "Name": Member(String()),
    },
)


def sentences(shape: Shape, json: object) -> list[str]:
    """What `check` says of the JSON, each sentence without the part that all have."""
    violations = Violations()
    shape.check(shape.read(json), "it", violations)
    try:
        violations.report()
    except ValidationException as refusal:
        count, _, text = refusal.message.partition(" detected: ")
        found = text.split("; ")
        assert count == f"{len(found)} validation error{'s' if len(found) > 1 else ''}"
        return [sentence.replace(" failed to satisfy constraint", "") for sentence in found]
    return []


@pytest.mark.parametrize(
    ("shape", "json", "found"),
    [
        (String(("A", "B")), "A", []),
        (String(("A", "B")), "C", ["Value 'C' at 'it': Member must satisfy enum value set: [A, B]"]),
        (String(lengths=Lengths(1, 2)), "", [f"Value '' at 'it': {AT_LEAST.format(1)}"]),
        (String(lengths=Lengths(1, 2)), "abc", [f"Value 'abc' at 'it': {AT_MOST.format(2)}"]),
        (Name(), "abc", []),
        (Name(), "a" * 255, []),
        (Name(), "", [f"Value '' at 'it': {PATTERN}", f"Value '' at 'it': {AT_LEAST.format(3)}"]),
        (Name(), "a;", [f"Value 'a;' at 'it': {PATTERN}", f"Value 'a;' at 'it': {AT_LEAST.format(3)}"]),
        (Name(), "abc\n", [f"Value 'abc\n' at 'it': {PATTERN}"]),
        (Name(), "a" * 256, [f"Value '{'a' * 256}' at 'it': {AT_MOST.format(255)}"]),
        (Integer(1), 1, []),
        (Integer(1), 0, ["Value '0' at 'it': Member must have value greater than or equal to 1"]),
        (Integer(1), -1e30, [f"Value '{int(-1e30)}' at 'it': Member must have value greater than or equal to 1"]),
        (Integer(1, 100), 101, ["Value '101' at 'it': Member must have value less than or equal to 100"]),
        (Boolean(), False, []),
        (AttributeValues(), {"a": 7}, []),
        (AttributeValue(), {"S": 7}, []),
        (ListOf(String(), Lengths(1, 2)), [], [f"Value '[]' at 'it': {AT_LEAST.format(1)}"]),
        (ListOf(String(), Lengths(1, 2)), ["a", "b", "c"], [f"""Value '["a","b","c"]' at 'it': {AT_MOST.format(2)}"""]),
        (ListOf(String(("A",))), ["A", "x"], ["Value 'x' at 'it.2.member': Member must satisfy enum value set: [A]"]),
        (ListOf(String()), ["a", None], [f"Value null at 'it.2.member': {NOT_NULL}"]),
        (
            ListOf(ELEMENT),
            [{}, {"AttributeName": "a", "Kind": "C"}],
            [
                f"Value null at 'it.1.member.attributeName': {NOT_NULL}",
                "Value 'C' at 'it.2.member.kind': Member must satisfy enum value set: [A, B]",
            ],
        ),
        (MapOf(String(), "x"), {"a": None}, [f"Value null at 'it.a.member': {NOT_NULL}"]),
        (MapOf(String(), "x", Lengths(1)), {}, [f"Value '{{}}' at 'it': {AT_LEAST.format(1)}"]),
        (MapOf(ELEMENT, "x"), {"a;": {}}, [f"Value null at 'it.a;.member.attributeName': {NOT_NULL}"]),
        (MapOf(String(), "x", of_tables=True), {"a": "b"}, [f"""Value '{{"a":"b"}}' at 'it': {TABLE_KEYS}"""]),
        (
            MapOf(ListOf(String()), "x", value_lengths=Lengths(1, 2)),
            {"a": []},
            [
                f"""Value '{{"a":[]}}' at 'it': """
                f"Map value must satisfy constraint: [{AT_MOST.format(2)}, {AT_LEAST.format(1)}]"
            ],
        ),
    ],
)
def test_violated_constraints_are_told_with_path_and_value(shape: Shape, json: object, found: list[str]) -> None:
    assert sentences(shape, json) == found


def test_a_querys_limit_is_told_by_its_name_alone() -> None:
    violations = Violations()
    QueryLimit().check(1, "limit", violations)
    violations.report()
    QueryLimit().check(0, "limit", violations)
    with pytest.raises(ValidationException) as refused:
        violations.report()
    assert refused.value.message == (
        "1 validation error detected: Value at 'Limit' failed to satisfy constraint: "
        "Member must have value greater than or equal to 1"
    )


def test_members_are_checked_in_the_order_of_their_declaration() -> None:
    shape = Structure("X", {"B": Member(String(), required=True), "A": Member(Integer(1)), "C": Member(String(("x",)))})
    assert [sentence.split(":")[0] for sentence in sentences(shape, {"C": "y", "A": 0})] == [
        "Value null at 'it.b'",
        "Value '0' at 'it.a'",
        "Value 'y' at 'it.c'",
    ]


def test_no_more_than_ten_violations_are_told() -> None:
    assert len(sentences(ListOf(String(("A",))), ["x"] * 20)) == 10


def test_a_long_value_is_cut_short() -> None:
    (sentence,) = sentences(String(("A",)), "x" * 100_000)
    assert len(sentence) < 2000
    assert "xxx...' at 'it'" in sentence


def test_a_value_too_deep_to_be_shown_is_left_out() -> None:
    deep: object = {}
    for _ in range(400):
        deep = {"M": deep}
    (sentence,) = sentences(MapOf(AttributeValues(), "x", of_tables=True), {"a": deep})
    assert sentence == f"Value '...' at 'it': {TABLE_KEYS}"


def test_unknown_and_null_members_are_ignored() -> None:
    assert ELEMENT.read({"AttributeName": "a", "Kind": None, "Other": 1}) == {"AttributeName": "a"}


@pytest.mark.parametrize(
    ("shape", "json", "message"),
    [
        (String(), 1, "NUMBER_VALUE cannot be converted to String"),
        (Name(), True, "TRUE_VALUE cannot be converted to String"),
        (Boolean(), 1, "NUMBER_VALUE cannot be converted to Boolean"),
        (Integer(1), "1", "STRING_VALUE cannot be converted to Integer"),
        (Integer(1, type_name="Long"), "1", "STRING_VALUE cannot be converted to Long"),
        (ELEMENT, "a", "Unexpected field type"),
        (ListOf(ELEMENT), ["a"], "Unexpected value type in payload"),
        (MapOf(ELEMENT, "Element"), {"a": "a"}, "Unexpected value type in payload"),
        (
            MapOf(ELEMENT, "Element"),
            [],
            "Unrecognized collection type java.util.Map<java.lang.String, com.amazonaws.dynamodb.v20120810.Element>",
        ),
        (
            ListOf(AttributeValues()),
            ["a"],
            "sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl cannot be cast to java.lang.Class",
        ),
        (AttributeValue(), "a", "Unexpected field type"),
        (ListOf(AttributeValue()), ["a"], "Unexpected value type in payload"),
        (
            MapOf(ListOf(ELEMENT), "x"),
            {"a": 1},
            "sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl cannot be cast to java.lang.Class",
        ),
    ],
)
def test_a_wrong_type_is_refused_at_once(shape: Shape, json: object, message: str) -> None:
    with pytest.raises(SerializationException) as refusal:
        shape.read(json)
    assert refusal.value.message == message


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("films", "films"),
        ("arn:aws:dynamodb:eu-west-1:000000000000:table/films", "films"),
        ("arn:aws-cn:dynamodb:cn-north-1:000000000000:table/films", "films"),
        ("arn:aws:dynamodb:eu-west-1:000000000000:table/films/index/by-year", None),
        ("arn:aws:s3:::films", None),
    ],
)
def test_the_arn_of_a_table_stands_for_its_name(text: str, name: str | None) -> None:
    assert Name(arn=True).read(text) == (name or text)
    assert bool(sentences(Name(arn=True), text)) is (name is None)


def test_an_arn_is_no_name_of_an_index() -> None:
    assert sentences(Name(), "arn:aws:dynamodb:eu-west-1:000000000000:table/films")


def test_one_table_under_two_names_is_refused() -> None:
    shape = MapOf(String(), "x", of_tables=True)
    with pytest.raises(ValidationException, match="named twice"):
        shape.read({"films": "a", "arn:aws:dynamodb:eu-west-1:000000000000:table/films": "b"})


def test_a_parameter_of_a_later_version_is_refused_by_name() -> None:
    with pytest.raises(ValidationException) as refusal:
        sentences(Structure("X", {"Expected": Member(NotSupported("Expected"))}), {"Expected": {}})
    assert refusal.value.message == "The parameter Expected is not supported by this version of microdax"
    assert sentences(Structure("X", {"Expected": Member(NotSupported("Expected"))}), {"Expected": None}) == []


def test_all_maps_of_attribute_values_are_found() -> None:
    members = NESTED.read(
        {"Keys": [{"a": 1}, None], "Tables": {"t": {"Key": {"b": 2}}, "u": {}, "v": None}, "Name": "n"}
    )
    assert list(attribute_maps(NESTED, members)) == [{"a": 1}, {"b": 2}]


def test_an_attribute_value_on_its_own_is_found_as_a_map_of_its_own() -> None:
    assert list(attribute_maps(ListOf(AttributeValue()), [{"S": "a"}, {"N": "1"}])) == [
        {"": {"S": "a"}},
        {"": {"N": "1"}},
    ]
