"""Keys of KMS are shown by their ARN, however they were told."""

import pytest

from microdax.model.encryption import kms_key_arn

TABLE = "arn:aws:dynamodb:eu-west-1:123456789012:table/music"
HERE = "arn:aws:kms:eu-west-1:123456789012:"


@pytest.mark.parametrize(
    ("key", "arn"),
    [
        (None, f"{HERE}alias/aws/dynamodb"),
        ("alias/mine", f"{HERE}alias/mine"),
        ("8f1c2a34", f"{HERE}key/8f1c2a34"),
        ("arn:aws:kms:us-east-1:1:key/a", "arn:aws:kms:us-east-1:1:key/a"),
    ],
)
def test_a_key_is_shown_by_its_arn(key: str | None, arn: str) -> None:
    assert kms_key_arn(TABLE, key) == arn
