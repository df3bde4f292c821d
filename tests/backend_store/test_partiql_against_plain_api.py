"""Generated statements of PartiQL do what the same calls of the plain API do, on the same items.

A condition is drawn as a tree and printed twice: as a WHERE and as a FilterExpression. The plain API is asked by a Scan
of everything, which knows nothing of keys, so it also says whether a WHERE on keys finds what it should.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st

from backend_store.kv.memory_engine import MemoryEngine
from backend_store.store import Store
from tests.support.stores import Calls, Refusal

Json = dict[str, Any]
Tree: TypeAlias = "tuple[Any, ...]"

HASHES = ["a", "b", "c"]
PATHS = ["p", "r", "x", "y", "m.k", "m.l[0]", "s"]
ITEMS: list[Json] = [
    {
        "p": {"S": p},
        "r": {"N": str(r)},
        **({"x": {"N": str(r % 3)}} if r != 2 else {}),
        **({"y": {"S": p * r}} if r % 2 else {"y": {"NULL": True}}),
        "m": {"M": {"k": {"S": p}, "l": {"L": [{"N": str(r)}]}}},
        "s": {"SS": [p, str(r)]},
    }
    for p in HASHES
    for r in range(5)
]


@dataclass(slots=True)
class Printed:
    """One of the two texts of a tree. Values go into parameters, or are written into the text where it has literals."""

    partiql: bool
    literally: bool = False
    parameters: list[Json] = field(default_factory=list[Json])

    def condition(self, tree: Tree) -> str:
        match tree:
            case ("not", inner):
                return f"NOT ({self.condition(inner)})"
            case ("and" | "or" as word, parts):
                return f" {word} ".join(f"({self.condition(part)})" for part in parts)
            case ("in", path, values):
                listed = ", ".join(self.value(value) for value in values)
                return f"{self.path(path)} IN [{listed}]" if self.partiql else f"{self.path(path)} IN ({listed})"
            case ("between", path, low, high):
                return f"{self.path(path)} BETWEEN {self.value(low)} AND {self.value(high)}"
            case ("missing", path):
                return f"{path} IS MISSING" if self.partiql else f"attribute_not_exists({self.path(path)})"
            case ("null", path):
                null = "IS NULL" if self.partiql else f"attribute_type({self.path(path)}, {self.value({'S': 'NULL'})})"
                return f"{path} {null}" if self.partiql else null
            case ("call", function, path, value):
                return f"{function}({self.path(path)}, {self.value(value)})"
            case ("size", path, operator, value):
                return f"size({self.path(path)}) {operator} {self.value(value)}"
            case (operator, path, value):
                return f"{self.path(path)} {operator} {self.value(value)}"
            case _:
                raise AssertionError(tree)

    def path(self, path: str) -> str:
        return path

    def value(self, value: Json) -> str:
        if self.partiql and self.literally:
            return f"""'{value["S"].replace("'", "''")}'""" if "S" in value else f"{value['N']}"
        self.parameters.append(value)
        return "?" if self.partiql else f":v{len(self.parameters)}"

    def values(self) -> Json:
        return {f":v{number}": value for number, value in enumerate(self.parameters, start=1)}


strings = st.sampled_from(["a", "b", "aa", "", "it's"]).map(lambda text: {"S": text})
numbers = st.integers(0, 4).map(lambda number: {"N": str(number)})
values = strings | numbers
paths = st.sampled_from(PATHS[2:])
comparators = st.sampled_from(["=", "<>", "<", "<=", ">", ">="])
of_hash = st.sampled_from(HASHES).map(lambda text: {"S": text})
on_keys: st.SearchStrategy[Tree] = st.one_of(
    st.tuples(st.just("="), st.just("p"), of_hash),
    st.tuples(st.just("in"), st.just("p"), st.lists(of_hash, min_size=1, max_size=3)),
    st.tuples(st.just("or"), st.lists(st.tuples(st.just("="), st.just("p"), of_hash), min_size=2, max_size=3)),
    st.tuples(comparators, st.just("r"), numbers),
    st.tuples(st.just("between"), st.just("r"), st.just({"N": "1"}), st.just({"N": "3"})),
)
on_others: st.SearchStrategy[Tree] = st.one_of(
    st.tuples(comparators, paths, values),
    st.tuples(st.just("in"), paths, st.lists(values, min_size=1, max_size=3)),
    st.tuples(st.just("missing"), paths),
    st.tuples(st.just("null"), paths),
    st.tuples(st.just("call"), st.sampled_from(["begins_with"]), paths, strings),
    st.tuples(st.just("call"), st.just("contains"), paths, values),
    st.tuples(st.just("size"), paths, comparators, numbers),
)
trees: st.SearchStrategy[Tree] = st.recursive(
    on_keys | on_others,
    lambda inner: st.one_of(
        st.tuples(st.just("not"), inner),
        st.tuples(st.sampled_from(["and", "or"]), st.lists(inner, min_size=2, max_size=3)),
    ),
    max_leaves=5,
)
# Most with a hash key's value at the top, where it decides what is read.
wheres = trees | st.tuples(st.just("and"), st.tuples(on_keys, on_keys, trees).map(list))


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


async def filled(store: Store) -> Calls:
    call = Calls(store)
    await call.create_table("songs", "p:S", "r:N")
    for item in ITEMS:
        await call("PutItem", TableName="songs", Item=item)
    return call


def keys(items: list[Json]) -> list[tuple[str, str]]:
    return [(item["p"]["S"], item["r"]["N"]) for item in items]


async def selected(call: Calls, where: str, parameters: list[Json], limit: int) -> list[Json]:
    """The items of all pages."""
    members: Json = {"Statement": f"SELECT * FROM songs WHERE {where}", "Limit": limit}
    if parameters:
        members["Parameters"] = parameters
    items: list[Json] = []
    while True:
        reply = await call("ExecuteStatement", **members)
        items += reply["Items"]
        if "NextToken" not in reply:
            return items
        members["NextToken"] = reply["NextToken"]


@settings(max_examples=150, deadline=None)
@given(tree=wheres, literally=st.booleans(), limit=st.integers(1, 20))
def test_a_where_finds_what_a_filter_finds(tree: Tree, literally: bool, limit: int) -> None:
    async def compare() -> None:
        store = Store(MemoryEngine())
        call = await filled(store)
        statement, plain = Printed(partiql=True, literally=literally), Printed(partiql=False)
        where, filter_expression = statement.condition(tree), plain.condition(tree)
        members = {"ExpressionAttributeValues": plain.values()} if plain.parameters else {}
        try:
            scanned = await call("Scan", TableName="songs", FilterExpression=filter_expression, **members)
        except Refusal:
            await store.close()
            return
        found = await selected(call, where, statement.parameters, limit)
        assert len(keys(found)) == len(set(keys(found))), "each item once"
        assert sorted(found, key=str) == sorted(scanned["Items"], key=str), where
        await store.close()

    run(compare())


CLAUSES: list[tuple[str, str, Json]] = [
    ("SET x = 7", "SET x = :n", {":n": {"N": "7"}}),
    ("SET x = x + 2", "SET x = x + :n", {":n": {"N": "2"}}),
    ("SET y = 'it''s'", "SET y = :n", {":n": {"S": "it's"}}),
    ("SET z = m.k", "SET z = m.k", {}),
    ("SET m.l = list_append(m.l, ['e'])", "SET m.l = list_append(m.l, :n)", {":n": {"L": [{"S": "e"}]}}),
    ("SET m.l[0] = {'q': <<1, 2>>}", "SET m.l[0] = :n", {":n": {"M": {"q": {"NS": ["1", "2"]}}}}),
    ("SET s = set_add(s, <<'new'>>)", "ADD s :n", {":n": {"SS": ["new"]}}),
    ("SET s = set_delete(s, <<'a', 'b', 'c'>>)", "DELETE s :n", {":n": {"SS": ["a", "b", "c"]}}),
    ("REMOVE y, m.k", "REMOVE y, m.k", {}),
    ("REMOVE x SET y = 1", "REMOVE x SET y = :n", {":n": {"N": "1"}}),
]
updates = st.lists(st.sampled_from(CLAUSES), min_size=1, max_size=4)
returnings = st.sampled_from(
    [("ALL OLD", "ALL_OLD"), ("ALL NEW", "ALL_NEW"), ("MODIFIED OLD", "UPDATED_OLD"), ("MODIFIED NEW", "UPDATED_NEW")]
)


async def outcome(call: Calls, operation: str, **members: Any) -> tuple[str, Json]:
    """The code of the refusal or none, and the item that came back."""
    try:
        reply = await call(operation, **members)
    except Refusal as refusal:
        return refusal.code, {}
    (item,) = reply.get("Items") or [reply.get("Attributes", {})]
    return "", item


@settings(max_examples=60, deadline=None)
@given(done=updates, returning=returnings, condition=on_others, p=st.sampled_from(HASHES), r=st.integers(0, 5))
def test_an_update_does_what_update_item_does(
    done: list[tuple[str, str, Json]], returning: tuple[str, str], condition: Tree, p: str, r: int
) -> None:
    async def compare() -> None:
        store, other = Store(MemoryEngine()), Store(MemoryEngine())
        call, plainly = await filled(store), await filled(other)
        key = {"p": {"S": p}, "r": {"N": str(r)}}
        for clause, expression, bound in done:
            statement, plain = Printed(partiql=True), Printed(partiql=False)
            where, holds = statement.condition(condition), plain.condition(condition)
            values = {**bound, **plain.values()}
            theirs = await outcome(
                plainly,
                "UpdateItem",
                TableName="songs",
                Key=key,
                UpdateExpression=expression,
                ConditionExpression=f"attribute_exists(p) AND {holds}",
                ReturnValues=returning[1],
                **({"ExpressionAttributeValues": values} if values else {}),
            )
            text = f"UPDATE songs {clause} WHERE p = '{p}' AND r = {r} AND {where} RETURNING {returning[0]} *"
            given = {"Parameters": statement.parameters} if statement.parameters else {}
            assert await outcome(call, "ExecuteStatement", Statement=text, **given) == theirs, text
        assert await call.items("songs") == await plainly.items("songs")
        await store.close()
        await other.close()

    run(compare())
