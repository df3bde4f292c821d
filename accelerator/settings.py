"""Every option of `microdax serve` and `microdax store`, and where their values come from.

A value is looked for in this order: a flag, a `MICRODAX_...` variable, the TOML file, the default here. The TOML
file is the one named by `--config` or `MICRODAX_CONFIG`, else `microdax.toml` in the working directory if there is
one. serve's options stand at its top level, the store's in its table `[store]`, and variables are named alike:

    option          flag              variable               in the file
    serve's port    --http-port       MICRODAX_HTTP_PORT     http_port = 8000
    the store's     --port            MICRODAX_STORE_PORT    [store] port = 8001

Names that mean nothing are refused, in the file and among the variables, since a misspelt option would otherwise
be silently the default.
"""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final, Literal, TypeVar, cast

from pydantic import BeforeValidator, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from microdax.model.limits import KIB, MIB

DEFAULT_FILE: Final = Path("microdax.toml")
CONFIG_VARIABLE: Final = "MICRODAX_CONFIG"
_STORE_TABLE: Final = "store"
_SDK_VARIABLES: Final = frozenset({"MICRODAX_ENDPOINT"})
_BYTE_UNITS: Final = {"": 1, "KIB": KIB, "MIB": MIB, "GIB": 1024 * MIB}


class SettingsError(Exception):
    """An option that means nothing or has a value that it cannot have; the message is one line and names it."""


def _read_bytes(value: object) -> object:
    """A number of bytes from "256MiB"; anything else is left for pydantic to judge."""
    if not isinstance(value, str):
        return value
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMG]iB)?", value.strip(), re.IGNORECASE)
    if match is None:
        raise ValueError("should be a number of bytes such as 268435456 or 256MiB")
    return int(float(match[1]) * _BYTE_UNITS[(match[2] or "").upper()])


def _read_table_ttls(value: object) -> object:
    """A mapping from "orders=60,users=10"; anything else is left for pydantic to judge."""
    if not isinstance(value, str):
        return value
    pairs = [pair.partition("=") for pair in value.split(",") if pair.strip()]
    if not all(table.strip() and ttl.strip() for table, _, ttl in pairs):
        raise ValueError("should be tables and seconds such as orders=60,users=10")
    return {table.strip(): ttl.strip() for table, _, ttl in pairs}


Bytes = Annotated[int, Field(gt=0), BeforeValidator(_read_bytes)]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
PositiveSeconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Port = Annotated[int, Field(ge=0, le=65535)]
TableTtls = Annotated[dict[str, PositiveSeconds], NoDecode, BeforeValidator(_read_table_ttls)]
LogLevel = Literal["debug", "info", "warning", "error"]


class _Settings(BaseSettings):
    """What both commands have in common. An instance takes what it is given: only `load` reads the outside."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", env_ignore_empty=True)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


class ServeSettings(_Settings):
    """The options of `microdax serve`."""

    model_config = SettingsConfigDict(env_prefix="MICRODAX_")

    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    http_port: Port = Field(
        default=8000, description="Port of DynamoDB over HTTP and of the admin side; 0 for any free one."
    )
    data: Path = Field(default=Path("data"), description="Directory of the bundled store; unused with --upstream.")
    bucket_folder: Path | None = Field(
        default=None,
        description="Folder that stands for S3: exports and imports of the bundled store use its folders as buckets,"
        " and reach nothing else. Without it both are refused.",
    )
    enforce_throughput: bool = Field(
        default=False,
        description="Whether the bundled store throttles what goes beyond a table's provisioned throughput.",
    )
    upstream: str | None = Field(
        default=None,
        pattern=r"^https?://[^/?#]+/?$",
        description="URL of the DynamoDB endpoint to front instead of the bundled store.",
    )
    region: str = Field(
        default="us-east-1",
        min_length=1,
        description="AWS region, in ARNs and in signatures to the upstream; if not given, the one that the upstream's"
        " host name says.",
    )
    item_cache_bytes: Bytes = Field(default=256 * MIB, description="Room for cached items; takes units, as in 256MiB.")
    memo_bytes: Bytes = Field(default=64 * MIB, description="Room for requests remembered with their replies.")
    item_ttl_s: PositiveSeconds = Field(default=300.0, description="Seconds that an item is served from the cache.")
    table_ttls: TableTtls = Field(default={}, description="Other seconds for some tables, as in orders=60,users=10.")
    eviction: Literal["s3fifo", "lru"] = Field(default="s3fifo", description="Which items leave a full cache.")
    settle_s: Seconds | None = Field(
        default=None,
        description="Seconds after a write in which the upstream may still answer with the state before it"
        " (default: 2 with --upstream, 0 for the bundled store, which never does).",
    )
    upstream_timeout_s: PositiveSeconds = Field(
        default=30.0, description="Seconds that the upstream may take to answer."
    )
    upstream_connect_timeout_s: PositiveSeconds = Field(
        default=3.0, description="Seconds that connecting to it may take."
    )
    upstream_connections: int = Field(default=64, ge=1, le=4096, description="Connections to the upstream, at most.")
    ttl_sweep_s: PositiveSeconds = Field(
        default=3.0, description="Seconds between two sweeps of the bundled store for items that have expired."
    )
    log_level: LogLevel = Field(default="info", description="How much is logged, to standard error.")

    UPSTREAM_SETTLE_S: ClassVar[float] = 2.0

    @property
    def settling_s(self) -> float:
        """`settle_s`, or what holds for the chosen upstream where it was not given."""
        if self.settle_s is not None:
            return self.settle_s
        return 0.0 if self.upstream is None else self.UPSTREAM_SETTLE_S


class StoreSettings(_Settings):
    """The options of `microdax store`."""

    model_config = SettingsConfigDict(env_prefix="MICRODAX_STORE_")

    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: Port = Field(default=8001, description="Port of DynamoDB over HTTP; 0 for any free one.")
    data: Path = Field(default=Path("data"), description="Directory of the store.")
    bucket_folder: Path | None = Field(
        default=None,
        description="Folder that stands for S3: exports and imports use its folders as buckets, and reach nothing else."
        " Without it both are refused.",
    )
    region: str = Field(default="us-east-1", min_length=1, description="AWS region, in ARNs.")
    enforce_throughput: bool = Field(
        default=False, description="Whether what goes beyond a table's provisioned throughput is throttled."
    )
    ttl_sweep_s: PositiveSeconds = Field(
        default=3.0, description="Seconds between two sweeps for items that have expired."
    )
    log_level: LogLevel = Field(default="info", description="How much is logged, to standard error.")


S = TypeVar("S", bound=_Settings)


def flag(name: str) -> str:
    """The flag of the option with this field name."""
    return "--" + name.replace("_", "-")


def variable(model: type[_Settings], name: str) -> str:
    """The variable of the option with this field name."""
    return model.model_config.get("env_prefix", "") + name.upper()


def load(model: type[S], flags: Mapping[str, str], config: Path | None = None) -> S:
    """Read the settings from all sources. Raises SettingsError."""
    _refuse_unknown_variables()
    file = _config_file(config)
    sources = _Sources(model, flags, EnvSettingsSource(model)(), file, _read_file(model, file) if file else {})
    try:
        return model(**sources.merged())
    except ValidationError as error:
        raise SettingsError(sources.complaint(error)) from None


class _Sources:
    """What each source says, the first of them having the last word, and who said it."""

    def __init__(
        self,
        model: type[_Settings],
        flags: Mapping[str, object],
        variables: Mapping[str, object],
        file: Path | None,
        table: Mapping[str, object],
    ) -> None:
        self._model = model
        self._flags = flags
        self._variables = variables
        self._file = file
        self._table = table

    def merged(self) -> dict[str, Any]:
        return {**self._table, **self._variables, **self._flags}

    def complaint(self, error: ValidationError) -> str:
        """The first thing wrong, under the name by which its user gave it."""
        first = error.errors(include_url=False)[0]
        name = str(first["loc"][0])
        if first["type"] == "extra_forbidden":
            return f"unknown option {name!r} in {self._file}"
        place = "".join(f", {part}" for part in first["loc"][1:])
        message = first["msg"].removeprefix("Value error, ").removeprefix("Input ")
        return f"{self._origin(name)}{place}: {message}, not {first['input']!r}"

    def _origin(self, name: str) -> str:
        if name in self._flags:
            return flag(name)
        if name in self._variables:
            return variable(self._model, name)
        return f"{name} in {self._file}"


def _config_file(config: Path | None) -> Path | None:
    if config is not None:
        return config
    if named := os.environ.get(CONFIG_VARIABLE):
        return Path(named)
    return DEFAULT_FILE if DEFAULT_FILE.is_file() else None


def _read_file(model: type[_Settings], file: Path) -> Mapping[str, object]:
    """The part of the TOML file that is for `model`."""
    try:
        document: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"cannot read the configuration file {file}: {error.strerror}") from None
    except ValueError as error:
        raise SettingsError(f"{file} is not TOML: {error}") from None
    store: object = document.pop(_STORE_TABLE, {})
    if not isinstance(store, dict):
        raise SettingsError(f"{_STORE_TABLE!r} in {file} should be a table, not {store!r}")
    return cast(dict[str, Any], store) if model is StoreSettings else document


def _refuse_unknown_variables() -> None:
    known = {CONFIG_VARIABLE, *_SDK_VARIABLES, *_variables(ServeSettings), *_variables(StoreSettings)}
    for name in sorted(os.environ):
        if name.startswith("MICRODAX_") and name not in known:
            raise SettingsError(f"unknown environment variable {name}")


def _variables(model: type[_Settings]) -> Iterator[str]:
    return (variable(model, name) for name in model.model_fields)
