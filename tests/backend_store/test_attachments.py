import orjson

from backend_store.attachments import NO_ATTACHMENTS, Attachments, Insights, Policy, read_attachments


def test_what_is_kept_is_read_back() -> None:
    insights = {"": Insights(True, "THROTTLED_KEYS", 1.5), "by-year": Insights(False, "THROTTLED_KEYS", 2.0)}
    for attachments in (NO_ATTACHMENTS, Attachments(Policy("{}", "7")), Attachments(None, insights)):
        assert read_attachments(orjson.loads(orjson.dumps(attachments.kept()))) == attachments
