"""Amazon resource names of tables: how they are made, and whether one that a caller gives is of this account.

Two kinds of members take them. A table's name may be given as its ARN (`check_table_arn`). The operations on tags and
policies take nothing else, and have messages of their own for what is wrong (`ResourceArn`).
"""

import re
from dataclasses import dataclass
from typing import Final

from microdax.model.errors import AccessDeniedException, ValidationException
from microdax.model.limits import TABLE_NAME_CHARS_MAX, TABLE_NAME_CHARS_MIN

_INVALID: Final = "One or more parameter values were invalid: "
_DYNAMODB_ARN: Final = re.compile(r"arn:[^:]*:dynamodb:([^:]*):([^:]*):table/(.+)", re.DOTALL)
_TABLE_NAME: Final = re.compile(rf"[a-zA-Z0-9_.-]{{{TABLE_NAME_CHARS_MIN},{TABLE_NAME_CHARS_MAX}}}")


@dataclass(frozen=True, slots=True)
class Account:
    """Whose tables these are: what their ARNs say."""

    region: str
    number: str

    def table_arn(self, name: str) -> str:
        return f"arn:aws:dynamodb:{self.region}:{self.number}:table/{name}"

    def check_table_arn(self, text: str) -> None:
        """Refuse the ARN of another account's or region's table; what is no ARN of a table is not judged here."""
        match = _DYNAMODB_ARN.fullmatch(text)
        if match is None:
            return
        region, number, _ = match.groups()
        # The account first, so that nobody learns more of a table that is not theirs.
        self.check_owns(number)
        if region != self.region:
            raise ValidationException(f"1 validation error detected: Invalid AWS region in '{text}'")

    def check_owns(self, number: str) -> None:
        """Refuse another account's resource."""
        if number != self.number:
            raise AccessDeniedException("Access is denied")


@dataclass(frozen=True, slots=True)
class ResourceArn:
    """The ARN of a DynamoDB resource: `resource` is what stands behind `table/`, a name and what may follow it."""

    text: str
    region: str
    account: str
    resource: str

    @property
    def is_table(self) -> bool:
        return _TABLE_NAME.fullmatch(self.resource) is not None

    @property
    def is_stream(self) -> bool:
        name, _, rest = self.resource.partition("/")
        return _TABLE_NAME.fullmatch(name) is not None and rest.startswith("stream/")


def read_resource_arn(text: str) -> ResourceArn:
    """Read the ARN of a table or of what belongs to one; raises ValidationException for anything else."""
    if not text.startswith("arn:"):
        raise ValidationException(f"{_INVALID}ARNs must start with 'arn:': {text}")
    match = _DYNAMODB_ARN.fullmatch(text)
    if match is None:
        raise ValidationException(f"{_INVALID}Provided Arn is not a DynamoDB resource arn: {text}")
    arn = ResourceArn(text, *match.groups())
    if arn.is_table or arn.is_stream:
        return arn
    if "/" in arn.resource:
        raise ValidationException(
            f"{_INVALID}Invalid resource arn provided, only table or stream is accepted. Provided resource arn: {text}"
        )
    raise ValidationException(f"Invalid TableArn: Invalid ResourceArn provided as input {text}")
