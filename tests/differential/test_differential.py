"""Random calls have the same outcome here and there, but where docs/differences.md says otherwise.

`make test` compares the store with itself, which shows that the calls are drawn and compared; `make differential`
compares it with the peers that are installed.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.differential.calls import runs
from tests.differential.comparison import Comparison, normalised
from tests.differential.differences import DIFFERENCES, known_of
from tests.differential.drawn_values import CREATE, PROLOGUE
from tests.differential.endpoint import Call, Endpoint
from tests.differential.peers import PEERS, Peer, command_of, running_peer
from tests.support.store_on_thread import store_on_thread


@pytest.fixture
def ours() -> Iterator[Endpoint]:
    with store_on_thread() as url, Endpoint(url) as endpoint:
        yield endpoint


def compare(comparison: Comparison, examples: int) -> None:
    """Draw runs of calls and make them of both; nothing is shrunk, for the shortest of each kind is reported."""
    for endpoint in (comparison.ours, comparison.theirs):
        assert endpoint.call(CREATE).ok

    @settings(
        max_examples=examples,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        derandomize=os.environ.get("CI") is not None,
        database=None,
    )
    @given(runs())
    def run(calls: Sequence[Call]) -> None:
        comparison.run(PROLOGUE, calls)

    run()


def test_the_store_does_what_the_store_does(ours: Endpoint) -> None:
    with store_on_thread() as url, Endpoint(url) as theirs:
        comparison = Comparison(ours, theirs, compares_messages=True, known=())
        compare(comparison, examples=40)
    assert not comparison.found, comparison.report()


def test_a_difference_is_found_and_told(ours: Endpoint) -> None:
    with store_on_thread() as url, Endpoint(url) as theirs:
        comparison = Comparison(ours, theirs, compares_messages=True, known=())
        assert ours.call(CREATE).ok
        comparison.run((), [Call("DescribeTable", {"TableName": "differential"})])
    assert len(comparison.found) == 1
    assert "theirs: ResourceNotFoundException: Requested resource not found" in comparison.report()


def test_order_that_nobody_promises_is_not_compared() -> None:
    one = {"Items": [{"a": {"SS": ["x", "y"]}}, {"a": {"N": "1"}}]}
    other = {"Items": [{"a": {"N": "1"}}, {"a": {"SS": ["y", "x"]}}]}
    assert normalised("Scan", one) == normalised("Scan", other)
    assert normalised("Query", one) != normalised("Query", other)


def test_each_known_difference_is_explained_in_the_docs() -> None:
    text = Path("docs/differences.md").read_text()
    for difference in DIFFERENCES:
        assert f"**{difference.name}** ({difference.peer})" in text, difference.name


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
def test_a_peer_does_what_the_store_does(
    ours: Endpoint, peer: Peer, peers_path: str | None, examples: int, tmp_path: Path
) -> None:
    if peers_path is None:
        pytest.skip("peers are asked by `make differential`")
    command = command_of(peer, os.pathsep.join((peers_path, os.environ["PATH"])))
    if command is None:
        pytest.skip(f"{peer.program} is not installed")
    with running_peer(peer, command, tmp_path) as running, Endpoint(running.url) as theirs:

        def revive() -> None:
            running.start()
            assert theirs.call(CREATE).ok

        comparison = Comparison(ours, theirs, peer.tells_messages, known_of(peer.name), revive)
        compare(comparison, examples)
    assert not comparison.found, comparison.report()
