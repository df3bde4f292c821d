import pytest

from backend_store import batches as subject
from backend_store.batches import batches


def test_a_batch_is_bounded_in_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "BATCH_ROWS_MAX", 3)
    assert list(batches(range(7), lambda _: 1)) == [[0, 1, 2], [3, 4, 5], [6]]


def test_a_batch_ends_with_the_row_that_fills_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "BATCH_BYTES_MAX", 10)
    assert list(batches([4, 4, 4, 20, 1], lambda row: row)) == [[4, 4, 4], [20], [1]]


def test_no_batch_is_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "BATCH_ROWS_MAX", 2)
    assert list(batches([], len)) == []
    assert list(batches(["a", "b"], len)) == [["a", "b"]]
