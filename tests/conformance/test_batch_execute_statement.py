"""BatchExecuteStatement: up to 25 statements of PartiQL, each on its own."""

from typing import Any

import pytest

from tests.support.boto import Client, Json, refused, unique


def batch(client: Client, *statements: str | Json, **members: Any) -> list[Json]:
    asked = [{"Statement": one} if isinstance(one, str) else one for one in statements]
    responses: list[Json] = client.batch_execute_statement(Statements=asked, **members)["Responses"]
    return responses


def error(response: Json) -> tuple[str, str]:
    return response["Error"]["Code"], response["Error"]["Message"]


def test_reads_are_answered_in_their_order(client: Client, table: str) -> None:
    ids = [unique() for _ in range(3)]
    for id in ids:
        client.put_item(TableName=table, Item={"id": {"S": id}})
    read = f'SELECT * FROM "{table}" WHERE id = ?'
    asked = [{"Statement": read, "Parameters": [{"S": id}]} for id in (*ids, unique())]
    responses = batch(client, *asked)
    assert [response.get("Item") for response in responses] == [*({"id": {"S": id}} for id in ids), None]
    assert all(response["TableName"] == table for response in responses[:3])


def test_a_statement_that_fails_does_not_keep_the_others_from_happening(client: Client, table: str) -> None:
    one, two = unique(), unique()
    responses = batch(
        client,
        f"INSERT INTO \"{table}\" VALUE {{'id': '{one}'}}",
        f"INSERT INTO \"{table}\" VALUE {{'id': '{one}'}}",
        f"UPDATE \"{table}\" SET n = 1 WHERE id = '{unique()}'",
        "SLECT",
        f'DELETE FROM "{table}" WHERE n = 1',
        f"INSERT INTO \"{table}\" VALUE {{'id': '{two}'}}",
    )
    assert [error(response) for response in responses if "Error" in response] == [
        ("DuplicateItem", "Duplicate primary key exists in table"),
        ("ConditionalCheckFailed", "The conditional request failed"),
        ("ValidationError", "Statement wasn't well formed, can't be processed: Expected data manipulation"),
        ("ValidationError", "Where clause does not contain a mandatory equality on all key attributes"),
    ]
    for id in (one, two):
        assert "Item" in client.get_item(TableName=table, Key={"id": {"S": id}}, ConsistentRead=True)


def test_a_read_names_its_whole_key(client: Client, ranged: str) -> None:
    """The words are not certain."""
    (response,) = batch(client, f"SELECT * FROM \"{ranged}\" WHERE p = 'a'")
    assert response["Error"]["Code"] == "ValidationError"


def test_a_table_that_is_not_there_is_told_in_its_place(client: Client, table: str) -> None:
    found, missing = batch(
        client, f"SELECT * FROM \"{table}\" WHERE id = 'a'", "SELECT * FROM \"no-such-table\" WHERE id = 'a'"
    )
    assert "Error" not in found
    assert error(missing) == ("ResourceNotFound", "Requested resource not found")


def test_too_few_parameters_are_told_in_their_place(client: Client, table: str) -> None:
    asked = {"Statement": f'UPDATE "{table}" SET a = ?, b = ? WHERE id = ?', "Parameters": [{"S": "x"}]}
    (response,) = batch(client, asked)
    assert error(response) == ("ValidationError", "Number of parameters in request and statement don't match.")


def test_returning_and_items_on_failure(client: Client, table: str) -> None:
    item = {"id": {"S": unique()}, "n": {"N": "1"}}
    client.put_item(TableName=table, Item=item)
    update = f'UPDATE "{table}" SET n = n + 1 WHERE id = ?'
    done, failed = batch(
        client,
        {"Statement": f"{update} RETURNING ALL NEW *", "Parameters": [item["id"]]},
        {
            "Statement": f"{update} AND n = 1",
            "Parameters": [item["id"]],
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        },
    )
    assert done["Item"] == {**item, "n": {"N": "2"}}
    assert failed["Error"]["Item"] == {**item, "n": {"N": "2"}}


def test_reads_and_writes_do_not_mix(client: Client, table: str) -> None:
    """The words are not certain."""
    asked = [f"SELECT * FROM \"{table}\" WHERE id = 'a'", f"DELETE FROM \"{table}\" WHERE id = 'a'"]
    refusal = refused(client.batch_execute_statement, Statements=[{"Statement": statement} for statement in asked])
    assert refusal.code == "ValidationException"


@pytest.mark.parametrize("count", [0, 26])
def test_a_batch_has_1_to_25_statements(client: Client, table: str, count: int) -> None:
    statements = [{"Statement": f'SELECT * FROM "{table}"'}] * count
    assert refused(client.batch_execute_statement, Statements=statements).code == "ValidationException"
