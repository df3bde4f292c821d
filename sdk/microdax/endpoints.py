"""Where the server is: the argument, else the environment, else this machine.

`MICRODAX_ENDPOINT` comes before `AWS_ENDPOINT_URL_DYNAMODB`, so that one program can send its boto3 clients to the
service and its microdax clients to an accelerator.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

DEFAULT_ENDPOINT = "http://127.0.0.1:8000"
ENDPOINT_VARIABLES = ("MICRODAX_ENDPOINT", "AWS_ENDPOINT_URL_DYNAMODB")

_DEFAULT_PORTS = {"http": 80, "https": 443}
_AMAZON_DOMAINS = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The parts of an endpoint's URL that a connection and a request need."""

    url: str
    scheme: str
    host: str
    port: int
    path: str

    @property
    def is_tls(self) -> bool:
        return self.scheme == "https"

    @property
    def is_amazon(self) -> bool:
        """Whether this is the service itself, which answers signed requests only."""
        return self.host.endswith(_AMAZON_DOMAINS)

    @property
    def host_header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


def choose_endpoint(argument: str | None, environment: Mapping[str, str] = os.environ) -> str:
    """The URL to use; a variable that is set but empty counts as not set."""
    candidates = (argument, *map(environment.get, ENDPOINT_VARIABLES))
    return next((url for url in candidates if url), DEFAULT_ENDPOINT)


def parse_endpoint(url: str) -> Endpoint:
    """Split the URL; raises ValueError, in botocore's words, for what is not an http or https URL."""
    parts = urlsplit(url)
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        raise ValueError(f"Invalid endpoint: {url}")
    return Endpoint(
        url=url,
        scheme=parts.scheme,
        host=parts.hostname,
        port=parts.port or _DEFAULT_PORTS[parts.scheme],
        path=parts.path.rstrip("/") + "/",
    )
