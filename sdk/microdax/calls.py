"""boto3's arguments as request bytes, and replies as boto3's results and errors.

**Requests.** All that does not depend on the arguments is prepared once for an operation, and nothing in a request
changes from call to call (no date, no id, no signature), so equal calls are equal bytes, and the server can answer them
from a memo before parsing anything. Arguments that `shapes` finds plain are written by orjson, all others by botocore.

**Replies.** A result is orjson's dict, with the binary decoded and the metadata added. botocore's parser, many times
slower, is asked where the two might differ: for errors, nulls and members at the top that its model does not know. A
body that is not JSON, or does not match its checksum, is an error: botocore would make an empty result of the first.
"""

import json
import re
import zlib
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import orjson
from botocore.awsrequest import AWSResponse, HeadersDict
from botocore.exceptions import ChecksumError
from botocore.model import OperationModel, ServiceModel
from botocore.parsers import ResponseParser, ResponseParserError, create_parser

from microdax._version import __version__
from microdax.endpoints import Endpoint
from microdax.reply_reader import HttpReply
from microdax.shapes import Decode, InputShapes, IsPlain, OutputShapes

Arguments: TypeAlias = dict[str, Any]
Result: TypeAlias = dict[str, Any]
Serialize: TypeAlias = Callable[[Arguments, OperationModel], bytes]

READS = frozenset({"BatchGetItem", "GetItem", "Query", "Scan", "TransactGetItems"})
WRITES = frozenset({"BatchWriteItem", "DeleteItem", "PutItem", "TransactWriteItems", "UpdateItem"})

# Answers to a request without a signature. Whoever gives one has carried nothing out.
_WANTS_SIGNATURE = frozenset(
    {
        "IncompleteSignature",
        "IncompleteSignatureException",
        "InvalidSignatureException",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
    }
)
_NULL = re.compile(rb"[\[:,]\s*null")


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the thin path, with all that its calls share."""

    name: str
    model: OperationModel
    is_read: bool
    head: bytes
    is_plain: IsPlain
    members: frozenset[str]
    decode: Decode | None


class _Stream:
    """A body that has come already, as the stream from which botocore's response reads it."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self) -> Iterator[bytes]:
        yield self._body


class Calls:
    """Knows the operations of one client, and turns their arguments and replies.

    `botocores_body` validates arguments and writes the body as botocore does; it raises as botocore does.
    """

    def __init__(self, service: ServiceModel, botocores_body: Serialize, endpoint: Endpoint) -> None:
        self._service = service
        self._botocores_body = botocores_body
        self._endpoint = endpoint
        self._parser: ResponseParser = create_parser("json")
        self._inputs = InputShapes()
        self._outputs = OutputShapes()
        self._operations: dict[str, Operation] = {}

    def operation(self, name: str) -> Operation | None:
        """The operation of this name; None where it is none of the thin path."""
        known = self._operations.get(name)
        if known is None and (name in READS or name in WRITES):
            known = self._operations[name] = self._prepare(name)
        return known

    def request(self, operation: Operation, arguments: Arguments) -> bytes:
        """The bytes to send; raises botocore's ParamValidationError."""
        body = self._body(operation, arguments)
        return b"%b%d\r\n\r\n%b" % (operation.head, len(body), body)

    def result(self, operation: Operation, reply: HttpReply) -> Result:
        """What boto3 returns, or what its ClientError holds; raises ChecksumError and ResponseParserError."""
        _verify_checksum(reply)
        if reply.status != 200:
            return self._error(operation, reply)
        body = reply.body
        try:
            document: Any = orjson.loads(body)
        except orjson.JSONDecodeError:
            return self._result_of_botocore(operation, reply)
        result: Result = document
        if not isinstance(document, dict) or not result.keys() <= operation.members or _holds_null(body):
            return self._result_of_botocore(operation, reply)
        if (b'"B"' in body or b'"BS"' in body) and operation.decode is not None:
            operation.decode(result)
        result["ResponseMetadata"] = _metadata(reply)
        return result

    def response(self, reply: HttpReply) -> AWSResponse:
        """The reply as the object that botocore hands to its handlers."""
        headers: Any = reply.headers
        return AWSResponse(self._endpoint.url, reply.status, headers, _Stream(reply.body))

    def _prepare(self, name: str) -> Operation:
        model = self._service.operation_model(name)
        arguments, output = model.input_shape, model.output_shape
        assert arguments is not None and output is not None
        return Operation(
            name=name,
            model=model,
            is_read=name in READS,
            head=self._head(model),
            is_plain=self._inputs.is_plain(arguments),
            members=frozenset(output.members),
            decode=self._outputs.decoder(output),
        )

    def _head(self, model: OperationModel) -> bytes:
        lines = (
            f"POST {self._endpoint.path} HTTP/1.1",
            f"Host: {self._endpoint.host_header}",
            f"Content-Type: application/x-amz-json-{model.metadata['jsonVersion']}",
            f"X-Amz-Target: {model.metadata['targetPrefix']}.{model.name}",
            f"User-Agent: microdax/{__version__}",
            "Accept-Encoding: identity",
            "Content-Length: ",
        )
        return "\r\n".join(lines).encode()

    def _body(self, operation: Operation, arguments: Arguments) -> bytes:
        if operation.is_plain(arguments):
            try:
                return orjson.dumps(arguments, default=_base64)
            except orjson.JSONEncodeError:  # an integer past 64 bits, half of a surrogate pair
                pass
        return self._botocores_body(arguments, operation.model)

    def _result_of_botocore(self, operation: Operation, reply: HttpReply) -> Result:
        try:
            json.loads(reply.body)
        except ValueError as error:
            raise ResponseParserError(f"the body of the reply is not JSON: {error}") from error
        return self._parsed(operation, reply, operation.model.output_shape)

    def _error(self, operation: Operation, reply: HttpReply) -> Result:
        result = self._parsed(operation, reply, operation.model.output_shape)
        service: Any = self._service  # whose stubs have error codes as numbers
        shape = service.shape_for_error_code(error_code(result))
        if shape is not None:
            # The members that the model gives this error: Item, CancellationReasons.
            result.update(self._parsed(operation, reply, shape))
        return result

    def _parsed(self, operation: Operation, reply: HttpReply, shape: Any) -> Result:
        response = {
            "headers": HeadersDict(reply.headers),
            "status_code": reply.status,
            "body": reply.body,
            "context": {"operation_name": operation.name},
        }
        parsed: Result = self._parser.parse(response, shape)
        return parsed


def error_code(result: Result) -> str:
    """The error's code, without its namespace; empty for a success."""
    code: str = result.get("Error", {}).get("Code", "")
    return code


def wants_signature(code: str) -> bool:
    """Whether the server refused only because the request was not signed."""
    return code in _WANTS_SIGNATURE


def _base64(value: bytes | bytearray) -> str:
    return b64encode(value).decode("ascii")


def _holds_null(body: bytes) -> bool:
    return b"null" in body and _NULL.search(body) is not None


def _metadata(reply: HttpReply) -> dict[str, object]:
    headers = reply.headers
    metadata: dict[str, object] = {"HTTPStatusCode": reply.status, "HTTPHeaders": headers, "RetryAttempts": 0}
    if "x-amzn-requestid" in headers:
        metadata["RequestId"] = headers["x-amzn-requestid"]
    return metadata


def _verify_checksum(reply: HttpReply) -> None:
    expected = reply.headers.get("x-amz-crc32")
    if expected is None:
        return
    actual = str(zlib.crc32(reply.body))
    if expected != actual:
        raise ChecksumError(checksum_type="crc32", expected_checksum=expected, actual_checksum=actual)
