from typing import Any

import orjson
import pytest

from backend_store.catalog import Catalog
from backend_store.kv.engine import Engine
from tests.support.clock import SteppedClock
from tests.support.stores import Calls, Refusal

ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/films"
NOT_FOUND = "Resource-based policy not found for the provided ResourceArn: "


def policy(action: str = "dynamodb:*") -> str:
    statement = {"Effect": "Allow", "Principal": "*", "Action": action, "Resource": ARN}
    return orjson.dumps({"Version": "2012-10-17", "Statement": [statement]}).decode()


@pytest.fixture(autouse=True)
async def films(call: Calls) -> None:
    await call.create_table("films")


async def put(call: Calls, document: str, **members: Any) -> str:
    revision: str = (await call("PutResourcePolicy", ResourceArn=ARN, Policy=document, **members))["RevisionId"]
    return revision


async def refused(call: Calls, operation: str, **members: Any) -> tuple[str, str]:
    with pytest.raises(Refusal) as refusal:
        await call(operation, **{"ResourceArn": ARN, **members})
    return refusal.value.code, refusal.value.message


async def test_a_policy_is_kept_as_it_was_put(call: Calls, engine: Engine) -> None:
    revision = await put(call, policy())
    assert await call("GetResourcePolicy", ResourceArn=ARN) == {"Policy": policy(), "RevisionId": revision}
    kept = Catalog(engine).table("films").attachments.policy
    assert kept is not None and (kept.document, kept.revision) == (policy(), revision)


async def test_where_there_is_none_it_is_not_found(call: Calls) -> None:
    assert await refused(call, "GetResourcePolicy") == ("PolicyNotFoundException", NOT_FOUND + ARN)


async def test_a_revision_grows_with_each_change_and_only_with_it(call: Calls, clock: SteppedClock) -> None:
    first = await put(call, policy())
    assert await put(call, policy()) == first
    second = await put(call, policy("dynamodb:GetItem"))
    clock.advance(10.0)
    third = await put(call, policy())
    assert int(first) < int(second) < int(third)


async def test_a_change_of_what_the_caller_has_not_seen_is_refused(call: Calls) -> None:
    first = await put(call, policy(), ExpectedRevisionId="NO_POLICY")
    second = await put(call, policy("dynamodb:GetItem"), ExpectedRevisionId=first)
    stale = (
        f"Requested update for policy with revision id {first}, "
        f"but the policy associated to target table films has revision id {second}."
    )
    assert await refused(call, "PutResourcePolicy", Policy=policy(), ExpectedRevisionId=first) == (
        "PolicyNotFoundException",
        NOT_FOUND + stale,
    )
    assert (await refused(call, "DeleteResourcePolicy", ExpectedRevisionId=first))[1] == NOT_FOUND + stale
    assert (await refused(call, "PutResourcePolicy", Policy=policy(), ExpectedRevisionId="NO_POLICY"))[1] == (
        f"{NOT_FOUND}Requested policy update expecting none to be present for table films, "
        f"but a policy exists with revision id {second}."
    )
    assert (await call("GetResourcePolicy", ResourceArn=ARN))["RevisionId"] == second


async def test_a_policy_is_deleted_once_and_again_without_harm(call: Calls) -> None:
    revision = await put(call, policy())
    deleted = await call("DeleteResourcePolicy", ResourceArn=ARN, ExpectedRevisionId=revision)
    assert deleted == {"RevisionId": revision}
    assert await call("DeleteResourcePolicy", ResourceArn=ARN) == {"RevisionId": ""}
    code, message = await refused(call, "DeleteResourcePolicy", ExpectedRevisionId=revision)
    assert (code, "no policy is associated to target table films" in message) == ("PolicyNotFoundException", True)


@pytest.mark.parametrize("document", ["", "[]", "null", "{"])
async def test_what_is_no_policy_is_refused(call: Calls, document: str) -> None:
    assert await refused(call, "PutResourcePolicy", Policy=document) == (
        "ValidationException",
        "One or more parameter values were invalid: Invalid policy document: This policy contains invalid Json",
    )


async def test_a_policy_has_20_kb_at_most(call: Calls) -> None:
    document = policy().replace("Allow", "Allow" + " " * (20 * 1024 - len(policy())))
    await put(call, document)
    assert await refused(call, "PutResourcePolicy", Policy=document + " ") == (
        "ValidationException",
        "One or more parameter values were invalid: Maximum policy size of 20480 bytes exceeded",
    )


async def test_only_an_own_tables_arn_is_accepted(call: Calls) -> None:
    missing = ARN.replace("films", "missing")
    assert await refused(call, "GetResourcePolicy", ResourceArn=missing) == (
        "ResourceNotFoundException",
        "Requested resource not found: Table: missing not found",
    )
    elsewhere = ARN.replace("us-east-1", "eu-west-1")
    assert await refused(call, "GetResourcePolicy", ResourceArn=elsewhere) == (
        "ValidationException",
        f"One or more parameter values were invalid: Invalid resource Arn: {elsewhere}",
    )
    anothers = ARN.replace("000000000000", "111111111111")
    code, message = await refused(call, "DeleteResourcePolicy", ResourceArn=anothers)
    assert code == "ValidationException"
    assert message.startswith("This action is only supported by accounts that match the resource owner")
    code, message = await refused(call, "PutResourcePolicy", ResourceArn=f"{ARN}/stream/x", Policy=policy())
    assert (code, "not supported" in message) == ("ValidationException", True)
