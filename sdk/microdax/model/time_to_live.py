"""Time to live: by which attribute a table's items expire, and the switching of it."""

from dataclasses import dataclass
from typing import Final

from microdax.model.errors import ValidationException


@dataclass(frozen=True, slots=True)
class TimeToLive:
    """`enabled` is the attribute that says when items expire, where they do; `latest` the one that last did."""

    enabled: str | None = None
    latest: str | None = None

    def switched(self, attribute: str, *, on: bool) -> "TimeToLive":
        """What UpdateTimeToLive makes of it; raises ValidationException where that is no change, or of another one."""
        if self.enabled is not None and self.enabled != attribute:
            raise ValidationException(
                f"TimeToLive is active on a different AttributeName: current AttributeName is {self.enabled}"
            )
        if on == (self.enabled is not None):
            raise ValidationException(f"TimeToLive is already {'enabled' if on else 'disabled'}")
        return TimeToLive(enabled=attribute if on else None, latest=attribute)


NO_TIME_TO_LIVE: Final = TimeToLive()
