"""`resource()`: boto3's DynamoDB resource (Table, batch_writer, Key and Attr conditions) on a thin client.

boto3 makes its resources from a client of the session it is given, so nothing here knows how: the session makes thin
clients. The conversion between Python's values and DynamoDB's is boto3's own, done in handlers of the client's events.
"""

from typing import Any

import boto3.session

from microdax.clients import ThinClient, prepare


def resource(endpoint: str | None = None, **options: Any) -> Any:
    """A DynamoDB resource for the server at `endpoint`; `options` are those of `boto3.resource`.

    Typed Any because boto3 makes the class, with `Table` in it, when it is first asked for.
    """
    session, complete = prepare(endpoint, options)
    resources: Any = boto3.session.Session(botocore_session=session)  # stubs for each service are extra packages
    made = resources.resource("dynamodb", **complete)
    client = made.meta.client
    assert isinstance(client, ThinClient)
    client.settle()
    return made
