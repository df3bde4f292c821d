"""What the operations on tags say about their members before the common constraints are looked at."""

from typing import Any

import orjson
import pytest

from microdax.model.administration_requests import (
    DeleteResourcePolicy,
    DescribeGlobalTable,
    ListContributorInsights,
    PutResourcePolicy,
    TagResource,
    UntagResource,
    UpdateContributorInsights,
)
from microdax.model.any_request import AnyRequest
from microdax.model.arns import read_resource_arn
from microdax.model.errors import ValidationException
from microdax.wire.dynamo_json import decode_request

Json = dict[str, Any]

ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/films"
NOTHING: Json = {}
RESOURCE = read_resource_arn(ARN)


@pytest.mark.parametrize(
    ("operation", "json", "request_"),
    [
        ("TagResource", {"ResourceArn": ARN, "Tags": [{"Key": "a", "Value": "b"}]}, TagResource(RESOURCE, {"a": "b"})),
        ("UntagResource", {"ResourceArn": ARN, "TagKeys": ["a", "a"]}, UntagResource(RESOURCE, frozenset({"a"}))),
        (
            "PutResourcePolicy",
            {"ResourceArn": ARN, "Policy": "{}", "ConfirmRemoveSelfResourceAccess": True},
            PutResourcePolicy(RESOURCE, "{}"),
        ),
        (
            "DeleteResourcePolicy",
            {"ResourceArn": ARN, "ExpectedRevisionId": "7"},
            DeleteResourcePolicy(RESOURCE, "7"),
        ),
        (
            "UpdateContributorInsights",
            {"TableName": ARN, "IndexName": "by-year", "ContributorInsightsAction": "ENABLE"},
            UpdateContributorInsights("films", "ENABLE", "by-year"),
        ),
        ("ListContributorInsights", {"MaxResults": 0}, ListContributorInsights(max_results=0)),
        (
            "DescribeGlobalTableSettings",
            {"GlobalTableName": "films"},
            DescribeGlobalTable("films", of_settings=True),
        ),
    ],
)
def test_a_right_request_is_decoded(operation: str, json: Json, request_: AnyRequest) -> None:
    assert decode_request(operation, orjson.dumps(json)) == request_


REFUSED: list[tuple[str, Json, str]] = [
    ("TagResource", NOTHING, "Invalid TableArn"),
    ("ListTagsOfResource", NOTHING, "Invalid TableArn"),
    (
        "TagResource",
        {"ResourceArn": ARN},
        "1 validation error detected: Value null at 'tags' failed to satisfy constraint: Member must not be null",
    ),
    (
        "UntagResource",
        {"ResourceArn": ARN},
        "1 validation error detected: Value null at 'tagKeys' failed to satisfy constraint: Member must not be null",
    ),
    ("TagResource", {"ResourceArn": ARN, "Tags": []}, "Atleast one Tag needs to be provided as Input."),
    ("UntagResource", {"ResourceArn": ARN, "TagKeys": []}, "Atleast one Tag Key needs to be provided as Input."),
    ("TagResource", {"ResourceArn": ARN, "Tags": [{}]}, "The Tag Key provided is invalid, Key: null"),
    ("UntagResource", {"ResourceArn": ARN, "TagKeys": [""]}, "The Tag Key provided is invalid, Key: "),
    ("ListTagsOfResource", {"ResourceArn": ARN, "NextToken": "x"}, "Invalid NextToken"),
    (
        "GetResourcePolicy",
        {},
        "1 validation error detected: Value null at 'resourceArn' failed to satisfy constraint: "
        "Member must not be null",
    ),
    (
        "GetResourcePolicy",
        {"ResourceArn": "films"},
        "One or more parameter values were invalid: ARNs must start with 'arn:': films",
    ),
    (
        "UpdateContributorInsights",
        {"TableName": "films", "ContributorInsightsAction": "START"},
        "1 validation error detected: Value 'START' at 'contributorInsightsAction' failed to satisfy constraint: "
        "Member must satisfy enum value set: [ENABLE, DISABLE]",
    ),
    (
        "ListContributorInsights",
        {"MaxResults": 101},
        "1 validation error detected: Value '101' at 'maxResults' failed to satisfy constraint: "
        "Member must have value less than or equal to 100",
    ),
]


@pytest.mark.parametrize(
    ("operation", "json", "message"),
    REFUSED,
)
def test_a_wrong_one_is_refused_in_the_services_words(operation: str, json: Json, message: str) -> None:
    with pytest.raises(ValidationException) as refusal:
        decode_request(operation, orjson.dumps(json))
    assert refusal.value.message == message
