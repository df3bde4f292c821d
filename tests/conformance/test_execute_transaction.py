"""ExecuteTransaction: up to 100 statements of PartiQL, all of them or none."""

from typing import Any

import pytest

from tests.support.boto import Client, Json, Refused, refused, unique


def transact(client: Client, *statements: str, **members: Any) -> Json:
    reply: Json = client.execute_transaction(
        TransactStatements=[{"Statement": statement} for statement in statements], **members
    )
    return reply


def refusal(client: Client, *statements: str, **members: Any) -> Refused:
    asked = [{"Statement": statement} for statement in statements]
    return refused(client.execute_transaction, TransactStatements=asked, **members)


def item_of(client: Client, table: str, id: str) -> Json | None:
    found: Json | None = client.get_item(TableName=table, Key={"id": {"S": id}}, ConsistentRead=True).get("Item")
    return found


def insert(table: str, id: str) -> str:
    return f"INSERT INTO \"{table}\" VALUE {{'id': '{id}', 'n': 1}}"


def increment(table: str, id: str) -> str:
    return f"UPDATE \"{table}\" SET n = n + 1 WHERE id = '{id}'"


def test_writes_happen_together(client: Client, table: str) -> None:
    one, two = unique(), unique()
    transact(client, insert(table, one), insert(table, two))
    transact(client, increment(table, one), f"DELETE FROM \"{table}\" WHERE id = '{two}'")
    assert item_of(client, table, one) == {"id": {"S": one}, "n": {"N": "2"}}
    assert item_of(client, table, two) is None


def test_or_not_at_all(client: Client, table: str) -> None:
    new, taken = unique(), unique()
    transact(client, insert(table, taken))
    cancelled = refusal(client, insert(table, new), increment(table, unique()), increment(table, taken))
    assert cancelled.code == "TransactionCanceledException"
    reasons = cancelled.response["CancellationReasons"]
    assert [reason["Code"] for reason in reasons] == ["None", "ConditionalCheckFailed", "None"]
    assert item_of(client, table, new) is None


def test_a_taken_key_cancels(client: Client, table: str) -> None:
    """Amazon's documents do not name the code of this reason."""
    taken = unique()
    transact(client, insert(table, taken))
    cancelled = refusal(client, insert(table, taken))
    assert cancelled.code == "TransactionCanceledException"
    assert cancelled.response["CancellationReasons"][0]["Message"] == "Duplicate primary key exists in table"


def test_exists_is_a_condition(client: Client, table: str) -> None:
    guard, id = unique(), unique()
    transact(client, insert(table, guard))
    holds = f"EXISTS(SELECT * FROM \"{table}\" WHERE id = '{guard}' AND n = 1)"
    transact(client, insert(table, id), holds)
    cancelled = refusal(client, increment(table, id), holds.replace("n = 1", "n = 2"))
    codes = [reason["Code"] for reason in cancelled.response["CancellationReasons"]]
    assert codes == ["None", "ConditionalCheckFailed"]
    assert item_of(client, table, id) == {"id": {"S": id}, "n": {"N": "1"}}


def test_reads_are_of_one_moment_and_in_order(client: Client, table: str) -> None:
    one, two = unique(), unique()
    transact(client, insert(table, one))
    select = f'SELECT * FROM "{table}" WHERE id = '
    responses = transact(client, f"{select}'{two}'", f"{select}'{one}'")["Responses"]
    assert responses == [{}, {"Item": {"id": {"S": one}, "n": {"N": "1"}}}]


def test_a_token_makes_it_happen_once(client: Client, table: str) -> None:
    id, token = unique(), unique("")[1:]
    transact(client, insert(table, id))
    for _ in range(2):
        transact(client, increment(table, id), ClientRequestToken=token)
    assert item_of(client, table, id) == {"id": {"S": id}, "n": {"N": "2"}}
    other = refusal(client, increment(table, unique()), ClientRequestToken=token)
    assert other.code == "IdempotentParameterMismatchException"


@pytest.mark.parametrize(
    ("statements", "message"),
    [
        (
            ["SELECT * FROM {} WHERE id = 'a'", "DELETE FROM {} WHERE id = 'b'"],
            "ExecuteTransaction API does not support both read and write operations in the same request.",
        ),
        (
            ["SELECT * FROM {} WHERE n = 1"],
            "Select statements within ExecuteTransaction must specify the primary key in the where clause.",
        ),
        (
            ["EXISTS(SELECT * FROM {} WHERE id = 'a')"],
            "EXISTS() must contain a single item read with additional condition",
        ),
        (
            ["DELETE FROM {} WHERE id = 'a'", "UPDATE {} SET n = 1 WHERE id = 'a'"],
            "Transaction request cannot include multiple operations on one item",
        ),
        (["SLECT"], "Statement wasn't well formed, can't be processed: Expected data manipulation"),
    ],
)
def test_transactions_that_are_refused(client: Client, table: str, statements: list[str], message: str) -> None:
    refused_whole = refusal(client, *(statement.format(f'"{table}"') for statement in statements))
    assert (refused_whole.code, refused_whole.message) == ("ValidationException", message)


def test_returning_is_not_for_transactions(client: Client, table: str) -> None:
    """The words are not certain."""
    refused_whole = refusal(client, f"DELETE FROM \"{table}\" WHERE id = 'a' RETURNING ALL OLD *")
    assert refused_whole.code == "ValidationException"


@pytest.mark.parametrize("count", [0, 101])
def test_a_transaction_has_1_to_100_statements(client: Client, table: str, count: int) -> None:
    statements = [insert(table, unique()) for _ in range(count)]
    assert refusal(client, *statements).code == "ValidationException"
