import pytest

pytest.importorskip("torch", reason="needs Torch: make torch")

from benchmarks.speed import child
from benchmarks.speed.plan import Task


def test_a_failing_task_says_why():
    arguments = {"name": "nothing", "source": "coffee", "pixels": 400, "repeats": 1}
    record = child.run(Task("comparison", arguments, {"name": "nothing"}), threads=1, limit=120)
    assert record.result == {}
    assert "KeyError: 'nothing'" in record.error


def test_a_task_that_takes_too_long_has_failed():
    record = child.run(Task("machine", {}, {}), threads=1, limit=0.01)
    assert record.error == "not done after 0.01 s"
