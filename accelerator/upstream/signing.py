"""Signs requests to the upstream with AWS Signature Version 4.

Written out for the one shape of request that we send, with the day's signing key kept: 7 µs where botocore's general
signer takes 110, and where it writes the session token into its debug log. The credentials are botocore's affair: the
environment, profiles, roles, and their renewal.

The algorithm: "Create a signed AWS API request", IAM User Guide.
"""

import asyncio
import hmac
import re
import time
from collections.abc import Callable
from hashlib import sha256
from typing import Final

import botocore.session
from botocore.credentials import Credentials, RefreshableCredentials
from botocore.exceptions import BotoCoreError

from microdax.model.errors import ServiceUnavailable

CONTENT_TYPE: Final = "application/x-amz-json-1.0"
DEFAULT_REGION: Final = "us-east-1"
# For upstreams that check no signature but want to see one: DynamoDB Local (which keeps a database for each access
# key, and takes letters and digits only), Alternator without authorisation, dynalite.
PLACEHOLDER: Final = Credentials("microdax", "microdax")
_AMAZON: Final = (".amazonaws.com", ".amazonaws.com.cn", ".aws")
_URGENT_S: Final = 60  # credentials that run out sooner than this are not used while they are renewed
_REGION: Final = re.compile(r"[a-z]{2}(-[a-z]+)+-\d+")


def find_credentials(host: str) -> Credentials:
    """What botocore's default chain finds, ready to use; the placeholder if it finds nothing. May ask the network.

    A cloud machine's metadata service, at the chain's end, is asked for Amazon's own hosts only: elsewhere it would
    take seconds, and hand the machine's role to a stranger. Raises ServiceUnavailable for a configuration that
    botocore cannot use.
    """
    session = botocore.session.get_session()
    try:
        if not host.endswith(_AMAZON):
            session.get_component("credential_provider").remove("iam-role")
        found = session.get_credentials() or PLACEHOLDER
        found.get_frozen_credentials()  # some kinds are fetched only now, which should be done here, not at first use
        return found
    except BotoCoreError as error:
        raise ServiceUnavailable(f"The credentials for the upstream cannot be read: {error}") from error


def region_of(host: str) -> str:
    """The region that AWS puts into its hosts' names, as in `dynamodb.eu-west-1.amazonaws.com`; else the default."""
    return next(filter(_REGION.fullmatch, host.split(".")), DEFAULT_REGION)


class Signer:
    """Signs POST requests to `/` of one host. `wall_clock` is seconds since the epoch."""

    def __init__(
        self, host: str, region: str, credentials: Credentials, wall_clock: Callable[[], float] = time.time
    ) -> None:
        self._host = host
        self._region = region
        self._credentials = credentials
        self._frozen = credentials.get_frozen_credentials()
        self._wall_clock = wall_clock
        self._renewal: asyncio.Task[str | None] | None = None
        self._kept_key = ("", "", b"")

    @property
    def renewal_due(self) -> bool:
        """Whether the credentials run out soon, or have."""
        return isinstance(self._credentials, RefreshableCredentials) and self._credentials.refresh_needed()

    async def freshen(self) -> None:
        """Renew the credentials if that is due, and wait for it only if it is high time.

        Raises ServiceUnavailable when they have run out and cannot be renewed.
        """
        found = self._credentials
        if not isinstance(found, RefreshableCredentials) or not self.renewal_due:
            return
        if self._renewal is None or self._renewal.done():
            self._renewal = asyncio.create_task(self._renew(found))
        if found.refresh_needed(refresh_in=_URGENT_S):
            failure = await asyncio.shield(self._renewal)
            if failure is not None:
                raise ServiceUnavailable(f"The upstream's credentials cannot be renewed: {failure}")

    async def _renew(self, found: RefreshableCredentials) -> str | None:
        """Ask the network, in a thread; return what went wrong, if anything did."""
        try:
            self._frozen = await asyncio.to_thread(found.get_frozen_credentials)
        except (BotoCoreError, RuntimeError) as error:  # RuntimeError is botocore's for renewed but run out
            return str(error)
        return None

    def head(self, target: str, body: bytes) -> bytes:
        """The request line and all headers, signed, of the request with this `body`."""
        credentials = self._frozen
        assert credentials.secret_key is not None, "botocore finds both halves of a key pair or none"
        now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(self._wall_clock()))
        names = "content-type;host;x-amz-date"
        headers = f"content-type:{CONTENT_TYPE}\nhost:{self._host}\nx-amz-date:{now}\n"
        if credentials.token:
            names += ";x-amz-security-token"
            headers += f"x-amz-security-token:{credentials.token}\n"
        names += ";x-amz-target"
        headers += f"x-amz-target:{target}\n"
        canonical = f"POST\n/\n\n{headers}\n{names}\n{sha256(body).hexdigest()}"
        scope = f"{now[:8]}/{self._region}/dynamodb/aws4_request"
        to_sign = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{sha256(canonical.encode()).hexdigest()}"
        signature = hmac.digest(self._signing_key(now[:8], credentials.secret_key), to_sign.encode(), "sha256").hex()
        head = (
            "POST / HTTP/1.1\r\n"
            + headers.replace("\n", "\r\n")
            + f"authorization:AWS4-HMAC-SHA256 Credential={credentials.access_key}/{scope},"
            f" SignedHeaders={names}, Signature={signature}\r\n"
            f"accept-encoding:identity\r\ncontent-length:{len(body)}\r\n\r\n"
        )
        return head.encode()

    def _signing_key(self, day: str, secret: str) -> bytes:
        kept_day, kept_secret, key = self._kept_key
        if (kept_day, kept_secret) != (day, secret):
            key = f"AWS4{secret}".encode()
            for part in (day, self._region, "dynamodb", "aws4_request"):
                key = hmac.digest(key, part.encode(), "sha256")
            self._kept_key = (day, secret, key)  # in one step: large requests are signed in other threads
        return key
