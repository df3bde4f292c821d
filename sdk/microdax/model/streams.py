"""Streams: what of a table's changes they show, and how a table remembers the ones it has had."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

StreamViewType = Literal["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"]

KEPT_S: Final = 24 * 3600  # how long a change can be read from a stream, and a stream after it was disabled
STREAM_VIEW_TYPES: Final[tuple[StreamViewType, ...]] = ("KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES")


@dataclass(frozen=True, slots=True)
class StreamSpecification:
    """What CreateTable or UpdateTable asks for; a stream that is enabled has a view type."""

    enabled: bool
    view_type: StreamViewType | None = None


@dataclass(frozen=True, slots=True)
class Stream:
    """A table's stream from when it was enabled until it was disabled. Its label tells it from the table's others."""

    label: str
    view_type: StreamViewType
    created_s: float
    disabled_s: float | None = None

    @property
    def enabled(self) -> bool:
        return self.disabled_s is None

    def readable(self, now_s: float) -> bool:
        """Whether there can still be something to read in it."""
        return self.disabled_s is None or now_s - self.disabled_s < KEPT_S

    def kept(self) -> dict[str, object]:
        """The document that `read_stream` reads this back from."""
        return {
            "label": self.label,
            "view_type": self.view_type,
            "created_s": self.created_s,
            "disabled_s": self.disabled_s,
        }


def read_stream(document: Mapping[str, Any]) -> Stream:
    return Stream(document["label"], document["view_type"], document["created_s"], document["disabled_s"])


def new_label(now_s: float, taken: frozenset[str]) -> str:
    """The label of a stream enabled now: its time to the millisecond, or the next one that is not taken."""
    now_ms = round(now_s * 1000)
    while (label := _label(now_ms)) in taken:
        now_ms += 1
    return label


def _label(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S") + f".{time_ms % 1000:03d}"
