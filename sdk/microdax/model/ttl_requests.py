"""The requests about a table's time to live."""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class UpdateTimeToLive:
    table: str
    attribute: str
    enabled: bool


@dataclass(frozen=True, slots=True)
class DescribeTimeToLive:
    table: str


TimeToLiveRequest: TypeAlias = UpdateTimeToLive | DescribeTimeToLive
