"""Where the server is."""

import pytest

from microdax.endpoints import Endpoint, choose_endpoint, parse_endpoint


@pytest.mark.parametrize(
    ("argument", "environment", "chosen"),
    [
        ("http://a", {"MICRODAX_ENDPOINT": "http://b", "AWS_ENDPOINT_URL_DYNAMODB": "http://c"}, "http://a"),
        (None, {"MICRODAX_ENDPOINT": "http://b", "AWS_ENDPOINT_URL_DYNAMODB": "http://c"}, "http://b"),
        (None, {"AWS_ENDPOINT_URL_DYNAMODB": "http://c"}, "http://c"),
        (None, {"MICRODAX_ENDPOINT": "", "AWS_ENDPOINT_URL_DYNAMODB": "http://c"}, "http://c"),
        ("", {"MICRODAX_ENDPOINT": "http://b"}, "http://b"),
        (None, {"AWS_ENDPOINT_URL": "http://d"}, "http://127.0.0.1:8000"),
        (None, {}, "http://127.0.0.1:8000"),
    ],
)
def test_the_first_that_is_set_is_chosen(argument: str | None, environment: dict[str, str], chosen: str) -> None:
    assert choose_endpoint(argument, environment) == chosen


@pytest.mark.parametrize(
    ("url", "endpoint", "host_header"),
    [
        ("http://127.0.0.1:8000", Endpoint("http://127.0.0.1:8000", "http", "127.0.0.1", 8000, "/"), "127.0.0.1:8000"),
        ("https://db.example/", Endpoint("https://db.example/", "https", "db.example", 443, "/"), "db.example"),
        ("http://db.example:80", Endpoint("http://db.example:80", "http", "db.example", 80, "/"), "db.example"),
        (
            "https://db.example:80/a/b",
            Endpoint("https://db.example:80/a/b", "https", "db.example", 80, "/a/b/"),
            "db.example:80",
        ),
        ("http://[::1]:8000", Endpoint("http://[::1]:8000", "http", "::1", 8000, "/"), "[::1]:8000"),
    ],
)
def test_a_url_has_these_parts(url: str, endpoint: Endpoint, host_header: str) -> None:
    assert parse_endpoint(url) == endpoint
    assert endpoint.host_header == host_header
    assert endpoint.is_tls is url.startswith("https")


@pytest.mark.parametrize("url", ["127.0.0.1:8000", "ftp://host", "http://", "dynamodb", "http://host:port"])
def test_what_is_no_http_url_is_refused(url: str) -> None:
    with pytest.raises(ValueError):
        parse_endpoint(url)


@pytest.mark.parametrize(
    ("url", "is_amazon"),
    [
        ("https://dynamodb.eu-central-1.amazonaws.com", True),
        ("https://123456789012.ddb.us-east-1.amazonaws.com", True),
        ("https://dynamodb.cn-north-1.amazonaws.com.cn", True),
        ("https://dynamodb.eu-central-1.api.aws", True),
        ("https://dynamodb.example.com", False),
        ("https://amazonaws.com.example.com", False),
        ("http://127.0.0.1:8000", False),
    ],
)
def test_the_service_itself_is_known_by_its_domain(url: str, is_amazon: bool) -> None:
    assert parse_endpoint(url).is_amazon is is_amazon
