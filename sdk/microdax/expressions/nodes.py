"""Expressions as trees, ready to be evaluated: placeholders resolved, operands checked.

`parser` makes them from text; a codec whose wire carries expressions already parsed can make them as well.
Plain data: `conditions`, `updates`, `projections` and `key_conditions` say what the nodes mean.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal as Only
from typing import TypeAlias

from microdax.model.values import SetValue, Value

Step: TypeAlias = str | int
Comparator: TypeAlias = Only["=", "<>", "<", "<=", ">", ">="]


@dataclass(frozen=True, slots=True)
class Path:
    """A document path: the name of an attribute, then names in maps and indexes in lists."""

    steps: tuple[Step, ...]

    def __str__(self) -> str:
        """The path as DynamoDB's messages show it: `[a, [0], b]`."""
        return f"[{', '.join(f'[{step}]' if isinstance(step, int) else step for step in self.steps)}]"


@dataclass(frozen=True, slots=True)
class Literal:
    """A value that came with the request."""

    value: Value


@dataclass(frozen=True, slots=True)
class Size:
    """size(operand)"""

    of: Path | Literal


Operand: TypeAlias = Path | Literal | Size


@dataclass(frozen=True, slots=True)
class Comparison:
    operator: Comparator
    left: Operand
    right: Operand


@dataclass(frozen=True, slots=True)
class Between:
    operand: Operand
    low: Operand
    high: Operand


@dataclass(frozen=True, slots=True)
class In:
    operand: Operand
    choices: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class AttributeExists:
    path: Path


@dataclass(frozen=True, slots=True)
class AttributeNotExists:
    path: Path


@dataclass(frozen=True, slots=True)
class AttributeType:
    """attribute_type(operand, type), where `type` is S, N, B, BOOL, NULL, L, M, SS, NS or BS."""

    operand: Operand
    type: str


@dataclass(frozen=True, slots=True)
class BeginsWith:
    operand: Operand
    prefix: Operand


@dataclass(frozen=True, slots=True)
class Contains:
    container: Operand
    element: Operand


@dataclass(frozen=True, slots=True)
class And:
    conditions: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class Or:
    conditions: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class Not:
    condition: "Condition"


Condition: TypeAlias = (
    Comparison
    | Between
    | In
    | AttributeExists
    | AttributeNotExists
    | AttributeType
    | BeginsWith
    | Contains
    | And
    | Or
    | Not
)


@dataclass(frozen=True, slots=True)
class IfNotExists:
    """if_not_exists(path, default): the value at `path`, or else `default`."""

    path: Path
    default: "NewValue"


@dataclass(frozen=True, slots=True)
class ListAppend:
    head: "NewValue"
    tail: "NewValue"


@dataclass(frozen=True, slots=True)
class Sum:
    left: "NewValue"
    right: "NewValue"


@dataclass(frozen=True, slots=True)
class Difference:
    left: "NewValue"
    right: "NewValue"


NewValue: TypeAlias = Path | Literal | IfNotExists | ListAppend | Sum | Difference


@dataclass(frozen=True, slots=True)
class SetAction:
    path: Path
    value: NewValue


@dataclass(frozen=True, slots=True)
class RemoveAction:
    path: Path


@dataclass(frozen=True, slots=True)
class AddAction:
    path: Path
    value: Decimal | SetValue


@dataclass(frozen=True, slots=True)
class DeleteAction:
    path: Path
    elements: SetValue


Action: TypeAlias = SetAction | RemoveAction | AddAction | DeleteAction


@dataclass(frozen=True, slots=True)
class Update:
    """The actions of all clauses in the order written; their paths neither overlap nor conflict.

    `type_mismatch` is what DynamoDB says of an action on an attribute whose type it cannot change.
    """

    actions: tuple[Action, ...]
    type_mismatch: str = "An operand in the update expression has an incorrect data type"


@dataclass(frozen=True, slots=True)
class Projection:
    """Paths that neither overlap nor conflict."""

    paths: tuple[Path, ...]
