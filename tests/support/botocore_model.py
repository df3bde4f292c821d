"""botocore's model of DynamoDB, and what botocore itself makes of arguments and replies: the measure for our own."""

import functools
from typing import Any

import botocore.session
from botocore.exceptions import ParamValidationError
from botocore.model import OperationModel, ServiceModel, StructureShape
from botocore.parsers import create_parser
from botocore.serialize import create_serializer


@functools.cache
def dynamodb() -> ServiceModel:
    return botocore.session.get_session().get_service_model("dynamodb")


def operation(name: str) -> OperationModel:
    return dynamodb().operation_model(name)


def input_of(name: str) -> StructureShape:
    shape = operation(name).input_shape
    assert shape is not None
    return shape


def output_of(name: str) -> StructureShape:
    shape = operation(name).output_shape
    assert shape is not None
    return shape


def botocores_body(arguments: Any, model: OperationModel) -> bytes:
    """Validated and serialised; raises ParamValidationError."""
    body: bytes = create_serializer("json").serialize_to_request(arguments, model)["body"]
    return body


def accepts(arguments: Any, model: OperationModel) -> bool:
    try:
        botocores_body(arguments, model)
    except ParamValidationError:
        return False
    return True


def botocores_result(body: bytes, name: str) -> Any:
    response: dict[str, Any] = {"headers": {}, "status_code": 200, "body": body, "context": {}}
    result = create_parser("json").parse(response, output_of(name))
    del result["ResponseMetadata"]
    return result
