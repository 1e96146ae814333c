import pytest

from huegraft.errors import EvaluationError
from huegraft.evaluate.films import designs
from huegraft.evaluate.films.clips import Library
from huegraft.evaluate.films.designs import BASELINES
from huegraft.evaluate.films.evaluation import FilmEvaluation, FilmScore
from huegraft.evaluate.films.page import page
from huegraft.evaluate.films.table import summarize, tables

LIBRARY = Library(pixels=4096, frames=6)
STILL, PAN = (LIBRARY.listed[name] for name in ("coffee, still", "chelsea, pan and zoom"))


def test_designs_of_colourisation(tmp_path):
    told = list[str]()
    evaluation = FilmEvaluation(LIBRARY, [STILL, PAN], keyframes=(1,), threads=1)
    scores = evaluation.run(tmp_path, sheets=True, progress=told.append)
    assert [(score.clip, score.design, score.keyframes) for score in scores] == [
        (clip.name, name, 1) for clip in (STILL, PAN) for name in ("frame by frame", "tracked", "motion")
    ]
    assert all(score.error is None and 0 < score.measures["ciede2000"] < 10 for score in scores)
    assert {path.name for path in (tmp_path / "sheets").iterdir()} == {
        "coffee_still_colorize_1.png", "chelsea_pan_and_zoom_colorize_1.png",
    }  # fmt: skip
    assert scores[0].measures["spread"] == 0
    assert told == [f"{score.clip}, keyframes 1: {score.design}" for score in scores]
    told.clear()
    assert evaluation.run(tmp_path, progress=told.append) == scores  # from the cache
    assert told == []


def test_designs_of_transfer(tmp_path):
    evaluation = FilmEvaluation(LIBRARY, [PAN], "transfer", ("grade track",), threads=1)
    scores = evaluation.run(tmp_path, progress=lambda _: None)
    assert [score.design for score in scores] == ["frame by frame", "grade track", "fixed LUT"]
    assert all(score.error is None and score.measures["ciede2000"] < 12 for score in scores)
    compared = [(each.design, each.baseline) for each in summarize(scores, BASELINES["transfer"])]
    assert compared == [
        ("grade track", "frame by frame"), ("fixed LUT", "frame by frame"), ("frame by frame", "fixed LUT"),
        ("grade track", "fixed LUT"),
    ]  # fmt: skip


def test_the_error_of_a_design_does_not_end_the_run(tmp_path, monkeypatch):
    def broken(work, session):
        raise ValueError("no colours")

    monkeypatch.setattr(designs, "COLORINGS", designs.COLORINGS)
    monkeypatch.setitem(designs.COLORINGS, "tracked", broken)
    evaluation = FilmEvaluation(LIBRARY, [STILL], keyframes=(1,), designs=("tracked",), threads=1)
    scores = evaluation.run(tmp_path, progress=lambda _: None)
    assert [score.error for score in scores] == [None, "ValueError: no colours"]
    summary, _, clip = tables(scores, summarize(scores, ("frame by frame",)))
    assert [row[0] for row in clip.rows] == ["frame by frame"]
    assert summary.rows[0][:3] == ["tracked", "1", "0"]


def test_what_is_wrong(tmp_path):
    with pytest.raises(
        EvaluationError, match="no design 'best' of colorize; known are frame by frame, tracked, motion"
    ):
        FilmEvaluation(LIBRARY, [STILL], designs=("best",)).run(tmp_path)
    told = list[str]()
    with pytest.raises(EvaluationError, match="there is no clip to measure"):
        FilmEvaluation(LIBRARY, [LIBRARY.listed["mountain"]]).run(tmp_path, progress=told.append)
    assert told == ["mountain is left out: mountain_color is not installed; --data names its folder"]


def score(clip, design, **measures):
    return FilmScore(clip, "report", 1, design, measures)


def test_ratios_to_a_baseline():
    scores = [
        score("one", "frame by frame", ciede2000=2.0, flicker=1.0),
        score("one", "motion", ciede2000=1.0, flicker=0.5, change=0.9),
        score("two", "frame by frame", ciede2000=2.0, flicker=0.001),
        score("two", "motion", ciede2000=3.0, flicker=0.5, change=0.4),
        score("three", "frame by frame", ciede2000=4.0),
        score("three", "motion", ciede2000=3.0),
    ]
    (summary,) = summarize(scores, ("frame by frame",))
    assert summary.clips == 3
    assert summary.medians == {"ciede2000": 0.75, "flicker": 0.5}
    assert summary.worst == {"ciede2000": (1.5, "two"), "flicker": (0.5, "one")}
    whole, worst, *clips = tables(scores, [summary])
    assert whole.rows == [["motion", "1", "3", "0.750 (1.500)", "0.500 (0.500)", "two", "one"]]
    assert worst.rows == [["frame by frame", "1", ""], ["motion", "1", "0.40 (two)"]]
    assert [table.title for table in clips] == [f"{name} (to report)" for name in ("one", "two", "three")]
    lines = whole.text().splitlines()
    assert lines[1].split("  ")[0] == "design"
    assert len(lines[1]) == len(lines[2])
    assert "| motion | 1 | 3 | 0.750 (1.500) | 0.500 (0.500) | two | one |" in page(
        "colorize", scores, [summary], {"frames": 6}
    )
