import base64
from decimal import Decimal

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend_store.partiql.next_tokens import Place, read_token, write_token
from microdax.model.errors import ValidationException
from microdax.model.partiql_requests import StatementText
from microdax.model.values import NumberSet

STATEMENT = StatementText("SELECT * FROM t WHERE p = ?", (NumberSet({Decimal(1), Decimal(2)}),))


def refusal(token: str, statement: StatementText = STATEMENT) -> str:
    with pytest.raises(ValidationException) as error:
        read_token(token, statement)
    return error.value.message


def packed(document: object) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(document)).decode()


@pytest.mark.parametrize("place", [Place(), Place(3), Place(1, {"p": "ä", "r": Decimal("1.5"), "b": b"\x00"})])
def test_a_token_is_read_back(place: Place) -> None:
    assert read_token(write_token(place, STATEMENT), STATEMENT) == place


def test_without_a_token_a_statement_begins_at_the_beginning() -> None:
    assert read_token(None, STATEMENT) == Place()


@pytest.mark.parametrize(
    "other", [StatementText(STATEMENT.text), StatementText("SELECT * FROM u", STATEMENT.parameters)]
)
def test_another_statements_token_is_refused(other: StatementText) -> None:
    assert refusal(write_token(Place(1), other)) == "NextToken does not match request"


def test_how_a_statement_is_read_may_change_between_pages() -> None:
    consistent = StatementText(STATEMENT.text, STATEMENT.parameters, consistent_read=True)
    assert read_token(write_token(Place(1), STATEMENT), consistent) == Place(1)


@pytest.mark.parametrize(
    "token",
    [
        "x",
        "####",
        packed(1),
        packed([]),
        packed(["hash", -1, None]),
        packed(["hash", "1", None]),
        packed(["hash", 0, 1]),
    ],
)
def test_what_is_no_token_is_refused(token: str) -> None:
    assert refusal(token) == "Invalid NextToken"


@given(st.text(max_size=60) | st.binary(max_size=60).map(lambda data: base64.urlsafe_b64encode(data).decode()))
def test_nothing_made_up_is_read_nor_raises_another_error(token: str) -> None:
    assert refusal(token)
