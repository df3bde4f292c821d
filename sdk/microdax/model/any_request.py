"""Any request that the store takes: the families of requests put together."""

from typing import TypeAlias

from microdax.model.administration_requests import AdministrationRequest
from microdax.model.backup_requests import BackupRequest
from microdax.model.partiql_requests import PartiqlRequest
from microdax.model.requests import Request
from microdax.model.stream_requests import StreamRequest
from microdax.model.transact_requests import TransactGetItems, TransactWriteItems
from microdax.model.transfer_requests import TransferRequest
from microdax.model.ttl_requests import TimeToLiveRequest

AnyRequest: TypeAlias = (
    Request
    | AdministrationRequest
    | BackupRequest
    | PartiqlRequest
    | StreamRequest
    | TimeToLiveRequest
    | TransactGetItems
    | TransactWriteItems
    | TransferRequest
)
