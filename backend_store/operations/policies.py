"""PutResourcePolicy, GetResourcePolicy and DeleteResourcePolicy: documents that are kept and shown.

They are not enforced: there are no callers to tell apart behind the store's own door. A revision is a number that
grows, as the service's do, so that a caller can change what it has seen and nothing else.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

import orjson

from backend_store.attachments import Policy
from backend_store.catalog import Catalog
from backend_store.table import Table
from microdax.model import limits
from microdax.model.administration_requests import DeleteResourcePolicy, GetResourcePolicy, PutResourcePolicy
from microdax.model.arns import Account, ResourceArn
from microdax.model.errors import PolicyNotFoundException, ValidationException

NO_POLICY = "NO_POLICY"
_INVALID = "One or more parameter values were invalid: "


async def put_resource_policy(
    request: PutResourcePolicy, catalog: Catalog, account: Account, clock: Callable[[], float]
) -> Mapping[str, object]:
    name = _table_name(request.resource, account)
    _check_document(request.policy)

    def put(table: Table) -> Table:
        _check_revision(table, request.expected_revision)
        if table.attachments.policy is not None and table.attachments.policy.document == request.policy:
            return table
        return _with(table, Policy(request.policy, _next_revision(table, clock())))

    policy = (await catalog.alter(name, put)).attachments.policy
    assert policy is not None, "it was put just now"
    return {"RevisionId": policy.revision}


def get_resource_policy(request: GetResourcePolicy, catalog: Catalog, account: Account) -> Mapping[str, object]:
    policy = catalog.table_to_manage(_table_name(request.resource, account)).attachments.policy
    if policy is None:
        raise PolicyNotFoundException(
            f"Resource-based policy not found for the provided ResourceArn: {request.resource.text}"
        )
    return {"Policy": policy.document, "RevisionId": policy.revision}


async def delete_resource_policy(
    request: DeleteResourcePolicy, catalog: Catalog, account: Account
) -> Mapping[str, object]:
    name = _table_name(request.resource, account)
    deleted: list[Policy] = []

    def delete(table: Table) -> Table:
        _check_revision(table, request.expected_revision)
        if table.attachments.policy is not None:
            deleted.append(table.attachments.policy)
        return _with(table, None)

    await catalog.alter(name, delete)
    return {"RevisionId": deleted[0].revision if deleted else ""}


def _with(table: Table, policy: Policy | None) -> Table:
    return replace(table, attachments=replace(table.attachments, policy=policy))


def _table_name(arn: ResourceArn, account: Account) -> str:
    if arn.account != account.number:
        raise ValidationException(
            "This action is only supported by accounts that match the resource owner\u2019s account."
        )
    if arn.region != account.region:
        raise ValidationException(f"{_INVALID}Invalid resource Arn: {arn.text}")
    if arn.is_stream:
        raise ValidationException("Policies of streams are not supported by this version of microdax")
    return arn.resource


def _check_document(document: str) -> None:
    if len(document.encode()) > limits.POLICY_BYTES_MAX:
        raise ValidationException(f"{_INVALID}Maximum policy size of {limits.POLICY_BYTES_MAX} bytes exceeded")
    try:
        policy: object = orjson.loads(document)
    except orjson.JSONDecodeError:
        policy = None
    if not isinstance(policy, dict):
        raise ValidationException(f"{_INVALID}Invalid policy document: This policy contains invalid Json")


def _check_revision(table: Table, expected: str | None) -> None:
    """Refuse the change of a policy that is not the one the caller has seen."""
    found = None if table.attachments.policy is None else table.attachments.policy.revision
    if expected is None or expected == (NO_POLICY if found is None else found):
        return
    raise PolicyNotFoundException(
        f"Resource-based policy not found for the provided ResourceArn: {_mismatch(table.name, expected, found)}"
    )


def _mismatch(name: str, expected: str, found: str | None) -> str:
    if expected == NO_POLICY:
        return (
            f"Requested policy update expecting none to be present for table {name}, "
            f"but a policy exists with revision id {found}."
        )
    if found is None:
        return (
            f"Requested update for policy with revision id {expected}, "
            f"but no policy is associated to target table {name}."
        )
    return (
        f"Requested update for policy with revision id {expected}, "
        f"but the policy associated to target table {name} has revision id {found}."
    )


def _next_revision(table: Table, now_s: float) -> str:
    """The time in milliseconds, and more than the one before where the clock has not moved on."""
    before = 0 if table.attachments.policy is None else int(table.attachments.policy.revision)
    return str(max(int(now_s * 1000), before + 1))
