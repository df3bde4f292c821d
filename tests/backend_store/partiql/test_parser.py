"""The grammar, from texts to nodes. What the nodes mean is tested with expressions."""

from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend_store.partiql.nodes import Delete, Exists, Insert, Ordering, Select, Source, Statement, Update
from backend_store.partiql.parser import parse_statement
from backend_store.partiql.reader import NESTING_MAX
from microdax.expressions import nodes
from microdax.expressions.nodes import Comparison, Condition, Literal, Path
from microdax.model import limits
from microdax.model.errors import ValidationException
from microdax.model.values import NumberSet, StringSet, Value

A, B, C = Path(("a",)), Path(("b",)), Path(("c",))
ONE, TWO = Literal(Decimal(1)), Literal(Decimal(2))
A_IS_1 = Comparison("=", A, ONE)
B_IS_2 = Comparison("=", B, TWO)


def where(text: str, *parameters: Value) -> Condition:
    statement = parse_statement(f"SELECT * FROM t WHERE {text}", parameters)
    assert isinstance(statement, Select)
    assert statement.where is not None
    return statement.where


def actions(text: str, *parameters: Value) -> tuple[nodes.Action, ...]:
    statement = parse_statement(f"UPDATE t {text} WHERE a = 1", parameters)
    assert isinstance(statement, Update)
    return statement.actions.actions


def literal(text: str, *parameters: Value) -> Value:
    statement = parse_statement(f"INSERT INTO t VALUE {{'v': {text}}}", parameters)
    assert isinstance(statement, Insert)
    return statement.item["v"]


def refusal(text: str, parameters: Sequence[Value] = ()) -> str:
    with pytest.raises(ValidationException) as error:
        parse_statement(text, parameters)
    return error.value.message


def malformed(text: str) -> str:
    """What is wrong with a text that is no statement."""
    head, _, problem = refusal(text).partition(": ")
    assert head == "Statement wasn't well formed, can't be processed"
    return problem


@pytest.mark.parametrize(
    ("text", "statement"),
    [
        ("SELECT * FROM t", Select(Source("t"))),
        ("select * from t;", Select(Source("t"))),
        ('SELECT * FROM "a-b"."by c"', Select(Source("a-b", "by c"))),
        ("SELECT * FROM t.i", Select(Source("t", "i"))),
        ("SELECT a, b FROM t", Select(Source("t"), (A, B))),
        ("SELECT a.b[0].\"c d\", a['e'] FROM t", Select(Source("t"), (Path(("a", "b", 0, "c d")), Path(("a", "e"))))),
        ("SELECT * FROM t WHERE a = 1", Select(Source("t"), None, A_IS_1)),
        (
            "SELECT * FROM t WHERE a = 1 ORDER BY a DESC, b ASC, c",
            Select(Source("t"), None, A_IS_1, (Ordering("a", "DESC"), Ordering("b"), Ordering("c"))),
        ),
        ("INSERT INTO t VALUE {'a': 1}", Insert(Source("t"), {"a": Decimal(1)})),
        ("insert into \"t\" value {\"a\": 'x', b: 'y'}", Insert(Source("t"), {"a": "x", "b": "y"})),
        (
            "UPDATE t SET b = 2 WHERE a = 1",
            Update(Source("t"), nodes.Update((nodes.SetAction(B, TWO),)), A_IS_1),
        ),
        (
            "UPDATE t REMOVE b WHERE a = 1 RETURNING MODIFIED OLD *",
            Update(Source("t"), nodes.Update((nodes.RemoveAction(B),)), A_IS_1, "UPDATED_OLD"),
        ),
        ("DELETE FROM t WHERE a = 1", Delete(Source("t"), A_IS_1)),
        ("DELETE FROM t", Delete(Source("t"))),
        ("delete from t where a = 1 returning all old *", Delete(Source("t"), A_IS_1, "ALL_OLD")),
        ("EXISTS(SELECT * FROM t WHERE a = 1)", Exists(Select(Source("t"), None, A_IS_1))),
    ],
)
def test_statements(text: str, statement: Statement) -> None:
    assert parse_statement(text) == statement


@pytest.mark.parametrize(
    ("said", "meant"),
    [("ALL OLD", "ALL_OLD"), ("ALL NEW", "ALL_NEW"), ("MODIFIED OLD", "UPDATED_OLD"), ("modified new", "UPDATED_NEW")],
)
def test_returning_says_what_return_values_would(said: str, meant: str) -> None:
    statement = parse_statement(f"UPDATE t SET b = 2 WHERE a = 1 RETURNING {said} *")
    assert isinstance(statement, Update)
    assert statement.returning == meant


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("a <> 1", Comparison("<>", A, ONE)),
        ("a != 1", Comparison("<>", A, ONE)),
        ("a < 1", Comparison("<", A, ONE)),
        ("1 >= a", Comparison(">=", ONE, A)),
        ("a = b", Comparison("=", A, B)),
        ("size(a) > 1", Comparison(">", nodes.Size(A), ONE)),
        ("a BETWEEN 1 AND 2", nodes.Between(A, ONE, TWO)),
        ("a NOT BETWEEN 1 AND 2", nodes.Not(nodes.Between(A, ONE, TWO))),
        ("a IN [1, 2]", nodes.In(A, (ONE, TWO))),
        ("a in (1, 2)", nodes.In(A, (ONE, TWO))),
        ("a NOT IN [1]", nodes.Not(nodes.In(A, (ONE,)))),
        ("a IS MISSING", nodes.AttributeNotExists(A)),
        ("a is not missing", nodes.AttributeExists(A)),
        ("a IS NULL", nodes.AttributeType(A, "NULL")),
        ("a IS NOT NULL", nodes.Not(nodes.AttributeType(A, "NULL"))),
        ("begins_with(a, 'x')", nodes.BeginsWith(A, Literal("x"))),
        ("Contains(a, 1)", nodes.Contains(A, ONE)),
        ("attribute_type(a, 'S')", nodes.AttributeType(A, "S")),
        ("attribute_exists(a)", nodes.AttributeExists(A)),
        ("attribute_not_exists(a)", nodes.AttributeNotExists(A)),
        ("NOT a = 1", nodes.Not(A_IS_1)),
        ("a = 1 AND b = 2 AND a = 1", nodes.And((A_IS_1, B_IS_2, A_IS_1))),
        ("a = 1 OR b = 2 AND a = 1", nodes.Or((A_IS_1, nodes.And((B_IS_2, A_IS_1))))),
        ("(a = 1 OR b = 2) AND a = 1", nodes.And((nodes.Or((A_IS_1, B_IS_2)), A_IS_1))),
        ("NOT a = 1 AND b = 2", nodes.And((nodes.Not(A_IS_1), B_IS_2))),
        ("NOT (a = 1 AND b = 2)", nodes.Not(nodes.And((A_IS_1, B_IS_2)))),
        ("((a)) = (1)", A_IS_1),
        ("(((a = 1)))", A_IS_1),
    ],
)
def test_conditions(text: str, condition: Condition) -> None:
    assert where(text) == condition


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("SET b = 1", nodes.SetAction(B, ONE)),
        ("SET b = c", nodes.SetAction(B, C)),
        ("SET b = b + 1", nodes.SetAction(B, nodes.Sum(B, ONE))),
        ("SET b = c - 1 + 2", nodes.SetAction(B, nodes.Sum(nodes.Difference(C, ONE), TWO))),
        ("SET b = (b + 1)", nodes.SetAction(B, nodes.Sum(B, ONE))),
        ("SET b = list_append(b, ['x'])", nodes.SetAction(B, nodes.ListAppend(B, Literal(["x"])))),
        ("SET b.c[2] = 1", nodes.SetAction(Path(("b", "c", 2)), ONE)),
        ("SET b = set_add(b, <<'x'>>)", nodes.AddAction(B, StringSet({"x"}))),
        ("SET b = SET_DELETE(b, <<1>>)", nodes.DeleteAction(B, NumberSet({Decimal(1)}))),
        ("REMOVE b[0]", nodes.RemoveAction(Path(("b", 0)))),
    ],
)
def test_actions(text: str, action: nodes.Action) -> None:
    assert actions(text) == (action,)


def test_clauses_follow_each_other_and_may_list_actions() -> None:
    assert actions("SET b = 1, c = 2 SET d = 1 REMOVE e, f REMOVE g") == (
        nodes.SetAction(B, ONE),
        nodes.SetAction(C, TWO),
        nodes.SetAction(Path(("d",)), ONE),
        *(nodes.RemoveAction(Path((name,))) for name in "efg"),
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("'it''s'", "it's"),
        ("-1.50", Decimal("-1.5")),
        ("+1", Decimal(1)),
        ("1e2", Decimal(100)),
        ("true", True),
        ("FALSE", False),
        ("null", None),
        ("[]", []),
        ("[1, 'a', [null]]", [Decimal(1), "a", [None]]),
        ("{}", {}),
        ("{'a': {'b': 1}}", {"a": {"b": Decimal(1)}}),
        ("<<'a', 'b'>>", StringSet({"a", "b"})),
        ("<<1, -2>>", NumberSet({Decimal(1), Decimal(-2)})),
    ],
)
def test_literals(text: str, value: Value) -> None:
    found = literal(text)
    assert (type(found), found) == (type(value), value)


def test_parameters_stand_in_for_question_marks_in_their_order_however_deep() -> None:
    assert literal("[?, {'m': ?}, '?']", b"x", StringSet({"s"})) == [b"x", {"m": StringSet({"s"})}, "?"]
    assert where("a = ? AND b = ?", Decimal(1), Decimal(2)) == nodes.And((A_IS_1, B_IS_2))


def test_an_item_may_be_a_parameter() -> None:
    assert parse_statement("INSERT INTO t VALUE ?", [{"a": "x"}]) == Insert(Source("t"), {"a": "x"})


def test_too_few_parameters_are_refused_but_not_before_the_text_is_read() -> None:
    too_few = "Number of parameters in request and statement don't match."
    assert refusal("SELECT * FROM t WHERE a = ?") == too_few
    assert refusal("SELECT * FROM t WHERE a = ? AND b = ?", ["x"]) == too_few
    assert refusal("SELECT * FROM t WHERE a = ? x").startswith("Statement wasn't well formed")


def test_too_many_parameters_are_let_pass() -> None:
    """Uncertain for Amazon's service; its own local edition does so."""
    assert parse_statement("SELECT * FROM t", ["x"]) == Select(Source("t"))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "Expected data manipulation"),
        ("SLECT * FROM t", "Expected data manipulation"),
        ("CREATE TABLE t", "Expected data manipulation"),
        ("UPDATE t WHERE a = 1", "Expected data manipulation"),
        ("UPDATE a-b SET c = 1", "Expected data manipulation"),
        ("SELECT * FROM t x", "Unexpected token after expression"),
        ("SELECT * FROM t; SELECT * FROM t", "Unexpected token after expression"),
        ("SELECT * t", "Expected FROM"),
        ("SELECT * FROM 't'", "Expected identifier"),
        ("SELECT a., b FROM t", "Expected identifier"),
        ("SELECT * FROM t WHERE", "Unexpected term"),
        ("SELECT * FROM t WHERE a = SELECT", "Unexpected keyword"),
        ("SELECT * FROM t WHERE a = 'open", "Unexpected term"),
        ("SELECT * FROM t WHERE (a = 1", "Expected RIGHT_PAREN"),
        ("SELECT * FROM t WHERE a NOT 1", "Unexpected term"),
        ("SELECT * FROM t WHERE a BETWEEN 1", "Expected AND"),
        ("SELECT * FROM t WHERE a IN 1", "Expected LEFT_BRACKET"),
        ("SELECT * FROM t WHERE a IS 1", "Expected NULL"),
        ("SELECT a[x] FROM t", "Expected NUMBER"),
        ("SELECT a[1.5] FROM t", "Unexpected path component"),
        ("INSERT INTO t {'a': 1}", "Expected VALUE"),
        ("INSERT INTO t VALUE {'a' 1}", "Expected COLON"),
        ("DELETE t WHERE a = 1", "Expected FROM"),
        ("UPDATE t SET b 1 WHERE a = 1", "Expected OPERATOR"),
        ("UPDATE t SET b = 1 WHERE a = 1 RETURNING b", "Expected ALL or MODIFIED"),
        ("UPDATE t SET b = 1 WHERE a = 1 RETURNING ALL *", "Expected OLD or NEW"),
        ("UPDATE t SET b = 1 WHERE a = 1 RETURNING ALL OLD", "Expected STAR"),
    ],
)
def test_texts_that_are_no_statements(text: str, problem: str) -> None:
    assert malformed(text) == problem


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SELECT * FROM t LIMIT 1", "Unsupported clause: LIMIT"),
        ("SELECT * FROM t GROUP BY a", "Unsupported clause: GROUP"),
        ("SELECT *, a FROM t", "Other attributes should not be present in the projection when '*' is used."),
        ("SELECT a, * FROM t", "Other attributes should not be present in the projection when '*' is used."),
        ("SELECT m.z, n.z FROM t", "Duplicate identifiers in select clause: z"),
        ("SELECT * FROM t WHERE a LIKE 'x'", "Unsupported operation: LIKE"),
        ("SELECT * FROM t WHERE utcnow() = 1", "Unsupported operation: function utcnow"),
        ("INSERT INTO t VALUE {'a': <<>>}", "Empty bags are not supported"),
        ("INSERT INTO t VALUE {'a': <<1, 1.0>>}", "Input collection contains duplicates"),
        ("INSERT INTO t VALUE {'a': <<1, 'x'>>}", "DynamoDB only supports either numbers or strings in bags"),
        ("INSERT INTO t VALUE {'a': <<?>>}", "Unsupported data type in Bag"),
        ("INSERT INTO t VALUE {'a': 1, 'a': 2}", "Input map contains duplicate attribute names"),
        (
            "INSERT INTO t VALUE {'': 1}",
            "One or more parameter values were invalid: An attribute name may not be empty",
        ),
        (
            "SELECT a[2147483648] FROM t",
            "List index is not within the allowable range; index: [2147483648]",
        ),
        ('SELECT "" FROM t', "Path component cannot be an empty string"),
        (
            "SELECT * FROM t WHERE begins_with(a, 1)",
            "Incorrect operand type for operator or function; operator or function: begins_with, operand type: N",
        ),
    ],
)
def test_statements_that_are_refused_for_what_they_ask(text: str, message: str) -> None:
    assert refusal(text) == message


@pytest.mark.parametrize(
    "text",
    [
        "SELECT a AS b FROM t",
        "SELECT COUNT(*) FROM t",
        "SELECT * FROM t WHERE a",
        "SELECT * FROM t WHERE a + 1 = 2",
        "SELECT * FROM t WHERE (a = 1) = 1",
        "SELECT * FROM t WHERE size(a = 1) = 1",
        "SELECT * FROM t WHERE list_append(a, b) = 1",
        "SELECT * FROM t WHERE NOT a",
        "SELECT * FROM t WHERE a = 1 AND b",
        "INSERT INTO t VALUE [1]",
        "INSERT INTO t VALUE {'a': 1} RETURNING ALL OLD *",
        "DELETE FROM t WHERE a = 1 RETURNING ALL NEW *",
        "UPDATE t SET b = size(c) WHERE a = 1",
        "UPDATE t SET b = (c = 1) WHERE a = 1",
        "UPDATE t SET b = set_add(c, <<1>>) WHERE a = 1",
        "UPDATE t SET b = set_add(b, 1) WHERE a = 1",
        "UPDATE t SET b = set_add(b) WHERE a = 1",
        "UPDATE t SET b = set_add(b, c) WHERE a = 1",
        "UPDATE t SET b = set_add(b, <<1>>) + 1 WHERE a = 1",
        "UPDATE t SET b = 1, b.c = 2 WHERE a = 1",
    ],
)
def test_what_dynamodb_has_not_is_refused(text: str) -> None:
    assert refusal(text)


DEEP = limits.STATEMENT_CHARS_MAX // 4


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * FROM t WHERE " + "(" * DEEP + "a = 1",
        "SELECT * FROM t WHERE " + "NOT " * DEEP + "a = 1",
        "SELECT * FROM t WHERE a = " + "size(" * (DEEP // 2),
        "UPDATE t SET a = 1" + " + 1" * DEEP + " WHERE b = 1",
        "INSERT INTO t VALUE {'a': " + "[" * DEEP,
        "INSERT INTO t VALUE " + "{'a':" * DEEP,
        "SELECT a" + ".a" * DEEP + " FROM t",
    ],
    ids=["parentheses", "not", "functions", "sums", "lists", "maps", "path"],
)
def test_nesting_is_bounded(text: str) -> None:
    assert refusal(text)


@pytest.mark.parametrize("text", ["9" * 5000, "1e" + "9" * 5000, "1." + "1" * 5000, "1e-" + "9" * 30])
def test_numbers_of_any_length_are_refused_cleanly(text: str) -> None:
    assert refusal(f"SELECT * FROM t WHERE a = {text}")
    assert refusal(f"SELECT a[{text}] FROM t")


def test_nesting_up_to_the_bound_is_read() -> None:
    assert where("(" * NESTING_MAX + "a = 1" + ")" * NESTING_MAX) == A_IS_1
    levels = limits.NESTING_LEVELS_MAX - 1
    assert literal("[" * levels + "]" * levels)


def test_a_parameter_may_not_take_an_item_past_its_levels() -> None:
    deep: Value = []
    for _ in range(limits.NESTING_LEVELS_MAX - 3):
        deep = [deep]
    assert literal("[?]", deep) == [deep]
    assert "Nesting Levels have exceeded" in refusal("INSERT INTO t VALUE {'v': [[?]]}", [deep])


@given(st.text(max_size=200))
def test_no_text_gets_past_the_grammar_by_another_exception(text: str) -> None:
    assert parsed_or_refused(text)


VOCABULARY = """
    SELECT * FROM t WHERE a b c = <> < ( ) [ ] { } << >> , . : ? ' " 1 -1 'x' "q" AND OR NOT IN BETWEEN IS MISSING NULL
    TRUE size( begins_with( list_append( set_add( UPDATE SET REMOVE DELETE INSERT INTO VALUE RETURNING ALL OLD NEW
    ORDER BY DESC EXISTS ; + - --
"""
WORDS = st.sampled_from(VOCABULARY.split())


@given(
    st.sampled_from(["", "SELECT * FROM t WHERE", "UPDATE t SET a =", "INSERT INTO t VALUE {'a':", "DELETE FROM t"]),
    st.lists(WORDS, max_size=30),
)
def test_no_words_in_disorder_get_past_the_grammar_by_another_exception(head: str, words: list[str]) -> None:
    assert parsed_or_refused(" ".join([head, *words]))


def parsed_or_refused(text: str) -> bool:
    try:
        return bool(parse_statement(text, ["x", Decimal(1), [None]]))
    except ValidationException as error:
        return bool(error.message)
