"""Medians and quartiles over cases, and methods compared case by case."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from huegraft.evaluate.evaluation import Score
from huegraft.evaluate.metrics import MEASURES

_RESAMPLES = 2000
_SAME = 1e-9


@dataclass(frozen=True)
class Spread:
    """Quartiles of a measure over the cases of a set."""

    median: float
    low: float
    high: float
    count: int


@dataclass(frozen=True)
class Comparison:
    """A method against the baseline, case by case.

    Attributes
    ----------
    wins, losses, ties
        Cases in which the method is better, worse, the same.
    difference
        Median over the cases of the method's value less the baseline's.
    low, high
        The interval of 95 % of `difference`, over cases drawn with replacement (the percentile bootstrap of Efron,
        Tibshirani 1993).
    """

    wins: int
    losses: int
    ties: int
    difference: float
    low: float
    high: float


@dataclass(frozen=True)
class Summary:
    """The spread of each measure of a method on a set, its comparisons with the baseline, and its failed cases."""

    set: str
    method: str
    spreads: dict[str, Spread]
    comparisons: dict[str, Comparison]
    failed: int


def summarize(scores: Sequence[Score], baseline: str) -> list[Summary]:
    """Return a summary of each method on each set. The best method of a set by its leading measure comes first."""
    summaries: list[Summary] = []
    for name in dict.fromkeys(score.set for score in scores):
        here = [score for score in scores if score.set == name]
        base = {score.case: score.measures for score in here if score.method == baseline}
        rows = [_summary(name, method, here, base) for method in dict.fromkeys(score.method for score in here)]
        summaries += sorted((row for row in rows if row.spreads or row.failed), key=_order)
    return summaries


def leading_measure(measures: Sequence[str]) -> str:
    """Return the measure that orders methods and cases. It compares with the truth if the truth is known."""
    return "ciede2000_median" if "ciede2000_median" in measures else "sliced_wasserstein"


def complaints(scores: Sequence[Score]) -> list[str]:
    """Return what is wrong with the evaluation itself. The truth must score 0 everywhere, and noise must be worst."""
    found = [
        f"{score.set}/{score.case}: the truth scores {score.measures['ciede2000_mean']:.3g}, not 0"
        for score in scores
        if score.method == "truth" and score.measures and score.measures["ciede2000_mean"] != 0
    ]
    for score in scores:
        if score.method != "noise" or "ciede2000_median" not in score.measures:
            continue
        worst = score.measures["ciede2000_median"]
        found += [
            f"{score.set}/{score.case}: {other.method} scores worse than noise"
            for other in scores
            if (other.set, other.case) == (score.set, score.case) and other.measures.get("ciede2000_median", 0) > worst
        ]
    return found


def _summary(name: str, method: str, scores: Sequence[Score], base: dict[str, dict[str, float]]) -> Summary:
    own = {score.case: score.measures for score in scores if score.method == method}
    present = [measure for measure in MEASURES if any(measure in measures for measures in own.values())]
    spreads, comparisons = {}, {}
    for measure in present:
        values = [measures[measure] for measures in own.values() if measure in measures]
        low, median, high = np.quantile(values, [0.25, 0.5, 0.75])
        spreads[measure] = Spread(float(median), float(low), float(high), len(values))
        pairs = [
            (own[case][measure], base[case][measure])
            for case in own
            if measure in own[case].keys() & base.get(case, {})
        ]
        if pairs:
            comparisons[measure] = _compared(measure, np.array(pairs))
    failed = sum(score.error is not None for score in scores if score.method == method)
    return Summary(name, method, spreads, comparisons, failed)


def _compared(measure: str, pairs: np.ndarray) -> Comparison:
    gains = np.array([MEASURES[measure].badness(b) - MEASURES[measure].badness(a) for a, b in pairs])
    differences = pairs[:, 0] - pairs[:, 1]
    draws = np.random.default_rng(0).integers(len(pairs), size=(_RESAMPLES, len(pairs)))
    low, high = np.quantile(np.median(differences[draws], axis=1), [0.025, 0.975])
    wins, losses = int((gains > _SAME).sum()), int((gains < -_SAME).sum())
    return Comparison(wins, losses, len(pairs) - wins - losses, float(np.median(differences)), float(low), float(high))


def _order(summary: Summary) -> float:
    if not summary.spreads:
        return np.inf
    measure = leading_measure(list(summary.spreads))
    return MEASURES[measure].badness(summary.spreads[measure].median)
