import re

import pytest

pytest.importorskip("torch", reason="needs Torch: make torch")

from benchmarks.speed import asked
from benchmarks.speed.plan import Options, described, tasks
from benchmarks.speed.record import Record, found
from benchmarks.speed.tables import report, spread, table

HEADER = {"date": "2024-01-15", "machine": "a machine", "versions": {"torch": "2.4"}, "options": described(Options())}


def whole(size: float, seconds: float, peak: float, run: str = "transfer, best") -> Record:
    result = {"seconds": [seconds] * 3, "stages": [{"match": seconds}], "target_pixels": size * 1e6}
    result |= {"imports_bytes": 2e8, "pictures_bytes": 3e8, "arrays_bytes": 36e6 * size, "peak_bytes": peak}
    return Record("whole", {"run": run, "size": size}, {}, result)


def row(records: list[Record], what: str) -> asked.Row:
    fitting = [each for each in asked.rows(records) if what in each.what]
    assert len(fitting) == 1
    return fitting[0]


def test_the_spread_is_quartiles():
    assert spread([1.0, 2.0, 3.0, 4.0, 5.0]) == "3 (2–4)"
    assert spread([0.12345]) == "0.123"


def test_a_table_without_rows_is_none():
    assert table(["a", "b"], []) == []
    assert table(["a", "b"], [["1", "2"]]) == ["| a | b |", "|---|---|", "| 1 | 2 |"]


@pytest.mark.parametrize(("seconds", "met"), [(1.0, True), (1.01, False)])
def test_the_default_size_is_judged(seconds, met):
    assert row([whole(0.26, seconds, 4e8)], "default size, warm").met is met


def test_a_cold_command_stands_beside_its_floor():
    command = Record("command", {"size": 0.26}, {}, {"seconds": [1.4], "import_numpy_seconds": [0.15]})
    cold = row([command], "as a cold command")
    assert (cold.asked, cold.met, cold.floor) == ("≤ 1.5 s", True, "0.15 s: python -c 'import numpy'")
    assert "| MP | `huegraft transfer`, s | `import numpy` alone, s |\n|---|---|---|\n| 0.26 | 1.4 | 0.15 |" in report(
        HEADER, [command]
    )


@pytest.mark.parametrize(("seconds", "peak", "met"), [(3.0, 1.5e9, (True, True)), (3.1, 1.6e9, (False, False))])
def test_the_large_size_is_judged_by_the_default(seconds, peak, met):
    records = [whole(0.26, 1.0, 4e8), whole(24.0, seconds, peak)]
    assert (row(records, "without codecs").met, row(records, "peak").met) == met


@pytest.mark.parametrize(("beyond", "met"), [(1.0, True), (4.0, False)])
def test_growth_is_beyond_the_callers_arrays(beyond, met):
    records = [whole(size, 1 + 0.1 * size, 3e8 + (36 + beyond) * 1e6 * size) for size in (1.0, 4.0, 12.0)]
    assert row(records, "growth in time").met
    memory = row(records, "growth of memory")
    assert memory.met is met
    assert memory.reached.startswith(f"{beyond:.2f} bytes")


def test_growth_that_bends_is_not_linear():
    records = [whole(size, size**2, 1e9) for size in (1.0, 4.0, 12.0, 24.0)]
    assert not row(records, "growth in time").met


def test_the_report_shows_what_failed_and_what_is_missing():
    records = [
        whole(0.26, 2.0, 4e8),
        Record("peer", {"name": "color-matcher mkl", "size": 0.26}, {}, {"missing": "not installed: make it"}),
        Record("peer", {"name": "optimal transport", "size": 0.26}, {}, error="ended with 1: no memory"),
        Record("peer", {"name": "optimal transport", "size": 1.0}, {}, skipped="over 60 s before"),
    ]
    text = report(HEADER, records)
    assert re.search(r"transfer, best, default size, warm \| ≤ 1.0 s \| 2.00 s \| \*\*no\*\*", text)
    for said in ("not installed: make it", "failed", "over 60 s before", "ended with 1: no memory"):
        assert said in text
    assert "Codecs" not in text


def test_tasks_find_their_records_again():
    planned = tasks(Options())
    records = [Record(task.job, dict(task.labels), dict(task.arguments), {"seconds": [1.0]}) for task in planned]
    for record in records:
        assert found(records, record.job, **record.labels) == [record]


def test_quick_is_small():
    quick = tasks(Options(sizes=(0.06, 0.26), quick=True))
    assert {task.job for task in quick} == {task.job for task in tasks(Options())}
    assert max(task.arguments.get("pixels", 0) for task in quick) == 2**18
