"""What Query and Scan read: rows of a table or of an index, and what those hold."""

from decimal import Decimal

import pytest

from backend_store.kv import keyspace
from backend_store.operations.sources import Source, check_filter_sees, must_fetch, source_of
from backend_store.table import Table
from microdax.expressions.nodes import AttributeExists, Path
from microdax.expressions.parser import Scope, parse_condition, parse_projection
from microdax.model.errors import ValidationException
from microdax.model.keys import KeyAttribute, KeySchema
from microdax.model.requests import IndexKind, Placeholders, Projection, Select
from microdax.model.tables import Index, TableDescription
from microdax.model.values import Key

P, R = KeyAttribute("p", "S"), KeyAttribute("r", "N")
GLOBAL_KEY = KeySchema(KeyAttribute("g", "S"), KeyAttribute("n", "N"))
LOCAL_KEY = KeySchema(P, KeyAttribute("l", "S"))
KEYS_ONLY, SOME, ALL = Projection("KEYS_ONLY"), Projection("INCLUDE", ("kept",)), Projection("ALL")

INDEXES = (
    Index("local", "local", LOCAL_KEY, KEYS_ONLY, 1),
    Index("local_all", "local", LOCAL_KEY, ALL, 2),
    Index("global", "global", GLOBAL_KEY, SOME, 3),
    Index("global_all", "global", GLOBAL_KEY, ALL, 4),
    Index("hash_only", "global", KeySchema(KeyAttribute("g", "S")), KEYS_ONLY, 5),
)
TABLE = Table(7, TableDescription("main", KeySchema(P, R), "arn", "id", 0.0, indexes=INDEXES, following_index=6), {})


def source(name: str | None) -> Source:
    return source_of(TABLE, name, consistent_read=False)


def test_a_source_without_index_is_the_table() -> None:
    key: Key = {"p": "a", "r": Decimal(1)}
    assert source(None).key_schema == TABLE.key_schema
    assert source(None).space == keyspace.rows_space(7)
    assert source(None).row_key(key) == TABLE.row_key(key)
    assert source(None).key_names == ("p", "r")


@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("local", ("p", "l", "r")),
        ("global", ("g", "n", "p", "r")),
        ("hash_only", ("g", "p", "r")),
    ],
)
def test_an_index_is_rows_of_a_space_of_its_own_that_the_keys_of_both_tell_apart(
    name: str, names: tuple[str, ...]
) -> None:
    index = TABLE.index(name)
    key: Key = {"p": "a", "r": Decimal(1), "l": "l", "g": "g", "n": Decimal(2)}
    found = source(name)
    assert found.key_schema == index.key_schema
    assert found.space == keyspace.index_space(7, index.number)
    assert found.key_names == names
    assert keyspace.space_range(found.space).holds(found.row_key(key))
    assert found.row_key(key) != found.row_key({**key, "r": Decimal(3)})
    assert found.key_of({**key, "more": True}) == {name: key[name] for name in names}


def test_an_index_must_be_there() -> None:
    with pytest.raises(ValidationException, match="The table does not have the specified index: other"):
        source("other")


@pytest.mark.parametrize("name", ["global", "global_all", "hash_only"])
def test_a_global_index_has_no_consistent_reads(name: str) -> None:
    with pytest.raises(ValidationException, match="Consistent reads are not supported on global secondary indexes"):
        source_of(TABLE, name, consistent_read=True)


@pytest.mark.parametrize("name", [None, "local", "local_all"])
def test_a_table_and_a_local_index_have_consistent_reads(name: str | None) -> None:
    assert source_of(TABLE, name, consistent_read=True) == source(name)


@pytest.mark.parametrize(
    ("name", "select", "projection", "expected"),
    [
        (None, "ALL_ATTRIBUTES", None, False),
        (None, None, "anything", False),
        ("local", None, None, False),
        ("local", "ALL_PROJECTED_ATTRIBUTES", None, False),
        ("local", "COUNT", None, False),
        ("local", "ALL_ATTRIBUTES", None, True),
        ("local", "SPECIFIC_ATTRIBUTES", "p, l, r", False),
        ("local", None, "p, kept.a", True),
        ("local_all", "ALL_ATTRIBUTES", None, False),
        ("local_all", None, "anything", False),
        ("global", None, None, False),
        ("global", None, "kept[0], g, n, p, r", False),
        ("global_all", "ALL_ATTRIBUTES", None, False),
        ("global_all", None, "anything", False),
    ],
)
def test_only_what_a_local_index_does_not_hold_is_fetched(
    name: str | None, select: Select | None, projection: str | None, expected: bool
) -> None:
    wanted = None if projection is None else parse_projection(projection, Scope(Placeholders()))
    assert must_fetch(source(name), select, wanted) is expected


def test_all_attributes_are_refused_of_a_global_index_that_does_not_hold_all() -> None:
    with pytest.raises(ValidationException) as refused:
        must_fetch(source("global"), "ALL_ATTRIBUTES", None)
    assert refused.value.message == (
        "One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global secondary "
        "index global because its projection type is not ALL"
    )


def test_attributes_that_a_global_index_does_not_hold_are_refused_by_name() -> None:
    wanted = parse_projection("x.y, kept, z, x.z", Scope(Placeholders()))
    with pytest.raises(ValidationException) as refused:
        must_fetch(source("global"), "SPECIFIC_ATTRIBUTES", wanted)
    assert refused.value.message == (
        "One or more parameter values were invalid: Global secondary index global does not project [x, z]"
    )


@pytest.mark.parametrize(("name", "kind"), [("local", "local"), ("global", "global")])
def test_a_filter_sees_what_the_index_holds(name: str, kind: IndexKind) -> None:
    assert TABLE.index(name).kind == kind
    condition = parse_condition("FilterExpression", "r <> p AND size(x.y) > r", Scope(Placeholders()))
    with pytest.raises(ValidationException) as refused:
        check_filter_sees(source(name), condition)
    assert refused.value.message == (
        f"One or more parameter values were invalid: Secondary index {name} does not project one or more filter "
        "attributes: [x]"
    )


@pytest.mark.parametrize("name", [None, "local_all", "global_all"])
def test_a_filter_sees_everything_where_everything_is(name: str | None) -> None:
    check_filter_sees(source(name), AttributeExists(Path(("x",))))
    check_filter_sees(source(name), None)
