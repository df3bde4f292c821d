"""compose.yaml and the Dockerfile speak of commands, options, variables, ports and files that exist."""

import re
import shlex
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from accelerator.cli import main
from accelerator.settings import ServeSettings, StoreSettings, load

ROOT = Path(__file__).resolve().parent.parent
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS: dict[str, type[ServeSettings] | type[StoreSettings]] = {"store": StoreSettings, "accelerator": ServeSettings}
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ").splitlines()


def instructions(name: str) -> list[str]:
    """What follows the instruction's name, wherever the Dockerfile has it."""
    return [line.removeprefix(name).strip() for line in DOCKERFILE if line.startswith(name + " ")]


def stage_of(instruction: str) -> str:
    """The stage that an instruction of the Dockerfile stands in."""
    stage = ""
    for line in DOCKERFILE:
        if line.startswith("FROM "):
            stage = line.split()[-1]
        if line == instruction:
            return stage
    raise AssertionError(f"{instruction!r} is not in the Dockerfile")


def commands() -> list[tuple[str, list[str]]]:
    """Every command line of ours, by where it stands."""
    found = [(f"compose {name}", SERVICES[name]["command"]) for name in OURS]
    return [*found, *((stage_of(f"CMD {text}"), yaml.safe_load(text)) for text in instructions("CMD"))]


def test_the_services_are_the_store_the_accelerator_and_redis() -> None:
    assert set(SERVICES) == {"store", "accelerator", "redis"}


@pytest.mark.parametrize(("place", "command"), commands())
def test_every_command_and_option_exists(place: str, command: list[str]) -> None:
    program, name, *arguments = command
    assert program == "microdax"
    subcommand = main.commands[name]
    context = click.Context(subcommand, resilient_parsing=False)
    subcommand.parse_args(context, arguments)  # raises for what it does not know
    assert place.split()[-1] in OURS


@pytest.mark.parametrize("name", OURS)
def test_every_variable_exists_and_has_a_value_that_it_can_have(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, text in SERVICES[name].get("environment", {}).items():
        monkeypatch.setenv(variable, str(text))
    load(OURS[name], {})


def test_the_accelerator_fronts_the_stores_port() -> None:
    upstream = SERVICES["accelerator"]["environment"]["MICRODAX_UPSTREAM"]
    assert upstream == f"http://store:{StoreSettings().port}"
    assert SERVICES["accelerator"]["depends_on"] == ["store"]


@pytest.mark.parametrize(
    ("name", "port"), [("store", StoreSettings().port), ("accelerator", ServeSettings().http_port)]
)
def test_ports_are_the_defaults_and_reach_this_machine_only(name: str, port: int) -> None:
    assert SERVICES[name]["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert stage_of(f"EXPOSE {port}") == name


@pytest.mark.parametrize("name", OURS)
def test_each_image_is_a_stage_of_the_dockerfile(name: str) -> None:
    assert SERVICES[name]["build"] == {"context": ".", "target": name}
    assert f"base AS {name}" in instructions("FROM")


def test_volumes_are_declared_and_mounted_where_the_data_goes() -> None:
    volume, _, target = SERVICES["store"]["volumes"][0].partition(":")
    assert volume in COMPOSE["volumes"]
    assert target == SERVICES["store"]["command"][-1] == instructions("VOLUME")[0]


def copied_files() -> list[str]:
    """What the Dockerfile takes from the checkout."""
    lines = (shlex.split(line) for line in instructions("COPY") if not line.startswith("--from"))
    return [source for *sources, _ in lines for source in sources]


def test_every_file_that_the_dockerfile_copies_exists_and_is_sent_to_the_engine() -> None:
    sent = re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(copied_files()) == sorted(sent)
    assert all((ROOT / name).exists() for name in copied_files())
