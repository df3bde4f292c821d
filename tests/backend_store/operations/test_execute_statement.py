from decimal import Decimal
from typing import Any

import pytest

from backend_store.partiql.next_tokens import Place, write_token
from microdax.model.partiql_requests import StatementText
from tests.support.stores import Calls, Refusal

Json = dict[str, Any]


@pytest.fixture
async def table(call: Calls) -> str:
    """The table songs: partitions a, b and c with the numbers 0 to 3 each, and x of twice the number."""
    await call.create_table("songs", "p:S", "r:N")
    for p in "abc":
        for r in range(4):
            await run(call, "INSERT INTO songs VALUE {'p': ?, 'r': ?, 'x': ?}", {"S": p}, n(r), n(2 * r))
    return "songs"


async def run(call: Calls, statement: str, *parameters: Json, **members: Any) -> Json:
    given = {"Parameters": list(parameters)} if parameters else {}
    reply: Json = await call("ExecuteStatement", Statement=statement, **given, **members)
    return reply


async def refused(call: Calls, statement: str, *parameters: Json, **members: Any) -> Refusal:
    with pytest.raises(Refusal) as error:
        await run(call, statement, *parameters, **members)
    return error.value


def n(number: int) -> Json:
    return {"N": str(number)}


def keys(reply: Json) -> list[str]:
    """The keys of the items in their order, as a0 for p = a and r = 0."""
    return [item["p"]["S"] + item["r"]["N"] for item in reply["Items"]]


async def pages(call: Calls, statement: str, *parameters: Json, **members: Any) -> list[list[str]]:
    """All pages of a statement, by their tokens."""
    found: list[list[str]] = []
    token: Json = {}
    while True:
        reply = await run(call, statement, *parameters, **members, **token)
        found.append(keys(reply))
        if "NextToken" not in reply:
            return found
        token = {"NextToken": reply["NextToken"]}


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("p = 'b'", "b0 b1 b2 b3"),
        ("p = 'b' AND r = 2", "b2"),
        ("p = 'b' AND r = 2 AND x = 4", "b2"),
        ("p = 'b' AND r = 2 AND x = 5", ""),
        ("p = 'b' AND r > 1", "b2 b3"),
        ("p = 'b' AND 1 < r AND r <= 2", "b2"),
        ("p = 'b' AND r BETWEEN 1 AND 2", "b1 b2"),
        ("p = 'b' AND r <> 1", "b0 b2 b3"),
        ("p = 'b' AND x > 2 AND r < 3", "b2"),
        ("p = 'b' AND r IN [0, 3, 9]", "b0 b3"),
        ("p = 'z'", ""),
        ("p = 'b' ORDER BY r DESC", "b3 b2 b1 b0"),
        ("p = 'b' ORDER BY r", "b0 b1 b2 b3"),
        ("p = 'b' ORDER BY p DESC", "b0 b1 b2 b3"),
        ("p IN ['c', 'a'] AND r < 2", "c0 c1 a0 a1"),
        ("p IN ['c', 'a'] AND r = 2", "c2 a2"),
        ("p = 'c' OR p = 'a' ORDER BY p", "a0 a1 a2 a3 c0 c1 c2 c3"),
        ("p IN ['a', 'c'] AND r > 1 ORDER BY p DESC, r DESC", "c3 c2 a3 a2"),
    ],
)
async def test_a_select_by_the_hash_key_reads_its_partitions_in_order(
    call: Calls, table: str, where: str, expected: str
) -> None:
    assert keys(await run(call, f"SELECT * FROM songs WHERE {where}")) == expected.split()


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("", {p + str(r) for p in "abc" for r in range(4)}),
        ("WHERE r = 1", {"a1", "b1", "c1"}),
        ("WHERE p > 'b' AND x = 0", {"c0"}),
        ("WHERE p = 'a' AND r = 0 OR x = 6", {"a0", "a3", "b3", "c3"}),
        ("WHERE nothing IS MISSING AND p <> 'a' AND r = 0", {"b0", "c0"}),
    ],
)
async def test_any_other_select_reads_all_items(call: Calls, table: str, where: str, expected: set[str]) -> None:
    assert set(keys(await run(call, f"SELECT * FROM songs {where}"))) == expected


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 11, 12])
@pytest.mark.parametrize("statement", ["", "WHERE p IN ['a', 'b', 'c'] ORDER BY p, r DESC", "WHERE p = 'a' OR p = 'c'"])
async def test_pages_together_are_the_whole(call: Calls, table: str, statement: str, limit: int) -> None:
    whole = keys(await run(call, f"SELECT * FROM songs {statement}"))
    paged = await pages(call, f"SELECT * FROM songs {statement}", Limit=limit)
    assert [key for page in paged for key in page] == whole
    assert all(len(page) == limit for page in paged[:-1])


async def test_a_limit_counts_what_is_read_and_not_what_is_found(call: Calls, table: str) -> None:
    assert await pages(call, "SELECT * FROM songs WHERE p = 'a' AND x = 6", Limit=2) == [[], ["a3"], []]


async def test_one_item_has_no_next_page(call: Calls, table: str) -> None:
    assert await run(call, "SELECT * FROM songs WHERE p = 'a' AND r = 1", Limit=1) == {
        "Items": [{"p": {"S": "a"}, "r": n(1), "x": n(2)}]
    }


async def test_a_page_tells_the_key_that_it_ended_with(call: Calls, table: str) -> None:
    reply = await run(call, "SELECT x FROM songs WHERE p = 'a'", Limit=2)
    assert reply["LastEvaluatedKey"] == {"p": {"S": "a"}, "r": n(1)}
    assert reply["Items"] == [{"x": n(0)}, {"x": n(2)}]


async def test_a_page_ends_at_a_megabyte(call: Calls) -> None:
    await call.create_table("wide", "p:S", "r:N")
    for r in range(4):
        item = {"M": {"p": {"S": "a"}, "r": n(r), "fat": {"S": "x" * 300_000}}}
        await run(call, "INSERT INTO wide VALUE ?", item)
    assert [len(page) for page in await pages(call, "SELECT p, r FROM wide WHERE p = 'a'")] == [4, 0]


async def test_tokens_of_other_statements_and_made_up_ones_are_refused(call: Calls, table: str) -> None:
    statement = "SELECT * FROM songs WHERE p IN ['a', 'b']"
    token = (await run(call, statement, Limit=1))["NextToken"]
    other = await refused(call, "SELECT * FROM songs WHERE p = 'a'", NextToken=token)
    assert other.message == "NextToken does not match request"
    assert (await refused(call, statement, NextToken="made up")).message == "Invalid NextToken"


@pytest.mark.parametrize(
    "place", [Place(2), Place(0, {"p": "b", "r": Decimal(1)}), Place(0, {"p": "a"}), Place(0, {"p": "a", "r": "1"})]
)
async def test_a_made_up_place_in_the_right_statement_is_refused(call: Calls, table: str, place: Place) -> None:
    statement = "SELECT * FROM songs WHERE p IN ['a', 'b']"
    token = write_token(place, StatementText(statement))
    assert (await refused(call, statement, NextToken=token)).message == "Invalid NextToken"


async def test_paths_are_shown_under_their_last_names(call: Calls, table: str) -> None:
    await run(call, "INSERT INTO songs VALUE {'p': 'm', 'r': 0, 'm': {'k': [1, 2]}, 'l': ['z'], 'only': true}")
    reply = await run(call, "SELECT m.k[1], l[0], only, nothing FROM songs WHERE p = 'm'")
    assert reply["Items"] == [{"k[1]": n(2), "l[0]": {"S": "z"}, "only": {"BOOL": True}}]
    assert (await run(call, "SELECT nothing FROM songs WHERE p = 'm'"))["Items"] == [{}]


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("ORDER BY r", "Must have WHERE clause in the statement when using ORDER BY clause."),
        ("WHERE p = 'a' ORDER BY x", "Attribute x in ORDER BY clause must be part of the primary key"),
        (
            "WHERE p > 'a' ORDER BY r",
            "Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause.",
        ),
        (
            "WHERE p IN ['a', 'b'] ORDER BY r",
            "Must have hash key in ORDER BY clause when more than one hash key condition specified in WHERE clause.",
        ),
        ("WHERE p = 1", "Key attribute's data type should match its data type in table's schema"),
        (
            "WHERE p.q = 'a'",
            "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: p",
        ),
    ],
)
async def test_selects_that_the_keys_cannot_answer(call: Calls, table: str, statement: str, message: str) -> None:
    refusal = await refused(call, f"SELECT * FROM songs {statement}")
    assert (refusal.code, refusal.message) == ("ValidationException", message)


async def test_tables_and_indexes_that_are_not_there(call: Calls, table: str) -> None:
    assert (await refused(call, "SELECT * FROM nothing")).code == "ResourceNotFoundException"
    refusal = await refused(call, "SELECT * FROM songs.nothing")
    assert refusal.message == "The table does not have the specified index"
    refusal = await refused(call, "DELETE FROM songs.nothing WHERE p = 'a'")
    assert refusal.message == "This operation is not supported on an index"


async def test_an_insert_finds_its_key_taken(call: Calls, table: str) -> None:
    refusal = await refused(call, "INSERT INTO songs VALUE {'p': 'a', 'r': 0}")
    assert (refusal.code, refusal.message) == ("DuplicateItemException", "Duplicate primary key exists in table")
    assert keys(await run(call, "SELECT * FROM songs WHERE p = 'a' AND x = 0")) == ["a0"]


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ("{'p': 'a'}", "One or more parameter values were invalid: Missing the key r in the item"),
        (
            "{'p': 1, 'r': 1}",
            "One or more parameter values were invalid: Type mismatch for key p expected: S actual: N",
        ),
    ],
)
async def test_an_inserted_item_has_its_key(call: Calls, table: str, item: str, message: str) -> None:
    assert (await refused(call, f"INSERT INTO songs VALUE {item}")).message == message


async def test_an_inserted_item_is_at_most_400_kb(call: Calls, table: str) -> None:
    refusal = await refused(call, "INSERT INTO songs VALUE {'p': 'a', 'r': 9, 'x': ?}", {"S": "x" * 410_000})
    assert refusal.message == "Item size has exceeded the maximum allowed size"


@pytest.mark.parametrize(
    ("returning", "items"),
    [
        ("", []),
        ("RETURNING ALL OLD *", [{"p": {"S": "a"}, "r": {"N": "1"}, "x": {"N": "2"}}]),
        ("RETURNING ALL NEW *", [{"p": {"S": "a"}, "r": {"N": "1"}, "x": {"N": "3"}, "y": {"S": "new"}}]),
        ("RETURNING MODIFIED OLD *", [{"x": {"N": "2"}}]),
        ("RETURNING MODIFIED NEW *", [{"x": {"N": "3"}, "y": {"S": "new"}}]),
    ],
)
async def test_an_update_returns_what_it_is_asked_for(call: Calls, table: str, returning: str, items: Any) -> None:
    reply = await run(call, f"UPDATE songs SET x = x + 1 SET y = 'new' WHERE p = 'a' AND r = 1 {returning}")
    assert reply == {"Items": items}


async def test_an_update_that_modified_nothing_to_show_returns_no_item(call: Calls, table: str) -> None:
    removed = await run(call, "UPDATE songs REMOVE x WHERE p = 'a' AND r = 1 RETURNING MODIFIED NEW *")
    assert removed == {"Items": []}


@pytest.mark.parametrize(
    "where", ["p = 'a' AND r = 9", "p = 'a' AND r = 1 AND x = 99", "p = 'a' AND r = 9 AND x IS MISSING"]
)
async def test_an_update_needs_an_item_that_its_where_holds_for(call: Calls, table: str, where: str) -> None:
    refusal = await refused(call, f"UPDATE songs SET x = 1 WHERE {where}")
    assert (refusal.code, refusal.message) == ("ConditionalCheckFailedException", "The conditional request failed")
    assert len(keys(await run(call, "SELECT * FROM songs"))) == 12


async def test_a_failed_condition_shows_the_item_where_asked(call: Calls, table: str) -> None:
    refusal = await refused(
        call, "UPDATE songs SET x = 1 WHERE p = 'a' AND r = 1 AND x = 9", ReturnValuesOnConditionCheckFailure="ALL_OLD"
    )
    assert refusal.document["Item"] == {"p": {"S": "a"}, "r": n(1), "x": n(2)}


async def test_an_update_leaves_the_key_alone(call: Calls, table: str) -> None:
    refusal = await refused(call, "UPDATE songs SET r = 5 WHERE p = 'a' AND r = 1")
    assert refusal.message.endswith("Cannot update attribute r. This attribute is part of the key")


@pytest.mark.parametrize("verb", ["UPDATE songs SET x = 1", "DELETE FROM songs"])
@pytest.mark.parametrize(
    "where", ["", "WHERE p = 'a'", "WHERE x = 1", "WHERE p = 'a' AND r > 1", "WHERE p = 'a' OR r = 1"]
)
async def test_a_write_names_its_whole_key(call: Calls, table: str, verb: str, where: str) -> None:
    refusal = await refused(call, f"{verb} {where}")
    assert refusal.message == "Where clause does not contain a mandatory equality on all key attributes"


async def test_a_delete_returns_the_item_where_asked(call: Calls, table: str) -> None:
    delete = "DELETE FROM songs WHERE p = 'a' AND r = 1"
    returned = await run(call, f"{delete} RETURNING ALL OLD *")
    assert returned == {"Items": [{"p": {"S": "a"}, "r": n(1), "x": n(2)}]}
    assert await run(call, f"{delete} RETURNING ALL OLD *") == {"Items": []}


async def test_a_delete_of_no_item_succeeds_whatever_else_its_where_says(call: Calls, table: str) -> None:
    assert await run(call, "DELETE FROM songs WHERE p = 'a' AND r = 9") == {"Items": []}
    assert await run(call, "DELETE FROM songs WHERE p = 'a' AND r = 9 AND x = 1") == {"Items": []}


async def test_a_delete_keeps_an_item_that_its_where_does_not_hold_for(call: Calls, table: str) -> None:
    refusal = await refused(call, "DELETE FROM songs WHERE p = 'a' AND r = 1 AND x = 9")
    assert refusal.code == "ConditionalCheckFailedException"
    assert keys(await run(call, "SELECT * FROM songs WHERE p = 'a' AND r = 1")) == ["a1"]


async def test_exists_is_for_transactions(call: Calls, table: str) -> None:
    refusal = await refused(call, "EXISTS(SELECT * FROM songs WHERE p = 'a' AND r = 1 AND x = 2)")
    assert refusal.code == "ValidationException"


async def test_a_write_tells_what_it_changed(call: Calls, table: str) -> None:
    update = "UPDATE songs SET x = 7 WHERE p = 'a' AND r = 1"
    changes = (await call.accepted("ExecuteStatement", Statement=update)).changes
    assert changes is not None
    (change,) = changes
    assert (change.table, change.old, change.new) == (
        "songs",
        b'{"p":{"S":"a"},"r":{"N":"1"},"x":{"N":"2"}}',
        b'{"p":{"S":"a"},"r":{"N":"1"},"x":{"N":"7"}}',
    )
    assert (await call.accepted("ExecuteStatement", Statement=update)).changes == ()
    assert (await call.accepted("ExecuteStatement", Statement="SELECT * FROM songs")).changes == ()


@pytest.mark.parametrize(
    ("statement", "consistent", "units"),
    [
        ("SELECT * FROM songs WHERE p = 'a' AND r = 1", False, 0.5),
        ("SELECT * FROM songs WHERE p = 'a' AND r = 1", True, 1.0),
        ("SELECT * FROM songs WHERE p = 'none' AND r = 1", True, 1.0),
        ("SELECT * FROM songs WHERE p IN ['a', 'b']", False, 1.0),
        ("SELECT * FROM songs", True, 1.0),
        ("UPDATE songs SET x = 1 WHERE p = 'a' AND r = 1", False, 1.0),
        ("INSERT INTO songs VALUE {'p': 'new', 'r': 1}", False, 1.0),
    ],
)
async def test_capacity_is_that_of_the_operation_that_a_statement_is(
    call: Calls, table: str, statement: str, consistent: bool, units: float
) -> None:
    reply = await run(call, statement, ConsistentRead=consistent, ReturnConsumedCapacity="TOTAL")
    assert reply["ConsumedCapacity"] == {"TableName": "songs", "CapacityUnits": units}
