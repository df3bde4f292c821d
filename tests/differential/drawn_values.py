"""Values, attributes and keys for calls drawn at random, most of them right, and the table that the calls are about.

There are few of each, so that calls meet. `PROLOGUE` brings the table into the state that is always the same.
"""

from typing import Any, Final, TypeAlias

from hypothesis import strategies as st

from tests.differential.endpoint import Call, Json

Drawn: TypeAlias = st.SearchStrategy[Any]

TABLE: Final = "differential"
CREATE: Final = Call(
    "CreateTable",
    {
        "TableName": TABLE,
        "AttributeDefinitions": [
            {"AttributeName": "p", "AttributeType": "S"},
            {"AttributeName": "r", "AttributeType": "N"},
        ],
        "KeySchema": [{"AttributeName": "p", "KeyType": "HASH"}, {"AttributeName": "r", "KeyType": "RANGE"}],
        "BillingMode": "PAY_PER_REQUEST",
    },
)
KEYS: Final = [{"p": {"S": hash_key}, "r": {"N": range_key}} for hash_key in "xy" for range_key in "123"]
_START: Final[list[Json]] = [
    {**KEYS[0], "a": {"S": "ab"}, "n": {"N": "1"}, "l": {"L": [{"N": "1"}, {"S": "a"}]}},
    {**KEYS[1], "a": {"N": "2"}, "m": {"M": {"a": {"N": "1"}, "b": {"S": "b"}}}, "ns": {"NS": ["1", "2"]}},
    {**KEYS[2], "ss": {"SS": ["a", "b"]}, "b": {"B": "YWI="}, "t": {"BOOL": True}},
    {**KEYS[3], "a": {"NULL": True}, "n": {"N": "-1.5"}},
]
PROLOGUE: Final = (
    Call(
        "BatchWriteItem",
        {
            "RequestItems": {
                TABLE: [
                    *({"PutRequest": {"Item": item}} for item in _START),
                    *({"DeleteRequest": {"Key": key}} for key in KEYS[4:]),
                ]
            }
        },
    ),
)


right_values: Drawn = st.sampled_from(
    [
        {"S": "a"},
        {"S": "ab"},
        {"S": ""},
        {"N": "1"},
        {"N": "1.50"},
        {"N": "-2"},
        {"N": "1e2"},
        {"B": "YQ=="},
        {"BOOL": True},
        {"NULL": True},
        {"L": []},
        {"L": [{"N": "1"}]},
        {"M": {}},
        {"M": {"a": {"S": "a"}}},
        {"SS": ["a"]},
        {"NS": ["1", "3"]},
        {"BS": ["YQ=="]},
    ]
)
_odd_values: Drawn = st.sampled_from(
    [
        {},
        {"S": 1},
        {"N": 1},
        {"N": ""},
        {"N": "one"},
        {"N": "1" * 39},
        {"N": "1e126"},
        {"N": "1e-131"},
        {"B": "a"},
        {"NULL": False},
        {"BOOL": "maybe"},
        {"SS": []},
        {"SS": ["a", "a"]},
        {"NS": ["1", "1.0"]},
        {"BS": [""]},
        {"S": "a", "N": "1"},
        {"X": "a"},
        {"L": [{}]},
        {"M": {"a": {}}},
        "a",
        None,
    ]
)


def mostly(right: Drawn, odd: Drawn, rarity: int = 12) -> Drawn:
    """One in `rarity` is odd."""
    return st.integers(1, rarity).flatmap(lambda number: odd if number == rarity else right)


values: Drawn = mostly(right_values, _odd_values, 25)
attributes: Drawn = st.sampled_from(["a", "b", "n", "l", "m", "ns", "ss", "t", "new"])
keys: Drawn = mostly(
    st.sampled_from(KEYS),
    st.sampled_from(
        [
            {},
            {"p": {"S": "x"}},
            {"p": {"S": "x"}, "r": {"S": "1"}},
            {"p": {"S": ""}, "r": {"N": "1"}},
            {"p": {"S": "x"}, "r": {"N": "1"}, "a": {"N": "1"}},
            {"p": {"S": "x"}, "q": {"N": "1"}},
            {"p": {"S": "x"}, "r": {}},
            {"p": {"S": "z" * 2049}, "r": {"N": "1"}},
        ]
    ),
    20,
)
table_names: Drawn = mostly(st.just(TABLE), st.sampled_from(["no-such-table", "ab", "a b c", "", 1]), 40)
