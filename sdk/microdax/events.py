"""A client's event emitter that knows who listens.

Some of botocore's events hand out parts of its own machinery: an AWSRequest to sign or send, a raw response to parse.
The thin path has none of these. It emits the events whose arguments it does have:

    provide-client-params, before-parameter-build, after-call, after-call-error

and while anybody but botocore listens to one of the others (Stubber, a handler that adds a header), calls go botocore's
way, so that every handler sees what it would see under boto3.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

from botocore.hooks import BaseEventHooks

Handler: TypeAlias = Callable[..., Any]

_ANY_KIND = "*"
_AFTER_CALL = frozenset({"after-call", _ANY_KIND})
_OF_BOTOCORES_REQUEST = frozenset(
    {
        "before-call",
        "before-endpoint-resolution",
        "before-parse",
        "before-send",
        "before-sign",
        "choose-signer",
        "needs-retry",
        "request-created",
        "response-received",
        _ANY_KIND,
    }
)


class ListenedEvents(BaseEventHooks):
    """Hands everything on to the emitter it stands before, and notes who registers for the events that matter."""

    def __init__(self, emitter: BaseEventHooks) -> None:
        self._emitter = emitter
        self._listeners: list[tuple[str, object]] = []
        self._botocores_own = 0
        self.needs_botocores_request = False
        self.hears_after_call = False

    def settle(self) -> None:
        """Whoever has registered so far is botocore itself, while it made the client."""
        self._botocores_own = len(self._listeners)
        self._take_stock()

    def emit(self, event_name: str, **arguments: Any) -> Any:
        return self._emitter.emit(event_name, **arguments)

    def emit_until_response(self, event_name: str, **arguments: Any) -> Any:
        return self._emitter.emit_until_response(event_name, **arguments)  # type: ignore[attr-defined]

    def register(
        self, event_name: str, handler: Handler, unique_id: str | None = None, unique_id_uses_count: bool = False
    ) -> None:
        self._emitter.register(event_name, handler, unique_id, unique_id_uses_count)
        self._note(event_name, handler, unique_id, unique_id_uses_count)

    def register_first(
        self, event_name: str, handler: Handler, unique_id: str | None = None, unique_id_uses_count: bool = False
    ) -> None:
        self._emitter.register_first(event_name, handler, unique_id, unique_id_uses_count)
        self._note(event_name, handler, unique_id, unique_id_uses_count)

    def register_last(
        self, event_name: str, handler: Handler, unique_id: str | None = None, unique_id_uses_count: bool = False
    ) -> None:
        self._emitter.register_last(event_name, handler, unique_id, unique_id_uses_count)
        self._note(event_name, handler, unique_id, unique_id_uses_count)

    def unregister(
        self,
        event_name: str,
        handler: Handler | None = None,
        unique_id: str | None = None,
        unique_id_uses_count: bool = False,
    ) -> None:
        self._emitter.unregister(event_name, handler, unique_id, unique_id_uses_count)
        listener = (event_name, unique_id or handler)
        if listener in self._listeners[self._botocores_own :]:
            del self._listeners[self._listeners.index(listener, self._botocores_own)]
            self._take_stock()

    def _note(self, event_name: str, handler: Handler, unique_id: str | None, uses_count: bool) -> None:
        listener = (event_name, unique_id or handler)
        # boto3 registers the same ids again for every Table object; botocore drops them, and so do we.
        is_known = unique_id is not None and not uses_count and listener in self._listeners
        if not is_known and _kind(event_name) in _OF_BOTOCORES_REQUEST | _AFTER_CALL:
            self._listeners.append(listener)
            self._take_stock()

    def _take_stock(self) -> None:
        kinds = [_kind(event_name) for event_name, _ in self._listeners]
        self.hears_after_call = not _AFTER_CALL.isdisjoint(kinds)
        self.needs_botocores_request = not _OF_BOTOCORES_REQUEST.isdisjoint(kinds[self._botocores_own :])


def _kind(event_name: str) -> str:
    return event_name.partition(".")[0]
