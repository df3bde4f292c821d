"""The command line as its user sees it: what is printed, what the exit code is, how a server stops."""

import json
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from accelerator.cli import main
from accelerator.settings import ServeSettings, StoreSettings, flag, variable
from microdax._version import __version__
from tests.support.servers import running, running_accelerator, running_store, start, stop

TABLE = {
    "TableName": "things",
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}
THING = {"id": {"S": "a"}, "size": {"N": "1"}}


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No microdax.toml is at hand."""
    monkeypatch.chdir(tmp_path)


def call(url: str, operation: str, body: dict[str, Any]) -> dict[str, Any]:
    headers = {"X-Amz-Target": f"DynamoDB_20120810.{operation}", "Content-Type": "application/x-amz-json-1.0"}
    with urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), headers), timeout=30) as reply:
        document: dict[str, Any] = json.load(reply)
        return document


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def refusal(result: Result) -> str:
    """The one line that a refused command prints."""
    assert (result.exit_code, result.stdout) == (1, "")
    line, end = result.stderr.split("\n")
    assert end == ""
    assert line.startswith("microdax: ")
    return line.removeprefix("microdax: ")


def test_the_version_is_the_packages() -> None:
    assert invoke("--version").stdout == f"microdax {__version__}\n"


@pytest.mark.parametrize(("command", "model"), [("serve", ServeSettings), ("store", StoreSettings)])
def test_help_names_every_option_with_its_variable(
    command: str, model: type[ServeSettings] | type[StoreSettings]
) -> None:
    text = invoke(command, "--help").stdout.replace("\n", "")
    for name in model.model_fields:
        assert flag(name) in text
        assert variable(model, name) in text


@pytest.mark.parametrize(("command", "model"), [("serve", ServeSettings), ("store", StoreSettings)])
def test_options_and_settings_are_the_same(command: str, model: type[ServeSettings] | type[StoreSettings]) -> None:
    options = {parameter.name for parameter in main.commands[command].params if isinstance(parameter, click.Option)}
    assert options == {*model.model_fields, "config"}


# Ready


def test_serve_says_where_it_listens_and_what_is_behind_it(tmp_path: Path) -> None:
    with running_accelerator(tmp_path) as server:
        first, second = server.announcement.splitlines()[:2]
        assert first == f"microdax {__version__} listens on {server.url} (Ctrl-C stops it)"
        assert second.split() == ["data", str((tmp_path / "data").resolve())]
        assert f"export AWS_ENDPOINT_URL_DYNAMODB={server.url} " in server.announcement
        with urllib.request.urlopen(f"{server.url}/health", timeout=30) as health:
            assert json.load(health)["ready"] is True


def test_the_python_that_serve_prints_runs_as_it_stands(tmp_path: Path) -> None:
    with running_accelerator(tmp_path) as server:
        call(server.url, "CreateTable", TABLE)
        snippet = "\n".join(line.strip() for line in server.announcement.splitlines()[-2:])
        environment = {"AWS_EC2_METADATA_DISABLED": "true", "HOME": str(tmp_path)}
        printed = subprocess.run(
            [sys.executable, "-c", snippet], env=environment, capture_output=True, text=True, check=True
        )
        assert printed.stdout == "['things']\n"


def test_serve_in_front_of_an_upstream_names_it_and_makes_no_directory(tmp_path: Path) -> None:
    with (
        running_store(tmp_path) as store,
        running("serve", "--http-port", "0", "--upstream", store.url, cwd=tmp_path) as server,
    ):
        assert server.announcement.splitlines()[1].split() == ["upstream", store.url]
        call(server.url, "CreateTable", TABLE)
        assert call(store.url, "ListTables", {}) == {"TableNames": ["things"]}
    assert {path.name for path in tmp_path.iterdir()} == {"data"}


def test_a_wildcard_address_is_announced_with_one_that_can_be_connected_to(tmp_path: Path) -> None:
    with running_store(tmp_path, "--host", "0.0.0.0") as store:
        assert store.url.startswith("http://0.0.0.0:")
        assert "AWS_ENDPOINT_URL_DYNAMODB=http://127.0.0.1:" in store.announcement


# Stopping


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("running_server", [running_accelerator, running_store])
def test_a_signal_stops_cleanly_and_the_data_is_there_again(
    running_server: Any, number: signal.Signals, tmp_path: Path
) -> None:
    with running_server(tmp_path) as server:
        call(server.url, "CreateTable", TABLE)
        call(server.url, "PutItem", {"TableName": "things", "Item": THING})
        assert stop(server.process, number) == 0
    with running_server(tmp_path) as server:
        reply = call(server.url, "GetItem", {"TableName": "things", "Key": {"id": {"S": "a"}}})
        assert reply == {"Item": THING}


def test_a_second_signal_ends_at_once_what_does_not_want_to_stop() -> None:
    program = """
import asyncio
from accelerator.cli import run_in_foreground

async def stubborn(stop: asyncio.Event) -> None:
    print("ready", flush=True)
    await stop.wait()
    print("stopping", flush=True)
    await asyncio.Event().wait()

run_in_foreground(stubborn)
"""
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == "stopping\n"
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=30) == ("", "")
        assert process.returncode == -signal.SIGINT


# Refusals


@pytest.mark.parametrize(
    ("command", "option", "named"),
    [("serve", "--http-port", "MICRODAX_HTTP_PORT"), ("store", "--port", "MICRODAX_STORE_PORT")],
)
def test_a_taken_port_is_one_line_with_the_option_and_nothing_is_opened(
    command: str, option: str, named: str, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        line = refusal(invoke(command, option, str(port)))
    assert line == f"port {port} on 127.0.0.1 is already in use; choose another with {option} (or {named})"
    assert list(tmp_path.iterdir()) == []


def test_an_address_that_is_not_ours_is_one_line() -> None:
    assert "192.0.2.1" in refusal(invoke("store", "--host", "192.0.2.1", "--port", "0"))


@pytest.mark.parametrize("arguments", [("serve", "--http-port", "0"), ("store", "--port", "0"), ("store", "check")])
def test_a_data_directory_in_use_is_one_line(arguments: tuple[str, ...], tmp_path: Path) -> None:
    with running_store(tmp_path) as store:
        assert store.pid
        line = refusal(invoke(*arguments, "--data", str(tmp_path / "data")))
        assert re.search(r"data is in use by another process", line)


@pytest.mark.parametrize("arguments", [("serve", "--http-port", "0"), ("store", "--port", "0")])
def test_a_data_directory_that_cannot_be_one_is_one_line(arguments: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert str(tmp_path / "file") in refusal(invoke(*arguments, "--data", str(tmp_path / "file")))


def test_a_bad_value_is_one_line_that_names_the_option() -> None:
    assert refusal(invoke("serve", "--http-port", "x")).startswith("--http-port: ")


def test_an_unknown_variable_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MICRODAX_PORT", "1")
    assert refusal(invoke("store")) == "unknown environment variable MICRODAX_PORT"


def test_an_unknown_option_is_a_usage_error() -> None:
    result = invoke("serve", "--port", "1")
    assert result.exit_code == 2
    assert "--port" in result.stderr


def test_options_come_from_the_configuration_file_too(tmp_path: Path) -> None:
    (tmp_path / "my.toml").write_text("[store]\nport = 0\ndata = 'kept'")
    with running("store", "--config", "my.toml", cwd=tmp_path) as store:
        assert call(store.url, "ListTables", {}) == {"TableNames": []}
    assert (tmp_path / "kept").is_dir()


def test_a_traceback_is_never_what_the_user_of_a_taken_port_sees(tmp_path: Path) -> None:
    with running_store(tmp_path) as store:
        process = start("store", "--port", store.url.rpartition(":")[2], cwd=tmp_path, stderr=subprocess.PIPE)
        output, complaint = process.communicate(timeout=30)
    assert (process.returncode, output) == (1, "")
    assert complaint.count("\n") == 1


# store check


def test_check_finds_nothing_wrong_with_a_store_that_was_used(tmp_path: Path) -> None:
    with running_store(tmp_path) as store:
        call(store.url, "CreateTable", TABLE)
        call(store.url, "PutItem", {"TableName": "things", "Item": THING})
    result = invoke("store", "check", "--data", str(tmp_path / "data"))
    assert (result.exit_code, result.stdout) == (0, f"{tmp_path / 'data'}: nothing wrong\n")


def test_check_takes_the_data_directory_before_the_subcommand_too(tmp_path: Path) -> None:
    with running_store(tmp_path):
        pass
    assert invoke("store", "--data", str(tmp_path / "data"), "check").exit_code == 0


def test_check_prints_what_is_wrong_and_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def faults(data: Path) -> list[str]:
        assert data == tmp_path
        return ["one thing", "another"]

    monkeypatch.setattr("backend_store.check.check", faults)
    result = invoke("store", "check", "--data", str(tmp_path))
    assert (result.exit_code, result.stdout) == (1, "one thing\nanother\n")


def test_check_of_a_directory_without_a_store_is_refused_and_makes_none(tmp_path: Path) -> None:
    assert "none" in refusal(invoke("store", "check", "--data", str(tmp_path / "none")))
    assert list(tmp_path.iterdir()) == []


def test_credentials_that_cannot_be_read_are_one_line(tmp_path: Path) -> None:
    environment = {"AWS_PROFILE": "no-such-profile", "HOME": str(tmp_path)}
    process = start(
        "serve",
        "--http-port",
        "0",
        "--upstream",
        "http://127.0.0.1:1",
        cwd=tmp_path,
        variables=environment,
        stderr=subprocess.PIPE,
    )
    _, complaint = process.communicate(timeout=60)
    assert process.returncode == 1
    assert complaint.startswith("microdax: The credentials for the upstream cannot be read: ")
    assert complaint.count("\n") == 1
