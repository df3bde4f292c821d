"""Where a setting comes from, what it may be, and what is said about one that may not be."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError

from accelerator.settings import ServeSettings, SettingsError, StoreSettings, flag, load, variable


@pytest.fixture(autouse=True)
def nobody_elses_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """A working directory without microdax.toml, an environment without MICRODAX_ variables."""
    for name in list(os.environ):
        if name.startswith("MICRODAX_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    yield


def test_defaults_are_what_the_readme_promises() -> None:
    settings = load(ServeSettings, {})
    assert (settings.host, settings.http_port, settings.data) == ("127.0.0.1", 8000, Path("data"))
    assert (settings.upstream, settings.item_ttl_s, settings.eviction) == (None, 300.0, "s3fifo")
    store = load(StoreSettings, {})
    assert (store.host, store.port, store.data) == ("127.0.0.1", 8001, Path("data"))


def test_a_flag_beats_a_variable_beats_the_file_beats_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load(ServeSettings, {}).http_port == 8000
    Path("microdax.toml").write_text("http_port = 1")
    assert load(ServeSettings, {}).http_port == 1
    monkeypatch.setenv("MICRODAX_HTTP_PORT", "2")
    assert load(ServeSettings, {}).http_port == 2
    assert load(ServeSettings, {"http_port": "3"}).http_port == 3


def test_the_file_is_the_named_one_then_the_variables_then_the_one_at_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    for number, name in enumerate(("microdax.toml", "variable.toml", "flag.toml")):
        Path(name).write_text(f"http_port = {number}")
    assert load(ServeSettings, {}).http_port == 0
    monkeypatch.setenv("MICRODAX_CONFIG", "variable.toml")
    assert load(ServeSettings, {}).http_port == 1
    assert load(ServeSettings, {}, Path("flag.toml")).http_port == 2


def test_the_store_has_its_own_table_and_prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("microdax.toml").write_text('data = "cached"\n[store]\ndata = "stored"\nport = 1')
    monkeypatch.setenv("MICRODAX_STORE_PORT", "2")
    assert load(StoreSettings, {}) == StoreSettings(data=Path("stored"), port=2)
    assert load(ServeSettings, {}) == ServeSettings(data=Path("cached"))


def test_no_option_of_serve_looks_like_one_of_the_stores() -> None:
    assert not any(name.startswith("store_") for name in ServeSettings.model_fields)


def test_an_instance_made_by_hand_reads_nothing_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MICRODAX_HTTP_PORT", "2")
    Path("microdax.toml").write_text("http_port = 1")
    assert ServeSettings().http_port == 8000


def test_an_instance_cannot_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        ServeSettings().http_port = 1


def test_an_empty_variable_is_none_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MICRODAX_UPSTREAM", "")
    assert load(ServeSettings, {}).upstream is None


@pytest.mark.parametrize("name", list(ServeSettings.model_fields))
def test_every_option_of_serve_can_be_a_variable(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = {"upstream": "http://127.0.0.1:8001", "table_ttls": "orders=60", "host": "::1", "data": "elsewhere"}
    texts |= {"region": "eu-west-1", "eviction": "lru", "log_level": "debug", "enforce_throughput": "true"}
    monkeypatch.setenv(variable(ServeSettings, name), texts.get(name, "7"))
    assert getattr(load(ServeSettings, {}), name) != getattr(ServeSettings(), name)


@pytest.mark.parametrize(
    ("text", "size"),
    [("1", 1), ("64KiB", 64 * 1024), ("256MiB", 256 * 1024**2), ("1.5 gib", 3 * 1024**3 // 2), ("2GiB", 2 * 1024**3)],
)
def test_sizes_take_units(text: str, size: int) -> None:
    assert load(ServeSettings, {"item_cache_bytes": text}).item_cache_bytes == size


def test_sizes_in_the_file_are_numbers_or_have_units() -> None:
    Path("microdax.toml").write_text('item_cache_bytes = 1024\nmemo_bytes = "1MiB"')
    settings = load(ServeSettings, {})
    assert (settings.item_cache_bytes, settings.memo_bytes) == (1024, 1024**2)


def test_table_ttls_are_pairs_in_a_flag_and_a_table_in_the_file() -> None:
    expected = {"orders": 60.0, "users": 0.5}
    assert load(ServeSettings, {"table_ttls": "orders=60, users=0.5"}).table_ttls == expected
    Path("microdax.toml").write_text("[table_ttls]\norders = 60\nusers = 0.5")
    assert load(ServeSettings, {}).table_ttls == expected


def test_only_an_upstream_needs_time_to_settle() -> None:
    upstream = "http://127.0.0.1:8001"
    assert ServeSettings().settling_s == 0
    assert ServeSettings(upstream=upstream).settling_s == ServeSettings.UPSTREAM_SETTLE_S
    assert ServeSettings(upstream=upstream, settle_s=0).settling_s == 0
    assert ServeSettings(settle_s=1).settling_s == 1


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("http_port", "-1"),
        ("http_port", "65536"),
        ("http_port", "http"),
        ("item_cache_bytes", "0"),
        ("item_cache_bytes", "lots"),
        ("item_cache_bytes", "5MB"),
        ("item_ttl_s", "0"),
        ("item_ttl_s", "nan"),
        ("item_ttl_s", "inf"),
        ("settle_s", "-1"),
        ("table_ttls", "orders"),
        ("table_ttls", "=5"),
        ("eviction", "random"),
        ("upstream", "dynamodb.eu-west-1.amazonaws.com"),
        ("upstream", "http://host/path"),
        ("upstream_connections", "0"),
        ("region", ""),
        ("log_level", "loud"),
    ],
)
def test_a_bad_value_is_refused_in_one_line_that_names_its_flag_and_the_value(name: str, text: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load(ServeSettings, {name: text})
    assert str(refused.value).startswith(f"{flag(name)}: ")
    assert "\n" not in str(refused.value)
    assert text in str(refused.value)


def test_a_bad_time_to_live_is_refused_with_the_name_of_its_table() -> None:
    with pytest.raises(SettingsError, match=r"^--table-ttls, orders: .*'soon'$"):
        load(ServeSettings, {"table_ttls": "users=1,orders=soon"})


def test_a_bad_value_is_refused_under_the_name_by_which_it_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("microdax.toml").write_text('http_port = "x"')
    with pytest.raises(SettingsError, match=r"^http_port in microdax\.toml: "):
        load(ServeSettings, {})
    monkeypatch.setenv("MICRODAX_HTTP_PORT", "y")
    with pytest.raises(SettingsError, match=r"^MICRODAX_HTTP_PORT: .*'y'$"):
        load(ServeSettings, {})


@pytest.mark.parametrize("model", [ServeSettings, StoreSettings])
@pytest.mark.parametrize("name", ["MICRODAX_HTTPPORT", "MICRODAX_STORE_HTTP_PORT", "MICRODAX_SETTLE"])
def test_an_unknown_variable_is_refused(
    model: type[ServeSettings] | type[StoreSettings], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "1")
    with pytest.raises(SettingsError, match=f"^unknown environment variable {name}$"):
        load(model, {})


def test_the_sdks_variable_is_not_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MICRODAX_ENDPOINT", "http://127.0.0.1:8000")
    assert load(ServeSettings, {}) == ServeSettings()


def test_an_unknown_name_in_the_file_is_refused_in_either_part() -> None:
    Path("microdax.toml").write_text("port = 1\n[store]\nhttp_port = 1")
    with pytest.raises(SettingsError, match=r"^unknown option 'port' in microdax\.toml$"):
        load(ServeSettings, {})
    with pytest.raises(SettingsError, match=r"^unknown option 'http_port' in microdax\.toml$"):
        load(StoreSettings, {})


@pytest.mark.parametrize(
    ("text", "message"),
    [("http_port = ", "is not TOML"), ("store = 1", "should be a table"), ("\xff", "is not TOML")],
)
def test_a_file_that_cannot_be_understood_is_refused(text: str, message: str) -> None:
    Path("microdax.toml").write_bytes(text.encode("latin-1"))
    with pytest.raises(SettingsError, match=message):
        load(ServeSettings, {})


def test_a_named_file_that_is_not_there_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"cannot read the configuration file none\.toml: No such file"):
        load(ServeSettings, {}, Path("none.toml"))
