"""ListTables, as Amazon does it."""

from collections.abc import Callable

from tests.support.boto import Client, refused


def test_every_table_is_listed_once_over_all_pages(client: Client, new_table: Callable[..., str]) -> None:
    names = {new_table() for _ in range(3)}
    found: list[str] = []
    for page in client.get_paginator("list_tables").paginate(PaginationConfig={"PageSize": 2}):
        assert len(page["TableNames"]) <= 2
        found += page["TableNames"]
    assert names <= set(found)
    assert len(found) == len(set(found))


def test_a_page_says_where_the_next_one_begins(client: Client, new_table: Callable[..., str]) -> None:
    new_table()
    page = client.list_tables(Limit=1)
    assert page["LastEvaluatedTableName"] == page["TableNames"][0]
    following = client.list_tables(Limit=1, ExclusiveStartTableName=page["TableNames"][0])
    assert following["TableNames"][0] > page["TableNames"][0]


def test_a_limit_is_between_1_and_100(client: Client) -> None:
    for limit in (0, 101):
        assert refused(client.list_tables, Limit=limit).code == "ValidationException"
