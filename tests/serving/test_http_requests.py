"""The reader: what bytes amount to, however they are cut."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microdax.serving.http_requests import (
    Continue,
    Event,
    Handover,
    HttpRequest,
    Refusal,
    RequestHead,
    RequestLimits,
    RequestReader,
)
from tests.support.http_client import GET_ITEM, call, chunked_call

LIMITS = RequestLimits(head_bytes_max=400, headers_max=10, body_bytes_max=1000)


def events_of(*parts: bytes, reader: RequestReader | None = None) -> list[Event]:
    reader = reader or RequestReader(LIMITS)
    events: list[Event] = []
    for part in parts:
        reader.feed(part)
        while (event := reader.next_event()) is not None:
            events.append(event)
    return events


def requests_of(*parts: bytes) -> list[HttpRequest]:
    events = events_of(*parts)
    requests = [event for event in events if isinstance(event, HttpRequest)]
    assert events == requests
    return requests


def refusal_of(*parts: bytes) -> Refusal:
    last = events_of(*parts)[-1]
    assert isinstance(last, Refusal), last
    return last


def is_get(head: RequestHead) -> bool:
    return head.method == b"GET"


class TestRequests:
    def test_a_call_is_read_with_its_headers_in_lower_case(self) -> None:
        (request,) = requests_of(call(b'{"a":1}', GET_ITEM, "Authorization: AWS4 x"))
        assert (request.head.method, request.head.path, request.body) == (b"POST", b"/", b'{"a":1}')
        assert request.head.target == GET_ITEM
        assert request.head.headers[b"authorization"] == b"AWS4 x"
        assert request.head.headers[b"host"] == b"localhost"
        assert request.keep_alive

    def test_a_request_without_a_target_has_none(self) -> None:
        assert requests_of(call(target=None))[0].head.target is None

    def test_repeated_headers_are_joined(self) -> None:
        (request,) = requests_of(call(b"", GET_ITEM, "A: 1", "a: 2"))
        assert request.head.headers[b"a"] == b"1,2"

    def test_the_query_is_no_part_of_the_path(self) -> None:
        assert requests_of(call(path="/a/b?c=d"))[0].head.path == b"/a/b"

    @pytest.mark.parametrize("url", ["http://localhost:8000/", "http://localhost", "/"])
    def test_a_whole_url_stands_for_its_path(self, url: str) -> None:
        assert requests_of(call(path=url))[0].head.path == b"/"

    def test_pipelined_requests_are_told_apart(self) -> None:
        bodies = [b"a", b"", b"ccc"]
        assert [request.body for request in requests_of(b"".join(map(call, bodies)))] == bodies

    def test_chunks_are_joined_and_trailers_dropped(self) -> None:
        (request,) = requests_of(chunked_call(b"ab\n", b"\r\nc", end=b"0\r\nAuthorization: x\r\n\r\n"))
        assert request.body == b"ab\n\r\nc"
        assert b"authorization" not in request.head.headers

    def test_empty_lines_before_a_request_are_ignored(self) -> None:
        assert len(requests_of(b"\r\n\r\n" + call() + b"\r\n" + call())) == 2

    def test_an_upgrade_is_ignored_and_the_body_is_read(self) -> None:
        asks = ("Connection: Upgrade", "Upgrade: h2c")
        first, second = requests_of(call(b"abc", GET_ITEM, *asks) + call(b"d"))
        assert (first.body, second.body) == (b"abc", b"d")

    @pytest.mark.parametrize(
        ("version", "header", "keeps"),
        [
            ("1.1", "", True),
            ("1.1", "Connection: close\r\n", False),
            ("1.0", "", False),
            ("1.0", "Connection: keep-alive\r\n", True),
        ],
    )
    def test_who_keeps_the_connection(self, version: str, header: str, keeps: bool) -> None:
        head = f"POST / HTTP/{version}\r\n{header}Content-Length: 0\r\n\r\n".encode()
        (request,) = requests_of(head)
        assert (request.keep_alive, request.head.version) == (keeps, version)

    def test_nothing_follows_a_request_that_closes(self) -> None:
        reader = RequestReader(LIMITS)
        assert len(events_of(call(b"", GET_ITEM, "Connection: close") + call(), call(), reader=reader)) == 1
        assert reader.ended

    def test_begun_says_whether_anything_is_left_over(self) -> None:
        reader = RequestReader(LIMITS)
        assert not reader.begun
        events_of(call()[:-1], reader=reader)
        assert reader.begun
        events_of(call()[-1:], reader=reader)
        assert not reader.begun
        reader.feed(call() + b"P")
        reader.next_event()
        assert reader.begun


class TestExpectations:
    def test_a_client_that_waits_for_leave_gets_it_before_its_body_comes(self) -> None:
        asking = call(b"abc", GET_ITEM, "Expect: 100-continue")
        assert events_of(asking[:-3]) == [Continue()]
        leave, request = events_of(asking[:-3], asking[-3:])
        assert leave == Continue()
        assert isinstance(request, HttpRequest)
        assert request.body == b"abc"

    def test_a_body_announced_as_too_large_is_refused_instead(self) -> None:
        head = f"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: {LIMITS.body_bytes_max + 1}\r\n\r\n"
        assert [type(event) for event in events_of(head.encode())] == [Refusal]

    def test_without_a_body_there_is_nothing_to_wait_for(self) -> None:
        assert len(requests_of(call(b"", GET_ITEM, "Expect: 100-continue"))) == 1


class TestRefusals:
    def test_a_body_announced_as_too_large_is_refused_before_it_comes(self) -> None:
        head = call(b"x" * (LIMITS.body_bytes_max + 1))[: -(LIMITS.body_bytes_max + 1)]
        assert refusal_of(head).status == 413

    def test_a_body_of_the_largest_size_is_taken(self) -> None:
        largest = b"x" * LIMITS.body_bytes_max
        assert requests_of(call(largest))[0].body == largest
        assert requests_of(chunked_call(largest))[0].body == largest

    def test_chunks_are_refused_once_they_are_too_large_together(self) -> None:
        half = b"x" * (LIMITS.body_bytes_max // 2)
        assert refusal_of(chunked_call(half, half, b"y", end=b"")).status == 413

    def test_endless_framing_of_chunks_is_refused(self) -> None:
        padded = b"1;" + b"p" * LIMITS.head_bytes_max
        assert refusal_of(chunked_call(b"x", end=padded)).status == 400

    def test_endless_trailers_are_refused(self) -> None:
        assert refusal_of(chunked_call(end=b"0\r\nA: " + b"x" * LIMITS.head_bytes_max)).status == 400

    def test_a_head_that_is_too_large_is_refused_before_it_ends(self) -> None:
        assert refusal_of(b"POST / HTTP/1.1\r\nA: " + b"x" * LIMITS.head_bytes_max).status == 431

    def test_a_head_that_is_too_large_is_refused_however_slowly_it_comes(self) -> None:
        drops = [b"POST / HTTP/1.1\r\nA: ", *[b"x"] * LIMITS.head_bytes_max]
        assert refusal_of(*drops).status == 431

    def test_too_many_headers_are_refused(self) -> None:
        many = [f"A{number}: 1" for number in range(LIMITS.headers_max)]
        assert refusal_of(call(b"", GET_ITEM, *many)).status == 431

    @pytest.mark.parametrize(
        "malformed",
        [
            b"\x16\x03\x01\x02\x00\x01\x00",  # TLS
            b"GARBAGE / HTTP/1.1\r\n\r\n",
            b"POST / HTTP/1.1\r\nA b: c\r\n\r\n",
            b"POST / HTTP/1.1\nHost: a\n\n",
            b"POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n",
            b"POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n",
            b"POST / HTTP/1.1\r\nContent-Length: -3\r\n\r\n",
            b"POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
            b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
            b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
            b"GET /\r\nPOST / HTTP/1.1\r\n\r\n",
        ],
    )
    def test_malformed_http_is_refused(self, malformed: bytes) -> None:
        assert refusal_of(malformed).status == 400

    def test_other_transfer_codings_are_refused(self) -> None:
        assert refusal_of(b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n").status == 501

    def test_this_is_no_proxy(self) -> None:
        assert refusal_of(b"CONNECT a:1 HTTP/1.1\r\n\r\n").status == 501

    @pytest.mark.parametrize("head", [b"GET / HTTP/0.9\r\n\r\n", b"GET / HTTP/2.0\r\n\r\n", b"GET /\r\n\r\n"])
    def test_other_versions_are_refused(self, head: bytes) -> None:
        assert refusal_of(head).status == 505

    def test_nothing_follows_a_refusal(self) -> None:
        assert len(events_of(b"nonsense\r\n\r\n" + call(), call())) == 1


class TestHandovers:
    def reader(self) -> RequestReader:
        return RequestReader(LIMITS, is_get)

    def test_what_is_foreign_is_handed_over_from_its_first_byte(self) -> None:
        foreign = b"GET /health HTTP/1.1\r\nA: b\r\n\r\nrest"
        request, handover = events_of(chunked_call(b"x") + foreign, reader=self.reader())
        assert isinstance(request, HttpRequest)
        assert handover == Handover(foreign)

    def test_a_foreign_head_in_pieces_is_handed_over_whole(self) -> None:
        foreign = b"GET /health HTTP/1.1\r\nA: b\r\n\r\n"
        pieces = [foreign[at : at + 1] for at in range(len(foreign))]
        assert events_of(*pieces, reader=self.reader()) == [Handover(foreign)]

    def test_an_upgrade_is_handed_over_as_it_was_asked_for(self) -> None:
        foreign = b"GET /ws HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nframes"
        assert events_of(foreign, reader=self.reader()) == [Handover(foreign)]


STREAM = (
    call(b'{"a":1}')
    + b"\r\n"
    + chunked_call(b"ab\r\n", b"c", end=b"0\r\nT: x\r\n\r\n")
    + call(b"", GET_ITEM, "Connection: Upgrade", "Upgrade: h2c")
    + call(b"abc", GET_ITEM, "Expect: 100-continue")
    + call(b"last", GET_ITEM, "Connection: close")
)


@given(st.lists(st.integers(0, len(STREAM)), max_size=30))
def test_however_a_stream_is_cut_it_amounts_to_the_same(cuts: list[int]) -> None:
    ends = [0, *sorted(cuts), len(STREAM)]
    parts = [STREAM[start:end] for start, end in itertools.pairwise(ends)]
    assert events_of(*parts) == events_of(STREAM)


def test_a_stream_in_single_bytes_amounts_to_the_same() -> None:
    assert events_of(*(STREAM[at : at + 1] for at in range(len(STREAM)))) == events_of(STREAM)
    assert len(events_of(STREAM)) == 6


@given(st.lists(st.binary(max_size=60), max_size=10))
def test_garbage_ends_in_waiting_or_in_a_refusal(parts: list[bytes]) -> None:
    for event in events_of(*parts):
        assert isinstance(event, Refusal)


@given(st.integers(0, len(STREAM) - 1), st.binary(max_size=4))
def test_a_damaged_stream_never_breaks_the_reader(at: int, damage: bytes) -> None:
    reader = RequestReader(LIMITS)
    events_of(STREAM[:at] + damage + STREAM[at + 1 :], reader=reader)


def test_a_stream_in_two_pieces_amounts_to_the_same_wherever_it_is_cut() -> None:
    whole = events_of(STREAM)
    for at in range(1, len(STREAM)):
        assert events_of(STREAM[:at], STREAM[at:]) == whole, at
