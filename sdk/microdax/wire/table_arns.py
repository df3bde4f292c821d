"""The ARNs that stand for names of tables in a request, found before they are read as the names in them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, cast

from microdax.model.arns import Account
from microdax.wire.shapes import ListOf, MapOf, Name, Shape, Structure

_MARK: Final = b"arn:"


def check_table_arns(shape: Shape, body: bytes, document: object, account: Account) -> None:
    """Refuse the ARNs of tables that are not `account`'s. `body` is what the document was read from."""
    if _MARK in body:  # most are not looked through
        for arn in table_arns(shape, document):
            account.check_table_arn(arn)


def table_arns(shape: Shape, json: object) -> Iterator[str]:
    """What stands where `shape` takes a table's ARN; JSON of another type is not looked into."""
    match shape, json:
        case Name(arn=True), str():
            yield json
        case Structure(), dict():
            for name, value in cast(Mapping[str, Any], json).items():
                if name in shape.members:
                    yield from table_arns(shape.members[name].shape, value)
        case ListOf(), list():
            for element in cast(Sequence[Any], json):
                yield from table_arns(shape.element, element)
        case MapOf(), dict():
            members = cast(Mapping[str, Any], json)
            if shape.of_tables:
                yield from members
            for value in members.values():
                yield from table_arns(shape.value, value)
        case _:
            return
