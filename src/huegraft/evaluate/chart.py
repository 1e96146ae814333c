"""The chart of an evaluation: one panel for each set, one bar for each method (the extra ``bench``)."""

import math
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from huegraft.evaluate.lead import MEASURE, NOTHING, Lead, text
from huegraft.evaluate.metrics import MEASURES
from huegraft.extras import imports
from huegraft.io.atomic import written_whole

with imports("bench", "a chart"):
    import matplotlib as mpl
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLUE, ORANGE, GREY = "#0072B2", "#E69F00", "#999999"
"""Three colours that people with any common colour vision tell apart (Okabe, Ito 2008)."""

WIDTH = 8.0
"""Inches; 800 pixels where 100 make an inch."""

_PANELS = 4  # side by side
_ROOM = 1.28  # of the axis beyond the longest bar, for its number
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "huegraft",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],  # comes with Matplotlib; a viewer without it takes another sans-serif
    "font.size": 8,
}


def style() -> AbstractContextManager[None]:
    """Return the style in which all charts are drawn and written: text stays text, and no identifier is random."""
    return mpl.rc_context(_STYLE)


def error_chart(first: Lead) -> Figure:
    """Draw the leading figures. To do nothing is left out, as its error would shorten all other bars."""
    methods = [method for method in first.figures if method != NOTHING]
    rows = math.ceil(len(first.cases) / _PANELS)
    columns = math.ceil(len(first.cases) / rows)
    size = (WIDTH, rows * (0.17 * len(methods) + 0.4) + 0.3)
    with style():
        figure = Figure(figsize=size, layout="constrained", facecolor="white")
        panels = figure.subplots(rows, columns, squeeze=False, sharey=True)
        for panel in panels.flat[len(first.cases) :]:
            panel.set_axis_off()
        for panel, name in zip(panels.flat, first.cases, strict=False):
            _draw_set(panel, name, first, methods)
        panels[0, 0].set_yticks(range(len(methods)), methods)
        panels[0, 0].set_ylim(len(methods) - 0.5, -0.5)
        figure.supxlabel(
            f"median {MEASURES[MEASURE].short} (CIEDE2000): a shorter bar is nearer to the truth", fontsize=8
        )
    return figure


def write_chart(figure: Figure, path: Path) -> None:
    """Write a chart as SVG: the same figure gives the same bytes. The folder is made if it is missing.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(path, replace=True) as temporary, style():
        figure.savefig(temporary, format="svg", metadata={"Date": None, "Creator": None})


def _draw_set(panel: Axes, name: str, first: Lead, methods: list[str]) -> None:
    places = [place for place, method in enumerate(methods) if name in first.figures[method]]
    figures = [first.figures[methods[place]][name] for place in places]
    bars = panel.barh(places, figures, color=[_color(methods[place], first) for place in places], height=0.75)
    labels = panel.bar_label(bars, [text(figure) for figure in figures], padding=2, fontsize=7)
    for place, label in zip(places, labels, strict=True):
        label.set_fontweight("bold" if first.is_best(methods[place], name) else "normal")
    panel.set_title(name, fontsize=9, loc="left")
    panel.set_xlim(0, _ROOM * max(figures, default=0) or 1)
    panel.tick_params(bottom=False, labelbottom=False, left=False)
    panel.spines[["top", "right", "bottom"]].set_visible(False)


def _color(method: str, first: Lead) -> str:
    if method == first.baseline:
        return ORANGE
    return BLUE if method in first.own else GREY
