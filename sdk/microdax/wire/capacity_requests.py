"""OnDemandThroughput and WarmThroughput, of a table or an index, in the requests about tables."""

from collections.abc import Sequence
from typing import Final

from microdax.model import limits
from microdax.model.errors import ValidationException
from microdax.model.provisioning import UNBOUNDED
from microdax.model.requests import UnitsChange
from microdax.wire.shapes import Members

_INVALID: Final = "One or more parameter values were invalid: "
_BOUNDS: Final = ("MaxReadRequestUnits", "MaxWriteRequestUnits")
_WARM: Final = ("ReadUnitsPerSecond", "WriteUnitsPerSecond")


def read_bounds(members: Members, of: str = "table", name: str = "OnDemandThroughput") -> UnitsChange | None:
    """The bounds that a request sets; `of` is what errors say they are of, `name` the member that holds them."""
    if name not in members:
        return None
    return _read(members[name], _BOUNDS, f"{name} for {of}", may_be_unbounded=True)


def read_warm(members: Members, of: str = "table") -> UnitsChange | None:
    if "WarmThroughput" not in members:
        return None
    return _read(members["WarmThroughput"], _WARM, f"WarmThroughput for {of}", may_be_unbounded=False)


def check_on_demand(bounds: UnitsChange | None, billing_mode: str, of: str = "table") -> None:
    """Refuse bounds of what is provisioned; the wording is ours."""
    if bounds is not None and billing_mode != "PAY_PER_REQUEST":
        raise ValidationException(
            f"{_INVALID}OnDemandThroughput for {of} can only be specified when BillingMode is PAY_PER_REQUEST"
        )


def _read(units: Members, names: Sequence[str], what: str, *, may_be_unbounded: bool) -> UnitsChange:
    """The units of a structure, whose absent members leave them as they are; one at least has to be there."""
    if not units:
        raise ValidationException(f"{_INVALID}At least one of {' and '.join(names)} must be specified in {what}")
    for name, value in units.items():
        is_unbounded = may_be_unbounded and value == UNBOUNDED
        if not is_unbounded and not 1 <= value <= limits.THROUGHPUT_UNITS_MAX:
            raise ValidationException(f"{_INVALID}Requested {name} for {what} is outside of valid range")
    reads, writes = names
    return UnitsChange(units.get(reads), units.get(writes))
