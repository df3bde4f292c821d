"""The shapes of secondary indexes, and of what they have in common with tables, in the requests about tables."""

from collections.abc import Mapping
from typing import Final

from microdax.model import limits
from microdax.wire.shapes import Integer, Lengths, ListOf, Member, Name, Shape, String, Structure


def _structure(name: str, **members: Member | Shape) -> Structure:
    """A structure of these members; a bare shape is a member that may be absent."""
    return Structure(
        name, {key: shape if isinstance(shape, Member) else Member(shape) for key, shape in members.items()}
    )


_NAME: Final = Member(Name(), required=True)
_UNITS: Final = Member(Integer(1, type_name="Long"), required=True)
THROUGHPUT: Final = _structure("ProvisionedThroughput", WriteCapacityUnits=_UNITS, ReadCapacityUnits=_UNITS)
_LONG: Final = Integer(type_name="Long")  # what is in bounds is told in words of its own
ON_DEMAND: Final = _structure("OnDemandThroughput", MaxReadRequestUnits=_LONG, MaxWriteRequestUnits=_LONG)
WARM: Final = _structure("WarmThroughput", ReadUnitsPerSecond=_LONG, WriteUnitsPerSecond=_LONG)
_CAPACITY: Final[Mapping[str, Shape]] = {"OnDemandThroughput": ON_DEMAND, "WarmThroughput": WARM}
KEY_SCHEMA: Final = Member(
    ListOf(
        _structure(
            "KeySchemaElement",
            AttributeName=Member(String(lengths=Lengths(1, limits.KEY_ATTRIBUTE_NAME_BYTES_MAX)), required=True),
            KeyType=Member(String(("HASH", "RANGE")), required=True),
        ),
        Lengths(1, 2),
    ),
    required=True,
)
_PROJECTION: Final = Member(
    _structure(
        "Projection",
        ProjectionType=String(("ALL", "INCLUDE", "KEYS_ONLY")),
        NonKeyAttributes=ListOf(String(lengths=Lengths(1, 255)), Lengths(1, limits.INDEX_ATTRIBUTES_MAX)),
    ),
    required=True,
)

LOCAL_INDEXES: Final = ListOf(
    _structure("LocalSecondaryIndex", IndexName=_NAME, KeySchema=KEY_SCHEMA, Projection=_PROJECTION)
)
GLOBAL_INDEXES: Final = ListOf(
    _structure(
        "GlobalSecondaryIndex",
        IndexName=_NAME,
        KeySchema=KEY_SCHEMA,
        Projection=_PROJECTION,
        ProvisionedThroughput=THROUGHPUT,
        **_CAPACITY,
    )
)
GLOBAL_INDEX_UPDATES: Final = ListOf(
    _structure(
        "GlobalSecondaryIndexUpdate",
        Update=_structure(
            "UpdateGlobalSecondaryIndexAction",
            IndexName=_NAME,
            ProvisionedThroughput=THROUGHPUT,
            **_CAPACITY,
        ),
        Create=_structure(
            "CreateGlobalSecondaryIndexAction",
            Projection=_PROJECTION,
            IndexName=_NAME,
            ProvisionedThroughput=THROUGHPUT,
            KeySchema=KEY_SCHEMA,
            **_CAPACITY,
        ),
        Delete=_structure("DeleteGlobalSecondaryIndexAction", IndexName=_NAME),
    )
)
