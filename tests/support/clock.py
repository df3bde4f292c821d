"""A clock that moves only when it is told to."""


class SteppedClock:
    """Seconds since some beginning, as `time.monotonic` returns them."""

    def __init__(self, start: float = 1_000.0) -> None:
        self._now = start

    def __call__(self) -> float:
        return self._now

    def advance(self, seconds: float) -> None:
        assert seconds >= 0, "a clock does not go back"
        self._now += seconds
