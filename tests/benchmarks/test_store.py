import pytest

pytest.importorskip("torch", reason="needs Torch: make torch")

from benchmarks.speed import store as module
from benchmarks.speed.plan import Options, Task
from benchmarks.speed.record import Record
from benchmarks.speed.store import Store

TASK = Task("whole", {"pixels": 400, "repeats": 2}, {"run": "transfer, best", "size": 0.0004})
DONE = Record("whole", dict(TASK.labels), dict(TASK.arguments), {"seconds": [0.5, 0.25]}, date="2024-01-15")


def test_a_record_is_found_again(tmp_path):
    Store(tmp_path / "records", Options()).put(TASK, DONE)
    assert Store(tmp_path / "records", Options(jobs=("whole",))).get(TASK) == DONE


@pytest.mark.parametrize("other", [Options(threads=1), Options(quick=True)])
def test_a_record_belongs_to_how_it_was_made(tmp_path, other):
    Store(tmp_path, Options()).put(TASK, DONE)
    assert Store(tmp_path, other).get(TASK) is None


def test_a_record_belongs_to_its_task(tmp_path):
    Store(tmp_path, Options()).put(TASK, DONE)
    for arguments in ({"pixels": 400, "repeats": 3}, {"pixels": 500, "repeats": 2}):
        assert Store(tmp_path, Options()).get(Task(TASK.job, arguments, TASK.labels)) is None


def test_a_record_belongs_to_the_sources(tmp_path, monkeypatch):
    Store(tmp_path, Options()).put(TASK, DONE)
    monkeypatch.setattr(module, "digest_of_files", lambda _paths: "other sources")
    assert Store(tmp_path, Options()).get(TASK) is None


@pytest.mark.parametrize("changes", [{"error": "ended with 1"}, {"result": {"missing": "not installed: make it"}}])
def test_what_gave_no_figure_is_tried_again(tmp_path, changes):
    store = Store(tmp_path, Options())
    store.put(TASK, DONE.but(**changes))
    assert store.get(TASK) is None


def test_a_damaged_record_is_none(tmp_path):
    store = Store(tmp_path, Options())
    store.put(TASK, DONE)
    (file,) = tmp_path.iterdir()
    file.write_text(file.read_text()[:40])
    assert store.get(TASK) is None
