"""The example prints the same through the accelerator, with microdax's own client, and straight at the store."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from examples.movies import FILMS, read_films
from tests.support.servers import RunningServer, running_accelerator, running_store

ROOT = Path(__file__).resolve().parent.parent.parent
AS_IT_STANDS = (str(ROOT / "examples" / "movies.py"),)
WITH_OUR_CLIENT = ("-c", "import microdax; from examples.movies import main; main(microdax.resource())")


def output(url: str, *program: str) -> str:
    """What the program prints when DynamoDB is at `url`."""
    variables = {
        "AWS_ENDPOINT_URL_DYNAMODB": url,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "any",
        "AWS_SECRET_ACCESS_KEY": "any",
    }
    finished = subprocess.run(
        [sys.executable, *program], cwd=ROOT, env=os.environ | variables, capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> str:
    with running_store(tmp_path_factory.mktemp("store")) as store:
        return output(store.url, *AS_IT_STANDS)


@pytest.mark.parametrize(
    ("server", "program"),
    [
        pytest.param(running_accelerator, AS_IT_STANDS, id="boto3-through-the-accelerator"),
        pytest.param(running_accelerator, WITH_OUR_CLIENT, id="microdax-through-the-accelerator"),
        pytest.param(running_store, WITH_OUR_CLIENT, id="microdax-at-the-store"),
    ],
)
def test_every_way_prints_what_boto3_at_the_store_prints(
    server: Callable[[Path], AbstractContextManager[RunningServer]],
    program: tuple[str, ...],
    expected: str,
    tmp_path: Path,
) -> None:
    with server(tmp_path) as running:
        assert output(running.url, *program) == expected


def test_what_is_printed_follows_from_the_films(expected: str) -> None:
    films = read_films(FILMS)
    concerts = sum(film["Genre"] == "Concert/Performance" for film in films)
    westerns = {film["Title"] for film in films if film["Genre"] == "Western" and film["Released"][:3] == "199"}
    section = expected.partition("Westerns")[2].partition("\n\n")[0].splitlines()[1:]
    assert f"{len(films)} films read, {len(films)} films in the table" in expected
    assert f"{len(films) - concerts - 1} films are left" in expected
    assert {line[20:] for line in section} == westerns
    assert re.search(r"votes and views: .*380935", expected)
    assert "read again: True True" in expected
    assert "with the old votes: ConditionalCheckFailedException" in expected


def test_it_can_be_run_again_on_the_same_store(expected: str, tmp_path: Path) -> None:
    with running_accelerator(tmp_path) as accelerator:
        assert output(accelerator.url, *AS_IT_STANDS) == expected
        assert output(accelerator.url, *AS_IT_STANDS) == expected


def test_every_film_has_a_key_of_its_own() -> None:
    films = read_films(FILMS)
    assert len(films) == 3201
    assert len({(film["Genre"], film["Released"]) for film in films}) == 3201
