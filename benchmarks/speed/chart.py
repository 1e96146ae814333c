"""The chart of the benchmark: seconds by megapixels, huegraft beside other programs."""

import itertools
import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.speed.plan import WAYS
from benchmarks.speed.record import Record, found
from matplotlib.figure import Figure

from huegraft.evaluate.chart import BLUE, WIDTH, style

_STYLES = {  # colour, line, marker: no two lines are told apart by colour alone
    "huegraft transfer, best": (BLUE, "-", "o"),
    "huegraft colorize, best": (BLUE, "--", "s"),
    "huegraft transfer, the paper's way": ("#D55E00", "-", "D"),
    "histogram matching": ("#767676", "-", "v"),
    "optimal transport": ("#767676", "--", "^"),
    "color-matcher hm-mvgd-hm": ("#222222", "-", "<"),
    "color-matcher mkl": ("#222222", "--", ">"),
}
_GAP = 0.06  # between the names of two lines, of the height of the chart


@dataclass(frozen=True)
class Curve:
    """Median seconds of one way at each size that was measured, in megapixels."""

    title: str
    sizes: Sequence[float]
    seconds: Sequence[float]


def curves(records: Sequence[Record]) -> list[Curve]:
    """Return the curves that the records can tell."""
    lines = []
    for title, (job, labels) in WAYS.items():
        done = [record for record in found(records, job, **labels) if record.result.get("seconds")]
        points = sorted((record.labels["size"], statistics.median(record.result["seconds"])) for record in done)
        if points:
            lines.append(Curve(title, *zip(*points, strict=True)))
    return lines


def speed_chart(lines: Sequence[Curve]) -> Figure:
    """Draw the curves on logarithmic axes, each with its name at its end."""
    with style():
        figure = Figure(figsize=(WIDTH, 4.2), layout="constrained", facecolor="white")
        panel = figure.subplots()
        panel.set(xscale="log", yscale="log", xlabel="megapixels", ylabel="seconds")
        for line in lines:
            color, dashes, marker = _STYLES[line.title]
            panel.plot(line.sizes, line.seconds, dashes, color=color, marker=marker, markersize=4, linewidth=1.3)
        sizes = sorted({size for line in lines for size in line.sizes})
        least, most = sizes[0], sizes[-1]
        panel.set_xlim(least / 1.3, most * max(1.3, (most / least) ** 0.4))  # the names stand to the right
        panel.set_xticks(sizes, [f"{size:g}" for size in sizes])
        panel.minorticks_off()
        panel.yaxis.set_major_formatter(lambda value, _place: f"{value:g}")
        panel.grid(color="#DDDDDD", linewidth=0.5)
        panel.spines[["top", "right"]].set_visible(False)
        low, high = map(math.log10, panel.get_ylim())
        heights = label_heights(lines, _GAP * (high - low))
        panel.set_ylim(10**low, 10 ** max([high, *(height + _GAP for height in heights)]))
        for line, height in zip(lines, heights, strict=True):
            panel.annotate(
                line.title,
                (line.sizes[-1], 10**height),
                xytext=(7, 0),
                textcoords="offset points",
                verticalalignment="center",
                color=_STYLES[line.title][0],
                bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1},
            )
    return figure


def label_heights(lines: Sequence[Curve], gap: float) -> list[float]:
    """Return the height of each curve's name, as a power of ten of seconds: names at one size keep a distance."""
    heights = [math.log10(line.seconds[-1]) for line in lines]
    for size in {line.sizes[-1] for line in lines}:
        order = sorted((place for place, line in enumerate(lines) if line.sizes[-1] == size), key=heights.__getitem__)
        for lower, upper in itertools.pairwise(order):
            heights[upper] = max(heights[upper], heights[lower] + gap)
    return heights
