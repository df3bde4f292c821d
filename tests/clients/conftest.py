"""One accelerator for the clients of other people."""

from collections.abc import Iterator

import pytest

from tests.support.servers import running_accelerator


@pytest.fixture(scope="session")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where it listens."""
    with running_accelerator(tmp_path_factory.mktemp("clients")) as server:
        yield server.url
