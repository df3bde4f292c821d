"""Requests read as far as the caches need it: which items a call reads or writes.

Nothing is validated here: that is the upstream's part, whose refusals the caller shall see unchanged. Whatever does
not look exactly like a request that a cache can answer reads as None, and goes upstream as it came.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeGuard, TypeVar, cast

import orjson

from microdax.expressions.legacy import projection_node
from microdax.expressions.nodes import Projection
from microdax.expressions.parser import Scope, parse_projection
from microdax.model import limits
from microdax.model.errors import DynamoDBError
from microdax.model.requests import Placeholders
from microdax.model.values import KeyValue, parse_number
from microdax.wire.json_types import read_bytes
from microdax.wire.legacy_requests import read_attributes_to_get

Json = Mapping[str, object]
T = TypeVar("T")

# Members that a cache can honour. ReturnConsumedCapacity is not one, unless NONE: who asks what a read costs gets a
# read that costs. Nor is whatever a later version of the API may add.
_GET_ITEM: Final = frozenset(
    {
        "TableName",
        "Key",
        "ConsistentRead",
        "ProjectionExpression",
        "ExpressionAttributeNames",
        "AttributesToGet",
        "ReturnConsumedCapacity",
    }
)
_TABLE_KEYS: Final = frozenset(
    {"Keys", "ConsistentRead", "ProjectionExpression", "ExpressionAttributeNames", "AttributesToGet"}
)
_BATCH_GET: Final = frozenset({"RequestItems", "ReturnConsumedCapacity"})


@dataclass(frozen=True, slots=True)
class ItemRead:
    """One item that a caller may be served from the cache. `key_json` is the key as the caller wrote it."""

    table: str
    key: Mapping[str, KeyValue]
    key_json: Json


@dataclass(frozen=True, slots=True)
class TableRead:
    """The items that a BatchGetItem wants of one table. `options` are the members beside Keys."""

    table: str
    reads: tuple[ItemRead, ...]
    projection: Projection | None
    options: Json


@dataclass(frozen=True, slots=True)
class ItemWrite:
    """One item that a call writes: by its key, or (a put) by a whole item that has the key in it."""

    table: str
    attributes: Json
    whole: bool


def document(body: bytes) -> Json | None:
    """The JSON object that a body holds, or None where it holds something else."""
    try:
        parsed: object = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return parsed if is_object(parsed) else None


def get_item(body: bytes) -> tuple[ItemRead, Projection | None] | None:
    """What a GetItem reads, if a cache may answer it."""
    request = document(body)
    if request is None or not request.keys() <= _GET_ITEM or not _wants_no_more(request):
        return None
    read = _item_read(request.get("TableName"), request.get("Key"))
    if read is None:
        return None
    try:
        return read, _projection(request)
    except (DynamoDBError, _OddError):
        return None


def batch_get_item(body: bytes) -> tuple[TableRead, ...] | None:
    """What a BatchGetItem reads, if a cache may answer it: all of it, or None."""
    request = document(body)
    if request is None or not request.keys() <= _BATCH_GET or not _wants_no_more(request):
        return None
    tables = request.get("RequestItems")
    if not is_object(tables) or not tables:
        return None
    try:
        reads = tuple(_table_read(table, wanted) for table, wanted in tables.items())
    except (DynamoDBError, _OddError):
        return None
    return reads if sum(len(read.reads) for read in reads) <= limits.BATCH_GET_KEYS_MAX else None


def written_items(operation: str, body: bytes) -> tuple[ItemWrite, ...] | None:
    """The items that a write may change, or None where that cannot be told."""
    request = document(body)
    if request is None:
        return None
    try:
        return tuple(_WRITES[operation](request))
    except _OddError:
        return None


def table_name(body: bytes, member: str = "TableName") -> str | None:
    """The table that a request is about, by its name even where an ARN stands for it."""
    request = document(body)
    name = None if request is None else request.get(member)
    return _plain(name) if isinstance(name, str) else None


def only_selects(body: bytes) -> bool:
    """Whether each of a PartiQL request's statements is a SELECT."""
    request = document(body)
    try:
        statements = [] if request is None else [_statement(part) for part in _statement_parts(request)]
    except _OddError:
        return False
    return bool(statements) and all(text.lstrip()[:6].upper() == "SELECT" for text in statements)


def key_of(attributes: Json) -> dict[str, KeyValue] | None:
    """Key attributes in their canonical form, or None where one is not of a type that a key may have."""
    key: dict[str, KeyValue] = {}
    for name, tagged in attributes.items():
        value = _key_value(tagged)
        if value is None:
            return None
        key[name] = value
    return key


def key_in(item: Json, names: tuple[str, ...]) -> dict[str, KeyValue] | None:
    """The key of a whole item, or None where it has none."""
    if any(name not in item for name in names):
        return None
    return key_of({name: item[name] for name in names})


class _OddError(Exception):
    """The request has a form that we do not know."""


def _item_read(table: object, key_json: object) -> ItemRead | None:
    # A table named by an ARN may be another account's; it is read past the cache.
    if not isinstance(table, str) or ":" in table or not is_object(key_json) or not 1 <= len(key_json) <= 2:
        return None
    key = key_of(key_json)
    return None if key is None else ItemRead(table, key, key_json)


def _table_read(table: str, wanted: object) -> TableRead:
    if not is_object(wanted) or not wanted.keys() <= _TABLE_KEYS or not _wants_no_more(wanted):
        raise _OddError
    keys = wanted.get("Keys")
    reads = tuple(_known(_item_read(table, key)) for key in _elements(keys))
    if not reads:
        raise _OddError
    if len({tuple(sorted(read.key.items())) for read in reads}) < len(reads):
        raise _OddError  # the upstream refuses duplicates
    options = {name: value for name, value in wanted.items() if name != "Keys"}
    return TableRead(table, reads, _projection(wanted), options)


def _wants_no_more(request: Json) -> bool:
    return (
        request.get("ConsistentRead", False) is False
        and request.get("ReturnConsumedCapacity", "NONE") == "NONE"
        and ("ExpressionAttributeNames" not in request or "ProjectionExpression" in request)
    )


def _projection(request: Json) -> Projection | None:
    if "AttributesToGet" in request:
        return _attributes_to_get(request)
    text = request.get("ProjectionExpression")
    if text is None and "ProjectionExpression" not in request:
        return None
    names = request.get("ExpressionAttributeNames")
    if not isinstance(text, str) or not (names is None or _is_text_map(names)):
        raise _OddError
    scope = Scope(Placeholders(names=names))
    projection = parse_projection(text, scope)
    scope.check_all_used()
    return projection


def _attributes_to_get(request: Json) -> Projection:
    names = _elements(request["AttributesToGet"])
    if not 1 <= len(names) <= limits.ATTRIBUTES_TO_GET_MAX or not all(isinstance(name, str) for name in names):
        raise _OddError
    if "ProjectionExpression" in request:
        raise _OddError
    return projection_node(read_attributes_to_get(request) or ())


def _single(request: Json, member: str) -> Iterator[ItemWrite]:
    yield ItemWrite(_table(request), _object(request.get(member)), whole=member == "Item")


def _batch(request: Json) -> Iterator[ItemWrite]:
    for table, writes in _object(request.get("RequestItems")).items():
        for write in _elements(writes):
            for kind, parameters in _object(write).items():
                member = _known(_BATCH_MEMBERS.get(kind))
                yield ItemWrite(_plain(table), _object(_object(parameters).get(member)), whole=member == "Item")


def _transaction(request: Json) -> Iterator[ItemWrite]:
    for action in _elements(request.get("TransactItems")):
        for kind, parameters in _object(action).items():
            if kind != "ConditionCheck":
                yield from _single(_object(parameters), _known(_TRANSACT_MEMBERS.get(kind)))


def _statement_parts(request: Json) -> list[object]:
    for member in ("Statements", "TransactStatements"):
        if member in request:
            return _elements(request[member])
    return [request]


def _statement(part: object) -> str:
    text = _object(part).get("Statement")
    if not isinstance(text, str):
        raise _OddError
    return text


_BATCH_MEMBERS: Final[Mapping[str, str]] = {"PutRequest": "Item", "DeleteRequest": "Key"}
_TRANSACT_MEMBERS: Final[Mapping[str, str]] = {"Put": "Item", "Update": "Key", "Delete": "Key"}
_WRITES: Final[Mapping[str, Callable[[Json], Iterator[ItemWrite]]]] = {
    "PutItem": lambda request: _single(request, "Item"),
    "UpdateItem": lambda request: _single(request, "Key"),
    "DeleteItem": lambda request: _single(request, "Key"),
    "BatchWriteItem": _batch,
    "TransactWriteItems": _transaction,
}


def _table(request: Json) -> str:
    name = request.get("TableName")
    if not isinstance(name, str):
        raise _OddError
    return _plain(name)


def _plain(name: str) -> str:
    """The table's name, also where arn:aws:dynamodb:REGION:ACCOUNT:table/NAME stands for it."""
    return name.partition(":table/")[2].partition("/")[0] if name.startswith("arn:") else name


def _object(value: object) -> Json:
    if not is_object(value):
        raise _OddError
    return value


def _elements(value: object) -> list[object]:
    if not isinstance(value, list):
        raise _OddError
    return cast(list[object], value)


def _known(value: T | None) -> T:
    if value is None:
        raise _OddError
    return value


def is_object(value: object) -> TypeGuard[Json]:
    return isinstance(value, dict)


def _is_text_map(value: object) -> TypeGuard[Mapping[str, str]]:
    return is_object(value) and all(isinstance(text, str) for text in value.values())


def _key_value(tagged: object) -> KeyValue | None:
    if not is_object(tagged) or len(tagged) != 1:
        return None
    ((kind, value),) = tagged.items()
    if not isinstance(value, str):
        return None
    if kind == "S":
        return value
    try:
        if kind == "N":
            return parse_number(value)
        return read_bytes(value) if kind == "B" else None
    except DynamoDBError:
        return None
