"""What a page leads with: one figure for each method on each set that knows the truth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from huegraft.evaluate.methods.ours import OwnMethod
from huegraft.evaluate.metrics import MEASURES
from huegraft.evaluate.plan import Plan
from huegraft.evaluate.statistics import Summary, leading_measure
from huegraft.evaluate.table import cases_of, measures_of, sets_of

MEASURE = "ciede2000_median"
NOTHING = "do nothing"
_BOUNDS = ("truth", "grey", "noise")  # they bound all figures by definition, and say nothing about a method


@dataclass(frozen=True)
class Lead:
    """Medians of `MEASURE` over cases.

    Attributes
    ----------
    cases
        How many cases each set counts, by the names of the sets.
    figures
        For each method its figures by sets. Methods follow each other by their mean place over the sets; to do nothing
        comes last.
    own
        The methods that are huegraft.
    baseline
        The method that the others are compared with.
    without_truth
        The sets that know no truth.
    """

    cases: Mapping[str, int]
    figures: Mapping[str, Mapping[str, float]]
    own: frozenset[str]
    baseline: str
    without_truth: Sequence[str]

    def is_best(self, method: str, name: str) -> bool:
        """Tell whether no method prints a lower figure on a set."""
        printed = {other: text(figures[name]) for other, figures in self.figures.items() if name in figures}
        return float(printed[method]) == min(map(float, printed.values()))


def text(figure: float) -> str:
    """Return a figure as it is printed."""
    return f"{figure:.{MEASURES[MEASURE].digits}f}"


def lead(plan: Plan, summaries: Sequence[Summary]) -> Lead:
    """Choose the figures that lead a page.

    Of the methods by others only those take part that are the best of them on some set, so that the table stays small.
    """
    sets = sets_of(summaries)
    known = {name: rows for name, rows in sets.items() if leading_measure(measures_of(rows)) == MEASURE}
    figures: dict[str, dict[str, float]] = {}
    for name, rows in known.items():
        for row in rows:
            if row.method not in _BOUNDS and MEASURE in row.spreads:
                figures.setdefault(row.method, {})[name] = row.spreads[MEASURE].median
    own = frozenset(name for name, method in plan.methods.items() if isinstance(method, OwnMethod))
    others = [method for method in figures if method not in own and method not in (NOTHING, plan.baseline)]
    nearest = {
        min(present, key=lambda other: figures[other][name])
        for name in known
        if (present := [other for other in others if name in figures[other]])
    }
    kept = [method for method in figures if method not in others or method in nearest]
    ordered = sorted(kept, key=lambda method: (method == NOTHING, _mean_place(method, kept, figures)))
    return Lead(
        {name: cases_of(rows) for name, rows in known.items()},
        {method: figures[method] for method in ordered},
        own,
        plan.baseline,
        [name for name in sets if name not in known],
    )


def _mean_place(method: str, others: Sequence[str], figures: Mapping[str, Mapping[str, float]]) -> float:
    """Return the mean share of other methods that are nearer to the truth, over the sets of a method."""
    places: list[float] = []
    for name, figure in figures[method].items():
        present = [figures[other][name] for other in others if name in figures[other]]
        places.append(sum(value < figure for value in present) / len(present))
    return float(np.mean(places))
