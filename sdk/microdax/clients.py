"""`client()`: a botocore DynamoDB client whose data operations take the thin path.

It *is* a botocore client, made by a botocore session of its own; the event "creating-client-class" is where botocore
lets others put a class among its bases. `ThinClient` overrides `_make_api_call`: the ten data operations go over
`thin_path`, every other operation botocore's way. So do all, for good, when the server wants signatures (a request
refused for the lack of one has done nothing, so it is made again, signed), and for a while, when somebody listens to
events that only botocore's way can serve (see `events`).

A thin call does in botocore's order what botocore does: provide-client-params, before-parameter-build, validation,
attempts with pauses, after-call (or after-call-error), then the result, or a ClientError of the class in
`client.exceptions`. All its attempts and pauses together take at most connect_timeout + read_timeout seconds.
"""

import os
from functools import partial
from typing import TYPE_CHECKING, Any

import botocore.session
from botocore import UNSIGNED
from botocore.client import BaseClient
from botocore.config import Config
from botocore.hooks import BaseEventHooks, first_non_none_response
from botocore.model import OperationModel
from botocore.session import Session

from microdax.calls import Arguments, Calls, Operation, Result, error_code, wants_signature
from microdax.endpoints import Endpoint, choose_endpoint, parse_endpoint
from microdax.events import ListenedEvents
from microdax.thin_path import thin_path

PLACEHOLDER_REGION = "us-east-1"
PLACEHOLDER_KEY = "microdax"


class ThinClient(BaseClient):
    """Stands first among the bases of the class that botocore makes for a client."""

    _verify: bool | str  # set on that class

    if TYPE_CHECKING:  # get_item and the other operations, which botocore adds when it makes the class

        def __getattr__(self, item: str) -> Any: ...

    def __init__(self, *, serializer: Any, event_emitter: BaseEventHooks, **parts: Any) -> None:
        self._listened = ListenedEvents(event_emitter)
        super().__init__(serializer=serializer, event_emitter=self._listened, **parts)
        endpoint = parse_endpoint(self.meta.endpoint_url)
        self._emit = event_emitter.emit  # past the listening, which costs a call for each event
        self._botocores_serializer = serializer
        self._calls = Calls(self.meta.service_model, self._botocores_body, endpoint)
        self._path = thin_path(endpoint, self.meta.config, self._calls, self._verify)

    def __enter__(self) -> "ThinClient":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def settle(self) -> None:
        """Botocore is done with making this client: handlers registered from now on are the user's."""
        self._listened.settle()

    def close(self) -> None:
        self._path.close()
        super().close()

    def _make_api_call(self, operation_name: str, api_params: Arguments) -> Result:
        operation = self._calls.operation(operation_name)
        if operation is None or not self._path.is_open or self._listened.needs_botocores_request:
            return self._make_botocore_call(operation_name, api_params)
        context = self._context()
        request = self._calls.request(operation, self._built(operation, api_params, context))
        result = self._asked(operation, request, context)
        if "Error" not in result:
            return result
        code = error_code(result)
        if wants_signature(code):
            self._path.shut(f"it answers {code} to requests without a signature")
            return self._make_botocore_call(operation_name, api_params)
        errors: Any = self.exceptions
        raise errors.from_code(code)(result, operation_name)

    def _make_botocore_call(self, operation_name: str, api_params: Arguments) -> Result:
        botocores_own: Any = super()
        result: Result = botocores_own._make_api_call(operation_name, api_params)
        return result

    def _botocores_body(self, arguments: Arguments, model: OperationModel) -> bytes:
        botocores_own: Any = super()
        # The endpoint's rules look at the arguments before the validator does, and refuse some in words of their own.
        botocores_own._resolve_endpoint_ruleset(model, arguments, self._context())
        body: bytes = self._botocores_serializer.serialize_to_request(arguments, model)["body"]
        return body

    def _context(self) -> dict[str, Any]:
        """What botocore gives the handlers of one call to share."""
        return {
            "client_region": self.meta.region_name,
            "client_config": self.meta.config,
            "has_streaming_input": False,
            "auth_type": None,
            "unsigned_payload": None,
        }

    def _built(self, operation: Operation, arguments: Arguments, context: dict[str, Any]) -> Arguments:
        """The arguments after everybody who wants to change them."""
        model = operation.model
        responses = self._emit(
            f"provide-client-params.dynamodb.{operation.name}", params=arguments, model=model, context=context
        )
        arguments = first_non_none_response(responses, default=arguments)
        self._emit(f"before-parameter-build.dynamodb.{operation.name}", params=arguments, model=model, context=context)
        return arguments

    def _asked(self, operation: Operation, request: bytes, context: dict[str, Any]) -> Result:
        try:
            reply, result = self._path.ask(operation, request)
        except Exception as error:
            self._emit(f"after-call-error.dynamodb.{operation.name}", exception=error, context=context)
            raise
        if self._listened.hears_after_call:
            self._emit(
                f"after-call.dynamodb.{operation.name}",
                http_response=self._calls.response(reply),
                parsed=result,
                model=operation.model,
                context=context,
            )
        return result


def client(endpoint: str | None = None, **options: Any) -> ThinClient:
    """A DynamoDB client for the server at `endpoint`; `options` are those of `boto3.client`.

    Without `endpoint` it is MICRODAX_ENDPOINT, else AWS_ENDPOINT_URL_DYNAMODB, else http://127.0.0.1:8000. No account,
    region or credentials need to exist.
    """
    session, complete = prepare(endpoint, options)
    made = session.create_client("dynamodb", **complete)
    assert isinstance(made, ThinClient)
    made.settle()
    return made


def prepare(endpoint: str | None, options: dict[str, Any]) -> tuple[Session, dict[str, Any]]:
    """A session that makes thin clients, and the options to make one with."""
    if endpoint is not None and options.get("endpoint_url") is not None:
        raise TypeError("endpoint and endpoint_url are the same option: give one of them")
    url = choose_endpoint(endpoint or options.get("endpoint_url"))
    session = botocore.session.get_session()
    verify = _verify(session, options.get("verify"))
    session.register("creating-client-class.dynamodb", partial(_put_thin_client_first, verify=verify))
    config: Config | None = options.get("config")
    region = options.get("region_name") or _region(session, config)
    keys = _keys(session, parse_endpoint(url), config, options)
    return session, {**options, **keys, "endpoint_url": url, "region_name": region}


def _put_thin_client_first(
    class_attributes: dict[str, Any], base_classes: list[type], *, verify: bool | str, **_: Any
) -> None:
    class_attributes["_verify"] = verify
    base_classes.insert(0, ThinClient)


def _verify(session: Session, argument: bool | str | None) -> bool | str:
    """botocore's order: the argument, the configuration, the variable of `requests`, then yes."""
    configured = session.get_config_variable("ca_bundle") if argument is None else argument
    return os.environ.get("REQUESTS_CA_BUNDLE", True) if configured is None else configured


def _region(session: Session, config: Config | None) -> str:
    return getattr(config, "region_name", None) or session.get_config_variable("region") or PLACEHOLDER_REGION


def _keys(session: Session, endpoint: Endpoint, config: Config | None, options: dict[str, Any]) -> dict[str, str]:
    """Placeholder credentials, where neither the options nor the user's own chain have any.

    The chain ends by asking a cloud machine's metadata service, which takes seconds where there is none. It is asked
    only for the service itself; a server of one's own on such a machine is given its keys in another way.
    """
    if options.get("aws_access_key_id") or options.get("aws_secret_access_key"):
        return {}
    if getattr(config, "signature_version", None) is UNSIGNED or endpoint.is_amazon:
        return {}
    session.get_component("credential_provider").remove("iam-role")
    if session.get_credentials() is not None:
        return {}
    return {"aws_access_key_id": PLACEHOLDER_KEY, "aws_secret_access_key": PLACEHOLDER_KEY}
