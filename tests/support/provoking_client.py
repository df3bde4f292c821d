"""A client that gives a cache every chance to be wrong, and watches it.

An item is read before it is written, so that the cache has what is about to be stale. And each read is done again in
the way that a cache may answer: without ConsistentRead, and without a question for what it costs. Both must agree.
"""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeAlias

Json: TypeAlias = dict[str, Any]

_COSTLY: Final = ("ConsistentRead", "ReturnConsumedCapacity")
_OF_ONE_READ: Final = ("ResponseMetadata", "ConsumedCapacity")


class ProvokingClient:
    """boto3's client around another one of its kind."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._key_names: dict[str, tuple[str, ...]] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def create_table(self, **members: Any) -> Any:
        reply = self._client.create_table(**members)
        self._key_names[members["TableName"]] = tuple(key["AttributeName"] for key in members["KeySchema"])
        return reply

    def get_item(self, **members: Any) -> Any:
        return _read(self._client.get_item, members)

    def batch_get_item(self, **members: Any) -> Any:
        return _read(self._client.batch_get_item, members)

    def query(self, **members: Any) -> Any:
        return _read(self._client.query, members)

    def scan(self, **members: Any) -> Any:
        return _read(self._client.scan, members)

    def put_item(self, **members: Any) -> Any:
        self._provoke(lambda: [members])
        return self._client.put_item(**members)

    def update_item(self, **members: Any) -> Any:
        self._provoke(lambda: [members])
        return self._client.update_item(**members)

    def delete_item(self, **members: Any) -> Any:
        self._provoke(lambda: [members])
        return self._client.delete_item(**members)

    def batch_write_item(self, **members: Any) -> Any:
        self._provoke(lambda: _batched(members))
        return self._client.batch_write_item(**members)

    def transact_write_items(self, **members: Any) -> Any:
        self._provoke(lambda: [write for entry in members["TransactItems"] for write in entry.values()])
        return self._client.transact_write_items(**members)

    def _provoke(self, writes: Callable[[], Iterator[Json] | list[Json]]) -> None:
        """Read what is about to be written. What is wrong with the write is for the write to say."""
        with contextlib.suppress(Exception):
            for write in writes():
                table = write["TableName"]
                key = write.get("Key") or {name: write["Item"][name] for name in self._key_names[table]}
                self._client.get_item(TableName=table, Key=key)


def _read(read: Callable[..., Any], members: Json) -> Any:
    asked = read(**members)
    cached = read(**_cacheable(members))
    # How much of a large batch is left over is nobody's promise.
    if not asked.get("UnprocessedKeys") and not cached.get("UnprocessedKeys"):
        assert _answer(cached) == _answer(asked), f"{members} is answered otherwise where a cache may do it"
    return asked


def _cacheable(members: Json) -> Json:
    kept = {name: value for name, value in members.items() if name not in _COSTLY}
    if "RequestItems" in kept:
        tables = kept["RequestItems"].items()
        kept["RequestItems"] = {name: _cacheable(wanted) for name, wanted in tables}
    return kept


def _answer(reply: Json) -> Json:
    """What was found. The items of a batch come in any order."""
    answer = {name: value for name, value in reply.items() if name not in _OF_ONE_READ}
    if "Responses" in answer:
        answer["Responses"] = {name: sorted(found, key=repr) for name, found in answer["Responses"].items()}
    return answer


def _batched(members: Json) -> Iterator[Json]:
    for table, requests in members["RequestItems"].items():
        for request in requests:
            for write in request.values():
                yield {"TableName": table, **write}
