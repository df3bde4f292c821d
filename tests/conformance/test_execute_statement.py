"""ExecuteStatement: PartiQL, one statement at a time."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.boto import Client, Json, refused, unique


def run(client: Client, statement: str, *parameters: Json, **members: Any) -> Json:
    given = {"Parameters": list(parameters)} if parameters else {}
    reply: Json = client.execute_statement(Statement=statement, **given, **members)
    return reply


@pytest.fixture
def partition(client: Client, ranged: str) -> str:
    """A partition of the table `ranged` with the numbers 0 to 4, x being twice the number."""
    p = unique()
    for r in range(5):
        item = {"p": {"S": p}, "r": {"N": str(r)}, "x": {"N": str(2 * r)}}
        client.put_item(TableName=ranged, Item=item)
    return p


def numbers(reply: Json) -> list[int]:
    return [int(item["r"]["N"]) for item in reply["Items"]]


def test_a_select_by_the_whole_key_gives_the_item(client: Client, table: str) -> None:
    item: Json = {"id": {"S": unique()}, "l": {"L": [{"N": "1"}, {"NULL": True}]}, "b": {"B": b"\x00"}}
    client.put_item(TableName=table, Item=item)
    reply = run(client, f'SELECT * FROM "{table}" WHERE id = ?', item["id"])
    assert reply["Items"] == [item]
    assert "NextToken" not in reply
    assert run(client, f'SELECT * FROM "{table}" WHERE id = ?', {"S": unique()})["Items"] == []


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("", [0, 1, 2, 3, 4]),
        ("AND r = 2", [2]),
        ("AND r > 1 AND r <= 3", [2, 3]),
        ("AND r BETWEEN 1 AND 2", [1, 2]),
        ("AND x > 4", [3, 4]),
        ("AND x IN [2, 6]", [1, 3]),
        ("AND NOT x = 2", [0, 2, 3, 4]),
        ("AND (x = 0 OR x = 8)", [0, 4]),
        ("AND x <> 2 AND r != 3", [0, 2, 4]),
        ("AND x IS MISSING", []),
        ("AND x IS NOT MISSING", [0, 1, 2, 3, 4]),
        ("AND attribute_type(x, 'N') AND size(p) > 3", [0, 1, 2, 3, 4]),
        ("ORDER BY r DESC", [4, 3, 2, 1, 0]),
        ("AND r < 3 ORDER BY r ASC", [0, 1, 2]),
    ],
)
def test_a_select_by_the_hash_key_is_a_query(
    client: Client, ranged: str, partition: str, where: str, expected: list[int]
) -> None:
    assert numbers(run(client, f'SELECT * FROM "{ranged}" WHERE p = ? {where}', {"S": partition})) == expected


def test_a_select_without_the_hash_key_is_a_scan(client: Client, new_table: Callable[..., str]) -> None:
    name = new_table("p:S", "r:N")
    for p in ("a", "b"):
        for r in range(3):
            run(client, f"INSERT INTO \"{name}\" VALUE {{'p': '{p}', 'r': {r}}}")
    assert len(run(client, f'SELECT * FROM "{name}"')["Items"]) == 6
    assert numbers(run(client, f'SELECT r FROM "{name}" WHERE r = 1')) == [1, 1]
    assert sorted(numbers(run(client, f"SELECT * FROM \"{name}\" WHERE p IN ['a', 'b'] AND r > 0"))) == [1, 1, 2, 2]


def test_pages_go_on_with_the_token(client: Client, ranged: str, partition: str) -> None:
    statement = f'SELECT * FROM "{ranged}" WHERE p = ?'
    found: list[list[int]] = []
    token: Json = {}
    while True:
        reply = run(client, statement, {"S": partition}, Limit=2, **token)
        found.append(numbers(reply))
        if "NextToken" not in reply:
            break
        token = {"NextToken": reply["NextToken"]}
    assert found == [[0, 1], [2, 3], [4]]


def test_a_token_is_of_its_statement(client: Client, ranged: str, partition: str) -> None:
    token = run(client, f'SELECT * FROM "{ranged}" WHERE p = ?', {"S": partition}, Limit=1)["NextToken"]
    other = f'SELECT r FROM "{ranged}" WHERE p = ?'
    call = {"Statement": other, "Parameters": [{"S": partition}], "NextToken": token}
    assert refused(client.execute_statement, **call).code == "ValidationException"
    call["NextToken"] = "bm8gdG9rZW4="
    assert refused(client.execute_statement, **call).code == "ValidationException"


def test_a_projection_shows_paths_under_their_last_names(client: Client, table: str) -> None:
    id = unique()
    client.put_item(
        TableName=table,
        Item={"id": {"S": id}, "m": {"M": {"k": {"L": [{"S": "x"}, {"S": "y"}]}, "z": {"N": "1"}}}, "n": {"N": "2"}},
    )
    reply = run(client, f'SELECT m.k[1], m.z, n, nothing FROM "{table}" WHERE id = ?', {"S": id})
    assert reply["Items"] == [{"k[1]": {"S": "y"}, "z": {"N": "1"}, "n": {"N": "2"}}]


def test_literals_of_each_type(client: Client, table: str) -> None:
    id = unique()
    run(
        client,
        f"INSERT INTO \"{table}\" VALUE {{'id': '{id}', 's': 'it''s', 'n': -1.50, 't': true, 'f': FALSE, 'u': NULL, "
        "'l': [1, ['x']], 'm': {'k': {'z': 0}}, 'ss': <<'a', 'b'>>, 'ns': <<1, 2>>}",
    )
    item = client.get_item(TableName=table, Key={"id": {"S": id}})["Item"]
    assert item == {
        "id": {"S": id},
        "s": {"S": "it's"},
        "n": {"N": "-1.5"},
        "t": {"BOOL": True},
        "f": {"BOOL": False},
        "u": {"NULL": True},
        "l": {"L": [{"N": "1"}, {"L": [{"S": "x"}]}]},
        "m": {"M": {"k": {"M": {"z": {"N": "0"}}}}},
        "ss": {"SS": ["a", "b"]},
        "ns": {"NS": ["1", "2"]},
    }


def test_an_insert_answers_no_items_and_never_replaces(client: Client, table: str) -> None:
    id = unique()
    insert = f"INSERT INTO \"{table}\" VALUE {{'id': ?, 'v': ?}}"
    assert run(client, insert, {"S": id}, {"N": "1"})["Items"] == []
    again = refused(client.execute_statement, Statement=insert, Parameters=[{"S": id}, {"N": "2"}])
    assert (again.code, again.message) == ("DuplicateItemException", "Duplicate primary key exists in table")
    assert client.get_item(TableName=table, Key={"id": {"S": id}})["Item"]["v"] == {"N": "1"}


def test_an_update_changes_one_item(client: Client, table: str) -> None:
    id = unique()
    run(client, f"INSERT INTO \"{table}\" VALUE {{'id': ?, 'n': 1, 'l': ['a'], 's': <<'x'>>, 'gone': 1}}", {"S": id})
    reply = run(
        client,
        f'UPDATE "{table}" SET n = n + 1 SET l = list_append(l, ?) '
        "SET s = set_add(s, <<'y'>>) REMOVE gone WHERE id = ?",
        {"L": [{"S": "b"}]},
        {"S": id},
    )
    assert reply["Items"] == []
    item = client.get_item(TableName=table, Key={"id": {"S": id}})["Item"]
    assert item == {"id": {"S": id}, "n": {"N": "2"}, "l": {"L": [{"S": "a"}, {"S": "b"}]}, "s": {"SS": ["x", "y"]}}
    run(client, f"UPDATE \"{table}\" SET s = set_delete(s, <<'x'>>) WHERE id = ?", {"S": id})
    assert client.get_item(TableName=table, Key={"id": {"S": id}})["Item"]["s"] == {"SS": ["y"]}


@pytest.mark.parametrize(
    ("returning", "expected"),
    [
        ("ALL OLD", {"n": {"N": "1"}, "o": {"N": "0"}}),
        ("ALL NEW", {"n": {"N": "2"}, "o": {"N": "0"}}),
        ("MODIFIED OLD", {"n": {"N": "1"}}),
        ("MODIFIED NEW", {"n": {"N": "2"}}),
    ],
)
def test_returning(client: Client, table: str, returning: str, expected: Json) -> None:
    id = {"S": unique()}
    client.put_item(TableName=table, Item={"id": id, "n": {"N": "1"}, "o": {"N": "0"}})
    (item,) = run(client, f'UPDATE "{table}" SET n = 2 WHERE id = ? RETURNING {returning} *', id)["Items"]
    assert item == (expected if returning.startswith("MODIFIED") else {"id": id, **expected})


def test_a_modification_that_leaves_nothing_to_show_returns_no_item(client: Client, table: str) -> None:
    id = {"S": unique()}
    client.put_item(TableName=table, Item={"id": id, "n": {"N": "1"}})
    assert run(client, f'UPDATE "{table}" REMOVE n WHERE id = ? RETURNING MODIFIED NEW *', id)["Items"] == []


def test_an_update_needs_its_item(client: Client, table: str) -> None:
    update = f'UPDATE "{table}" SET n = 1 WHERE id = ?'
    missing = refused(client.execute_statement, Statement=update, Parameters=[{"S": unique()}])
    assert (missing.code, missing.message) == ("ConditionalCheckFailedException", "The conditional request failed")


def test_a_failed_condition_shows_the_item_where_asked(client: Client, table: str) -> None:
    item = {"id": {"S": unique()}, "n": {"N": "1"}}
    client.put_item(TableName=table, Item=item)
    failed = refused(
        client.execute_statement,
        Statement=f'UPDATE "{table}" SET n = 2 WHERE id = ? AND n = 5',
        Parameters=[item["id"]],
        ReturnValuesOnConditionCheckFailure="ALL_OLD",
    )
    assert failed.code == "ConditionalCheckFailedException"
    assert failed.response["Item"] == item


def test_a_delete_of_a_missing_item_succeeds_with_and_without_condition(client: Client, table: str) -> None:
    for condition in ("", "AND n = 1"):
        delete = f'DELETE FROM "{table}" WHERE id = ? {condition}'
        assert run(client, delete, {"S": unique()})["Items"] == []


def test_a_delete_keeps_an_item_that_it_does_not_hold_for(client: Client, table: str) -> None:
    item = {"id": {"S": unique()}, "n": {"N": "1"}}
    client.put_item(TableName=table, Item=item)
    delete = f'DELETE FROM "{table}" WHERE id = ?'
    kept = refused(client.execute_statement, Statement=f"{delete} AND n = 2", Parameters=[item["id"]])
    assert kept.code == "ConditionalCheckFailedException"
    assert run(client, f"{delete} AND n = 1 RETURNING ALL OLD *", item["id"])["Items"] == [item]
    assert run(client, f"{delete} RETURNING ALL OLD *", item["id"])["Items"] == []


@pytest.mark.parametrize("verb", ["UPDATE {} SET x = 1", "DELETE FROM {}"])
@pytest.mark.parametrize("where", ["", "WHERE p = 'a'", "WHERE p = 'a' AND r > 1", "WHERE x = 1"])
def test_a_write_names_its_whole_key(client: Client, ranged: str, verb: str, where: str) -> None:
    statement = f"{verb.format(chr(34) + ranged + chr(34))} {where}"
    refusal = refused(client.execute_statement, Statement=statement)
    assert refusal.message == "Where clause does not contain a mandatory equality on all key attributes"


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("SLECT * FROM t", "Statement wasn't well formed, can't be processed: Expected data manipulation"),
        (
            "UPDATE a-b SET c = 1 WHERE d = 1",
            "Statement wasn't well formed, can't be processed: Expected data manipulation",
        ),
        ("SELECT * FROM {} WHERE id = ?", "Number of parameters in request and statement don't match."),
        ("SELECT * FROM {} LIMIT 1", "Unsupported clause: LIMIT"),
        ("SELECT * FROM {} ORDER BY id", "Must have WHERE clause in the statement when using ORDER BY clause."),
        (
            "SELECT * FROM {} WHERE n = 1 ORDER BY id",
            "Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause.",
        ),
        ("SELECT m.z, n.z FROM {}", "Duplicate identifiers in select clause: z"),
        ("INSERT INTO {} VALUE {{'id': 'a', 's': <<>>}}", "Empty bags are not supported"),
    ],
)
def test_statements_that_are_refused(client: Client, table: str, statement: str, message: str) -> None:
    refusal = refused(client.execute_statement, Statement=statement.format(f'"{table}"'))
    assert (refusal.code, refusal.message) == ("ValidationException", message)


@pytest.mark.parametrize(
    "statement",
    [
        "",
        "SELECT * FROM",
        "SELECT * FROM {} WHERE",
        "SELECT * FROM {} WHERE id LIKE 'a'",
        "SELECT COUNT(*) FROM {}",
        "SELECT id AS other FROM {}",
        "INSERT INTO {} VALUE {{'id': 'a'}} RETURNING ALL OLD *",
        "INSERT INTO {} VALUE {{'n': 1}}",
        "UPDATE {} SET id = 'b' WHERE id = 'a'",
        "DELETE FROM {} WHERE id = 'a' RETURNING ALL NEW *",
        "EXISTS(SELECT * FROM {} WHERE id = 'a' AND n = 1)",
        "SELECT * FROM {} WHERE id = 1",
        "SELECT * FROM {}; SELECT * FROM {}",
        "CREATE TABLE t",
    ],
)
def test_statements_that_are_refused_in_words_that_are_not_certain(client: Client, table: str, statement: str) -> None:
    """That they are refused is; what Amazon says of them is not known to us."""
    refusal = refused(client.execute_statement, Statement=statement.format(f'"{table}"', f'"{table}"'))
    assert refusal.code == "ValidationException"


def test_a_table_that_is_not_there(client: Client) -> None:
    assert (
        refused(client.execute_statement, Statement='SELECT * FROM "no-such-table"').code == "ResourceNotFoundException"
    )


def test_a_statement_has_at_most_8192_characters(client: Client, table: str) -> None:
    refusal = refused(client.execute_statement, Statement=f'SELECT * FROM "{table}"' + " " * 8192)
    assert refusal.message.endswith("failed to satisfy constraint: Member must have length less than or equal to 8192")


def test_consumed_capacity(client: Client, ranged: str, partition: str) -> None:
    statement = f'SELECT * FROM "{ranged}" WHERE p = ? AND r = 1'
    for consistent, units in ((False, 0.5), (True, 1.0)):
        reply = run(client, statement, {"S": partition}, ConsistentRead=consistent, ReturnConsumedCapacity="TOTAL")
        assert reply["ConsumedCapacity"]["CapacityUnits"] == units
