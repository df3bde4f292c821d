"""TransactWriteItems, as Amazon does it."""

from typing import Any

import pytest

from tests.support.boto import Client, Json, Refused, refused, unique

ONE_ITEM = "Transaction request cannot include multiple operations on one item"
CANCELLED = "Transaction cancelled, please refer cancellation reasons for specific reasons "
INVALID = "One or more parameter values were invalid: "
FAILED: Json = {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"}
NONE: Json = {"Code": "None"}


def put(table: str, item: Json, **more: Any) -> Json:
    return {"Put": {"TableName": table, "Item": item, **more}}


def update(table: str, key: Json, expression: str, values: Json | None = None, **more: Any) -> Json:
    given = {} if values is None else {"ExpressionAttributeValues": values}
    return {"Update": {"TableName": table, "Key": key, "UpdateExpression": expression, **given, **more}}


def delete(table: str, key: Json, **more: Any) -> Json:
    return {"Delete": {"TableName": table, "Key": key, **more}}


def check(table: str, key: Json, condition: str, **more: Any) -> Json:
    return {"ConditionCheck": {"TableName": table, "Key": key, "ConditionExpression": condition, **more}}


def write(client: Client, *actions: Json, **more: Any) -> Any:
    return client.transact_write_items(TransactItems=list(actions), **more)


def refused_write(client: Client, *actions: Json, **more: Any) -> Refused:
    return refused(client.transact_write_items, TransactItems=list(actions), **more)


def reasons(client: Client, *actions: Json) -> list[Json]:
    """Those of a transaction that must be cancelled."""
    error = refused_write(client, *actions)
    assert error.code == "TransactionCanceledException"
    assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    found: list[Json] = error.response["CancellationReasons"]
    assert error.message == CANCELLED + f"[{', '.join(reason['Code'] for reason in found)}]"
    return found


def new_key() -> Json:
    return {"id": {"S": unique()}}


def new(client: Client, table: str, **more: Any) -> Json:
    """The key of an item that is there."""
    key = new_key()
    client.put_item(TableName=table, Item={**key, **more})
    return key


def found(client: Client, table: str, key: Json) -> Any:
    return client.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")


# ---- what is done


def test_all_four_actions_are_done_in_any_tables(client: Client, table: str, ranged: str) -> None:
    changed, gone, checked = (new(client, table, n={"N": "1"}) for _ in range(3))
    made, other = new_key(), {"p": {"S": unique()}, "r": {"N": "1"}}
    reply = write(
        client,
        put(table, {**made, "n": {"N": "1"}}),
        update(table, changed, "SET n = n + :n", {":n": {"N": "10"}}),
        delete(table, gone),
        check(table, checked, "attribute_exists(n)"),
        put(ranged, other),
    )
    assert {*reply} == {"ResponseMetadata"}
    assert found(client, table, made) == {**made, "n": {"N": "1"}}
    assert found(client, table, changed) == {**changed, "n": {"N": "11"}}
    assert found(client, table, gone) is None
    assert found(client, table, checked) == {**checked, "n": {"N": "1"}}
    assert found(client, ranged, other) == other


def test_a_put_replaces_the_item_whole(client: Client, table: str) -> None:
    key = new(client, table, a={"N": "1"})
    write(client, put(table, {**key, "b": {"N": "2"}}))
    assert found(client, table, key) == {**key, "b": {"N": "2"}}


def test_an_update_makes_the_item_that_is_not_there(client: Client, table: str) -> None:
    key = new_key()
    write(client, update(table, key, "SET a = if_not_exists(a, :n)", {":n": {"N": "7"}}))
    assert found(client, table, key) == {**key, "a": {"N": "7"}}


def test_a_delete_of_nothing_and_a_check_of_nothing_succeed(client: Client, table: str) -> None:
    key, checked = new_key(), new_key()
    write(client, delete(table, key), check(table, checked, "attribute_not_exists(id)"))
    assert found(client, table, key) is None
    assert found(client, table, checked) is None


def test_a_hundred_items_are_written(client: Client, table: str) -> None:
    keys = [new_key() for _ in range(100)]
    write(client, *(put(table, key) for key in keys))
    assert found(client, table, keys[0]) == keys[0]
    assert found(client, table, keys[99]) == keys[99]


def test_placeholders_are_those_of_their_action(client: Client, table: str) -> None:
    one, two = new_key(), new_key()
    write(
        client,
        update(table, one, "SET #a = :v", {":v": {"N": "1"}}, ExpressionAttributeNames={"#a": "x"}),
        update(table, two, "SET #a = :v", {":v": {"N": "2"}}, ExpressionAttributeNames={"#a": "y"}),
    )
    assert found(client, table, one) == {**one, "x": {"N": "1"}}
    assert found(client, table, two) == {**two, "y": {"N": "2"}}


def test_a_tables_arn_stands_for_its_name(client: Client, table: str) -> None:
    arn = client.describe_table(TableName=table)["Table"]["TableArn"]
    key = new_key()
    write(client, put(arn, key))
    assert found(client, table, key) == key
    error = refused_write(client, put(arn, key), delete(table, key))
    assert (error.code, error.message) == ("ValidationException", ONE_ITEM)


def test_large_items_are_deleted_whatever_they_add_up_to(client: Client, table: str) -> None:
    """What counts against the 4 MB is what the request brings. Amazon may throttle it on a young table."""
    keys = [new(client, table, v={"S": "x" * 390_000}) for _ in range(12)]
    write(client, *(delete(table, key) for key in keys))
    assert found(client, table, keys[11]) is None


def test_3_mb_are_put(client: Client, table: str) -> None:
    keys = [new_key() for _ in range(30)]
    write(client, *(put(table, {**key, "v": {"S": "x" * 100_000}}) for key in keys))
    assert len(found(client, table, keys[29])["v"]["S"]) == 100_000


# ---- what it costs


def test_a_write_costs_twice_what_it_does_alone(client: Client, table: str, ranged: str) -> None:
    """2 units for 1 KB of the larger image; the reply says which kind of units they are."""
    replaced = new(client, table, v={"S": "x" * 3000})
    checked = new(client, table)
    actions = (
        put(table, replaced),
        check(table, checked, "attribute_exists(id)"),
        put(ranged, {"p": {"S": unique()}, "r": {"N": "1"}}),
    )
    total = write(client, *actions, ReturnConsumedCapacity="TOTAL")["ConsumedCapacity"]
    assert {one["TableName"]: one for one in total} == {
        table: {"TableName": table, "CapacityUnits": 8.0, "WriteCapacityUnits": 8.0},
        ranged: {"TableName": ranged, "CapacityUnits": 2.0, "WriteCapacityUnits": 2.0},
    }
    by_index = write(client, *actions, ReturnConsumedCapacity="INDEXES")["ConsumedCapacity"]
    assert {one["TableName"]: one["Table"] for one in by_index} == {
        table: {"CapacityUnits": 4.0, "WriteCapacityUnits": 4.0},
        ranged: {"CapacityUnits": 2.0, "WriteCapacityUnits": 2.0},
    }


# ---- cancellations


@pytest.mark.parametrize("kind", ["Put", "Update", "Delete", "ConditionCheck"])
def test_a_failed_condition_cancels_and_shows_the_item_to_who_asked(client: Client, table: str, kind: str) -> None:
    item = {**new(client, table, n={"N": "5"}), "n": {"N": "5"}}
    key, made = {"id": item["id"]}, new_key()
    for wish, more in (("ALL_OLD", {"Item": item}), ("NONE", {})):
        condition = {
            "ConditionExpression": "#n = :n",
            "ExpressionAttributeNames": {"#n": "n"},
            "ReturnValuesOnConditionCheckFailure": wish,
            "ExpressionAttributeValues": {":n": {"N": "6"}},
        }
        action = {
            "Put": {"Put": {"TableName": table, "Item": key, **condition}},
            "Update": {"Update": {"TableName": table, "Key": key, "UpdateExpression": "SET n = :n", **condition}},
            "Delete": {"Delete": {"TableName": table, "Key": key, **condition}},
            "ConditionCheck": {"ConditionCheck": {"TableName": table, "Key": key, **condition}},
        }[kind]
        assert reasons(client, put(table, made), action) == [NONE, {**FAILED, **more}]
    assert found(client, table, key) == item
    assert found(client, table, made) is None


def test_there_is_no_item_to_show_where_there_is_none(client: Client, table: str) -> None:
    action = check(table, new_key(), "attribute_exists(id)", ReturnValuesOnConditionCheckFailure="ALL_OLD")
    assert reasons(client, action) == [FAILED]


def test_all_failed_conditions_are_told_in_the_order_of_the_actions(client: Client, table: str) -> None:
    there, absent = new(client, table), "attribute_not_exists(id)"
    assert reasons(
        client,
        put(table, new_key()),
        put(table, new_key(), ConditionExpression=absent),
        check(table, new_key(), "attribute_exists(id)"),
        put(table, there, ConditionExpression=absent),
    ) == [NONE, NONE, FAILED, FAILED]


@pytest.mark.parametrize(
    ("expression", "values", "message"),
    [
        ("SET a = b", None, "The provided expression refers to an attribute that does not exist in the item"),
        ("SET n.x = n", None, "The document path provided in the update expression is invalid for update"),
        ("SET n = n + s", None, "An operand in the update expression has an incorrect data type"),
        ("ADD s :n", {":n": {"N": "1"}}, "An operand in the update expression has an incorrect data type"),
        (
            "SET n = n + :n",
            {":n": {"N": "9" * 38 + "0" * 87}},
            "Number overflow. Attempting to store a number with magnitude larger than supported range",
        ),
        (
            "SET v = :v, w = :v",
            {":v": {"S": "x" * 210_000}},
            "Item size to update has exceeded the maximum allowed size",
        ),
    ],
)
def test_what_the_item_does_not_allow_is_the_reason_of_its_action(
    client: Client, table: str, expression: str, values: Json | None, message: str
) -> None:
    """The API reference lists these messages; Amazon's end without the full stop."""
    key = new(client, table, n={"N": "1"}, s={"S": "text"})
    assert reasons(client, put(table, new_key()), update(table, key, expression, values)) == [
        NONE,
        {"Code": "ValidationError", "Message": message},
    ]


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (
            {"Put": {"Item": {"id": {"N": "7"}}}},
            INVALID + "Type mismatch for key id expected: S actual: N",
        ),
        ({"Put": {"Item": {"a": {"N": "7"}}}}, INVALID + "Missing the key id in the item"),
        ({"Delete": {"Key": {"id": {"N": "7"}}}}, "The provided key element does not match the schema"),
        (
            {"Update": {"Key": {"other": {"S": "a"}}, "UpdateExpression": "REMOVE a"}},
            "The provided key element does not match the schema",
        ),
        (
            {"ConditionCheck": {"Key": {"id": {"B": b"a"}}, "ConditionExpression": "attribute_exists(id)"}},
            "The provided key element does not match the schema",
        ),
        (
            {"Delete": {"Key": {"id": {"S": "x" * 2049}}}},
            INVALID + "Size of hashkey has exceeded the maximum size limit of2048 bytes",
        ),
    ],
    ids=["put of another type", "put without", "delete", "update", "check", "too long"],
)
def test_a_key_that_is_none_of_the_table_is_the_one_reason(
    client: Client, table: str, action: Json, message: str
) -> None:
    """It is found before any condition is looked at, and what is behind it is not looked at.

    Which message a put has in a transaction is not certain.
    """
    ((kind, members),) = action.items()
    told = reasons(
        client,
        check(table, new_key(), "attribute_exists(id)"),
        {kind: {"TableName": table, **members}},
        put(table, {"id": {"N": "8"}}),
    )
    assert [reason["Code"] for reason in told] == ["None", "ValidationError", "None"]
    assert told[1]["Message"] in (message, "The provided key element does not match the schema")


# ---- refusals of the request


@pytest.mark.parametrize("kinds", ["put put", "put delete", "delete put", "put check", "update check", "check check"])
def test_an_item_is_named_once(client: Client, table: str, kinds: str) -> None:
    key = new_key()
    actions = {
        "put": put(table, key),
        "delete": delete(table, key),
        "update": update(table, key, "REMOVE a"),
        "check": check(table, key, "attribute_not_exists(id)"),
    }
    error = refused_write(client, put(table, new_key()), *(actions[kind] for kind in kinds.split()))
    assert (error.code, error.message) == ("ValidationException", ONE_ITEM)
    assert found(client, table, key) is None


def test_an_item_is_named_once_however_its_key_is_spelt(client: Client, ranged: str) -> None:
    text = {"S": unique()}
    error = refused_write(
        client, put(ranged, {"p": text, "r": {"N": "1"}}), delete(ranged, {"r": {"N": "1.0"}, "p": text})
    )
    assert (error.code, error.message) == ("ValidationException", ONE_ITEM)


def test_a_missing_table_is_told_before_an_item_that_is_named_twice(client: Client, table: str) -> None:
    key, missing = new_key(), unique("conformance")
    error = refused_write(client, put(table, key), put(missing, key), delete(missing, key))
    assert (error.code, error.message) == ("ResourceNotFoundException", "Requested resource not found")
    assert found(client, table, key) is None


@pytest.mark.parametrize(
    "action",
    [
        {"Put": {"Item": {"id": {"S": ""}}}},
        {"Update": {"Key": {"id": {"S": ""}}, "UpdateExpression": "REMOVE a"}},
        {"Delete": {"Key": {"id": {"S": ""}}}},
        {"ConditionCheck": {"Key": {"id": {"S": ""}}, "ConditionExpression": "attribute_exists(id)"}},
    ],
    ids=["put", "update", "delete", "check"],
)
def test_an_empty_key_refuses_the_request(client: Client, table: str, action: Json) -> None:
    """Of an update that is certain."""
    ((kind, members),) = action.items()
    error = refused_write(client, {kind: {"TableName": table, **members}})
    assert (error.code, error.message) == (
        "ValidationException",
        "One or more parameter values are not valid. "
        "The AttributeValue for a key attribute cannot contain an empty string value. Key: id",
    )


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (
            {"ConditionExpression": "hello!"},
            'Invalid ConditionExpression: Syntax error; token: "!", near: "hello!"',
        ),
        ({"ConditionExpression": ""}, "Invalid ConditionExpression: The expression can not be empty;"),
        (
            {"ConditionExpression": "attribute_exists(#xyz)"},
            "Invalid ConditionExpression: An expression attribute name used in the document path is not defined; "
            "attribute name: #xyz",
        ),
        (
            {"ConditionExpression": "id = :xyz"},
            "Invalid ConditionExpression: An expression attribute value used in expression is not defined; "
            "attribute value: :xyz",
        ),
        (
            {"ConditionExpression": "attribute_exists(id)", "ExpressionAttributeNames": {"#xyz": "x"}},
            "Value provided in ExpressionAttributeNames unused in expressions: keys: {#xyz}",
        ),
        (
            {"ConditionExpression": "attribute_exists(id)", "ExpressionAttributeValues": {":xyz": {"N": "7"}}},
            "Value provided in ExpressionAttributeValues unused in expressions: keys: {:xyz}",
        ),
        (
            {"ConditionExpression": "attribute_exists(id)", "ExpressionAttributeValues": {}},
            "ExpressionAttributeValues must not be empty",
        ),
        (
            {"ConditionExpression": "attribute_exists(id)", "ExpressionAttributeNames": {}},
            "ExpressionAttributeNames must not be empty",
        ),
    ],
)
def test_what_is_wrong_with_a_condition_refuses_the_request(
    client: Client, table: str, more: Json, message: str
) -> None:
    """Of the request, not as the reason of an action."""
    key = new_key()
    error = refused_write(client, put(table, key), put(table, new_key(), **more))
    assert (error.code, error.message) == ("ValidationException", message)
    assert found(client, table, key) is None


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("", "Invalid UpdateExpression: The expression can not be empty;"),
        (
            "SET a = b SET b = a",
            'Invalid UpdateExpression: The "SET" section can only be used once in an update expression;',
        ),
        (
            "SET a = :v",
            "Invalid UpdateExpression: An expression attribute value used in expression is not defined; "
            "attribute value: :v",
        ),
        ("SET id = a", INVALID + "Cannot update attribute id. This attribute is part of the key"),
    ],
)
def test_what_is_wrong_with_an_update_refuses_the_request(
    client: Client, table: str, expression: str, message: str
) -> None:
    """That the update of a key refuses the request, not its action, is not certain."""
    error = refused_write(client, update(table, new_key(), expression))
    assert (error.code, error.message) == ("ValidationException", message)


def test_names_and_values_without_an_expression_are_let_pass(client: Client, table: str) -> None:
    """Other than in the operations of one item; an implementation that was compared with Amazon's says so."""
    unused = {"ExpressionAttributeNames": {"#a": "a"}, "ExpressionAttributeValues": {":a": {"N": "1"}}}
    key = new_key()
    write(client, put(table, key, **unused), delete(table, new_key(), **unused))
    assert found(client, table, key) == key


@pytest.mark.parametrize(("number", "bound"), [(0, "greater than or equal to 1"), (101, "less than or equal to 100")])
def test_1_to_100_actions_are_done(client: Client, table: str, number: int, bound: str) -> None:
    error = refused_write(client, *(put(table, {"id": {"S": str(n)}}) for n in range(number)))
    assert error.code == "ValidationException"
    assert error.message.startswith("1 validation error detected: Value '[")
    assert error.message.endswith(f"' at 'transactItems' failed to satisfy constraint: Member must have length {bound}")


def test_an_element_has_one_action(client: Client, table: str) -> None:
    both = {**put(table, new_key()), **delete(table, new_key())}
    error = refused_write(client, both)
    assert (error.code, error.message) == (
        "ValidationException",
        "TransactItems can only contain one of Check, Put, Update or Delete",
    )


def test_an_element_without_an_action_is_refused(client: Client) -> None:
    """The message is that of Amazon's DAX client; the service's own is not certain."""
    assert refused_write(client, {}).code == "ValidationException"


@pytest.mark.parametrize(
    ("action", "missing"),
    [
        ({"Put": {"TableName": "films"}}, "put.item"),
        ({"Update": {"TableName": "films", "Key": {"id": {"S": "a"}}}}, "update.updateExpression"),
        ({"Update": {"TableName": "films", "UpdateExpression": "REMOVE a"}}, "update.key"),
        ({"Delete": {"TableName": "films"}}, "delete.key"),
        ({"ConditionCheck": {"TableName": "films", "Key": {"id": {"S": "a"}}}}, "conditionCheck.conditionExpression"),
        ({"Delete": {"Key": {"id": {"S": "a"}}}}, "delete.tableName"),
    ],
)
def test_members_that_are_missing_are_named_with_their_place(client: Client, action: Json, missing: str) -> None:
    error = refused_write(client, put("films", new_key()), action)
    assert (error.code, error.message) == (
        "ValidationException",
        f"1 validation error detected: Value null at 'transactItems.2.member.{missing}' "
        "failed to satisfy constraint: Member must not be null",
    )


def test_several_violations_are_told_together(client: Client) -> None:
    error = refused_write(client, ReturnConsumedCapacity="hi", ReturnItemCollectionMetrics="hi")
    assert (error.code, error.message) == (
        "ValidationException",
        "3 validation errors detected: "
        "Value 'hi' at 'returnConsumedCapacity' failed to satisfy constraint: "
        "Member must satisfy enum value set: [INDEXES, TOTAL, NONE]; "
        "Value 'hi' at 'returnItemCollectionMetrics' failed to satisfy constraint: "
        "Member must satisfy enum value set: [SIZE, NONE]; "
        "Value '[]' at 'transactItems' failed to satisfy constraint: "
        "Member must have length greater than or equal to 1",
    )


@pytest.mark.parametrize("wish", ["none", "ALL_NEW"])
def test_an_unknown_wish_refuses_the_request(client: Client, table: str, wish: str) -> None:
    error = refused_write(client, put(table, new_key(), ReturnValuesOnConditionCheckFailure=wish))
    assert error.code == "ValidationException"
    assert "'transactItems.1.member.put.returnValuesOnConditionCheckFailure'" in error.message


def test_wrong_json_types_are_told_as_such(client: Client, table: str) -> None:
    action = put(table, new_key(), ConditionExpression="a = b", ExpressionAttributeNames={"#x": 7})
    assert refused_write(client, action).code == "SerializationException"


def test_an_item_that_is_too_large_refuses_the_request(client: Client, table: str) -> None:
    error = refused_write(client, put(table, {**new_key(), "v": {"S": "x" * 410_000}}))
    assert (error.code, error.message) == ("ValidationException", "Item size has exceeded the maximum allowed size")


def test_a_request_that_brings_more_than_4_mb_is_refused(client: Client, table: str) -> None:
    """The message has these words; the rest of it is not certain."""
    actions = [put(table, {**new_key(), "v": {"S": "x" * 100_000}}) for _ in range(50)]
    error = refused_write(client, *actions)
    assert error.code == "ValidationException"
    assert "size cannot exceed" in error.message


# ---- tokens


def counted(client: Client, table: str, key: Json) -> str:
    number: str = found(client, table, key)["n"]["N"]
    return number


def count(table: str, key: Json) -> Json:
    return update(table, key, "ADD n :one", {":one": {"N": "1"}})


def test_without_a_token_of_its_own_each_request_is_another_one(client: Client, table: str) -> None:
    key = new(client, table)
    for _ in range(2):
        write(client, count(table, key))
    assert counted(client, table, key) == "2"


def test_with_one_token_it_is_done_once(client: Client, table: str) -> None:
    key, token = new(client, table), unique("t")[:36]
    for _ in range(3):
        write(client, count(table, key), ClientRequestToken=token)
    assert counted(client, table, key) == "1"
    write(client, count(table, key), ClientRequestToken=unique("t")[:36])
    assert counted(client, table, key) == "2"


def test_a_repeated_request_succeeds_though_its_condition_does_not_hold_any_more(client: Client, table: str) -> None:
    creation, token = put(table, new_key(), ConditionExpression="attribute_not_exists(id)"), unique("t")[:36]
    for _ in range(2):
        write(client, creation, ClientRequestToken=token)
    assert reasons(client, creation) == [FAILED]


def test_a_repeated_request_costs_reads(client: Client, table: str) -> None:
    """2 units for 4 KB, where the first had cost 2 for 1 KB."""
    action, token = put(table, {**new_key(), "v": {"S": "x" * 1500}}), unique("t")[:36]
    first, second = (
        write(client, action, ClientRequestToken=token, ReturnConsumedCapacity="TOTAL")["ConsumedCapacity"]
        for _ in range(2)
    )
    assert first == [{"TableName": table, "CapacityUnits": 4.0, "WriteCapacityUnits": 4.0}]
    assert second == [{"TableName": table, "CapacityUnits": 2.0, "ReadCapacityUnits": 2.0}]


def test_what_shall_be_told_may_change_with_a_token(client: Client, table: str) -> None:
    key, token = new(client, table), unique("t")[:36]
    write(client, count(table, key), ClientRequestToken=token)
    assert "ConsumedCapacity" in write(
        client, count(table, key), ClientRequestToken=token, ReturnConsumedCapacity="INDEXES"
    )
    assert counted(client, table, key) == "1"


def test_the_token_of_another_request_is_refused(client: Client, table: str) -> None:
    key, other, token = new(client, table), new_key(), unique("t")[:36]
    write(client, count(table, key), ClientRequestToken=token)
    error = refused_write(client, count(table, other), ClientRequestToken=token)
    assert error.code == "IdempotentParameterMismatchException"
    assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert found(client, table, other) is None


def test_a_cancelled_transaction_leaves_its_token_free(client: Client, table: str) -> None:
    key, guard, token = new(client, table), new_key(), unique("t")[:36]
    actions = (count(table, key), check(table, guard, "attribute_exists(id)"))
    assert refused_write(client, *actions, ClientRequestToken=token).code == "TransactionCanceledException"
    client.put_item(TableName=table, Item=guard)
    write(client, *actions, ClientRequestToken=token)
    assert counted(client, table, key) == "1"


@pytest.mark.parametrize(
    ("token", "bound"), [("", "greater than or equal to 1"), ("x" * 37, "less than or equal to 36")]
)
def test_a_token_has_1_to_36_characters(client: Client, table: str, token: str, bound: str) -> None:
    error = refused_write(client, put(table, new_key()), ClientRequestToken=token)
    assert (error.code, error.message) == (
        "ValidationException",
        f"1 validation error detected: Value '{token}' at 'clientRequestToken' failed to satisfy constraint: "
        f"Member must have length {bound}",
    )
