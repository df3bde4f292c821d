"""What the README shows works as it stands."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from accelerator.settings import ServeSettings, variable
from tests.support.servers import running_accelerator

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def snippets(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def test_the_python_snippets_run_one_after_another_against_a_fresh_server(tmp_path: Path) -> None:
    programs = snippets("python")
    assert len(programs) == 2
    with running_accelerator(tmp_path) as server:
        printed = [run(program, server.url) for program in programs]
    assert printed == [
        "{'title': 'Metropolis', 'year': Decimal('1927')}\n",
        "The conditional request failed\n",
    ]


def run(program: str, url: str) -> str:
    """Run it as a user would who has set the variables that the README names, and nothing else of AWS's."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MICRODAX_"))}
    variables = {**clean, "AWS_ENDPOINT_URL_DYNAMODB": url, "HOME": "/nonexistent"}
    done = subprocess.run(
        [sys.executable, "-c", program], env=variables, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("path", re.findall(r"\]\(([^)#:]+)\)|`(loadtests/[\w/.]+)`", README), ids=str)
def test_every_file_that_it_points_to_is_there(path: tuple[str, str]) -> None:
    assert (ROOT / (path[0] or path[1])).exists()


def test_every_make_target_that_it_names_is_there() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"(?:^|`)make (\w+)", README, re.MULTILINE))
    assert {"run", "test", "load", "bench"} <= targets
    for target in targets:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_every_variable_that_it_names_is_an_option_or_the_sdks() -> None:
    known = {variable(ServeSettings, name) for name in ServeSettings.model_fields} | {"MICRODAX_ENDPOINT"}
    assert set(re.findall(r"\bMICRODAX_\w+", README)) <= known
