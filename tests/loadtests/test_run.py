"""`make load` in small: both runs happen, their numbers add up, and the report holds them."""

from pathlib import Path

import pytest

from loadtests import run
from loadtests.histogram import Histogram
from loadtests.run import Cache, Options, Run


@pytest.mark.parametrize("client", ["wire", "sdk"])
def test_a_short_load_gives_both_sides_and_a_report(
    client: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "report.html"
    arguments = ["--seconds", "2", "--records", "200", "--users", "2", "--client", client, "--report", str(report)]
    run.main(arguments)
    rows = {line[:28].strip(): line[28:].split() for line in capsys.readouterr().out.splitlines()}
    direct_reads, cached_reads = (int(count.replace(",", "")) for count in rows["reads"])
    spared = int(rows["reads the store was spared"][1].replace(",", ""))
    assert direct_reads > 0
    # 200 records are read from the store once, and once more after each write of a record that was forgotten.
    assert cached_reads / 2 < spared <= cached_reads
    assert rows["hit ratio"][0] == "-"
    assert all(int(text.replace(",", "")) > 0 for text in rows["write p99 µs"])
    assert "through the accelerator" in report.read_text(encoding="utf-8")


def test_the_rows_are_the_two_runs_side_by_side() -> None:
    latencies = {"read": Histogram({100: 90}), "write": Histogram({110: 10})}
    direct = Run(10, latencies)
    cached = Run(5, latencies, Cache(reads=90, hits=80, store_reads=10))
    rows = {name: cells for name, *cells in run.table(direct, cached)}
    assert rows["requests/s"] == ["10", "20"]
    assert rows["read p50 µs"] == ["100", "100"]
    assert rows["hit ratio"] == ["-", "88.9%"]
    assert rows["reads the store was spared"] == ["0", "80"]


def test_counters_are_what_came_since() -> None:
    assert Cache(10, 8, 2).since(Cache(4, 4, 0)) == Cache(6, 4, 2)


def test_samples_of_other_metrics_and_labels_are_not_counted() -> None:
    lines = ["# HELP a_total b", 'a_total{by="x",c="1"} 2.0', 'a_total{by="x",c="2"} 3.0', 'a_total{by="y"} 5.0', "a 7"]
    assert run.counted(lines, "a_total", 'by="x"') == 5


def test_options_have_the_defaults_of_the_documented_load() -> None:
    assert run.parse([]) == Options(mix="B", client="wire", records=10_000, seconds=20)


def test_a_server_that_does_not_start_ends_the_run_with_a_message(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(SystemExit, match="did not start"),
        run.server("store", "--port", "0", "--data", str(tmp_path / "file")),
    ):
        pass
