"""Reserved words."""

import pytest

from microdax.expressions import reserved_words
from microdax.expressions.reserved_words import is_reserved


def test_the_list_has_the_573_words_of_the_developer_guide() -> None:
    words = reserved_words.__dict__["_LIST"].split()
    assert len(words) == len(set(words)) == 573


@pytest.mark.parametrize("word", ["ABORT", "name", "Status", "zone", "LOGED", "flattern", "yEaR", "data", "ttl"])
def test_reserved_in_any_case(word: str) -> None:
    assert is_reserved(word)


@pytest.mark.parametrize("word", ["id", "title", "#name", "names_", "", "zones"])
def test_not_reserved(word: str) -> None:
    assert not is_reserved(word)
