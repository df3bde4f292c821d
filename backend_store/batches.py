"""Many rows as batches, each of which is one job of the writer: small enough that no other write waits for long."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeVar

from microdax.model import limits

T = TypeVar("T")

BATCH_ROWS_MAX: Final = 100
BATCH_BYTES_MAX: Final = 4 * limits.MIB


def batches(rows: Iterable[T], bytes_of: Callable[[T], int]) -> Iterator[list[T]]:
    """The rows in their order; a batch ends with the row that fills it, none is empty."""
    batch: list[T] = []
    batch_bytes = 0
    for row in rows:
        batch.append(row)
        batch_bytes += bytes_of(row)
        if len(batch) >= BATCH_ROWS_MAX or batch_bytes >= BATCH_BYTES_MAX:
            yield batch
            batch, batch_bytes = [], 0
    if batch:
        yield batch
