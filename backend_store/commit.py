"""The only writer of rows.

One call is one item's write inside the job that its caller runs: the row, and what has to agree with it (the table's
size, the rows of its indexes, its change log, the entry that says when the item expires), become durable together or
not at all. What the write depends on, the row as it stands and the condition on it, is read here, inside the
transaction, for jobs run one after another: nothing can come between the check and the change.

It has two halves, so that a transaction can plan all its writes before it carries out the first: `commit` is both.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import orjson

from backend_store import change_log, expiry
from backend_store.images import Image, document_of
from backend_store.indexes import IndexChange, follow, followed
from backend_store.kv.engine import Writer
from backend_store.table import Table
from backend_store.table_state import TableState, current_state, put_state
from backend_store.units import write_units
from microdax.expressions.conditions import holds
from microdax.expressions.nodes import Condition
from microdax.model.errors import ConditionalCheckFailedException
from microdax.model.replies import Change
from microdax.model.values import Key


@dataclass(frozen=True, slots=True)
class RowWrite:
    """A write as it was asked for: `change` makes the new image from the one that stands; None is no item.

    `by_service` is what nobody asked for: the deletion of an expired item.
    """

    table: Table
    key: Key
    change: Callable[[Image | None], Image | None]
    condition: Condition | None = None
    shows_item_on_failure: bool = False
    by_service: bool = False


@dataclass(frozen=True, slots=True)
class Committed:
    """What a write found and what it left. `changes` is empty where the two are the same."""

    old: Image | None
    new: Image | None
    changes: tuple[Change, ...]
    index_changes: tuple[IndexChange, ...] = ()

    @property
    def sizes_bytes(self) -> tuple[int, ...]:
        """The sizes of the images: the larger one is paid for."""
        return _sizes(self.old, self.new)


@dataclass(frozen=True, slots=True)
class Planned:
    """A write that may be carried out: what it found, what it will leave, and the table's state before it."""

    write: RowWrite
    state: TableState
    old: Image | None
    new: Image | None


def commit(writer: Writer, write: RowWrite) -> Committed:
    """Write one item, or raise: then the job has changed nothing."""
    (committed,) = carry_out(writer, (plan(writer, write),))
    return committed


def plan(writer: Writer, write: RowWrite) -> Planned:
    """Read what the write depends on and work out what it will do, or raise what forbids it; nothing is written."""
    # Read inside the transaction: the table may have been deleted or changed since the request found it in the catalog.
    state = current_state(writer, write.table)
    old = Image.of_row(writer.get(write.table.row_key(write.key)))
    # Checked inside the transaction: outside, a condition could approve a row that is already gone.
    if write.condition is not None and not holds(write.condition, old.item if old else {}):
        raise _condition_failed(write, old)
    new = write.change(old)
    if write.table.throttle is not None:
        write.table.throttle.write(write.table, write_units(_sizes(old, new)))
    return Planned(write, state, old, new)


def carry_out(writer: Writer, planned: Iterable[Planned]) -> list[Committed]:
    """Write what was planned in this job, each item at most once: then nothing has changed under a plan but states."""
    states: dict[int, TableState] = {}
    return [_carry_out(writer, one, states) for one in planned]


def _carry_out(writer: Writer, planned: Planned, states: dict[int, TableState]) -> Committed:
    """Write one item; `states` are those of the tables that this job has written to, by their numbers."""
    write, old, new = planned.write, planned.old, planned.new
    if _same(old, new):
        return Committed(old, new, ())
    table = write.table
    row_key = table.row_key(write.key)
    _put_row(writer, row_key, new)
    expiry.follow(writer, table, row_key, old, new)
    before = states.get(table.number, planned.state)
    index_changes = follow(writer, table, before, row_key, old, new)
    after = replace(before, size=before.size.after(_bytes_of(old), _bytes_of(new)))
    after = change_log.follow(writer, table, after, write.key, (old, new), by_service=write.by_service)
    if index_changes:
        after = replace(after, indexes=followed(before, index_changes))
        _meter_indexes(write.table, index_changes)
    if after != before:
        put_state(writer, table, after)
    states[table.number] = after
    return Committed(old, new, (_change(write, old, new),), index_changes)


def _sizes(*images: Image | None) -> tuple[int, ...]:
    return tuple(image.size_bytes for image in images if image is not None)


def _meter_indexes(table: Table, changes: tuple[IndexChange, ...]) -> None:
    if table.throttle is not None:
        table.throttle.follow(
            table, [(one.index, sum(write_units((size,)) for size in one.writes_bytes)) for one in changes]
        )


def _same(old: Image | None, new: Image | None) -> bool:
    if old is None or new is None:
        return old is new
    return old.document == new.document


def _put_row(writer: Writer, row_key: bytes, new: Image | None) -> None:
    if new is None:
        writer.delete(row_key)
    else:
        writer.put(row_key, new.row())


def _bytes_of(image: Image | None) -> int | None:
    return None if image is None else image.size_bytes


def _change(write: RowWrite, old: Image | None, new: Image | None) -> Change:
    return Change(write.table.name, write.key, document_of(old), document_of(new))


def _condition_failed(write: RowWrite, old: Image | None) -> ConditionalCheckFailedException:
    if old is None or not write.shows_item_on_failure:
        return ConditionalCheckFailedException()
    return ConditionalCheckFailedException(item=orjson.loads(old.document))
