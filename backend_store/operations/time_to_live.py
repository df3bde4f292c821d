"""UpdateTimeToLive and DescribeTimeToLive.

Of a small table both are done at once. A large one is ENABLING until all of its items have an expiry entry, and
DISABLING until none has; until then it cannot be enabled again, as at Amazon's, who ask to wait an hour.
"""

from collections.abc import Mapping
from dataclasses import replace

from backend_store import expiry
from backend_store.catalog import Catalog
from backend_store.kv.engine import Engine
from microdax.model.errors import ValidationException
from microdax.model.tables import TableDescription
from microdax.model.ttl_requests import DescribeTimeToLive, UpdateTimeToLive


async def update_time_to_live(request: UpdateTimeToLive, catalog: Catalog, engine: Engine) -> Mapping[str, object]:
    def change(description: TableDescription) -> TableDescription:
        after = description.time_to_live.switched(request.attribute, on=request.enabled)
        walk = expiry.walk_of(engine, catalog.table_to_manage(request.table))
        if request.enabled and walk is not None:
            raise ValidationException("Time to live has been modified multiple times within a fixed interval")
        return replace(description, time_to_live=after)

    await catalog.update(request.table, change)
    return {"TimeToLiveSpecification": {"AttributeName": request.attribute, "Enabled": request.enabled}}


def describe_time_to_live(request: DescribeTimeToLive, catalog: Catalog, engine: Engine) -> Mapping[str, object]:
    table = catalog.table_to_manage(request.table)
    time_to_live = table.description.time_to_live
    if expiry.walk_of(engine, table) is not None:
        status = "DISABLING" if time_to_live.enabled is None else "ENABLING"
        attribute = time_to_live.latest
    else:
        status = "DISABLED" if time_to_live.enabled is None else "ENABLED"
        attribute = time_to_live.enabled
    described: dict[str, object] = {"TimeToLiveStatus": status}
    if attribute is not None:
        described["AttributeName"] = attribute
    return {"TimeToLiveDescription": described}
