"""Who listens, and whether calls must go botocore's way for them."""

from typing import Any

import pytest
from botocore.hooks import EventAliaser, HierarchicalEmitter

from microdax.events import ListenedEvents


def listen(**_: Any) -> str:
    return "heard"


@pytest.fixture
def events() -> ListenedEvents:
    return ListenedEvents(EventAliaser(HierarchicalEmitter()))


@pytest.mark.parametrize("register", ["register", "register_first", "register_last"])
@pytest.mark.parametrize(
    ("event_name", "needs_botocores_request", "hears_after_call"),
    [
        ("before-call.dynamodb.GetItem", True, False),
        ("before-send", True, False),
        ("request-created.dynamodb", True, False),
        ("needs-retry.dynamodb", True, False),
        ("*.dynamodb.GetItem", True, True),
        ("after-call.dynamodb", False, True),
        ("after-call-error.dynamodb", False, False),
        ("provide-client-params.dynamodb.GetItem", False, False),
        ("before-parameter-build", False, False),
    ],
)
def test_what_a_handler_needs(
    events: ListenedEvents, register: str, event_name: str, needs_botocores_request: bool, hears_after_call: bool
) -> None:
    getattr(events, register)(event_name, listen)
    assert events.needs_botocores_request is needs_botocores_request
    assert events.hears_after_call is hears_after_call
    events.unregister(event_name, listen)
    assert not events.needs_botocores_request
    assert not events.hears_after_call


def test_events_reach_their_handlers(events: ListenedEvents) -> None:
    events.register("after-call.dynamodb", listen)
    assert events.emit("after-call.dynamodb.GetItem") == [(listen, "heard")]
    assert events.emit_until_response("after-call.dynamodb.GetItem") == (listen, "heard")
    events.unregister("after-call.dynamodb", listen)
    assert events.emit("after-call.dynamodb.GetItem") == []


def test_what_botocore_registered_itself_does_not_count(events: ListenedEvents) -> None:
    events.register("needs-retry.dynamodb", listen, unique_id="retry-config-dynamodb")
    events.register("after-call.dynamodb", listen)
    events.settle()
    assert not events.needs_botocores_request
    assert events.hears_after_call
    events.register("needs-retry.dynamodb", listen)
    assert events.needs_botocores_request


def test_one_handler_less_is_not_none_left(events: ListenedEvents) -> None:
    events.register("before-call", listen)
    events.register("before-send", listen)
    events.unregister("before-call", listen)
    assert events.needs_botocores_request
    events.unregister("before-send", listen)
    assert not events.needs_botocores_request


def test_who_never_registered_cannot_unregister_somebody_else(events: ListenedEvents) -> None:
    events.register("before-call", listen, unique_id="mine")
    events.unregister("before-call", unique_id="yours")
    events.unregister("before-call", listen)
    assert events.needs_botocores_request


def test_an_id_registered_again_and_again_is_noted_once(events: ListenedEvents) -> None:
    """boto3 does so for every Table object that a program makes."""
    for _ in range(100):
        events.register("before-call.dynamodb", listen, unique_id="same")
        events.register("after-call.dynamodb", listen, unique_id="other")
    assert len(events._listeners) == 2  # pyright: ignore[reportPrivateUsage]
    events.unregister("before-call.dynamodb", unique_id="same")
    assert not events.needs_botocores_request


def test_an_id_that_is_counted_must_be_unregistered_as_often(events: ListenedEvents) -> None:
    for _ in range(2):
        events.register("before-call", listen, unique_id="counted", unique_id_uses_count=True)
    events.unregister("before-call", unique_id="counted", unique_id_uses_count=True)
    assert events.needs_botocores_request
    events.unregister("before-call", unique_id="counted", unique_id_uses_count=True)
    assert not events.needs_botocores_request
