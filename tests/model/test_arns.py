import pytest

from microdax.model.arns import Account, read_resource_arn
from microdax.model.errors import AccessDeniedException, ValidationException

ACCOUNT = Account("eu-west-1", "000000000000")
ARN = "arn:aws:dynamodb:eu-west-1:000000000000:table/films"
INVALID = "One or more parameter values were invalid: "


def test_a_tables_arn_says_whose_it_is() -> None:
    assert ACCOUNT.table_arn("films") == ARN
    ACCOUNT.check_table_arn(ARN)


def test_another_accounts_table_is_denied_whatever_its_region() -> None:
    for region in ("eu-west-1", "us-east-1"):
        with pytest.raises(AccessDeniedException, match="Access is denied"):
            ACCOUNT.check_table_arn(f"arn:aws:dynamodb:{region}:111111111111:table/films")


def test_another_regions_table_is_invalid() -> None:
    arn = "arn:aws:dynamodb:us-east-1:000000000000:table/films"
    with pytest.raises(ValidationException, match=f"1 validation error detected: Invalid AWS region in '{arn}'"):
        ACCOUNT.check_table_arn(arn)


@pytest.mark.parametrize("text", ["films", "arn:aws:s3:::bucket", "arn:aws:dynamodb:eu-west-1:1:backup/x", ""])
def test_what_is_no_tables_arn_is_left_to_the_rules_of_names(text: str) -> None:
    ACCOUNT.check_table_arn(text)


def test_a_resource_arn_is_read() -> None:
    arn = read_resource_arn(ARN)
    assert (arn.text, arn.region, arn.account, arn.resource) == (ARN, "eu-west-1", "000000000000", "films")
    assert arn.is_table and not arn.is_stream
    stream = read_resource_arn(f"{ARN}/stream/2026-01-01T00:00:00.000")
    assert stream.is_stream and not stream.is_table


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("films", f"{INVALID}ARNs must start with 'arn:': films"),
        ("", f"{INVALID}ARNs must start with 'arn:': "),
        ("arn:aws:s3:::bucket", f"{INVALID}Provided Arn is not a DynamoDB resource arn: arn:aws:s3:::bucket"),
        (
            "arn:aws:dynamodb:eu-west-1:1:global-table/films",
            f"{INVALID}Provided Arn is not a DynamoDB resource arn: arn:aws:dynamodb:eu-west-1:1:global-table/films",
        ),
        (
            f"{ARN}/index/by-year",
            f"{INVALID}Invalid resource arn provided, only table or stream is accepted. "
            f"Provided resource arn: {ARN}/index/by-year",
        ),
        (
            "arn:aws:dynamodb:eu-west-1:000000000000:table/ab",
            "Invalid TableArn: Invalid ResourceArn provided as input arn:aws:dynamodb:eu-west-1:000000000000:table/ab",
        ),
    ],
)
def test_what_names_no_resource_of_dynamodb_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValidationException) as refusal:
        read_resource_arn(text)
    assert refusal.value.message == message
