import json
import sys

import pytest

pytest.importorskip("torch", reason="needs Torch: make torch")

from benchmarks.speed import __main__ as command
from benchmarks.speed import child
from benchmarks.speed.plan import Options, tasks
from benchmarks.speed.record import Record


@pytest.fixture
def bench(tmp_path, monkeypatch):
    """Run the command with tasks that take no time; return the tasks that were run."""
    ran: list[str] = []

    def run(task, _threads, _limit):
        ran.append(str(task))
        if str(task) in broken:
            return Record(task.job, dict(task.labels), dict(task.arguments), error="ended with 1")
        result = {"seconds": [0.25], "stages": [{}], "target_pixels": 1e6, "gemm_flop_per_second": 1e9}
        result |= {f"{part}_bytes": 1e6 for part in ("imports", "pictures", "arrays", "peak", "before")}
        return Record(task.job, dict(task.labels), dict(task.arguments), result, date="2024-01-15")

    broken: set[str] = set()
    monkeypatch.setattr(child, "run", run)

    def call(*arguments):
        ran.clear()
        monkeypatch.setattr(sys, "argv", ["speed", "-o", str(tmp_path), "--sizes", "0.06,1", *map(str, arguments)])
        command.main()
        return list(ran)

    call.broken = broken
    return call


def test_a_second_run_does_nothing_anew(bench, tmp_path, capsys):
    assert bench("--jobs", "whole") == [str(task) for task in tasks(Options(sizes=(0.06, 1.0), jobs=("whole",)))]
    assert "kept  whole" not in capsys.readouterr().out
    assert bench("--jobs", "whole") == []
    assert "kept  whole transfer, best 0.06 MP" in capsys.readouterr().out
    assert len(json.loads((tmp_path / "bench.json").read_text())["records"]) == 6


def test_runs_of_some_jobs_add_up(bench, tmp_path):
    bench("--jobs", "whole")
    assert all(task.startswith("peer") for task in bench("--jobs", "peer"))
    page = (tmp_path / "bench.md").read_text()
    assert "| seconds | 0.06 MP | 1 MP |\n|---|---|---|\n| huegraft transfer, best | 0.25 | 0.25 |" in page
    assert "| color-matcher mkl | 0.25 | 0.25 |" in page
    assert "](bench.svg)" in page
    assert ">color-matcher mkl<" in (tmp_path / "bench.svg").read_text()
    assert "2024-01-15; " in page


def test_what_failed_is_tried_again(bench):
    bench.broken.add("peer optimal transport 1 MP")
    with pytest.raises(SystemExit, match="1 tasks failed"):
        bench("--jobs", "peer")
    bench.broken.clear()
    assert bench("--jobs", "peer") == ["peer optimal transport 1 MP"]


def test_the_page_keeps_what_is_written_by_hand(bench, tmp_path):
    page = tmp_path / "docs" / "speed.md"
    page.parent.mkdir()
    page.write_text(f"# Old\n\n{command.KEEP}\n\n## By hand\n\nWords.\n")
    bench("--jobs", "whole", "--markdown", page)
    text = page.read_text()
    assert text.startswith("# Speed and memory\n\nMedian seconds")
    assert text.endswith(f"\n\n{command.KEEP}\n\n## By hand\n\nWords.\n")
    assert "# Old" not in text
    assert "](images/speed.svg)" in text
    assert (page.parent / "images" / "speed.svg").is_file()
    bench("--jobs", "whole", "--markdown", page)
    assert page.read_text() == text
