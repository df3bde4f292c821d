"""The one family of errors: a class for each DynamoDB error code.

Raised anywhere, translated at borders only: a door writes `document()` to its wire, the SDK turns the wire's
document into botocore's `ClientError`. Codes, statuses and namespaces are those of the API reference ("Error
handling with DynamoDB"), messages those that the service is known to send.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import orjson

_DYNAMODB = "com.amazonaws.dynamodb.v20120810#"
_CORAL_SERVICE = "com.amazon.coral.service#"
_CORAL_VALIDATE = "com.amazon.coral.validate#"


class DynamoDBError(Exception):
    """A refusal with a DynamoDB error code. `message` may be empty: a few errors carry none."""

    code: ClassVar[str]
    namespace: ClassVar[str] = _DYNAMODB
    http_status: ClassVar[int] = 400
    retryable: ClassVar[bool] = False
    default_message: ClassVar[str] = ""

    def __init__(self, message: str | None = None) -> None:
        self.message = self.default_message if message is None else message
        super().__init__(f"{self.code}: {self.message}")

    def fields(self) -> Mapping[str, object]:
        """What stands beside `__type` in the error document."""
        return {"message": self.message} if self.message else {}

    def document(self) -> bytes:
        """The error as DynamoDB JSON 1.0 writes it."""
        return orjson.dumps({"__type": self.namespace + self.code, **self.fields()})


class ValidationException(DynamoDBError):
    """The request is well-formed JSON but breaks a rule of the API."""

    code = "ValidationException"
    namespace = _CORAL_VALIDATE


class SerializationException(DynamoDBError):
    """The body is not JSON, or a member has the wrong JSON type. Its member is `Message`, as Coral writes it."""

    code = "SerializationException"
    namespace = _CORAL_SERVICE

    def fields(self) -> Mapping[str, object]:
        return {"Message": self.message} if self.message else {}


class UnknownOperationException(DynamoDBError):
    """The X-Amz-Target header is missing or names no operation."""

    code = "UnknownOperationException"
    namespace = _CORAL_SERVICE


class AccessDeniedException(DynamoDBError):
    """The resource is another account's. Its member is `Message`, as Coral writes it."""

    code = "AccessDeniedException"
    namespace = _CORAL_SERVICE

    def fields(self) -> Mapping[str, object]:
        return {"Message": self.message}


class PolicyNotFoundException(DynamoDBError):
    """The table has no resource policy, or another revision of it than the caller expects."""

    code = "PolicyNotFoundException"


class GlobalTableNotFoundException(DynamoDBError):
    """There is no such global table of the version of 2017, as there is none at all."""

    code = "GlobalTableNotFoundException"


class ResourceNotFoundException(DynamoDBError):
    """The table (or index, backup, stream) does not exist."""

    code = "ResourceNotFoundException"
    default_message = "Requested resource not found"


class ResourceInUseException(DynamoDBError):
    """The table exists already, or is changing state."""

    code = "ResourceInUseException"


class LimitExceededException(DynamoDBError):
    """Too many control-plane operations or tables at once."""

    code = "LimitExceededException"


class ConditionalCheckFailedException(DynamoDBError):
    """The condition did not hold. `item` is DynamoDB JSON of the item as it stands, where the caller asked for it."""

    code = "ConditionalCheckFailedException"
    default_message = "The conditional request failed"

    def __init__(self, message: str | None = None, item: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.item = item

    def fields(self) -> Mapping[str, object]:
        fields = super().fields()
        return fields if self.item is None else {**fields, "Item": self.item}


@dataclass(frozen=True, slots=True)
class CancellationReason:
    """What one action of a transaction has to do with its cancellation; the code None says: nothing."""

    code: str = "None"
    message: str | None = None
    item: Mapping[str, object] | None = None

    def document(self) -> Mapping[str, object]:
        members = {"Code": self.code, "Message": self.message, "Item": self.item}
        return {name: value for name, value in members.items() if value is not None}


class TransactionCanceledException(DynamoDBError):
    """A transaction could not be done, so nothing of it was; a reason for each of its actions, in their order."""

    code = "TransactionCanceledException"

    def __init__(self, reasons: Sequence[CancellationReason]) -> None:
        codes = ", ".join(reason.code for reason in reasons)
        super().__init__(f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]")
        self.reasons = tuple(reasons)

    def fields(self) -> Mapping[str, object]:
        return {"Message": self.message, "CancellationReasons": [reason.document() for reason in self.reasons]}


class IdempotentParameterMismatchException(DynamoDBError):
    """A ClientRequestToken came again with another transaction, within ten minutes."""

    code = "IdempotentParameterMismatchException"
    default_message = "The request uses the same client token as a previous, but different, request."

    def fields(self) -> Mapping[str, object]:
        return {"Message": self.message}


class DuplicateItemException(DynamoDBError):
    """An INSERT of an item whose key is another's already."""

    code = "DuplicateItemException"
    default_message = "Duplicate primary key exists in table"


class ItemCollectionSizeLimitExceededException(DynamoDBError):
    """An item collection with local secondary indexes grew past 10 GB."""

    code = "ItemCollectionSizeLimitExceededException"


class ProvisionedThroughputExceededException(DynamoDBError):
    """The table's throughput is used up; try again later."""

    code = "ProvisionedThroughputExceededException"
    retryable = True


class ThrottlingException(DynamoDBError):
    """Too many requests; try again later."""

    code = "ThrottlingException"
    retryable = True


class TableNotFoundException(DynamoDBError):
    """What ResourceNotFoundException is to tables, in the operations on backups, exports and imports."""

    code = "TableNotFoundException"


class TableAlreadyExistsException(DynamoDBError):
    """A table of the name that a restored one shall have exists."""

    code = "TableAlreadyExistsException"


class TableInUseException(DynamoDBError):
    """The table to back up is being created."""

    code = "TableInUseException"


class BackupNotFoundException(DynamoDBError):
    """No backup has this ARN."""

    code = "BackupNotFoundException"


class BackupInUseException(DynamoDBError):
    """The backup is being created, or a table is being restored from it."""

    code = "BackupInUseException"


class ContinuousBackupsUnavailableException(DynamoDBError):
    """Point-in-time recovery cannot be switched on for the table yet."""

    code = "ContinuousBackupsUnavailableException"


class PointInTimeRecoveryUnavailableException(DynamoDBError):
    """Point-in-time recovery is not switched on for the table."""

    code = "PointInTimeRecoveryUnavailableException"


class InvalidRestoreTimeException(DynamoDBError):
    """The time to restore lies outside the window of point-in-time recovery."""

    code = "InvalidRestoreTimeException"


class InvalidExportTimeException(DynamoDBError):
    """The time to export lies outside the window of point-in-time recovery."""

    code = "InvalidExportTimeException"
    default_message = "The specified ExportTime is outside of the point in time recovery window."


class ExportNotFoundException(DynamoDBError):
    """No export has this ARN."""

    code = "ExportNotFoundException"


class ExportConflictException(DynamoDBError):
    """An export with this ClientToken asked for something else."""

    code = "ExportConflictException"


class ImportNotFoundException(DynamoDBError):
    """No import has this ARN."""

    code = "ImportNotFoundException"


class ImportConflictException(DynamoDBError):
    """An import with this ClientToken asked for something else."""

    code = "ImportConflictException"


class ExpiredIteratorException(DynamoDBError):
    """The shard iterator is too old."""

    code = "ExpiredIteratorException"


class TrimmedDataAccessException(DynamoDBError):
    """The records asked for are no longer kept."""

    code = "TrimmedDataAccessException"


class InternalServerError(DynamoDBError):
    """The server failed. After a write the outcome is unknown."""

    code = "InternalServerError"
    http_status = 500
    retryable = True
    default_message = "The request could not be completed because of an internal error"


class ServiceUnavailable(DynamoDBError):
    """The server cannot serve this now and has done nothing: a full disk, an upstream that refuses connections."""

    code = "ServiceUnavailable"
    http_status = 503
    retryable = True
    default_message = "The service is temporarily unavailable"


class UnknownOutcome(InternalServerError):
    """A write was sent and no answer came: it may have happened or may still happen.

    Nobody may claim success or failure after it, and no cache may keep what it held or what it reads before the
    write must have settled. On the wire it is an InternalServerError, which the API reference defines in the same
    way.
    """
