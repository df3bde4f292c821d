"""What a table shows of encryption with a key of KMS. It is kept and shown only: nothing here is encrypted."""

from typing import Final

_DEFAULT_KEY: Final = "alias/aws/dynamodb"


def kms_key_arn(table_arn: str, key: str | None) -> str:
    """The ARN of a key that is told by its id, its alias or its ARN; without one, of the service's own."""
    if key is not None and key.startswith("arn:"):
        return key
    partition, region, account = (table_arn.split(":")[place] for place in (1, 3, 4))
    name = _DEFAULT_KEY if key is None else key if key.startswith("alias/") else f"key/{key}"
    return f"arn:{partition}:kms:{region}:{account}:{name}"


def encryption_document(key_arn: str) -> dict[str, object]:
    """The member SSEDescription of a table that was made to be encrypted with this key."""
    return {"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": key_arn}
