"""Random histories of a store, and a model of what it must hold: a dict of items by key for each table.

What an expression means is `expressions`' own matter and tested there. A history is made of steps; the model says how
each must end, and what is there afterwards.
"""

from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, TypeAlias

from hypothesis import strategies as st

from tests.support.indexes import IndexSpec

Json: TypeAlias = dict[str, Any]
Key: TypeAlias = tuple[str, int]
Rows: TypeAlias = dict[Key, Json]

TABLES = ("one", "two")
PARTITIONS = ("a", "b", "")  # the empty one is refused: keys may not be empty
NUMBERS = (-10, -1, 0, 2, 9, 10)
INDEX = IndexSpec("global", "by_n", ("n:N", "r:N"), "KEYS_ONLY")  # of the items that an update has come to
INDEXED = ("p", "r", "n")
CONDITIONAL = ("put", "delete", "update")
STATEMENTS = ("insert", "set", "remove")
KEYED = (*CONDITIONAL, *STATEMENTS, "batch", "query")


OPERATIONS = (
    *("put", "put", "put", "delete", "update", "update", "batch", "query", "scan"),
    *("create", "create", "drop", "describe", "reopen", "index", "index query", "index query"),
    *("insert", "set", "set", "remove", "transact", "transact", "transact"),
    *("second", "second", "back up", "restore", "restore past", "restore past"),
)


@dataclass(frozen=True, slots=True)
class Step:
    """One operation: what it is called and what it is about. A transaction has actions, which are steps."""

    operation: str
    table: str
    key: Key
    value: int
    is_conditional: bool
    actions: "tuple[Step, ...]" = ()

    @property
    def item(self) -> Json:
        return item_of(self.key, self.value)


@dataclass(frozen=True, slots=True)
class Moment:
    """What a table held when its backup `name` was made, or at the end of a second that `name` tells."""

    name: str
    rows: Rows
    is_indexed: bool


def key_of(key: Key) -> Json:
    return {"p": {"S": key[0]}, "r": {"N": str(key[1])}}


def item_of(key: Key, value: int) -> Json:
    return {**key_of(key), "v": {"S": "x" * value}}


# ---- what happens


keys = st.tuples(st.sampled_from(PARTITIONS), st.sampled_from(NUMBERS))
actions = st.builds(
    Step,
    operation=st.sampled_from(("put", "delete", "update", "check")),
    table=st.sampled_from(("one", "one", "one", "two")),
    key=st.tuples(st.sampled_from(("a", "a", "a", "b", "b", "b", "")), st.sampled_from(NUMBERS)),
    value=st.integers(0, 3),
    is_conditional=st.sampled_from((False, False, True)),
)


def _item_named(action: Step) -> tuple[str, Key]:
    return action.table, action.key


def _transaction(actions: list[Step]) -> Step:
    return replace(actions[0], operation="transact", actions=tuple(actions))


transactions = st.lists(actions, min_size=1, max_size=5, unique_by=_item_named).map(_transaction)


@cache
def _steps(operation: str) -> st.SearchStrategy[Step]:
    if operation == "transact":
        return transactions
    return st.builds(
        Step,
        operation=st.just(operation),
        table=st.sampled_from(TABLES),
        key=keys,
        value=st.integers(0, 3),
        is_conditional=st.sampled_from((False, False, True)),
    )


histories = st.lists(st.sampled_from(OPERATIONS).flatmap(_steps), min_size=20, max_size=55)

# Enough items for pages and for something to be left behind, and moments to come back to, before anything random.
PROLOGUE = [
    Step("create", "one", ("a", 0), 0, False),
    *(Step("put", "one", ("a", number), 1, False) for number in NUMBERS),
    *(Step("update", "one", ("a", number), number % 3, False) for number in NUMBERS),
    Step("second", "one", ("a", 0), 0, False),
    Step("index", "one", ("a", 0), 0, False),
    Step("back up", "one", ("a", 0), 0, False),
]


# ---- what must come of it


@dataclass(slots=True)
class Model:
    """What the store must hold, and has held."""

    tables: dict[str, Rows] = field(default_factory=dict[str, Rows])
    indexed: set[str] = field(default_factory=set[str])
    backups: list[Moment] = field(default_factory=list[Moment])
    past: dict[str, list[Moment]] = field(default_factory=dict[str, list[Moment]])

    def refusal(self, step: Step) -> str | None:
        """The error that this step must end with."""
        if step.operation in ("reopen", "second", "restore"):
            return None
        if step.operation == "create":
            return "ResourceInUseException" if step.table in self.tables else None
        if step.operation == "transact":
            return self._transaction_refusal(step)
        if step.table not in self.tables:
            is_copied = step.operation in ("back up", "restore past")
            return "TableNotFoundException" if is_copied else "ResourceNotFoundException"
        if step.operation == "index query" and step.table not in self.indexed:
            return "ValidationException"
        if step.key[0] == "" and step.operation in KEYED:
            return "ValidationException"
        return self.reason(step)

    def reason(self, step: Step) -> str | None:
        """What of the item forbids a write."""
        is_there = step.key in self.tables[step.table]
        match step.operation:
            case "insert":
                return "DuplicateItemException" if is_there else None
            case "check":
                is_refused = is_there != step.is_conditional
            case "set":
                is_refused = not is_there
            case _:
                is_refused = step.operation in CONDITIONAL and step.is_conditional and not is_there
        return "ConditionalCheckFailedException" if is_refused else None

    def reasons(self, step: Step) -> list[str]:
        """The codes of a transaction's reasons to be cancelled."""
        return ["ConditionalCheckFailed" if self.reason(action) else "None" for action in step.actions]

    def after(self, step: Step) -> Json | None:
        """The item that a write leaves."""
        if step.operation in ("delete", "remove"):
            return None
        if step.operation in ("put", "insert"):
            return step.item
        old = self.tables[step.table].get(step.key)
        if step.operation == "check":
            return old
        return {**(old or key_of(step.key)), "n": {"N": str(self._number(step, old or {}))}}

    def set(self, table: str, key: Key, item: Json | None) -> None:
        if item is None:
            self.tables[table].pop(key, None)
        else:
            self.tables[table][key] = item

    def create(self, table: str) -> None:
        self.tables[table] = {}
        self.past[table] = []

    def drop(self, table: str) -> None:
        del self.tables[table], self.past[table]
        self.indexed.discard(table)

    def moment(self, table: str, name: str) -> Moment:
        """What a table holds now, to be told later by that name."""
        return Moment(name, dict(self.tables[table]), table in self.indexed)

    def past_moment(self, step: Step, now: int) -> Moment:
        """One of what a table held at the ends of seconds, now among them; its indexes are those that it has."""
        if step.table not in self.tables:
            return Moment(str(now), {}, False)
        moments = [*self.past[step.table], self.moment(step.table, str(now))]
        return replace(moments[step.value % len(moments)], is_indexed=step.table in self.indexed)

    def note(self, second: int) -> None:
        """The second is over: what all tables hold now is what they held in it."""
        for table, moments in self.past.items():
            moments.append(self.moment(table, str(second)))

    def _number(self, step: Step, old: Json) -> int:
        """An update adds to the number, a statement sets it."""
        return step.value if step.operation == "set" else int(old.get("n", {"N": "0"})["N"]) + step.value

    def _transaction_refusal(self, step: Step) -> str | None:
        """Actions are looked at in their order; what they say themselves comes before what the items say."""
        for action in step.actions:
            if action.table not in self.tables:
                return "ResourceNotFoundException"
            if action.key[0] == "":
                return "ValidationException"
        return "TransactionCanceledException" if any(map(self.reason, step.actions)) else None
