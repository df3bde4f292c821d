"""microdax, an open DynamoDB accelerator: this package is its client, `accelerator` and `backend_store` its servers.

    dynamodb = microdax.client()      # in place of boto3.client("dynamodb")
    dynamodb = microdax.resource()    # in place of boto3.resource("dynamodb")

The names load when they are first used: the servers share this package's model and wire modules, and need neither
botocore's 20 MB nor its start-up time. That is also why the modules are called `clients` and `resources`: a module
named like the function would take its place the moment anybody imported it.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from microdax._version import __version__

if TYPE_CHECKING:
    from microdax.clients import client
    from microdax.resources import resource

__all__ = ["__version__", "client", "resource"]

_HOMES = {"client": "microdax.clients", "resource": "microdax.resources"}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
