"""What a request asks for, in expressions or in their predecessors, as nodes; and what they may not name."""

import dataclasses
from collections.abc import Iterator
from typing import cast

from backend_store.images import Image
from backend_store.table import Table
from microdax.expressions.legacy import condition_node, projection_node, update_node
from microdax.expressions.nodes import Condition, Path, Projection, Update
from microdax.expressions.parser import Scope, parse_condition, parse_projection, parse_update
from microdax.expressions.projections import project
from microdax.model.errors import ValidationException
from microdax.model.keys import KeySchema
from microdax.model.legacy_requests import NO_LEGACY, Legacy
from microdax.model.requests import Placeholders
from microdax.wire.dynamo_json import encode_item


def condition_of(text: str | None, placeholders: Placeholders, legacy: Legacy = NO_LEGACY) -> Condition | None:
    """The ConditionExpression of a write that has no other expression, or its Expected.

    Without an expression there are no placeholders.
    """
    if text is None:
        return _legacy_condition(legacy)
    scope = Scope(placeholders)
    condition = parse_condition("ConditionExpression", text, scope)
    scope.check_all_used()
    return condition


def projection_of(text: str | None, placeholders: Placeholders, legacy: Legacy = NO_LEGACY) -> Projection | None:
    """The ProjectionExpression of a read that has no other expression, or its AttributesToGet.

    Without an expression there are no placeholders.
    """
    if text is None:
        return _legacy_projection(legacy)
    scope = Scope(placeholders)
    projection = parse_projection(text, scope)
    scope.check_all_used()
    return projection


def condition_in(parameter: str, text: str | None, scope: Scope, legacy: Legacy) -> Condition | None:
    """One of a request's several expressions, the ConditionExpression or FilterExpression, or what is in its place."""
    return _legacy_condition(legacy) if text is None else parse_condition(parameter, text, scope)


def projection_in(text: str | None, scope: Scope, legacy: Legacy) -> Projection | None:
    """One of a request's several expressions, the ProjectionExpression, or what is in its place."""
    return _legacy_projection(legacy) if text is None else parse_projection(text, scope)


def update_in(text: str | None, scope: Scope, legacy: Legacy) -> Update:
    """The UpdateExpression or the AttributeUpdates; without either, nothing is updated."""
    if text is not None:
        return parse_update(text, scope)
    return update_node(legacy.updates or {})


def shown(image: Image, projection: Projection | None) -> bytes:
    """The item as the caller wants to see it; whole, it is copied."""
    return image.document if projection is None else encode_item(project(projection, image.item))


def check_key_paths(table: Table, *expressions: Condition | Projection | Update | None) -> None:
    """Refuse to look inside a key attribute, also of an index: DynamoDB says so before it looks at any item."""
    if not any(expressions):  # as most requests: spared a walk of nothing
        return
    index_names = {name for index in table.description.indexes for name in index.key_schema.names}
    for path in paths_in(expressions):
        name = path.steps[0]
        if len(path.steps) > 1 and (name in table.key_schema.names or name in index_names):
            raise ValidationException(
                "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: "
                f"{'Key' if name in table.key_schema.names else 'IndexKey'}: {name}"
            )


def check_filters_no_key(schema: KeySchema, condition: Condition | None, legacy: Legacy = NO_LEGACY) -> None:
    """Refuse a Query's filter on a key attribute: that is what its key condition is for."""
    parameter = "Filter Expression" if legacy.conditions is None else "QueryFilter"
    for path in paths_in(condition):
        if path.steps[0] in schema.names:
            raise ValidationException(
                f"{parameter} can only contain non-primary key attributes: Primary key attribute: {path.steps[0]}"
            )


def paths_in(node: object) -> Iterator[Path]:
    """All document paths in an expression, wherever they stand in its tree."""
    if isinstance(node, Path):
        yield node
    elif isinstance(node, tuple):
        for part in cast(tuple[object, ...], node):
            yield from paths_in(part)
    elif dataclasses.is_dataclass(node):
        for field in dataclasses.fields(node):
            yield from paths_in(getattr(node, field.name))


def _legacy_condition(legacy: Legacy) -> Condition | None:
    """Expected, QueryFilter or ScanFilter."""
    return None if legacy.conditions is None else condition_node(legacy.conditions)


def _legacy_projection(legacy: Legacy) -> Projection | None:
    """AttributesToGet."""
    return None if legacy.attributes is None else projection_node(legacy.attributes)
