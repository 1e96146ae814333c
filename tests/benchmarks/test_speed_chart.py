import pytest

pytest.importorskip("torch", reason="needs Torch: make torch")

from benchmarks.speed.chart import _STYLES, Curve, curves, label_heights, speed_chart
from benchmarks.speed.plan import WAYS
from benchmarks.speed.record import Record

from huegraft.evaluate.chart import write_chart


def record(job, size, seconds, **labels):
    return Record(job, {**labels, "size": size}, {}, {"seconds": seconds})


RECORDS = [
    record("whole", 4.0, [2.0, 1.0, 3.0], run="transfer, best"),
    record("whole", 1.0, [0.5], run="transfer, best"),
    record("whole", 4.0, [9.0], run="transfer, best, reference of 0.26 MP"),
    record("peer", 4.0, [2.1], name="optimal transport"),
    Record("peer", {"name": "color-matcher mkl", "size": 1.0}, {}, {"missing": "not installed"}),
    Record("peer", {"name": "histogram matching", "size": 1.0}, {}, error="ended with 1"),
]


def test_curves_hold_medians_by_size():
    assert curves(RECORDS) == [
        Curve("huegraft transfer, best", (1.0, 4.0), (0.5, 2.0)),
        Curve("optimal transport", (4.0,), (2.1,)),
    ]


def test_every_way_has_a_look_of_its_own():
    assert set(_STYLES) == set(WAYS)
    assert len(set(_STYLES.values())) == len(WAYS)


def test_lines_carry_the_seconds_and_their_names():
    (panel,) = speed_chart(curves(RECORDS)).axes
    assert (panel.get_xscale(), panel.get_yscale()) == ("log", "log")
    assert [list(line.get_ydata()) for line in panel.lines] == [[0.5, 2.0], [2.1]]
    assert [list(line.get_xdata()) for line in panel.lines] == [[1.0, 4.0], [4.0]]
    assert [text.get_text() for text in panel.texts] == ["huegraft transfer, best", "optimal transport"]
    assert [text.get_text() for text in panel.get_xticklabels()] == ["1", "4"]


def test_names_at_one_size_keep_a_distance():
    lines = [Curve("a", (1, 4), (1, 1.2)), Curve("b", (1, 4), (1, 1.0)), Curve("c", (1,), (1.1,))]
    first, second, third = label_heights(lines, 0.2)
    assert second == 0
    assert first == pytest.approx(0.2)
    assert third == pytest.approx(0.0414, abs=1e-4)


def test_the_same_records_give_the_same_file(tmp_path):
    for name in ("one.svg", "two.svg"):
        write_chart(speed_chart(curves(RECORDS)), tmp_path / name)
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
    assert ">optimal transport<" in (tmp_path / "one.svg").read_text()
