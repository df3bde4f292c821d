"""A table with a stream at any endpoint, and its reading through boto3 as a consumer reads it."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from tests.support.boto import Client, Json

_ARRIVAL_S: Final = 60.0  # Amazon's records come after a while
_PAUSE_S: Final = 0.5  # and its streams may be described ten times a second


@dataclass(frozen=True, slots=True)
class StreamedTable:
    """A table whose key is the string id."""

    client: Client
    streams: Client
    name: str

    @property
    def arn(self) -> str:
        """The latest stream's."""
        arn: str = self.client.describe_table(TableName=self.name)["Table"]["LatestStreamArn"]
        return arn

    def put(self, id: str = "a", **attributes: Json) -> None:
        self.client.put_item(TableName=self.name, Item={"id": {"S": id}, **attributes})

    def delete(self, id: str = "a") -> None:
        self.client.delete_item(TableName=self.name, Key={"id": {"S": id}})

    def switch(self, **specification: Any) -> Json:
        """Change the stream, and wait until that is done."""
        updated: Json = self.client.update_table(TableName=self.name, StreamSpecification=specification)
        self.client.get_waiter("table_exists").wait(TableName=self.name)
        return updated

    def described(self, arn: str | None = None, **members: Any) -> Json:
        description: Json = self.streams.describe_stream(StreamArn=arn or self.arn, **members)["StreamDescription"]
        return description

    def iterator(self, type: str = "TRIM_HORIZON", **more: Any) -> str:
        """An iterator of the first shard: a young stream has no other."""
        arn = self.arn
        shard = self.described(arn)["Shards"][0]["ShardId"]
        reply = self.streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType=type, **more)
        iterator: str = reply["ShardIterator"]
        return iterator

    def records(self, count: int, arn: str | None = None) -> list[Json]:
        """All records, which must be this many. In order are those of one item; of others Amazon does not say it."""
        deadline = time.monotonic() + _ARRIVAL_S
        while len(found := list(self._now(arn or self.arn))) < count and time.monotonic() < deadline:
            time.sleep(_PAUSE_S)
        assert len(found) == count, found
        return found

    def _now(self, arn: str) -> Iterator[Json]:
        for shard in self.described(arn)["Shards"]:
            iterator = self.streams.get_shard_iterator(
                StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
            )["ShardIterator"]
            while iterator is not None:
                page = self.streams.get_records(ShardIterator=iterator)
                yield from page["Records"]
                iterator = page.get("NextShardIterator") if page["Records"] else None


def events_of(records: list[Json], id: str) -> list[str]:
    """What happened to one item, in order."""
    return [record["eventName"] for record in records if record["dynamodb"]["Keys"] == {"id": {"S": id}}]
