"""boto3's low-level client as the conformance tests use it: whatever is sent, and what is refused."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

# Typed as anything: many tests send what the client's types forbid.
Client: TypeAlias = Any
Json: TypeAlias = dict[str, Any]

AMAZON = "aws"  # in place of a URL: the service itself, with the credentials and the region of the environment


@dataclass(frozen=True, slots=True)
class Refused:
    """What a ClientError says."""

    code: str
    message: str
    response: Json


def client_for(endpoint: str, service: str = "dynamodb") -> Client:
    """A client that checks no parameters itself and tries everything once; `service` may also be dynamodbstreams."""
    config = Config(parameter_validation=False, retries={"total_max_attempts": 1})
    session: Any = boto3.session.Session()
    if endpoint == AMAZON:
        return session.client(service, config=config)
    return session.client(
        service,
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="conformance",
        aws_secret_access_key="conformance",
        config=config,
    )


def refused(call: Callable[..., Any], **members: Any) -> Refused:
    """Make a call that must be refused."""
    with pytest.raises(ClientError) as error:
        call(**members)
    response: Json = dict(error.value.response)
    return Refused(response["Error"]["Code"], response["Error"].get("Message", ""), response)


def unique(stem: str = "key") -> str:
    """A name that nothing else has."""
    return f"{stem}-{uuid.uuid4().hex}"


def keyed(name: str, hash_key: str = "id:S", range_key: str | None = None) -> Json:
    """The members of CreateTable for an on-demand table whose keys are written `name:type`."""
    keys = [key.split(":") for key in (hash_key, range_key) if key is not None]
    return {
        "TableName": name,
        "AttributeDefinitions": [{"AttributeName": key, "AttributeType": kind} for key, kind in keys],
        "KeySchema": [
            {"AttributeName": key, "KeyType": role} for (key, _), role in zip(keys, ("HASH", "RANGE"), strict=False)
        ],
        "BillingMode": "PAY_PER_REQUEST",
    }
