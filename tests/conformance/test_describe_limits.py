"""DescribeLimits and DescribeEndpoints, as Amazon does them."""

from tests.support.boto import Client


def test_a_tables_limits_are_within_the_accounts(client: Client) -> None:
    limits = client.describe_limits()
    for kind in ("Read", "Write"):
        assert 0 < limits[f"TableMax{kind}CapacityUnits"] <= limits[f"AccountMax{kind}CapacityUnits"]


def test_an_endpoint_has_an_address_and_a_time(client: Client) -> None:
    (endpoint,) = client.describe_endpoints()["Endpoints"]
    assert endpoint["Address"].startswith("dynamodb.")
    assert endpoint["CachePeriodInMinutes"] > 0
