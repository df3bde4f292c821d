"""Streams: what of a table's changes they show, and how a table remembers the ones it has had."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final, Literal

StreamViewType = Literal["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"]

KEPT_S: Final = 24 * 3600  # how long a change can be read from a stream, and a stream after it was disabled


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

    def arn(self, table_arn: str) -> str:
        return f"{table_arn}/stream/{self.label}"


@dataclass(frozen=True, slots=True)
class Streams:
    """The streams that a table has had, the newest last; of those long disabled only the newest is remembered."""

    all: tuple[Stream, ...] = ()

    @property
    def enabled(self) -> Stream | None:
        """The stream that is enabled."""
        return self.all[-1] if self.all and self.all[-1].enabled else None

    def switched(self, view_type: StreamViewType | None, now_s: float) -> "Streams":
        """After a stream of this view was enabled, or with None the enabled one was disabled."""
        if view_type is None:
            return Streams((*self.all[:-1], replace(self.all[-1], disabled_s=now_s)))
        label = new_label(now_s, frozenset(stream.label for stream in self.all))
        return Streams((*self.readable(now_s), Stream(label, view_type, now_s)))

    def readable(self, now_s: float) -> tuple[Stream, ...]:
        """Those in which there can still be something to read."""
        return tuple(stream for stream in self.all if stream.readable(now_s))

    def document(self, table_arn: str) -> dict[str, object]:
        """What the table's description shows of them; a disabled stream is still the latest one, as at Amazon's."""
        if not self.all:
            return {}
        latest = self.all[-1]
        shown: dict[str, object] = {"LatestStreamLabel": latest.label, "LatestStreamArn": latest.arn(table_arn)}
        if latest.enabled:
            shown["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": latest.view_type}
        return shown

    def kept(self) -> list[object]:
        """The document that `read_streams` reads this back from."""
        return [asdict(stream) for stream in self.all]


NO_STREAMS: Final = Streams()


def read_streams(kept: Sequence[Mapping[str, Any]]) -> Streams:
    return Streams(tuple(Stream(**stream) for stream in kept))


def new_label(now_s: float, taken: frozenset[str]) -> str:
    """The label of a stream enabled now: its time to the millisecond, or the next one that is not taken."""
    now_ms = round(now_s * 1000)
    while (label := _label(now_ms)) in taken:
        now_ms += 1
    return label


def _label(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S") + f".{time_ms % 1000:03d}"
