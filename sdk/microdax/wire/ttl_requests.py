"""The requests about a table's time to live."""

from collections.abc import Callable, Mapping
from typing import Final

from microdax.model.ttl_requests import DescribeTimeToLive, TimeToLiveRequest, UpdateTimeToLive
from microdax.wire.shapes import Members


def _read_update_time_to_live(members: Members) -> UpdateTimeToLive:
    specification = members["TimeToLiveSpecification"]
    return UpdateTimeToLive(members["TableName"], specification["AttributeName"], specification["Enabled"])


def _read_describe_time_to_live(members: Members) -> DescribeTimeToLive:
    return DescribeTimeToLive(members["TableName"])


READERS: Final[Mapping[str, Callable[[Members], TimeToLiveRequest]]] = {
    "UpdateTimeToLive": _read_update_time_to_live,
    "DescribeTimeToLive": _read_describe_time_to_live,
}
