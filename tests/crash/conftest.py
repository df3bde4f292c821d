"""How often the crash tests kill: 20 times in every run, 200 times by `make crash`."""

import pytest

KILLS = 20


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--kills", type=int, default=KILLS, help="how often tests/crash kills its process")


@pytest.fixture
def kills(request: pytest.FixtureRequest) -> int:
    # Not known to a run that did not begin in this directory: then the default is meant.
    return int(request.config.getoption("--kills", default=KILLS) or KILLS)  # pyright: ignore[reportArgumentType]
