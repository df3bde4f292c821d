"""TagResource, UntagResource and ListTagsOfResource: a table's tags, which stand in its catalog entry."""

from collections.abc import Mapping
from dataclasses import replace

from backend_store.catalog import Catalog
from backend_store.table import Table
from microdax.model.administration_requests import ListTagsOfResource, TagResource, UntagResource
from microdax.model.arns import Account, ResourceArn
from microdax.model.errors import ResourceNotFoundException, ValidationException
from microdax.wire.tags import check_set


async def tag_resource(request: TagResource, catalog: Catalog, account: Account) -> Mapping[str, object]:
    def tagged(table: Table) -> Table:
        tags = {**table.tags, **request.tags}
        check_set(tags)
        return replace(table, tags=tags)

    await catalog.alter(_table(request.resource, catalog, account).name, tagged)
    return {}


async def untag_resource(request: UntagResource, catalog: Catalog, account: Account) -> Mapping[str, object]:
    def untagged(table: Table) -> Table:
        return replace(table, tags={key: value for key, value in table.tags.items() if key not in request.keys})

    await catalog.alter(_table(request.resource, catalog, account).name, untagged)
    return {}


def list_tags_of_resource(request: ListTagsOfResource, catalog: Catalog, account: Account) -> Mapping[str, object]:
    tags = _table(request.resource, catalog, account).tags
    return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}


def _table(arn: ResourceArn, catalog: Catalog, account: Account) -> Table:
    account.check_owns(arn.account)
    if arn.region != account.region:
        raise ValidationException(f"Invalid TableArn: Invalid ResourceArn provided as input {arn.text}")
    try:
        return catalog.table_to_manage(arn.resource)
    except ResourceNotFoundException:
        raise ResourceNotFoundException(f"Requested resource not found: ResourceArn: {arn.text} not found") from None
