"""An endpoint of the DynamoDB API as the comparison sees it: any JSON in, what came of it out."""

from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeAlias

import httpx
import orjson

Json: TypeAlias = dict[str, Any]

_TIMEOUT_S = 30.0
# Nobody checks the signature; some want to read the region from it.
_AUTHORIZATION = (
    "AWS4-HMAC-SHA256 Credential=differential/20250101/us-east-1/dynamodb/aws4_request, "
    "SignedHeaders=host;x-amz-date;x-amz-target, Signature=0"
)


@dataclass(frozen=True, slots=True)
class Call:
    """A request, right or wrong."""

    operation: str
    members: Json

    def __str__(self) -> str:
        return f"{self.operation} {orjson.dumps(self.members).decode()}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an endpoint answered: a reply (`code` is empty) or an error."""

    code: str
    message: str
    reply: Json

    @property
    def ok(self) -> bool:
        return not self.code

    def __str__(self) -> str:
        return f"{self.code}: {self.message}" if self.code else orjson.dumps(self.reply).decode()


class Endpoint:
    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=_TIMEOUT_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._http.close()

    def call(self, call: Call) -> Outcome:
        headers = {
            "X-Amz-Target": f"DynamoDB_20120810.{call.operation}",
            "X-Amz-Date": "20250101T000000Z",
            "Content-Type": "application/x-amz-json-1.0",
            "Authorization": _AUTHORIZATION,
        }
        response = self._http.post("/", content=orjson.dumps(call.members), headers=headers)
        try:
            document = orjson.loads(response.content)
        except orjson.JSONDecodeError:
            return Outcome(f"HTTP {response.status_code}", response.text[:200], {})
        if response.is_success:
            return Outcome("", "", document)
        code = str(document.get("__type", f"HTTP {response.status_code}")).rpartition("#")[2]
        return Outcome(code, str(document.get("message") or document.get("Message") or ""), {})
