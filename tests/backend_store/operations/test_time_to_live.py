"""UpdateTimeToLive and DescribeTimeToLive: what is switched, what is said of it, what is refused."""

import asyncio
from typing import Any

import pytest

from backend_store.expiry import BATCH_ROWS_MAX
from backend_store.store import Store
from tests.support.stores import Calls, Refusal


@pytest.fixture
async def main(call: Calls) -> str:
    await call.create_table("main")
    return "main"


async def switch(call: Calls, attribute: str, enabled: bool, table: str = "main") -> Any:
    specification = {"AttributeName": attribute, "Enabled": enabled}
    return await call("UpdateTimeToLive", TableName=table, TimeToLiveSpecification=specification)


async def described(call: Calls, table: str = "main") -> Any:
    return (await call("DescribeTimeToLive", TableName=table))["TimeToLiveDescription"]


async def fill(call: Calls, count: int) -> None:
    items = [{"id": {"S": f"key {number}"}, "end": {"N": "9999999999"}} for number in range(count)]
    await asyncio.gather(*[call("PutItem", TableName="main", Item=item) for item in items])


@pytest.mark.usefixtures("main")
async def test_it_is_switched_on_and_off(call: Calls) -> None:
    assert await described(call) == {"TimeToLiveStatus": "DISABLED"}
    reply = await switch(call, "end", True)
    assert reply == {"TimeToLiveSpecification": {"AttributeName": "end", "Enabled": True}}
    assert await described(call) == {"TimeToLiveStatus": "ENABLED", "AttributeName": "end"}
    reply = await switch(call, "end", False)
    assert reply == {"TimeToLiveSpecification": {"AttributeName": "end", "Enabled": False}}
    assert await described(call) == {"TimeToLiveStatus": "DISABLED"}


@pytest.mark.usefixtures("main")
async def test_of_a_large_table_it_takes_a_while(call: Calls, store: Store) -> None:
    await fill(call, BATCH_ROWS_MAX + 1)
    await switch(call, "end", True)
    assert await described(call) == {"TimeToLiveStatus": "ENABLING", "AttributeName": "end"}
    await store.swept()
    assert await described(call) == {"TimeToLiveStatus": "ENABLED", "AttributeName": "end"}
    await switch(call, "end", False)
    assert await described(call) == {"TimeToLiveStatus": "DISABLING", "AttributeName": "end"}
    with pytest.raises(Refusal) as refused:
        await switch(call, "other", True)
    assert refused.value.message == "Time to live has been modified multiple times within a fixed interval"
    await store.swept()
    assert await described(call) == {"TimeToLiveStatus": "DISABLED"}
    await switch(call, "other", True)


@pytest.mark.usefixtures("main")
async def test_it_can_be_switched_off_while_it_is_being_switched_on(call: Calls, store: Store) -> None:
    await fill(call, 2 * BATCH_ROWS_MAX + 1)
    await switch(call, "end", True)
    await switch(call, "end", False)
    await store.swept()
    assert await described(call) == {"TimeToLiveStatus": "DISABLED"}


@pytest.mark.usefixtures("main")
@pytest.mark.parametrize(
    ("attribute", "enabled", "message"),
    [
        ("end", True, "TimeToLive is already enabled"),
        ("other", True, "TimeToLive is active on a different AttributeName: current AttributeName is end"),
        ("other", False, "TimeToLive is active on a different AttributeName: current AttributeName is end"),
        (
            "",
            True,
            "1 validation error detected: Value '' at 'timeToLiveSpecification.attributeName' failed to satisfy "
            "constraint: Member must have length greater than or equal to 1",
        ),
    ],
)
async def test_what_is_wrong_is_told(call: Calls, attribute: str, enabled: bool, message: str) -> None:
    await switch(call, "end", True)
    with pytest.raises(Refusal) as refused:
        await switch(call, attribute, enabled)
    assert (refused.value.code, refused.value.message) == ("ValidationException", message)


@pytest.mark.usefixtures("main")
async def test_it_is_not_switched_off_twice(call: Calls) -> None:
    with pytest.raises(Refusal) as refused:
        await switch(call, "end", False)
    assert refused.value.message == "TimeToLive is already disabled"


async def test_a_missing_table_is_named(call: Calls) -> None:
    for calling in (switch(call, "end", True, "nowhere"), described(call, "nowhere")):
        with pytest.raises(Refusal) as refused:
            await calling
        assert refused.value.code == "ResourceNotFoundException"
        assert refused.value.message == "Requested resource not found: Table: nowhere not found"
