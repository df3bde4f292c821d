"""What holds for every test of an upstream."""

from collections.abc import Generator

import pytest


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> Generator[None]:
    """What a peer does may end a call, but is no fault of ours that the event loop would have to report."""
    yield
    assert [record.message for record in caplog.get_records("call") if record.name == "asyncio"] == []
