"""Credentials that run out, as those of an assumed role do."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Final

from botocore.credentials import RefreshableCredentials

from accelerator.upstream.signing import Signer


class Role:
    """Credentials that hold until `RUNS_OUT`, renewed by a call that can be held and can fail."""

    RUNS_OUT: Final = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)

    def __init__(self) -> None:
        self.now = self.RUNS_OUT - timedelta(hours=6)
        self.renewals = 0
        self.proceed = threading.Event()
        self.fails = False
        credentials = RefreshableCredentials(
            "OLD", "s", "T", self.RUNS_OUT, self._renew, "test", time_fetcher=lambda: self.now
        )
        self.signer = Signer("db", "us-east-1", credentials)

    @property
    def access_key(self) -> str:
        """The access key that requests are signed with now."""
        head = self.signer.head("DynamoDB_20120810.GetItem", b"{}").decode()
        return head.partition("Credential=")[2].partition("/")[0]

    def _renew(self) -> dict[str, str]:
        self.renewals += 1
        assert self.proceed.wait(10)
        if self.fails:
            raise RuntimeError("no role today")
        until = self.now + timedelta(hours=6)
        return {"access_key": "NEW", "secret_key": "s", "token": "T", "expiry_time": until.isoformat()}
