"""Arguments to bytes, replies to results."""

import zlib
from typing import Any

import orjson
import pytest
from botocore.exceptions import ChecksumError, ParamValidationError
from botocore.parsers import ResponseParserError

from microdax import __version__
from microdax.calls import READS, WRITES, Calls, Operation, error_code, wants_signature
from microdax.endpoints import parse_endpoint
from microdax.reply_reader import HttpReply
from tests.support.botocore_model import botocores_body, botocores_result, dynamodb

HEADERS = {"x-amzn-requestid": "ID", "content-type": "application/x-amz-json-1.0"}
GET: dict[str, Any] = {"TableName": "t", "Key": {"pk": {"S": "a"}}}


def calls(url: str = "http://127.0.0.1:8000") -> Calls:
    return Calls(dynamodb(), botocores_body, parse_endpoint(url))


def operation(of: Calls, name: str = "GetItem") -> Operation:
    known = of.operation(name)
    assert known is not None
    return known


def request(name: str, arguments: dict[str, Any]) -> bytes:
    its = calls()
    return its.request(operation(its, name), arguments)


def answered(body: bytes, status: int = 200, headers: dict[str, str] = HEADERS, name: str = "GetItem") -> Any:
    its = calls()
    return its.result(operation(its, name), HttpReply(status, headers, body, True))


def result_of(body: bytes, name: str = "GetItem") -> Any:
    result = answered(body, name=name)
    del result["ResponseMetadata"]
    return result


def test_a_request_is_these_bytes() -> None:
    assert request("GetItem", GET) == (
        b"POST / HTTP/1.1\r\n"
        b"Host: 127.0.0.1:8000\r\n"
        b"Content-Type: application/x-amz-json-1.0\r\n"
        b"X-Amz-Target: DynamoDB_20120810.GetItem\r\n"
        b"User-Agent: microdax/" + __version__.encode() + b"\r\n"
        b"Accept-Encoding: identity\r\n"
        b"Content-Length: 40\r\n"
        b"\r\n"
        b'{"TableName":"t","Key":{"pk":{"S":"a"}}}'
    )


def test_equal_calls_are_equal_bytes_whichever_client_makes_them() -> None:
    assert request("GetItem", GET) == request("GetItem", {**GET})
    assert request("GetItem", {"Key": GET["Key"], "TableName": "t"}) != request("GetItem", GET)


def test_the_path_and_host_are_those_of_the_endpoint() -> None:
    its = calls("https://db.example/some/path")
    head = its.request(operation(its), GET).split(b"\r\n")
    assert head[:2] == [b"POST /some/path/ HTTP/1.1", b"Host: db.example"]


def test_only_the_data_operations_take_the_thin_path() -> None:
    its = calls()
    assert len(READS | WRITES) == 10
    for name in READS | WRITES:
        assert operation(its, name).is_read is (name in READS)
        assert operation(its, name) is its.operation(name)
    assert its.operation("DescribeTable") is None
    assert its.operation("ExecuteStatement") is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"B": b"\x00\xff"}, b'{"B":"AP8="}'),
        ({"B": bytearray(b"\x00\xff")}, b'{"B":"AP8="}'),
        ({"BS": [b"a", b"b"]}, b'{"BS":["YQ==","Yg=="]}'),
        ({"B": "text"}, b'{"B": "dGV4dA=="}'),  # written by botocore, as its blanks show
        ({"S": "half \ud83d"}, b'{"S": "half \\ud83d"}'),
    ],
)
def test_values_are_written_so(value: dict[str, Any], text: bytes) -> None:
    assert text in request("PutItem", {"TableName": "t", "Item": {"pk": value}})


def test_a_whole_number_past_64_bits_is_botocores_to_write() -> None:
    assert b'"Limit": 100000000000000000000' in request("Scan", {"TableName": "t", "Limit": 10**20})


def test_what_botocore_refuses_is_refused_in_its_words() -> None:
    with pytest.raises(ParamValidationError, match='Missing required parameter in input: "Key"'):
        request("GetItem", {"TableName": "t"})


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b'{"Item":{"pk":{"S":"a"},"B":{"S":"AA=="},"b":{"B":"AA=="}}}',
        b'{"Item":{"pk":{"S":"a"},"x":null}}',
        b'{"Item": null}',
        b'{"Item": {"pk": {"L": [ null , {"S": "null, :null"}]}}}',
        b'{"Item":{"null":{"S":"null"}}}',
        b'{"Unknown":1,"Item":{}}',
        b'{"Item":{"pk":{"S":"\\ud83d"}}}',
        b'{"ConsumedCapacity":{"TableName":"t","CapacityUnits":0.5}}',
    ],
)
def test_results_are_botocores(body: bytes) -> None:
    assert result_of(body) == botocores_result(body, "GetItem")


def test_plain_replies_are_not_parsed_by_botocore(monkeypatch: pytest.MonkeyPatch) -> None:
    its = calls()
    monkeypatch.setattr(its, "_parsed", None)
    body = b'{"Item":{"B":{"B":"AA=="},"null":{"S":"nullnull"}}}'
    assert its.result(operation(its), HttpReply(200, HEADERS, body, True))["Item"]["B"] == {"B": b"\x00"}


def test_metadata_is_that_of_the_reply() -> None:
    assert answered(b"{}") == {
        "ResponseMetadata": {
            "RequestId": "ID",
            "HTTPStatusCode": 200,
            "HTTPHeaders": HEADERS,
            "RetryAttempts": 0,
        }
    }
    assert "RequestId" not in answered(b"{}", headers={})["ResponseMetadata"]


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"Item":{', b"\xff\xfe"])
def test_a_success_that_is_not_json_is_an_error(body: bytes) -> None:
    """botocore makes an empty result of it: no such item."""
    with pytest.raises(ResponseParserError, match="not JSON"):
        answered(body)


@pytest.mark.parametrize("status", [200, 400])
def test_a_body_that_does_not_match_its_checksum_is_an_error(status: int) -> None:
    body = b'{"Item":{}}'
    assert answered(body, headers={"x-amz-crc32": str(zlib.crc32(body))})["Item"] == {}
    with pytest.raises(ChecksumError):
        answered(body, status, headers={"x-amz-crc32": str(zlib.crc32(body) ^ 1)})


def test_an_error_has_its_code_message_and_modelled_members() -> None:
    document = {
        "__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",
        "message": "The conditional request failed",
        "Item": {"B": {"B": "AA=="}},
    }
    result = answered(orjson.dumps(document), 400, name="PutItem")
    assert result["Error"] == {"Message": "The conditional request failed", "Code": "ConditionalCheckFailedException"}
    assert result["message"] == "The conditional request failed"
    assert result["Item"] == {"B": {"B": b"\x00"}}
    assert result["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert error_code(result) == "ConditionalCheckFailedException"


def test_cancellation_reasons_are_at_the_top_as_boto3_has_them() -> None:
    reasons = [{"Code": "ConditionalCheckFailed", "Item": {"pk": {"B": "AA=="}}}, {"Code": "None"}]
    document = {"__type": "x#TransactionCanceledException", "Message": "cancelled", "CancellationReasons": reasons}
    result = answered(orjson.dumps(document), 400, name="TransactWriteItems")
    assert result["CancellationReasons"] == [
        {"Code": "ConditionalCheckFailed", "Item": {"pk": {"B": b"\x00"}}},
        {"Code": "None"},
    ]


@pytest.mark.parametrize(
    ("body", "code"),
    [(b"", "503"), (b"<html><b>Service Unavailable</b></html>", "503"), (b'{"message":"upstream reset"}', "503")],
)
def test_an_error_without_dynamodbs_document_has_its_status_for_a_code(body: bytes, code: str) -> None:
    assert error_code(answered(body, 503)) == code


def test_a_success_has_no_code() -> None:
    assert error_code(answered(b"{}")) == ""


def test_a_response_for_handlers_has_what_botocores_has() -> None:
    response = calls().response(HttpReply(200, HEADERS, b"{}", True))
    assert (response.status_code, response.content, response.headers["X-Amzn-RequestId"]) == (200, b"{}", "ID")
    assert response.url == "http://127.0.0.1:8000"


@pytest.mark.parametrize(
    ("code", "wants"),
    [
        ("MissingAuthenticationTokenException", True),
        ("MissingAuthenticationToken", True),
        ("IncompleteSignatureException", True),
        ("AccessDeniedException", False),
        ("", False),
    ],
)
def test_a_refusal_for_want_of_a_signature_is_known_by_its_code(code: str, wants: bool) -> None:
    assert wants_signature(code) is wants
