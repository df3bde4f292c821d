"""Secondary indexes as CreateTable takes them, from a line each."""

from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

Json: TypeAlias = dict[str, Any]

_MEMBERS: Final = {"local": "LocalSecondaryIndexes", "global": "GlobalSecondaryIndexes"}


@dataclass(frozen=True, slots=True)
class IndexSpec:
    """An index; its keys are written `name:type`, its projection is KEYS_ONLY, ALL, or the attributes to include."""

    kind: Literal["local", "global"]
    name: str
    keys: tuple[str, ...]
    projection: str | tuple[str, ...] = "ALL"

    @property
    def key_names(self) -> tuple[str, ...]:
        return tuple(key.partition(":")[0] for key in self.keys)

    def document(self) -> Json:
        """The index as CreateTable takes it."""
        roles = zip(self.key_names, ("HASH", "RANGE"), strict=False)
        return {
            "IndexName": self.name,
            "KeySchema": [{"AttributeName": name, "KeyType": role} for name, role in roles],
            "Projection": self._projection(),
        }

    def _projection(self) -> Json:
        if isinstance(self.projection, str):
            return {"ProjectionType": self.projection}
        return {"ProjectionType": "INCLUDE", "NonKeyAttributes": list(self.projection)}


def with_indexes(members: Json, *indexes: IndexSpec) -> Json:
    """The members of CreateTable with these indexes and the definitions of their keys."""
    types = {entry["AttributeName"]: entry["AttributeType"] for entry in members["AttributeDefinitions"]}
    lists: Json = {}
    for index in indexes:
        lists.setdefault(_MEMBERS[index.kind], []).append(index.document())
        types.update(dict(key.split(":") for key in index.keys))
    definitions = [{"AttributeName": name, "AttributeType": kind} for name, kind in types.items()]
    return {**members, **lists, "AttributeDefinitions": definitions}
