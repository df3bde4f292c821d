"""What /metrics says after a known sequence of requests."""

import contextlib

from prometheus_client import generate_latest

from tests.support.assembled import TABLE, Assembled, Refusal, assembled


def value(app: Assembled, name: str, **labels: str) -> float | None:
    return app.parts.registry.get_sample_value(name, labels)


async def test_reads_are_counted_by_what_answered_them() -> None:
    app = await assembled()
    await app.put_past_us(1)
    for _ in range(3):
        await app.get()
    assert value(app, "microdax_item_reads_total", answered_by="upstream") == 1
    assert value(app, "microdax_item_reads_total", answered_by="cache") == 2
    assert value(app, "microdax_item_reads_total", answered_by="memo") == 0


async def test_what_is_kept_is_measured_in_entries_and_bytes() -> None:
    app = await assembled()
    await app.put(1, "a")
    await app.put(1, "b")
    assert value(app, "microdax_cache_entries", cache="item") == 2
    assert value(app, "microdax_cache_bytes", cache="item") == app.parts.cache.bytes_used > 0


async def test_evictions_are_counted() -> None:
    app = await assembled(item_cache_bytes=8_000)
    for number in range(50):
        await app.put(1, str(number))
    assert value(app, "microdax_cache_evictions_total") == 50 - len(app.parts.cache)


async def test_fills_are_counted_by_whether_they_could_be_kept() -> None:
    app = await assembled()
    gate = app.upstream.hold_after("GetItem")
    early = app.start_get()
    await gate.reached()
    assert value(app, "microdax_keys_in_air", why="fill") == 1
    await app.put(1)
    gate.open()
    await early
    await app.get("b")
    assert value(app, "microdax_fills_total", came="grounded") == 1
    assert value(app, "microdax_fills_total", came="in time") == 1
    assert value(app, "microdax_keys_in_air", why="fill") == 0


async def test_upstream_calls_are_counted_by_operation_and_outcome() -> None:
    app = await assembled()
    await app.put(1)
    with contextlib.suppress(Refusal):
        await app.call("Query", {"TableName": TABLE})
    assert value(app, "microdax_upstream_calls_total", operation="PutItem", outcome="ok") == 1
    assert value(app, "microdax_upstream_calls_total", operation="Query", outcome="400") == 1
    assert value(app, "microdax_upstream_seconds_total", operation="PutItem") == 0.0


async def test_the_registry_prints_in_prometheus_text_format() -> None:
    app = await assembled()
    await app.get()
    text = generate_latest(app.parts.registry).decode()
    assert '\nmicrodax_item_reads_total{answered_by="upstream"} 1.0\n' in text
    assert "\nprocess_cpu_seconds_total " in text
