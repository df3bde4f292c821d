"""A value as the caches of `microdax.caching` keep them."""

import math


class KeptValue:
    """So many bytes, until then."""

    __slots__ = ("expires_at", "size", "visits")

    def __init__(self, size: int = 1, expires_at: float = math.inf) -> None:
        self.size = size
        self.expires_at = expires_at
        self.visits = 0


def size_of(value: KeptValue) -> int:
    return value.size
