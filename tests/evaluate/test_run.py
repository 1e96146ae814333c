import json

import numpy as np
import pytest

from huegraft.errors import EvaluationError
from huegraft.evaluate.evaluation import Score, evaluate
from huegraft.evaluate.made import MadeSet
from huegraft.evaluate.markdown import markdown
from huegraft.evaluate.methods import PEERS, MethodResult
from huegraft.evaluate.page import evaluation_page
from huegraft.evaluate.plan import Plan
from huegraft.evaluate.record import write_record
from huegraft.evaluate.statistics import complaints, leading_measure, summarize
from huegraft.evaluate.table import terminal_tables


class Counting:
    """A method that counts its runs."""

    modes = ("transfer", "colorize")

    def __init__(self, version="1", *, superpixels=False, fails_on=()):
        self.version, self.settings, self.runs = version, {"method": "counting"}, 0
        self.superpixels, self.fails_on = superpixels, fails_on

    def __call__(self, frames):
        self.runs += 1
        if self.runs in self.fails_on:
            raise EvaluationError("out of colours")
        labels = np.zeros(frames[0].target.shape[:2], np.int32)
        parts = (labels, np.array([[0.5, 0.4, 0.3]])) if self.superpixels else (None, None)
        return [MethodResult(frame.target, *parts) for frame in frames]


def quiet(_line):
    pass


def plan_of(make="regrade", photographs="photos/*.png", **methods):
    description = MadeSet(make, photographs, pixels=900, frames_per_second=1)
    sanity = {name: PEERS[name] for name in ("truth", "noise")}
    return Plan({"made": description}, {**methods, **sanity}, baseline=next(iter(methods)))


def test_every_method_on_every_case(photographs, tmp_path):
    method = Counting(superpixels=True)
    scores = evaluate(plan_of(counting=method), photographs, tmp_path / "cache", progress=quiet)
    assert len(scores) == 4 * 3
    assert method.runs == 4
    assert {score.half for score in scores} == {"tune", "report"}
    for score in scores:
        assert ("superpixel_chroma_error" in score.measures) == (score.method == "counting")
        assert all(path.is_file() for path in score.images)
        if score.method == "truth":
            assert score.measures["ciede2000_p95"] == 0
    assert complaints(scores) == []


def test_a_stopped_run_goes_on(photographs, tmp_path):
    first, second = Counting(), Counting()

    def stopping(line):
        if first.runs == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        evaluate(plan_of(counting=first), photographs, tmp_path / "cache", progress=stopping)
    scores = evaluate(plan_of(counting=second), photographs, tmp_path / "cache", progress=quiet)
    assert second.runs == 1
    assert len(scores) == 12


def test_what_is_cached_belongs_to_version_and_pixels(photographs, tmp_path):
    cache = tmp_path / "cache"
    evaluate(plan_of(counting=Counting()), photographs, cache, progress=quiet)
    changed, other_set, renamed = Counting("2"), Counting(), Counting()
    evaluate(plan_of(counting=changed), photographs, cache, progress=quiet)
    assert changed.runs == 4
    evaluate(plan_of("relight", counting=other_set), photographs, cache, progress=quiet)
    assert other_set.runs == 4
    evaluate(plan_of(renamed=renamed), photographs, cache, progress=quiet)
    assert renamed.runs == 0


def test_measures_are_taken_again_when_their_code_changes(photographs, tmp_path, monkeypatch):
    cache, method = tmp_path / "cache", Counting()
    evaluate(plan_of(counting=method), photographs, cache, progress=quiet)
    (first, *_) = (cache / "results").glob("*/measures.json")
    content = json.loads(first.read_text())
    first.write_text(json.dumps(content | {"measures": {"psnr": -1.0}}))
    found = evaluate(plan_of(counting=method), photographs, cache, progress=quiet)
    assert any(score.measures == {"psnr": -1.0} for score in found)
    monkeypatch.setattr("huegraft.evaluate.evaluation._metrics_version", lambda: "new")
    found = evaluate(plan_of(counting=method), photographs, cache, progress=quiet)
    assert not any(score.measures == {"psnr": -1.0} for score in found)
    assert method.runs == 4


def test_halves_and_limit(photographs, tmp_path):
    plan, cache = plan_of(counting=Counting()), tmp_path / "cache"
    assert {score.half for score in evaluate(plan, photographs, cache, half="tune", progress=quiet)} == {"tune"}
    assert len(evaluate(plan, photographs, cache, limit=1, progress=quiet)) == 3


def test_a_method_that_fails_is_a_line_and_is_tried_again(photographs, tmp_path):
    method = Counting(fails_on=[2])
    scores = evaluate(plan_of(counting=method), photographs, tmp_path / "cache", progress=quiet)
    assert [score.error for score in scores if score.error] == ["out of colours"]
    summaries = summarize(scores, "counting")
    assert [row.failed for row in summaries if row.method == "counting"] == [1]
    assert "1 failed" in markdown(plan_of(counting=method), summaries, "all")
    again = evaluate(plan_of(counting=method), photographs, tmp_path / "cache", progress=quiet)
    assert not any(score.error for score in again)
    assert method.runs == 5


def test_any_exception_of_a_method_is_kept(photographs, tmp_path):
    class Broken(Counting):
        def __call__(self, frames):
            raise IndexError("list index out of range")

    scores = evaluate(plan_of(broken=Broken()), photographs, tmp_path / "cache", limit=1, progress=quiet)
    assert [score.error for score in scores] == ["IndexError: list index out of range", None, None]


def test_a_case_that_cannot_be_read_is_told_and_the_others_go_on(photographs, tmp_path):
    (photographs / "photos" / "three.png").write_bytes(b"no picture")
    plan = plan_of(counting=Counting())
    scores = evaluate(plan, photographs, tmp_path / "cache", progress=quiet)
    assert {score.case for score in scores if score.error} == {"three"}
    assert sum(bool(score.measures) for score in scores) == 9
    page = evaluation_page(plan, photographs, scores, summarize(scores, "counting"))
    assert page.index("<h3>three ") < page.index("<h3>one ")


@pytest.mark.parametrize("file", ["measures.json", "0000.png", "0000.npz", "run.json"])
@pytest.mark.parametrize("damage", ["cut", "remove"])
def test_a_damaged_cache_heals(photographs, tmp_path, file, damage):
    plan, cache = plan_of(counting=Counting(superpixels=True)), tmp_path / "cache"
    first = evaluate(plan, photographs, cache, limit=1, progress=quiet)
    (damaged,) = (path.parent / file for path in (cache / "results").glob("*/0000.npz"))
    if damage == "cut":
        damaged.write_bytes(damaged.read_bytes()[:9])
    else:
        damaged.unlink()
    if not file.endswith("json"):
        (damaged.parent / "measures.json").unlink()
    second = evaluate(plan, photographs, cache, limit=1, progress=quiet)
    for before, after in zip(first, second, strict=True):
        assert after.error is None
        assert {**before.measures, "seconds": 0} == {**after.measures, "seconds": 0}
        assert all(path.is_file() for path in after.images)


def test_nothing_to_measure(photographs, tmp_path):
    with pytest.raises(EvaluationError, match="no case to measure"):
        evaluate(plan_of("colorize", "photos/one.png", counting=Counting()), photographs, tmp_path, half="tune")


def test_clips_are_measured_over_time(photographs, tmp_path):
    plan = plan_of("clip", "frames", counting=Counting())
    lines = []
    scores = evaluate(plan, photographs, tmp_path / "cache", progress=lines.append)
    assert sum("motion" in line for line in lines) == 1
    for score in scores:
        assert {"cdc", "warped_difference"} <= set(score.measures)
        assert len(score.images) == 2
    steady = {score.method: score.measures["warped_difference"] for score in scores}
    assert steady["noise"] > steady["truth"]


def scores_of(values, method, set_name="made", measure="ciede2000_median"):
    return [
        Score(
            set_name, str(case), "report", method, {"ciede2000_median": value, "ciede2000_mean": value, measure: value}
        )
        for case, value in enumerate(values)
    ]


def test_statistics():
    scores = [*scores_of([1.0, 2, 3, 4, 100], "ours"), *scores_of([2.0, 1, 4, 4, 101], "theirs")]
    ours, theirs = summarize(scores, "ours")
    assert ours.method == "ours"
    spread = ours.spreads["ciede2000_median"]
    assert (spread.low, spread.median, spread.high, spread.count) == (2, 3, 4, 5)
    comparison = theirs.comparisons["ciede2000_median"]
    assert (comparison.wins, comparison.losses, comparison.ties) == (1, 3, 1)
    assert comparison.difference == 1
    assert comparison.low == -1
    assert comparison.high == 1
    assert ours.comparisons["ciede2000_median"].ties == 5


def test_wins_follow_the_direction_of_the_measure():
    scores = [*scores_of([20.0, 30], "ours", measure="psnr"), *scores_of([25.0, 35], "theirs", measure="psnr")]
    by_name = {row.method: row for row in summarize(scores, "ours")}
    assert by_name["theirs"].comparisons["psnr"].wins == 2
    assert by_name["theirs"].comparisons["ciede2000_mean"].wins == 0


def test_methods_are_ordered_best_first():
    scores = [*scores_of([3.0], "bad"), *scores_of([1.0], "good"), *scores_of([9.0], "good", "other")]
    assert [(row.set, row.method) for row in summarize(scores, "bad")] == [
        ("made", "good"), ("made", "bad"), ("other", "good"),
    ]  # fmt: skip
    assert leading_measure(["psnr", "sliced_wasserstein"]) == "sliced_wasserstein"


def test_complaints():
    scores = [*scores_of([0.5], "truth"), *scores_of([3.0], "noise"), *scores_of([4.0], "worse")]
    assert complaints(scores) == [
        "made/0: the truth scores 0.5, not 0",
        "made/0: worse scores worse than noise",
    ]


@pytest.fixture
def finished(photographs, tmp_path):
    plan = plan_of(**{"<ours> & co": Counting(superpixels=True)})
    scores = evaluate(plan, photographs, tmp_path / "cache", progress=quiet)
    return plan, scores, summarize(scores, plan.baseline)


def test_page(finished, photographs):
    plan, scores, summaries = finished
    page = evaluation_page(plan, photographs, scores, summaries)
    assert page.count("data:image/webp;base64,") == 4 * 4  # target, reference, truth, method
    assert "&lt;ours&gt; &amp; co" in page
    assert "<ours>" not in page
    assert "http" not in page
    assert '<input id="divide" type="range"' in page
    values = {score.case: score.measures["ciede2000_median"] for score in scores if score.method == plan.baseline}
    places = [page.index(f"<h3>{case} ") for case in sorted(values, key=values.__getitem__, reverse=True)]
    assert places == sorted(places)


def test_record(finished, tmp_path):
    plan, scores, summaries = finished
    write_record(tmp_path / "report.json", plan, scores, summaries)
    content = json.loads((tmp_path / "report.json").read_text())
    assert content["sets"]["made"]["make"] == "regrade"
    assert content["methods"]["truth"]["version"]
    assert len(content["scores"]) == len(scores)
    assert content["date"]
    assert str(tmp_path) not in json.dumps(content)


def test_tables(finished):
    plan, scores, summaries = finished
    page = markdown(plan, summaries, "all")
    median = np.median([score.measures["psnr"] for score in scores if score.method == plan.baseline])
    assert f"{median:.2f} (" in page
    assert "### made, 4 cases" in page
    (table,) = terminal_tables(summaries, plan.baseline)
    assert table.row_count == 3
