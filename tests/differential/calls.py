"""Calls drawn at random, most of them nearly right: that is where implementations differ."""

from collections.abc import Sequence

from hypothesis import strategies as st

from tests.differential import drawn_legacy
from tests.differential.drawn_expressions import conditions, key_conditions, projections, updates, with_placeholders
from tests.differential.drawn_legacy import EXPECTED, attribute_updates, comparisons, names_to_get
from tests.differential.drawn_values import TABLE, Drawn, attributes, keys, mostly, table_names, values
from tests.differential.endpoint import Call, Json

_capacity: Drawn = st.sampled_from(["TOTAL", "INDEXES", "NONE", "ALL"])


def _members(draw: st.DrawFn, required: Json, optional: Json, chance: int = 3) -> Json:
    """The required members, and each of the optional ones once in `chance`."""
    members = {name: draw(strategy) for name, strategy in required.items()}
    for name, strategy in optional.items():
        if draw(st.integers(1, chance)) == 1:
            members[name] = draw(strategy)
    return members


def _styled(draw: st.DrawFn, expressions: Json, legacy: Json) -> Json:
    """Optional members of one style, seldom of both."""
    style = draw(st.sampled_from(["expressions"] * 6 + ["legacy"] * 4 + ["both"]))
    return {"expressions": expressions, "legacy": legacy, "both": {**expressions, **legacy}}[style]


@st.composite
def get_items(draw: st.DrawFn) -> Call:
    optional = {"ConsistentRead": st.sampled_from([True, False, "yes"]), "ReturnConsumedCapacity": _capacity}
    styled = _styled(draw, {"ProjectionExpression": projections}, {"AttributesToGet": names_to_get})
    members = _members(draw, {"TableName": table_names, "Key": keys}, {**optional, **styled})
    return Call("GetItem", with_placeholders(draw, members))


@st.composite
def put_items(draw: st.DrawFn) -> Call:
    item = {**draw(keys), **draw(st.dictionaries(attributes, values, max_size=2))}
    styled = _styled(draw, {"ConditionExpression": conditions}, EXPECTED)
    optional = {"ReturnValues": st.sampled_from(["NONE", "ALL_OLD", "ALL_NEW", "SOME"]), **styled}
    members = _members(draw, {"TableName": table_names, "Item": st.just(item)}, optional)
    return Call("PutItem", with_placeholders(draw, members))


@st.composite
def delete_items(draw: st.DrawFn) -> Call:
    styled = _styled(draw, {"ConditionExpression": conditions}, EXPECTED)
    optional = {"ReturnValues": st.sampled_from(["NONE", "ALL_OLD", "UPDATED_OLD"]), **styled}
    members = _members(draw, {"TableName": table_names, "Key": keys}, optional)
    return Call("DeleteItem", with_placeholders(draw, members))


@st.composite
def update_items(draw: st.DrawFn) -> Call:
    legacy = {
        **EXPECTED,
        "AttributeUpdates": st.dictionaries(
            mostly(attributes, st.sampled_from(["p", "r"])), attribute_updates, max_size=2
        ),
    }
    styled = _styled(draw, {"ConditionExpression": conditions, "UpdateExpression": updates}, legacy)
    returned = st.sampled_from(["NONE", "ALL_OLD", "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"])
    required = {"TableName": table_names, "Key": keys}
    members = _members(draw, required, {"ReturnValues": returned, **styled}, chance=2)
    return Call("UpdateItem", with_placeholders(draw, members))


_limits: Drawn = mostly(st.sampled_from([1, 2, 5]), st.sampled_from([0, -1, "1"]))
_selects: Drawn = st.sampled_from(["COUNT", "ALL_ATTRIBUTES", "SPECIFIC_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES"])


@st.composite
def queries(draw: st.DrawFn) -> Call:
    legacy = {
        "KeyConditions": drawn_legacy.key_conditions,
        "QueryFilter": st.dictionaries(mostly(attributes, st.just("r")), comparisons(), max_size=2),
        "ConditionalOperator": st.sampled_from(["AND", "OR"]),
        "AttributesToGet": names_to_get,
    }
    expressions = {"FilterExpression": conditions, "ProjectionExpression": projections}
    required: Json = {"TableName": table_names}
    style = draw(st.integers(0, 9))
    if style < 6:
        required["KeyConditionExpression"] = key_conditions
        legacy = {} if style else legacy
    elif style < 9:
        required["KeyConditions"] = drawn_legacy.key_conditions
        expressions = {}
    optional = {
        **expressions,
        **legacy,
        "Limit": _limits,
        "ScanIndexForward": st.booleans(),
        "ExclusiveStartKey": keys,
        "Select": _selects,
        "ReturnConsumedCapacity": _capacity,
    }
    return Call("Query", with_placeholders(draw, _members(draw, required, optional, chance=5)))


@st.composite
def scans(draw: st.DrawFn) -> Call:
    legacy = {
        "ScanFilter": st.dictionaries(mostly(attributes, st.just("r")), comparisons(), max_size=2),
        "ConditionalOperator": st.sampled_from(["AND", "OR"]),
        "AttributesToGet": names_to_get,
    }
    styled = _styled(draw, {"FilterExpression": conditions, "ProjectionExpression": projections}, legacy)
    # No Limit and no segments: where a page ends depends on the order of partitions, which is nobody's business.
    optional = {**styled, "Select": _selects, "ConsistentRead": st.booleans(), "ReturnConsumedCapacity": _capacity}
    return Call("Scan", with_placeholders(draw, _members(draw, {"TableName": table_names}, optional)))


@st.composite
def batch_gets(draw: st.DrawFn) -> Call:
    styled = _styled(draw, {"ProjectionExpression": projections}, {"AttributesToGet": names_to_get})
    required = {"Keys": st.lists(keys, min_size=1, max_size=3, unique_by=str)}
    table = with_placeholders(draw, _members(draw, required, {"ConsistentRead": st.booleans(), **styled}))
    return Call("BatchGetItem", {"RequestItems": {TABLE: table}})


_writes: Drawn = mostly(
    st.one_of(
        keys.map(lambda key: {"DeleteRequest": {"Key": key}}),
        st.tuples(keys, st.dictionaries(attributes, values, max_size=2)).map(
            lambda item: {"PutRequest": {"Item": {**item[0], **item[1]}}}
        ),
    ),
    st.sampled_from([{}, {"PutRequest": {}}, {"UpdateRequest": {}}]),
    30,
)


@st.composite
def batch_writes(draw: st.DrawFn) -> Call:
    return Call("BatchWriteItem", {"RequestItems": {TABLE: draw(st.lists(_writes, max_size=3))}})


def runs(calls_max: int = 4) -> st.SearchStrategy[Sequence[Call]]:
    """A few calls, one after another."""
    any_call = st.one_of(
        get_items(),
        put_items(),
        update_items(),
        delete_items(),
        queries(),
        scans(),
        batch_gets(),
        batch_writes(),
    )
    return st.lists(any_call, min_size=1, max_size=calls_max)
