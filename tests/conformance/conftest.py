"""What Amazon DynamoDB does, asked of any endpoint.

    pytest tests/conformance                                 servers of our own, started for the occasion: the store's
                                                             alone, and the store through the accelerator
    pytest tests/conformance --through store                 the one of them, or the other: --through accelerator
    pytest tests/conformance --endpoint http://host:port     whatever listens there
    pytest tests/conformance --endpoint aws                  the service itself; it costs a few cents

Each case states what Amazon does. Where that is not certain, the case says so. Tables have random names and are
deleted at the end. Through the accelerator the cache is provoked: see `tests.support.provoking_client`.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.boto import Client, client_for, keyed, unique
from tests.support.provoking_client import ProvokingClient
from tests.support.servers import running_accelerator, running_store
from tests.support.streamed_tables import StreamedTable

THROUGH = {"store": running_store, "accelerator": running_accelerator}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--endpoint", help="URL to test against, or aws; default: servers of our own")
    parser.addoption("--through", choices=[*THROUGH, "both"], help="which servers of our own; default: both")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each test runs once for each server that was chosen."""
    if "server" in metafunc.fixturenames:
        metafunc.parametrize("server", _servers(metafunc.config), indirect=True, scope="session")


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest) -> str:
    """What is tested: a server of our own, by its name in THROUGH, or the endpoint that was given."""
    name: str = request.param
    return name


@pytest.fixture(scope="session")
def directory(server: str, tmp_path_factory: pytest.TempPathFactory) -> Path | None:
    """Where a server of our own keeps its data."""
    return tmp_path_factory.mktemp("conformance") if server in THROUGH else None


@pytest.fixture(scope="session")
def bucket_folder(directory: Path | None) -> Path:
    """The folder that stands for S3."""
    if directory is None:
        pytest.skip("exports and imports are looked at in a folder, which only servers of our own have")
    return directory / "buckets"


@pytest.fixture(scope="session")
def endpoint(server: str, directory: Path | None) -> Iterator[str]:
    if directory is None:
        yield server
        return
    with THROUGH[server](directory, "--bucket-folder", str(directory / "buckets")) as running:
        yield running.url


@pytest.fixture(scope="session")
def client(server: str, endpoint: str) -> Iterator[Client]:
    client = client_for(endpoint)
    yield ProvokingClient(client) if server == "accelerator" else client
    client.close()


@pytest.fixture(scope="session")
def streams(endpoint: str) -> Iterator[Client]:
    """boto3's client of DynamoDB Streams."""
    client = client_for(endpoint, "dynamodbstreams")
    yield client
    client.close()


def _servers(config: pytest.Config) -> list[str]:
    # Not known to a run that did not begin in this directory: then the default is meant.
    given: str | None = config.getoption("--endpoint", default=None)  # pyright: ignore[reportArgumentType]
    if given is not None:
        return [given]
    through: str | None = config.getoption("--through", default=None)  # pyright: ignore[reportArgumentType]
    return [*THROUGH] if through in (None, "both") else [through]


@pytest.fixture(scope="module")
def new_table(client: Client) -> Iterator[Callable[..., str]]:
    """Makes tables, `new_table("p:S", "r:N")`, and deletes them when the module's tests are over."""
    names: list[str] = []

    def make(hash_key: str = "id:S", range_key: str | None = None) -> str:
        name = unique("conformance")
        client.create_table(**keyed(name, hash_key, range_key))
        names.append(name)
        client.get_waiter("table_exists").wait(TableName=name)
        return name

    yield make
    for name in names:
        client.delete_table(TableName=name)


@pytest.fixture(scope="module")
def table(new_table: Callable[..., str]) -> str:
    """A table whose hash key is the string id."""
    return new_table()


@pytest.fixture(scope="module")
def ranged(new_table: Callable[..., str]) -> str:
    """A table whose hash key is the string p and whose range key is the number r."""
    return new_table("p:S", "r:N")


@pytest.fixture
def created(client: Client) -> Iterator[list[str]]:
    """Names of tables that a test creates itself; what is left of them is deleted."""
    names: list[str] = []
    yield names
    for name in names:
        _drop(client, name)


@pytest.fixture
def streamed(client: Client, streams: Client, created: list[str]) -> Callable[..., StreamedTable]:
    """Makes tables whose streams show what is asked for, `streamed("KEYS_ONLY")`: both images unless told otherwise.

    Each test has its own: at Amazon, and only there, a stream is written seconds after its table.
    """

    def make(view_type: str = "NEW_AND_OLD_IMAGES") -> StreamedTable:
        created.append(name := unique("conformance"))
        specification = {"StreamEnabled": True, "StreamViewType": view_type}
        client.create_table(**keyed(name), StreamSpecification=specification)
        client.get_waiter("table_exists").wait(TableName=name)
        return StreamedTable(client, streams, name)

    return make


def _drop(client: Client, name: str) -> None:
    """Delete the table if it is there, however protected."""
    try:
        client.describe_table(TableName=name)
    except client.exceptions.ResourceNotFoundException:
        return
    client.get_waiter("table_exists").wait(TableName=name)
    client.update_table(TableName=name, DeletionProtectionEnabled=False)
    client.get_waiter("table_exists").wait(TableName=name)
    client.delete_table(TableName=name)
