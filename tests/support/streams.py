"""A table with a stream, in a store, and its reading as a consumer reads it."""

from dataclasses import dataclass
from typing import Any

from tests.support.stores import Calls

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class StreamCalls:
    """Calls about the stream of the table `name`, which has the string `id` as its key."""

    call: Calls
    name: str = "main"

    async def enable(self, view_type: str = "NEW_AND_OLD_IMAGES") -> None:
        specification = {"StreamEnabled": True, "StreamViewType": view_type}
        await self.call("UpdateTable", TableName=self.name, StreamSpecification=specification)

    async def disable(self) -> None:
        await self.call("UpdateTable", TableName=self.name, StreamSpecification={"StreamEnabled": False})

    async def arn(self) -> str:
        """The latest stream's."""
        table = (await self.call("DescribeTable", TableName=self.name))["Table"]
        arn: str = table["LatestStreamArn"]
        return arn

    async def described(self, arn: str | None = None, **members: Any) -> Json:
        members["StreamArn"] = arn or await self.arn()
        description: Json = (await self.call("DescribeStream", **members))["StreamDescription"]
        return description

    async def shards(self, arn: str | None = None) -> list[Json]:
        shards: list[Json] = (await self.described(arn))["Shards"]
        return shards

    async def iterator(self, type: str = "TRIM_HORIZON", shard: int = -1, arn: str | None = None, **more: Any) -> str:
        """An iterator of a shard, by default the last one."""
        arn = arn or await self.arn()
        shard_id = (await self.shards(arn))[shard]["ShardId"]
        reply = await self.call("GetShardIterator", StreamArn=arn, ShardId=shard_id, ShardIteratorType=type, **more)
        iterator: str = reply["ShardIterator"]
        return iterator

    async def page(self, iterator: str, **members: Any) -> Json:
        page: Json = await self.call("GetRecords", ShardIterator=iterator, **members)
        return page

    async def records(self, arn: str | None = None) -> list[Json]:
        """All that can be read, shard after shard."""
        arn = arn or await self.arn()
        found: list[Json] = []
        for number, shard in enumerate(await self.shards(arn)):
            iterator: str | None = await self.iterator(shard=number, arn=arn)
            while iterator is not None:
                page = await self.page(iterator)
                if found and page["Records"]:
                    assert sequence_of(page["Records"][0]) > sequence_of(found[-1]), "an iterator must lead on"
                found += page["Records"]
                is_open = "EndingSequenceNumber" not in shard["SequenceNumberRange"]
                iterator = None if is_open and not page["Records"] else page.get("NextShardIterator")
        return found

    async def put(self, id: str = "a", **attributes: Json) -> None:
        await self.call("PutItem", TableName=self.name, Item={"id": {"S": id}, **attributes})

    async def delete(self, id: str = "a") -> None:
        await self.call("DeleteItem", TableName=self.name, Key={"id": {"S": id}})


def sequence_of(record: Json) -> str:
    number: str = record["dynamodb"]["SequenceNumber"]
    return number
