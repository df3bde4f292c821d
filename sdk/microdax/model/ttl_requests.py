"""The requests about a table's time to live."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class UpdateTimeToLive:
    table: str
    attribute: str
    enabled: bool


@dataclass(frozen=True, slots=True)
class DescribeTimeToLive:
    table: str
