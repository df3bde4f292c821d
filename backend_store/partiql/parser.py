"""Statements from their text and parameters to nodes.

statement = SELECT ("*" | path {"," path}) FROM source [WHERE condition] [ORDER BY order {"," order}]
          | INSERT INTO source VALUE map
          | UPDATE source (SET | REMOVE) ... {(SET | REMOVE) ...} [WHERE condition] [RETURNING what]
          | DELETE FROM source [WHERE condition] [RETURNING what]
          | EXISTS "(" SELECT ... ")"
source    = name ["." name]
what      = (ALL | MODIFIED) (OLD | NEW) "*"
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeAlias

from backend_store.partiql.lexer import malformed
from backend_store.partiql.nodes import Delete, Exists, Insert, Ordering, Returning, Select, Source, Statement, Update
from backend_store.partiql.projections import check_names_differ
from backend_store.partiql.reader import Reader, unsupported
from microdax.expressions import binding
from microdax.expressions.lexer import InvalidExpression
from microdax.expressions.nodes import Condition, Path
from microdax.expressions.scope import Scope
from microdax.expressions.syntax import ActionText, Call, Syntax, ValueText
from microdax.model.errors import ValidationException
from microdax.model.requests import Placeholders
from microdax.model.values import SetValue, Value

_RETURNING: Final[dict[tuple[str, str], Returning]] = {
    ("ALL", "OLD"): "ALL_OLD",
    ("ALL", "NEW"): "ALL_NEW",
    ("MODIFIED", "OLD"): "UPDATED_OLD",
    ("MODIFIED", "NEW"): "UPDATED_NEW",
}
_NOT_OF_DYNAMODB: Final = ("LIMIT", "GROUP", "HAVING", "JOIN")
_SET_CLAUSES: Final = {"set_add": "ADD", "set_delete": "DELETE"}
_VALUE_OPERATORS: Final = frozenset({"+", "-", "list_append"})

Unbound: TypeAlias = Callable[[], Statement]


def parse_statement(text: str, parameters: Sequence[Value] = ()) -> Statement:
    """The one statement in `text`, with `parameters` in place of its question marks; or ValidationException.

    What is wrong with the text comes before what is wrong with its parts: they are made into nodes when all is read.
    """
    reader = Reader(text, parameters)
    unbound = _Parser(reader).statement()
    reader.end()
    try:
        return unbound()
    except InvalidExpression as problem:
        raise ValidationException(str(problem)) from None


class _Parser:
    """Each method reads a kind of statement, or a part of one that has its keyword before it."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def statement(self) -> Unbound:
        kinds = {
            "SELECT": self._select,
            "INSERT": self._insert,
            "UPDATE": self._update,
            "DELETE": self._delete,
            "EXISTS": self._exists,
        }
        if self._reader.kind not in kinds:
            raise malformed("Expected data manipulation")
        return kinds[self._reader.take().kind]()

    def _select(self) -> Callable[[], Select]:
        paths = None if self._reader.accept("*") else self._projection()
        if self._reader.kind == ",":
            raise _star_and_others()
        self._reader.expect("FROM")
        source = self._source()
        where = self._where()
        order = self._order()
        self._check_no_more_clauses()
        check_names_differ(paths or ())
        return lambda: Select(source, paths, self._bound(where), order)

    def _exists(self) -> Unbound:
        self._reader.expect("(")
        self._reader.expect("SELECT")
        select = self._select()
        self._reader.expect(")")
        return lambda: Exists(select())

    def _insert(self) -> Unbound:
        self._reader.expect("INTO")
        source = self._source()
        self._reader.expect_word("VALUE")
        item = self._reader.value()
        if self._reader.kind == "RETURNING":
            raise unsupported("RETURNING in an INSERT statement")
        if not isinstance(item, dict):
            raise ValidationException("Value in an INSERT statement has to be a map of attributes")
        return lambda: Insert(source, item)

    def _update(self) -> Unbound:
        source = self._source()
        actions = list(self._actions())
        if not actions:
            raise malformed("Expected data manipulation")
        where = self._where()
        returning = self._returning()
        return lambda: Update(source, binding.bind_update(actions, self._scope()), self._bound(where), returning)

    def _delete(self) -> Unbound:
        self._reader.expect("FROM")
        source = self._source()
        where = self._where()
        returning = self._returning()
        if returning not in ("NONE", "ALL_OLD"):
            raise unsupported("a DELETE statement can return ALL OLD * only")
        return lambda: Delete(source, self._bound(where), returning)

    def _projection(self) -> tuple[Path, ...]:
        """The paths of a SELECT: each is shown by its last name, so no two may have the same."""
        paths = self._reader.separated(self._projected)
        if self._reader.kind != "FROM":
            raise unsupported("the projection of a SELECT statement has to be * or a list of document paths")
        return tuple(paths)

    def _projected(self) -> Path:
        if self._reader.kind == "*":
            raise _star_and_others()
        return self._reader.path()

    def _source(self) -> Source:
        table = self._reader.name()
        return Source(table, self._reader.name() if self._reader.accept(".") else None)

    def _where(self) -> Call | None:
        return self._reader.condition() if self._reader.accept("WHERE") else None

    def _order(self) -> tuple[Ordering, ...]:
        if not self._reader.accept("ORDER"):
            return ()
        self._reader.expect("BY")
        return tuple(self._reader.separated(self._ordering))

    def _ordering(self) -> Ordering:
        attribute = self._reader.name()
        if self._reader.accept_word("DESC"):
            return Ordering(attribute, "DESC")
        self._reader.accept_word("ASC")
        return Ordering(attribute)

    def _check_no_more_clauses(self) -> None:
        if self._reader.kind in _NOT_OF_DYNAMODB:
            raise ValidationException(f"Unsupported clause: {self._reader.kind}")

    def _returning(self) -> Returning:
        if not self._reader.accept("RETURNING"):
            return "NONE"
        which, when = self._reader.expect_word("ALL", "MODIFIED"), self._reader.expect_word("OLD", "NEW")
        self._reader.expect("*")
        return _RETURNING[which, when]

    def _actions(self) -> Iterator[ActionText]:
        while self._reader.kind in ("SET", "REMOVE"):
            read = self._assignment if self._reader.take().kind == "SET" else self._removal
            yield from self._reader.separated(read)

    def _removal(self) -> ActionText:
        return ActionText("REMOVE", self._reader.path())

    def _assignment(self) -> ActionText:
        path = self._reader.path()
        self._reader.expect("=")
        value = self._reader.new_value()
        if isinstance(value, Call) and value.operator in _SET_CLAUSES:
            return ActionText(_SET_CLAUSES[value.operator], path, self._set_operand(path, value))
        _check_new_value(value)
        return ActionText("SET", path, value)

    def _set_operand(self, path: Path, call: Call) -> ValueText:
        """The second operand of `SET path = set_add(path, set)`, which is an ADD; or of set_delete, a DELETE."""
        elements = call.operands[-1]
        if call.operands == (path, elements) and isinstance(elements, ValueText):
            value = self._reader.values[elements.placeholder]
            if isinstance(value, SetValue):
                return elements
        raise ValidationException(f"{call.operator} takes the attribute that is set, and a set")

    def _bound(self, where: Call | None) -> Condition | None:
        return None if where is None else binding.bind_condition(where, self._scope())

    def _scope(self) -> Scope:
        return Scope(Placeholders(values=self._reader.values or None))


def _star_and_others() -> ValidationException:
    return ValidationException("Other attributes should not be present in the projection when '*' is used.")


def _check_new_value(value: Syntax) -> None:
    """Whether only + and - and list_append make up the new value, which is what binding counts on."""
    if isinstance(value, Call):
        if value.operator not in _VALUE_OPERATORS:
            raise unsupported(f"{value.operator} in a SET clause")
        for operand in value.operands:
            _check_new_value(operand)
