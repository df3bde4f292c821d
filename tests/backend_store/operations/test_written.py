"""The reply to one item's write."""

import orjson

from backend_store.commit import Committed
from backend_store.images import Image
from backend_store.operations.written import written
from microdax.model.replies import Change

OLD = Image(b'{"id":{"S":"a"}}', 3)
NEW = Image(b'{"id":{"S":"a"},"v":{"S":"..."}}', 2000)
CHANGE = Change("main", {"id": "a"}, OLD.document, NEW.document)
COMMITTED = Committed(OLD, NEW, (CHANGE,))


def test_a_write_that_is_asked_for_nothing_replies_nothing_and_tells_its_change() -> None:
    reply = written("main", COMMITTED, None, "NONE")
    assert (reply.body, reply.changes) == (b"{}", (CHANGE,))


def test_attributes_and_capacity_stand_in_the_reply_where_they_are_asked_for() -> None:
    reply = written("main", COMMITTED, OLD.document, "TOTAL")
    assert orjson.loads(reply.body) == {
        "Attributes": {"id": {"S": "a"}},
        "ConsumedCapacity": {"TableName": "main", "CapacityUnits": 2.0},
    }
