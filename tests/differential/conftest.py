"""Our store beside other implementations.

make differential PEERS=DIR[:DIR]     with the peers whose programs are in these directories, or on the PATH
"""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--peers-path", help="directories of the peers' programs, as in PATH; empty: PATH itself")
    parser.addoption("--examples", type=int, default=500, help="how many runs of calls are drawn for each peer")


@pytest.fixture(scope="session")
def examples(request: pytest.FixtureRequest) -> int:
    given: int = request.config.getoption("--examples", default=500)  # pyright: ignore[reportAssignmentType]
    return given


@pytest.fixture(scope="session")
def peers_path(request: pytest.FixtureRequest) -> str | None:
    """Where the peers' programs are; None in a run that is not about them."""
    # Not known to a run that did not begin in this directory.
    given: str | None = request.config.getoption("--peers-path", default=None)  # pyright: ignore[reportArgumentType]
    return given
