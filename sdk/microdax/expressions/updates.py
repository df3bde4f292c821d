"""What an update makes of an item.

Every new value is worked out from the item as it was, then all are put in place at once. That is what DynamoDB
promises (`SET a = b, b = a` swaps) and what makes list indexes mean the same in all actions: `REMOVE l[0], l[1]`
takes the two that stood first. Elements set past the end of a list are appended in the order of their indexes.

Items are never changed: the way down to each change is copied, and all beside it is shared.
"""

from collections.abc import Collection
from decimal import Decimal

from microdax.expressions.nodes import (
    Action,
    AddAction,
    DeleteAction,
    Difference,
    IfNotExists,
    ListAppend,
    Literal,
    NewValue,
    Path,
    RemoveAction,
    SetAction,
    Sum,
    Update,
)
from microdax.expressions.paths import ABSENT, Branch, Found, lookup
from microdax.expressions.projections import project_paths
from microdax.model.errors import ValidationException
from microdax.model.values import BinarySet, Item, NumberSet, SetValue, StringSet, Value, add, subtract


def apply(update: Update, item: Item, key_names: Collection[str]) -> Item:
    """The item after `update`. One that does not exist is empty, and still is if nothing was set; no key is added."""
    check_keys(update, key_names)
    # Of an item that does not exist, DynamoDB lets anything be removed, whereas `REMOVE a.b` needs an `a` elsewhere.
    actions = [action for action in update.actions if item or isinstance(action, SetAction | AddAction)]
    for action in actions:
        _check_place(action.path, item)
    root = Branch[Found](item)
    try:
        for action in actions:
            root.grow(action.path, _outcome(action, item))
    except _TypeMismatch:
        raise ValidationException(update.type_mismatch) from None
    return _changed_map(item, root)


def touched(update: Update, item: Item) -> Item:
    """What stands in `item` at the paths that `update` touches: UPDATED_OLD of the old item, UPDATED_NEW of the new.

    At the same paths, as DynamoDB does it: an element appended by `SET l[99]` does not stand at l[99] and is not
    shown; at a removed l[0] the element that moved up is.
    """
    return project_paths((action.path for action in update.actions), item)


def check_keys(update: Update, key_names: Collection[str]) -> None:
    """Refuse an update of attributes that are part of the key."""
    for action in update.actions:
        if action.path.steps[0] in key_names:
            raise ValidationException(
                f"One or more parameter values were invalid: Cannot update attribute {action.path.steps[0]}. "
                "This attribute is part of the key"
            )


class _TypeMismatch(Exception):
    """An operand has a type that its action or function cannot take."""


def _check_place(path: Path, item: Item) -> None:
    """Refuse a path whose last step is not into a map or list that is there."""
    if len(path.steps) > 1:
        parent = lookup(Path(path.steps[:-1]), item)
        if not isinstance(parent, dict if isinstance(path.steps[-1], str) else list):
            raise ValidationException("The document path provided in the update expression is invalid for update")


def _outcome(action: Action, item: Item) -> Found:
    """What will stand at the action's path: ABSENT where nothing will."""
    if isinstance(action, SetAction):
        return _evaluated(action.value, item)
    if isinstance(action, RemoveAction):
        return ABSENT
    current = lookup(action.path, item)
    if isinstance(action, DeleteAction):
        return ABSENT if current is ABSENT else _difference(current, action.elements) or ABSENT
    return action.value if current is ABSENT else _added(current, action)


def _evaluated(value: NewValue, item: Item) -> Value:
    if isinstance(value, Literal):
        return value.value
    if isinstance(value, Path):
        found = lookup(value, item)
        if found is ABSENT:
            raise ValidationException("The provided expression refers to an attribute that does not exist in the item")
        return found
    if isinstance(value, IfNotExists):
        found = lookup(value.path, item)
        return _evaluated(value.default, item) if found is ABSENT else found
    return _combined(value, item)


def _combined(value: ListAppend | Sum | Difference, item: Item) -> Value:
    if isinstance(value, ListAppend):
        head, tail = _evaluated(value.head, item), _evaluated(value.tail, item)
        if isinstance(head, list) and isinstance(tail, list):
            return head + tail
        raise _TypeMismatch
    left, right = _evaluated(value.left, item), _evaluated(value.right, item)
    if isinstance(left, Decimal) and isinstance(right, Decimal):
        return add(left, right) if isinstance(value, Sum) else subtract(left, right)
    raise _TypeMismatch


def _added(current: Value, action: AddAction) -> Value:
    given = action.value
    if isinstance(current, Decimal) and isinstance(given, Decimal):
        return add(current, given)
    if isinstance(current, StringSet) and isinstance(given, StringSet):
        return StringSet(current | given)
    if isinstance(current, NumberSet) and isinstance(given, NumberSet):
        return NumberSet(current | given)
    if isinstance(current, BinarySet) and isinstance(given, BinarySet):
        return BinarySet(current | given)
    raise _TypeMismatch


def _difference(current: Value, elements: SetValue) -> SetValue:
    if isinstance(current, StringSet) and isinstance(elements, StringSet):
        return StringSet(current - elements)
    if isinstance(current, NumberSet) and isinstance(elements, NumberSet):
        return NumberSet(current - elements)
    if isinstance(current, BinarySet) and isinstance(elements, BinarySet):
        return BinarySet(current - elements)
    raise _TypeMismatch


def _changed(value: Value, branch: Branch[Found]) -> Found:
    """The value with the outcomes of the branch in place; where the branch ends, its outcome."""
    if not branch.children:
        return branch.end
    if isinstance(value, dict):
        return _changed_map(value, branch)
    assert isinstance(value, list), "the places of all actions were checked"
    return _changed_list(value, branch)


def _changed_map(document: Item, branch: Branch[Found]) -> Item:
    changed = dict(document)
    for name, child in branch.children.items():
        assert isinstance(name, str), "the places of all actions were checked"
        outcome = _changed(document.get(name), child)
        if outcome is ABSENT:
            changed.pop(name, None)
        else:
            changed[name] = outcome
    return changed


def _changed_list(elements: list[Value], branch: Branch[Found]) -> list[Value]:
    changed: dict[int, Found] = dict(enumerate(elements))
    for index, child in branch.children.items():
        assert isinstance(index, int), "the places of all actions were checked"
        changed[index] = _changed(elements[index] if index < len(elements) else None, child)
    return [element for index in sorted(changed) if (element := changed[index]) is not ABSENT]
