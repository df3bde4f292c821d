"""The command line: `microdax serve`, `microdax store` and `microdax store check`.

Options are made from the fields of the settings, so that neither can have what the other lacks. Both servers run
in the foreground in the same way: they say that they are ready once they are, SIGINT and SIGTERM stop them
cleanly, a second one at once, and what keeps them from starting is one line on standard error and exit code 1.
"""

import asyncio
import errno
import logging
import signal
import socket
import sys
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import IO, Any, Final, Literal, TypeVar, get_args, get_origin

import click
import uvloop

import backend_store.cli as store_commands
from accelerator.settings import ServeSettings, SettingsError, StoreSettings, flag, load, variable
from backend_store.kv.engine import DataDirectoryError
from microdax._version import __version__
from microdax.model.errors import ServiceUnavailable
from microdax.model.limits import MIB
from microdax.serving.http_server import CannotListen

Settings = TypeVar("Settings", ServeSettings, StoreSettings)
Flags = Mapping[str, str | None]
Command = TypeVar("Command", bound=Callable[..., None])

_STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
_ANY_ADDRESS: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}


class Refused(click.ClickException):
    """What was asked for cannot be done; the message is one line for the user."""

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(f"microdax: {self.format_message()}", file=file or sys.stderr)


def _options(model: type[ServeSettings] | type[StoreSettings], *names: str) -> Callable[[Command], Command]:
    """One option for each field of `model`, or for the named ones, and `--config`."""

    def decorate(command: Command) -> Command:
        for name in reversed(names or tuple(model.model_fields)):
            field = model.model_fields[name]
            help_text = f"{field.description}  [{variable(model, name)}{_default_text(field.default)}]"
            if field.annotation is bool:
                command = click.option(flag(name), name, flag_value="true", default=None, help=help_text)(command)
                continue
            choices = "|".join(get_args(field.annotation)) if get_origin(field.annotation) is Literal else "VALUE"
            command = click.option(flag(name), name, metavar=choices, help=help_text)(command)
        file = click.Path(path_type=Path)
        return click.option("--config", type=file, metavar="FILE", help="TOML file of settings.")(command)

    return decorate


def _default_text(default: object) -> str:
    """The default as one would write it; nothing where there is none."""
    if default is None or default is False or default == {}:
        return ""
    if isinstance(default, int) and default >= MIB:
        return f"; default: {default // MIB}MiB"
    return f"; default: {default}"


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="microdax", message="%(prog)s %(version)s")
def main() -> None:
    """A self-hosted DynamoDB accelerator with a durable store of its own.

    Every option can also be given as a MICRODAX_... variable or in a TOML file: accelerator/settings.py says how.
    """


@main.command()
@_options(ServeSettings)
def serve(config: Path | None, **flags: str | None) -> None:
    """Serve DynamoDB over HTTP, from the cache and the bundled store or another upstream."""
    settings = _load(ServeSettings, flags, config)
    _refuse_taken_port(ServeSettings, settings.host, settings.http_port, "http_port")
    # Only now: a taken port is reported before the half second that this import takes.
    from accelerator import app

    def announce(ready: app.Ready) -> None:
        behind = f"data     {ready.data.resolve()}" if ready.data else f"upstream {ready.upstream}"
        _announce(ready.host, ready.http_port, behind)

    run_in_foreground(lambda stop: app.run(settings, announce, stop))


@main.group(invoke_without_command=True)
@_options(StoreSettings)
@click.pass_context
def store(context: click.Context, /, config: Path | None, **flags: str | None) -> None:
    """Serve the bundled store by itself, without a cache."""
    context.obj = (config, flags)
    if context.invoked_subcommand is not None:
        return
    settings = _load(StoreSettings, flags, config)
    _refuse_taken_port(StoreSettings, settings.host, settings.port, "port")

    def announce(port: int) -> None:
        _announce(settings.host, port, f"data     {settings.data.resolve()}")

    service = store_commands.Service(
        data=settings.data,
        region=settings.region,
        host=settings.host,
        port=settings.port,
        enforce_throughput=settings.enforce_throughput,
        bucket_folder=settings.bucket_folder,
        ttl_sweep_s=settings.ttl_sweep_s,
    )
    run_in_foreground(lambda stop: store_commands.run(service, announce, stop))


@store.command()
@_options(StoreSettings, "data")
@click.pass_context
def check(context: click.Context, /, config: Path | None, **flags: str | None) -> None:
    """Verify a store that nothing serves: print what is wrong and exit with 1, or that nothing is."""
    outer_config, outer_flags = context.obj
    settings = _load(StoreSettings, {**outer_flags, **_given(flags)}, config or outer_config)
    try:
        findings = store_commands.check(settings.data)
    except (DataDirectoryError, OSError) as error:
        raise Refused(str(error)) from None
    for finding in findings:
        click.echo(finding)
    if findings:
        raise SystemExit(1)
    click.echo(f"{settings.data}: nothing wrong")


def _load(model: type[Settings], flags: Flags, config: Path | None) -> Settings:
    try:
        settings = load(model, _given(flags), config)
    except SettingsError as error:
        raise Refused(str(error)) from None
    logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    return settings


def _given(flags: Flags) -> dict[str, str]:
    return {name: value for name, value in flags.items() if value is not None}


def _refuse_taken_port(model: type[ServeSettings] | type[StoreSettings], host: str, port: int, option: str) -> None:
    """Bind and let go, before anything is opened: two servers started by mistake differ in nothing but this."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        name = f"{flag(option)} (or {variable(model, option)})"
        if error.errno == errno.EADDRINUSE:
            raise Refused(f"port {port} on {host} is already in use; choose another with {name}") from None
        raise Refused(f"cannot listen on port {port} of {host}: {error.strerror}; see --host and {name}") from None


def run_in_foreground(run: Callable[[asyncio.Event], Coroutine[None, None, None]]) -> None:
    """Run until a signal; `run` stops when the event is set."""
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_until_signalled(run))
    except (DataDirectoryError, CannotListen, OSError) as error:
        raise Refused(str(error)) from None
    except ServiceUnavailable as error:
        raise Refused(error.message) from None


async def _until_signalled(run: Callable[[asyncio.Event], Coroutine[None, None, None]]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stop_cleanly() -> None:
        for number in _STOP_SIGNALS:
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_DFL)  # the next one ends the process at once
        stop.set()

    for number in _STOP_SIGNALS:
        loop.add_signal_handler(number, stop_cleanly)
    await run(stop)


def _announce(host: str, port: int, behind: str) -> None:
    endpoint = _url(_ANY_ADDRESS.get(host, host), port)
    click.echo(
        f"""microdax {__version__} listens on {_url(host, port)} (Ctrl-C stops it)
  {behind}

Any AWS SDK uses it after
  export AWS_ENDPOINT_URL_DYNAMODB={endpoint} AWS_DEFAULT_REGION=us-east-1 \
AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any
and Python also with
  import microdax
  print(microdax.client(endpoint="{endpoint}").list_tables()["TableNames"])
"""
    )
    sys.stdout.flush()


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


if __name__ == "__main__":
    main()
