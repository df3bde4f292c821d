"""Random reads of a table and its indexes, against an evaluation in plain Python that is obviously right.

The model is the list of items. What a Query finds is those that have the index's key, match the conditions, sorted
by range key; items of one index key follow each other by their keys in the table. Reading in pages of any sizes must
give exactly the same sequence, in both directions.
"""

import asyncio
import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import ceil
from typing import Any, Final, Literal, TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st

from backend_store.check import check_engine
from backend_store.kv.memory_engine import MemoryEngine
from backend_store.store import Store
from microdax.model.values import item_bytes
from microdax.wire.dynamo_json import item_from_json
from tests.support.boto import keyed
from tests.support.indexes import IndexSpec, with_indexes
from tests.support.stores import Calls

Json: TypeAlias = dict[str, Any]
Operator: TypeAlias = Literal["none", "=", "<", "<=", ">", ">=", "BETWEEN", "begins_with"]

TABLE: Final = "main"
KEYS: Final = ("p", "r")
INDEXES: Final = (
    IndexSpec("local", "local_keys", ("p:S", "s:S"), "KEYS_ONLY"),
    IndexSpec("local", "local_all", ("p:S", "b:B")),
    IndexSpec("global", "global_some", ("s:S", "n:N"), ("v",)),
    IndexSpec("global", "global_hash", ("n:N",), "KEYS_ONLY"),
    IndexSpec("global", "global_all", ("b:B", "s:S")),
    IndexSpec("global", "global_turned", ("r:N", "p:S"), ("w",)),
)

# Few values, so that many items have the same index key; all of which prefixes, signs and lengths are mixed.
VALUES: Final[Mapping[str, list[Json]]] = {
    "p": [{"S": text} for text in ("a", "aa")],
    "r": [{"N": text} for text in ("-11", "-2", "0", "1.5", "3", "20")],
    "s": [{"S": text} for text in ("a", "a\0", "ab", "b", "é")],
    "n": [{"N": text} for text in ("-1", "0", "0.25", "7", "100000000000000000000")],
    "b": [{"B": base64.b64encode(data).decode()} for data in (b"\0", b"a", b"\0\xff", b"\xff", b"\xff\0")],
    "v": [{"S": "x"}, {"N": "1"}],
    "w": [{"L": [{"BOOL": True}]}, {"S": "w" * 3000}],
}


def optional(name: str) -> st.SearchStrategy[Json | None]:
    return st.one_of(st.none(), st.sampled_from(VALUES[name]))


items = st.fixed_dictionaries(
    {name: st.sampled_from(VALUES[name]) for name in KEYS}
    | {name: optional(name) for name in ("s", "n", "b", "v", "w")}
).map(lambda item: {name: value for name, value in item.items() if value is not None})


@dataclass(frozen=True, slots=True)
class Write:
    """An item that is put, or one whose key is deleted."""

    item: Json
    deletes: bool


@dataclass(frozen=True, slots=True)
class Ask:
    """A Query: of which source, for what, how; `picks` choose the values from those that the keys can have."""

    source: IndexSpec | None
    operator: Operator
    picks: tuple[int, int, int]
    forward: bool
    filters: bool
    whole: bool
    limits: tuple[int, ...]


writes = st.lists(st.builds(Write, items, st.sampled_from((False, False, False, True))), min_size=5, max_size=50)
asks = st.lists(
    st.builds(
        Ask,
        source=st.sampled_from((None, *INDEXES)),
        operator=st.sampled_from(("none", "none", "=", "<", "<=", ">", ">=", "BETWEEN", "begins_with")),
        picks=st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(0, 5)),
        forward=st.booleans(),
        filters=st.booleans(),
        whole=st.booleans(),
        limits=st.lists(st.integers(1, 9), min_size=1, max_size=4).map(tuple),
    ),
    min_size=1,
    max_size=12,
)


def order(value: Json) -> Any:
    """A value as Python sorts it: numbers as numbers, texts as their bytes."""
    ((kind, text),) = value.items()
    if kind == "N":
        return Decimal(text)
    return text.encode() if kind == "S" else base64.b64decode(text)


def key_names(source: IndexSpec | None) -> tuple[str, ...]:
    return KEYS if source is None else source.key_names


def row_of(source: IndexSpec | None, item: Json) -> Json:
    """What the index holds of an item."""
    if source is None or source.projection == "ALL":
        return item
    held = {*KEYS, *source.key_names, *(() if source.projection == "KEYS_ONLY" else source.projection)}
    return {name: value for name, value in item.items() if name in held}


def rows_of(source: IndexSpec | None, table: list[Json]) -> list[Json]:
    return [item for item in table if all(name in item for name in key_names(source))]


@dataclass(frozen=True, slots=True)
class Asked:
    """An `Ask` with the values that were picked: its request, and what must be found."""

    ask: Ask

    @property
    def hash_value(self) -> Json:
        return pick(key_names(self.ask.source)[0], self.ask.picks[0])

    @property
    def range_name(self) -> str | None:
        """The range key, where there is a condition on it that its type allows."""
        names = key_names(self.ask.source)
        if self.ask.operator == "none" or len(names) == 1:
            return None
        return None if self.ask.operator == "begins_with" and "N" in pick(names[1], 0) else names[1]

    @property
    def fetches(self) -> bool:
        """Whether items are read from the table: only a local index may."""
        source = self.ask.source
        return self.ask.whole and source is not None and source.kind == "local" and source.projection != "ALL"

    def members(self) -> Json:
        names, values = {"#h": key_names(self.ask.source)[0]}, {":h": self.hash_value}
        condition = "#h = :h"
        if self.range_name is not None:
            names["#r"] = self.range_name
            low, high = self._bounds(self.range_name)
            values[":x"] = low
            if self.ask.operator == "BETWEEN":
                values[":y"] = high
            condition += " AND " + {"BETWEEN": "#r BETWEEN :x AND :y", "begins_with": "begins_with(#r, :x)"}.get(
                self.ask.operator, f"#r {self.ask.operator} :x"
            )
        members: Json = {"TableName": TABLE, "KeyConditionExpression": condition}
        if self._filters():
            members["FilterExpression"], values[":v"] = "v = :v", {"S": "x"}
        if self.ask.source is not None:
            members["IndexName"] = self.ask.source.name
        if self.fetches:
            members["Select"] = "ALL_ATTRIBUTES"
        return {
            **members,
            "ScanIndexForward": self.ask.forward,
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values,
        }

    def scanned(self, table: list[Json]) -> list[Json]:
        """The items within the key condition, in order."""
        names = key_names(self.ask.source)
        found = [
            item
            for item in rows_of(self.ask.source, table)
            if item[names[0]] == self.hash_value and self._matches(item)
        ]
        found.sort(key=lambda item: [order(item[name]) for name in (*names[1:], *KEYS)], reverse=not self.ask.forward)
        return found

    def shown(self, scanned: list[Json]) -> list[Json]:
        kept = [item for item in scanned if not self._filters() or item.get("v") == {"S": "x"}]
        return kept if self.fetches else [row_of(self.ask.source, item) for item in kept]

    def units(self, scanned: list[Json]) -> float:
        """What a page with all of them costs: its rows together, and each item that is fetched by itself."""
        rows = units(sum(size(row_of(self.ask.source, item)) for item in scanned))
        return rows + sum(units(size(item)) for item in self.shown(scanned)) if self.fetches else rows

    def _filters(self) -> bool:
        """Only by what the index holds is a filter allowed."""
        source = self.ask.source
        holds = source is None or source.projection == "ALL" or "v" in source.projection
        return self.ask.filters and holds

    def _matches(self, item: Json) -> bool:
        if self.range_name is None:
            return True
        low, high = map(order, self._bounds(self.range_name))
        value = order(item[self.range_name])
        matches: Mapping[Operator, Callable[[], bool]] = {
            "=": lambda: value == low,
            "<": lambda: value < low,
            "<=": lambda: value <= low,
            ">": lambda: value > low,
            ">=": lambda: value >= low,
            "BETWEEN": lambda: low <= value <= high,
            "begins_with": lambda: value.startswith(low),
        }
        return matches[self.ask.operator]()

    def _bounds(self, name: str) -> list[Json]:
        """BETWEEN wants them in order."""
        return sorted((pick(name, self.ask.picks[1]), pick(name, self.ask.picks[2])), key=order)


def pick(name: str, number: int) -> Json:
    return VALUES[name][number % len(VALUES[name])]


def size(item: Json) -> int:
    return item_bytes(item_from_json(item))


def units(size_bytes: int) -> float:
    return max(1, ceil(size_bytes / 4096)) * 0.5


async def run(taken: list[Write], asked: list[Ask]) -> None:
    engine = MemoryEngine()
    store = Store(engine)
    call = Calls(store)
    await call("CreateTable", **with_indexes(keyed(TABLE, "p:S", "r:N"), *INDEXES))
    table = await written(call, taken)
    for ask in asked:
        await check_query(call, Asked(ask), table)
        await check_scan(call, ask, table)
    assert list(check_engine(engine)) == []
    await store.close()


async def written(call: Calls, taken: list[Write]) -> list[Json]:
    """Write it all; the items that are left."""
    left: dict[tuple[str, str], Json] = {}
    for write in taken:
        key = {name: write.item[name] for name in KEYS}
        if write.deletes:
            await call("DeleteItem", TableName=TABLE, Key=key)
            left.pop((key["p"]["S"], key["r"]["N"]), None)
        else:
            await call("PutItem", TableName=TABLE, Item=write.item)
            left[key["p"]["S"], key["r"]["N"]] = write.item
    return list(left.values())


async def check_query(call: Calls, asked: Asked, table: list[Json]) -> None:
    scanned = asked.scanned(table)
    whole = await call("Query", **asked.members(), ReturnConsumedCapacity="TOTAL")
    assert whole["Items"] == asked.shown(scanned)
    assert (whole["Count"], whole["ScannedCount"]) == (len(whole["Items"]), len(scanned))
    assert whole["ConsumedCapacity"]["CapacityUnits"] == asked.units(scanned)
    paged = await pages(call, "Query", asked.members(), asked.ask.limits)
    assert paged == whole["Items"]
    counted = await call("Query", **{**asked.members(), "Select": "COUNT"})
    assert counted == {"Count": len(whole["Items"]), "ScannedCount": len(scanned)}


async def check_scan(call: Calls, ask: Ask, table: list[Json]) -> None:
    """Every row is in exactly one segment."""
    total = 1 + ask.picks[0]
    members: Json = {"TableName": TABLE, "TotalSegments": total}
    if ask.source is not None:
        members["IndexName"] = ask.source.name
    found = [item for at in range(total) for item in await pages(call, "Scan", {**members, "Segment": at}, ask.limits)]
    expected = [row_of(ask.source, item) for item in rows_of(ask.source, table)]
    assert sorted(found, key=primary) == sorted(expected, key=primary)


def primary(item: Json) -> Any:
    return [order(item[name]) for name in KEYS]


async def pages(call: Calls, operation: str, members: Json, limits: tuple[int, ...]) -> list[Json]:
    """Read all pages, with these limits in turn."""
    found: list[Json] = []
    start: Json = {}
    turn = 0
    while True:
        limit = limits[turn % len(limits)]
        page = await call(operation, **members, **start, Limit=limit)
        assert page["ScannedCount"] <= limit
        found += page["Items"]
        if "LastEvaluatedKey" not in page:
            return found
        start, turn = {"ExclusiveStartKey": page["LastEvaluatedKey"]}, turn + 1


@given(writes, asks)
@settings(max_examples=80)
def test_reads_of_a_table_and_its_indexes_find_what_a_list_comprehension_does(
    taken: list[Write], asked: list[Ask]
) -> None:
    asyncio.run(run(taken, asked))
